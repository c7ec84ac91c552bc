"""Adoptions and closed periods over HTTP."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import or_
from sqlmodel import col

from app.core.clock import now
from app.core.db import Base, Db, ReadDb
from app.core.errors import Forbidden, InvalidBody, NotFound
from app.core.http import SIGNED_IN, ProblemResponse, can_fail, refuse
from app.core.paging import Page, Paging
from app.core.wire import UnitCode
from app.org import service as org
from app.org.models import Unit
from app.postings import scope
from app.postings.scope import Caller, Sight, Viewer, need
from app.quotas import adopted, adopting, closed, closing
from app.quotas.closing import Order
from app.quotas.closing_schemas import (
    AdoptionIn,
    AdoptionOut,
    AdoptionsOut,
    ClosedOut,
    ClosingIn,
    ClosingOut,
)
from app.quotas.errors import (
    AdoptionInvalid,
    AdoptionStands,
    NoSuchPack,
    NoSuchPeriod,
    NoSuchUnit,
    NothingToClose,
    PackNotShipped,
    PeriodNotOver,
)
from app.quotas.models import Adoption, ClosedStanding, Closing
from app.quotas.service import period_of
from app.records.errors import IdTaken
from app.records.service import Fate

router = APIRouter(tags=["quotas 考核"])


@router.get("/adoptions", responses=SIGNED_IN)
async def list_adoptions(
    viewer: Viewer,
    session: ReadDb,
    unit: Annotated[
        UnitCode | None, Query(description="单位代码,含其下级;不填为本人任职的单位")
    ] = None,
    on: Annotated[date | None, Query(description="哪一天有效;不填为今天")] = None,
    history: Annotated[bool, Query(description="true:历次启用,含已失效的(须填 unit)")] = False,
) -> AdoptionsOut:
    """The policy packs in force in a unit: basis, settings, blanks, advisory rules, changelog."""
    day = on or viewer.today
    if unit is None:
        if history:
            raise InvalidBody("查看历次启用(history)须填单位代码(unit)。")
        units = sorted({held.unit for held in viewer.current()})
        return AdoptionsOut(items=await adopted.in_force(session, units, day))
    await _need_unit(session, viewer, unit)
    if history:
        return AdoptionsOut(items=await adopted.ever(session, unit, day))
    return AdoptionsOut(items=await adopted.in_force(session, [unit], day))


@router.put(
    "/adoptions/{adoption_id}",
    response_model=AdoptionOut,
    dependencies=[Depends(need(Sight.ADOPT))],
    responses={
        201: {"model": AdoptionOut, "description": "Created"},
        **SIGNED_IN,
        **can_fail(
            Forbidden, NotFound, NoSuchPack, NoSuchUnit, IdTaken, AdoptionStands, InvalidBody,
            AdoptionInvalid,
        ),
    },
)  # fmt: skip
async def put_adoption(
    adoption_id: UUID, body: AdoptionIn, viewer: Viewer, session: Db, response: Response
) -> AdoptionOut | ProblemResponse:
    """Put a pack into force for a unit and all below it (201); the same again, or an end, is 200."""
    if not viewer.over(body.unit, Sight.ADOPT):
        raise NotFound
    put = await adopting.put_adoption(
        session, adoption_id, body.wish(), by=viewer.name, at=now(), actor=viewer.id
    )
    if put.row is None:
        return refuse(IdTaken())
    response.status_code = (Fate.created if put.fate is Fate.created else Fate.same).value
    return await adopted.one(session, adoption_id, col(Adoption.unit) == body.unit, viewer.today)


@router.post(
    "/closings",
    response_model=ClosingOut,
    dependencies=[Depends(need(Sight.CLOSE))],
    responses={
        201: {"model": ClosingOut, "description": "Closed, or a new version of it"},
        200: {"description": "Nothing differs from the version that stands"},
        **SIGNED_IN,
        **can_fail(
            Forbidden, NotFound, PeriodNotOver, InvalidBody, NoSuchPeriod,
            NothingToClose, PackNotShipped,
        ),
    },
)  # fmt: skip
async def post_closing(
    body: ClosingIn, viewer: Viewer, base: Base, response: Response
) -> ClosingOut:
    """Close a period for a unit and all below it; again, with late evidence, makes a new version."""
    if not viewer.over(body.unit, Sight.CLOSE):
        raise NotFound
    period = period_of(body.period, viewer.today)
    row, fresh = await closing.close(base, Order(body.unit, period, viewer.id, now(), body.note))
    response.status_code = 201 if fresh else 200
    async with base.reading() as session:
        return await closed.shown_closing(session, row.id)


@router.get("/closings", responses=SIGNED_IN)
async def list_closings(
    viewer: Viewer,
    session: ReadDb,
    paging: Paging,
    unit: Annotated[UnitCode | None, Query(description="单位代码,含其下级")] = None,
    period: Annotated[str | None, Query(max_length=16, examples=["2026-Q3"])] = None,
) -> Page[ClosingOut]:
    """Closed periods of the units that hold, or lie inside, one of the caller's; newest first."""
    items, following = await closed.page(
        session,
        scope.units(viewer, col(Closing.unit)),
        paging,
        inside_unit=scope.inside(col(Closing.unit), [unit]) if unit else None,
        period=period,
    )
    return Page(items=items, next=following)


@router.get("/closings/{closing_id}", responses=SIGNED_IN)
async def get_closing(
    closing_id: UUID, viewer: Viewer, session: ReadDb, paging: Paging
) -> ClosedOut:
    """One version of a closed period, with those of its standings that the caller may read."""
    rows = or_(
        scope.inside(col(ClosedStanding.unit), viewer.units(Sight.PEOPLE)),
        col(ClosedStanding.subject) == str(viewer.id),
    )
    return await closed.one(
        session, closing_id, scope.units(viewer, col(Closing.unit)), rows, paging
    )


async def _need_unit(session: ReadDb, viewer: Caller, code: str) -> None:
    """404 where the unit is out of sight."""
    if await org.one(session, code, scope.units(viewer, col(Unit.code)), viewer.today) is None:
        raise NotFound
