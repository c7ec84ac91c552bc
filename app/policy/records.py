"""What the engine is given: every record of one person, already read from wherever it is kept.

Days are civil days in Asia/Shanghai and are *stored* on the record (field ``day``), so that an
evaluation converts no time zone. Times are aware datetimes in any offset. Dates called ``first``
and ``last`` are inclusive; ``last=None`` means open-ended.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

CheckInKind = Literal["presence", "household", "departure"]
RecordState = Literal["counted", "in_review", "not_counted", "withdrawn"]
LeaveKind = Literal["leave", "trip", "training"]


@dataclass(frozen=True, slots=True)
class Post:
    """A posting 派驻: a post kind (``FS``, ``HC`` …) in a unit, from ``first`` to ``last`` inclusive."""

    kind: str
    unit: str
    first: date
    last: date | None = None

    def holds_on(self, day: date) -> bool:
        """True when the posting is valid on this civil day."""
        return self.first <= day and (self.last is None or day <= self.last)

    def takes_in(self, village: str) -> bool:
        """True when the village lies in the posting's unit; division codes contain by prefix (M38)."""
        return village == self.unit or (self.unit.isdigit() and village.startswith(self.unit))


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A check-in 签到. ``at`` is ``captured_at``; ``in_review`` counts until somebody decides."""

    id: str
    kind: CheckInKind
    village: str
    household: str | None
    at: datetime
    received_at: datetime
    day: date
    state: RecordState = "counted"


@dataclass(frozen=True, slots=True)
class Diary:
    """A helper's diary 帮扶日志. A correction names the diary it ``replaces`` and stays one diary."""

    id: str
    work_date: date
    written_at: datetime
    received_at: datetime
    replaces: str | None = None
    state: RecordState = "counted"


@dataclass(frozen=True, slots=True)
class Household:
    """A household paired with the person 帮扶户, and the dates on which its data were completed.

    ``paired_*`` is the pairing, ``active_*`` the time in which the household's status is active
    (M29). A household paired twice is given twice, with the same id. ``plan`` is the day since
    which an active help plan exists.
    """

    id: str
    paired_first: date
    paired_last: date | None = None
    active_first: date | None = None
    active_last: date | None = None
    plan: date | None = None
    portrait: date | None = None
    position: date | None = None

    def is_own_on(self, day: date) -> bool:
        """True when paired and active on this day."""
        paired = self.paired_first <= day and (self.paired_last is None or day <= self.paired_last)
        begun = self.active_first is None or self.active_first <= day
        return paired and begun and (self.active_last is None or day <= self.active_last)


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave, official trip or training outside 请假、公出、培训; recorded, not deducted (M11).

    Any ``state`` but ``approved`` is as if it were not there.
    """

    id: str
    first: date
    last: date
    kind: LeaveKind = "leave"
    state: str = "approved"


@dataclass(frozen=True, slots=True)
class MakeUp:
    """A make-up check-in on paper 补签: proves a stay day once ``approved``, adds no check-in count."""

    id: str
    village: str
    day: date
    state: str = "approved"


@dataclass(frozen=True, slots=True)
class History:
    """All records of one person, in any order; repeated ids are one record (the first received).

    For a period give at least everything of the period and of the day before it: the ten-minute
    rule looks back over midnight.
    """

    posts: tuple[Post, ...]
    check_ins: tuple[CheckIn, ...] = ()
    make_ups: tuple[MakeUp, ...] = ()
    leaves: tuple[Leave, ...] = ()
    diaries: tuple[Diary, ...] = ()
    households: tuple[Household, ...] = ()
