"""The register: households, members and pairings, written by administrators."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.core.crypto import Sealer
from app.core.errors import InvalidBody, NotFound
from app.households.errors import AlreadyPaired
from app.households.models import Household, Member
from app.households.schemas import HouseholdIn, MemberIn, PairingIn, PairingOut
from app.households.service import NO_SUCH_HOUSEHOLD, opened_number
from app.org.models import Unit
from app.postings.models import Pairing, Posting
from app.postings.schemas import PersonOut
from app.postings.scope import Caller, Sight, inside
from app.records import register
from app.records.service import Put

NO_SUCH_VILLAGE = "没有这个村(village),或不在您的管理范围内。请核对 12 位区划代码。"
NO_SUCH_HELPER = (
    "没有找到该人员,或该人员这段时间在您的管理范围内没有任职。请先为其设置任职,再登记结对。"
)


async def put_household(
    session: AsyncSession,
    viewer: Caller,
    household_id: UUID,
    body: HouseholdIn,
    received_at: datetime,
) -> Put[Household]:
    """Create or revise a household in a village of the caller."""
    if not viewer.over(body.village, Sight.REGISTER):
        raise NotFound(NO_SUCH_VILLAGE)
    if await session.get(Unit, body.village) is None:
        raise NotFound(NO_SUCH_VILLAGE)
    row = Household(id=household_id, county=body.village[:6], **body.model_dump())

    async def changes(stood: Household) -> dict[str, Any] | None:
        if not viewer.over(stood.village, Sight.REGISTER):
            return None
        if stood.county != row.county:
            raise InvalidBody("一户不能移到另一个县。请在原县销户(until),再在新县登记。")
        return register.differing(stood, row, *HouseholdIn.model_fields)

    return await register.put(session, row, changes, actor_id=viewer.id, received_at=received_at)


async def registered(session: AsyncSession, viewer: Caller, household_id: UUID) -> Household:
    """A household that the caller registers."""
    found = await session.get(Household, household_id)
    if found is None or not viewer.over(found.village, Sight.REGISTER):
        raise NotFound(NO_SUCH_HOUSEHOLD)
    return found


async def put_member(
    session: AsyncSession,
    sealer: Sealer,
    viewer: Caller,
    household_id: UUID,
    member_id: UUID,
    body: MemberIn,
    received_at: datetime,
) -> Put[Member]:
    """Create or revise a member; numbers are sealed, one left out of the body stays."""
    household = await registered(session, viewer, household_id)
    row = Member(
        id=member_id,
        county=household.county,
        household_id=household_id,
        name=body.name,
        relation=body.relation,
        until=body.until,
        **_sealed(sealer, member_id, body.model_dump(include={"id_number", "phone"})),
    )

    async def changes(stood: Member) -> dict[str, Any] | None:
        if stood.household_id != household_id:
            return None
        said = body.model_dump(include=body.model_fields_set & {"id_number", "phone"})
        # the same number sealed again has other bytes: compare what was sealed
        new = {name: v for name, v in said.items() if v != opened_number(sealer, stood, name)}
        plain = register.differing(stood, row, "name", "relation", "until")
        return plain | _sealed(sealer, member_id, new)

    return await register.put(session, row, changes, actor_id=viewer.id, received_at=received_at)


def _sealed(sealer: Sealer, member_id: UUID, numbers: dict[str, str | None]) -> dict[str, Any]:
    """The stored columns of these numbers."""
    table = Member.__tablename__
    out: dict[str, Any] = {
        name: None if number is None else sealer.seal(number, table, name, member_id)
        for name, number in numbers.items()
    }
    if "id_number" in numbers:
        number = numbers["id_number"]
        out["id_index"] = None if number is None else sealer.index(number)
    return out


async def put_pairing(
    session: AsyncSession,
    viewer: Caller,
    pairing_id: UUID,
    body: PairingIn,
    received_at: datetime,
) -> Put[Pairing]:
    """Pair a person posted under the caller with one of the caller's households, or revise it."""
    household = await registered(session, viewer, body.household)
    if not await _is_posted(session, viewer, body):
        raise NotFound(NO_SUCH_HELPER)
    if await _overlaps(session, pairing_id, body):
        raise AlreadyPaired
    row = Pairing(
        id=pairing_id,
        county=household.county,
        person_id=body.person,
        household_id=body.household,
        since=body.since,
        until=body.until,
    )

    async def changes(stood: Pairing) -> dict[str, Any] | None:
        if (stood.person_id, stood.household_id) == (body.person, body.household):
            return register.differing(stood, row, "since", "until")
        before = await session.get(Household, stood.household_id)
        if before is None or not viewer.over(before.village, Sight.REGISTER):
            return None
        raise InvalidBody("一条结对不能改为另一人或另一户。请结束这条结对(to),再新建一条。")

    return await register.put(session, row, changes, actor_id=viewer.id, received_at=received_at)


def _meets(since: Any, until: Any, body: PairingIn) -> Any:
    """A span of inclusive ends shares a day with the pairing."""
    last = body.until or date.max
    return (since <= last) & or_(until.is_(None), until >= body.since)


async def _is_posted(session: AsyncSession, viewer: Caller, body: PairingIn) -> bool:
    """Whether the person holds a post below the caller at some day of the pairing."""
    query = select(Posting.id).where(
        col(Posting.person_id) == body.person,
        inside(col(Posting.unit), viewer.units(Sight.REGISTER)),
        _meets(col(Posting.since), col(Posting.until), body),
    )
    return (await session.exec(query.limit(1))).first() is not None


async def _overlaps(session: AsyncSession, pairing_id: UUID, body: PairingIn) -> bool:
    query = select(Pairing.id).where(
        col(Pairing.id) != pairing_id,
        col(Pairing.person_id) == body.person,
        col(Pairing.household_id) == body.household,
        _meets(col(Pairing.since), col(Pairing.until), body),
    )
    return (await session.exec(query.limit(1))).first() is not None


async def pairing(session: AsyncSession, pairing_id: UUID) -> PairingOut:
    """A pairing that the caller has just written."""
    query = (
        select(Pairing, col(User.name))
        .join(User, col(User.id) == col(Pairing.person_id))
        .where(col(Pairing.id) == pairing_id)
    )
    row, name = (await session.exec(query)).one()
    return PairingOut(
        pairing=row.id,
        household=row.household_id,
        person=PersonOut(id=row.person_id, name=name),
        since=row.since,
        until=row.until,
        rev=row.rev,
    )
