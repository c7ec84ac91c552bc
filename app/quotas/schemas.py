"""What is told about quotas. Days are civil days in Asia/Shanghai, ends inclusive."""

from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from app.policy.pack import Pack, Rule, SettingValue
from app.policy.periods import Period
from app.policy.standing import Standing, State
from app.postings.models import Post
from app.postings.schemas import PersonOut


class PeriodOut(BaseModel):
    """A period 考核周期; ``standing`` is the day asked for."""

    key: str = Field(examples=["2026-Q4"])
    from_: date = Field(serialization_alias="from")
    to: date

    @classmethod
    def of(cls, period: Period) -> "PeriodOut":
        """As the engine has it."""
        return cls(key=period.key, from_=period.first, to=period.last)


class ClauseOut(BaseModel):
    """Where the number comes from."""

    document: str
    article: str = Field(examples=["二(五)3"])


class CellOut(BaseModel):
    """A standing as a table shows it: one rule, one person, one period."""

    rule: str = Field(examples=["R01"])
    pack: str = Field(examples=["p0-village-leader"])
    version: str
    title: str
    period: PeriodOut
    have: int
    need: int | None = Field(description="折算后的要求;文件缺数时为 null")
    full_need: int | None = Field(description="全期的要求,未折算")
    unit: str = Field(examples=["days"])
    state: State
    clause: ClauseOut
    remaining: int | None
    days_left: int
    can_miss: int | None = Field(description="还可缺几天;只用于每天至多增加一次的指标")
    why: str
    due: date | None
    percent: float | None = Field(description="截到 0.1,从不进位")

    @classmethod
    def of(cls, standing: Standing) -> "CellOut":
        """A standing without its evidence."""
        return cls(**_cell(standing))


class CountedOut(BaseModel):
    """A day that counted and the records that prove it."""

    day: date
    records: list[str]


class NotCountedOut(BaseModel):
    """A record that did not count, and why."""

    record: str
    day: date | None = Field(description="记录所属日期;帮扶户没有日期")
    code: str = Field(examples=["other_village"])
    why: str


class StandingOut(CellOut):
    """A standing 完成情况 with its evidence and the reading of the document that was used."""

    counted: list[CountedOut]
    not_counted: list[NotCountedOut]
    settings: dict[str, SettingValue]

    @classmethod
    def of(cls, standing: Standing) -> "StandingOut":
        """A standing as the contract writes it."""
        return cls(
            **_cell(standing),
            counted=[CountedOut(day=c.day, records=list(c.records)) for c in standing.counted],
            not_counted=[
                NotCountedOut(record=n.record, day=n.day, code=n.code, why=n.why)
                for n in standing.not_counted
            ],
            settings=dict(standing.settings),
        )


class StandingsOut(BaseModel):
    """The standings of one person."""

    items: list[StandingOut]


class RuleOut(BaseModel):
    """A rule in force, with the threshold of the period (``null``: the document lost it)."""

    id: str
    pack: str
    version: str
    title: str
    unit: str
    need: int | None
    clause: ClauseOut
    posts: list[Post]
    per: str

    @classmethod
    def of(cls, pack: Pack, rule: Rule, period: Period) -> "RuleOut":
        """A rule of a pack."""
        value = rule.value_on(period.first)
        return cls(
            id=rule.id,
            pack=pack.id,
            version=pack.version,
            title=rule.title,
            unit=value.unit,
            need=value.value,
            clause=ClauseOut(document=pack.title, article=value.clause),
            posts=[Post(kind) for kind in rule.posts],
            per=rule.per,
        )


class RowOut(BaseModel):
    """A person, once, under the unit of their latest post in the period."""

    person: PersonOut
    unit: str
    unit_name: str
    kind: Post
    cells: dict[str, CellOut] = Field(description="按规则编号;没有的规则对此人不适用")


class TableOut(BaseModel):
    """The standings of a unit's people, by village and post; never by performance."""

    period: PeriodOut
    on: date
    rules: list[RuleOut]
    rows: list[RowOut]
    next: str | None


class UnitCountsOut(BaseModel):
    """How many people of a unit are in which state, for each rule."""

    unit: str
    name: str
    people: int
    counts: dict[str, dict[State, int]]


class SummaryOut(UnitCountsOut):
    """A unit and each unit directly below it.

    People posted to the unit itself are in no child, so that children may add up to less.
    """

    period: PeriodOut
    on: date
    rules: list[RuleOut]
    children: list[UnitCountsOut]


def _cell(standing: Standing) -> dict[str, Any]:
    return {
        "rule": standing.rule,
        "pack": standing.pack,
        "version": standing.version,
        "title": standing.title,
        "period": PeriodOut.of(standing.period),
        "have": standing.have,
        "need": standing.need,
        "full_need": standing.full_need,
        "unit": standing.unit,
        "state": standing.state,
        "clause": ClauseOut(document=standing.clause.document, article=standing.clause.article),
        "remaining": standing.remaining,
        "days_left": standing.days_left,
        "can_miss": standing.can_miss,
        "why": standing.why,
        "due": standing.due,
        "percent": standing.percent,
    }
