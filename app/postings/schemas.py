"""What administrators send and get back for postings."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core.wire import Span, UnitCode
from app.postings.models import Post

EXAMPLE: dict[str, Any] = {
    "person": "019aa2b0-0000-7000-8000-000000000001",
    "unit": "360321101201",
    "kind": "FS",
    "from": "2026-07-01",
    "to": None,
    "reason": "县委组织部 2026 年第 12 号文选派",
}


class PersonOut(BaseModel):
    """A person by id and name."""

    id: UUID
    name: str


class PostingIn(Span):
    """A post: who, where, which, from when to when, and why."""

    model_config = ConfigDict(
        extra="forbid", populate_by_name=True, json_schema_extra={"examples": [EXAMPLE]}
    )

    person: UUID
    unit: UnitCode
    kind: Post
    reason: str = Field(default="", max_length=200, description="依据,例如文件名和文号")


class PostingOut(BaseModel):
    """A posting as it stands."""

    id: UUID
    person: PersonOut
    unit: str
    unit_name: str
    kind: Post
    since: date = Field(serialization_alias="from")
    until: date | None = Field(serialization_alias="to")
    reason: str
    county: str
    rev: int = Field(description="第几版;每次更改加一,并记入日志")
