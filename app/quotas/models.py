"""Which pack is in force where, on what basis."""

from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime
from sqlmodel import Field

from app.core.ids import new_id
from app.core.tables import JsonB, Logged


class Adoption(Logged, table=True):
    """A unit adopts a pack 政策包启用 for its subtree; without one no rule is in force."""

    __tablename__ = "adoptions"
    LEAF: ClassVar = {
        1: (
            "id",
            "unit",
            "pack",
            "version",
            "basis",
            "settings",
            "adopted_by",
            "adopted_at",
            "since",
            "until",
        )
    }

    id: UUID = Field(default_factory=new_id, primary_key=True)
    unit: str = Field(foreign_key="units.code", max_length=12, index=True)
    pack: str = Field(max_length=64)
    version: str = Field(max_length=16)
    basis: str = Field(max_length=500)
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=JsonB)
    adopted_by: str = Field(max_length=64)
    adopted_at: AwareDatetime
    since: date | None = None
    until: date | None = None
