"""Who am I, who is there."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlmodel import col

from app.auth.anchors import Anchors
from app.auth.models import User
from app.core.clock import now
from app.core.db import ReadDb
from app.core.http import SIGNED_IN
from app.core.paging import Page, Paging
from app.core.wire import UnitCode
from app.people import service
from app.people.schemas import ListedPersonOut, MeOut, TimeAnchorOut
from app.postings import scope
from app.postings.scope import Viewer

router = APIRouter(tags=["people 人员"])


@router.get("/me", responses=SIGNED_IN)
async def get_me(viewer: Viewer, session: ReadDb, request: Request) -> MeOut:
    """The caller: postings, villages with fences, own households, packs in force."""
    found, at = await service.me(session, viewer, now()), now()
    anchors: Anchors = request.app.state.anchors
    found.anchor = anchors.issue(viewer.id, viewer.device_id, at)
    return found


@router.get("/time-anchor", responses=SIGNED_IN)
async def get_time_anchor(viewer: Viewer, request: Request) -> TimeAnchorOut:
    """A time anchor for this device; a phone wants it only where no other answer brought one."""
    anchors: Anchors = request.app.state.anchors
    at = now()
    return TimeAnchorOut(
        anchor=anchors.issue(viewer.id, viewer.device_id, at),
        issued_at=at.replace(microsecond=at.microsecond // 1000 * 1000),
    )


@router.get("/people", responses=SIGNED_IN)
async def list_people(
    viewer: Viewer,
    session: ReadDb,
    paging: Paging,
    unit: Annotated[UnitCode | None, Query(description="单位代码,含其下级")] = None,
    on: Annotated[date | None, Query(description="哪一天在任;不填为今天")] = None,
) -> Page[ListedPersonOut]:
    """People posted in a unit or below it, whom the caller may read about, by name."""
    day = on or viewer.today
    visible = scope.people(viewer, col(User.id), day, day)
    items, following = await service.page(session, visible, unit, day, paging)
    return Page(items=items, next=following)
