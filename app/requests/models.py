"""Leave 请假、公出、培训 and make-up check-ins 补签, what was decided on them, and by whom."""

from datetime import date
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from app.core.ids import new_id
from app.core.tables import JsonB, Logged, one_of
from app.requests.states import Decision, Place, State

LEAVE, MAKE_UP = "leave", "make_up"


class Kind(StrEnum):
    """Why somebody is not in the village."""

    leave = "leave"  # 请假
    trip = "trip"  # 公出
    training = "training"  # 培训


class Leave(Logged, table=True):
    """An absence asked for, from ``first`` to ``last`` inclusive; only its ``state`` changes.

    ``day`` is the day whose postings of the author say who sees and decides it: the first day, or
    the day of asking where the author held no post on the first. ``decided_at``: last decision.
    """

    __tablename__ = "leave"
    __table_args__ = (
        one_of("kind", Kind),
        one_of("state", State),
        CheckConstraint("first <= last", name="span"),
        Index("ix_leave_author_first", "author_id", "first"),
        Index("ix_leave_state", "state", "received_at"),
    )
    LEAF: ClassVar = {
        1: (
            "id", "county", "author_id", "kind", "first", "last", "reason", "day", "written_at",
            "received_at", "state", "decided_at", "digest",
        )
    }  # fmt: skip

    id: UUID = Field(primary_key=True)
    author_id: UUID = Field(foreign_key="users.id")
    kind: str = Field(max_length=8)
    first: date
    last: date
    reason: str = Field(max_length=1000)
    day: date
    written_at: AwareDatetime | None = None
    received_at: AwareDatetime
    state: str = Field(default=State.submitted.value, max_length=11)
    decided_at: AwareDatetime | None = None
    digest: bytes = Field(max_length=32, sa_type=LargeBinary)


class MakeUp(Logged, table=True):
    """A stay day asked for afterwards, with evidence 补签; only its ``state`` changes."""

    __tablename__ = "make_ups"
    __table_args__ = (
        one_of("state", State),
        Index("ix_make_ups_author_day", "author_id", "day"),
        Index("ix_make_ups_state", "state", "received_at"),
    )
    LEAF: ClassVar = {
        1: (
            "id", "county", "author_id", "day", "village", "reason", "evidence", "written_at",
            "received_at", "state", "decided_at", "digest",
        )
    }  # fmt: skip

    id: UUID = Field(primary_key=True)
    author_id: UUID = Field(foreign_key="users.id")
    day: date
    village: str = Field(foreign_key="units.code", max_length=12, index=True)
    reason: str = Field(max_length=1000)
    evidence: list[Any] = Field(default_factory=list, sa_type=JsonB)
    written_at: AwareDatetime | None = None
    received_at: AwareDatetime
    state: str = Field(default=State.submitted.value, max_length=11)
    decided_at: AwareDatetime | None = None
    digest: bytes = Field(max_length=32, sa_type=LargeBinary)


class RequestDecision(Logged, table=True):
    """What the township or the county said to a request; one word of each place. Never changed.

    ``marks`` are the codes of what the program pointed out to the approver at that moment.
    """

    __tablename__ = "request_decisions"
    __table_args__ = (
        UniqueConstraint("request_kind", "request_id", "place"),
        one_of("place", Place),
        one_of("decision", Decision),
    )
    LEAF: ClassVar = {
        1: (
            "id", "county", "request_kind", "request_id", "place", "decision", "reason", "marks",
            "by_id", "decided_at",
        )
    }  # fmt: skip

    id: UUID = Field(default_factory=new_id, primary_key=True)
    request_kind: str = Field(max_length=20)
    request_id: UUID = Field(index=True)
    place: str = Field(max_length=8)
    decision: str = Field(max_length=7)
    reason: str = Field(max_length=1000)
    marks: list[Any] = Field(default_factory=list, sa_type=JsonB)
    by_id: UUID = Field(foreign_key="users.id")
    decided_at: AwareDatetime


class RequestWithdrawal(Logged, table=True):
    """Its author takes a request back 撤回 before it is decided; it is kept."""

    __tablename__ = "request_withdrawals"
    __table_args__ = (UniqueConstraint("request_kind", "request_id"),)
    LEAF: ClassVar = {
        1: ("id", "county", "request_kind", "request_id", "author_id", "reason", "withdrawn_at")
    }

    id: UUID = Field(default_factory=new_id, primary_key=True)
    request_kind: str = Field(max_length=20)
    request_id: UUID
    author_id: UUID = Field(foreign_key="users.id")
    reason: str = Field(max_length=200)
    withdrawn_at: AwareDatetime


class LeaveReturn(Logged, table=True):
    """The author is back before an approved leave ends 提前销假: it ends on the day before.

    Nobody's consent is asked: it only takes days off one's own excuse.
    """

    __tablename__ = "leave_returns"
    LEAF: ClassVar = {1: ("leave_id", "county", "author_id", "back_on", "returned_at")}

    leave_id: UUID = Field(primary_key=True, foreign_key="leave.id")
    author_id: UUID = Field(foreign_key="users.id")
    back_on: date
    returned_at: AwareDatetime
