"""Notices over HTTP: everybody's own, nobody else's."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from app.core.clock import now
from app.core.db import Db, ReadDb
from app.core.http import SIGNED_IN
from app.core.paging import Paging
from app.core.settings import Settings
from app.notices import service
from app.notices.schemas import NoticesOut, PreferencesIn, PreferencesOut, ReadIn, UnreadOut
from app.postings.scope import Viewer

router = APIRouter(tags=["notices 提醒"])
Unread = Annotated[bool, Query(description="只列未读的")]


@router.get("/notices", responses=SIGNED_IN)
async def list_notices(
    viewer: Viewer, session: ReadDb, paging: Paging, unread: Unread = False
) -> NoticesOut:
    """The caller's reminders, the newest first, and how many are unread."""
    return await service.page(session, viewer.id, paging, unread=unread)


@router.post("/notices/read", responses=SIGNED_IN)
async def read_notices(body: ReadIn, viewer: Viewer, session: Db) -> UnreadOut:
    """Mark some of the caller's reminders read, or all up to a moment."""
    left = await service.mark_read(session, viewer.id, now(), ids=body.ids, until=body.until)
    return UnreadOut(unread=left)


@router.get("/notices/preferences", responses=SIGNED_IN)
async def notice_preferences(viewer: Viewer, session: ReadDb, request: Request) -> PreferencesOut:
    """Whether the caller is told of due dates only, and when nobody is told anything."""
    return _shown(await service.muted(session, viewer.id), request)


@router.put("/notices/preferences", responses=SIGNED_IN)
async def set_notice_preferences(
    body: PreferencesIn, viewer: Viewer, session: Db, request: Request
) -> PreferencesOut:
    """Mute everything that is not a due date, or take it back."""
    await service.mute(session, viewer.id, viewer.home(), now(), on=body.muted)
    return _shown(body.muted, request)


def _shown(muted: bool, request: Request) -> PreferencesOut:
    settings: Settings = request.app.state.settings
    return PreferencesOut(muted=muted, quiet_hours=settings.quiet_hours or None)
