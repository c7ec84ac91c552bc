"""Where people of a village are, how that lies about its fence, and what follows from a shift.

A village whose fixes lie to one side of its centre as a mixed datum would put them has a wrong
fence, or phones that shift: its fence is believed by nobody until that is mended. The check falls
silent for that village, as an administrator would silence it: logged, with its reason, and seen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.checkins import checks, limits
from app.checkins.limits import Limits
from app.checkins.models import CheckIn
from app.checks.models import VillageCentre
from app.core.clock import civil_day
from app.core.db import Database, insert
from app.core.geo import Point
from app.ledger import service as ledger
from app.org.datum import Measure, Shift, middle_of, shift_of
from app.org.service import fences_on
from app.reviews.models import CheckSilence, Flag
from app.reviews.service import SYSTEM
from app.reviews.states import State

#: a village with new fixes is looked at this often, at most
EVERY = timedelta(hours=1)
#: the newest fixes of a village; a median of more would say the same
MOST_FIXES = 400
REASON = (
    "本村定位整体偏离范围中心约 {away_m} 米,方向与地图坐标系(GCJ-02)的偏移一致,"
    "疑为范围或手机的坐标系不一致。更正范围之前,本村的“定位在村外”只作统计。"
)
MENDED = "本村定位已不再整体偏移,恢复核对。"


@dataclass(frozen=True, slots=True)
class _Fix:
    person: UUID
    day: date
    point: Point


async def due(base: Database, villages: set[str], at: datetime) -> set[str]:
    """Those of the villages that nobody looked at for a while."""
    async with base.reading() as session:
        fresh = select(col(VillageCentre.village)).where(col(VillageCentre.looked_at) > at - EVERY)
        return villages - set((await session.exec(fresh)).all())


async def look(base: Database, villages: Iterable[str], at: datetime) -> int:
    """Look at these villages anew; how many fences were suspended now."""
    suspended = 0
    for village in sorted(villages):
        async with base.reading() as session:
            seen = await _seen(session, village, at)
            silence = await _silence(session, village)
        if seen is None:
            continue
        row, shift, still = seen
        async with base.writing() as session:
            await session.exec(
                insert(session, VillageCentre)
                .values(**row.model_dump())
                .on_conflict_do_update(
                    index_elements=["village"],
                    set_=row.model_dump(exclude={"village", "county"}),
                )
            )
        if row.shifted and silence is None:
            async with base.writing() as session:
                suspended += await _suspend(session, village, shift, at)
        elif silence is not None and silence.by_id is None and not still:
            async with base.writing() as session:
                await _trust_again(session, silence.id, at)
    return suspended


async def _seen(
    session: AsyncSession, village: str, at: datetime
) -> tuple[VillageCentre, Shift | None, bool] | None:
    """The village's centre, its shift, and whether a suspended fence stays so."""
    by = limits.shipped()
    fixes = await _fixes(session, village, by)
    if not fixes:
        return None
    today = civil_day(at)
    fences = (await fences_on(session, [village], today)).get(village, [])
    centres = [Point(fence.lat_e7, fence.lon_e7) for fence in fences]
    days = len({fix.day for fix in fixes})
    points = [fix.point for fix in fixes]
    shift = shift_of(centres, points, measure(by))
    loosely = shift_of(centres, points, _loose(measure(by)))
    enough = len(fixes) >= by.datum_fixes and days >= by.datum_days
    middle = middle_of(points)
    row = VillageCentre(
        county=village[:6],
        village=village,
        lat_e7=middle.lat_e7,
        lon_e7=middle.lon_e7,
        fixes=len(fixes),
        people=len({fix.person for fix in fixes}),
        days=days,
        away_m=shift.away_m if shift else None,
        bearing=shift.bearing if shift else None,
        shifted=bool(shift and shift.suspect and enough),
        looked_at=at,
    )
    return row, shift, bool(loosely and loosely.suspect)


def measure(by: Limits) -> Measure:
    """What counts as a shift."""
    agree, turn = by.datum_agree_percent, by.datum_turn_percent
    return Measure(by.datum_least_m, by.datum_most_m, agree, turn)


def _loose(strict: Measure) -> Measure:
    """What still counts as one, so that a fence does not waver."""
    agree, turn = strict.agree_percent * 3 // 2, strict.turn_percent * 2 // 3
    return Measure(strict.least_m, strict.most_m, agree, turn)


async def _fixes(session: AsyncSession, village: str, by: Limits) -> list[_Fix]:
    """The newest precise fixes of a village, of the season before the newest of them."""
    query = (
        select(  # type: ignore[call-overload]  # five columns; the overloads end at four
            col(CheckIn.person_id),
            col(CheckIn.day),
            col(CheckIn.lat_e7),
            col(CheckIn.lon_e7),
            col(CheckIn.received_at),
        )
        .where(
            col(CheckIn.village) == village,
            col(CheckIn.lat_e7).is_not(None),
            col(CheckIn.accuracy_mm) <= by.datum_accuracy_m * 1000,
        )
        .order_by(col(CheckIn.received_at).desc())
        .limit(MOST_FIXES)
    )
    rows = (await session.exec(query)).all()
    if not rows:
        return []
    since = rows[0].received_at - timedelta(days=by.datum_window_days)
    return [
        _Fix(row.person_id, row.day, Point(row.lat_e7, row.lon_e7))
        for row in rows
        if row.received_at >= since
    ]


async def _silence(session: AsyncSession, village: str) -> CheckSilence | None:
    """The running silence of this very village; else the last one that a person ended."""
    query = (
        select(CheckSilence)
        .where(col(CheckSilence.unit) == village, col(CheckSilence.code) == checks.OUTSIDE)
        .order_by(col(CheckSilence.since).desc())
    )
    newest = (await session.exec(query)).first()
    # whoever gave the check its voice back had looked: the machine does not take it away again
    overruled = newest is not None and newest.ended_by_id is not None
    return newest if newest and (newest.ended_at is None or overruled) else None


async def _suspend(session: AsyncSession, village: str, shift: Shift | None, at: datetime) -> int:
    reason = REASON.format(away_m=shift.away_m if shift else 0)
    silence = CheckSilence(
        county=village[:6], unit=village, code=checks.OUTSIDE, reason=reason, by_id=None, since=at
    )
    session.add(silence)
    await session.flush()
    await _hush(session, village, reason, at)
    await ledger.append(session, silence, "create", SYSTEM, at)
    return 1


async def _hush(session: AsyncSession, village: str, reason: str, at: datetime) -> None:
    """Flags of that fence that nobody has judged yet fall silent, and say why; none is removed."""
    query = select(Flag).where(
        col(Flag.village) == village,
        col(Flag.code) == checks.OUTSIDE,
        col(Flag.state) == State.open.value,
    )
    flags: Sequence[Flag] = (await session.exec(query.with_for_update())).all()
    for flag in flags:
        flag.silent, flag.state = True, State.silent.value
        flag.evidence = {**flag.evidence, "suspended": reason}
        session.add(flag)
    if flags:
        await ledger.append_many(session, flags, "silence", SYSTEM, at)


async def _trust_again(session: AsyncSession, key: UUID, at: datetime) -> None:
    silence = await session.get(CheckSilence, key, with_for_update=True)
    if silence is not None and silence.ended_at is None:
        silence.ended_at, silence.ended_reason = at, MENDED
        await ledger.append(session, silence, "end", SYSTEM, at)
