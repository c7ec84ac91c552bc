"""Households of helpers and of villages, with the first day of plan, portrait and position."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.clock import civil_day
from app.households.models import Household, PlanItem, Portrait, Position
from app.households.reading import CHECK_INS, GOOD_FIX
from app.policy import records
from app.postings.models import Pairing
from app.quotas.facts.window import Collected, Window


async def households(session: AsyncSession, window: Window, found: Collected) -> None:
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
