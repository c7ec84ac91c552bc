"""Figures 上报数据: numbers reported, summed over the period or the latest one."""

from datetime import date
from decimal import Decimal
from math import floor

from app.policy.metrics.asking import Ask, Tally, by_day, decided, elsewhere, known, refused
from app.policy.records import History
from app.policy.standing import NotCounted


def value(history: History, ask: Ask) -> Tally:
    """The rule's figure, or how many of its figures are reached; never rounded up (M30, M47)."""
    days: dict[date, list[str]] = {}
    not_counted: list[NotCounted] = []
    wanted = tuple(ask.value.figures) or ((ask.rule.figure,) if ask.rule.figure else ())
    found = _amounts(history, ask, wanted, days, not_counted)
    if ask.rule.also_attendances:
        found[wanted[0]] += _attendances(history, ask, days, not_counted)
    if not ask.value.figures:
        return Tally(floor(found[wanted[0]]), by_day(days), tuple(not_counted))
    reached = sum(found[name] >= least for name, least in ask.value.figures.items())
    short = [name for name, least in ask.value.figures.items() if found[name] < least]
    not_counted.extend(refused(name, None, "figure_short") for name in short)
    return Tally(reached, by_day(days), tuple(not_counted), asked=len(wanted))


def _amounts(
    history: History,
    ask: Ask,
    wanted: tuple[str, ...],
    days: dict[date, list[str]],
    not_counted: list[NotCounted],
) -> dict[str, Decimal]:
    """Per name the sum, or with ``latest`` the amount of the last day; a rule as of a day looks back."""
    latest = ask.rule.aggregate == "latest"
    first = date.min if latest or ask.rule.per in ("standing", "once") else ask.first
    amounts = dict.fromkeys(wanted, Decimal(0))
    proof: dict[str, tuple[date, str]] = {}
    for figure in sorted(
        known(history.figures, ask.at), key=lambda f: (f.day, f.received_at, f.id)
    ):
        if figure.name not in amounts or not first <= figure.day <= ask.last:
            continue
        code = decided(figure.state) or elsewhere(figure.day, None, ask)
        if code is not None:
            not_counted.append(refused(figure.id, figure.day, code))
        elif latest:
            amounts[figure.name] = Decimal(str(figure.amount))
            proof[figure.name] = figure.day, figure.id
        else:
            amounts[figure.name] += Decimal(str(figure.amount))
            days.setdefault(figure.day, []).append(figure.id)
    for day, record in proof.values():
        days.setdefault(day, []).append(record)
    return amounts


def _attendances(
    history: History, ask: Ask, days: dict[date, list[str]], not_counted: list[NotCounted]
) -> int:
    """Person-times of the activities that count as well: the same person twice is two (M47)."""
    found = 0
    for activity in sorted(known(history.activities, ask.at), key=lambda a: (a.day, a.id)):
        if activity.kind != ask.rule.also_attendances or not ask.first <= activity.day <= ask.last:
            continue
        code = decided(activity.state) or elsewhere(activity.day, None, ask)
        if code is None:
            found += activity.attendances
            days.setdefault(activity.day, []).append(activity.id)
        else:
            not_counted.append(refused(activity.id, activity.day, code))
    return found
