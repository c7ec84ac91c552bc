"""Where somebody stands while a period runs and after it: state, days left, days that may be missed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from app.policy.calendar import CalendarMissing
from app.policy.metrics.asking import Ask, Tally
from app.policy.owed import Owed, Stretch, stretches
from app.policy.standing import State

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """``can_miss`` in days, None where days do not bind; ``change_by`` see `Standing`."""

    state: State
    remaining: int | None
    days_left: int
    can_miss: int | None
    change_by: date | None


def pace(ask: Ask, found: Tally, owed: Owed, posted: list[Stretch]) -> Pace:
    """The state and what is left."""
    days_left, end = _days_left(ask, posted, found)
    remaining = None if owed.need is None else max(0, owed.need - owed.have)
    if owed.not_assessed is not None or not _once_a_day(ask):
        can_miss = max(0, days_left - (remaining or 0)) if _once_a_day(ask) else None
        state = _state(ask, found, owed, days_left, end)
        return Pace(state, remaining, days_left, can_miss, None)
    usable = list(_usable(ask, posted, found)) if _working_only(ask) else None
    useful = days_left if usable is None else len(usable)
    short = remaining or 0
    state = _state(ask, found, owed, useful, end)
    change_by = None
    if state in ("on_track", "at_risk") and 0 < short <= useful:
        usable = list(_usable(ask, posted, found)) if usable is None else usable
        change_by = usable[len(usable) - short]
    return Pace(state, remaining, days_left, max(0, useful - short), change_by)


def _state(ask: Ask, found: Tally, owed: Owed, useful: int, end: date) -> State:
    if owed.not_assessed is not None or owed.need is None:
        return "not_assessed"
    if owed.excused:
        return "excused"
    running = ask.due is not None and ask.on <= ask.due
    if owed.at_most is not None and owed.have > owed.at_most:
        return "unreachable" if running else "not_met"
    short = owed.need - owed.have
    if short <= 0:
        return "met"
    if not running:
        return "late" if owed.late >= short else "not_met"
    if _once_a_day(ask):
        if short > useful:
            return "unreachable"
        tight = 100 * short > ask.reading.whole("at_risk_percent") * useful
        return "at_risk" if tight else "on_track"
    last_days = timedelta(days=ask.reading.whole("at_risk_last_days"))
    return "at_risk" if found.lost or end - ask.on < last_days else "on_track"


def _once_a_day(ask: Ask) -> bool:
    """True for metrics that grow at most once a day: only they can become unreachable."""
    if ask.rule.metric == "checkin_count":
        return ask.reading.limit("max_counted_per_day") == 1
    return ask.rule.metric in ("stay_days", "workday_ratio")


def _working_only(ask: Ask) -> bool:
    """Rest days left are of no use."""
    workdays = ask.reading.values["ratio_numerator"] == "workdays"
    return ask.rule.metric == "workday_ratio" and workdays


def _days_left(ask: Ask, posted: list[Stretch], found: Tally) -> tuple[int, date]:
    """Days still to use and the last of them.

    Posted days after ``on``, plus ``on`` itself if nothing is counted on it yet. A duty with a due
    day has the days until it is due.
    """
    counted = {one.day for one in found.counted if one.day >= ask.on}
    if ask.rule.metric == "submissions" and ask.due is not None:
        left = max(0, (ask.due - ask.on).days + (ask.on not in counted))
        return (left if ask.on <= ask.due else 0), ask.due
    if ask.rule.per in ("standing", "once") and ask.due is not None:
        posted = stretches(ask.posts, ask.on, ask.due)
    left = sum((s.last - max(s.first, ask.on)).days + 1 for s in posted if s.last >= ask.on)
    left -= sum(s.first <= day <= s.last for s in posted for day in counted)
    return left, posted[-1].last if posted else ask.on


def _usable(ask: Ask, posted: list[Stretch], found: Tally) -> Iterator[date]:
    """The days still to use, in order; of a year without calendar none are known to be of use."""
    counted = {one.day for one in found.counted if one.day >= ask.on}
    working_only = _working_only(ask)
    for stretch in posted:
        day = max(stretch.first, ask.on)
        while day <= stretch.last:
            if day not in counted and (not working_only or _works(ask, day)):
                yield day
            day += _DAY


def _works(ask: Ask, day: date) -> bool:
    try:
        return ask.calendar.is_working(day)
    except CalendarMissing:
        return False
