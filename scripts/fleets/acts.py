"""What people do (the truth), and what their phones send of it (the record)."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.checkins.schemas import CheckInIn
from app.core.geo import Point
from app.diaries.schemas import DiaryIn


@dataclass(frozen=True)
class Shot:
    """A picture: a view of ``scene`` under dice of ``seed``, then what was done to it.

    ``done`` are the steps of ``pictures.changed``, ``exif`` time, latitude and longitude.
    """

    scene: str
    seed: int
    done: tuple[tuple[str, float], ...] = ()
    exif: tuple[str, float | None, float | None] | None = None


@dataclass(frozen=True)
class Mock:
    """A position that the phone is told to report."""

    lat: float
    lon: float
    accuracy_m: float


@dataclass(frozen=True)
class Trick:
    """The phone's date is set back by this much for one tap, in this order (see parameters)."""

    back_days: int
    order: str
    opened_before: bool


@dataclass
class Look:
    """One tap as it truly happens: who, where, when, on which phone."""

    person: int
    at: datetime
    point: Point
    village: str
    kind: str = "presence"
    household: UUID | None = None
    indoors: bool = False
    phone: int = -1
    photos: list[Shot] = field(default_factory=list)
    late_photos: float = 0.0
    note: str = ""
    mock: Mock | None = None
    trick: Trick | None = None
    cheat: str = ""
    id: UUID | None = None

    @property
    def day(self) -> date:
        """The civil day on which it truly happens."""
        return self.at.date()

    @property
    def claimed(self) -> date:
        """The day that it is meant to fill: another one where the date was set back."""
        return self.day - timedelta(days=self.trick.back_days if self.trick else 0)


@dataclass
class Page:
    """A diary as its author writes it in the evening."""

    person: int
    day: date
    at: datetime
    text: str
    photos: list[Shot]
    looks: list[Look]
    cheat: str = ""
    id: UUID | None = None


@dataclass(frozen=True)
class Sent:
    """What reaches the service, when, from whom, on which device."""

    received_at: datetime
    person: int
    device: str
    id: UUID
    body: CheckInIn | DiaryIn
    phone_now: datetime
    truth: Look | Page
    again: bool = False


@dataclass(frozen=True)
class Uploaded:
    """The bytes of a picture reach the service."""

    received_at: datetime
    person: int
    shot: Shot


Event = Sent | Uploaded
Told = dict[str, Any]
