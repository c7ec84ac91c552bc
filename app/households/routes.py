"""Households over HTTP: reading, what phones send, opening numbers."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator

from app.core import geo
from app.core.clock import now
from app.core.crypto import Seal
from app.core.db import Db, ReadDb
from app.core.errors import InvalidBody, NotFound
from app.core.http import SIGNED_IN, ProblemResponse, can_fail, refuse
from app.core.paging import Page, Paging
from app.core.wire import UnitCode, without_nul
from app.households import reading, service, showing
from app.households.errors import (
    ConsentMissing,
    NumberUnreadable,
    PortraitDiffers,
    PositionDiffers,
)
from app.households.schemas import (
    HouseholdOut,
    HouseholdRow,
    PlanItemIn,
    PlanItemOut,
    PortraitIn,
    PortraitRecorded,
    PositionIn,
    PositionRecorded,
    SearchIn,
    UnmaskIn,
    UnmaskOut,
)
from app.households.service import in_sight
from app.postings.scope import Viewer
from app.records.errors import IdTaken, refused

router = APIRouter(tags=["households 农户"])
NEAR = r"^-?\d{1,2}(\.\d{1,15})?,-?\d{1,3}(\.\d{1,15})?$"
RADIUS_M, WIDEST_M = 500, 5_000


@router.get("/households", responses=SIGNED_IN)
async def list_households(
    viewer: Viewer,
    session: ReadDb,
    paging: Paging,
    village: Annotated[UnitCode | None, Query(description="单位代码,含其下级")] = None,
    mine: Annotated[bool, Query(description="只列与我结对的")] = False,
    helper: Annotated[UUID | None, Query(description="只列与此人结对的")] = None,
    q: Annotated[
        str | None,
        AfterValidator(without_nul),
        Query(min_length=1, max_length=64, description="户主姓名或户编号的一部分"),
    ] = None,
    poor: Annotated[bool | None, Query(description="是否建档立卡贫困户")] = None,
    on: Annotated[date | None, Query(description="哪一天在册;默认今天")] = None,
    near: Annotated[
        str | None, Query(pattern=NEAR, description="纬度,经度(WGS-84);由近到远排列")
    ] = None,
    radius_m: Annotated[int, Query(ge=1, le=WIDEST_M, description="与 near 同用,米")] = RADIUS_M,
) -> Page[HouseholdRow]:
    """Households that the caller may see, by village and number, or by distance from ``near``."""
    wanted = reading.Wanted(
        on=on or viewer.today,
        village=village,
        helper=viewer.id if mine else helper,
        q=q,
        poor=poor,
    )
    if near is None:
        rows, following = await reading.page(session, in_sight(viewer), wanted, paging)
    else:
        around = reading.Near(_point(near), radius_m)
        rows, following = await reading.near(session, in_sight(viewer), wanted, paging, around)
    return Page(items=rows, next=following)


def _point(near: str) -> geo.Point:
    lat, lon = (float(part) for part in near.split(","))
    if abs(lat) > 90 or abs(lon) > 180:
        raise InvalidBody("near 超出范围:应为“纬度,经度”,纬度 -90 至 90,经度 -180 至 180。")
    return geo.at(lat, lon)


@router.post("/households/search", responses=SIGNED_IN)
async def search_households(
    body: SearchIn, viewer: Viewer, session: ReadDb, paging: Paging, sealer: Seal
) -> Page[HouseholdRow]:
    """Households that the caller may see with a member of this ID number; it is not shown."""
    wanted = reading.Wanted(on=viewer.today, id_indexes=sealer.indexes(body.id_number))
    rows, following = await reading.page(session, in_sight(viewer), wanted, paging)
    return Page(items=rows, next=following)


@router.get("/households/{household_id}", responses=SIGNED_IN)
async def get_household(
    household_id: UUID, viewer: Viewer, session: ReadDb, sealer: Seal
) -> HouseholdOut:
    """One household with helpers, members (numbers masked), portrait, position and plan."""
    found = await reading.one(session, sealer, in_sight(viewer), household_id, viewer.today)
    if found is None:
        raise NotFound
    return found


@router.post(
    "/households/{household_id}/members/{member_id}/unmask",
    responses={**SIGNED_IN, **can_fail(NumberUnreadable)},
)
async def unmask(
    household_id: UUID, member_id: UUID, body: UnmaskIn, viewer: Viewer, session: Db, sealer: Seal
) -> UnmaskOut:
    """Open one member's numbers for a stated purpose; each call is logged with the caller's name."""
    return await service.unmask(
        session, sealer, viewer, household_id, member_id, body.purpose, now()
    )


def _put(model: type, *problems: Any) -> dict[str, Any]:
    return {
        "response_model": model,
        "responses": {
            201: {"model": model, "description": "Recorded"},
            200: {"description": "The same stood already, or it was revised"},
            **SIGNED_IN,
            **can_fail(InvalidBody, IdTaken, *problems),
        },
    }


@router.put(
    "/household-portraits/{portrait_id}", **_put(PortraitRecorded, ConsentMissing, PortraitDiffers)
)
async def put_portrait(
    portrait_id: UUID, body: PortraitIn, viewer: Viewer, session: Db, response: Response
) -> PortraitRecorded | ProblemResponse:
    """Record a household's portrait with the note of consent, under the id the phone made."""
    put = await service.put_portrait(session, viewer, portrait_id, body, now())
    if problem := refused(put.fate, PortraitDiffers):
        return refuse(problem)
    response.status_code = put.fate.value
    return await showing.portrait_recorded(session, put)


@router.put("/household-positions/{position_id}", **_put(PositionRecorded, PositionDiffers))
async def put_position(
    position_id: UUID, body: PositionIn, viewer: Viewer, session: Db, response: Response
) -> PositionRecorded | ProblemResponse:
    """Set a household's position by hand, under the id the phone made; the newest holds."""
    put = await service.put_position(session, viewer, position_id, body, now())
    if problem := refused(put.fate, PositionDiffers):
        return refuse(problem)
    response.status_code = put.fate.value
    return showing.position_recorded(put)


@router.put("/plan-items/{item_id}", **_put(PlanItemOut))
async def put_plan_item(
    item_id: UUID, body: PlanItemIn, viewer: Viewer, session: Db, response: Response
) -> PlanItemOut | ProblemResponse:
    """Create an item of a household's help plan (201), or revise, finish or drop it (200)."""
    put = await service.put_plan_item(session, viewer, item_id, body, now())
    if put.row is None:
        return refuse(IdTaken())
    response.status_code = put.fate.value
    return showing.plan_item(put.row)
