"""Households of helpers and of units, with the first day of plan, portrait and position."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.clock import civil_day
from app.households.models import Household, PlanItem, Portrait, Position
from app.households.reading import CHECK_INS, GOOD_FIX
from app.policy import records
from app.postings.models import Pairing
from app.postings.scope import inside
from app.quotas.facts.window import Collected, Window

#: what a rule may ask of a household and nobody can record yet
UNRECORDED = frozenset({"income_plan", "project"})


async def households(session: AsyncSession, window: Window, found: Collected) -> None:
    """Households paired with persons in the window, and those of the units asked about."""
    if window.people:
        await _paired(session, window, found)
    if window.units:
        await _registered(session, window, found)


async def _paired(session: AsyncSession, window: Window, found: Collected) -> None:
    query: Any = (
        select(col(Pairing.person_id), col(Pairing.since), col(Pairing.until), *_columns(window.on))
        .join(Household, col(Household.id) == col(Pairing.household_id))
        .where(
            col(Pairing.person_id).in_(window.people),
            # a visit counts by the pairing of its day, which may have ended since
            col(Pairing.since) <= max(window.on, window.last),
            or_(col(Pairing.until).is_(None), col(Pairing.until) >= min(window.on, window.first)),
        )
        .order_by(col(Pairing.since), col(Pairing.household_id))
    )
    for person, since, until, *told in (await session.exec(query)).all():
        found[person].households.append(_household(told, since, until, ()))


async def _registered(session: AsyncSession, window: Window, found: Collected) -> None:
    """In the history of a unit every household of its villages is its own; who helps it is told."""
    here = (
        inside(col(Household.village), window.roots()),
        col(Household.since) <= window.on,
        or_(col(Household.until).is_(None), col(Household.until) >= window.on),
    )
    helped = (
        select(col(Pairing.household_id), col(Pairing.since), col(Pairing.until))
        .join(Household, col(Household.id) == col(Pairing.household_id))
        .where(*here)
        .order_by(col(Pairing.since), col(Pairing.id))
    )
    helpers: dict[UUID, list[records.Span]] = defaultdict(list)
    for household, since, until in (await session.exec(helped)).all():
        helpers[household].append(records.Span(since, until))
    query = (
        select(col(Household.village), *_columns(window.on))
        .where(*here)
        .order_by(col(Household.village), col(Household.number), col(Household.id))
    )
    for village, *told in (await session.exec(query)).all():
        row = _household(told, date.min, None, helpers.get(told[0], ()))
        for unit in window.holders(village):
            found[unit].households.append(row)


def _columns(on: date) -> tuple[Any, ...]:
    return (
        col(Household.id),
        col(Household.since),
        col(Household.until),
        col(Household.poor),
        _plan(on),
        _first_good_fix(),
        *_first(Portrait, col(Portrait.taken_at)),
        *_first(Position, col(Position.set_at)),
    )


def _household(
    told: Sequence[Any], since: date, until: date | None, helpers: Sequence[records.Span]
) -> records.Household:
    row_id, active, ended, poor, plan, fix, *moments = told
    position = _earliest(moments[2:])
    return records.Household(
        id=str(row_id),
        paired_first=since,
        paired_last=until,
        active_first=active,
        active_last=ended,
        plan=plan,
        portrait=_earliest(moments[:2]),
        position=min((day for day in (position, fix) if day is not None), default=None),
        poor=poor,
        helpers=tuple(helpers),
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
