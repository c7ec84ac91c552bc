"""Photos that no record names are kept 30 days, then they go: first the rows, then the bytes.

The phone may upload the same photo again at any moment. So that never a row stands whose bytes
a sweep takes away: the rows go in one transaction together with a ``PhotoRemoval``; while that
stands (an hour, far longer than an upload takes from its first look at the store to its own
transaction) a new upload of these bytes is told to come later.
"""

from datetime import datetime, timedelta

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.db import Database
from app.core.storage import Store
from app.ledger import service as ledger
from app.photos.models import Photo, PhotoRemoval, PhotoUse, Upload
from app.photos.shelf import keys

KEPT_DAYS = 30
STANDS_FOR = timedelta(hours=1)
BATCH = 100
ACTOR = "sweep"


async def sweep(base: Database, store: Store, now: datetime) -> int:
    """Remove what is due; how many photos. Broken off anywhere, the next sweep goes on."""
    removed = 0
    while True:
        async with base.writing() as session:
            count = await _forget(session, now)
        removed += count
        if count < BATCH:
            break
    async with base.reading() as session:
        leaving = (await session.exec(select(PhotoRemoval))).all()
    await store.delete([key for removal in leaving for key in keys(removal.sha256)])
    async with base.writing() as session:
        await session.exec(
            delete(PhotoRemoval).where(col(PhotoRemoval.removed_at) < now - STANDS_FOR)
        )
    return removed


async def _forget(session: AsyncSession, now: datetime) -> int:
    """Up to ``BATCH`` photos: their rows and uploads go, each upload's end is logged."""
    named = select(PhotoUse.sha256).where(col(PhotoUse.sha256) == col(Photo.sha256)).exists()
    due = await session.exec(
        select(Photo)
        .where(col(Photo.offered_at) < now - timedelta(days=KEPT_DAYS), ~named)
        .limit(BATCH)
        .with_for_update()
    )
    hashes = [photo.sha256 for photo in due]
    if not hashes:
        return 0
    uploads = (await session.exec(select(Upload).where(col(Upload.sha256).in_(hashes)))).all()
    for upload in sorted(uploads, key=lambda upload: upload.county):
        await ledger.append(session, upload, "erase", ACTOR, now)
    await session.exec(delete(Upload).where(col(Upload.sha256).in_(hashes)))
    await session.exec(delete(Photo).where(col(Photo.sha256).in_(hashes)))
    session.add_all(PhotoRemoval(sha256=sha256, removed_at=now) for sha256 in hashes)
    await session.flush()
    return len(hashes)
