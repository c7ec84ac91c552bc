"""Corrected centres of villages, proposed from where their people's fixes lie."""

from sqlalchemy import or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.checkins import checks, limits
from app.checks.models import VillageCentre
from app.checks.schemas import FenceProposalOut
from app.core.geo import Point
from app.org.models import Fence, Unit
from app.org.service import fence_shown, fences_on
from app.postings.scope import Caller, Clause, Sight
from app.reviews.models import CheckSilence

SHIFTED = (
    "定位整体偏移约 {away_m} 米,与地图坐标系的偏移一致。请核对录入范围时的坐标系,再决定是否采用。"
)
MISSING = "该村还没有范围;{people} 人 {days} 天的定位集中在这里。"
TRUSTED = "定位整体偏移约 {away_m} 米,与地图坐标系的偏移一致;管理员核对后已恢复本村的“定位在村外”。"
STILL = "定位的整体偏移已减轻,但“定位在村外”还没有恢复核对,只作统计。"
AWAY = "{people} 人 {days} 天的定位集中在离现有中心约 {away_m} 米处。请到现场核对后再更正。"


async def of(session: AsyncSession, visible: Clause, caller: Caller) -> list[FenceProposalOut]:
    """The proposals for the villages of this clause (on ``Unit.code``), the weightiest first.

    A village whose fence is suspended is listed as long as it is so.
    """
    by = limits.shipped()
    silences = select(col(CheckSilence.unit)).where(
        col(CheckSilence.code) == checks.OUTSIDE, col(CheckSilence.ended_at).is_(None)
    )
    # of a village by itself: nobody but the detector does that without a name
    by_itself = silences.where(col(CheckSilence.by_id).is_(None))
    query = (
        select(VillageCentre, col(Unit.name))
        .join(Unit, col(Unit.code) == col(VillageCentre.village))
        .where(
            visible,
            or_(
                col(VillageCentre.shifted),
                col(VillageCentre.village).in_(by_itself),
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
    codes = [row.village for row, _ in rows]
    fences = await fences_on(session, codes, caller.today)
    suspended = set((await session.exec(silences.where(col(CheckSilence.unit).in_(codes)))).all())
    itself = set((await session.exec(by_itself.where(col(CheckSilence.unit).in_(codes)))).all())
    shown = []
    for row, name in rows:
        silent = row.village in suspended
        says = _says(row, silent, row.village in itself)
        shown.append(_shown(row, name, fences.get(row.village, []), says, silent, caller))
    return sorted(
        shown,
        key=lambda each: (not each.suspended, not each.shifted, -(each.away_m or 0), each.village),
    )


def _says(row: VillageCentre, silent: bool, by_itself: bool) -> str:
    if row.shifted:
        return SHIFTED if silent else TRUSTED
    if by_itself:
        return STILL
    return MISSING if row.away_m is None else AWAY


def _shown(
    row: VillageCentre, name: str, fences: list[Fence], says: str, suspended: bool, caller: Caller
) -> FenceProposalOut:
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
        suspended=suspended,
        may_voice=suspended and caller.over(row.village, Sight.SILENCE),
        says=says.format(people=row.people, days=row.days, away_m=row.away_m),
        looked_at=row.looked_at,
    )
