"""Whose a submission or figure is, and whether the caller may write it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import exists
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.errors import Forbidden, InvalidBody, NotFound
from app.org.divisions import county_of
from app.org.models import Organisation, OrganisationVillage, Unit
from app.policy.vocabulary import Term
from app.postings import scope
from app.postings.scope import Caller
from app.submissions.kinds import writers_named, writes_for_unit

#: how long after a post ended what was written in it may still arrive from a phone
STILL_ARRIVES = timedelta(days=30)
NO_UNIT = "没有这个单位(unit),或不在您的范围内。请核对区划代码。"
NO_ORGANISATION = "没有这个组织(organisation),或不在您的范围内。请核对编号。"
NO_VILLAGE = "没有这个村(village),或不属于所填的单位、组织。请核对区划代码。"


class Told(Protocol):
    """What of a body says whose it is; exactly one of the first three is given."""

    unit: str | None
    organisation: UUID | None
    person: UUID | None


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose it is, under which unit it is filed (``seat``) and in which county's log."""

    unit: str | None
    organisation: UUID | None
    person: UUID | None
    seat: str
    county: str

    def columns(self) -> dict[str, Any]:
        """The columns that say so."""
        return {
            "unit": self.unit,
            "organisation_id": self.organisation,
            "person_id": self.person,
            "seat": self.seat,
            "county": self.county,
        }


async def subject_of(
    session: AsyncSession, caller: Caller, told: Told, term: Term, day: date, village: str | None
) -> Subject:
    """The subject, if the caller writes this for it: today, or on the day of writing.

    Raises ``NotFound`` for what is out of sight, ``Forbidden`` for what others write,
    ``InvalidBody`` for a kind that such a subject does not write.
    """
    days = (
        {caller.today, day}
        if caller.today - STILL_ARRIVES <= day <= caller.today
        else {caller.today}
    )
    if told.unit is not None:
        return await _unit(session, caller, told.unit, term, days, village)
    if told.organisation is not None:
        return await _organisation(session, caller, told.organisation, term, days, village)
    return await _person(session, caller, told.person, term, days, village)


async def _unit(
    session: AsyncSession,
    caller: Caller,
    code: str,
    term: Term,
    days: set[date],
    village: str | None,
) -> Subject:
    if not any(caller.acts_for_unit(code, day) for day in days):
        seen = await session.exec(
            select(Unit.code).where(col(Unit.code) == code, scope.units(caller, col(Unit.code)))
        )
        if seen.first() is None:
            raise NotFound(NO_UNIT)
        raise Forbidden(
            "您不能代这个单位报送。村由包村长、第一书记、工作队队长报送,乡镇、县由管理员报送。"
        )
    if not writes_for_unit(term, code):
        raise _not_theirs(term)
    if village is not None and not village.startswith(code):
        raise NotFound(NO_VILLAGE)
    await _check_village(session, village)
    return Subject(code, None, None, code, county_of(code))


async def _organisation(
    session: AsyncSession,
    caller: Caller,
    key: UUID,
    term: Term,
    days: set[date],
    village: str | None,
) -> Subject:
    seen = scope.organisations(caller, col(Organisation.id), col(Organisation.unit))
    query = select(Organisation).where(col(Organisation.id) == key)
    acts = [await scope.acts_for_organisation(session, caller, key, day) for day in sorted(days)]
    found = (await session.exec(query if any(acts) else query.where(seen))).one_or_none()
    if found is None:
        raise NotFound(NO_ORGANISATION)
    if not any(acts):
        raise Forbidden("您不能代这个组织报送。请乡镇或县管理员把您登记为该组织的办理人。")
    if found.kind not in term.writers:
        raise _not_theirs(term)
    if village is not None and not await _serves(session, found, village):
        raise NotFound(NO_VILLAGE)
    # a helper unit of the city or the province is filed in the county that keeps its entry
    seat = village or (found.unit if len(found.unit) >= len(found.county) else found.county)
    return Subject(None, key, None, seat, found.county)


async def _serves(session: AsyncSession, organisation: Organisation, village: str) -> bool:
    query = select(
        exists().where(
            col(OrganisationVillage.organisation_id) == organisation.id,
            col(OrganisationVillage.village) == village,
        )
    )
    return village == organisation.unit or bool((await session.exec(query)).one())


async def _person(
    session: AsyncSession,
    caller: Caller,
    person: UUID | None,
    term: Term,
    days: set[date],
    village: str | None,
) -> Subject:
    if person != caller.id:
        raise NotFound("个人材料只能由本人报送(person 填您自己的人员编号)。")
    held = [p for p in caller.postings if any(p.on(day) for day in days)]
    posts = [p for p in held if p.kind.value in term.writers]
    if not posts:
        raise _not_theirs(term)
    await _check_village(session, village)
    seat = posts[0].unit
    return Subject(None, None, caller.id, seat, county_of(seat))


async def _check_village(session: AsyncSession, village: str | None) -> None:
    if village is not None and await session.get(Unit, village) is None:
        raise NotFound(NO_VILLAGE)


def _not_theirs(term: Term) -> InvalidBody:
    why = f"“{term.zh}”由{writers_named(term)}报送,请核对种类和报送主体"
    return InvalidBody(
        f"内容有误:{why}。", errors=[{"where": "kind", "why": why, "kind": "value_error"}]
    )
