"""What erasing must leave intact for others, and where a name still stands afterwards."""

import os
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, String, cast, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.checkins.models import CheckIn
from app.core.ids import new_id
from app.core.tables import metadata
from app.households.models import Household, Position
from app.households.position import VisitFix, position_of
from app.households.reading import CHECK_INS, GOOD_FIX
from app.ledger import service as ledger
from app.quotas.changes import parts


async def keep_households_placed(session: AsyncSession, person: UUID, at: datetime) -> int:
    """Where only this person's visits say where a household is, that is written down as its own.

    Its position belongs to the household and counts for its next helper. Set by hand from the day
    of the first good fix; how many households.
    """
    visited = select(col(CheckIn.household_id)).where(
        col(CheckIn.person_id) == person, col(CheckIn.household_id).is_not(None)
    )
    placed = select(CHECK_INS.c.id).where(GOOD_FIX, CHECK_INS.c.household_id.in_(visited))
    connection = await session.connection()
    ids = list((await connection.execute(placed)).scalars())
    fixes: dict[UUID, list[CheckIn]] = {}
    for part in parts(sorted(ids)):
        query = select(CheckIn).where(col(CheckIn.id).in_(part))
        for row in (await session.exec(query)).all():
            if row.household_id is not None:
                fixes.setdefault(row.household_id, []).append(row)
    by_hand = select(col(Position.household_id)).where(col(Position.household_id).in_(list(fixes)))
    known = set((await session.exec(by_hand)).all())
    alone = [
        key
        for key, rows in sorted(fixes.items())
        if key not in known and all(row.person_id == person for row in rows)
    ]
    for key in alone:
        await _place(session, key, fixes[key], person, at)
    return len(alone)


async def _place(
    session: AsyncSession, household: UUID, rows: list[CheckIn], person: UUID, at: datetime
) -> None:
    found = position_of([VisitFix(r.lat_e7 or 0, r.lon_e7 or 0, r.accuracy_mm or 0) for r in rows])
    if found is None:
        return
    first = min(rows, key=lambda row: row.captured_at)
    where = await session.get_one(Household, household)
    row = Position(
        id=new_id(),
        county=where.county,
        household_id=household,
        author_id=person,
        lat_e7=found.point.lat_e7,
        lon_e7=found.point.lon_e7,
        accuracy_mm=found.accuracy_mm,
        datum="wgs84",
        set_at=first.captured_at,
        received_at=first.received_at,
        digest=os.urandom(32),  # of no body that anybody sent
    )
    session.add(row)
    await ledger.append(session, row, "create", "erasure", at)


async def still_named(session: AsyncSession, name: str) -> dict[str, int]:
    """In how many rows each text column still has this name: other people's words, kept papers."""
    out: dict[str, int] = {}
    connection = await session.connection()
    for table in metadata.sorted_tables:
        for column in table.columns:
            if _holds_text(column.type):
                has = cast(column, String).contains(name, autoescape=True)
                query = select(func.count()).select_from(table).where(has)
                number = (await connection.execute(query)).scalar_one()
                if number:
                    out[f"{table.name}.{column.name}"] = number
    return out


def _holds_text(kind: Any) -> bool:
    """Texts and JSON, whichever type of ours wraps them."""
    return isinstance(getattr(kind, "impl_instance", kind), String | JSON)
