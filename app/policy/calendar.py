"""The working-day calendar 工作日历: the State Council's yearly notices as dated data (M8).

A year is data, never a guess: a year without data raises `CalendarMissing`, there is no fall-back
to Monday to Friday. Files of ``calendars/`` hold lists of years in the shape
``{"year", "status": "official|provisional", "source", "days": [{"date", "name", "isOffDay"}]}``;
days not listed are working days from Monday to Friday.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from app.policy.reading import Fault

_FOLDER = Path(__file__).with_name("calendars")
_SATURDAY = 5
_NO_FILE = "工作日历"
_YEAR = re.compile(r'"year"\s*:')


class CalendarMissing(LookupError):
    """No calendar is known for this year (state not_assessed, reason "calendar missing")."""

    def __init__(self, year: int) -> None:
        super().__init__(f"没有 {year} 年的工作日历")
        self.year = year


class BadCalendar(Fault):
    """The data do not have the shape of a calendar; where they come from no file, the line counts years."""


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
        added = dict(_year(entry, _NO_FILE, number) for number, entry in enumerate(data, 1))
        return Calendar({**self.years, **added})


@cache
def shipped() -> Mapping[int, Mapping[str, Any]]:
    """The years of the shipped files as written; a later file replaces a year of an earlier one.

    Raises `BadCalendar` with the file and the line of the mistake.
    """
    return {
        int(entry["year"]): entry
        for path in sorted(_FOLDER.glob("*.json"))
        for entry in _read(path)
    }


@cache
def national() -> Calendar:
    """The shipped calendar; raises `BadCalendar`."""
    return Calendar({}).with_years(shipped().values())


def _read(path: Path) -> list[Mapping[str, Any]]:
    """The years of one file, each looked at."""
    try:
        text = path.read_text(encoding="utf-8")
        entries = json.loads(text)
    except UnicodeDecodeError:
        raise BadCalendar(
            path.name, 1, "文件不是 UTF-8 编码", "用别的编码，汉字会成乱码", "请另存为 UTF-8 编码"
        ) from None
    except json.JSONDecodeError as error:
        raise BadCalendar(
            path.name,
            error.lineno,
            "这里不合 JSON 的写法",
            "照这样写读不下去",
            "请看这一行和上一行的逗号、引号和括号",
        ) from None
    if not isinstance(entries, list):
        raise BadCalendar(
            path.name, 1, "文件不是列表", "一个文件可以有好几年", "请写成 `[{…}]` 的样子"
        )
    begins = [text.count("\n", 0, found.start()) + 1 for found in _YEAR.finditer(text)]
    lines = begins if len(begins) == len(entries) else [1] * len(entries)
    for entry, line in zip(entries, lines, strict=True):
        _year(entry, path.name, line)
    return entries


def _year(entry: Mapping[str, Any], file: str, line: int) -> tuple[int, dict[date, bool]]:
    def bad(what: str, why: str, mend: str) -> BadCalendar:
        return BadCalendar(file, line, what, why, mend)

    try:
        year, days = int(entry["year"]), list(entry["days"])
    except (KeyError, TypeError, ValueError):
        raise bad(
            "这一年的 `year` 或 `days` 没有写或者写得不对",
            "不知道是哪一年、哪些日子",
            "请写成 `{year: 2027, status: official, source: …, days: [{…}]}` 的样子，名称都加双引号",
        ) from None
    if entry.get("status") not in ("official", "provisional") or not entry.get("source"):
        raise bad(
            f"{year} 年的 `status` 或 `source` 没有写或者写得不对",
            "要让人知道这份日历从哪里来、是不是定稿",
            "`status` 请写 `official`（正式）或 `provisional`（暂定），`source` 请写出处",
        )
    found: dict[date, bool] = {}
    for day in days:
        try:
            on, off = date.fromisoformat(day["date"]), day["isOffDay"]
        except (KeyError, TypeError, ValueError):
            raise bad(
                f"{year} 年的一天 `{json.dumps(day, ensure_ascii=False, default=str)}` 读不懂",
                "每一天都要有确有的日期，并说明休息还是上班",
                "请写成 `date: 2027-01-01, name: 元旦, isOffDay: true` 的样子，名称和日期都加双引号",
            ) from None
        if on.year != year or not isinstance(off, bool):
            raise bad(
                f"{year} 年的一天 `{on}` 不在这一年或者 `isOffDay` 写得不对",
                "记错的日子会算错工作日",
                "请改正日期，`isOffDay` 写 `true`（休息）或 `false`（上班）",
            )
        found[on] = off
    if not found:
        raise bad(f"{year} 年一天也没有写", "每年都有放假的日子", "请照放假通知逐日写上")
    return year, found
