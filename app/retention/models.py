"""Orders to erase: who ordered it and why, and how many rows went; never whose name it was."""

from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime
from sqlmodel import Field

from app.core.ids import new_id
from app.core.tables import JsonB, Logged, one_of


class Subject(StrEnum):
    """Who is erased."""

    person = "person"
    member = "member"


class Erasure(Logged, table=True):
    """A person or a household member was erased 删除个人信息.

    ``subject`` is the id that stays behind without a name. ``rows`` says of each table how many
    rows were removed, ``blanked`` of how many only the personal columns; ``objects`` how many
    stored files went.
    """

    __tablename__ = "erasures"
    __table_args__ = (one_of("subject_kind", Subject),)
    LEAF: ClassVar = {
        1: (
            "id", "county", "subject_kind", "subject", "reason", "ordered_by", "rows", "blanked",
            "objects", "erased_at",
        )
    }  # fmt: skip

    id: UUID = Field(default_factory=new_id, primary_key=True)
    subject_kind: str = Field(max_length=8)
    subject: UUID = Field(index=True)
    reason: str = Field(max_length=500)
    ordered_by: str = Field(max_length=200)
    rows: dict[str, Any] = Field(default_factory=dict, sa_type=JsonB)
    blanked: dict[str, Any] = Field(default_factory=dict, sa_type=JsonB)
    objects: int
    erased_at: AwareDatetime
