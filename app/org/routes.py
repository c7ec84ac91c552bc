"""Units and fences over HTTP."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from sqlmodel import col

from app.core.clock import now
from app.core.db import Db, ReadDb
from app.core.errors import Forbidden, NotFound
from app.core.http import SIGNED_IN, ProblemResponse, can_fail, refuse
from app.core.paging import Page, Paging
from app.core.wire import UnitCode, VillageCode
from app.org import service
from app.org.models import Level, Unit
from app.org.schemas import FenceIn, FenceOut, UnitOut
from app.postings import scope
from app.postings.scope import Sight, Viewer, need
from app.records.errors import IdTaken
from app.records.service import Fate

router = APIRouter(tags=["units 行政区划"])
OnDay = Annotated[date | None, Query(description="这一天有效的;不填为今天")]


@router.get("/units", responses=SIGNED_IN)
async def list_units(
    viewer: Viewer,
    session: ReadDb,
    paging: Paging,
    parent: Annotated[UnitCode | None, Query(description="上级单位代码")] = None,
    level: Annotated[Level | None, Query(description="级别")] = None,
    on: OnDay = None,
) -> Page[UnitOut]:
    """The units that hold or lie inside one of the caller's own, in the order of their codes."""
    visible = scope.units(viewer, col(Unit.code))
    items, following = await service.page(
        session, visible, paging, on=on or viewer.today, parent=parent, level=level
    )
    return Page(items=items, next=following)


@router.get("/units/{code}", responses=SIGNED_IN)
async def get_unit(code: UnitCode, viewer: Viewer, session: ReadDb, on: OnDay = None) -> UnitOut:
    """One unit with the fences that hold; also an ended one, its records stand."""
    visible = scope.units(viewer, col(Unit.code))
    found = await service.one(session, code, visible, on or viewer.today)
    if found is None:
        raise NotFound
    return found


@router.put(
    "/units/{code}/fences/{fence_id}",
    response_model=FenceOut,
    dependencies=[Depends(need(Sight.REGISTER))],
    responses={
        201: {"model": FenceOut, "description": "Created"},
        **SIGNED_IN,
        **can_fail(Forbidden, IdTaken),
    },
)
async def put_fence(
    code: VillageCode,
    fence_id: UUID,
    body: FenceIn,
    viewer: Viewer,
    session: Db,
    response: Response,
) -> FenceOut | ProblemResponse:
    """Set one of a village's fences (201) or change it (200); ended by ``valid_to``."""
    visible = scope.inside(col(Unit.code), viewer.units(Sight.REGISTER))
    if await service.one(session, code, visible, viewer.today) is None:
        raise NotFound
    put = await service.put_fence(
        session, code, fence_id, body, actor_id=viewer.id, received_at=now()
    )
    if put.row is None:
        return refuse(IdTaken())
    response.status_code = (Fate.created if put.fate is Fate.created else Fate.same).value
    return service.fence_shown(put.row)
