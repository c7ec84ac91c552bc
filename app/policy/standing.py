"""A standing 完成情况: one rule, one person, one period, with its evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from app.policy.pack import SettingValue
from app.policy.periods import Period

State = Literal[
    "met", "on_track", "at_risk", "unreachable", "not_met", "late", "not_assessed", "excused"
]
STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True, slots=True)
class Clause:
    """Where the number comes from."""

    document: str
    article: str


@dataclass(frozen=True, slots=True)
class CountedDay:
    """A civil day that counted and the ids of the records that prove it."""

    day: date
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotCounted:
    """A record of the period that did not count: a stable code and one plain Chinese sentence.

    ``day`` is the civil day it is about; None for a household, which lacks something on no day.
    """

    record: str
    day: date | None
    code: str
    why: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The contract's standing; ``due`` and ``percent`` are additions.

    ``have``, ``need``, ``full_need``, ``remaining`` are in ``unit``; ``need`` is None only when
    the document lost its number. ``can_miss`` (days) is None for metrics that may grow several
    times a day. ``percent`` is truncated to 0.1 (M30): households for coverage, else have ÷ need.
    """

    rule: str
    pack: str
    version: str
    title: str
    period: Period
    have: int
    need: int | None
    full_need: int | None
    unit: str
    state: State
    clause: Clause
    remaining: int | None
    days_left: int
    can_miss: int | None
    why: str
    counted: tuple[CountedDay, ...]
    not_counted: tuple[NotCounted, ...]
    settings: Mapping[str, SettingValue]
    due: date | None
    percent: float | None
