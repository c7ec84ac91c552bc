"""Coverage 覆盖率: of the households, how many have what the rule covers."""

from datetime import date, timedelta

from app.policy.metrics.asking import Ask, Tally, by_day, refused
from app.policy.records import History, Household
from app.policy.standing import NotCounted


def coverage_ratio(history: History, ask: Ask) -> Tally:
    """Own households, paired and active on the last day (M29), that have all the rule covers.

    Organisations answer for the poor households only. A household that came less than
    ``helper_within_days`` ago may still be without a helper and is left out until then (M48).
    """
    own: dict[str, list[Household]] = {}
    for household in history.households:
        if household.is_own_on(ask.last) and (household.poor or not ask.rule.subjects):
            own.setdefault(household.id, []).append(household)
    recorded = [c for c in ask.rule.covers if c not in history.unrecorded]
    days: dict[date, list[str]] = {}
    not_counted: list[NotCounted] = []
    total = done = 0
    for name, same in sorted(own.items()):
        since = {cover: _since(same, cover, ask.on) for cover in recorded}
        missing = next((cover for cover in recorded if since[cover] is None), None)
        if missing == "helper" and _still_new(same, ask):
            not_counted.append(refused(name, None, "household_new"))
            continue
        total += 1
        if missing is None:
            done += 1
            day = max((d for d in since.values() if d), default=ask.last)
            days.setdefault(day, []).append(name)
        else:
            not_counted.append(refused(name, None, f"no_{missing}"))
    lacking = [c for c in ask.rule.covers if c in history.unrecorded]
    unknown = "not_recorded" if lacking and done == total else None
    return Tally(
        done,
        by_day(days),
        tuple(not_counted),
        total=total,
        not_assessed=unknown if total else "no_household",
    )


def _since(same: list[Household], cover: str, on: date) -> date | None:
    """Since when the household has it; None when it has not on that day."""
    if cover == "helper":
        spans = [span for household in same for span in household.helpers if span.holds_on(on)]
        return min((span.first for span in spans), default=None)
    done = getattr(same[0], cover)
    return done if isinstance(done, date) and done <= on else None


def _still_new(same: list[Household], ask: Ask) -> bool:
    came = max((h.active_first for h in same if h.active_first), default=None)
    within = timedelta(days=ask.reading.whole("helper_within_days"))
    return came is not None and ask.last - came <= within
