"""What is told about quotas. Days are civil days in Asia/Shanghai, ends inclusive."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from app.policy.pack import Rule, SettingValue
from app.policy.periods import Period
from app.policy.standing import Standing, State, Subject
from app.policy.versions import load_version
from app.postings.models import Post
from app.postings.schemas import PersonOut
from app.quotas.adoptions import InForce

PERSON = "person"
LeftOut = Annotated[
    list[str],
    Field(description="已启用但本程序中没有其规则的政策包,未计算;每项一句话"),
]


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


class SubjectOut(BaseModel):
    """Who owes it: a person, an organisation by its id, or a unit by its code."""

    kind: str = Field(examples=["village", "helper_unit", "person"])
    id: str
    name: str

    @classmethod
    def of(cls, subject: Subject) -> "SubjectOut":
        """As the engine has it."""
        return cls(kind=subject.kind, id=subject.id, name=subject.name)


class Mark(StrEnum):
    """A standing in one word, for a board: done, late, missing, still open, or not judged."""

    done = "done"
    late = "late"
    missing = "missing"
    open = "open"
    none = "none"


MARKS: dict[State, Mark] = {
    "met": Mark.done,
    "late": Mark.late,
    "not_met": Mark.missing,
    "unreachable": Mark.missing,
    "on_track": Mark.open,
    "at_risk": Mark.open,
    "not_assessed": Mark.none,
    "excused": Mark.none,
}


class CellOut(BaseModel):
    """A standing as a table shows it: one rule, one person or organisation, one period."""

    rule: str = Field(examples=["R01"])
    pack: str = Field(examples=["p0-village-leader"])
    version: str
    title: str
    period: PeriodOut
    have: int
    need: int | None = Field(description="折算后的要求;文件缺数时为 null")
    full_need: int | None = Field(description="全期的要求,未折算")
    prorated: bool = Field(description="要求因任职不足全期而折算")
    at_most: int | None = Field(description="上限;没有上限时为 null")
    unit: str = Field(examples=["days"])
    state: State
    mark: Mark
    clause: ClauseOut
    remaining: int | None
    late: int = Field(description="期限之后才完成的数量")
    days_left: int
    can_miss: int | None = Field(description="还可缺几天;只用于每天至多增加一次的指标")
    change_by: date | None = Field(description="自这一天起每天都要完成,才来得及")
    why: str
    not_assessed: str | None = Field(description="不考核的原因代码;考核时为 null")
    advisory: bool = Field(description="只提示,不计入完成情况的统计")
    info: bool = Field(description="只展示数据,不作评判")
    village: str | None = Field(description="按村分别考核的规则:哪个村")
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
    assumed: bool = Field(description="假设在村,没有记录证明")


class NotCountedOut(BaseModel):
    """A record that did not count, and why."""

    record: str
    day: date | None = Field(description="记录所属日期;帮扶户没有日期")
    code: str = Field(examples=["other_village"])
    why: str


class StandingOut(CellOut):
    """A standing 完成情况 with its evidence and the reading of the document that was used."""

    subject: SubjectOut
    asks: list[str] = Field(description="要交的材料、要办的活动或要报的数据,按种类代码")
    counted: list[CountedOut]
    not_counted: list[NotCountedOut]
    settings: dict[str, SettingValue]

    @classmethod
    def told(cls, standing: Standing, subject: Subject) -> "StandingOut":
        """A standing as the contract writes it."""
        return cls(
            **_cell(standing),
            subject=SubjectOut.of(subject),
            asks=_asks(
                load_version(standing.pack, standing.version).rules[standing.rule], standing
            ),
            counted=[
                CountedOut(day=c.day, records=list(c.records), assumed=c.assumed)
                for c in standing.counted
            ],
            not_counted=[
                NotCountedOut(record=n.record, day=n.day, code=n.code, why=n.why)
                for n in standing.not_counted
            ],
            settings=dict(standing.settings),
        )


def _asks(rule: Rule, standing: Standing) -> list[str]:
    """The kinds of papers, activities and figures that bring the rule on."""
    if rule.metric in ("submissions", "activities"):
        return list(rule.counts)
    figures = rule.value_on(standing.period.first).figures
    return [*([rule.figure] if rule.figure else []), *figures]


class StandingsOut(BaseModel):
    """The standings of one person or organisation."""

    items: list[StandingOut]
    assumed: list[date] = Field(
        default=[], description="假设在村的日期;有日期时,这是推算,不是已有的完成情况"
    )
    left_out: LeftOut = []


class RuleOut(BaseModel):
    """A rule in force, with the threshold of the period (``null``: the document lost it)."""

    id: str
    key: str = Field(description="表格和汇总中的名称;两个政策包有同号规则时,后者带政策包编号")
    pack: str
    version: str
    title: str
    unit: str
    need: int | None
    parts: int | None = Field(description="要求为几分之几时的分母,例如三分之二的 3;否则为 null")
    clause: ClauseOut
    posts: list[Post]
    subjects: list[str] = Field(description="责任主体的种类;按人考核的规则为空")
    each_village: bool = Field(description="按村分别考核")
    advisory: bool
    info: bool
    per: str

    @classmethod
    def of(cls, held: InForce, rule: Rule, day: date) -> "RuleOut":
        """A rule of a pack, with its value on this day."""
        value = rule.value_on(day)
        return cls(
            id=rule.id,
            key=rule.id,
            pack=held.pack.id,
            version=held.pack.version,
            title=rule.title,
            unit=value.unit,
            need=value.value,
            parts=value.of,
            clause=ClauseOut(document=held.pack.title, article=value.clause),
            posts=[Post(kind) for kind in rule.posts],
            subjects=list(rule.subjects),
            each_village=rule.each_village,
            advisory=held.is_advisory(rule),
            info=rule.info,
            per=rule.per,
        )


class RowOut(BaseModel):
    """A person, once, under the unit of their latest post in the period."""

    person: PersonOut
    unit: str
    unit_name: str
    kind: Post
    cells: dict[str, CellOut] = Field(
        description="按规则编号;按村分别考核的规则为“编号@村代码”;没有的规则对此人不适用"
    )


class TableOut(BaseModel):
    """The standings of a unit's people, by village and post; never by performance."""

    period: PeriodOut
    on: date
    rules: list[RuleOut]
    rows: list[RowOut]
    next: str | None
    left_out: LeftOut = []


