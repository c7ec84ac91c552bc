"""Which of somebody's records a flag of the demonstration is on, measured by the checks themselves."""

from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.checkins import checks, limits
from app.checkins.checks import Other
from app.checkins.models import CheckIn, Withdrawal
from app.core import geo
from app.core.clock import SHANGHAI
from app.diaries.models import Diary
from app.diaries.shingles import held, jaccard, shingles
from app.org.geofence import Fence, locate
from app.org.models import Fence as FenceRow
from app.policy.periods import start_of
from app.reviews.finding import About, Finding

#: so many earlier diaries are read for the most alike one
_READ = 300
#: what arrived a day later was in the village all the same
_LATE = timedelta(days=2)
#: the clock of the story was this far off, found when it was set right
_MOVED_S = 10_860


@dataclass(frozen=True, slots=True)
class Suspect:
    """A record, what a check found on it, and when it was found."""

    about: About
    finding: Finding
    at: datetime


async def suspect(
    session: AsyncSession, code: str, day: date, people: list[UUID], taken: set[UUID]
) -> Suspect | None:
    """The newest record of the first of ``people``, of that day or before, that the check finds.

    None of ``taken``, to which it is added; a second person is whom it was found together with.
    """
    if code == "diary-alike":
        return await _diary(session, people[0], day)
    rows = await _check_ins(session, people[0], day)
    beside = await _check_ins(session, people[1], day) if people[1:] else []
    for row in reversed(rows):
        before = [one for one in rows if one.received_at < row.received_at]
        if row.id in taken or (found := await _found(session, code, row, before, beside)) is None:
            continue
        taken.add(row.id)
        about = About("check_in", row.id, row.county, row.person_id, row.day, row.village)
        return Suspect(about, found, row.received_at + timedelta(minutes=1))
    return None


async def _found(
    session: AsyncSession, code: str, row: CheckIn, before: list[CheckIn], beside: list[CheckIn]
) -> Finding | None:
    by, others = limits.shipped(), [_other(one) for one in before]
    match code:
        case checks.OUTSIDE:
            return checks.outside(row, await _beyond_m(session, row))
        case checks.TRAVEL:
            # the two phones' times stand for the bracket, which a phone without network leaves open
            that_day = [_at_once(one) for one in before if one.day == row.day]
            return checks.travel(_at_once(row), that_day, by)
        case checks.IDENTICAL:
            return checks.identical_fix(row, others, by)
        case checks.PHOTO:
            same = [(sha, _other(one)) for one in before for sha in one.photos if sha in row.photos]
            return checks.photo_reused(row, same)
        case checks.DEVICE:
            theirs = [one for one in beside if (one.day, one.village) == (row.day, row.village)]
            told = [str(one.id) for one in theirs]
            return Finding(code, "medium", {"accounts": 2, "others": told}) if told else None
        case _:
            captured = row.captured_at.astimezone(SHANGHAI).isoformat(timespec="seconds")
            return Finding(code, "medium", {"moved_s": _MOVED_S, "captured": captured})


def _other(row: CheckIn) -> Other:
    return Other(**{each.name: getattr(row, each.name) for each in fields(Other)})


def _at_once(row: CheckIn) -> Other:
    return replace(_other(row), time_from=row.captured_at, time_to=row.captured_at)


async def _beyond_m(session: AsyncSession, row: CheckIn) -> int | None:
    if row.lat_e7 is None or row.lon_e7 is None:
        return None
    drawn = (await session.exec(select(FenceRow).where(FenceRow.unit == row.village))).all()
    fences = [
        Fence(
            one.id,
            geo.Point(one.lat_e7, one.lon_e7),
            one.radius_m,
            tuple(geo.Point(*corner) for corner in one.polygon) if one.polygon else None,
        )
        for one in drawn
    ]
    return locate(geo.Point(row.lat_e7, row.lon_e7), row.accuracy_mm, fences).beyond_m


async def _check_ins(session: AsyncSession, person: UUID, day: date) -> list[CheckIn]:
    query = (
        select(CheckIn)
        .outerjoin(Withdrawal, col(Withdrawal.check_in_id) == col(CheckIn.id))
        .where(
            col(CheckIn.person_id) == person,
            col(CheckIn.day) <= day,
            col(CheckIn.received_at) < start_of(day + _LATE),
            col(Withdrawal.check_in_id).is_(None),
        )
        .order_by(col(CheckIn.captured_at))
    )
    return list((await session.exec(query)).all())


async def _diary(session: AsyncSession, author: UUID, day: date) -> Suspect | None:
    """The author's diary of these days that is most like an earlier one, whoever's."""
    until = start_of(day + timedelta(days=1))
    query = select(Diary).where(col(Diary.received_at) < until)
    newest = query.order_by(col(Diary.received_at).desc(), col(Diary.id))
    mine = (await session.exec(newest.where(col(Diary.author_id) == author).limit(1))).first()
    if mine is None:
        return None
    text = shingles(mine.text)
    earlier = newest.where(col(Diary.received_at) < mine.received_at).limit(_READ)
    told = [
        (held(text, theirs), jaccard(text, theirs), one)
        for one in (await session.exec(earlier)).all()
        if one.chain != mine.chain and (theirs := shingles(one.text))
    ]
    if not told:
        return None
    shorter, both, first = max(told, key=lambda each: each[:2])
    finding = Finding(
        "diary-alike",
        "medium",
        {
            "other": str(first.id),
            "other_day": first.work_date.isoformat(),
            "percent": int(100 * both),
            "held_percent": int(100 * shorter),
            "joint_visits": 0,
        },
    )
    about = About("diary", mine.id, mine.county, author, mine.work_date)
    return Suspect(about, finding, mine.received_at + timedelta(minutes=1))
