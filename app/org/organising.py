"""Organisations that are no administrative units: entering and ending them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.core.errors import Forbidden, InvalidBody, NotFound
from app.core.wire import Span
from app.ledger import service as ledger
from app.org.errors import AlreadyActs, AlreadyServes, OrganisationEnded, SeatUnfit
from app.org.models import (
    DIGITS,
    Level,
    Organisation,
    OrganisationKind,
    OrganisationPerson,
    OrganisationVillage,
    Unit,
)
from app.org.organisation_schemas import (
    ActingIn,
    ActingOut,
    OrganisationIn,
    ServedIn,
    ServedOut,
)
from app.org.organisations import acting_shown, served_shown
from app.records import register
from app.records.service import Put

Clause = ColumnElement[bool]
Part = TypeVar("Part", OrganisationVillage, OrganisationPerson)

#: Where each kind has its seat.
SEATS: dict[OrganisationKind, set[Level]] = {
    OrganisationKind.village_branch: {Level.village},
    OrganisationKind.team: {Level.village, Level.township},
    OrganisationKind.helper_unit: {Level.township, Level.county, Level.city, Level.province},
    OrganisationKind.town_office: {Level.township},
    OrganisationKind.office: {Level.township},
    OrganisationKind.county_office: {Level.county},
    OrganisationKind.leading_group: {Level.township, Level.county, Level.city, Level.province},
    OrganisationKind.sector_department: {Level.county, Level.city, Level.province},
}
NO_SUCH_UNIT = "没有这个单位(unit),或不在您的管理范围内。请核对区划代码。"
NO_SUCH_VILLAGE = "没有这个村(village),或不在您的管理范围内。请核对 12 位区划代码。"
NO_SUCH_PERSON = (
    "没有找到该人员,或该人员在这段时间另有您管理范围以外的任职。请核对人员编号和起止日期。"
)


@dataclass(frozen=True, slots=True)
class Keeper:
    """What the caller may enter: ``postings.scope`` says so, and hands it down as this.

    ``county_for`` names the county that keeps an organisation of this seat, None where the seat
    is not the caller's; ``keeps`` tells it of one that stands, by seat and county.
    """

    id: UUID
    county_for: Callable[[str], str | None]
    keeps: Callable[[str, str], bool]
    over: Callable[[str], bool]


async def put_organisation(
    session: AsyncSession,
    keeper: Keeper,
    organisation_id: UUID,
    body: OrganisationIn,
    received_at: datetime,
) -> Put[Organisation]:
    """Enter or revise an organisation; its end is that of all it serves and who act for it."""
    county = keeper.county_for(body.unit)
    if county is None or await session.get(Unit, body.unit) is None:
        raise NotFound(NO_SUCH_UNIT)
    if DIGITS[len(body.unit)] not in SEATS[body.kind]:
        raise SeatUnfit
    row = Organisation(
        id=organisation_id,
        county=county,
        kind=body.kind.value,
        name=body.name,
        unit=body.unit,
        since=body.since,
        until=body.until,
    )

    async def changes(stood: Organisation) -> dict[str, Any] | None:
        if not keeper.keeps(stood.unit, stood.county):
            return None
        if stood.county != row.county:
            raise InvalidBody("一个组织不能移到另一个县。请在原县填写截止日(to),再在新县登记。")
        return register.differing(stood, row, "kind", "name", "unit", "since", "until")

    put = await register.put(session, row, changes, actor_id=keeper.id, received_at=received_at)
    if put.row is not None and body.until is not None:
        told = (organisation_id, body.until, keeper.id, received_at)
        await _end(session, OrganisationVillage, *told)
        await _end(session, OrganisationPerson, *told)
    return put


async def _end(
    session: AsyncSession,
    part: type[Part],
    organisation_id: UUID,
    last: date,
    actor_id: UUID,
    at: datetime,
) -> None:
    until, since = col(part.until), col(part.since)
    query = select(part).where(
        col(part.organisation_id) == organisation_id,
        or_(until.is_(None), until > last),
        since <= last,
    )
    rows = (await session.exec(query.with_for_update())).all()
    for row in rows:
        row.until = last
    if rows:
        await ledger.append_many(session, rows, "end", actor_id, at)


async def put_village(
    session: AsyncSession,
    keeper: Keeper,
    organisation: UUID,
    service_id: UUID,
    body: ServedIn,
    received_at: datetime,
) -> Put[OrganisationVillage]:
    """Enter or revise that the organisation serves a village of the caller."""
    kept = await _kept(session, keeper, organisation, body)
    village = await session.get(Unit, body.village)
    if village is None or not keeper.over(body.village):
        raise NotFound(NO_SUCH_VILLAGE)
    same = col(OrganisationVillage.village) == body.village
    if await _overlaps(session, OrganisationVillage, organisation, service_id, same, body):
        raise AlreadyServes
    row = OrganisationVillage(
        id=service_id,
        county=kept.county,
        organisation_id=organisation,
        village=body.village,
        since=body.since,
        until=body.until,
    )

    async def changes(stood: OrganisationVillage) -> dict[str, Any] | None:
        if stood.organisation_id != organisation:
            return None
        if stood.village != body.village:
            raise InvalidBody("一条登记不能改为另一个村。请结束这一条(to),再新建一条。")
        return register.differing(stood, row, "since", "until")

    return await register.put(session, row, changes, actor_id=keeper.id, received_at=received_at)


async def put_person(
    session: AsyncSession,
    keeper: Keeper,
    organisation: UUID,
    acting_id: UUID,
    body: ActingIn,
    free: Clause,
    received_at: datetime,
) -> Put[OrganisationPerson]:
    """Enter or revise that somebody acts for the organisation; ``free`` tells whom one may name."""
    kept = await _kept(session, keeper, organisation, body)
    found = await session.exec(select(User.id).where(col(User.id) == body.person, free))
    if found.one_or_none() is None:
        raise NotFound(NO_SUCH_PERSON)
    same = col(OrganisationPerson.person_id) == body.person
    if await _overlaps(session, OrganisationPerson, organisation, acting_id, same, body):
        raise AlreadyActs
    row = OrganisationPerson(
        id=acting_id,
        county=kept.county,
        organisation_id=organisation,
        person_id=body.person,
        since=body.since,
        until=body.until,
    )

    async def changes(stood: OrganisationPerson) -> dict[str, Any] | None:
        if stood.organisation_id != organisation:
            return None
        if stood.person_id != body.person:
            raise InvalidBody("一条登记不能改为另一个人。请结束这一条(to),再新建一条。")
        return register.differing(stood, row, "since", "until")

    return await register.put(session, row, changes, actor_id=keeper.id, received_at=received_at)


async def _kept(
    session: AsyncSession, keeper: Keeper, organisation: UUID, body: Span
) -> Organisation:
    """The organisation, locked, if the caller keeps it and it lasts as long as the span."""
    found = await register.locked(session, Organisation, organisation)
    if found is None:
        raise NotFound
    if not keeper.keeps(found.unit, found.county):
        raise Forbidden
    if found.until is not None and (body.until is None or body.until > found.until):
        raise OrganisationEnded
    return found


async def _overlaps(
    session: AsyncSession,
    part: type[Part],
    organisation: UUID,
    own: UUID,
    same: Clause,
    body: Span,
) -> bool:
    query = select(part.id).where(
        col(part.organisation_id) == organisation,
        col(part.id) != own,
        same,
        col(part.since) <= (body.until or date.max),
        or_(col(part.until).is_(None), col(part.until) >= body.since),
    )
    return (await session.exec(query.limit(1))).first() is not None


async def village_of(session: AsyncSession, row: OrganisationVillage) -> ServedOut:
    """The village that the caller has just entered."""
    name = (await session.exec(select(Unit.name).where(col(Unit.code) == row.village))).one()
    return served_shown(row, name)


async def person_of(session: AsyncSession, row: OrganisationPerson) -> ActingOut:
    """The person whom the caller has just entered."""
    name = (await session.exec(select(User.name).where(col(User.id) == row.person_id))).one()
    return acting_shown(row, name)