class DutyRowOut(BaseModel):
    """An organisation or a unit with its own duties."""

    subject: SubjectOut
    unit: str
    unit_name: str
    cells: list[CellOut]


class BoardOut(BaseModel):
    """The duties 职责 of the organisations and units of a subtree, by seat, kind and name."""

    period: PeriodOut
    on: date
    rules: list[RuleOut]
    rows: list[DutyRowOut]
    next: str | None
    left_out: LeftOut = []


class UnitCountsOut(BaseModel):
    """How many people of a unit are in which state, for each rule."""

    unit: str
    name: str
    people: int
    counts: dict[str, dict[State, int]] = Field(description="只统计考核的规则,提示类规则不计")


class SummaryOut(UnitCountsOut):
    """A unit and each unit directly below it.

    People posted to the unit itself are in no child, so that children may add up to less.
    """

    period: PeriodOut
    on: date
    rules: list[RuleOut]
    children: list[UnitCountsOut]
    left_out: LeftOut = []


def keys_of(rules: Iterable[RuleOut]) -> dict[tuple[str, str], str]:
    """The name of each pack's rule in a table: its id; where two packs have it, the later by the
    order of their ids is told with its pack.
    """
    return {(rule.pack, rule.id): rule.key for rule in rules}


def cell_key(cell: CellOut, keys: Mapping[tuple[str, str], str]) -> str:
    """The name of a cell in a row: its rule's, and its village where each is asked for."""
    # a rule that holds only where somebody was posted before is not among the table's own
    key = keys.get((cell.pack, cell.rule), f"{cell.pack}/{cell.rule}")
    return f"{key}@{cell.village}" if cell.village else key


def person_subject(person: UUID, name: str) -> Subject:
    """A person as the subject of a standing."""
    return Subject(PERSON, str(person), name)


def _cell(standing: Standing) -> dict[str, Any]:
    as_they_are = (
        "rule", "pack", "version", "title", "have", "need", "full_need", "prorated", "at_most",
        "unit", "state", "remaining", "late", "days_left", "can_miss", "change_by", "why",
        "not_assessed", "advisory", "info", "village", "due", "percent",
    )  # fmt: skip
    return {
        **{name: getattr(standing, name) for name in as_they_are},
        "period": PeriodOut.of(standing.period),
        "mark": MARKS[standing.state],
        "clause": ClauseOut(document=standing.clause.document, article=standing.clause.article),
    }
