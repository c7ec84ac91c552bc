"""A standing 完成情况: one rule, one person or organisation, one period, with its evidence."""

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
class Subject:
    """The organisation that owes it, as the caller names it: kind of the vocabulary, id or code."""

    kind: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class CountedDay:
    """A civil day that counted and the ids of the records that prove it.

    An ``assumed`` day is proved by nothing: somebody asked what would be if.
    """

    day: date
    records: tuple[str, ...]
    assumed: bool = False


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
    """The contract's standing; what follows ``settings`` is added to it.

    ``have``, ``need``, ``full_need``, ``remaining`` are in ``unit``; ``need`` is None only when
    the document lost its number or it cannot be known. ``can_miss`` (days) is None for metrics that
    may grow several times a day. ``percent`` is truncated to 0.1 (M30): of the households or people
    where the rule asks a percentage, else have ÷ need.

    ``subject`` is None for a person; ``village`` is set where a rule is owed for each village.
    ``late``: done after the due day, in ``unit``. ``prorated`` 折算: need is less than full_need
    because of the posting. ``change_by``: the first day from which every day left is needed; None
    when enough days are left over or none would help. ``at_most``: the inclusive upper bound.
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
    subject: Subject | None = None
    village: str | None = None
    late: int = 0
    prorated: bool = False
    change_by: date | None = None
    at_most: int | None = None
    not_assessed: str | None = None
    info: bool = False
    advisory: bool = False
