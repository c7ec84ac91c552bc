"""Reads the due day of a rule: exactly one of its forms, with its clause."""

from datetime import date

from app.policy.pack import Due, DueForm
from app.policy.reading import Item

_FORMS = ("on", "after_end", "after_start", "day_of_last_month", "month", "after_event")
_KEYS = (*_FORMS, "day", "roll", "reading", "clause")
_READINGS: dict[str, tuple[str, ...]] = {
    "first_week": ("after_end", "after_start"),
    "tenth_of_month": ("month",),
}
_COMMON_YEAR = 2001
_EVERY_MONTH_HAS = 28


def read_due(name: str, item: Item, for_events: bool) -> Due:
    """The due day of a rule; raises `Fault`."""
    what = f"the due day of {name}"
    fields = item.fields(what, _KEYS)
    need_clause(what, item)
    forms = [form for form in _FORMS if form in fields]
    if len(forms) != 1:
        raise item.fault(
            f"{what} is written in {len(forms)} ways",
            "it must be one day",
            "write one of on, after_end, after_start, day_of_last_month, month with day, after_event",
        )
    (form,) = forms
    _fits(what, fields, form, for_events)
    clause = fields["clause"].text("clause")
    roll = fields["roll"].flag("roll") if "roll" in fields else True
    reading = _reading(what, fields, form)
    if form == "on":
        return Due(clause, "on", on=fields["on"].day(what), roll=roll)
    if form == "month":
        month, day = _month_day(what, fields)
        return Due(clause, "month_day", day=day, month=month, roll=roll, reading=reading)
    days = fields[form].whole(form)
    if days < 0 or (form == "day_of_last_month" and not 1 <= days <= _EVERY_MONTH_HAS):
        raise fields[form].fault(
            f"{form} of {what} is {days}",
            "no such day exists in every period",
            "write a number of days from 0" if form != "day_of_last_month" else "write 1 to 28",
        )
    return Due(clause, _form(form), day=days, roll=roll, reading=reading)


def need_clause(what: str, item: Item) -> None:
    """Every number names its article; raises `Fault`."""
    fields = item.fields(what)
    if "clause" not in fields or fields["clause"].is_null:
        raise item.fault(
            f"{what} has no clause",
            "every number must name the article it comes from",
            "add `clause: …`, for example 二(五)3",
        )


def _form(form: str) -> DueForm:
    forms: dict[str, DueForm] = {
        "after_end": "after_end",
        "after_start": "after_start",
        "day_of_last_month": "day_of_last_month",
        "after_event": "after_event",
    }
    return forms[form]


def _fits(what: str, fields: dict[str, Item], form: str, for_events: bool) -> None:
    if (form == "after_event") != for_events:
        raise fields[form].fault(
            f"{what} is `{form}`",
            "after_event belongs to rules with each_event and to nothing else",
            "use after_event together with each_event",
        )
    if ("day" in fields) != (form == "month"):
        raise fields[form].fault(
            f"{what} has {'a' if 'day' in fields else 'no'} `day`",
            "month and day are written together",
            "write `month: 2, day: 10`",
        )


def _month_day(what: str, fields: dict[str, Item]) -> tuple[int, int]:
    month, day = fields["month"].whole("month"), fields["day"].whole("day")
    try:
        date(_COMMON_YEAR, month, day)
    except ValueError:
        raise fields["month"].fault(
            f"{what} is day {day} of month {month}",
            "no such day exists in every year",
            "write `month: 2, day: 10`",
        ) from None
    return month, day


def _reading(what: str, fields: dict[str, Item], form: str) -> str | None:
    if "reading" not in fields:
        return None
    reading = fields["reading"].choice("reading", tuple(_READINGS))
    if form not in _READINGS[reading]:
        raise fields["reading"].fault(
            f"{what} with `{form}` has `reading: {reading}`",
            "this setting reads other forms",
            f"use {reading} with {' or '.join(_READINGS[reading])}",
        )
    return reading
