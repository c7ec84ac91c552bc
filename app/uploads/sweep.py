"""What no record names is kept 30 days, then it goes: first the rows, then the bytes.

The phone may upload the same bytes again at any moment. So that never a row stands whose bytes
a sweep takes away: the rows go in one transaction together with a ``Leaving``; while that
stands (an hour, far longer than an upload takes from its first look at the store to its own
transaction) a new upload of these bytes is told to come later.
"""

from datetime import datetime, timedelta

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.db import Database
from app.core.storage import Store
from app.ledger import service as ledger
from app.uploads.shelf import Shelf

KEPT_DAYS = 30
STANDS_FOR = timedelta(hours=1)
BATCH = 100
ACTOR = "sweep"


async def sweep(base: Database, store: Store, shelf: Shelf, now: datetime) -> int:
    """Remove what is due; how many things. Broken off anywhere, the next sweep goes on."""
    removed = 0
    while True:
        async with base.writing() as session:
            count = await _forget(session, shelf, now)
        removed += count
        if count < BATCH:
            break
    async with base.reading() as session:
        leaving = (await session.exec(select(shelf.leaving))).all()
    await store.delete([key for removal in leaving for key in shelf.keys(removal.sha256)])
    async with base.writing() as session:
        await session.exec(
            delete(shelf.leaving).where(col(shelf.leaving.removed_at) < now - STANDS_FOR)
        )
    return removed


async def _forget(session: AsyncSession, shelf: Shelf, now: datetime) -> int:
    """Up to ``BATCH`` things: their rows and uploads go, each upload's end is logged."""
    holding, uploaded, use = shelf.holding, shelf.uploaded, shelf.use
    named = select(use.sha256).where(col(use.sha256) == col(holding.sha256)).exists()
    due = await session.exec(
        select(holding)
        .where(col(holding.offered_at) < now - timedelta(days=KEPT_DAYS), ~named)
        .limit(BATCH)
        .with_for_update()
    )
    hashes = [held.sha256 for held in due]
    if not hashes:
        return 0
    uploads = (await session.exec(select(uploaded).where(col(uploaded.sha256).in_(hashes)))).all()
    for upload in sorted(uploads, key=lambda upload: upload.county):
        await ledger.append(session, upload, "erase", ACTOR, now)
    await session.exec(delete(uploaded).where(col(uploaded.sha256).in_(hashes)))
    await session.exec(delete(holding).where(col(holding.sha256).in_(hashes)))
    session.add_all(shelf.leaving(sha256=sha256, removed_at=now) for sha256 in hashes)
    await session.flush()
    return len(hashes)
