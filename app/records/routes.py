"""What was kept with a 409."""

from fastapi import APIRouter
from sqlmodel import col

from app.core.db import ReadDb
from app.core.http import SIGNED_IN
from app.core.paging import Page, Paging
from app.postings import scope
from app.postings.scope import Viewer
from app.records import service
from app.records.models import Conflict
from app.records.schemas import ConflictOut

router = APIRouter(tags=["conflicts 冲突"])


@router.get("/conflicts", responses=SIGNED_IN)
async def list_conflicts(viewer: Viewer, session: ReadDb, paging: Paging) -> Page[ConflictOut]:
    """Bodies kept with a 409, for their author and the administrators over them, newest first."""
    visible = scope.people(viewer, col(Conflict.author_id), viewer.today, viewer.today)
    rows, following = await service.conflicts(session, visible, paging)
    return Page(
        items=[
            ConflictOut(
                id=row.id,
                kind=row.record_kind,
                record=row.record_id,
                author=row.author_id,
                author_name=name,
                body=row.body,
                received_at=row.received_at,
            )
            for row, name in rows
        ],
        next=following,
    )
