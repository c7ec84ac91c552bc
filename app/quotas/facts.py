"""Facts: one SELECT per kind of record, for many persons at once, into the engine's `History`.

Days are the stored civil days; no query converts a time zone. Nothing is counted or left out
here: a withdrawn check-in comes along as withdrawn, and the engine says why it does not count.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.checkins.models import CheckIn, Withdrawal
from app.core.clock import civil_day
from app.diaries.models import Diary
from app.households.models import Household, PlanItem, Portrait, Position
from app.households.reading import CHECK_INS, GOOD_FIX
from app.policy import records
from app.policy.pack import Metric, Rule
from app.policy.periods import start_of
from app.policy.records import History
from app.postings.models import Pairing, Posting


@dataclass(frozen=True, slots=True)
class Window:
    """Whose records of which days are wanted, and which metrics will look at them.

    ``first`` and ``last`` are inclusive; ``on`` is the day the answer is for.
    """

    people: Sequence[UUID]
    first: date
    last: date
    on: date
    metrics: frozenset[Metric]

    def asks(self, *metrics: Metric) -> bool:
        """Whether any of these metrics will be computed."""
        return not self.metrics.isdisjoint(metrics)


@dataclass(slots=True)
class _Found:
    """The records of one person while they are collected."""

    check_ins: list[records.CheckIn] = field(default_factory=list)
    diaries: list[records.Diary] = field(default_factory=list)
    households: list[records.Household] = field(default_factory=list)


def metrics_of(rules: Iterable[Rule]) -> frozenset[Metric]:
    """What is computed for these rules."""
    return frozenset(rule.metric for rule in rules)


async def histories(session: AsyncSession, window: Window) -> dict[UUID, History]:
    """The history of each person in the window, without posts: see `posts`. At most three queries."""
    found: dict[UUID, _Found] = defaultdict(_Found)
    if window.asks("stay_days", "checkin_count"):
        await _check_ins(session, window, found)
    if window.asks("diaries"):
        await _diaries(session, window, found)
    if window.asks("coverage_ratio"):
        await _households(session, window, found)
    return {
        person: History(
            posts=(),
            check_ins=tuple(found[person].check_ins),
            diaries=tuple(found[person].diaries),
            households=tuple(found[person].households),
        )
        for person in window.people
    }


async def posts(
    session: AsyncSession, people: Select[Any] | Sequence[UUID]
) -> dict[UUID, list[records.Post]]:
    """Every posting of these persons, the earliest first."""
    query = (
        select(
            col(Posting.person_id),
            col(Posting.kind),
            col(Posting.unit),
            col(Posting.since),
            col(Posting.until),
        )  # type: ignore[call-overload]  # five columns; the overloads end at four
        .where(col(Posting.person_id).in_(people))
        .order_by(col(Posting.since), col(Posting.id))
    )
    found: dict[UUID, list[records.Post]] = defaultdict(list)
    for person, kind, unit, since, until in (await session.exec(query)).all():
        found[person].append(records.Post(kind, unit, since, until))
    return found


async def _check_ins(session: AsyncSession, window: Window, found: dict[UUID, _Found]) -> None:
    """From one day before: the ten-minute rule looks back over midnight."""
    query = (
        select(
            col(CheckIn.person_id),
            col(CheckIn.id),
            col(CheckIn.kind),
            col(CheckIn.village),
            col(CheckIn.household_id),
            col(CheckIn.captured_at),
            col(CheckIn.received_at),
            col(CheckIn.day),
            col(Withdrawal.check_in_id),
        )  # type: ignore[call-overload]  # nine columns; the overloads end at four
        .outerjoin(Withdrawal, col(Withdrawal.check_in_id) == col(CheckIn.id))
        .where(
            col(CheckIn.person_id).in_(window.people),
            col(CheckIn.day).between(window.first - timedelta(days=1), window.last),
        )
    )
    for person, row_id, kind, village, household, at, received, day, gone in (
        await session.exec(query)
    ).all():
        found[person].check_ins.append(
            records.CheckIn(
                str(row_id),
                kind,
                village,
                str(household) if household else None,
                at,
                received,
                day,
                "withdrawn" if gone else "counted",
            )
        )


async def _diaries(session: AsyncSession, window: Window, found: dict[UUID, _Found]) -> None:
    """Diaries about these days or written in them, each with all versions of its chain.

    A version that was replaced must be known wherever it lies: it lends the newest one the time
    at which the diary was first handed in, and is itself counted no more.
    """
    begin, end = start_of(window.first), start_of(window.last + timedelta(days=1))
    written = (
        and_(column >= begin, column < end)
        for column in (col(Diary.written_at), col(Diary.received_at))
    )
    first_versions = select(func.coalesce(col(Diary.root), col(Diary.id))).where(
        col(Diary.author_id).in_(window.people),
        or_(col(Diary.work_date).between(window.first, window.last), *written),
    )
    query = select(
        col(Diary.author_id),
        col(Diary.id),
        col(Diary.work_date),
        col(Diary.written_at),
        col(Diary.received_at),
        col(Diary.replaces),
    ).where(  # type: ignore[call-overload]  # six columns; the overloads end at four
        or_(col(Diary.id).in_(first_versions), col(Diary.root).in_(first_versions))
    )
    for person, row_id, work_date, written_at, received, replaces in (
        await session.exec(query)
    ).all():
        version = records.Diary(
            str(row_id), work_date, written_at, received, str(replaces) if replaces else None
        )
        found[person].diaries.append(version)


async def _households(session: AsyncSession, window: Window, found: dict[UUID, _Found]) -> None:
    """Households paired on the day asked for, with the first day of plan, portrait, position."""
    query = (
        select(
            col(Pairing.person_id),
            col(Pairing.household_id),
            col(Pairing.since),
            col(Pairing.until),
            col(Household.since),
            col(Household.until),
            _plan(window.on),
            *_first(Portrait, col(Portrait.taken_at)),
            *_first(Position, col(Position.set_at)),
            _first_good_fix(),
        )  # type: ignore[call-overload]  # more than four columns
        .join(Household, col(Household.id) == col(Pairing.household_id))
        .where(
            col(Pairing.person_id).in_(window.people),
            col(Pairing.since) <= window.on,
            or_(col(Pairing.until).is_(None), col(Pairing.until) >= window.on),
        )
        .order_by(col(Pairing.since), col(Pairing.household_id))
    )
    for person, household, since, until, active, ended, plan, *moments, fix in (
        await session.exec(query)
    ).all():
        portrait, position = _earliest(moments[:2]), _earliest(moments[2:])
        found[person].households.append(
            records.Household(
                str(household),
                since,
                until,
                active,
                ended,
                plan,
                portrait,
                min((day for day in (position, fix) if day is not None), default=None),
            )
        )


def _plan(on: date) -> Any:
    """The day of the first item not dropped by then: one that is done is still a plan (R05)."""
    return (
        select(func.min(col(PlanItem.created_on)))
        .where(
            col(PlanItem.household_id) == col(Household.id),
            or_(col(PlanItem.dropped_on).is_(None), col(PlanItem.dropped_on) > on),
        )
        .correlate(Household)
        .scalar_subquery()
    )


def _first(table: type[Portrait] | type[Position], told: Any) -> tuple[Any, Any]:
    """The first moment told by a phone and the first of receipt; the earlier one holds, because
    a phone's clock may run ahead but nothing arrives before it was made.
    """
    own = col(table.household_id) == col(Household.id)
    return tuple(  # type: ignore[return-value]  # two of them
        select(func.min(moment)).where(own).correlate(Household).scalar_subquery()
        for moment in (told, col(table.received_at))
    )


def _first_good_fix() -> Any:
    """The day of the first visit whose fix is good enough to place the household."""
    return (
        select(func.min(CHECK_INS.c.day))
        .where(CHECK_INS.c.household_id == col(Household.id), GOOD_FIX)
        .correlate(Household)
        .scalar_subquery()
    )


def _earliest(moments: Sequence[datetime | None]) -> date | None:
    return min((civil_day(moment) for moment in moments if moment is not None), default=None)
