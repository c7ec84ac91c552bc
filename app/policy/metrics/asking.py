"""What a metric is asked and answers, and what all metrics read the same way."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Protocol, TypeVar

from app.policy.calendar import Calendar
from app.policy.deadlines import rolled
from app.policy.interpretation import Interpretation
from app.policy.pack import DatedValue, ParameterValue, Rule
from app.policy.periods import Period
from app.policy.records import CheckIn, Post
from app.policy.sentences import REASONS, why_late
from app.policy.standing import CountedDay, NotCounted

_REFUSED = {"withdrawn": "withdrawn", "not_counted": "decided"}


@dataclass(frozen=True, slots=True)
class Ask:
    """What a metric is asked: the rule, the window of days, as of when, and how to read it.

    ``posts`` are the postings that the rule binds; ``due`` is the last day on which something is
    still on time; records received after ``at`` are not known yet. ``value`` is the threshold of
    the period, for metrics that compare several numbers; ``assumed`` are days as if spent in the
    village.
    """

    rule: Rule
    value: DatedValue
    period: Period
    first: date
    last: date
    on: date
    at: datetime
    due: date | None
    posts: tuple[Post, ...]
    reading: Interpretation
    calendar: Calendar
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    assumed: Collection[date] = ()

    @property
    def seen_until(self) -> date:
        """The last day of the window that has come."""
        return min(self.last, self.on)

    def with_due(self, due: date) -> "Ask":
        """The same question with the due day that the records gave."""
        return replace(self, due=due)

    def roll(self, day: date) -> date:
        """The due day as the rule rolls it; raises `CalendarMissing`."""
        return rolled(day, self.rule, self.reading, self.calendar)


@dataclass(frozen=True, slots=True)
class Tally:
    """What was found: ``have`` on time, ``late`` after the due day.

    ``total``: the owed number is a part of so many. ``asked``: the owed number itself, where the
    records say it. ``parts``: what was found of each part (household, village, kind of submission)
    where the number is owed of each; ``late_parts`` the same, late. ``due`` replaces the due day.
    ``note`` is one more thing to say. ``lost``: parts whose own due day is over.
    """

    have: int
    counted: tuple[CountedDay, ...]
    not_counted: tuple[NotCounted, ...]
    late: int = 0
    total: int | None = None
    asked: int | None = None
    parts: Mapping[str, int] | None = None
    late_parts: Mapping[str, int] | None = None
    due: date | None = None
    not_assessed: str | None = None
    note: str = ""
    lost: int = 0


class Received(Protocol):
    """A record with an id and the time it was received."""

    @property
    def id(self) -> str: ...
    @property
    def received_at(self) -> datetime: ...


_R = TypeVar("_R", bound=Received)


def known(records: Iterable[_R], at: datetime) -> list[_R]:
    """The records received by then; of several with one id the first received (M3)."""
    found: dict[str, _R] = {}
    for record in records:
        if record.received_at <= at:
            other = found.get(record.id)
            if other is None or record.received_at < other.received_at:
                found[record.id] = record
    return list(found.values())


def refusal(check_in: CheckIn, ask: Ask) -> str | None:
    """Why the check-in cannot count under any rule of these postings; None when it can."""
    return decided(check_in.state) or elsewhere(check_in.day, check_in.village, ask)


def decided(state: str) -> str | None:
    """The code for a record that was withdrawn or decided away."""
    return _REFUSED.get(state)


def elsewhere(day: date, village: str | None, ask: Ask) -> str | None:
    """Why the day or place is none of the posting's (M38); with no village only the day is asked."""
    posted = False
    for post in ask.posts:
        if post.first <= day and (post.last is None or day <= post.last):
            posted = True
            if village is None or post.takes_in(village):
                return "future" if day > ask.on else None
    return "other_village" if posted else "no_posting"


def effective(written: datetime, received: datetime, ask: Ask) -> datetime:
    """The written time if it arrived soon enough, else the receipt; never after the receipt (M13)."""
    soon = received - written <= timedelta(hours=ask.reading.number("late_sync_hours"))
    return min(written, received) if soon else received


def refused(record: str, day: date | None, code: str) -> NotCounted:
    """A record that did not count, with its sentence."""
    return NotCounted(record, day, code, REASONS[code])


def refused_late(record: str, day: date, due: date, handed_in: date) -> NotCounted:
    """A record of this day that was handed in after its due day."""
    return NotCounted(record, day, "late", why_late(due, handed_in))


def by_time(check_in: CheckIn) -> tuple[datetime, str]:
    """Sorts check-ins by their time."""
    return check_in.at, check_in.id


def by_day(
    days: Mapping[date, list[str]], assumed: Collection[date] = ()
) -> tuple[CountedDay, ...]:
    """The days in order, each with the records that prove it."""
    return tuple(CountedDay(day, tuple(ids), day in assumed) for day, ids in sorted(days.items()))
