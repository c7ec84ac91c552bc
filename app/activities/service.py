"""Writing activities down and taking them back."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.activities.checking import check
from app.activities.models import (
    Activity,
    ActivityAttendee,
    ActivityOrganisation,
    ActivityWithdrawal,
)
from app.activities.schemas import ActivityIn, PlaceIn
from app.core import geo
from app.core.clock import civil_day
from app.core.db import insert
from app.core.errors import NotFound
from app.core.tables import HOUSE
from app.ledger import service as ledger
from app.org import geofence
from app.org.geofence import Located, locate
from app.org.models import Fence
from app.photos.naming import Naming, name_photos_in
from app.postings.scope import Caller
from app.records import service as records
from app.records.service import Fate, Put

RECORD_KIND = "activity"


async def put_activity(
    session: AsyncSession,
    viewer: Caller,
    activity_id: UUID,
    body: ActivityIn,
    received_at: datetime,
) -> Put[Activity]:
    """Keep an activity once, under the id that the phone made.

    What stands is its author's to repeat, whatever has become of scope since. Raises NotFound or
    NoSuchVillage for what it names and the author may not name.
    """
    day = civil_day(body.held_at)
    stood = await session.get(Activity, activity_id)
    if stood is None:
        await check(session, viewer, body, day)
    row = drafted(
        viewer.id, activity_id, body, received_at, await _fences(session, body.place, day)
    )
    put = await records.put(
        session,
        row,
        kind=RECORD_KIND,
        author_id=viewer.id,
        author_column="author_id",
        body=body.model_dump(mode="json"),
        received_at=received_at,
    )
    if put.fate is Fate.created:
        await _bind(session, row, body)
        # no village: who sees the photos is who sees the activity, see sight.photos
        naming = Naming(RECORD_KIND, activity_id, row.county, viewer.id, day)
        await name_photos_in(session, naming, body.photos)
    return put


async def _fences(session: AsyncSession, place: PlaceIn, day: date) -> list[geofence.Fence]:
    """The fences of the named village that hold on that day, where there is a fix to check."""
    if place.fix is None or place.village is None:
        return []
    query = select(Fence).where(
        col(Fence.unit) == place.village,
        or_(col(Fence.valid_from).is_(None), col(Fence.valid_from) <= day),
        or_(col(Fence.valid_to).is_(None), col(Fence.valid_to) >= day),
    )
    return [_fence(row) for row in (await session.exec(query)).all()]


def _located(place: PlaceIn, fences: Sequence[geofence.Fence]) -> tuple[geo.Point | None, Located]:
    """Where the fix lies, in WGS-84, against these fences."""
    if place.fix is None:
        return None, Located(geofence.Place.unknown)
    point = geo.to_wgs84(geo.at(place.fix.lat, place.fix.lon), geo.Datum(place.fix.datum))
    return point, locate(point, _mm(place.fix.accuracy_m), fences)


def _fence(row: Fence) -> geofence.Fence:
    ring = tuple(geo.Point(*point) for point in row.polygon or ())
    return geofence.Fence(row.id, geo.Point(row.lat_e7, row.lon_e7), row.radius_m, ring or None)


def _mm(metres: float | None) -> int | None:
    return None if metres is None else round(metres * 1000)


def drafted(
    author_id: UUID,
    activity_id: UUID,
    body: ActivityIn,
    received_at: datetime,
    fences: Sequence[geofence.Fence],
) -> Activity:
    """The row of an activity, not stored yet: what was written, and the derived day and place."""
    fix = body.place.fix
    point, located = _located(body.place, fences)
    fields: dict[str, Any] = body.model_dump(
        include={"kind", "unit", "held_at", "guests", "guests_note", "minutes", "written_at"}
    )
    return Activity(
        **fields,
        id=activity_id,
        county=body.unit[:6] if len(body.unit) >= 6 else HOUSE,
        author_id=author_id,
        day=civil_day(body.held_at),
        village=body.place.village,
        place_text=body.place.text,
        lat_e7=point.lat_e7 if point else None,
        lon_e7=point.lon_e7 if point else None,
        accuracy_mm=_mm(fix.accuracy_m) if fix else None,
        datum=fix.datum if fix else None,
        place=located.place.value,
        distance_m=located.distance_m,
        attendees=[str(key) for key in body.attendees],
        attendances=len(body.attendees) + body.guests,
        photos=list(body.photos),
        organisations=[str(key) for key in body.organisations],
        reports=[str(key) for key in body.reports],
        received_at=received_at,
        clock=body.clock.model_dump(mode="json") if body.clock else None,
        digest=body.digest(),
    )


async def _bind(session: AsyncSession, row: Activity, body: ActivityIn) -> None:
    """The child rows by which persons and organisations find the activity."""
    shared = {"county": row.county, "activity_id": row.id, "day": row.day}
    people = [{**shared, "person_id": key, "position": n} for n, key in enumerate(body.attendees)]
    if people:
        await session.exec(insert(session, ActivityAttendee).values(people))
    bound = [
        {**shared, "organisation_id": key, "position": n}
        for n, key in enumerate(body.organisations)
    ]
    if bound:
        await session.exec(insert(session, ActivityOrganisation).values(bound))


async def withdraw(
    session: AsyncSession, caller: Caller, activity_id: UUID, reason: str, at: datetime
) -> None:
    """Its author takes an activity back: kept, marked, no longer counted. Twice is once."""
    query = select(Activity).where(
        col(Activity.id) == activity_id, col(Activity.author_id) == caller.id
    )
    # locked: of two withdrawals at once the second finds the first
    found = (await session.exec(query.with_for_update())).one_or_none()
    if found is None:
        raise NotFound
    if await session.get(ActivityWithdrawal, activity_id) is not None:
        return
    withdrawal = ActivityWithdrawal(
        county=found.county,
        activity_id=activity_id,
        author_id=caller.id,
        reason=reason,
        withdrawn_at=at,
    )
    session.add(withdrawal)
    await ledger.append(session, withdrawal, "create", caller.id, at)
