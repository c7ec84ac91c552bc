"""Uploads in the database: the bytes once, each person's upload of them once."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.db import insert
from app.core.errors import NotFound, Unavailable
from app.ledger import service as ledger
from app.uploads.shelf import Holding, Shelf, Uploader

H = TypeVar("H", bound=Holding)


async def count_since(session: AsyncSession, shelf: Shelf, user_id: UUID, since: datetime) -> int:
    """How many new things this person has put on the shelf since then."""
    query = select(func.count(col(shelf.uploaded.id))).where(
        col(shelf.uploaded.user_id) == user_id, col(shelf.uploaded.uploaded_at) >= since
    )
    return (await session.exec(query)).one()


async def touch(session: AsyncSession, holding: type[Holding], sha256: str, at: datetime) -> bool:
    """Note that it is wanted again, so that no sweep takes it; whether it is still there."""
    found = await session.get(holding, sha256)
    if found is None:
        return False
    found.offered_at = at
    session.add(found)
    await session.flush()
    return True


async def record(
    session: AsyncSession, shelf: Shelf, held: H, uploader: Uploader, at: datetime
) -> tuple[H, bool]:
    """The thing once, this person's upload of it once; whether the upload is new.

    Call it when the bytes are in the store. ``Unavailable`` while a sweep may be removing them.
    """
    await session.exec(
        insert(session, shelf.holding)
        .values(**held.model_dump())
        .on_conflict_do_update(index_elements=["sha256"], set_={"offered_at": at})
    )
    # asked after the insert, which waits for a sweep that is just deleting the row
    if await session.get(shelf.leaving, held.sha256) is not None:
        raise Unavailable
    stored = await session.get_one(type(held), held.sha256, populate_existing=True)
    upload = shelf.uploaded(
        county=uploader.county, sha256=held.sha256, user_id=uploader.id, uploaded_at=at
    )
    fresh = await session.exec(
        insert(session, shelf.uploaded)
        .values(**upload.model_dump())
        .on_conflict_do_nothing(index_elements=["sha256", "user_id"])
    )
    if fresh.rowcount != 1:
        return stored, False
    kept = await session.get_one(shelf.uploaded, upload.id)
    await ledger.append(session, kept, "create", uploader.id, at)
    return stored, True


async def visible(
    session: AsyncSession,
    shelf: Shelf,
    sha256: str,
    viewer_id: UUID,
    uses: ColumnElement[bool],
) -> None:
    """``NotFound`` unless the viewer uploaded it, or may see a record that names it.

    ``uses`` is the clause over the shelf's ``use`` that the viewer's scope gives. A record opens
    a thing only if the record's author uploaded its bytes: who merely names a hash learns nothing.
    """
    uploaded, use = shelf.uploaded, shelf.use
    named = (
        select(col(uploaded.id))
        .join(use, col(use.author_id) == col(uploaded.user_id))
        .where(col(uploaded.sha256) == sha256, col(use.sha256) == sha256, uses)
    )
    own = select(col(uploaded.id)).where(
        col(uploaded.sha256) == sha256, col(uploaded.user_id) == viewer_id
    )
    found = await session.exec(select(or_(own.exists(), named.exists())))
    if not found.one():
        raise NotFound


async def lacking(
    session: AsyncSession, shelf: Shelf, author_id: UUID, hashes: Sequence[str]
) -> list[str]:
    """Those of the hashes whose bytes this author has not uploaded, in their order."""
    query = select(col(shelf.uploaded.sha256)).where(
        col(shelf.uploaded.user_id) == author_id, col(shelf.uploaded.sha256).in_(hashes)
    )
    there = set((await session.exec(query)).all()) if hashes else set()
    return [sha256 for sha256 in hashes if sha256 not in there]
