"""Due days 期限: the last day, inclusive to its end, on which something is still on time (M20–M25)."""

from datetime import date, timedelta

from app.policy.calendar import Calendar
from app.policy.interpretation import Interpretation
from app.policy.pack import Due, Rule
from app.policy.periods import Period

_DAY = timedelta(days=1)
_SUNDAY = 6


def due_day(rule: Rule, period: Period, reading: Interpretation, calendar: Calendar) -> date | None:
    """The due day of a rule in a period; None = a standing rule without one, or one per event.

    Raises `CalendarMissing` where the day would roll and the year has no calendar.
    """
    if rule.due is None:
        if rule.per in ("standing", "once"):
            return None
        grace = reading.whole("grace_days") if rule.metric == "diaries" else 0
        return period.last + timedelta(days=grace)
    literal = literal_day(rule.due, period, reading)
    return None if literal is None else rolled(literal, rule, reading, calendar)


def literal_day(due: Due, period: Period, reading: Interpretation) -> date | None:
    """The day the document names, before it rolls."""
    if due.reading == "first_week" and reading.values["first_week"] == "until_sunday":
        begin = period.last + _DAY if due.form == "after_end" else period.first
        return begin + timedelta(days=_SUNDAY - begin.weekday())
    if due.reading == "tenth_of_month" and reading.values["tenth_of_month"] == "excluded":
        return date(period.first.year, due.month, 1) - _DAY
    found = _written(due, period)
    before = due.reading is None and due.form not in ("after_event", "after_start")
    if found is not None and before and reading.values["deadline"] == "exclusive":
        return found - _DAY
    return found


def _written(due: Due, period: Period) -> date | None:
    match due.form:
        case "on":
            return due.on
        case "after_end":
            return period.last + timedelta(days=due.day)
        case "after_start":
            return period.first + timedelta(days=due.day)
        case "day_of_last_month":
            return period.last.replace(day=due.day)
        case "month_day":
            return date(period.first.year, due.month, due.day)
        case "after_event":
            return None


def rolled(day: date, rule: Rule, reading: Interpretation, calendar: Calendar) -> date:
    """The next working day for submissions due on a rest day (M21); raises `CalendarMissing`."""
    rolls = rule.due is not None and rule.due.roll and reading.values["roll_due"] is True
    if rule.metric == "submissions" and rolls:
        while not calendar.is_working(day):
            day += _DAY
    return day
