"""Diaries with every version of their chains, each as reviewers decided."""

from datetime import date, timedelta

from sqlalchemy import and_, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.diaries.models import Diary
from app.diaries.service import RECORD_KIND
from app.policy import records
from app.policy.periods import start_of
from app.quotas.facts.window import Collected, Window
from app.reviews import reading as reviews


async def diaries(session: AsyncSession, window: Window, found: Collected) -> None:
    """Diaries about these days or written in them, each with all versions of its chain.

    A version that was replaced must be known wherever it lies: it lends the newest one the time
    at which the diary was first handed in, and is itself counted no more.
    """
    begin, end = start_of(window.first), start_of(window.last + timedelta(days=1))
    written = (
        and_(column >= begin, column < end)
        for column in (col(Diary.written_at), col(Diary.received_at))
    )
    first_versions = select(func.coalesce(col(Diary.root), col(Diary.id))).where(
        col(Diary.author_id).in_(window.people),
        or_(col(Diary.work_date).between(window.first, window.last), *written),
    )
    query = select(
        col(Diary.author_id),
        col(Diary.id),
        col(Diary.work_date),
        col(Diary.written_at),
        col(Diary.received_at),
        col(Diary.replaces),
    ).where(  # type: ignore[call-overload]  # six columns; the overloads end at four
        or_(col(Diary.id).in_(first_versions), col(Diary.root).in_(first_versions))
    )
    # a version of any day may belong to the chain; whose flags are many has few all the same
    reviewed = await reviews.record_states(session, RECORD_KIND, window.people, date.min, date.max)
    for person, row_id, work_date, written_at, received, replaces in (
        await session.exec(query)
    ).all():
        version = records.Diary(
            str(row_id),
            work_date,
            written_at,
            received,
            str(replaces) if replaces else None,
            reviewed.get(row_id, "counted"),
        )
        found[person].diaries.append(version)
