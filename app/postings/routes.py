"""Postings over HTTP."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import or_
from sqlmodel import col

from app.core.clock import now
from app.core.db import Db, ReadDb
from app.core.errors import Forbidden
from app.core.http import SIGNED_IN, ProblemResponse, can_fail, refuse
from app.core.paging import Page, Paging
from app.core.wire import UnitCode
from app.postings import service
from app.postings.errors import OwnPosting, PostAboveOwn
from app.postings.models import Post, Posting
from app.postings.schemas import PostingIn, PostingOut
from app.postings.scope import Sight, Viewer, inside, need
from app.records.errors import IdTaken
from app.records.service import Fate

router = APIRouter(tags=["postings 任职"])


@router.get("/postings", responses=SIGNED_IN)
async def list_postings(
    viewer: Viewer,
    session: ReadDb,
    paging: Paging,
    unit: Annotated[UnitCode | None, Query(description="单位代码,含其下级")] = None,
    person: UUID | None = None,
    kind: Post | None = None,
    on: Annotated[date | None, Query(description="只列这一天在任的;不填列出全部")] = None,
) -> Page[PostingOut]:
    """The caller's own postings and those in the units they stand over, the latest first."""
    own = col(Posting.person_id) == viewer.id
    visible = or_(own, inside(col(Posting.unit), viewer.units(Sight.PEOPLE)))
    items, following = await service.page(
        session, visible, paging, unit=unit, person=person, kind=kind, on=on
    )
    return Page(items=items, next=following)


@router.put(
    "/postings/{posting_id}",
    response_model=PostingOut,
    dependencies=[Depends(need(Sight.REGISTER))],
    responses={
        201: {"model": PostingOut, "description": "Created"},
        **SIGNED_IN,
        **can_fail(Forbidden, OwnPosting, PostAboveOwn, IdTaken),
    },
)
async def put_posting(
    posting_id: UUID, body: PostingIn, viewer: Viewer, session: Db, response: Response
) -> PostingOut | ProblemResponse:
    """Give a post to somebody else (201), or revise it (200); ended by its ``to``, never deleted."""
    put = await service.put_posting(session, viewer, posting_id, body, now())
    if put.fate is Fate.taken:
        return refuse(IdTaken())
    response.status_code = put.fate.value
    return await service.one(session, posting_id)
