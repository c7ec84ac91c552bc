"""Rows of the household register as they go over the wire."""

from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.crypto import Sealer, Unreadable, masked_id, masked_phone
from app.core.geo import E7
from app.households.models import Member, PlanItem, Portrait, Position
from app.households.schemas import (
    ConsentIn,
    HelperOut,
    MemberOut,
    PlanItemOut,
    PortraitOut,
    PortraitRecorded,
    PositionRecorded,
)
from app.households.service import opened_number
from app.photos.naming import not_uploaded_in
from app.postings.models import Pairing
from app.postings.schemas import PersonOut
from app.records.schemas import stands
from app.records.service import Put


def helper(row: Pairing, name: str) -> HelperOut:
    """A pairing seen from the household."""
    return HelperOut(
        pairing=row.id,
        person=PersonOut(id=row.person_id, name=name),
        since=row.since,
        until=row.until,
    )


def member(sealer: Sealer, row: Member) -> MemberOut:
    """A member with masked numbers."""
    return MemberOut(
        id=row.id,
        name=row.name,
        relation=row.relation,
        id_number=_masked(sealer, row, "id_number"),
        phone=_masked(sealer, row, "phone"),
        until=row.until,
        rev=row.rev,
    )


def _masked(sealer: Sealer, row: Member, name: str) -> str | None:
    try:
        number = opened_number(sealer, row, name)
    except Unreadable:
        return "****"  # the household stays readable; opening the number says what is wrong
    if number is None:
        return None
    return masked_id(number) if name == "id_number" else masked_phone(number)


def portrait(row: Portrait) -> PortraitOut:
    """A portrait with its note of consent."""
    consent = {"by": row.consent_by, "on": row.consent_on, "how": row.consent_how}
    return PortraitOut(
        id=row.id,
        household=row.household_id,
        author=row.author_id,
        photo=row.photo,
        consent=ConsentIn.model_validate(consent),
        taken_at=row.taken_at,
        received_at=row.received_at,
    )


def plan_item(row: PlanItem) -> PlanItemOut:
    """A plan item on the wire."""
    return PlanItemOut(
        id=row.id,
        household=row.household_id,
        author=row.author_id,
        text=row.text,
        due=row.due,
        done_on=row.done_on,
        dropped_on=row.dropped_on,
        created_on=row.created_on,
        rev=row.rev,
    )


async def portrait_recorded(session: AsyncSession, put: Put[Portrait]) -> PortraitRecorded:
    """The reply to a portrait that stands."""
    row, receipt = stands(put)
    return PortraitRecorded(
        **dict(portrait(row)),
        photos_missing=await not_uploaded_in(session, row.author_id, [row.photo]),
        receipt=receipt,
    )


def position_recorded(put: Put[Position]) -> PositionRecorded:
    """The reply to a position that stands."""
    row, receipt = stands(put)
    return PositionRecorded(
        id=row.id,
        household=row.household_id,
        lat=row.lat_e7 / E7,
        lon=row.lon_e7 / E7,
        accuracy_m=None if row.accuracy_mm is None else row.accuracy_mm / 1000,
        datum=row.datum,
        set_at=row.set_at,
        received_at=row.received_at,
        receipt=receipt,
    )
