"""Activities over HTTP."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlmodel import col

from app.activities import reading, service, showing, sight
from app.activities.errors import ActivityDiffers
from app.activities.models import Activity
from app.activities.schemas import ActivityIn, ActivityOut, InvitedOut, Kind, WithdrawalIn
from app.auth.models import User
from app.checkins.errors import NoSuchVillage
from app.core.clock import now
from app.core.db import Db, ReadDb
from app.core.errors import NotFound
from app.core.http import SIGNED_IN, ProblemResponse, can_fail, refuse
from app.core.paging import Page, Paging
from app.core.wire import UnitCode
from app.postings.scope import Viewer, inside
from app.records.errors import IdTaken, refused

router = APIRouter(tags=["activities 活动"])


@router.put(
    "/activities/{activity_id}",
    response_model=ActivityOut,
    responses={
        201: {"model": ActivityOut, "description": "Recorded"},
        200: {"description": "The same body stood already"},
        **SIGNED_IN,
        **can_fail(ActivityDiffers, IdTaken, NoSuchVillage),
    },
)
async def put_activity(
    activity_id: UUID, body: ActivityIn, viewer: Viewer, session: Db, response: Response
) -> ActivityOut | ProblemResponse:
    """Write an activity down once, under the id that the phone made, for all whom it binds."""
    put = await service.put_activity(session, viewer, activity_id, body, now())
    if problem := refused(put.fate, ActivityDiffers):
        return refuse(problem)
    response.status_code = put.fate.value
    return await showing.recorded(session, put)


@router.get("/activities", responses=SIGNED_IN)
async def list_activities(
    viewer: Viewer,
    session: ReadDb,
    paging: Paging,
    unit: Annotated[UnitCode | None, Query(description="谁的活动,含其下级")] = None,
    organisation: Annotated[UUID | None, Query(description="计入哪个组织")] = None,
    person: Annotated[UUID | None, Query(description="谁登记或参加的")] = None,
    kind: Annotated[Kind | None, Query(description="活动种类")] = None,
    since: Annotated[date | None, Query(alias="from", description="举行日期起(含)")] = None,
    until: Annotated[date | None, Query(alias="to", description="举行日期止(含)")] = None,
) -> Page[ActivityOut]:
    """Activities that the caller may read, the latest first; withdrawn ones say why."""
    wanted = []
    if unit is not None:
        wanted.append(inside(col(Activity.unit), [unit]))
    if organisation is not None:
        wanted.append(reading.of_organisation(organisation))
    if person is not None:
        wanted.append(reading.of_person(person))
    if kind is not None:
        wanted.append(col(Activity.kind) == kind)
    if since is not None:
        wanted.append(col(Activity.day) >= since)
    if until is not None:
        wanted.append(col(Activity.day) <= until)
    items, following = await reading.page(session, sight.visible(viewer), paging, *wanted)
    return Page(items=items, next=following)


@router.get("/activities/people", responses=SIGNED_IN)
async def list_invited(
    viewer: Viewer,
    session: ReadDb,
    paging: Paging,
    unit: Annotated[UnitCode | None, Query(description="在这个单位任职,不含其下级")] = None,
    on: Annotated[date | None, Query(description="哪一天在任;不填为今天")] = None,
) -> Page[InvitedOut]:
    """People whom the caller may name as having attended, by name, with their posts of that day."""
    day = on or viewer.today
    known = sight.known_people(viewer, col(User.id), day)
    items, following = await reading.invited(session, known, unit, day, paging)
    return Page(items=items, next=following)


@router.get("/activities/{activity_id}", responses=SIGNED_IN)
async def get_activity(activity_id: UUID, viewer: Viewer, session: ReadDb) -> ActivityOut:
    """One activity that the caller may read: its author, who attended, who leads there."""
    found = await reading.one(session, sight.visible(viewer), activity_id)
    if found is None:
        raise NotFound
    return found


@router.post("/activities/{activity_id}/withdrawal", responses=SIGNED_IN)
async def withdraw_activity(
    activity_id: UUID, body: WithdrawalIn, viewer: Viewer, session: Db
) -> ActivityOut:
    """Take one's own activity back, with a reason: it is kept and counts for nobody any more."""
    await service.withdraw(session, viewer, activity_id, body.reason, now())
    return await get_activity(activity_id, viewer, session)
