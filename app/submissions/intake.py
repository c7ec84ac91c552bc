"""The way of a document after its bytes have come: recognised, stored, and only then the rows."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, time

from app.core.clock import SHANGHAI, civil_day, now
from app.core.db import Database
from app.core.storage import Store
from app.submissions.errors import TooManyFiles
from app.submissions.models import File
from app.submissions.recognition import recognised
from app.submissions.shelf import FILES, key
from app.uploads import service as uploads
from app.uploads.incoming import Incoming
from app.uploads.shelf import Uploader

#: a whole file is in memory while it goes into the store: this many at a time
ROOM = 2


@dataclass(frozen=True, slots=True)
class Desk:
    """What a document meets on its way."""

    base: Database
    store: Store
    room: asyncio.Semaphore
    per_day: int


async def greet(desk: Desk, uploader: Uploader) -> None:
    """Refuse before a byte is read what would be refused after all of them."""
    since = datetime.combine(civil_day(now()), time.min, SHANGHAI)
    async with desk.base.reading() as session:
        if await uploads.count_since(session, FILES, uploader.id, since) >= desk.per_day:
            raise TooManyFiles


async def take(desk: Desk, uploader: Uploader, incoming: Incoming) -> tuple[File, bool]:
    """Make an upload's bytes a document; whether this person's upload is new."""
    media_type = await asyncio.to_thread(recognised, incoming.file, incoming.size)
    async with desk.room:
        # also when it is known: a store set back to an older backup is mended by the next upload
        await desk.store.put(key(incoming.sha256), await incoming.read())
    at = now()
    held = File(
        sha256=incoming.sha256,
        size=incoming.size,
        media_type=media_type,
        stored_at=at,
        offered_at=at,
    )
    async with desk.base.writing() as session:
        return await uploads.record(session, FILES, held, uploader, at)
