"""Activities 活动: meetings, party life, collective help, training and trips."""

from calendar import monthrange
from datetime import date, timedelta

from app.policy.metrics.asking import Ask, Tally, by_day, decided, elsewhere, known, refused
from app.policy.records import Activity, History
from app.policy.standing import NotCounted


def activities(history: History, ask: Ask) -> Tally:
    """Activities of the rule's kinds; held in the village or with all reports where it says so."""
    units = ask.parameters.get(ask.rule.reports_from) if ask.rule.reports_from else None
    days: dict[date, list[str]] = {}
    before: list[date] = []
    not_counted: list[NotCounted] = []
    for activity in sorted(known(history.activities, ask.at), key=lambda a: (a.day, a.id)):
        if activity.kind not in ask.rule.counts or activity.day > ask.last:
            continue
        code = _refusal(activity, ask)
        if code is None and isinstance(units, int) and (activity.reports or 0) < units:
            code = "reports_missing"
        if activity.day < ask.first:
            before.extend([activity.day] if code is None else [])
        elif code is None:
            days.setdefault(activity.day, []).append(activity.id)
        else:
            not_counted.append(refused(activity.id, activity.day, code))
    have = sum(map(len, days.values()))
    if ask.rule.per == "two_months" and ask.reading.values["two_months"] == "rolling":
        have = have if _never_too_long([*before, *days], ask) else 0
    missing = ask.rule.reports_from is not None and units is None
    return Tally(
        have,
        by_day(days),
        tuple(not_counted),
        not_assessed="missing_parameter" if missing else None,
    )


def _refusal(activity: Activity, ask: Ask) -> str | None:
    placed = ask.rule.in_village or ask.rule.each_village
    code = decided(activity.state)
    code = code or elsewhere(activity.day, activity.village if placed else None, ask)
    return "no_place" if code is None and placed and activity.village is None else code


def _never_too_long(days: list[date], ask: Ask) -> bool:
    """Rolling (M26): no stretch of the posting longer than two months without one, up to now."""
    begin = min(post.first for post in ask.posts)
    steps = sorted({begin if begin > date.min else ask.first - timedelta(days=1), *days})
    ends = [*steps[1:], ask.seen_until]
    return all(
        end <= _two_months_after(start)
        for start, end in zip(steps, ends, strict=True)
        if end >= ask.first
    )


def _two_months_after(day: date) -> date:
    year, month = day.year + (day.month + 1) // 12, (day.month + 1) % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
