"""Photos in the database: who uploaded what and who may see it (``naming``: who names it)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.db import insert
from app.core.errors import NotFound, Unavailable
from app.core.prebuilt import Direct, Statement
from app.ledger import service as ledger
from app.photos.errors import TooManyPhotos
from app.photos.models import Photo, PhotoRemoval, PhotoUse, Upload


@dataclass(frozen=True, slots=True)
class Uploader:
    """Who uploads, and the county whose log tells of it."""

    id: UUID
    county: str


async def known(session: AsyncSession, sha256: str) -> Photo | None:
    """The photo, if anybody has uploaded it."""
    return await session.get(Photo, sha256)


_SHARE = Statement(
    select(func.count(col(Upload.id)).label("uploaded")).where(
        col(Upload.user_id) == bindparam("user"), col(Upload.uploaded_at) >= bindparam("since")
    )
)


async def check_share(direct: Direct, user_id: UUID, since: datetime, most: int) -> None:
    """``TooManyPhotos`` when the user has uploaded ``most`` new photos since then."""
    found = await direct.row(_SHARE, user=user_id, since=since)
    if found is not None and found["uploaded"] >= most:
        raise TooManyPhotos


async def touch(session: AsyncSession, sha256: str, at: datetime) -> bool:
    """Note that the photo is wanted again, so that no sweep takes it; whether it is still there."""
    photo = await session.get(Photo, sha256)
    if photo is None:
        return False
    photo.offered_at = at
    session.add(photo)
    await session.flush()
    return True


async def record(
    session: AsyncSession, photo: Photo, uploader: Uploader, at: datetime
) -> tuple[Photo, bool]:
    """The photo once, this person's upload of it once; whether the upload is new.

    Call it when the bytes are in the store. ``Unavailable`` while a sweep may be removing them.
    """
    await session.exec(
        insert(session, Photo)
        .values(**photo.model_dump())
        .on_conflict_do_update(index_elements=["sha256"], set_={"offered_at": at})
    )
    # asked after the insert, which waits for a sweep that is just deleting the row
    if await session.get(PhotoRemoval, photo.sha256) is not None:
        raise Unavailable
    stored = await session.get_one(Photo, photo.sha256, populate_existing=True)
    upload = Upload(
        county=uploader.county, sha256=photo.sha256, user_id=uploader.id, uploaded_at=at
    )
    fresh = await session.exec(
        insert(session, Upload)
        .values(**upload.model_dump())
        .on_conflict_do_nothing(index_elements=["sha256", "user_id"])
    )
    if fresh.rowcount != 1:
        return stored, False
    kept = await session.get_one(Upload, upload.id)
    await ledger.append(session, kept, "create", uploader.id, at)
    return stored, True


async def visible(
    session: AsyncSession, sha256: str, viewer_id: UUID, uses: ColumnElement[bool]
) -> None:
    """``NotFound`` unless the viewer uploaded the photo, or may see a record that names it.

    ``uses`` is the clause over ``PhotoUse`` that the viewer's scope gives. A record opens a photo
    only if the record's author uploaded its bytes: who merely names a hash learns nothing.
    """
    named = (
        select(col(Upload.id))
        .join(PhotoUse, col(PhotoUse.author_id) == col(Upload.user_id))
        .where(col(Upload.sha256) == sha256, col(PhotoUse.sha256) == sha256, uses)
    )
    own = select(col(Upload.id)).where(
        col(Upload.sha256) == sha256, col(Upload.user_id) == viewer_id
    )
    found = await session.exec(select(or_(own.exists(), named.exists())))
    if not found.one():
        raise NotFound
