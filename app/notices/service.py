"""A person's own notices: reading them, marking them read, muting."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.db import insert
from app.core.paging import PageQuery
from app.notices.models import Notice, NoticePreference
from app.notices.schemas import NoticeOut, NoticesOut


async def page(
    session: AsyncSession, person: UUID, paging: PageQuery, *, unread: bool
) -> NoticesOut:
    """The person's notices, the newest first."""
    query = select(Notice).where(col(Notice.person_id) == person)
    if unread:
        query = query.where(col(Notice.read_at).is_(None))
    query = paging.onward(query, col(Notice.created_at), col(Notice.id), descending=True)
    rows, following = paging.cut(
        list((await session.exec(query)).all()), lambda row: (row.created_at, row.id)
    )
    return NoticesOut(
        items=[NoticeOut.of(row) for row in rows],
        next=following,
        unread=await count_unread(session, person),
    )


async def count_unread(session: AsyncSession, person: UUID) -> int:
    """How many notices the person has not read."""
    query = select(func.count()).where(
        col(Notice.person_id) == person, col(Notice.read_at).is_(None)
    )
    return (await session.exec(query)).one()


async def mark_read(
    session: AsyncSession,
    person: UUID,
    at: datetime,
    *,
    ids: list[UUID] | None,
    until: datetime | None,
) -> int:
    """Mark the person's own notices read, what was read stays so; how many are left unread.

    Ids of others, or of nothing, change nothing and are not told apart.
    """
    which = (
        col(Notice.id).in_(ids)
        if ids is not None
        else col(Notice.created_at) <= (until if until is not None else at)
    )
    await session.exec(
        update(Notice)
        .where(col(Notice.person_id) == person, col(Notice.read_at).is_(None), which)
        .values(read_at=at)
    )
    return await count_unread(session, person)


async def muted(session: AsyncSession, person: UUID) -> bool:
    """Whether the person is told of due dates only."""
    found = await session.get(NoticePreference, person)
    return found is not None and found.muted


async def mute(session: AsyncSession, person: UUID, county: str, at: datetime, *, on: bool) -> None:
    """Keep what the person chose."""
    told = {"county": county, "person_id": person, "muted": on, "changed_at": at}
    await session.exec(
        insert(session, NoticePreference)
        .values(told)
        .on_conflict_do_update(index_elements=["person_id"], set_={"muted": on, "changed_at": at})
    )
