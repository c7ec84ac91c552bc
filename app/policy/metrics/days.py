"""Days: stay days 驻村天数 and days present for the two-thirds rules 工作日比例."""

from datetime import date, datetime, timedelta

from app.policy.calendar import CalendarMissing
from app.policy.metrics.asking import (
    Ask,
    Tally,
    by_day,
    by_time,
    elsewhere,
    known,
    refusal,
    refused,
)
from app.policy.records import WAITING, CheckIn, History, MakeUp
from app.policy.standing import NotCounted


def stay_days(history: History, ask: Ask) -> Tally:
    """Distinct civil days proved by a check-in of any kind or an approved make-up (M2, M5, M44)."""
    days, not_counted = _proofs(history, ask)
    assumed = _assume(days, ask)
    return Tally(len(days), by_day(days, assumed), tuple(not_counted))


def workday_ratio(history: History, ask: Ask) -> Tally:
    """Days present; with ``ratio_numerator`` workdays only those that are working days (M6)."""
    days, not_counted = _proofs(history, ask)
    assumed = _assume(days, ask)
    if ask.reading.values["ratio_numerator"] == "workdays":
        try:
            rest = [day for day in days if not ask.calendar.is_working(day)]
        except CalendarMissing:
            return Tally(0, (), tuple(not_counted), not_assessed="calendar_missing")
        for day in sorted(rest):
            not_counted.extend(refused(record, day, "rest_day") for record in days.pop(day))
    return Tally(len(days), by_day(days, assumed), tuple(not_counted))


def _proofs(history: History, ask: Ask) -> tuple[dict[date, list[str]], list[NotCounted]]:
    """The days that count with the ids that prove them, and what did not count."""
    days: dict[date, list[CheckIn]] = {}
    not_counted: list[NotCounted] = []
    first, last = ask.first, ask.last
    inside = [c for c in history.check_ins if first <= c.day <= last]
    for check_in in sorted(known(inside, ask.at), key=by_time):
        code = refusal(check_in, ask)
        if code is None:
            days.setdefault(check_in.day, []).append(check_in)
        else:
            not_counted.append(refused(check_in.id, check_in.day, code))
    if ask.reading.values["stay_day"] == "two_check_ins":
        days = _long_enough(days, ask.reading.number("stay_day_hours"), not_counted)
    proofs = {day: [c.id for c in found] for day, found in days.items()}
    make_ups = {m.id: m for m in history.make_ups if first <= m.day <= last}
    for make_up in sorted(make_ups.values(), key=lambda m: (m.day, m.id)):
        code = _undecided_or_refused(make_up) or elsewhere(make_up.day, make_up.village, ask)
        if code is None:
            proofs.setdefault(make_up.day, []).append(make_up.id)
        else:
            not_counted.append(refused(make_up.id, make_up.day, code))
    return proofs, not_counted


def _undecided_or_refused(make_up: MakeUp) -> str | None:
    """Why a make-up is as if not there: nobody has decided on it yet, or it was not approved."""
    if make_up.state == "approved":
        return None
    return "make_up_pending" if make_up.state in WAITING else "make_up_not_approved"


def _assume(days: dict[date, list[str]], ask: Ask) -> frozenset[date]:
    """Adds the days to be assumed that nothing proves yet, and says which they are."""
    added = frozenset(assumed_days(ask)) - days.keys()
    days.update({day: [] for day in added})
    return added


def assumed_days(ask: Ask) -> list[date]:
    """The days of the window assumed to be spent in the village, on a posting."""
    return [
        day
        for day in ask.assumed
        if ask.first <= day <= ask.last and any(post.holds_on(day) for post in ask.posts)
    ]


def _long_enough(
    days: dict[date, list[CheckIn]], hours: float, not_counted: list[NotCounted]
) -> dict[date, list[CheckIn]]:
    """Only the days with two check-ins in one village so many hours apart (M2, alternative)."""
    kept: dict[date, list[CheckIn]] = {}
    for day, found in days.items():
        villages: dict[str, list[datetime]] = {}
        for check_in in found:
            villages.setdefault(check_in.village, []).append(check_in.at)
        if any(max(t) - min(t) >= timedelta(hours=hours) for t in villages.values()):
            kept[day] = found
        else:
            not_counted.extend(refused(check_in.id, day, "stay_too_short") for check_in in found)
    return kept
