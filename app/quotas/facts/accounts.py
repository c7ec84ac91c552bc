"""Who is posted in a unit or below it: as staff, and as holders of accounts."""

from collections import defaultdict
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from app.auth.models import SignIn
from app.checkins.models import CheckIn
from app.core.clock import civil_day
from app.diaries.models import Diary
from app.policy import records
from app.policy.periods import start_of
from app.postings.models import Posting
from app.postings.scope import inside
from app.quotas.facts.window import Collected, Window


async def accounts_and_staff(session: AsyncSession, window: Window, found: Collected) -> None:
    """Postings of the kinds asked for, with the first sign-in of each holder and the days of use.

    An account is opened 开通 by the first sign-in on a device that has told its name, and used
    使用 on the days of a check-in, which every visit is, or of writing a diary (M37). Whoever used
    it has opened it: sign-ins are not kept for ever.
    """
    roots = window.roots()
    if not roots or not window.kinds:
        return
    posted = (
        col(Posting.kind).in_(sorted(window.kinds)),
        inside(col(Posting.unit), roots),
        col(Posting.since) <= window.last,
        or_(col(Posting.until).is_(None), col(Posting.until) >= window.first),
    )
    query = select(Posting).where(*posted).order_by(col(Posting.since), col(Posting.id))
    postings = (await session.exec(query)).all()
    holders = select(col(Posting.person_id)).where(*posted)
    opened: dict[UUID, date] = {}
    used: dict[UUID, list[date]] = {}
    if window.asks("activation_ratio"):
        opened = await _opened(session, holders)
        used = await _used(session, window, holders)
    for row in postings:
        told = (str(row.person_id), row.kind, row.unit, row.since, row.until)
        days = used.get(row.person_id, [])
        first = min(filter(None, (opened.get(row.person_id), *days[:1])), default=None)
        account = records.Account(*told, opened=first, used=tuple(days))
        for unit in window.holders(row.unit):
            found[unit].accounts.append(account)
            found[unit].staff.append(records.Staff(*told))


async def _opened(session: AsyncSession, holders: SelectOfScalar[UUID]) -> dict[UUID, date]:
    query = (
        select(col(SignIn.user_id), func.min(col(SignIn.started_at)))
        .where(col(SignIn.user_id).in_(holders), col(SignIn.device_id) != "")
        .group_by(col(SignIn.user_id))
    )
    return {person: civil_day(moment) for person, moment in (await session.exec(query)).all()}


async def _used(
    session: AsyncSession, window: Window, holders: SelectOfScalar[UUID]
) -> dict[UUID, list[date]]:
    """Days of use inside the window. A diary's own day is the one it is about: its writing is
    converted here, row by row.
    """
    found: dict[UUID, set[date]] = defaultdict(set)
    checked_in = (
        select(col(CheckIn.person_id), col(CheckIn.day))
        .where(
            col(CheckIn.person_id).in_(holders),
            col(CheckIn.day).between(window.first, window.last),
        )
        .distinct()
    )
    for person, day in (await session.exec(checked_in)).all():
        found[person].add(day)
    begin, end = start_of(window.first), start_of(window.last + timedelta(days=1))
    written = select(col(Diary.author_id), col(Diary.written_at)).where(
        col(Diary.author_id).in_(holders),
        col(Diary.written_at) >= begin,
        col(Diary.written_at) < end,
    )
    for person, moment in (await session.exec(written)).all():
        found[person].add(civil_day(moment))
    return {person: sorted(days) for person, days in found.items()}
