"""A policy pack 政策包: rules as data, every number with its clause and the date it begins to hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, get_args

from app.policy.periods import Length

Metric = Literal[
    "stay_days",
    "workday_ratio",
    "checkin_count",
    "household_visits",
    "qualified_visits",
    "diaries",
    "submissions",
    "activities",
    "value",
    "activation_ratio",
    "coverage_ratio",
    "postings",
]
METRICS: tuple[Metric, ...] = get_args(Metric)
Prorate = Literal["posting", "workdays", "half_period", "none"]
PRORATES: tuple[Prorate, ...] = get_args(Prorate)
Covers = Literal["plan", "portrait", "position", "helper", "income_plan", "project"]
COVERS: tuple[Covers, ...] = get_args(Covers)
Stay = Literal["any", "half_day", "whole_day"]
STAYS: tuple[Stay, ...] = get_args(Stay)
Aggregate = Literal["sum", "latest"]
AGGREGATES: tuple[Aggregate, ...] = get_args(Aggregate)
DueForm = Literal["on", "after_end", "after_start", "day_of_last_month", "month_day", "after_event"]
UnitLevel = Literal["city", "county", "township", "village"]
UNIT_LEVELS: tuple[UnitLevel, ...] = get_args(UnitLevel)
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
SettingValue = str | int | float | bool | None
ParameterValue = int | tuple[str, ...] | None


class UnknownRule(LookupError):
    """The pack has no rule of this id."""


@dataclass(frozen=True, slots=True)
class DatedValue:
    """A threshold from its first day on; ``value`` None = the document lost the number (M31).

    ``of`` makes a fraction (2 of 3). ``figures`` are several thresholds at once, by name.
    ``parameter`` names the blank of the document that the adoption fills in. ``at_most`` is the
    inclusive upper bound, None = none.
    """

    first: date
    value: int | None
    unit: str
    clause: str
    of: int | None = None
    figures: Mapping[str, int] = field(default_factory=dict)
    parameter: str | None = None
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """The last day 期限, inclusive to its end (M20), in one of the forms of `DueForm`.

    ``on`` is a date; ``day`` and ``month`` are the numbers of the other forms: ``after_end`` the
    n-th day after the period's last, ``after_start`` n days after its first, ``day_of_last_month``,
    ``month_day`` of the period's year, ``after_event`` n days after the event (M23). ``roll``: a
    due day on a rest day moves to the next working day (M21). ``reading`` names the setting that
    may read this deadline otherwise (``first_week``, ``tenth_of_month``).
    """

    clause: str
    form: DueForm = "on"
    on: date | None = None
    day: int = 0
    month: int = 0
    roll: bool = True
    reading: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: who owes (``posts``, ``subjects``), how often (``per``), what is counted, how much.

    ``posts`` are post kinds of persons, ``subjects`` kinds of organisations; ``each`` village: one
    standing for each village served. ``counts`` are the kinds of submissions, activities or
    postings that count. ``info`` is shown and never judged; ``advisory`` is judged beside.
    """

    id: str
    title: str
    posts: tuple[str, ...]
    per: Length
    metric: Metric
    at_least: tuple[DatedValue, ...]
    prorate: Prorate = "none"
    covers: tuple[Covers, ...] = ()
    due: Due | None = None
    facts: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    each_village: bool = False
    unit_level: UnitLevel | None = None
    only_in: str | None = None
    counts: tuple[str, ...] = ()
    every_kind: bool = False
    each_event: str | None = None
    distinct_village: bool = False
    in_village: bool = False
    reports_from: str | None = None
    stay: Stay = "any"
    households: int = 0
    weekday: Weekday | None = None
    figure: str | None = None
    also_attendances: str | None = None
    aggregate: Aggregate = "sum"
    info: bool = False
    advisory: bool = False

    @property
    def effective_from(self) -> date:
        """The first day on which the rule holds (M51)."""
        return self.at_least[0].first

    @property
    def binds(self) -> tuple[str, ...]:
        """Every kind of post or organisation that owes it."""
        return self.posts + self.subjects

    def value_on(self, day: date) -> DatedValue:
        """The latest value that begins on or before the day; before all of them, the first."""
        return next((v for v in reversed(self.at_least) if v.first <= day), self.at_least[0])


@dataclass(frozen=True, slots=True)
class Parameter:
    """A blank of the document 留白参数 that the adoption fills in; None = not assessed (M31)."""

    name: str
    says: str
    default: ParameterValue = None
    villages: bool = False

    @property
    def allowed(self) -> str:
        """The allowed values in words."""
        words = "村的列表" if self.villages else "不小于 1 的整数"
        return f"{words}，或者 `null`"

    def allows(self, value: object) -> bool:
        """True when the value may be given: a whole number from 1, or a list of villages, or None."""
        if value is None:
            return True
        if self.villages:
            return isinstance(value, tuple | list) and all(isinstance(v, str) for v in value)
        return isinstance(value, int) and not isinstance(value, bool) and value >= 1


@dataclass(frozen=True, slots=True)
class Source:
    """The document the pack was written from."""

    file: str
    issued: str
    level: str


@dataclass(frozen=True, slots=True)
class Pack:
    """All rules of one document; binds only where an administrator adopted it."""

    id: str
    version: str
    title: str
    source: Source
    settings: Mapping[str, SettingValue]
    rules: Mapping[str, Rule]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    def rule(self, rule_id: str) -> Rule:
        """The rule of this id; raises `UnknownRule`."""
        try:
            return self.rules[rule_id]
        except KeyError:
            raise UnknownRule(f"政策包 `{self.id}` 没有规则 `{rule_id}`") from None

    def shapes(self, rule_id: str) -> tuple[Rule, ...]:
        """The rules under one R-number: ``R70`` and ``R70Q`` are two shapes of one clause."""
        found = tuple(
            rule
            for rule in self.rules.values()
            if rule.id == rule_id
            or (rule.id.startswith(rule_id) and rule.id[len(rule_id) :].isalpha())
        )
        return found or (self.rule(rule_id),)
