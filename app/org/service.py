"""Reading units with their fences, and setting fences."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.geo import Point
from app.core.paging import PageQuery
from app.org.models import Fence, Level, Unit
from app.org.schemas import FenceIn, FenceOut, UnitOut
from app.records import register
from app.records.service import Put

Clause = ColumnElement[bool]
_GEOMETRY = ("lat_e7", "lon_e7", "radius_m", "polygon")


async def one(session: AsyncSession, code: str, visible: Clause, on: date) -> UnitOut | None:
    """The unit, if the caller may see it, with the fences that hold on this day."""
    found = await session.exec(select(Unit).where(col(Unit.code) == code, visible))
    unit = found.one_or_none()
    if unit is None:
        return None
    return shown(unit, (await fences_on(session, [code], on)).get(code, []))


async def page(
    session: AsyncSession,
    visible: Clause,
    paging: PageQuery,
    *,
    on: date,
    parent: str | None = None,
    level: Level | None = None,
) -> tuple[list[UnitOut], str | None]:
    """Visible units of this day in the order of their codes."""
    query = select(Unit).where(visible, _holds(Unit, on))
    if parent is not None:
        query = query.where(col(Unit.parent) == parent)
    if level is not None:
        query = query.where(col(Unit.level) == level.value)
    query = paging.onward(query, col(Unit.code))
    units, following = paging.cut(
        list((await session.exec(query)).all()), lambda unit: (unit.code,)
    )
    fences = await fences_on(session, [unit.code for unit in units], on)
    return [shown(unit, fences.get(unit.code, [])) for unit in units], following


async def fences_on(
    session: AsyncSession, villages: Iterable[str], on: date
) -> dict[str, list[Fence]]:
    """The fences of these villages that hold on this day, by village."""
    found = await session.exec(
        select(Fence)
        .where(col(Fence.unit).in_(list(villages)), _holds(Fence, on))
        .order_by(col(Fence.unit), col(Fence.name), col(Fence.id))
    )
    out: dict[str, list[Fence]] = {}
    for fence in found.all():
        out.setdefault(fence.unit, []).append(fence)
    return out


def _holds(table: type[Unit] | type[Fence], on: date) -> Clause:
    since, until = col(table.valid_from), col(table.valid_to)
    return and_(or_(since.is_(None), since <= on), or_(until.is_(None), until >= on))


async def put_fence(
    session: AsyncSession,
    village: str,
    fence_id: UUID,
    body: FenceIn,
    *,
    actor_id: UUID,
    received_at: datetime,
) -> Put[Fence]:
    """Set a fence of a village, or change the one that stands under this id there.

    Check-ins keep the place they were given: a changed fence is asked only from now on.
    """
    centre, ring = body.centre(), body.ring()
    row = Fence(
        id=fence_id,
        county=village[:6],
        unit=village,
        name=body.name,
        lat_e7=centre.lat_e7,
        lon_e7=centre.lon_e7,
        radius_m=body.radius_m,
        polygon=[list(corner) for corner in ring] if ring else None,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        invented=False,
    )

    async def changes(stood: Fence) -> dict[str, Any] | None:
        if stood.unit != village:
            return None
        changed = register.differing(stood, row, "name", "valid_from", "valid_to", *_GEOMETRY)
        if stood.invented and any(name in changed for name in _GEOMETRY):
            changed["invented"] = False  # somebody who knows the place has set it
        return changed

    return await register.put(session, row, changes, actor_id=actor_id, received_at=received_at)


def shown(unit: Unit, fences: Iterable[Fence]) -> UnitOut:
    """A unit on the wire."""
    return UnitOut(
        code=unit.code,
        name=unit.name,
        level=Level(unit.level),
        parent=unit.parent,
        valid_from=unit.valid_from,
        valid_to=unit.valid_to,
        successor=unit.successor,
        fences=[fence_shown(fence) for fence in fences],
    )


def fence_shown(fence: Fence) -> FenceOut:
    """A fence on the wire, in degrees."""
    centre = Point(fence.lat_e7, fence.lon_e7)
    ring = [Point(*corner) for corner in fence.polygon or ()]
    return FenceOut(
        id=fence.id,
        name=fence.name,
        lat=centre.lat,
        lon=centre.lon,
        radius_m=fence.radius_m,
        polygon=[(corner.lat, corner.lon) for corner in ring] or None,
        invented=fence.invented,
        valid_from=fence.valid_from,
        valid_to=fence.valid_to,
        rev=fence.rev,
    )
