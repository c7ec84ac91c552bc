"""Reads the due day of a rule: exactly one of its forms, with its clause."""

from datetime import date

from app.policy.pack import Due, DueForm
from app.policy.reading import Item, keys

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
    what = f"{name} 的期限"
    fields = item.fields(what, _KEYS)
    need_clause(what, item)
    forms = [form for form in _FORMS if form in fields]
    if len(forms) != 1:
        raise item.fault(
            f"{what}用了 {len(forms)} 种写法" if forms else f"{what}没有写是哪一天",
            "期限只能是一个日子",
            "请只写一种：`on`、`after_end`、`after_start`、`day_of_last_month`、`month` 加 `day`、`after_event`",
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
            f"{what}写的是 `{form}: {days}`",
            "不是每个周期都有这样的日子",
            "请写 0 以上的天数" if form != "day_of_last_month" else "请写 1 到 28",
        )
    return Due(clause, _form(form), day=days, roll=roll, reading=reading)


def need_clause(what: str, item: Item) -> None:
    """Every number names its article; raises `Fault`."""
    fields = item.fields(what)
    if "clause" not in fields or fields["clause"].is_null:
        raise item.fault(
            f"{what}没有写条款",
            "每个数字都要说明出自哪一条",
            "请补上 `clause: …`，例如 二(五)3",
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
            f"{what}写的是 `{form}`",
            "`after_event` 与 `each_event` 要么都写，要么都不写",
            "请把这两项配成一对",
        )
    if ("day" in fields) != (form == "month"):
        raise fields[form].fault(
            f"{what}{'多了' if 'day' in fields else '缺少'} `day`",
            "月和日要写在一起",
            "请写成 `month: 2, day: 10` 的样子",
        )


def _month_day(what: str, fields: dict[str, Item]) -> tuple[int, int]:
    month, day = fields["month"].whole("month"), fields["day"].whole("day")
    try:
        date(_COMMON_YEAR, month, day)
    except ValueError:
        raise fields["month"].fault(
            f"{what}写的是 {month} 月 {day} 日",
            "不是每年都有这一天",
            "请写成 `month: 2, day: 10` 的样子",
        ) from None
    return month, day


def _reading(what: str, fields: dict[str, Item], form: str) -> str | None:
    if "reading" not in fields:
        return None
    reading = fields["reading"].choice("reading", tuple(_READINGS))
    if form not in _READINGS[reading]:
        raise fields["reading"].fault(
            f"{what}用 `{form}` 时不能写 `reading: {reading}`",
            "这项口径管的是别的写法",
            f"`{reading}` 请与 {keys(_READINGS[reading])} 一起用",
        )
    return reading
