"""Flags 疑点 with what their authors and reviewers said; checks that were silenced."""

from datetime import date
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID, uuid5

from pydantic import AwareDatetime
from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from app.core.ids import new_id
from app.core.tables import JsonB, Logged, one_of
from app.reviews.states import DECISIONS, State

_FLAGS = UUID("5f0c1a52-3d0e-5b1a-9a57-0c9f4d2f7e11")


class Weighing(StrEnum):
    """How much a check's finding says; a low one never puts a record into review."""

    low = "low"
    medium = "medium"
    high = "high"


def flag_id(record_kind: str, record_id: UUID, code: str) -> UUID:
    """The id of this check's flag on this record: the same wherever and whenever it is raised."""
    return uuid5(_FLAGS, f"{record_kind}:{record_id}:{code}")


class Flag(Logged, table=True):
    """A check's finding on a record. ``state`` moves as in ``states``; the rest never changes.

    ``author_id``, ``day`` and ``village`` are the record's, so that who sees the record sees the
    flag. ``decided_at`` is the moment of the decision that holds now. A silent flag is only
    counted: it is put before nobody and changes nothing.
    """

    __tablename__ = "flags"
    __table_args__ = (
        UniqueConstraint("record_kind", "record_id", "code"),
        one_of("weight", Weighing),
        one_of("state", State),
        Index("ix_flags_author_day", "author_id", "day"),
        Index("ix_flags_record", "record_id"),
        Index("ix_flags_state_raised", "state", "raised_at"),
        Index("ix_flags_county_code", "county", "code"),
    )
    LEAF: ClassVar = {
        1: (
            "id", "county", "record_kind", "record_id", "author_id", "day", "village", "code",
            "weight", "evidence", "silent", "raised_at", "state", "decided_at",
        )
    }  # fmt: skip

    id: UUID = Field(primary_key=True)
    record_kind: str = Field(max_length=20)
    record_id: UUID
    author_id: UUID = Field(foreign_key="users.id")
    day: date
    village: str | None = Field(default=None, max_length=12)
    code: str = Field(max_length=32)
    weight: str = Field(max_length=6)
    evidence: dict[str, Any] = Field(default_factory=dict, sa_type=JsonB)
    silent: bool = False
    raised_at: AwareDatetime
    state: str = Field(max_length=14)
    decided_at: AwareDatetime | None = None


class FlagAnswer(Logged, table=True):
    """What the author says to a flag 说明, with photos; any number of times, never changed."""

    __tablename__ = "flag_answers"
    LEAF: ClassVar = {1: ("id", "flag_id", "author_id", "text", "photos", "said_at")}

    id: UUID = Field(default_factory=new_id, primary_key=True)
    flag_id: UUID = Field(foreign_key="flags.id", index=True)
    author_id: UUID = Field(foreign_key="users.id")
    text: str = Field(max_length=2000)
    photos: list[str] = Field(default_factory=list, sa_type=JsonB)
    said_at: AwareDatetime


class FlagDecision(Logged, table=True):
    """One reviewer's word 复核意见. ``round`` 0 is the first review, 1 the appeal.

    ``place`` is 1 or 2: a decision against the author takes two different people in round 0.
    """

    __tablename__ = "flag_decisions"
    __table_args__ = (
        UniqueConstraint("flag_id", "round", "place"),
        CheckConstraint("round IN (0, 1)", name="round"),
        CheckConstraint("place IN (1, 2)", name="place"),
        CheckConstraint(
            f"decision IN ({', '.join(repr(str(each)) for each in DECISIONS)})", name="decision"
        ),
    )
    LEAF: ClassVar = {
        1: ("id", "flag_id", "round", "place", "decision", "reason", "decided_by", "decided_at")
    }

    id: UUID = Field(default_factory=new_id, primary_key=True)
    flag_id: UUID = Field(foreign_key="flags.id")
    round: int
    place: int
    decision: str = Field(max_length=16)
    reason: str = Field(max_length=1000)
    decided_by: UUID = Field(foreign_key="users.id")
    decided_at: AwareDatetime


class FlagAppeal(Logged, table=True):
    """The author objects 申诉 to a decision against them, once."""

    __tablename__ = "flag_appeals"
    LEAF: ClassVar = {1: ("flag_id", "author_id", "text", "photos", "said_at")}

    flag_id: UUID = Field(primary_key=True, foreign_key="flags.id")
    author_id: UUID = Field(foreign_key="users.id")
    text: str = Field(max_length=2000)
    photos: list[str] = Field(default_factory=list, sa_type=JsonB)
    said_at: AwareDatetime


class CheckSilence(Logged, table=True):
    """A check only counts in this unit, from ``since`` until somebody gives it its voice back.

    ``by_id`` and ``ended_by_id`` are null where the house itself did it, for want of precision.
    """

    __tablename__ = "check_silences"
    __table_args__ = (Index("ix_check_silences_code_unit", "code", "unit"),)
    LEAF: ClassVar = {
        1: (
            "id", "unit", "code", "reason", "by_id", "since", "ended_at", "ended_by_id",
            "ended_reason",
        )
    }  # fmt: skip

    id: UUID = Field(default_factory=new_id, primary_key=True)
    unit: str = Field(foreign_key="units.code", max_length=12)
    code: str = Field(max_length=32)
    reason: str = Field(max_length=500)
    by_id: UUID | None = Field(default=None, foreign_key="users.id")
    since: AwareDatetime
    ended_at: AwareDatetime | None = None
    ended_by_id: UUID | None = Field(default=None, foreign_key="users.id")
    ended_reason: str | None = Field(default=None, max_length=500)
