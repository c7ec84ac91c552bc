"""A policy pack 政策包: rules as data, every number with its clause and the date it begins to hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from app.policy.periods import Length

Metric = Literal["stay_days", "checkin_count", "diaries", "coverage_ratio"]
METRICS: tuple[Metric, ...] = get_args(Metric)
Prorate = Literal["posting", "half_period", "none"]
PRORATES: tuple[Prorate, ...] = get_args(Prorate)
Covers = Literal["plan", "portrait", "position"]
COVERS: tuple[Covers, ...] = get_args(Covers)
SettingValue = str | int | float | bool | None


class UnknownRule(LookupError):
    """The pack has no rule of this id."""


@dataclass(frozen=True, slots=True)
class DatedValue:
    """A threshold from its first day on; ``value`` None = the document lost the number (M31)."""

    first: date
    value: int | None
    unit: str
    clause: str


@dataclass(frozen=True, slots=True)
class Due:
    """The day, inclusive to its end (M20), by which a standing duty must be fulfilled."""

    on: date
    clause: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: who owes (``posts``), how often (``per``), what is counted (``metric``), how much."""

    id: str
    title: str
    posts: tuple[str, ...]
    per: Length
    metric: Metric
    at_least: tuple[DatedValue, ...]
    prorate: Prorate = "none"
    covers: Covers | None = None
    due: Due | None = None
    facts: tuple[str, ...] = ()

    @property
    def effective_from(self) -> date:
        """The first day on which the rule holds (M51)."""
        return self.at_least[0].first

    def value_on(self, day: date) -> DatedValue:
        """The latest value that begins on or before the day; before all of them, the first."""
        return next((v for v in reversed(self.at_least) if v.first <= day), self.at_least[0])


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

    def rule(self, rule_id: str) -> Rule:
        """The rule of this id; raises `UnknownRule`."""
        try:
            return self.rules[rule_id]
        except KeyError:
            raise UnknownRule(f"pack {self.id} has no rule {rule_id}") from None
