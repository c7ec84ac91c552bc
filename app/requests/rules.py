"""The numbers of ``settings.yaml``, and what follows from them for one request. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("settings.yaml")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rules:
    """Who decides, until when, how often; each number's reason stands in ``settings.yaml``."""

    township_days: dict[str, int]
    make_ups_per_month: int
    make_up_days: int
    late_sync_hours: int
    county_steps_in_days: int

    def is_long(self, kind: str, days: int) -> bool:
        """Whether an absence of so many days in a row is decided by the county."""
        return days > self.township_days[kind]

    def deadline(self, day: date) -> date:
        """The last day on which a make-up of this day is asked for in time."""
        return day + timedelta(days=self.make_up_days)

    def earliest(self, asked: date) -> date:
        """The earliest day of which a make-up asked for on this day is in time."""
        return asked - timedelta(days=self.make_up_days)

    def in_time(self, day: date, received: date, written: date | None) -> bool:
        """Whether a make-up of ``day`` was asked for in time, by civil days.

        One that says it was written in time may arrive ``late_sync_hours`` after the deadline.
        """
        late = timedelta(hours=self.late_sync_hours)
        asked = received if written is None else min(written, received)
        return asked <= self.deadline(day) and received - late <= self.deadline(day)


@cache
def rules() -> Rules:
    """The numbers that come with this version."""
    told: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return Rules(**told)


def days_in_a_row(first: date, last: date, others: Iterable[tuple[date, date]]) -> int:
    """Civil days of the absence that holds this span and all spans that touch it."""
    left = list(others)
    grown = True
    while grown:
        grown = False
        for span in list(left):
            begin, end = span
            if begin <= last + _DAY and end >= first - _DAY:
                first, last = min(first, begin), max(last, end)
                left.remove(span)
                grown = True
    return (last - first).days + 1
