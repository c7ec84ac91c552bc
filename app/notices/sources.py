"""What people owe today: their own standings, and those of the organisations they act for.

One list of sources. Each is asked about many people at once and answers with what it knows of
each; a reminder does not care where a standing came from.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.notices.reminders import Owed, Plan
from app.policy.periods import Period, containing
from app.policy.records import History
from app.quotas import adoptions, facts
from app.quotas.facts import Window
from app.quotas.standings import Asked, Bound, binding


@dataclass(frozen=True, slots=True)
class Day:
    """The day and moment of a run, and the calendar of reminders that holds."""

    on: date
    at: datetime
    plan: Plan

    @property
    def now(self) -> Asked:
        """The periods in which the day lies."""
        return Asked.about(self.on, self.at)

    @property
    def before(self) -> Asked:
        """The periods before them: what is due some days after their end may still be open."""
        passing = [p for p in self.now.periods if p.length not in ("standing", "once")]
        return Asked(self.on, self.at, tuple(_before(period) for period in passing))


OwedBy: TypeAlias = dict[UUID, list[Owed]]
Source: TypeAlias = Callable[[AsyncSession, Sequence[UUID], Day], Awaitable[OwedBy]]


async def owed(session: AsyncSession, people: Sequence[UUID], day: Day) -> OwedBy:
    """Everything that these people owe, from every source."""
    found: OwedBy = defaultdict(list)
    for source in SOURCES:
        for person, items in (await source(session, people, day)).items():
            found[person].extend(items)
    return found


async def own(session: AsyncSession, people: Sequence[UUID], day: Day) -> OwedBy:
    """What people owe by their own posts."""
    held = await facts.posts(session, people)
    places = {post.unit for posts in held.values() for post in posts}
    in_force = await adoptions.read(session, places)
    bound: dict[UUID, list[Bound]] = {}
    for person, posts in held.items():
        behind = [
            each
            for each in binding(posts, in_force, day.before)
            if day.plan.looks_back(each.rule, each.period.last, day.on)
        ]
        bound[person] = [*binding(posts, in_force, day.now), *behind]
    every = [each for listed in bound.values() for each in listed]
    if not every:
        return {}
    window = Window(
        people=[person for person, listed in bound.items() if listed],
        first=min(each.period.first for each in every),
        last=max(each.period.last for each in every),
        on=day.on,
        metrics=facts.metrics_of(each.rule for each in every),
    )
    histories = await facts.histories(session, window)
    # the counting runs beside the loop, which goes on taking check-ins
    return await asyncio.to_thread(
        lambda: {person: _owed(bound[person], histories[person], day) for person in window.people}
    )


def _owed(bound: list[Bound], history: History, day: Day) -> list[Owed]:
    found = []
    for each in bound:
        standing = each.standing(history, day.now)
        if standing is not None:
            unit = each.latest.unit
            found.append(Owed(each.rule, standing, unit, history.workdays))
    return found


def _before(period: Period) -> Period:
    return containing(period.length, period.first - timedelta(days=1))


#: whoever adds duties of another kind (an organisation's, through the people who act for it)
#: writes a source and puts it here
SOURCES: tuple[Source, ...] = (own,)
