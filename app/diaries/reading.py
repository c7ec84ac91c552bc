"""Reading diaries: the newest versions, each with its chain."""

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.paging import PageQuery
from app.diaries.models import Diary
from app.diaries.schemas import DiaryOut
from app.diaries.showing import dressed, with_author
from app.postings.scope import Clause


def newest_version() -> ColumnElement[bool]:
    """No other version has replaced this one."""
    newer = aliased(Diary)
    return ~exists().where(col(newer.replaces) == col(Diary.id))


async def page(
    session: AsyncSession,
    visible: Clause,
    paging: PageQuery,
    *,
    person: UUID | None = None,
    of_unit: Clause | None = None,
    since: date | None = None,
    until: date | None = None,
) -> tuple[list[DiaryOut], str | None]:
    """The newest versions of visible diaries, the latest work date first."""
    query = with_author().where(visible, newest_version())
    if person is not None:
        query = query.where(col(Diary.author_id) == person)
    if of_unit is not None:
        query = query.where(of_unit)
    if since is not None:
        query = query.where(col(Diary.work_date) >= since)
    if until is not None:
        query = query.where(col(Diary.work_date) <= until)
    query = paging.onward(query, col(Diary.work_date), col(Diary.id), descending=True)
    rows, following = paging.cut(
        list((await session.exec(query)).all()), lambda r: (r[0].work_date, r[0].id)
    )
    return await dressed(session, rows), following


async def one(session: AsyncSession, visible: Clause, diary_id: UUID) -> DiaryOut | None:
    """Any version of a visible diary."""
    query = with_author().where(visible, col(Diary.id) == diary_id)
    found = await dressed(session, list((await session.exec(query)).all()))
    return found[0] if found else None
