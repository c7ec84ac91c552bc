"""Whose records of which days are wanted, and where they are collected."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_

from app.policy import records
from app.policy.calendar import Calendar
from app.policy.pack import Metric, Rule

#: a person's or an organisation's id, or a unit's code
Ref: TypeAlias = UUID | str


@dataclass(frozen=True, slots=True)
class Window:
    """Whose records of which days are wanted, and which rules will look at them.

    ``first`` and ``last`` are inclusive; ``on`` is the day the answer is for. ``units`` are asked
    about as owing something themselves; what happens below a unit is part of its facts.
    """

    people: Sequence[UUID]
    first: date
    last: date
    on: date
    metrics: frozenset[Metric]
    #: kinds of posts that rules about accounts and staff look at
    kinds: frozenset[str] = frozenset()
    #: kinds of events that are each to be answered by a submission
    events: frozenset[str] = frozenset()
    organisations: Sequence[UUID] = ()
    units: Sequence[str] = ()

    @classmethod
    def of(
        cls,
        rules: Iterable[Rule],
        *,
        first: date,
        last: date,
        on: date,
        people: Sequence[UUID] = (),
        organisations: Sequence[UUID] = (),
        units: Sequence[str] = (),
    ) -> "Window":
        """What these rules need to know."""
        asked = list(rules)
        headcounts = ("activation_ratio", "postings")
        return cls(
            people=people,
            first=first,
            last=last,
            on=on,
            metrics=frozenset(rule.metric for rule in asked),
            kinds=frozenset(
                kind for rule in asked if rule.metric in headcounts for kind in rule.counts
            ),
            events=frozenset(rule.each_event for rule in asked if rule.each_event),
            organisations=organisations,
            units=units,
        )

    def asks(self, *metrics: Metric) -> bool:
        """Whether any of these metrics will be computed."""
        return not self.metrics.isdisjoint(metrics)

    @property
    def refs(self) -> list[Ref]:
        """Everybody and everything asked about."""
        return [*self.people, *self.organisations, *self.units]

    def owned(self, person: Any, organisation: Any, unit: Any) -> ColumnElement[bool]:
        """Rows that belong to one of them: exactly one of the three columns is set."""
        asked = ((person, self.people), (organisation, self.organisations), (unit, self.units))
        clauses = [column.in_(refs) for column, refs in asked if refs]
        return or_(*clauses) if clauses else false()

    def holders(self, code: str) -> list[str]:
        """The units asked about that hold this one."""
        return [unit for unit in self.units if code.startswith(unit)]

    def roots(self) -> list[str]:
        """The topmost of the units asked about: all others lie below one of them."""
        found: list[str] = []
        for unit in sorted(self.units):
            if not found or not unit.startswith(found[-1]):
                found.append(unit)
        return found


@dataclass(slots=True)
class Found:
    """The records of one subject while they are collected."""

    check_ins: list[records.CheckIn] = field(default_factory=list)
    diaries: list[records.Diary] = field(default_factory=list)
    households: list[records.Household] = field(default_factory=list)
    submissions: list[records.Submission] = field(default_factory=list)
    activities: list[records.Activity] = field(default_factory=list)
    figures: list[records.Figure] = field(default_factory=list)
    accounts: list[records.Account] = field(default_factory=list)
    leaves: list[records.Leave] = field(default_factory=list)
    make_ups: list[records.MakeUp] = field(default_factory=list)
    staff: list[records.Staff] = field(default_factory=list)
    workdays: Calendar | None = None


Collected: TypeAlias = defaultdict[Ref, Found]


def ref_of(person: UUID | None, organisation: UUID | None, unit: str | None) -> Ref:
    """Whose a row is: exactly one of the three is told."""
    found = person or organisation or unit
    if found is None:
        raise LookupError("a row that is nobody's")
    return found
