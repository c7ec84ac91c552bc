"""Many records in one request."""

from fastapi import APIRouter, Request

from app.auth.anchors import Anchors
from app.checkins.service import Arrival
from app.core.clock import now
from app.core.db import Base, Db
from app.core.errors import BodyTooLarge
from app.core.http import SIGNED_IN, PhoneClock, can_fail, instant
from app.people.service import logs
from app.postings.scope import Viewer
from app.sync import service
from app.sync.schemas import SyncIn, SyncOut

router = APIRouter(tags=["sync 同步"])


@router.post("/sync", responses={**SIGNED_IN, **can_fail(BodyTooLarge)})
async def sync(
    body: SyncIn,
    viewer: Viewer,
    base: Base,
    session: Db,
    request: Request,
    x_phone_clock: PhoneClock = None,
) -> SyncOut:
    """Up to 200 waiting records; each is answered as its own PUT would be, one refused hurts none."""
    anchors: Anchors = request.app.state.anchors
    arrival = Arrival(now(), anchors, instant(x_phone_clock))
    batch = service.Batch(base, session, viewer, arrival)
    results = await service.take_all(batch, body.records)
    anchor = anchors.issue(viewer.id, viewer.device_id, now())
    return SyncOut(results=results, logs=await logs(session, viewer), anchor=anchor)
