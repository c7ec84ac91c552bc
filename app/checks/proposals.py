"""Corrected centres of villages, proposed from where their people's fixes lie."""

from datetime import date

from sqlalchemy import or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.checkins import limits
from app.checks.models import VillageCentre
from app.checks.schemas import FenceProposalOut
from app.core.geo import Point
from app.org.models import Fence, Unit
from app.org.service import fence_shown, fences_on
from app.postings.scope import Clause

SHIFTED = (
    "定位整体偏移约 {away_m} 米,与地图坐标系的偏移一致。请核对录入范围时的坐标系,再决定是否采用。"
)
MISSING = "该村还没有范围;{people} 人 {days} 天的定位集中在这里。"
AWAY = "{people} 人 {days} 天的定位集中在离现有中心约 {away_m} 米处。请到现场核对后再更正。"


async def of(session: AsyncSession, visible: Clause, on: date) -> list[FenceProposalOut]:
    """The proposals for the villages of this clause (on ``Unit.code``), the weightiest first."""
    by = limits.shipped()
    query = (
        select(VillageCentre, col(Unit.name))
        .join(Unit, col(Unit.code) == col(VillageCentre.village))
        .where(
            visible,
            or_(
                col(VillageCentre.shifted),
                (col(VillageCentre.fixes) >= by.centre_fixes)
                & (col(VillageCentre.people) >= by.centre_people)
                & or_(
                    col(VillageCentre.away_m).is_(None),
                    col(VillageCentre.away_m) >= by.centre_away_m,
                ),
            ),
        )
    )
    rows = [(row, name) for row, name in (await session.exec(query)).all()]
    fences = await fences_on(session, [row.village for row, _ in rows], on)
    shown = [_shown(row, name, fences.get(row.village, [])) for row, name in rows]
    return sorted(shown, key=lambda each: (not each.shifted, -(each.away_m or 0), each.village))


def _shown(row: VillageCentre, name: str, fences: list[Fence]) -> FenceProposalOut:
    says = SHIFTED if row.shifted else MISSING if row.away_m is None else AWAY
    point = Point(row.lat_e7, row.lon_e7)
    return FenceProposalOut(
        village=row.village,
        name=name,
        fences=[fence_shown(fence) for fence in fences],
        lat=point.lat,
        lon=point.lon,
        away_m=row.away_m,
        bearing=row.bearing,
        fixes=row.fixes,
        people=row.people,
        days=row.days,
        shifted=row.shifted,
        says=says.format(people=row.people, days=row.days, away_m=row.away_m),
        looked_at=row.looked_at,
    )
