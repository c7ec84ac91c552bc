"""Standings 完成情况: which rules bind a person or an organisation, and what the engine finds. No SQL."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from app.org.models import DIGITS
from app.policy.calendar import Calendar
from app.policy.engine import evaluate
from app.policy.pack import Rule
from app.policy.periods import LENGTHS, Period, containing
from app.policy.records import History, Post
from app.policy.standing import Standing, Subject
from app.quotas.adoptions import Adoptions, InForce


@dataclass(frozen=True, slots=True)
class Asked:
    """The question: as of which civil day, at which moment, in which periods.

    ``assumed`` are days that are counted as if they had been spent in the village.
    """

    on: date
    at: datetime
    periods: tuple[Period, ...]
    assumed: frozenset[date] = frozenset()

    @classmethod
    def about(cls, on: date, at: datetime, period: Period | None = None) -> "Asked":
        """One period, or of each length the one that contains ``on``."""
        return cls(on, at, (period,) if period else tuple(containing(p, on) for p in LENGTHS))

    def day_of(self, period: Period) -> date:
        """The day on which a pack must be in force for this period: ``on``, held inside it.

        A pack that is replaced inside a period leaves it to the one in force on that day: while
        the period runs to the one of the day asked for, afterwards to the one of its last day.
        """
        return min(max(self.on, period.first), period.last)


@dataclass(frozen=True, slots=True)
class Bound:
    """A rule that binds somebody in a period, by these posts.

    Posts of all units count together, because the days of several posts in one pack are summed
    (M38); with several adoptions of the pack, the one over the latest post speaks. A rule asked
    of each ``village`` is bound once for every village, by the posts there.
    """

    held: InForce
    rule: Rule
    period: Period
    posts: tuple[Post, ...]
    calendar: Calendar
    village: str | None = None

    @property
    def latest(self) -> Post:
        """The post that began last."""
        return max(self.posts, key=begun)

    @property
    def is_advisory(self) -> bool:
        """Shown beside, left out of the counts of who has done what."""
        return self.held.is_advisory(self.rule)

    def standing(
        self, history: History, asked: Asked, subject: Subject | None = None
    ) -> Standing | None:
        """What the engine finds."""
        found = evaluate(
            self.held.pack,
            self.rule.id,
            self.given(history),
            self.period,
            asked.at,
            on=asked.on,
            settings=self.held.settings,
            effective_from=self.held.effective_from(self.rule),
            **_told(subject=subject, assume_days=asked.assumed),
        )
        if found is None or found.advisory == self.is_advisory:
            return found
        return replace(found, advisory=self.is_advisory)

    def given(self, history: History) -> History:
        """The history as the engine gets it: with the posts and the calendar of this rule."""
        return replace(history, posts=self.posts, workdays=self.calendar)


def _told(**options: Any) -> dict[str, Any]:
    """Only what is asked for."""
    return {name: value for name, value in options.items() if value}


def binding(posts: Iterable[Post], adoptions: Adoptions, asked: Asked) -> list[Bound]:
    """The rules that bind whoever holds these posts, in the order of packs, rules and villages.

    A post binds where its unit has the pack in force, where the rule names its kind, and where it
    touches the period. An organisation's kind is the kind of its posts.
    """
    found: dict[tuple[str, str, str], list[tuple[Post, InForce, Rule, Period]]] = {}
    for post in posts:
        for period in asked.periods:
            if touches(post, period):
                for held in adoptions.over(post.unit, asked.day_of(period)):
                    for rule in held.pack.rules.values():
                        if rule.per == period.length and binds(rule, post):
                            village = post.unit if rule.each_village else ""
                            key = held.pack.id, rule.id, village
                            found.setdefault(key, []).append((post, held, rule, period))
    bound = []
    for (_, _, village), ways in sorted(found.items()):
        post, held, rule, period = max(ways, key=lambda way: begun(way[0]))
        calendar = adoptions.calendar(post.unit)
        by = tuple(way[0] for way in ways)
        bound.append(Bound(held, rule, period, by, calendar, village or None))
    return bound


def binds(rule: Rule, post: Post) -> bool:
    """The rule names this kind of post, and units of this level."""
    if post.kind not in rule.binds:
        return False
    return rule.unit_level is None or DIGITS.get(len(post.unit)) == rule.unit_level


def touches(post: Post, period: Period) -> bool:
    """The posting holds on a day of the period."""
    return post.first <= period.last and (post.last is None or post.last >= period.first)


def begun(post: Post) -> tuple[date, str, str]:
    """Sorts postings by their beginning; units and kinds only settle a tie."""
    return post.first, post.unit, post.kind
