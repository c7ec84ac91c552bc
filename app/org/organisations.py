"""Organisations that are no administrative units: reading them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.auth.schemas import UserOut
from app.core.paging import PageQuery
from app.org.models import (
    Organisation,
    OrganisationKind,
    OrganisationPerson,
    OrganisationVillage,
    Unit,
)
from app.org.organisation_schemas import ActingOut, OrganisationOut, ServedOut

Clause = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is asked for; ``on`` leaves out what does not hold on that day."""

    unit: str | None = None
    village: str | None = None
    kind: OrganisationKind | None = None
    on: date | None = None


async def one(
    session: AsyncSession, visible: Clause, organisation_id: UUID
) -> OrganisationOut | None:
    """The organisation, if the caller may see it."""
    query = _query().where(col(Organisation.id) == organisation_id, visible)
    found = (await session.exec(query)).all()
    return (await _shown(session, found))[0] if found else None


async def page(
    session: AsyncSession, visible: Clause, wanted: Wanted, paging: PageQuery
) -> tuple[list[OrganisationOut], str | None]:
    """Visible organisations by seat and name."""
    query = _query().where(visible)
    if wanted.unit is not None:
        at_home = col(Organisation.unit).startswith(wanted.unit)
        query = query.where(or_(at_home, _serves(wanted.unit, wanted.on)))
    if wanted.village is not None:
        at_home = col(Organisation.unit) == wanted.village
        query = query.where(or_(at_home, _serves(wanted.village, wanted.on)))
    if wanted.kind is not None:
        query = query.where(col(Organisation.kind) == wanted.kind.value)
    if wanted.on is not None:
        query = query.where(holds(Organisation, wanted.on))
    order = (col(Organisation.unit), col(Organisation.name), col(Organisation.id))
    found = list((await session.exec(paging.onward(query, *order))).all())
    rows, following = paging.cut(found, lambda row: (row[0].unit, row[0].name, row[0].id))
    return await _shown(session, rows), following


def holds(table: Any, day: date) -> Clause:
    """The row's span holds this day."""
    since, until = col(table.since), col(table.until)
    return and_(since <= day, or_(until.is_(None), until >= day))


def _serves(under: str, on: date | None) -> Clause:
    """The organisation serves (on that day) a village of this unit."""
    inside = [col(OrganisationVillage.village).startswith(under)]
    if on is not None:
        inside.append(holds(OrganisationVillage, on))
    return col(Organisation.id).in_(select(col(OrganisationVillage.organisation_id)).where(*inside))


def _query() -> Any:
    return select(Organisation, col(Unit.name)).join(Unit, col(Unit.code) == col(Organisation.unit))


async def _shown(session: AsyncSession, rows: Sequence[Any]) -> list[OrganisationOut]:
    ids = [row.id for row, _ in rows]
    served = (
        select(OrganisationVillage, col(Unit.name))
        .join(Unit, col(Unit.code) == col(OrganisationVillage.village))
        .where(col(OrganisationVillage.organisation_id).in_(ids))
        .order_by(
            col(OrganisationVillage.village),
            col(OrganisationVillage.since),
            col(OrganisationVillage.id),
        )
    )
    acting = (
        select(OrganisationPerson, col(User.name))
        .join(User, col(User.id) == col(OrganisationPerson.person_id))
        .where(col(OrganisationPerson.organisation_id).in_(ids))
        .order_by(col(User.name), col(OrganisationPerson.since), col(OrganisationPerson.id))
    )
    villages: dict[UUID, list[ServedOut]] = {}
    for village, name in (await session.exec(served)).all():
        villages.setdefault(village.organisation_id, []).append(served_shown(village, name))
    people: dict[UUID, list[ActingOut]] = {}
    for person, name in (await session.exec(acting)).all():
        people.setdefault(person.organisation_id, []).append(acting_shown(person, name))
    return [
        OrganisationOut(
            id=row.id,
            kind=OrganisationKind(row.kind),
            name=row.name,
            unit=row.unit,
            unit_name=unit_name,
            since=row.since,
            until=row.until,
            county=row.county,
            villages=villages.get(row.id, []),
            people=people.get(row.id, []),
            rev=row.rev,
        )
        for row, unit_name in rows
    ]


def served_shown(row: OrganisationVillage, name: str) -> ServedOut:
    """A village served, on the wire."""
    return ServedOut(
        id=row.id,
        village=row.village,
        village_name=name,
        since=row.since,
        until=row.until,
        rev=row.rev,
    )


def acting_shown(row: OrganisationPerson, name: str) -> ActingOut:
    """Somebody who acts for an organisation, on the wire."""
    return ActingOut(
        id=row.id,
        person=UserOut(id=row.person_id, name=name),
        since=row.since,
        until=row.until,
        rev=row.rev,
    )
