"""What a check-in's photos show against it: a picture seen before, a camera that says otherwise.

Looked at by the worker once the bytes are there, which may be days after the record. Photos of one
visit are alike by nature and are left out; so is whatever a camera did not write.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.checkins.models import CheckIn
from app.core.clock import SHANGHAI
from app.core.geo import Point, distance_m
from app.photos.alike import Elsewhere, Taken, near
from app.photos.models import Photo
from app.reviews.finding import Evidence, Finding

ALIKE, CONTRADICTION = "photo-alike", "exif-contradiction"
#: so many alike photos are named in a finding
MOST_NAMED = 5
#: a camera's time may differ by this. Source: security.md 5.3
TIME = timedelta(hours=1)
#: a time without zone that is off by whole hours, to within this: a zone set wrong, not a lie
ZONES, ZONE_SLACK = timedelta(hours=14), timedelta(minutes=3)
#: a camera's place may differ by this, beyond the fix's own accuracy. Source: security.md 5.3
PLACE_M = 2_000
#: an earlier year is where a clock that nobody set begins
CLOCKS_SINCE = 2010
MINUTE = timedelta(minutes=1)


async def photo_findings(session: AsyncSession, check_in: CheckIn) -> list[Finding]:
    """What the photos of this check-in show, of those whose bytes have come."""
    if not check_in.photos:
        return []
    query = select(Photo).where(col(Photo.sha256).in_(check_in.photos))
    there = {photo.sha256: photo for photo in (await session.exec(query)).all()}
    photos = [there[sha] for sha in check_in.photos if sha in there]
    found = [*await _alike(session, check_in, photos), contradiction(check_in, photos)]
    return [one for one in found if one is not None]


async def _alike(
    session: AsyncSession, check_in: CheckIn, photos: Sequence[Photo]
) -> list[Finding]:
    taken = Taken(
        check_in.id, check_in.person_id, check_in.day, check_in.village,
        [photo.sha256 for photo in photos],
    )  # fmt: skip
    found = await near(session, taken)
    same = await _same_visit(session, check_in, found)
    alike = [one for one in found if one.record_id not in same]
    if not alike:
        return []
    first = alike[0]
    return [
        Finding(
            ALIKE,
            "medium",
            {
                "photo": first.photo,
                "other_photo": first.other_photo,
                "other": str(first.record_id),
                "other_kind": first.record_kind,
                "other_day": first.day.isoformat(),
                "bits64": first.phash,
                "bits256": first.dhash,
                "matches": len(alike),
                "records": sorted({str(one.record_id) for one in alike})[:MOST_NAMED],
            },
        )
    ]


async def _same_visit(
    session: AsyncSession, check_in: CheckIn, found: Sequence[Elsewhere]
) -> set[UUID]:
    """Those of the records that tell of the same visit, whoever went along.

    Another check-in of that day in that village, unless both name households that differ; a
    meeting of that day; the author's own diary of that month.
    """
    same = {
        one.record_id
        for one in found
        if (one.record_kind == "activity" and one.day == check_in.day)
        or (
            one.record_kind == "diary"
            and one.author_id == check_in.person_id
            and one.day.replace(day=1) == check_in.day.replace(day=1)
        )
    }
    that_day = {
        one.record_id
        for one in found
        if one.record_kind == "check_in"
        and (one.day, one.village) == (check_in.day, check_in.village)
    }
    query = select(col(CheckIn.id), col(CheckIn.household_id)).where(
        col(CheckIn.id).in_(sorted(that_day))
    )
    for record_id, household in (await session.exec(query)).all() if that_day else ():
        if household is None or check_in.household_id in (None, household):
            same.add(record_id)
    return same


def contradiction(check_in: CheckIn, photos: Sequence[Photo]) -> Finding | None:
    """A camera's own time or place that cannot be that of the check-in; the first such photo.

    Time and fix are those the phone gave: both come from the same clock and the same receiver.
    """
    for photo in photos:
        off = _time_off(photo.exif_at, check_in.captured_at)
        metres = _metres_off(photo, check_in)
        late = off is not None and abs(off) > TIME
        away = metres is not None and metres > PLACE_M + (check_in.accuracy_mm or 0) / 1000
        if not late and not away:
            continue
        told: Evidence = {"photo": photo.sha256}
        if off is not None and photo.exif_at is not None:
            told |= {"exif_at": photo.exif_at, "off_minutes": round(abs(off) / MINUTE)}
        if metres is not None:
            told |= {"off_m": round(metres)}
        return Finding(CONTRADICTION, "medium", told)
    return None


def _time_off(exif_at: str | None, captured_at: datetime) -> timedelta | None:
    """What lies between the camera's time and the check-in's, or None where none was written.

    A time without zone is Shanghai's; one that is off by whole hours is another zone's.
    """
    try:
        taken = datetime.fromisoformat(exif_at or "")
        if taken.year < CLOCKS_SINCE:
            return None
        if taken.tzinfo is not None:
            return taken - captured_at
        off = taken.replace(tzinfo=SHANGHAI) - captured_at
    except (ValueError, OverflowError):  # damaged, or a camera without a clock
        return None
    hours = timedelta(hours=round(off / timedelta(hours=1)))
    return off - hours if abs(hours) <= ZONES and abs(off - hours) <= ZONE_SLACK else off


def _metres_off(photo: Photo, check_in: CheckIn) -> float | None:
    """Metres between the camera's place and the fix; 0°, 0° is a camera that knew none."""
    if photo.exif_lat_e7 is None or photo.exif_lon_e7 is None:
        return None
    if check_in.lat_e7 is None or check_in.lon_e7 is None:
        return None
    camera = Point(photo.exif_lat_e7, photo.exif_lon_e7)
    return distance_m(camera, Point(check_in.lat_e7, check_in.lon_e7)) if any(camera) else None
