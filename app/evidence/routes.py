"""A person's evidence pack over HTTP, logged before its first byte leaves."""

import asyncio
from collections.abc import AsyncIterator
from typing import IO, Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from sqlmodel import col, select

from app.auth.models import User
from app.core.clock import now
from app.core.db import Base, Database
from app.core.errors import Forbidden, InvalidBody, NotFound
from app.core.http import SIGNED_IN, Responses, can_fail
from app.core.storage import Bytes
from app.evidence import pack
from app.evidence.gathering import Seen
from app.evidence.periods import period_of
from app.ledger.errors import NotCheckpointed
from app.policy.periods import Period
from app.postings import scope
from app.postings.models import Post
from app.postings.scope import Caller, Sight, Viewer
from app.quotas.errors import NoSuchPeriod

router = APIRouter(tags=["evidence 证据包"])
CHUNK = 256 * 1024
PACK: Responses = {
    **SIGNED_IN,
    **can_fail(InvalidBody, NoSuchPeriod, NotCheckpointed),
    200: {
        "description": "The pack",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    },
}


@router.get("/people/{person_id}/evidence", responses=PACK, response_class=StreamingResponse)
async def get_evidence(
    person_id: UUID,
    viewer: Viewer,
    request: Request,
    base: Base,
    store: Bytes,
    period: Annotated[str, Query(max_length=16, examples=["2026-Q4", "2026-11"])],
    originals: Annotated[bool, Query(description="连同照片原图,仅审计员")] = False,
) -> StreamingResponse:
    """Take away what is held about a person and period, provable offline; the log keeps who did."""
    asked = period_of(period, viewer.today)
    role = await _role(base, viewer, person_id, asked, originals=originals)
    settings = request.app.state.settings
    house = pack.House.of(base, store, settings)
    order = pack.Order(
        person_id, asked, str(viewer.id), role, now(), Seen.by(viewer), originals=originals
    )
    made = await pack.make(house, order)
    packed = made.bytes
    size = packed.seek(0, 2)
    packed.seek(0)
    headers = {
        # ASCII as it is; both spellings (RFC 6266), for readers that know one of them
        "Content-Disposition": f"attachment; filename=\"{made.name}\"; filename*=UTF-8''{made.name}",
        "Content-Length": str(size),
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return StreamingResponse(_chunks(packed), media_type="application/zip", headers=headers)


async def _role(
    base: Database, viewer: Caller, person_id: UUID, period: Period, *, originals: bool
) -> str:
    """As whom the caller takes it: 404 out of sight, 403 where they may read and not take away."""
    own = person_id == viewer.id
    async with base.reading() as session:

        async def may(sight: Sight) -> bool:
            seen = scope.people(viewer, col(User.id), period.first, period.last, sight)
            query = select(User.id).where(User.id == person_id, seen)
            return (await session.exec(query)).first() is not None

        if not await may(Sight.PEOPLE):
            raise NotFound
        if not own and not await may(Sight.EXPORT):
            raise Forbidden
        if originals and (own or not await may(Sight.ORIGINALS)):
            raise Forbidden("照片原图只提供给审计员。请去掉 originals,浏览图已在包内。")
    if own:
        return "self"
    auditing = any(held.kind is Post.AU for held in viewer.current())
    return "auditor" if auditing else "office"


async def _chunks(packed: IO[bytes]) -> AsyncIterator[bytes]:
    with packed:
        while chunk := await asyncio.to_thread(packed.read, CHUNK):
            yield chunk
