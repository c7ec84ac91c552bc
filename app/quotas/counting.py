"""Counting people live: who is bound by what, and what each has done of it."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.policy.records import History, Post
from app.policy.standing import Standing, Subject
from app.postings.models import Posting
from app.quotas import adoptions, facts
from app.quotas.adoptions import Adoptions
from app.quotas.changes import parts
from app.quotas.facts import Window
from app.quotas.standings import Asked, Bound, begun, binding

#: Persons whose records are in memory at once; between two batches others get their turn.
BATCH = 100


@dataclass(frozen=True, slots=True)
class Row:
    """A person of a table: the unit and kind of their latest post, and what binds them."""

    id: UUID
    name: str
    unit: str
    kind: str
    bound: list[Bound]

    @property
    def place(self) -> tuple[str, str, str, str]:
        """By village, post, name: an order in which nobody is first for their figures."""
        return self.unit, self.kind, self.name, str(self.id)


async def people_of(
    session: AsyncSession, unit: str, asked: Asked, whom: Collection[UUID] | None = None
) -> tuple[list[Row], Adoptions]:
    """Whoever is bound by a rule of this period and has their latest such post in the unit.

    A person who moved is shown once, where they went: the tables of two townships, or the counts
    of a county's townships, never name anybody twice. ``whom`` asks about these persons only.
    """
    period = asked.periods[0]
    here = (
        select(col(Posting.person_id))
        .where(
            col(Posting.unit).startswith(unit),
            col(Posting.since) <= period.last,
            or_(col(Posting.until).is_(None), col(Posting.until) >= period.first),
        )
        .distinct()
    )
    posts: dict[UUID, list[Post]] = {}
    names: list[tuple[UUID, str]] = []
    asked_of = [here]
    if whom is not None:
        asked_of = [here.where(col(Posting.person_id).in_(part)) for part in parts(sorted(whom))]
    for some in asked_of:
        posts |= await facts.posts(session, some)
        told = select(col(User.id), col(User.name)).where(col(User.id).in_(some))
        names += (await session.exec(told)).all()
    places = {post.unit for held in posts.values() for post in held}
    in_force = await adoptions.read(session, {unit, *places})
    rows = []
    for person, name in names:
        bound = binding(posts[person], in_force, asked)
        latest = max((each.latest for each in bound), key=begun, default=None)
        if latest is not None and latest.unit.startswith(unit):
            rows.append(Row(person, name, latest.unit, latest.kind, bound))
    return sorted(rows, key=lambda row: row.place), in_force


async def count(session: AsyncSession, rows: Sequence[Row], asked: Asked) -> list[list[Standing]]:
    """The standings of each row. The counting itself is done beside the loop, which goes on
    taking check-ins.
    """
    window = window_of(
        [each for row in rows for each in row.bound], asked, people=[row.id for row in rows]
    )
    histories = await facts.histories(session, window)
    return await asyncio.to_thread(
        lambda: [standings(row.bound, histories[row.id], asked) for row in rows]
    )


def standings(
    bound: list[Bound], history: History, asked: Asked, subject: Subject | None = None
) -> list[Standing]:
    """What the engine finds of each rule."""
    found = (each.standing(history, asked, subject) for each in bound)
    return [standing for standing in found if standing is not None]


def window_of(
    bound: Sequence[Bound],
    asked: Asked,
    *,
    people: Sequence[UUID] = (),
    organisations: Sequence[UUID] = (),
    units: Sequence[str] = (),
) -> Window:
    """What must be known of these subjects for these rules."""
    periods = [each.period for each in bound]
    return Window.of(
        (each.rule for each in bound),
        first=min((period.first for period in periods), default=asked.on),
        last=max((period.last for period in periods), default=asked.on),
        on=asked.on,
        people=people,
        organisations=organisations,
        units=units,
    )
