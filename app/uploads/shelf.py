"""What every shelf of uploaded bytes has in common: four tables and where the store keeps it."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from pydantic import AwareDatetime
from sqlmodel import Field

from app.core.ids import new_id
from app.core.tables import Logged, Row, Table


class Holding(Table):
    """The bytes, once however many uploaded them; ``offered_at`` is when anyone last did."""

    sha256: str = Field(primary_key=True, max_length=64)
    offered_at: AwareDatetime = Field(index=True)


class Uploaded(Logged):
    """One person's upload of these bytes: only it opens them to that person's records."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    sha256: str
    user_id: UUID
    uploaded_at: AwareDatetime


class Use(Row):
    """A record of ``author_id`` names these bytes."""

    record_id: UUID = Field(primary_key=True)
    sha256: str = Field(primary_key=True, max_length=64, index=True)
    author_id: UUID


class Leaving(Table):
    """Bytes on their way out of the store: the rows are gone, see ``uploads.sweep``."""

    sha256: str = Field(primary_key=True, max_length=64)
    removed_at: AwareDatetime


@dataclass(frozen=True, slots=True)
class Shelf:
    """A kind of uploads: its tables, and the store's keys of one of its things."""

    holding: type[Holding]
    uploaded: type[Uploaded]
    use: type[Use]
    leaving: type[Leaving]
    keys: Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Uploader:
    """Who uploads, and the county whose log tells of it."""

    id: UUID
    county: str
