"""Visits: household visits 入户走访 and visits of a certain length and reach 到村走访."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from app.policy.metrics.asking import (
    Ask,
    Tally,
    by_day,
    by_time,
    decided,
    elsewhere,
    known,
    refusal,
    refused,
)
from app.policy.pack import WEEKDAYS
from app.policy.records import CheckIn, History, Household
from app.policy.standing import NotCounted


def household_visits(history: History, ask: Ask) -> Tally:
    """Visits to own poor households, one per household and date (M19)."""
    own: dict[str, list[Household]] = {}
    for household in history.households:
        own.setdefault(household.id, []).append(household)
    parts = {h.id: 0 for h in history.households if h.poor and h.is_own_on(ask.seen_until)}
    visited: set[tuple[str, date]] = set()
    days: dict[date, list[str]] = {}
    not_counted: list[NotCounted] = []
    for check_in in _inside(history.check_ins, ask):
        household_id, day = check_in.household, check_in.day
        if check_in.kind != "household" or household_id is None:
            continue
        code = refusal(check_in, ask) or _not_own(check_in, own.get(household_id, []))
        if code is None and ask.rule.weekday and WEEKDAYS[day.weekday()] != ask.rule.weekday:
            code = "other_weekday"
        if code is None and (household_id, day) in visited:
            code = "same_household"
        if code is None:
            visited.add((household_id, day))
            days.setdefault(day, []).append(check_in.id)
            if household_id in parts:
                parts[household_id] += 1
        else:
            not_counted.append(refused(check_in.id, day, code))
    not_counted.extend(
        refused(name, None, "never_visited") for name, n in sorted(parts.items()) if not n
    )
    each = ask.reading.values["hc_visits_per"] == "household"
    return Tally(
        len(visited),
        by_day(days),
        tuple(not_counted),
        parts=parts if each else None,
        not_assessed="no_household" if each and not parts else None,
    )


@dataclass(slots=True)
class _Visit:
    """All of one date in one village."""

    day: date
    village: str
    check_ins: list[CheckIn] = field(default_factory=list)
    activities: list[str] = field(default_factory=list)

    @property
    def length(self) -> timedelta:
        times = [check_in.at for check_in in self.check_ins]
        return max(times) - min(times) if times else timedelta(0)

    @property
    def households(self) -> set[str]:
        """Distinct poor households visited."""
        return {
            c.household for c in self.check_ins if c.kind == "household" and c.household and c.poor
        }

    @property
    def records(self) -> list[str]:
        return [*(check_in.id for check_in in self.check_ins), *self.activities]


def qualified_visits(history: History, ask: Ask) -> Tally:
    """Dates in a village with the length and the households the rule asks for (M16–M18, M54).

    The length runs from the first to the last check-in of the date in the village. A joint trip
    recorded as an activity counts for everyone who took part.
    """
    not_counted: list[NotCounted] = []
    visits = _visits(history, ask, not_counted)
    found = [(visit, _times(visit, ask)) for visit in visits]
    if ask.reading.values["households_per"] == "month" and ask.rule.households:
        met: set[str] = set().union(*(visit.households for visit, times in found if times))
        if len(met) < ask.rule.households:
            not_counted.extend(_refuse([v for v, times in found if times], "few_households_period"))
            found = [(visit, 0) for visit, _ in found]
    days: dict[date, list[str]] = {}
    units = {post.unit: 0 for post in ask.posts if _touches(post.first, post.last, ask)}
    for visit, times in found:
        if times:
            days.setdefault(visit.day, []).extend(visit.records)
            for post in ask.posts:
                if post.unit in units and post.holds_on(visit.day) and post.takes_in(visit.village):
                    units[post.unit] += times
                    break
        elif visit.check_ins:
            code = "visit_too_short" if visit.length < _asked_length(ask) else "few_households"
            if not any(n.record == visit.check_ins[0].id for n in not_counted):
                not_counted.extend(_refuse([visit], code))
    if len(units) > 1:
        not_counted.extend(
            refused(u, None, "village_not_visited") for u, n in sorted(units.items()) if not n
        )
    each = ask.reading.values["visits_in"] == "each_village"
    return Tally(
        sum(times for _, times in found),
        by_day(days),
        tuple(not_counted),
        parts=units if each else None,
    )


def _visits(history: History, ask: Ask, not_counted: list[NotCounted]) -> list[_Visit]:
    found: dict[tuple[date, str], _Visit] = {}
    for check_in in _inside(history.check_ins, ask):
        code = refusal(check_in, ask)
        if code is not None:
            not_counted.append(refused(check_in.id, check_in.day, code))
            continue
        key = check_in.day, check_in.village
        found.setdefault(key, _Visit(*key)).check_ins.append(check_in)
    for trip in sorted(known(history.activities, ask.at), key=lambda a: (a.day, a.id)):
        if trip.kind not in ask.rule.counts or not ask.first <= trip.day <= ask.last:
            continue
        code = decided(trip.state) or elsewhere(trip.day, trip.village, ask)
        if code is None and trip.village is None:
            code = "no_place"
        if code is not None or trip.village is None:
            not_counted.append(refused(trip.id, trip.day, code or "no_place"))
            continue
        key = trip.day, trip.village
        found.setdefault(key, _Visit(*key)).activities.append(trip.id)
    return [found[key] for key in sorted(found)]


def _times(visit: _Visit, ask: Ask) -> int:
    """How many visits of the rule's length and households the date holds, at most so many (M18)."""
    most, asked = ask.reading.whole("visits_per_date"), ask.rule.households
    by_month = ask.reading.values["households_per"] == "month"
    times = most
    if asked and not by_month:
        times = min(times, len(visit.households) // asked)
    length = _asked_length(ask)
    if length:
        times = min(times, visit.length // length)
    # a stay of a whole day cannot happen twice on one date, and without a length nothing parts two
    return min(times, 1) if ask.rule.stay != "half_day" else times


def _asked_length(ask: Ask) -> timedelta:
    if ask.rule.stay == "any":
        return timedelta(0)
    setting = "half_day_hours" if ask.rule.stay == "half_day" else "whole_day_hours"
    return timedelta(hours=ask.reading.number(setting))


def _inside(check_ins: Iterable[CheckIn], ask: Ask) -> list[CheckIn]:
    inside = [c for c in check_ins if ask.first <= c.day <= ask.last]
    return sorted(known(inside, ask.at), key=by_time)


def _not_own(check_in: CheckIn, own: list[Household]) -> str | None:
    on_that_day = [household for household in own if household.is_own_on(check_in.day)]
    if not on_that_day:
        return "other_household"
    return None if check_in.poor and any(h.poor for h in on_that_day) else "not_poor"


def _touches(first: date, last: date | None, ask: Ask) -> bool:
    return first <= ask.last and (last is None or last >= ask.first)


def _refuse(visits: Iterable[_Visit], code: str) -> list[NotCounted]:
    return [refused(record, visit.day, code) for visit in visits for record in visit.records]
