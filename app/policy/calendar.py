"""The working-day calendar 工作日历: the State Council's yearly notices as dated data (M8).

A year is data, never a guess: a year without data raises `CalendarMissing`, there is no fall-back
to Monday to Friday. Files of ``calendars/`` hold lists of years in the shape
``{"year", "status": "official|provisional", "source", "days": [{"date", "name", "isOffDay"}]}``;
days not listed are working days from Monday to Friday.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).with_name("calendars")
_SATURDAY = 5


class CalendarMissing(LookupError):
    """No calendar is known for this year (state not_assessed, reason "calendar missing")."""

    def __init__(self, year: int) -> None:
        super().__init__(f"no working-day calendar for {year}")
        self.year = year


class BadCalendar(ValueError):
    """The data do not have the shape of a calendar."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """``years`` maps each covered year to its days that differ: True = off, False = working."""

    years: Mapping[int, Mapping[date, bool]]

    def is_working(self, day: date) -> bool:
        """True on a working day, make-up working days included; raises `CalendarMissing`."""
        if day.year not in self.years:
            raise CalendarMissing(day.year)
        off = self.years[day.year].get(day)
        return day.weekday() < _SATURDAY if off is None else not off

    def working_days(self, first: date, last: date) -> int:
        """Working days from ``first`` to ``last``, both inclusive; raises `CalendarMissing`."""
        span = range((last - first).days + 1)
        return sum(self.is_working(first + timedelta(days=number)) for number in span)

    def with_years(self, data: Iterable[Mapping[str, Any]]) -> "Calendar":
        """This calendar with years added or replaced, as an administrator does; raises `BadCalendar`."""
        return Calendar({**self.years, **dict(_year(entry) for entry in data)})


@cache
def shipped() -> Mapping[int, Mapping[str, Any]]:
    """The years of the shipped files as written; a later file replaces a year of an earlier one."""
    files = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(_FOLDER.glob("*.json"))
    ]
    return {int(entry["year"]): entry for file in files for entry in file}


@cache
def national() -> Calendar:
    """The shipped calendar."""
    return Calendar({}).with_years(shipped().values())


def _year(entry: Mapping[str, Any]) -> tuple[int, dict[date, bool]]:
    try:
        year = int(entry["year"])
        days = {date.fromisoformat(day["date"]): day["isOffDay"] for day in entry["days"]}
    except (KeyError, TypeError, ValueError) as error:
        raise BadCalendar(
            f"a calendar year needs year and days of date and isOffDay: {error}"
        ) from error
    if entry.get("status") not in ("official", "provisional") or not entry.get("source"):
        raise BadCalendar(f"calendar {year} names no status (official or provisional) or no source")
    stray = [day for day, off in days.items() if day.year != year or not isinstance(off, bool)]
    if stray or not days:
        raise BadCalendar(
            f"calendar {year} has days of another year, without isOffDay, or none at all"
        )
    return year, days
