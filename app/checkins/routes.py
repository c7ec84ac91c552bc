"""Check-ins over HTTP."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlmodel import col

from app.auth.anchors import Anchors
from app.checkins import judging, reading, service
from app.checkins.errors import CheckInDiffers, NoSuchHousehold, NoSuchVillage, PeriodClosed
from app.checkins.models import CheckIn
from app.checkins.schemas import CheckInIn, CheckInOut, WithdrawalIn
from app.core.clock import now
from app.core.db import Base, Db, ReadDb
from app.core.errors import BodyTooLarge, NotFound
from app.core.http import SIGNED_IN, PhoneClock, can_fail, instant, refuse
from app.core.paging import Page, Paging
from app.postings import scope
from app.postings.scope import Caller, Viewer
from app.records.errors import IdTaken
from app.records.service import Fate, keep

router = APIRouter(tags=["check-ins 签到"])
UnitCode = Annotated[
    str, Query(pattern=r"^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})$", description="单位代码")
]


@router.put(
    "/check-ins/{check_in_id}",
    response_model=CheckInOut,
    responses={
        201: {"model": CheckInOut, "description": "Recorded"},
        200: {"description": "The same body stood already"},
        **SIGNED_IN,
        **can_fail(CheckInDiffers, IdTaken, NoSuchVillage, NoSuchHousehold, BodyTooLarge),
    },
)
async def put_check_in(
    check_in_id: UUID,
    body: CheckInIn,
    viewer: Viewer,
    base: Base,
    request: Request,
    x_phone_clock: PhoneClock = None,
) -> Response:
    """Record a check-in once, under the id that the phone made."""
    anchors: Anchors = request.app.state.anchors
    arrival = service.Arrival(now(), anchors, instant(x_phone_clock))
    async with base.direct() as direct:
        done = await service.record(direct, viewer, check_in_id, body, arrival)
        found = await judging.on_arrival(direct, done)
    if done.conflict is not None:
        async with base.writing() as session:
            await keep(session, done.conflict)
        return refuse(CheckInDiffers())
    if done.fate is Fate.taken:
        return refuse(IdTaken())
    flags = await judging.flags_of(base, done, found)
    anchor = anchors.issue(viewer.id, viewer.device_id, now())
    shown = reading.of_recorded(done, viewer, anchor, flags)
    return Response(
        shown.model_dump_json(by_alias=True), done.fate.value, media_type="application/json"
    )


@router.get("/check-ins", responses=SIGNED_IN)
async def list_check_ins(
    viewer: Viewer,
    session: ReadDb,
    paging: Paging,
    person: UUID | None = None,
    unit: UnitCode | None = None,
    since: Annotated[date | None, Query(alias="from", description="起始日")] = None,
    until: Annotated[date | None, Query(alias="to", description="截止日")] = None,
    state: Annotated[reading.State | None, Query(description="计入状态")] = None,
) -> Page[CheckInOut]:
    """Check-ins that the caller may read, newest first."""
    items, following = await reading.page(
        session,
        _visible(viewer),
        paging,
        person=person,
        inside_unit=scope.inside(col(CheckIn.village), [unit]) if unit else None,
        since=since,
        until=until,
        state=state,
    )
    return Page(items=items, next=following)


@router.get("/check-ins/{check_in_id}", responses=SIGNED_IN)
async def get_check_in(check_in_id: UUID, viewer: Viewer, session: ReadDb) -> CheckInOut:
    """One check-in that the caller may read."""
    found = await reading.one(session, check_in_id, _visible(viewer))
    if found is None:
        raise NotFound
    return found


@router.post(
    "/check-ins/{check_in_id}/withdrawal",
    responses={**SIGNED_IN, **can_fail(PeriodClosed)},
)
async def withdraw_check_in(
    check_in_id: UUID, body: WithdrawalIn, viewer: Viewer, session: Db
) -> CheckInOut:
    """Take one's own check-in back, with a reason: it is kept and no longer counts."""
    await service.withdraw(session, viewer, check_in_id, body.reason, now())
    return await get_check_in(check_in_id, viewer, session)


def _visible(viewer: Caller) -> scope.Clause:
    return scope.records(viewer, col(CheckIn.person_id), col(CheckIn.day), col(CheckIn.village))
