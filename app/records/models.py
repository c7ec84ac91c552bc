"""Bodies kept with a 409: two phones wrote different things under one id."""

from typing import Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import Index, LargeBinary
from sqlmodel import Field

from app.core.ids import new_id
from app.core.tables import JsonB, Logged


class Conflict(Logged, table=True):
    """A body that came with an id already taken by another body of the same author."""

    __tablename__ = "conflicts"
    __table_args__ = (Index("ix_conflicts_record", "record_id", "digest", unique=True),)
    LEAF: ClassVar = {1: ("id", "record_kind", "record_id", "author_id", "received_at", "digest")}

    id: UUID = Field(default_factory=new_id, primary_key=True)
    record_kind: str = Field(max_length=20)
    record_id: UUID
    author_id: UUID = Field(foreign_key="users.id", index=True)
    body: dict[str, Any] = Field(sa_type=JsonB)
    received_at: AwareDatetime
    digest: bytes = Field(max_length=32, sa_type=LargeBinary)
