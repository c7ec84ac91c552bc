"""The month's own visits laid out for the writer."""

from calendar import monthrange
from dataclasses import replace
from datetime import date
from itertools import groupby
from uuid import UUID

from sqlalchemy import exists, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.checkins.models import CheckIn, Kind, Place, Withdrawal
from app.core.wire import once
from app.diaries.models import Diary
from app.diaries.reading import newest_version
from app.diaries.schemas import (
    MOST_CHECK_INS,
    MOST_HOUSEHOLDS,
    MOST_PHOTOS,
    MOST_TEXT,
    DraftDay,
    DraftOut,
    DraftVisit,
    WrittenOut,
)
from app.diaries.showing import month_of
from app.households.models import Household
from app.org.models import Unit
from app.postings.scope import Caller, households

Visit = tuple[CheckIn, str]


async def draft(session: AsyncSession, viewer: Caller, first: date) -> DraftOut:
    """A diary's fields for the month that begins on ``first``, from the writer's own check-ins."""
    last = first.replace(day=monthrange(first.year, first.month)[1])
    rows = await _visits(session, viewer, first, last)
    heads = await _heads(session, viewer, rows)
    days = [_day(day, list(visits), heads) for day, visits in groupby(rows, key=lambda r: r[0].day)]
    check_ins = [row for row, _ in rows]
    named = [c.household_id for c in check_ins if c.household_id is not None]
    return DraftOut(
        month=month_of(first),
        work_date=days[-1].day if days else min(max(viewer.today, first), last),
        text="\n".join(day.line for day in days)[:MOST_TEXT],
        households=once(named)[:MOST_HOUSEHOLDS],
        photos=once([p for c in check_ins for p in c.photos])[:MOST_PHOTOS],
        check_ins=[c.id for c in check_ins][:MOST_CHECK_INS],
        days=days,
        diaries=await _written(session, viewer, first, last),
    )


async def _visits(session: AsyncSession, viewer: Caller, first: date, last: date) -> list[Visit]:
    withdrawn = exists().where(col(Withdrawal.check_in_id) == col(CheckIn.id))
    query = (
        select(CheckIn, col(Unit.name))
        .join(Unit, col(Unit.code) == col(CheckIn.village))
        .where(
            col(CheckIn.person_id) == viewer.id, col(CheckIn.day).between(first, last), ~withdrawn
        )
        .order_by(col(CheckIn.day), col(CheckIn.captured_at), col(CheckIn.id))
    )
    return list((await session.exec(query)).all())


async def _heads(session: AsyncSession, viewer: Caller, rows: list[Visit]) -> dict[UUID, str]:
    """Names of the visited households in the writer's sight, today or on a day of these visits."""
    visits = [row for row, _ in rows if row.household_id is not None]
    if not visits:
        return {}
    key, village = col(Household.id), col(Household.village)
    days = {viewer.today} | {row.day for row in visits}
    seen = [households(replace(viewer, today=day), key, village) for day in sorted(days)]
    query = select(col(Household.id), col(Household.head)).where(
        key.in_({row.household_id for row in visits}), or_(*seen)
    )
    return dict((await session.exec(query)).all())


def _day(day: date, visits: list[Visit], heads: dict[UUID, str]) -> DraftDay:
    shown = [
        DraftVisit(
            check_in=row.id,
            kind=Kind(row.kind),
            captured_at=row.captured_at,
            place=Place(row.place),
            village=row.village,
            village_name=village,
            household=row.household_id,
            head=heads.get(row.household_id) if row.household_id else None,
            photos=row.photos,
            note=row.note,
        )
        for row, village in visits
    ]
    return DraftDay(day=day, line=line(day, shown), visits=shown)


def line(day: date, visits: list[DraftVisit]) -> str:
    """A day in one line, to begin writing from: where, whom, and what was noted."""
    where = "、".join(once([v.village_name for v in visits]))
    whom = once([v.head for v in visits if v.head is not None])
    unnamed = len({v.household for v in visits if v.household and v.head is None})
    said = f"{day.month}月{day.day}日 在{where}"
    if whom:
        said += f",入户走访{'、'.join(whom)}"
    if unnamed:
        said += f"{'和另外' if whom else ',入户走访'}{unnamed}户"
    notes = once([v.note.strip() for v in visits if v.note.strip()])
    return said + "。" + (f"记事:{';'.join(notes)}。" if notes else "")


async def _written(
    session: AsyncSession, viewer: Caller, first: date, last: date
) -> list[WrittenOut]:
    query = (
        select(col(Diary.id), col(Diary.work_date))
        .where(
            col(Diary.author_id) == viewer.id,
            col(Diary.work_date).between(first, last),
            newest_version(),
        )
        .order_by(col(Diary.work_date), col(Diary.id))
    )
    return [WrittenOut(id=key, work_date=day) for key, day in (await session.exec(query)).all()]
