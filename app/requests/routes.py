"""Leave and make-ups over HTTP."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from app.checkins.errors import NoSuchVillage
from app.core.clock import now
from app.core.db import Db, ReadDb
from app.core.http import SIGNED_IN, ProblemResponse, can_fail, refuse
from app.core.paging import Page, Paging
from app.core.wire import UnitCode
from app.postings.scope import Viewer
from app.records.errors import IdTaken, refused
from app.requests import reading, service
from app.requests.errors import LeaveDiffers, MakeUpDiffers, RequestMoveIllegal
from app.requests.models import Leave, MakeUp
from app.requests.reading import Asked
from app.requests.schemas import (
    DecisionIn,
    LeaveIn,
    LeaveOut,
    MakeUpIn,
    MakeUpOut,
    MakeUpsOut,
    ReturnIn,
    WithdrawalIn,
)
from app.requests.states import State

router = APIRouter(tags=["requests 请假与补签"])


def _asked(
    person: Annotated[UUID | None, Query(description="申请人")] = None,
    unit: Annotated[UnitCode | None, Query(description="申请人当天任职的单位,含其下级")] = None,
    state: State | None = None,
    since: Annotated[date | None, Query(alias="from", description="涉及的日期起(含)")] = None,
    until: Annotated[date | None, Query(alias="to", description="涉及的日期止(含)")] = None,
    waiting: Annotated[bool, Query(description="只列等待您决定的")] = False,
) -> Asked:
    return Asked(person, unit, state, since, until, waiting)


Wanted = Annotated[Asked, Depends(_asked)]


@router.put(
    "/leave/{leave_id}",
    response_model=LeaveOut,
    responses={
        201: {"model": LeaveOut, "description": "Recorded"},
        200: {"description": "The same body stood already"},
        **SIGNED_IN,
        **can_fail(LeaveDiffers, IdTaken),
    },
)
async def put_leave(
    leave_id: UUID, body: LeaveIn, viewer: Viewer, session: Db, response: Response
) -> LeaveOut | ProblemResponse:
    """Ask for leave, a trip or training once, under the id that the phone made."""
    put = await service.put_leave(session, viewer, leave_id, body, now())
    if problem := refused(put.fate, LeaveDiffers):
        return refuse(problem)
    response.status_code = put.fate.value
    return await reading.leave(session, viewer, leave_id)


@router.get("/leave", responses=SIGNED_IN)
async def list_leave(
    viewer: Viewer, session: ReadDb, paging: Paging, asked: Wanted
) -> Page[LeaveOut]:
    """Leaves, trips and training that the caller may read, what came last first."""
    items, following = await reading.leaves(session, viewer, paging, asked, now())
    return Page(items=items, next=following)


@router.get("/leave/{leave_id}", responses=SIGNED_IN)
async def get_leave(leave_id: UUID, viewer: Viewer, session: ReadDb) -> LeaveOut:
    """One leave that the caller may read."""
    return await reading.leave(session, viewer, leave_id)


@router.post("/leave/{leave_id}/decision", responses={**SIGNED_IN, **can_fail(RequestMoveIllegal)})
async def decide_leave(leave_id: UUID, body: DecisionIn, viewer: Viewer, session: Db) -> LeaveOut:
    """Approve, or refuse with a reason; never one's own. Long ones the county decides."""
    await service.decide(session, viewer, Leave, leave_id, body, now())
    return await reading.leave(session, viewer, leave_id)


@router.post(
    "/leave/{leave_id}/withdrawal", responses={**SIGNED_IN, **can_fail(RequestMoveIllegal)}
)
async def withdraw_leave(
    leave_id: UUID, body: WithdrawalIn, viewer: Viewer, session: Db
) -> LeaveOut:
    """Take one's own request back before it is decided: kept, and without effect."""
    await service.withdraw(session, viewer, Leave, leave_id, body.reason, now())
    return await reading.leave(session, viewer, leave_id)


@router.post("/leave/{leave_id}/return", responses={**SIGNED_IN, **can_fail(RequestMoveIllegal)})
async def return_from_leave(
    leave_id: UUID, body: ReturnIn, viewer: Viewer, session: Db
) -> LeaveOut:
    """Say that one is back before an approved leave ends: it ends on the day before."""
    await service.come_back(session, viewer, leave_id, body.back_on, now())
    return await reading.leave(session, viewer, leave_id)


@router.put(
    "/make-ups/{make_up_id}",
    response_model=MakeUpOut,
    responses={
        201: {"model": MakeUpOut, "description": "Recorded"},
        200: {"description": "The same body stood already"},
        **SIGNED_IN,
        **can_fail(MakeUpDiffers, IdTaken, NoSuchVillage),
    },
)
async def put_make_up(
    make_up_id: UUID, body: MakeUpIn, viewer: Viewer, session: Db, response: Response
) -> MakeUpOut | ProblemResponse:
    """Ask once for a stay day that no check-in proves; beyond cap or deadline it is kept, too."""
    put = await service.put_make_up(session, viewer, make_up_id, body, now())
    if problem := refused(put.fate, MakeUpDiffers):
        return refuse(problem)
    response.status_code = put.fate.value
    return await reading.make_up(session, viewer, make_up_id)


@router.get("/make-ups", responses=SIGNED_IN)
async def list_make_ups(
    viewer: Viewer, session: ReadDb, paging: Paging, asked: Wanted
) -> MakeUpsOut:
    """Make-ups that the caller may read, what came last first; the terms of the caller's own."""
    return await reading.make_ups(session, viewer, paging, asked, now())


@router.get("/make-ups/{make_up_id}", responses=SIGNED_IN)
async def get_make_up(make_up_id: UUID, viewer: Viewer, session: ReadDb) -> MakeUpOut:
    """One make-up that the caller may read."""
    return await reading.make_up(session, viewer, make_up_id)


@router.post(
    "/make-ups/{make_up_id}/decision", responses={**SIGNED_IN, **can_fail(RequestMoveIllegal)}
)
async def decide_make_up(
    make_up_id: UUID, body: DecisionIn, viewer: Viewer, session: Db
) -> MakeUpOut:
    """Approve, or refuse with a reason; never one's own."""
    await service.decide(session, viewer, MakeUp, make_up_id, body, now())
    return await reading.make_up(session, viewer, make_up_id)


@router.post(
    "/make-ups/{make_up_id}/withdrawal", responses={**SIGNED_IN, **can_fail(RequestMoveIllegal)}
)
async def withdraw_make_up(
    make_up_id: UUID, body: WithdrawalIn, viewer: Viewer, session: Db
) -> MakeUpOut:
    """Take one's own request back before it is decided: kept, and without effect."""
    await service.withdraw(session, viewer, MakeUp, make_up_id, body.reason, now())
    return await reading.make_up(session, viewer, make_up_id)
