"""Recording, reading and withdrawing check-ins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.anchors import Anchors
from app.checkins import timing
from app.checkins.closed import CLOSED_STANDINGS, CLOSINGS, Came, came_late
from app.checkins.errors import NoSuchHousehold, NoSuchVillage, PeriodClosed
from app.checkins.models import CheckIn, Withdrawal
from app.checkins.schemas import CheckInIn, Clock
from app.checkins.timing import Timed
from app.core import geo
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.prebuilt import Direct, Statement
from app.core.tables import new_salt
from app.households.models import Household
from app.ledger import service as ledger
from app.ledger.models import LedgerLeaf
from app.ledger.once import InsertOnce
from app.ledger.service import Receipt
from app.org import geofence
from app.org.geofence import Located, locate
from app.org.models import Fence, Unit
from app.photos.naming import Naming, naming_binds, naming_insert, not_uploaded
from app.postings.scope import Caller
from app.records.models import Conflict
from app.records.service import Fate

RECORD_KIND = "check_in"
_insert = InsertOnce(CheckIn, naming_insert)

_SURROUNDINGS = Statement(
    select(
        col(Household.village).label("household_village"),
        col(Fence.id),
        col(Fence.lat_e7),
        col(Fence.lon_e7),
        col(Fence.radius_m),
        col(Fence.polygon),
    )  # type: ignore[call-overload]  # six columns; the overloads end at four
    .select_from(Unit)
    .outerjoin(Household, col(Household.id) == bindparam("household"))
    .outerjoin(
        Fence,
        and_(
            col(Fence.unit) == col(Unit.code),
            or_(col(Fence.valid_from).is_(None), col(Fence.valid_from) <= bindparam("day")),
            or_(col(Fence.valid_to).is_(None), col(Fence.valid_to) >= bindparam("day")),
        ),
    )
    .where(col(Unit.code) == bindparam("village"))
)
_STOOD = Statement(
    select(CheckIn, col(LedgerLeaf.seq), col(LedgerLeaf.leaf), col(Withdrawal.reason))
    .outerjoin(Withdrawal, col(Withdrawal.check_in_id) == col(CheckIn.id))
    .join(
        LedgerLeaf,
        and_(
            col(LedgerLeaf.table_name) == CheckIn.__tablename__,
            col(LedgerLeaf.row_id) == bindparam("text_id"),
            col(LedgerLeaf.kind) == "create",
        ),
    )
    .where(col(CheckIn.id) == bindparam("id"))
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a record arrived, who reads its anchor, and the phone's clock when it was sent."""

    at: datetime
    anchors: Anchors
    phone_now: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a check-in, and all that its reply needs."""

    fate: Fate
    row: CheckIn | None = None
    receipt: Receipt | None = None
    household_village: str | None = None
    photos_missing: tuple[str, ...] = ()
    withdrawn: str | None = None
    conflict: Conflict | None = None
    timed: Timed | None = None
    #: its day's period was closed for its author before it arrived
    closed: bool = False


async def record(
    direct: Direct, caller: Caller, check_in_id: UUID, body: CheckInIn, arrival: Arrival
) -> Recorded:
    """Make a phone's check-in true once.

    The same body again is the same success. A different body comes back as ``conflict``, for the
    route to keep. Refuses only villages and households that do not exist.
    """
    sent = Sent(caller.id, caller.device_id, arrival.phone_now)
    timed = time_of(arrival.anchors, sent, body, arrival.at)
    household_village, fences = await _surroundings(direct, body, timed.day)
    row = drafted(sent, check_in_id, body, timed, fences)
    naming = Naming(RECORD_KIND, row.id, row.county, caller.id, row.day, row.village)
    named = naming_binds(naming, row.photos)
    receipt = await _insert(direct, row, caller.id, arrival.at, **named)
    if receipt is None:
        return await _meet(direct, row, body, household_village)
    missing = await not_uploaded(direct, caller.id, body.photos)
    closed = await came_late(direct, came(row))
    return Recorded(
        Fate.created, row, receipt, household_village, tuple(missing), timed=timed, closed=closed
    )


def came(row: CheckIn) -> Came:
    """The check-in as closed periods know it."""
    return Came(row.id, row.person_id, row.day, row.received_at)


async def _surroundings(
    direct: Direct, body: CheckInIn, day: date
) -> tuple[str | None, list[geofence.Fence]]:
    """The village of the named household, and the fences of the named village that day."""
    around = await direct.rows(
        _SURROUNDINGS, village=body.village, household=body.household, day=day
    )
    if not around:
        raise NoSuchVillage
    household_village = around[0]["household_village"]
    if body.household is not None and household_village is None:
        raise NoSuchHousehold
    return household_village, [_fence(found) for found in around if found["id"] is not None]


async def _meet(
    direct: Direct, row: CheckIn, body: CheckInIn, household_village: str | None
) -> Recorded:
    """The id stood already: the same again, the author's other body, or somebody else's."""
    found = await direct.row(_STOOD, id=row.id, text_id=str(row.id))
    if found is None:
        raise LookupError(f"check-in {row.id} neither inserted nor found")
    seq, leaf, reason = found.pop("seq"), found.pop("leaf"), found.pop("reason")
    stood = CheckIn.model_construct(**found)
    if stood.person_id != row.person_id:
        return Recorded(Fate.taken)
    if stood.digest == row.digest:
        missing = await not_uploaded(direct, row.person_id, stood.photos)
        receipt = Receipt(stood.county, seq, bytes(leaf))
        closed = await came_late(direct, came(stood))
        return Recorded(
            Fate.same, stood, receipt, household_village, tuple(missing), reason, closed=closed
        )
    kept = Conflict(
        id=new_id(),
        county=row.county,
        record_kind=RECORD_KIND,
        record_id=row.id,
        author_id=row.person_id,
        body=body.model_dump(mode="json"),
        received_at=row.received_at,
        digest=row.digest,
    )
    return Recorded(Fate.differs, conflict=kept)


def _located(body: CheckInIn, fences: Sequence[geofence.Fence]) -> tuple[geo.Point | None, Located]:
    """Where the fix lies, in WGS-84, against the village's fences of that day."""
    if body.fix is None:
        return None, Located(geofence.Place.unknown)
    given = geo.at(body.fix.lat, body.fix.lon)
    point = geo.to_wgs84(given, geo.Datum(body.fix.datum))
    return point, locate(point, _mm(body.fix.accuracy_m), fences)


