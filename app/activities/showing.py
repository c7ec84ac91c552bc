"""Activities as they go over the wire: a few SELECTs for a page, however many are on it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.activities.models import (
    Activity,
    ActivityAttendee,
    ActivityOrganisation,
    ActivityWithdrawal,
)
from app.activities.schemas import ActivityOut, BoundOut, HeldOut, MarkOut
from app.auth.models import User
from app.ledger import service as ledger
from app.org.geofence import Place
from app.org.models import Organisation, Unit
from app.photos.models import Upload
from app.postings.schemas import PersonOut
from app.records.schemas import ReceiptOut, stands
from app.records.service import Put

Named = tuple[Activity, str, str, str | None, str | None]


async def recorded(session: AsyncSession, put: Put[Activity]) -> ActivityOut:
    """The reply to an activity that stands."""
    row, _ = stands(put)
    found = (await session.exec(with_names().where(col(Activity.id) == row.id))).all()
    return (await dressed(session, found))[0]


def with_names() -> Any:
    """Activities, the author's, the unit's and the village's names, why it was withdrawn."""
    village = aliased(Unit)
    return (
        select(
            Activity,
            col(User.name),
            col(Unit.name),
            col(village.name),
            col(ActivityWithdrawal.reason),
        )  # type: ignore[call-overload]  # five parts; the overloads end at four
        .join(User, col(User.id) == col(Activity.author_id))
        .join(Unit, col(Unit.code) == col(Activity.unit))
        .outerjoin(village, col(village.code) == col(Activity.village))
        .outerjoin(ActivityWithdrawal, col(ActivityWithdrawal.activity_id) == col(Activity.id))
    )


async def dressed(session: AsyncSession, rows: Sequence[Named]) -> list[ActivityOut]:
    """These activities with who attended, whom they bind, missing photos and receipts."""
    activities = [row for row, *_ in rows]
    if not activities:
        return []
    ids = [row.id for row in activities]
    people = await _people(session, ids)
    bound = await _bound(session, ids)
    uploaded = await _uploaded(session, activities)
    receipts = await ledger.receipts_of(session, Activity.__tablename__, ids)
    return [
        ActivityOut(
            id=row.id,
            kind=row.kind,
            unit=row.unit,
            unit_name=unit,
            author=PersonOut(id=row.author_id, name=author),
            held_at=row.held_at,
            day=row.day,
            place=_held(row, village),
            attendees=people[row.id],
            guests=row.guests,
            guests_note=row.guests_note,
            attendances=row.attendances,
            minutes=row.minutes,
            photos=row.photos,
            photos_missing=[p for p in row.photos if (row.author_id, p) not in uploaded],
            organisations=bound[row.id],
            reports=row.reports,
            written_at=row.written_at,
            received_at=row.received_at,
            marks=marks(row),
            withdrawn=reason,
            receipt=ReceiptOut.of(receipts[row.id]),
        )
        for row, author, unit, village, reason in rows
    ]


def _held(row: Activity, village: str | None) -> HeldOut:
    return HeldOut(
        village=row.village,
        village_name=village,
        text=row.place_text,
        state=Place(row.place),
        distance_m=row.distance_m,
        accuracy_m=None if row.accuracy_mm is None else row.accuracy_mm / 1000,
    )


async def _people(session: AsyncSession, ids: list[UUID]) -> dict[UUID, list[PersonOut]]:
    query = (
        select(col(ActivityAttendee.activity_id), col(User.id), col(User.name))
        .join(User, col(User.id) == col(ActivityAttendee.person_id))
        .where(col(ActivityAttendee.activity_id).in_(ids))
        .order_by(col(ActivityAttendee.position))
    )
    out: dict[UUID, list[PersonOut]] = defaultdict(list)
    for activity, person, name in (await session.exec(query)).all():
        out[activity].append(PersonOut(id=person, name=name))
    return out


async def _bound(session: AsyncSession, ids: list[UUID]) -> dict[UUID, list[BoundOut]]:
    query = (
        select(col(ActivityOrganisation.activity_id), Organisation)
        .join(Organisation, col(Organisation.id) == col(ActivityOrganisation.organisation_id))
        .where(col(ActivityOrganisation.activity_id).in_(ids))
        .order_by(col(ActivityOrganisation.position))
    )
    out: dict[UUID, list[BoundOut]] = defaultdict(list)
    for activity, row in (await session.exec(query)).all():
        out[activity].append(BoundOut(id=row.id, kind=row.kind, name=row.name))
    return out


async def _uploaded(session: AsyncSession, rows: Sequence[Activity]) -> set[tuple[UUID, str]]:
    """Whose bytes of which photos are there."""
    named = {photo for row in rows for photo in row.photos}
    if not named:
        return set()
    query = select(col(Upload.user_id), col(Upload.sha256)).where(
        col(Upload.user_id).in_({row.author_id for row in rows}), col(Upload.sha256).in_(named)
    )
    return set((await session.exec(query)).all())


def marks(row: Activity) -> list[MarkOut]:
    """What a reader should know; what follows from it is for the policy."""
    out = []
    if row.held_at > row.received_at:
        says = "登记时活动还没有举行(举行时刻晚于服务器收到的时间)"
        out.append(MarkOut(code="held_after_arrival", says=says))
    if row.place == Place.outside:
        says = f"登记的位置不在所填的村内,相距约 {row.distance_m} 米"
        out.append(MarkOut(code="outside_village", says=says))
    if not row.attendances:
        says = "没有填写参加人员,也没有填写其他人数"
        out.append(MarkOut(code="nobody_named", says=says))
    return out
