"""Quotas of a person, the table of a unit, and its summary."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.errors import InvalidBody
from app.core.paging import PageQuery
from app.org.models import DIGITS, Unit
from app.policy.pack import Rule
from app.policy.periods import BadPeriod, Period, parse
from app.policy.standing import STATES, Standing, State
from app.postings.models import Post as PostKind
from app.postings.schemas import PersonOut
from app.quotas import adoptions, facts
from app.quotas.adoptions import Adoptions, InForce
from app.quotas.counting import BATCH, count, people_of, standings, window_of
from app.quotas.errors import NoSuchPeriod
from app.quotas.schemas import (
    CellOut,
    PeriodOut,
    RowOut,
    RuleOut,
    SummaryOut,
    TableOut,
    UnitCountsOut,
    cell_key,
)
from app.quotas.standings import Asked, Bound, binding

FIRST_YEAR, LAST_YEAR = 2004, 2100
MOST_ASSUMED = 366


def period_of(key: str, on: date) -> Period:
    """The period of a key; raises `NoSuchPeriod`."""
    try:
        period = parse(key, on)
    except BadPeriod:
        raise NoSuchPeriod from None
    if not FIRST_YEAR <= period.first.year <= LAST_YEAR:
        raise NoSuchPeriod
    return period


def days_assumed(text: str) -> frozenset[date]:
    """Days as ``2026-11-24..2026-11-28,2026-12-01``; raises `InvalidBody`."""
    found: set[date] = set()
    for part in filter(None, (part.strip() for part in text.split(","))):
        begin, dots, end = part.partition("..")
        try:
            first = date.fromisoformat(begin)
            last = date.fromisoformat(end) if dots else first
        except ValueError:
            raise InvalidBody(
                f"assume_days 中的 {part[:24]} 写法有误。请写成 2026-11-24..2026-11-28,2026-12-01。"
            ) from None
        if not (first.year >= FIRST_YEAR and first <= last and last.year <= LAST_YEAR):
            raise InvalidBody(f"assume_days 中的 {part[:24]} 起止颠倒,或不在可计算的年份内。")
        if (last - first).days + len(found) >= MOST_ASSUMED:
            raise InvalidBody(f"assume_days 最多 {MOST_ASSUMED} 天。请缩短假设的日期。")
        found.update(first + timedelta(days=n) for n in range((last - first).days + 1))
    return frozenset(found)


async def bound_of(session: AsyncSession, person: UUID, asked: Asked) -> list[Bound]:
    """The rules that bind a person in the periods asked for."""
    posts = (await facts.posts(session, [person])).get(person, [])
    if not posts:
        return []
    return binding(posts, await adoptions.read(session, [post.unit for post in posts]), asked)


async def standings_of(
    session: AsyncSession, person: UUID, bound: list[Bound], asked: Asked
) -> list[Standing]:
    """What a person has done of it, with the evidence."""
    history = await facts.histories(session, window_of(bound, asked, people=[person]))
    return standings(bound, history[person], asked)


async def table(session: AsyncSession, unit: str, asked: Asked, paging: PageQuery) -> TableOut:
    """The people of a unit and what they have done, one page; see `Row.place` for the order."""
    period = asked.periods[0]
    people, in_force = await people_of(session, unit, asked)
    if paging.after is not None:
        after = (paging.text(0), paging.text(1), paging.text(2), paging.text(3))
        people = [row for row in people if row.place > after]
    page, following = paging.cut(people[: paging.limit + 1], lambda row: row.place)
    names = await unit_names(session, sorted({row.unit for row in page}))
    cells = await count(session, page, asked)
    return TableOut(
        period=PeriodOut.of(period),
        on=asked.on,
        rules=rules_of(in_force, unit, asked),
        rows=[
            RowOut(
                person=PersonOut(id=row.id, name=row.name),
                unit=row.unit,
                unit_name=names[row.unit],
                kind=PostKind(row.kind),
                cells={cell_key(standing): CellOut.of(standing) for standing in found},
            )
            for row, found in zip(page, cells, strict=True)
        ],
        next=following,
    )


async def summary(session: AsyncSession, unit: str, asked: Asked) -> SummaryOut:
    """How many people are in which state for each rule, in the unit and each unit below it."""
    period = asked.periods[0]
    people, in_force = await people_of(session, unit, asked)
    names = await unit_names(session, [unit])
    children = await _children(session, unit, period)
    digits = min((d for d in DIGITS if d > len(unit)), default=0)
    heads: Counter[str] = Counter()
    counts: Counter[tuple[str, str, State]] = Counter()
    for start in range(0, len(people), BATCH):
        batch = people[start : start + BATCH]
        for row, found in zip(batch, await count(session, batch, asked), strict=True):
            child = row.unit[:digits] if len(row.unit) >= digits > 0 else None
            for place in (unit, child):
                if place is not None:
                    heads[place] += 1
                    counts.update(
                        (place, standing.rule, standing.state)
                        for standing in found
                        if not standing.advisory
                    )
    rules = rules_of(in_force, unit, asked)

    def of(code: str, name: str) -> UnitCountsOut:
        told = {
            rule.id: {state: counts[code, rule.id, state] for state in STATES} for rule in rules
        }
        return UnitCountsOut(unit=code, name=name, people=heads[code], counts=told)

    whole = of(unit, names[unit])
    return SummaryOut(
        **whole.model_dump(),
        period=PeriodOut.of(period),
        on=asked.on,
        rules=rules,
        children=[of(code, name) for code, name in children],
    )


def rules_of(
    in_force: Adoptions, unit: str, asked: Asked, *, of_people: bool = True
) -> list[RuleOut]:
    """The rules of this period length for people, or for organisations, that hold in the unit or
    anywhere below it, each once.
    """
    period = asked.periods[0]
    found: dict[tuple[str, str], tuple[InForce, Rule]] = {}
    for held in in_force.within(unit, asked.day_of(period)):
        for rule in held.pack.rules.values():
            if rule.per == period.length and (rule.posts if of_people else rule.subjects):
                found.setdefault((held.pack.id, rule.id), (held, rule))
    return [RuleOut.of(held, rule, period.first) for _, (held, rule) in sorted(found.items())]


async def unit_names(session: AsyncSession, codes: Sequence[str]) -> dict[str, str]:
    """The names of these units."""
    query = select(col(Unit.code), col(Unit.name)).where(col(Unit.code).in_(codes))
    return dict((await session.exec(query)).all())


async def _children(session: AsyncSession, unit: str, period: Period) -> list[tuple[str, str]]:
    """The units directly below that existed in the period, also those where nobody is posted."""
    query = (
        select(col(Unit.code), col(Unit.name))
        .where(
            col(Unit.parent) == unit,
            or_(col(Unit.valid_from).is_(None), col(Unit.valid_from) <= period.last),
            or_(col(Unit.valid_to).is_(None), col(Unit.valid_to) >= period.first),
        )
        .order_by(col(Unit.code))
    )
    return [(code, name) for code, name in (await session.exec(query)).all()]


def asked_about(key: str, on: date, at: datetime) -> Asked:
    """The question about one period, by its key; raises `NoSuchPeriod`."""
    return Asked.about(on, at, period_of(key, on))
