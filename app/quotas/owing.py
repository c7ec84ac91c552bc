"""Who owes something as an organisation 责任主体: administrative units, and what is entered beside them.

A village, township, county or city is addressed by its unit's code, and so are its party branch
and its poverty office where nobody has entered them as organisations of their own. A unit on the
level of townships is an ``office`` 涉农办事处 where its code or its name says so, else a township.

To the engine an organisation is a history whose posts have its kind and the villages it serves.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.org.models import Level, Organisation, OrganisationKind, OrganisationVillage, Unit
from app.policy.records import Post
from app.policy.standing import Subject
from app.postings.scope import inside
from app.quotas.facts import Ref

#: kinds owed by the same code as the unit's, unless an organisation of this kind is entered there
BESIDE = {
    Level.village: (OrganisationKind.village_branch,),
    Level.county: (OrganisationKind.county_office,),
}


@dataclass(frozen=True, slots=True)
class Owing:
    """An organisation that may owe something: who, where it sits, whom its records name."""

    subject: Subject
    ref: Ref
    seat: str
    posts: tuple[Post, ...]

    @property
    def place(self) -> tuple[str, str, str, str]:
        """By seat, kind and name: an order in which nobody is first for their figures."""
        return self.seat, self.subject.kind, self.subject.name, self.subject.id


async def of_unit(session: AsyncSession, code: str, first: date, last: date) -> list[Owing]:
    """What a unit owes itself: as a unit, and through its branch or office."""
    return await _units(session, col(Unit.code) == code, first, last)


async def of_organisation(session: AsyncSession, organisation: UUID) -> list[Owing]:
    """An organisation that is no unit; none when it does not exist."""
    return await _organisations(session, col(Organisation.id) == organisation)


async def within(session: AsyncSession, unit: str, first: date, last: date) -> list[Owing]:
    """The unit and all below it, and whatever sits or serves there, that existed in these days."""
    serving = (
        select(col(OrganisationVillage.id))
        .where(
            col(OrganisationVillage.organisation_id) == col(Organisation.id),
            col(OrganisationVillage.village).startswith(unit),
            _overlaps(OrganisationVillage, first, last),
        )
        .exists()
    )
    here = or_(inside(col(Organisation.unit), [unit]), serving)
    entered = await _organisations(session, here, _overlaps(Organisation, first, last))
    units = await _units(session, inside(col(Unit.code), [unit]), first, last)
    return sorted([*units, *entered], key=lambda owing: owing.place)


async def _units(
    session: AsyncSession, which: ColumnElement[bool], first: date, last: date
) -> list[Owing]:
    query = (
        select(Unit)
        .where(
            which,
            or_(col(Unit.valid_from).is_(None), col(Unit.valid_from) <= last),
            or_(col(Unit.valid_to).is_(None), col(Unit.valid_to) >= first),
        )
        .order_by(col(Unit.code))
    )
    units = (await session.exec(query)).all()
    beside = {kind.value for kinds in BESIDE.values() for kind in kinds}
    entered = select(col(Organisation.unit), col(Organisation.kind)).where(
        col(Organisation.kind).in_(sorted(beside)),
        col(Organisation.unit).in_(select(col(Unit.code)).where(which)),
        _overlaps(Organisation, first, last),
    )
    taken = set((await session.exec(entered)).all())
    return [
        _unit(unit, kind)
        for unit in units
        for kind in _kinds(unit)
        if (unit.code, kind) not in taken
    ]


def _kinds(unit: Unit) -> list[str]:
    level = Level(unit.level)
    if level is Level.province:
        return []
    own = level.value
    if level is Level.township and _is_office(unit):
        own = OrganisationKind.office.value
    return [own, *(kind.value for kind in BESIDE.get(level, ()))]


def _is_office(unit: Unit) -> bool:
    """Codes 001 to 099 below a county are subdistricts 街道 in the national numbering."""
    return unit.code[6] == "0" or any(word in unit.name for word in ("办事处", "街道"))


def _unit(unit: Unit, kind: str) -> Owing:
    post = Post(kind, unit.code, unit.valid_from or date.min, unit.valid_to)
    return Owing(Subject(kind, unit.code, unit.name), unit.code, unit.code, (post,))


async def _organisations(session: AsyncSession, *which: ColumnElement[bool]) -> list[Owing]:
    query = select(Organisation).where(*which).order_by(col(Organisation.id))
    rows = (await session.exec(query)).all()
    served: dict[UUID, list[OrganisationVillage]] = defaultdict(list)
    serving = (
        select(OrganisationVillage)
        .where(col(OrganisationVillage.organisation_id).in_([row.id for row in rows]))
        .order_by(col(OrganisationVillage.since), col(OrganisationVillage.id))
    )
    for village in (await session.exec(serving)).all() if rows else ():
        served[village.organisation_id].append(village)
    return [
        Owing(
            Subject(row.kind, str(row.id), row.name), row.id, row.unit, _posts(row, served[row.id])
        )
        for row in rows
    ]


def _posts(row: Organisation, served: Sequence[OrganisationVillage]) -> tuple[Post, ...]:
    """One post for each village served, while both hold; without villages one for the seat."""
    if not served:
        return (Post(row.kind, row.unit, row.since, row.until),)
    posts = []
    for village in served:
        first = max(row.since, village.since)
        last = min((day for day in (row.until, village.until) if day is not None), default=None)
        if last is None or first <= last:
            posts.append(Post(row.kind, village.village, first, last))
    return tuple(posts)


def _overlaps(table: Any, first: date, last: date) -> Any:
    return (col(table.since) <= last) & (col(table.until).is_(None) | (col(table.until) >= first))


def units_of(owing: Iterable[Owing]) -> set[str]:
    """The units in which an adoption may bind one of them."""
    return {post.unit for each in owing for post in each.posts}
