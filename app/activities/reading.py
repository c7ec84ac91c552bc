"""Reading activities, and the people whom an author may name."""

from collections import defaultdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import exists, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.activities.models import Activity, ActivityAttendee, ActivityOrganisation
from app.activities.schemas import ActivityOut, InvitedOut, InvitedPostOut
from app.activities.showing import dressed, with_names
from app.auth.models import User
from app.core.paging import PageQuery
from app.org.models import Unit
from app.postings.models import Post, Posting
from app.postings.scope import Clause, valid_on


def of_person(person: UUID) -> Clause:
    """Activities that the person wrote down or attended."""
    attended = exists().where(
        col(ActivityAttendee.activity_id) == col(Activity.id),
        col(ActivityAttendee.person_id) == person,
    )
    return or_(col(Activity.author_id) == person, attended)


def of_organisation(organisation: UUID) -> Clause:
    """Activities that bind the organisation."""
    return exists().where(
        col(ActivityOrganisation.activity_id) == col(Activity.id),
        col(ActivityOrganisation.organisation_id) == organisation,
    )


async def page(
    session: AsyncSession, visible: Clause, paging: PageQuery, *wanted: Clause
) -> tuple[list[ActivityOut], str | None]:
    """Visible activities that meet every clause, the latest first, withdrawn ones marked."""
    query = with_names().where(visible, *wanted)
    query = paging.onward(query, col(Activity.held_at), col(Activity.id), descending=True)
    rows, following = paging.cut(
        list((await session.exec(query)).all()), lambda r: (r[0].held_at, r[0].id)
    )
    return await dressed(session, rows), following


async def one(session: AsyncSession, visible: Clause, activity_id: UUID) -> ActivityOut | None:
    """A visible activity."""
    query = with_names().where(visible, col(Activity.id) == activity_id)
    found = await dressed(session, list((await session.exec(query)).all()))
    return found[0] if found else None


async def invited(
    session: AsyncSession, known: Clause, unit: str | None, day: date, paging: PageQuery
) -> tuple[list[InvitedOut], str | None]:
    """Known people who hold a post on that day (in this very unit), by name."""
    here: list[Any] = [valid_on(col(Posting.since), col(Posting.until), day)]
    if unit is not None:
        here.append(col(Posting.unit) == unit)
    posted = select(col(Posting.person_id)).where(*here)
    query = select(User).where(known, col(User.id).in_(posted))
    people, following = paging.cut(
        list((await session.exec(paging.onward(query, col(User.name), col(User.id)))).all()),
        lambda person: (person.name, person.id),
    )
    posts = (
        select(Posting, col(Unit.name))
        .join(Unit, col(Unit.code) == col(Posting.unit))
        .where(col(Posting.person_id).in_([person.id for person in people]), *here)
        .order_by(col(Posting.unit), col(Posting.kind))
    )
    held: dict[UUID, list[InvitedPostOut]] = defaultdict(list)
    for row, name in (await session.exec(posts)).all():
        shown = InvitedPostOut(unit=row.unit, unit_name=name, kind=Post(row.kind))
        held[row.person_id].append(shown)
    return [
        InvitedOut(id=person.id, name=person.name, posts=held[person.id]) for person in people
    ], following
