"""What the engine is given: every record of one person or organisation, read from wherever it is kept.

Days are civil days in Asia/Shanghai and are *stored* on the record (field ``day``), so that an
evaluation converts no time zone. Times are aware datetimes in any offset. Dates called ``first``
and ``last`` are inclusive; ``last=None`` means open-ended.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from app.policy.calendar import Calendar, national

CheckInKind = Literal["presence", "household", "departure"]
RecordState = Literal["counted", "in_review", "not_counted", "withdrawn"]
LeaveKind = Literal["leave", "trip", "training"]
#: states of a leave or make-up on which somebody has still to decide
WAITING = frozenset({"pending", "submitted", "with_county"})
SubmissionState = Literal["draft", "submitted", "returned", "accepted", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Post:
    """A posting 派驻: a post kind (``FS``, ``HC`` …) in a unit, from ``first`` to ``last`` inclusive.

    For an organisation ``kind`` is the kind of subject (``helper_unit`` …) and ``unit`` the village
    or unit it serves.
    """

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
    """A check-in 签到. ``at`` is ``captured_at``; ``in_review`` counts until somebody decides.

    ``poor``: the household visited is a registered poor one 建档立卡贫困户; without a household it
    says nothing.
    """

    id: str
    kind: CheckInKind
    village: str
    household: str | None
    at: datetime
    received_at: datetime
    day: date
    state: RecordState = "counted"
    poor: bool = True


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
class Span:
    """Civil days from ``first`` to ``last`` inclusive; ``last`` None = open-ended."""

    first: date
    last: date | None = None

    def holds_on(self, day: date) -> bool:
        """True when the day lies inside."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Household:
    """A household paired with the person 帮扶户, and the dates on which its data were completed.

    ``paired_*`` is the pairing, ``active_*`` the time in which the household's status is active
    (M29). A household paired twice is given twice, with the same id. ``plan`` is the day since
    which an active help plan exists. In the history of a village every household is its own
    (``paired_first`` = date.min); ``helpers`` are the times in which it has a helper.
    """

    id: str
    paired_first: date
    paired_last: date | None = None
    active_first: date | None = None
    active_last: date | None = None
    plan: date | None = None
    portrait: date | None = None
    position: date | None = None
    poor: bool = True
    helpers: tuple[Span, ...] = ()
    income_plan: date | None = None
    project: date | None = None

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
    """A make-up check-in on paper 补签: proves a stay day once ``approved``, adds no check-in count.

    Any other ``state`` counts as if it were not there; one of ``WAITING`` is told apart in words.
    """

    id: str
    village: str
    day: date
    state: str = "approved"


@dataclass(frozen=True, slots=True)
class Submission:
    """Something handed in 报送 by its kind (vocabulary), for a period (``for_period`` is its key).

    A later version names the one it ``replaces``. ``village`` is the one it is about, None = the
    subject's own; ``event`` is the id of the activity or the check-in it answers.
    """

    id: str
    kind: str
    for_period: str
    village: str | None
    written_at: datetime
    received_at: datetime
    replaces: str | None = None
    state: SubmissionState = "submitted"
    accepted_on: date | None = None
    event: str | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """A meeting, party-life event, training or visit 活动 that binds the subject.

    ``village`` is where it was held, None = unknown. ``attendances`` are person-times 人次 (M47),
    guests included; ``reports`` the units that reported at it, None = not recorded.
    """

    id: str
    kind: str
    day: date
    village: str | None
    attendances: int
    reports: int | None
    received_at: datetime
    state: RecordState = "counted"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number reported 上报数据, by its name (vocabulary) and the day it is about."""

    id: str
    name: str
    day: date
    amount: int | float
    received_at: datetime
    state: RecordState = "counted"


@dataclass(frozen=True, slots=True)
class Account:
    """The account of one posting in the unit: when it was opened 开通 and the days it was used 使用.

    ``opened`` = first sign-in with a bound device; ``used`` = days with a check-in, a diary or a
    visit (M37).
    """

    person: str
    kind: str
    unit: str
    first: date
    last: date | None = None
    opened: date | None = None
    used: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody posted in the subject's unit."""

    person: str
    kind: str
    unit: str
    first: date
    last: date | None = None


@dataclass(frozen=True, slots=True)
class History:
    """All records of one person or organisation, in any order.

    Repeated ids are one record (the first received). For a period give at least everything of the
    period and of the day before it: the ten-minute rule looks back over midnight. Submissions are
    given with all versions of their chain; figures back to the last one of each name.
    ``unrecorded`` names what a coverage rule may ask and nobody records yet (``project`` …).
    """

    posts: tuple[Post, ...]
    check_ins: tuple[CheckIn, ...] = ()
    make_ups: tuple[MakeUp, ...] = ()
    leaves: tuple[Leave, ...] = ()
    diaries: tuple[Diary, ...] = ()
    households: tuple[Household, ...] = ()
    submissions: tuple[Submission, ...] = ()
    activities: tuple[Activity, ...] = ()
    figures: tuple[Figure, ...] = ()
    accounts: tuple[Account, ...] = ()
    staff: tuple[Staff, ...] = ()
    workdays: Calendar = field(default_factory=national)
    unrecorded: frozenset[str] = frozenset()
