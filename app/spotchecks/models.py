"""Spot checks 抽查: announced with their seed, drawn later, each stay day asked about once."""

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID, uuid5

from pydantic import AwareDatetime
from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field

from app.core.ids import new_id
from app.core.tables import Logged, Row

_ITEMS = UUID("0b9d64de-6b0f-5f3c-8a41-5c1d0e7a9f21")


class Way(StrEnum):
    """How somebody was asked."""

    phone = "phone"
    visit = "visit"


class Found(StrEnum):
    """What was found: as recorded, otherwise, or nobody could be asked."""

    agrees = "agrees"
    differs = "differs"
    unreachable = "unreachable"


def item_id(spot_check: UUID, told: str) -> UUID:
    """The id of a drawn stay day: the same however often the draw is repeated."""
    return uuid5(_ITEMS, f"{spot_check} {told}")


class SpotCheck(Logged, table=True):
    """One announcement per unit and month; those of units above and below stand beside it.

    Each has its own seed and its own list, and nobody announces two for the same days.

    The log commits to the seed before anything is drawn; nobody is shown it until then.

    ``list_digest`` is the SHA-256 (hex) of the list that was drawn from; see ``drawing``.
    """

    __tablename__ = "spot_checks"
    __table_args__ = (
        UniqueConstraint("unit", "month"),
        CheckConstraint("share_percent BETWEEN 1 AND 100", name="share_percent"),
    )
    LEAF: ClassVar = {
        1: (
            "id", "county", "unit", "month", "share_percent", "seed", "announced_by",
            "announced_at", "drawn_by", "drawn_at", "population", "list_digest",
        )
    }  # fmt: skip

    id: UUID = Field(default_factory=new_id, primary_key=True)
    unit: str = Field(foreign_key="units.code", max_length=12)
    month: str = Field(max_length=7)
    share_percent: int
    seed: str = Field(max_length=64)
    announced_by: UUID = Field(foreign_key="users.id")
    announced_at: AwareDatetime
    drawn_by: UUID | None = Field(default=None, foreign_key="users.id")
    drawn_at: AwareDatetime | None = None
    population: int | None = None
    list_digest: str | None = Field(default=None, max_length=64)


class SpotCheckList(Row, table=True):
    """The list that was drawn from, word for word; its digest is in the spot check's leaf."""

    __tablename__ = "spot_check_lists"

    spot_check_id: UUID = Field(primary_key=True, foreign_key="spot_checks.id")
    lines: str = Field(sa_type=Text)


class SpotCheckItem(Logged, table=True):
    """A stay day that was drawn, and what was found; found once, by one reviewer."""

    __tablename__ = "spot_check_items"
    __table_args__ = (
        UniqueConstraint("spot_check_id", "position"),
        CheckConstraint("way IN ('phone', 'visit')", name="way"),
        CheckConstraint("found IN ('agrees', 'differs', 'unreachable')", name="found"),
    )
    LEAF: ClassVar = {
        1: (
            "id", "county", "spot_check_id", "position", "person_id", "village", "day", "way",
            "found", "note", "recorded_by", "recorded_at",
        )
    }  # fmt: skip

    id: UUID = Field(primary_key=True)
    spot_check_id: UUID = Field(foreign_key="spot_checks.id")
    position: int
    person_id: UUID = Field(foreign_key="users.id", index=True)
    village: str = Field(foreign_key="units.code", max_length=12)
    day: date
    way: str | None = Field(default=None, max_length=5)
    found: str | None = Field(default=None, max_length=11)
    note: str | None = Field(default=None, max_length=500)
    recorded_by: UUID | None = Field(default=None, foreign_key="users.id")
    recorded_at: AwareDatetime | None = None
