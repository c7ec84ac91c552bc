"""The way of one upload, after its bytes have come: decode, store, and only then the rows.

Bytes go into the store before the rows go into the database: a crash in between leaves bytes
without a row, which a sweep may remove, never a row whose bytes are missing.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from app.core.clock import SHANGHAI, civil_day, now
from app.core.db import Database
from app.core.storage import Store
from app.photos import service
from app.photos.decoder import Decoder
from app.photos.models import Photo
from app.photos.shelf import PHOTOS, key, keys
from app.uploads import service as uploads
from app.uploads.incoming import Incoming
from app.uploads.shelf import Uploader
from app.uploads.sweep import KEPT_DAYS


@dataclass(frozen=True, slots=True)
class Studio:
    """What an upload meets on its way."""

    base: Database
    store: Store
    decoder: Decoder
    per_day: int


async def greet(studio: Studio, uploader: Uploader) -> None:
    """Refuse before a byte is read what would be refused after all of them."""
    since = datetime.combine(civil_day(now()), time.min, SHANGHAI)
    async with studio.base.direct() as direct:
        await service.check_share(direct, uploader.id, since, studio.per_day)


async def take(studio: Studio, uploader: Uploader, incoming: Incoming) -> tuple[Photo, bool]:
    """Make an upload's bytes a photo; whether this person's upload is new."""
    photo = await _standing(studio, incoming.sha256) or await _develop(studio, incoming)
    async with studio.base.writing() as session:
        return await uploads.record(session, PHOTOS, photo, uploader, now())


async def _standing(studio: Studio, sha256: str) -> Photo | None:
    """The photo as it stands, if nothing of it has to be made again."""
    at = now()
    async with studio.base.reading() as session:
        photo = await service.known(session, sha256)
    if photo is None:
        return None
    if photo.offered_at < at - timedelta(days=KEPT_DAYS - 1):
        async with studio.base.writing() as session:
            if not await uploads.touch(session, Photo, sha256, at):
                return None
    there = await asyncio.gather(*(studio.store.has(one) for one in keys(sha256)))
    return photo if all(there) else None


async def _develop(studio: Studio, incoming: Incoming) -> Photo:
    """Decode and store; ``thumb`` and ``view`` are durable when it returns."""
    async with studio.decoder.room:
        data = await incoming.read()
        decoded = await studio.decoder.decode(data)
        pictures = {"original": data, "thumb": decoded.thumb, "view": decoded.view}
        await asyncio.gather(
            *(
                studio.store.put(key(incoming.sha256, shape), picture)
                for shape, picture in pictures.items()
            )
        )
    at = now()
    about = decoded.about.model_dump()
    return Photo(sha256=incoming.sha256, size=incoming.size, stored_at=at, offered_at=at, **about)
