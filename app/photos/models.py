"""Photos by SHA-256: what the bytes are, who uploaded them, which records name them."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from app.core.ids import new_id
from app.core.tables import Logged, Row, Table


class Photo(Table, table=True):
    """The picture itself, once however many uploaded it. EXIF time and place are read once.

    ``width`` and ``height`` are of the picture as seen, EXIF orientation applied. ``offered_at``
    is the last time that anyone uploaded it.
    """

    __tablename__ = "photos"

    sha256: str = Field(primary_key=True, max_length=64)
    size: int
    media_type: str = Field(max_length=16)
    width: int
    height: int
    exif_at: str | None = Field(default=None, max_length=32)
    exif_lat_e7: int | None = None
    exif_lon_e7: int | None = None
    stored_at: AwareDatetime
    offered_at: AwareDatetime = Field(index=True)


class Upload(Logged, table=True):
    """One person's upload of a photo: only it opens the photo to that person's records."""

    __tablename__ = "photo_uploads"
    __table_args__ = (UniqueConstraint("sha256", "user_id"),)
    LEAF: ClassVar = {1: ("id", "sha256", "user_id", "uploaded_at")}

    id: UUID = Field(default_factory=new_id, primary_key=True)
    sha256: str = Field(foreign_key="photos.sha256", max_length=64)
    user_id: UUID = Field(foreign_key="users.id", index=True)
    uploaded_at: AwareDatetime


class PhotoUse(Row, table=True):
    """A record names a photo; ``position`` keeps their order. The bytes may arrive later.

    Who sees the record sees the photo: by author, ``day`` and ``village`` as any record; a portrait
    by its ``household_id`` and that household's ``village`` instead.
    """

    __tablename__ = "photo_uses"

    record_id: UUID = Field(primary_key=True)
    sha256: str = Field(primary_key=True, max_length=64, index=True)
    record_kind: str = Field(max_length=20)
    author_id: UUID = Field(foreign_key="users.id", index=True)
    position: int = Field(default=0)
    day: date
    village: str | None = Field(default=None, max_length=12)
    household_id: UUID | None = Field(default=None, index=True)


class PhotoRemoval(Table, table=True):
    """Bytes on their way out of the store: the rows are gone, see ``photos.sweep``."""

    __tablename__ = "photo_removals"

    sha256: str = Field(primary_key=True, max_length=64)
    removed_at: AwareDatetime