async def beyond_m(direct: Direct, row: CheckIn) -> int | None:
    """How far a stored check-in lies out of its village's fences, as they are now for its day."""
    if row.lat_e7 is None or row.lon_e7 is None:
        return None
    fences = await fences_of(direct, row)
    return locate(geo.Point(row.lat_e7, row.lon_e7), row.accuracy_mm, fences).beyond_m


async def fences_of(direct: Direct, row: CheckIn) -> list[geofence.Fence]:
    """The fences of a stored check-in's village, as they are now for its day."""
    around = await direct.rows(_SURROUNDINGS, village=row.village, household=None, day=row.day)
    return [_fence(found) for found in around if found["id"] is not None]


def _fence(found: dict[str, Any]) -> geofence.Fence:
    ring = tuple(geo.Point(*point) for point in found["polygon"] or ())
    centre = geo.Point(found["lat_e7"], found["lon_e7"])
    return geofence.Fence(found["id"], centre, found["radius_m"], ring or None)


def _mm(metres: float | None) -> int | None:
    return None if metres is None else round(metres * 1000)


@dataclass(frozen=True, slots=True)
class Sent:
    """By whom a check-in was sent, on which device, at which time by the phone's clock."""

    person_id: UUID
    device_id: str | None = None
    phone_now: datetime | None = None


def time_of(anchors: Anchors, sent: Sent, body: CheckInIn, received_at: datetime) -> Timed:
    """What is known of the time of a check-in that arrives now."""
    given = body.clock.anchor if body.clock else None
    issued_at = anchors.issued_to(sent.person_id, sent.device_id, given)
    return timing.bracket(body.clock, issued_at, body.captured_at, received_at, sent.phone_now)


