"""A submission or figure names its attachments; each may be a document or a photo, and come later."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.db import insert
from app.photos.models import Photo, Upload
from app.photos.naming import Naming, name_photos_in
from app.submissions.models import File, FileUpload, FileUse
from app.submissions.schemas import AttachedOut


@dataclass(frozen=True, slots=True)
class Named:
    """The record that names attachments."""

    record_kind: str
    record_id: UUID
    county: str
    author_id: UUID


async def name_in(session: AsyncSession, named: Named, day: date, hashes: Sequence[str]) -> None:
    """Name them as both: what the bytes are is known only when they have come."""
    await name_photos_in(session, Naming(**asdict(named), day=day), hashes)
    for sha256 in hashes:
        await session.exec(
            insert(session, FileUse).values(**asdict(named), sha256=sha256).on_conflict_do_nothing()
        )


async def attached(
    session: AsyncSession, author_id: UUID, hashes: Sequence[str]
) -> list[AttachedOut]:
    """What has arrived of these, uploaded by the record's author."""
    if not hashes:
        return []
    files = select(col(File.sha256), col(File.media_type), col(File.size)).join(
        FileUpload, col(FileUpload.sha256) == col(File.sha256)
    )
    files = files.where(col(FileUpload.user_id) == author_id, col(File.sha256).in_(hashes))
    photos = select(col(Photo.sha256), col(Photo.media_type), col(Photo.size)).join(
        Upload, col(Upload.sha256) == col(Photo.sha256)
    )
    photos = photos.where(col(Upload.user_id) == author_id, col(Photo.sha256).in_(hashes))
    found = {
        sha256: AttachedOut(sha256=sha256, held_as="photo", media_type=kind, size=size)
        for sha256, kind, size in (await session.exec(photos)).all()
    }
    for sha256, kind, size in (await session.exec(files)).all():
        found[sha256] = AttachedOut(sha256=sha256, held_as="file", media_type=kind, size=size)
    return [
        found.get(sha256) or AttachedOut(sha256=sha256, held_as=None, media_type=None, size=None)
        for sha256 in hashes
    ]
