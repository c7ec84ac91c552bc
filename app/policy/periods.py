"""Periods 考核周期 and their keys; civil days are those of Asia/Shanghai.

Keys: ``2026-W47`` (ISO week), ``2026-11``, ``2026-B6`` (two months), ``2026-Q4``, ``2026-H2``,
``2026``, ``standing`` (as of a day) and ``once``.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Literal, get_args

# China has kept UTC+8 without summer time since 1992 and this house counts from 2004 (M13), so a
# fixed offset is exact and needs no time-zone database on the machine.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")

Length = Literal["week", "month", "two_months", "quarter", "half_year", "year", "standing", "once"]
LENGTHS: tuple[Length, ...] = get_args(Length)

_MONTHS: dict[Length, int] = {
    "month": 1,
    "two_months": 2,
    "quarter": 3,
    "half_year": 6,
    "year": 12,
}
_LETTERS: dict[str, Length] = {"B": "two_months", "Q": "quarter", "H": "half_year"}
_KEY = re.compile(r"(?P<year>\d{4})(?:-(?P<letter>[WBQH])?(?P<number>\d{1,2}))?")


class BadPeriod(ValueError):
    """The key names no period."""


@dataclass(frozen=True, slots=True)
class Period:
    """One period: ``first`` and ``last`` are inclusive civil days (``from`` and ``to`` in JSON)."""

    key: str
    length: Length
    first: date
    last: date

    @property
    def days(self) -> int:
        """Calendar days in the period."""
        return (self.last - self.first).days + 1


def civil_day(moment: datetime) -> date:
    """The civil day in Asia/Shanghai of an aware moment (M13)."""
    if moment.tzinfo is None:
        raise ValueError("a moment without offset has no civil day")
    return moment.astimezone(SHANGHAI).date()


def start_of(day: date) -> datetime:
    """The first moment of a civil day."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def containing(length: Length, day: date) -> Period:
    """The period of this length that contains the day; ``standing`` and ``once`` are that day."""
    if length in ("standing", "once"):
        return Period(length, length, day, day)
    if length == "week":
        year, week, weekday = day.isocalendar()
        monday = day - timedelta(days=weekday - 1)
        return Period(f"{year}-W{week:02d}", length, monday, monday + timedelta(days=6))
    return _of_months(length, day.year, (day.month - 1) // _MONTHS[length] + 1)


def parse(key: str | int, on: date | None = None) -> Period:
    """The period a key names; ``standing`` and ``once`` need the day ``on``.

    Raises `BadPeriod`.
    """
    text = str(key).strip()
    if text in ("standing", "once"):
        if on is None:
            raise BadPeriod(f"周期 `{text}` 要有一个日子")
        return containing("standing" if text == "standing" else "once", on)
    found = _KEY.fullmatch(text)
    if found is None:
        raise BadPeriod(
            f"周期没有 `{text}` 这种写法，可写 2026-W47（周）、2026-11（月）、2026-B6（双月）、2026-Q4（季）、2026-H2（半年）、2026（年）、standing 或 once"
        )
    year, number = int(found["year"]), int(found["number"] or 1)
    try:
        if found["letter"] == "W":
            return containing("week", date.fromisocalendar(year, number, 1))
        length: Length = "month" if found["number"] else "year"
        return _of_months(_LETTERS.get(found["letter"] or "", length), year, number)
    except ValueError as error:
        raise BadPeriod(f"没有 `{text}` 这个周期") from error


def _of_months(length: Length, year: int, number: int) -> Period:
    months = _MONTHS[length]
    if not 1 <= number <= 12 // months:
        raise ValueError(number)
    first = date(year, (number - 1) * months + 1, 1)
    end = number * months
    last = date(year + end // 12, end % 12 + 1, 1) - timedelta(days=1)
    letter = {"month": f"-{number:02d}", "year": ""}.get(length)
    if letter is None:
        letter = f"-{next(k for k, v in _LETTERS.items() if v == length)}{number}"
    return Period(f"{year}{letter}", length, first, last)
