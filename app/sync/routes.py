"""Many records in one request."""

from fastapi import APIRouter

from app.core.clock import now
from app.core.db import Base, Db
from app.core.errors import BodyTooLarge
from app.core.http import SIGNED_IN, can_fail
from app.people.service import logs
from app.postings.scope import Viewer
from app.sync import service
from app.sync.schemas import SyncIn, SyncOut

router = APIRouter(tags=["sync 同步"])


@router.post("/sync", responses={**SIGNED_IN, **can_fail(BodyTooLarge)})
async def sync(body: SyncIn, viewer: Viewer, base: Base, session: Db) -> SyncOut:
    """Up to 200 waiting records; each is answered as its own PUT would be, one refused hurts none."""
    batch = service.Batch(base, session, viewer, now())
    results = await service.take_all(batch, body.records)
    return SyncOut(results=results, logs=await logs(session, viewer))
