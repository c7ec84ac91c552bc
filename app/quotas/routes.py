"""Quotas over HTTP."""

from dataclasses import replace
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.core.clock import now
from app.core.db import Base, Database, ReadDb
from app.core.errors import Forbidden, InvalidBody, NotFound
from app.core.http import SIGNED_IN, can_fail
from app.core.paging import Paging
from app.core.wire import UnitCode
from app.org.models import Organisation, Unit
from app.postings import scope
from app.postings.scope import Caller, Sight, Viewer
from app.quotas import duties, service, tables
from app.quotas.errors import NoSuchPeriod
from app.quotas.schemas import (
    BoardOut,
    StandingOut,
    StandingsOut,
    SummaryOut,
    TableOut,
    person_subject,
)
from app.quotas.standings import Asked

router = APIRouter(tags=["quotas 考核"])
On = Annotated[
    date | None,
    Query(
        ge=date(service.FIRST_YEAR, 1, 1),
        le=date(service.LAST_YEAR, 12, 31),
        description="截至哪一天(含);不填为今天",
    ),
]
Assumed = Annotated[
    str,
    Query(
        max_length=400,
        description="假设这些天在村:起..止 或单日,用逗号隔开,须在所问的考核周期内;只作推算,不保存",
        examples=["2026-11-24..2026-11-28,2026-12-01"],
    ),
]
Key = Annotated[str, Query(max_length=16, examples=["2026-Q4", "2026-11", "standing"])]
Code = Annotated[UnitCode, Path(description="单位代码")]
PERIOD_FAILS = {**SIGNED_IN, **can_fail(InvalidBody, NoSuchPeriod)}


@router.get("/people/{person_id}/quotas", responses=PERIOD_FAILS)
async def person_quotas(
    person_id: UUID,
    viewer: Viewer,
    session: ReadDb,
    on: On = None,
    assume_days: Assumed = "",
    period: Annotated[
        str,
        Query(max_length=16, description="只看这一期(含已过去的),如 2026-Q3;不填为含该日的各期"),
    ] = "",
) -> StandingsOut:
    """Each rule that binds a person, in the period that contains the day, with the evidence."""
    days = service.days_assumed(assume_days)
    day = on or viewer.today
    about = service.asked_about(period, day, now()) if period else Asked.about(day, now())
    service.check_assumed(days, about)
    asked = replace(about, assumed=days)
    bound, left_out = await service.bound_by(session, person_id, asked)
    ends = [day for each in bound for day in (each.period.first, each.period.last)] or [asked.on]
    visible = scope.people(viewer, col(User.id), min(ends), max(ends))
    query = select(col(User.id), col(User.name)).where(User.id == person_id, visible)
    person = (await session.exec(query)).first()
    if person is None:
        raise NotFound
    found = await service.standings_of(session, person_id, bound, asked)
    subject = person_subject(*person)
    items = [StandingOut.told(standing, subject) for standing in found]
    return StandingsOut(items=items, assumed=sorted(days), left_out=left_out)


@router.get("/organisations/{organisation_id}/quotas", responses=SIGNED_IN)
async def organisation_quotas(
    organisation_id: UUID, viewer: Viewer, session: ReadDb, on: On = None
) -> StandingsOut:
    """Each rule that binds an organisation, in the period that contains the day."""
    visible = scope.organisations(viewer, col(Organisation.id), col(Organisation.unit))
    query = select(Organisation.id).where(Organisation.id == organisation_id, visible)
    if (await session.exec(query)).first() is None:
        raise NotFound
    asked = Asked.about(on or viewer.today, now())
    return await duties.of_organisation(session, organisation_id, asked)


@router.get("/units/{code}/duties", responses=SIGNED_IN)
async def unit_duties(code: Code, viewer: Viewer, session: ReadDb, on: On = None) -> StandingsOut:
    """Each rule that binds a unit itself, in the period that contains the day."""
    await _need_unit(session, viewer, code)
    if not any(code.startswith(held.unit) for held in viewer.current()):
        raise Forbidden
    asked = Asked.about(on or viewer.today, now())
    return await duties.of_unit(session, code, asked)


@router.get("/units/{code}/board", responses=PERIOD_FAILS)
async def unit_board(
    code: Code, period: Key, viewer: Viewer, session: ReadDb, paging: Paging, on: On = None
) -> BoardOut:
    """The duties of a unit and of all units and organisations below it, in this period."""
    await _need_sight(session, viewer, code)
    asked = service.asked_about(period, on or viewer.today, now())
    return await duties.board(session, code, asked, paging)


@router.get("/units/{code}/quotas", responses=PERIOD_FAILS)
async def unit_quotas(
    code: Code, period: Key, viewer: Viewer, base: Base, paging: Paging, on: On = None
) -> TableOut:
    """The people of a unit under the rules of this period length, by village and post."""
    asked = await _asked_of_people(base, viewer, code, period, on)
    return await tables.table(base, code, asked, paging, viewer.today)


@router.get("/units/{code}/summary", responses=PERIOD_FAILS)
async def unit_summary(
    code: Code, period: Key, viewer: Viewer, base: Base, on: On = None
) -> SummaryOut:
    """How many people are in which state, for the unit and each unit directly below it."""
    asked = await _asked_of_people(base, viewer, code, period, on)
    return await tables.summary(base, code, asked, viewer.today)


async def _asked_of_people(
    base: Database, viewer: Caller, code: str, period: str, on: date | None
) -> Asked:
    async with base.reading() as session:
        await _need_sight(session, viewer, code)
    return service.asked_about(period, on or viewer.today, now())


async def _need_unit(session: AsyncSession, viewer: Caller, code: str) -> None:
    """404 where the unit is out of sight."""
    visible = scope.units(viewer, col(Unit.code))
    if not (await session.exec(select(Unit.code).where(Unit.code == code, visible))).first():
        raise NotFound


async def _need_sight(session: AsyncSession, viewer: Caller, code: str) -> None:
    """404 where the unit is out of sight, 403 where only its people are."""
    await _need_unit(session, viewer, code)
    if not viewer.over(code, Sight.PEOPLE):
        raise Forbidden
