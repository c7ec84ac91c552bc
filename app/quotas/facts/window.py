"""Whose records of which days are wanted, and where they are collected."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias
from uuid import UUID

from app.policy import records
from app.policy.pack import Rule

#: a person's or an organisation's id, or a unit's code
Ref: TypeAlias = UUID | str


@dataclass(frozen=True, slots=True)
class Window:
    """Whose records of which days are wanted, and which metrics will look at them.

    ``first`` and ``last`` are inclusive; ``on`` is the day the answer is for.
    """

    people: Sequence[UUID]
    first: date
    last: date
    on: date
    metrics: frozenset[str]
    organisations: Sequence[UUID] = ()
    units: Sequence[str] = ()

    def asks(self, *metrics: str) -> bool:
        """Whether any of these metrics will be computed."""
        return not self.metrics.isdisjoint(metrics)

    @property
    def refs(self) -> list[Ref]:
        """Everybody and everything asked about."""
        return [*self.people, *self.organisations, *self.units]


@dataclass(slots=True)
class Found:
    """The records of one subject while they are collected."""

    check_ins: list[records.CheckIn] = field(default_factory=list)
    diaries: list[records.Diary] = field(default_factory=list)
    households: list[records.Household] = field(default_factory=list)


Collected: TypeAlias = defaultdict[Ref, Found]


def metrics_of(rules: Iterable[Rule]) -> frozenset[str]:
    """What is computed for these rules."""
    return frozenset(rule.metric for rule in rules)
