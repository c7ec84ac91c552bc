"""The days that the demonstration covers: the quarter before this one, and this one to yesterday."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from random import Random

from app.core.clock import SHANGHAI
from app.policy.calendar import CalendarMissing, national
from app.policy.periods import Period, containing

ONE = timedelta(days=1)
SHORTEST_HOLIDAY = 3


@dataclass(frozen=True)
class Span:
    """``today`` is the day of loading; the records end the evening before."""

    today: date

    @property
    def yesterday(self) -> date:
        """The last day with records."""
        return self.today - ONE

    @cached_property
    def now(self) -> Period:
        """The quarter of today."""
        return containing("quarter", self.today)

    @cached_property
    def before(self) -> Period:
        """The quarter before it."""
        return containing("quarter", self.now.first - ONE)

    @cached_property
    def opened(self) -> date:
        """The day on which everything was registered."""
        return self.before.first - timedelta(days=20)

    @property
    def elapsed(self) -> int:
        """Days of this quarter that have records."""
        return (self.today - self.now.first).days

    @property
    def left(self) -> int:
        """Days of this quarter from today to its end."""
        return self.now.days - self.elapsed

    @cached_property
    def months(self) -> list[Period]:
        """The months with records, the last of them up to yesterday."""
        out, day = [], self.before.first
        while day <= self.yesterday:
            out.append(containing("month", day))
            day = out[-1].last + ONE
        return out

    @cached_property
    def whole_months(self) -> list[Period]:
        """The months of which every day is over."""
        return [month for month in self.months if month.last <= self.yesterday]

    @cached_property
    def end(self) -> datetime:
        """Yesterday's last second: what had not arrived by then is still on a phone."""
        return at(self.yesterday, 23, 59, 59)


def at(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A moment of a civil day."""
    return datetime.combine(day, time(hour, minute, second), SHANGHAI)


def days(first: date, last: date) -> list[date]:
    """Every day from ``first`` to ``last``, both inclusive."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def is_off(day: date) -> bool:
    """Whether it is a day off; where no calendar is known, a Saturday or Sunday."""
    try:
        return not national().is_working(day)
    except CalendarMissing:
        return day.weekday() >= 5


def holidays(span: Span) -> list[list[date]]:
    """Runs of three or more days off: the public holidays, the latest last."""
    runs: list[list[date]] = []
    for day in days(span.before.first, span.yesterday):
        if not is_off(day):
            continue
        if runs and runs[-1][-1] == day - ONE:
            runs[-1].append(day)
        else:
            runs.append([day])
    return [run for run in runs if len(run) >= SHORTEST_HOLIDAY]


def some(dice: Random, among: list[date], number: int) -> list[date]:
    """So many of these days, working days sooner than Sundays, in order."""
    weight = {0: 1.0, 5: 0.7, 6: 0.4}
    keyed = [
        (dice.random() ** (1 / (weight.get(day.weekday(), 1.0) * (0.5 if is_off(day) else 1))), day)
        for day in among
    ]
    chosen = sorted(keyed, reverse=True)[: max(0, number)]
    return sorted(day for _, day in chosen)
