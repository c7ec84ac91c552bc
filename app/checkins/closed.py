"""Whether a record came into a period 考核周期 that was closed for its author before it arrived.

It is kept and counts all the same; only the closed version was made without it. Days of the month
that runs now are not asked about: what is usually sent costs nothing.

Closed periods live in a domain above this one, and imports point downward only: their tables are
named here by the few columns that are needed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, String, Uuid, and_, bindparam, column, func, select, table
from sqlmodel.ext.asyncio.session import AsyncSession

from app.checkins.models import CheckIn
from app.core.clock import today
from app.core.prebuilt import Direct, Statement

_MOMENT = CheckIn.__table__.c.received_at.type  # type: ignore[attr-defined]  # SQLModel sets it
CLOSINGS = table(
    "closings",
    column("id", Uuid),
    column("unit", String),
    column("period", String),
    column("first", Date),
    column("last", Date),
    column("closed_at", _MOMENT),
)
CLOSED_STANDINGS = table("closed_standings", column("closing_id", Uuid), column("subject", String))


def _closed() -> Any:
    """Each closed period with the moment of its newest version, by whose standings are in it."""
    of = (CLOSED_STANDINGS.c.subject, CLOSINGS.c.first, CLOSINGS.c.last)
    return (
        select(*of, func.max(CLOSINGS.c.closed_at, type_=_MOMENT).label("closed_at"))
        .join(CLOSED_STANDINGS, CLOSED_STANDINGS.c.closing_id == CLOSINGS.c.id)
        .group_by(*of, CLOSINGS.c.unit, CLOSINGS.c.period)
    )


_CLOSED_ON = Statement(
    _closed().where(
        and_(
            CLOSED_STANDINGS.c.subject == bindparam("subject"),
            CLOSINGS.c.first <= bindparam("day"),
            CLOSINGS.c.last >= bindparam("day"),
        )
    )
)


@dataclass(frozen=True, slots=True)
class Came:
    """A record: whose, of which day, when it arrived."""

    record: UUID
    author: UUID
    day: date
    received_at: datetime


def may_be_closed(day: date) -> bool:
    """The day lies before the month that runs now."""
    return day < today().replace(day=1)


async def came_late(direct: Direct, came: Came) -> bool:
    """Whether a record that arrives now comes into a closed period."""
    if not may_be_closed(came.day):
        return False
    found = await direct.rows(_CLOSED_ON, subject=str(came.author), day=came.day)
    return any(row["closed_at"] < came.received_at for row in found)


async def late_ones(session: AsyncSession, records: Iterable[Came]) -> set[UUID]:
    """Those of these records that came into a period after its newest version was closed."""
    asked: Sequence[Came] = [each for each in records if may_be_closed(each.day)]
    if not asked:
        return set()
    query = _closed().where(
        CLOSED_STANDINGS.c.subject.in_(sorted({str(each.author) for each in asked})),
        CLOSINGS.c.first <= max(each.day for each in asked),
        CLOSINGS.c.last >= min(each.day for each in asked),
    )
    connection = await session.connection()
    closed = (await connection.execute(query)).all()
    return {
        each.record
        for each in asked
        for row in closed
        if row.subject == str(each.author)
        and row.first <= each.day <= row.last
        and row.closed_at < each.received_at
    }
