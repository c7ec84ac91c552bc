"""Photos by SHA-256: what the bytes are, who uploaded them, which records name them."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from app.uploads.shelf import Holding, Leaving, Uploaded, Use


class Photo(Holding, table=True):
    """The picture itself, once however many uploaded it. EXIF time and place are read once.

    ``width`` and ``height`` are of the picture as seen, EXIF orientation applied. ``phash64`` and
    ``dhash256`` are hex; null until the worker has computed them, empty where the picture has too
    little contrast to be recognised.
    """

    __tablename__ = "photos"

    size: int
    media_type: str = Field(max_length=16)
    width: int
    height: int
    exif_at: str | None = Field(default=None, max_length=32)
    exif_lat_e7: int | None = None
    exif_lon_e7: int | None = None
    phash64: str | None = Field(default=None, max_length=16)
    dhash256: str | None = Field(default=None, max_length=64)
    stored_at: AwareDatetime


class Upload(Uploaded, table=True):
    """One person's upload of a photo: only it opens the photo to that person's records."""

    __tablename__ = "photo_uploads"
    __table_args__ = (UniqueConstraint("sha256", "user_id"),)
    LEAF: ClassVar = {1: ("id", "sha256", "user_id", "uploaded_at")}

    sha256: str = Field(foreign_key="photos.sha256", max_length=64)
    user_id: UUID = Field(foreign_key="users.id", index=True)


class PhotoUse(Use, table=True):
    """A record names a photo; ``position`` keeps their order. The bytes may arrive later.

    Who sees the record sees the photo: by author, ``day`` and ``village`` as any record; a portrait
    by its ``household_id`` and that household's ``village`` instead.
    """

    __tablename__ = "photo_uses"
    __table_args__ = (Index("ix_photo_uses_village_day", "village", "day"),)

    record_kind: str = Field(max_length=20)
    author_id: UUID = Field(foreign_key="users.id", index=True)
    position: int = Field(default=0)
    day: date
    village: str | None = Field(default=None, max_length=12)
    household_id: UUID | None = Field(default=None, index=True)


class PhotoRemoval(Leaving, table=True):
    """Bytes on their way out of the store: the rows are gone, see ``uploads.sweep``."""

    __tablename__ = "photo_removals"