def time_again(anchors: Anchors, row: CheckIn) -> Timed:
    """What was known of the time of a stored check-in, from the row alone."""
    told = dict(row.clock or {})
    phone_now = told.pop("sent_at", None)
    clock = Clock.model_validate(told)
    return timing.bracket(
        clock,
        anchors.issued_to(row.person_id, row.device_id, clock.anchor),
        row.captured_at,
        row.received_at,
        None if phone_now is None else datetime.fromisoformat(phone_now),
    )


def drafted(
    sent: Sent,
    check_in_id: UUID,
    body: CheckInIn,
    timed: Timed,
    fences: Sequence[geofence.Fence],
) -> CheckIn:
    """The row of a check-in, not stored yet: what the phone said, and the derived day and place."""
    point, located = _located(body, fences)
    fix = body.fix
    return CheckIn.model_construct(
        id=check_in_id,
        county=body.village[:6],
        rev=1,
        salt=new_salt(),
        person_id=sent.person_id,
        kind=body.kind.value,
        village=body.village,
        household_id=body.household,
        day=timed.day,
        # as the database will give it back: a repeated PUT is answered to the byte
        captured_at=body.captured_at.astimezone(UTC),
        received_at=timed.upper,
        lat_e7=point.lat_e7 if point else None,
        lon_e7=point.lon_e7 if point else None,
        accuracy_mm=_mm(fix.accuracy_m) if fix else None,
        datum=fix.datum if fix else None,
        fixed_at=fix.fixed_at.astimezone(UTC) if fix and fix.fixed_at else None,
        no_fix_reason=None if fix else body.no_fix_reason,
        place=located.place.value,
        distance_m=located.distance_m,
        photos=body.photos,
        note=body.note or "",
        client=_client(body),
        clock=_clock(body, sent.phone_now),
        device_id=sent.device_id,
        time_state=timed.state,
        time_from=timed.lower,
        time_to=timed.upper,
        digest=body.digest(),
    )


def _clock(body: CheckInIn, phone_now: datetime | None) -> dict[str, Any] | None:
    told = body.clock.model_dump(mode="json") if body.clock else {}
    if phone_now is not None:
        told["sent_at"] = phone_now.isoformat()
    return told or None


def _client(body: CheckInIn) -> dict[str, Any] | None:
    """What else the phone said of itself, in whole numbers: a leaf holds no others."""
    told: dict[str, Any] = {}
    if body.client:
        told["client"] = body.client.model_dump(mode="json")
    fix = body.fix
    if fix is not None and (fix.altitude_m is not None or fix.speed_mps is not None):
        told["fix"] = {
            "altitude_mm": _mm(fix.altitude_m),
            "speed_mm_per_s": _mm(fix.speed_mps),
        }
    return told or None


async def withdraw(
    session: AsyncSession, caller: Caller, check_in_id: UUID, reason: str, at: datetime
) -> None:
    """Its author takes a check-in back: kept, marked, no longer counted. Twice is once.

    Raises ``NotFound``, and ``PeriodClosed`` once a period that holds its day is closed.
    """
    found = await session.get(CheckIn, check_in_id)
    if found is None or found.person_id != caller.id:
        raise NotFound
    if await session.get(Withdrawal, check_in_id) is not None:
        return
    withdrawal = Withdrawal(
        county=found.county,
        check_in_id=check_in_id,
        author_id=caller.id,
        reason=reason,
        withdrawn_at=at,
    )
    session.add(withdrawal)
    await ledger.append(session, withdrawal, "create", caller.id, at)
    # asked last: whoever closes a period holds the log while the closing is written, so that
    # behind that lock either this sees the closing or the closing sees this
    if await _is_closed(session, found):
        raise PeriodClosed


async def _is_closed(session: AsyncSession, row: CheckIn) -> bool:
    """A period that holds its day was closed with its author's standings in it."""
    query = (
        select(CLOSINGS.c.id)
        .join(CLOSED_STANDINGS, CLOSED_STANDINGS.c.closing_id == CLOSINGS.c.id)
        .where(
            CLOSED_STANDINGS.c.subject == str(row.person_id),
            CLOSINGS.c.first <= row.day,
            CLOSINGS.c.last >= row.day,
        )
        .limit(1)
    )
    return (await session.exec(query)).first() is not None
