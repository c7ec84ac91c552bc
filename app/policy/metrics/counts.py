"""Check-in counts 签到次数."""

from datetime import date, datetime, timedelta

from app.policy.metrics.asking import Ask, Tally, by_day, by_time, known, refusal, refused
from app.policy.metrics.days import assumed_days
from app.policy.records import History
from app.policy.standing import NotCounted


def checkin_count(history: History, ask: Ask) -> Tally:
    """Presence and household check-ins, near repeats left out (M3); departures are none.

    The last counted one may lie before the period: a repeat over midnight adds nothing. An assumed
    day adds one where nothing counts on it.
    """
    window = timedelta(minutes=ask.reading.whole("repeat_minutes"))
    most = ask.reading.limit("max_counted_per_day")
    last_counted: dict[tuple[str, str | None], datetime] = {}
    days: dict[date, list[str]] = {}
    not_counted: list[NotCounted] = []
    for check_in in sorted(known(history.check_ins, ask.at), key=by_time):
        place = (check_in.village, check_in.household)
        before = last_counted.get(place)
        code = "departure" if check_in.kind == "departure" else refusal(check_in, ask)
        if code is None and before is not None and check_in.at - before <= window:
            code = "near_repeat"
        if code is None and most is not None and len(days.get(check_in.day, ())) >= most:
            code = "day_full"
        if code is None:
            last_counted[place] = check_in.at
            days.setdefault(check_in.day, []).append(check_in.id)
        elif ask.first <= check_in.day <= ask.last:
            not_counted.append(refused(check_in.id, check_in.day, code))
    inside = {day: ids for day, ids in days.items() if ask.first <= day <= ask.last}
    assumed = frozenset(assumed_days(ask)) - inside.keys()
    have = sum(map(len, inside.values())) + len(assumed)
    inside.update({day: [] for day in assumed})
    return Tally(have, by_day(inside, assumed), tuple(not_counted))
