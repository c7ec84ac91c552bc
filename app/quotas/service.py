"""Quotas of a person, the table of a unit, and its summary."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.core.errors import InvalidBody
from app.core.paging import PageQuery
from app.org.models import DIGITS, Unit
from app.policy.pack import Rule
from app.policy.periods import BadPeriod, Period, parse
from app.policy.records import History
from app.policy.standing import STATES, Standing, State, Subject
from app.postings.models import Post as PostKind
from app.postings.models import Posting
from app.postings.schemas import PersonOut
from app.quotas import adoptions, facts
from app.quotas.adoptions import Adoptions, InForce
from app.quotas.errors import NoSuchPeriod
from app.quotas.facts import Window
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
from app.quotas.standings import Asked, Bound, begun, binding

#: Persons whose records are in memory at once; between two batches others get their turn.
BATCH = 100
FIRST_YEAR, LAST_YEAR = 2004, 2100
MOST_ASSUMED = 366


@dataclass(frozen=True, slots=True)
class Row:
    """A person of a table: the unit and kind of their latest post, and what binds them."""

    id: UUID
    name: str
    unit: str
    kind: str
    bound: list[Bound]

    @property
    def place(self) -> tuple[str, str, str, str]:
        """By village, post, name: an order in which nobody is first for their figures."""
        return self.unit, self.kind, self.name, str(self.id)


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
    history = await facts.histories(session, _window([person], bound, asked))
    return standings(bound, history[person], asked)


async def table(session: AsyncSession, unit: str, asked: Asked, paging: PageQuery) -> TableOut:
    """The people of a unit and what they have done, one page; see `Row.place` for the order."""
    period = asked.periods[0]
    people, in_force = await _people(session, unit, asked)
    if paging.after is not None:
        after = (paging.text(0), paging.text(1), paging.text(2), paging.text(3))
        people = [row for row in people if row.place > after]
    page, following = paging.cut(people[: paging.limit + 1], lambda row: row.place)
    names = await unit_names(session, sorted({row.unit for row in page}))
    cells = await _cells(session, page, asked)
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
    people, in_force = await _people(session, unit, asked)
    names = await unit_names(session, [unit])
    children = await _children(session, unit, period)
    digits = min((d for d in DIGITS if d > len(unit)), default=0)
    heads: Counter[str] = Counter()
    counts: Counter[tuple[str, str, State]] = Counter()
    for start in range(0, len(people), BATCH):
        batch = people[start : start + BATCH]
        for row, found in zip(batch, await _cells(session, batch, asked), strict=True):
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


async def _people(session: AsyncSession, unit: str, asked: Asked) -> tuple[list[Row], Adoptions]:
    """Whoever is bound by a rule of this period and has their latest such post in the unit.

    A person who moved is shown once, where they went: the tables of two townships, or the counts
    of a county's townships, never name anybody twice.
    """
    period = asked.periods[0]
    here = (
        select(col(Posting.person_id))
        .where(
            col(Posting.unit).startswith(unit),
            col(Posting.since) <= period.last,
            or_(col(Posting.until).is_(None), col(Posting.until) >= period.first),
        )
        .distinct()
    )
    posts = await facts.posts(session, here)
    names = await session.exec(select(col(User.id), col(User.name)).where(col(User.id).in_(here)))
    places = {post.unit for held in posts.values() for post in held}
    in_force = await adoptions.read(session, {unit, *places})
    rows = []
    for person, name in names.all():
        bound = binding(posts[person], in_force, asked)
        latest = max((each.latest for each in bound), key=begun, default=None)
        if latest is not None and latest.unit.startswith(unit):
            rows.append(Row(person, name, latest.unit, latest.kind, bound))
    return sorted(rows, key=lambda row: row.place), in_force


async def _cells(session: AsyncSession, rows: Sequence[Row], asked: Asked) -> list[list[Standing]]:
    """The standings of each row. The counting itself is done beside the loop, which goes on
    taking check-ins.
    """
    window = _window([row.id for row in rows], [each for row in rows for each in row.bound], asked)
    histories = await facts.histories(session, window)
    return await asyncio.to_thread(
        lambda: [standings(row.bound, histories[row.id], asked) for row in rows]
    )


def standings(
    bound: list[Bound], history: History, asked: Asked, subject: Subject | None = None
) -> list[Standing]:
    """What the engine finds of each rule."""
    found = (each.standing(history, asked, subject) for each in bound)
    return [standing for standing in found if standing is not None]


def _window(people: list[UUID], bound: Sequence[Bound], asked: Asked) -> Window:
    return window_of(bound, asked, people=people)


def window_of(
    bound: Sequence[Bound],
    asked: Asked,
    *,
    people: Sequence[UUID] = (),
    organisations: Sequence[UUID] = (),
    units: Sequence[str] = (),
) -> Window:
    """What must be known of these subjects for these rules."""
    periods = [each.period for each in bound]
    return Window.of(
        (each.rule for each in bound),
        first=min((period.first for period in periods), default=asked.on),
        last=max((period.last for period in periods), default=asked.on),
        on=asked.on,
        people=people,
        organisations=organisations,
        units=units,
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
