"""Check-ins 签到 and their withdrawals."""

from datetime import date
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field

from app.core.tables import JsonB, Logged, one_of
from app.org.geofence import Place as Place  # part of this table's vocabulary


class Kind(StrEnum):
    """presence = I am in my village; household = I visit this one; departure = the last of a stay."""

    presence = "presence"
    household = "household"
    departure = "departure"


class TimeState(StrEnum):
    """How well the day of a record is known, see ``checkins.timing``."""

    proven = "proven"
    claimed = "claimed"
    unproven = "unproven"


_FIRST = (
    "id", "county", "person_id", "kind", "village", "household_id", "day", "captured_at",
    "received_at", "lat_e7", "lon_e7", "accuracy_mm", "datum", "fixed_at",
    "no_fix_reason", "place", "distance_m", "photos", "note", "digest",
)  # fmt: skip
_TIME = ("clock", "client", "device_id", "time_state", "time_from", "time_to")


class CheckIn(Logged, table=True):
    """One tap. Never changed: a withdrawal is a row of its own.

    ``day`` is the civil day in Asia/Shanghai that ``checkins.timing`` found, stored so that
    counting needs no conversion. Coordinates are WGS-84 in 1e-7 degree, ``datum`` tells what the
    phone sent. ``clock`` is the body's, with the header ``X-Phone-Clock`` as ``sent_at``;
    ``client`` holds what else the phone said of itself, in whole numbers. ``time_from`` is null
    where nothing bounds the time from below, ``time_to`` in rows older than the column.
    """

    __tablename__ = "check_ins"
    __table_args__ = (
        one_of("kind", Kind),
        one_of("place", Place),
        one_of("time_state", TimeState),
        Index("ix_check_ins_person_day", "person_id", "day"),
        Index("ix_check_ins_device_id_day", "device_id", "day"),
    )
    LEAF: ClassVar = {1: _FIRST, 2: (*_FIRST, *_TIME)}

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="users.id")
    kind: str = Field(max_length=9)
    village: str = Field(foreign_key="units.code", max_length=12, index=True)
    household_id: UUID | None = Field(default=None, foreign_key="households.id", index=True)
    day: date
    captured_at: AwareDatetime
    received_at: AwareDatetime
    lat_e7: int | None = None
    lon_e7: int | None = None
    accuracy_mm: int | None = Field(default=None, sa_type=BigInteger)
    datum: str | None = Field(default=None, max_length=5)
    fixed_at: AwareDatetime | None = None
    no_fix_reason: str | None = Field(default=None, max_length=11)
    place: str = Field(max_length=7)
    distance_m: int | None = None
    photos: list[str] = Field(default_factory=list, sa_type=JsonB)
    note: str = Field(default="", max_length=1000)
    client: dict[str, Any] | None = Field(default=None, sa_type=JsonB)
    clock: dict[str, Any] | None = Field(default=None, sa_type=JsonB)
    device_id: str | None = Field(default=None, max_length=64)
    time_state: str = Field(
        default=TimeState.unproven.value,
        max_length=8,
        sa_column_kwargs={"server_default": TimeState.unproven.value},
    )
    time_from: AwareDatetime | None = None
    time_to: AwareDatetime | None = None
    digest: bytes = Field(max_length=32, sa_type=LargeBinary)


class Withdrawal(Logged, table=True):
    """The author takes a check-in back 撤回, with a reason; it is kept and counts no more."""

    __tablename__ = "withdrawals"
    LEAF: ClassVar = {1: ("check_in_id", "author_id", "reason", "withdrawn_at")}

    check_in_id: UUID = Field(primary_key=True, foreign_key="check_ins.id")
    author_id: UUID = Field(foreign_key="users.id")
    reason: str = Field(max_length=200)
    withdrawn_at: AwareDatetime
