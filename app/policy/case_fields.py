"""Single fields of a case's records: dates and ranges, times of day, states, flags."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import cast, get_args

from app.policy.periods import SHANGHAI, civil_day
from app.policy.reading import Item, said
from app.policy.records import RecordState

Fields = Mapping[str, Item]
MORNING = time(9)


def dates(item: Item, what: str) -> Iterator[date]:
    """A date, an ``a..b`` range (both inclusive) or a list of them."""
    if isinstance(item.value, list):
        for entry in item.value:
            yield from dates(entry, what)
        return
    text = item.text(what)
    if ".." not in text:
        yield item.day(what)
        return
    first, last = (
        Item(item.file, item.line, part.strip()).day(what) for part in text.split("..", 1)
    )
    if last < first:
        raise item.fault(
            f"{said(what)}写的 `{text}` 止日早于起日",
            "里面一天也没有",
            "请把较早的日子写在前面",
        )
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def clock(fields: Fields) -> time:
    """The time of day in ``at``; 09:00 when it is left out."""
    if "at" not in fields:
        return MORNING
    found = fields["at"].text("at")
    try:
        return time.fromisoformat(found.zfill(len("09:00")))
    except ValueError:
        raise fields["at"].fault(
            f"`at` 写的 `{found}` 不是钟点", "一天里没有这个时刻", '请写成 `"09:00"` 的样子'
        ) from None


def given(fields: Fields, key: str) -> bool:
    """True when the key is there and not null."""
    return key in fields and not fields[key].is_null


def text(fields: Fields, key: str) -> str | None:
    """A text, None when it is left out or null."""
    return fields[key].text(key) if given(fields, key) else None


def day(fields: Fields, key: str) -> date | None:
    """A date, None when it is left out or null."""
    return fields[key].day(key) if given(fields, key) else None


def moment(fields: Fields, key: str) -> datetime | None:
    """A time, None when it is left out or null."""
    return fields[key].moment(key) if given(fields, key) else None


def state(fields: Fields) -> RecordState:
    """The state of a record; counted when it is left out."""
    if "state" not in fields:
        return "counted"
    return cast(RecordState, fields["state"].choice("state", get_args(RecordState)))


def flag(fields: Fields, key: str, usual: bool = True) -> bool:
    """True or false, ``usual`` when it is left out."""
    return fields[key].flag(key) if key in fields else usual


def number_of(fields: Fields, key: str) -> int | None:
    """A whole number, or how many entries a list has; None when it is left out."""
    if not given(fields, key):
        return None
    item = fields[key]
    return len(item.value) if isinstance(item.value, list) else item.whole(key)


def span(item: Item, fields: Fields, what: str) -> tuple[date, date | None]:
    """``from`` and ``to``, both inclusive; open where left out."""
    first, last = day(fields, "from") or date.min, day(fields, "to")
    if last is not None and last < first:
        raise item.fault(f"{said(what)}止日早于起日", "里面一天也没有", "请把较早的日子写在 `from`")
    return first, last


def days_or_moments(item: Item, fields: Fields, what: str) -> Iterator[tuple[date, datetime]]:
    """``on`` dates, each at nine in the morning, or the one moment in ``at``."""
    if "on" in fields:
        found_at = fields.get("at")
        hour = clock(fields) if found_at is not None else MORNING
        for one in dates(fields["on"], "on"):
            yield one, datetime.combine(one, hour, SHANGHAI)
        return
    at = moment(fields, "at")
    if at is None:
        raise item.fault(
            f"{said(what)}没有写 `on`", "要知道是哪一天的事", "请补上 `on: 2026-01-05`"
        )
    yield civil_day(at), at
