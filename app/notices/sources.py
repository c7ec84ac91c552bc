"""What people owe today: their own standings, and those of the organisations they act for.

One list of sources. Each is asked about many people at once and answers with what it knows of
each; a reminder does not care where a standing came from.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.notices.reminders import Owed, Plan
from app.org.models import DIGITS, OrganisationPerson
from app.policy.periods import Period, containing
from app.policy.records import History, Post
from app.policy.standing import Subject
from app.postings.scope import ACTS_FOR, valid_on
from app.quotas import adoptions, counting, duties, facts, owing, service
from app.quotas.adoptions import Adoptions
from app.quotas.duties import Duty
from app.quotas.facts import Ref
from app.quotas.owing import Owing
from app.quotas.standings import Asked, Bound, binding


@dataclass(frozen=True, slots=True)
class Day:
    """The day and moment of a run, and the calendar of reminders that holds.

    ``known`` keeps, of organisations that somebody asked about, what is worth a reminder: several
    people act for each, and they come in different batches.
    """

    on: date
    at: datetime
    plan: Plan
    known: dict[Ref, list[Owed]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def now(self) -> Asked:
        """The periods in which the day lies."""
        return Asked.about(self.on, self.at)

    @property
    def before(self) -> Asked:
        """The periods before them: what is due some days after their end may still be open."""
        passing = [p for p in self.now.periods if p.length not in ("standing", "once")]
        return Asked(self.on, self.at, tuple(_before(period) for period in passing))

    def bound(self, posts: Iterable[Post], in_force: Adoptions) -> list[Bound]:
        """The rules of both that may be worth a reminder."""
        held = list(posts)
        behind = [
            each
            for each in binding(held, in_force, self.before)
            if self.plan.looks_back(each.rule, each.period.last, self.on)
        ]
        return [*binding(held, in_force, self.now), *behind]


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
    in_force = await adoptions.read(session, {p.unit for posts in held.values() for p in posts})
    bound = {person: day.bound(posts, in_force) for person, posts in held.items()}
    bound = {person: listed for person, listed in bound.items() if listed}
    if not bound:
        return {}
    every = [each for listed in bound.values() for each in listed]
    window = counting.window_of(every, day.now, people=list(bound))
    histories = await facts.histories(session, window)
    # the counting runs beside the loop, which goes on taking check-ins
    return await asyncio.to_thread(
        lambda: {person: _owed(listed, histories[person], day) for person, listed in bound.items()}
    )


async def acted_for(session: AsyncSession, people: Sequence[UUID], day: Day) -> OwedBy:
    """What the organisations and units owe for which these people hand in: each of them is told."""
    acting = await _acting(session, people, day.on)
    for ref in sorted({*_flat(acting)} - day.known.keys(), key=str):
        # one by one: rows of twenty villages at once would keep the loop from its requests
        day.known[ref] = await _learn(session, ref, day)
    return {
        person: [each for ref in refs for each in day.known[ref]] for person, refs in acting.items()
    }


async def _learn(session: AsyncSession, ref: Ref, day: Day) -> list[Owed]:
    """Count what an organisation owes, and keep what is worth a reminder."""
    every = await _owing(session, ref, day.on)
    in_force = await adoptions.read(session, owing.units_of(every)) if every else Adoptions(())
    bound = [Duty(each, listed) for each in every if (listed := day.bound(each.posts, in_force))]
    if not bound:
        return []
    histories = await duties.histories_of(session, bound, day.now)
    villages = {each.village for duty in bound for each in duty.bound if each.village}
    names = await service.unit_names(session, sorted(villages)) if villages else {}
    return await asyncio.to_thread(
        lambda: [each for duty in bound for each in _of_duty(duty, histories, day, names)]
    )


async def _acting(session: AsyncSession, people: Sequence[UUID], on: date) -> dict[UUID, list[Ref]]:
    """The units and organisations for which each of these people acts on this day."""
    found: dict[UUID, list[Ref]] = defaultdict(list)
    for person, posts in (await facts.posts(session, people)).items():
        held = [post for post in posts if post.holds_on(on)]
        found[person].extend(
            sorted({p.unit for p in held if p.kind in ACTS_FOR[DIGITS[len(p.unit)]]})
        )
    query = select(col(OrganisationPerson.person_id), col(OrganisationPerson.organisation_id))
    entered = query.where(
        col(OrganisationPerson.person_id).in_(people),
        valid_on(col(OrganisationPerson.since), col(OrganisationPerson.until), on),
    )
    for person, organisation in sorted((await session.exec(entered)).all()):
        if organisation not in found[person]:
            found[person].append(organisation)
    return found


def _flat(acting: dict[UUID, list[Ref]]) -> Iterable[Ref]:
    return (ref for refs in acting.values() for ref in refs)


async def _owing(session: AsyncSession, ref: Ref, on: date) -> list[Owing]:
    if isinstance(ref, UUID):
        return await owing.of_organisation(session, ref)
    return await owing.of_unit(session, ref, on, on)


def _owed(bound: list[Bound], history: History, day: Day) -> list[Owed]:
    found = []
    for each in bound:
        standing = each.standing(history, day.now)
        if standing is not None:
            found.append(Owed(each.rule, standing, each.latest.unit, each.calendar))
    return found


def _of_duty(
    duty: Duty, histories: dict[Ref, History], day: Day, names: dict[str, str]
) -> list[Owed]:
    """Standings of an organisation; of one that serves several villages, each with its village."""
    subject: Subject = duty.owing.subject
    found = []
    for each in duty.bound:
        standing = each.standing(histories[duty.owing.ref], day.now, subject)
        if standing is not None:
            at = f"@{each.village}" if each.village else ""
            name = f"{subject.name}({names[each.village]})" if each.village else subject.name
            told = Owed(each.rule, standing, duty.owing.seat, each.calendar, subject.id + at, name)
            if day.plan.reminder(told, day.on) is not None:
                found.append(told)
    return found


def _before(period: Period) -> Period:
    return containing(period.length, period.first - timedelta(days=1))


#: whoever finds duties of yet another kind writes a source and puts it here
SOURCES: tuple[Source, ...] = (own, acted_for)
