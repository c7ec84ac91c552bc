"""Standings 完成情况 of one person: which rules bind them, and what the engine finds. No SQL."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from app.policy.engine import evaluate
from app.policy.pack import Rule
from app.policy.periods import LENGTHS, Period, containing
from app.policy.records import History, Post
from app.policy.standing import Standing
from app.quotas.adoptions import Adoptions, InForce


@dataclass(frozen=True, slots=True)
class Asked:
    """The question: as of which civil day, at which moment, in which periods."""

    on: date
    at: datetime
    periods: tuple[Period, ...]

    @classmethod
    def about(cls, on: date, at: datetime, period: Period | None = None) -> "Asked":
        """One period, or of each length the one that contains ``on``."""
        return cls(on, at, (period,) if period else tuple(containing(p, on) for p in LENGTHS))

    def day_of(self, period: Period) -> date:
        """The day on which a pack must be in force for this period: ``on``, held inside it."""
        return min(max(self.on, period.first), period.last)


@dataclass(frozen=True, slots=True)
class Bound:
    """A rule that binds a person in a period, by these posts.

    Posts of all units count together, because the days of several posts in one pack are summed
    (M38); with several adoptions of the pack, the one over the latest post speaks.
    """

    held: InForce
    rule: Rule
    period: Period
    posts: tuple[Post, ...]

    @property
    def latest(self) -> Post:
        """The post that began last."""
        return max(self.posts, key=begun)

    def standing(self, history: History, asked: Asked) -> Standing | None:
        """What the engine finds."""
        return evaluate(
            self.held.pack,
            self.rule.id,
            replace(history, posts=self.posts),
            self.period,
            asked.at,
            on=asked.on,
            settings=self.held.adoption.settings,
            effective_from=self.held.effective_from(self.rule),
        )


def binding(posts: Iterable[Post], adoptions: Adoptions, asked: Asked) -> list[Bound]:
    """The rules that bind a person with these posts, in the order of packs and rules.

    A post binds where its unit has the pack in force, where the rule names its kind, and where it
    touches the period.
    """
    found: dict[tuple[str, str], list[tuple[Post, InForce, Rule, Period]]] = {}
    for post in posts:
        for period in asked.periods:
            if touches(post, period):
                for held in adoptions.over(post.unit, asked.day_of(period)):
                    for rule in held.pack.rules.values():
                        if rule.per == period.length and post.kind in rule.posts:
                            key = held.pack.id, rule.id
                            found.setdefault(key, []).append((post, held, rule, period))
    bound = []
    for _, ways in sorted(found.items()):
        _, held, rule, period = max(ways, key=lambda way: begun(way[0]))
        bound.append(Bound(held, rule, period, tuple(post for post, *_ in ways)))
    return bound


def touches(post: Post, period: Period) -> bool:
    """The posting holds on a day of the period."""
    return post.first <= period.last and (post.last is None or post.last >= period.first)


def begun(post: Post) -> tuple[date, str, str]:
    """Sorts postings by their beginning; units and kinds only settle a tie."""
    return post.first, post.unit, post.kind
