"""Writing the day's reminders: small batches, each in a short transaction of its own.

Nothing is said twice, however often this runs and in however many processes: a digest's key is
the person and the day, a notice's key what it says. Broken off anywhere, the next run goes on.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, or_
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.core.clock import civil_day
from app.core.db import Database, insert
from app.core.errors import trace
from app.core.ids import new_id
from app.core.tables import HOUSE
from app.notices import flagged, requested, sources, words
from app.notices.models import DATED, Digest, Kind, Notice, NoticePreference, ReminderDay
from app.notices.news import News, NewsOf
from app.notices.quiet import Quiet
from app.notices.reminders import Plan, Reminder, shipped
from app.notices.sources import Day, Source
from app.org.divisions import county_of
from app.org.models import OrganisationPerson
from app.postings.models import Posting
from app.postings.scope import valid_on

log = logging.getLogger("zhucun.notices")
#: people whose records are in memory at once: few, because their rows are read between requests
BATCH = 10
#: notices of one digest; more would not be read
MOST = 30


#: whoever has other news writes a room and puts it here; the first speaks first
NEWS = (flagged.told, requested.told)
#: whom news is about is told of it without a post, too
CONCERNED = (flagged.concerned, requested.concerned)
#: one notice of a digest
Told: TypeAlias = Reminder | News


class RemindersFailed(Exception):
    """Some people could not be reminded; each is in the log, by kind of error only."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run did."""

    people: int = 0
    notices: int = 0


async def run(
    base: Database,
    at: datetime,
    quiet: Quiet,
    *,
    plan: Plan | None = None,
    pause: float = 1.0,
    enough: Callable[[], bool] = lambda: False,
) -> Run:
    """Remind everybody who holds a post, acts for an organisation or is concerned by news of these
    days; once a day, never in quiet hours.

    After each batch it rests ``pause`` times as long as the batch took, so that at most a part of
    the processor goes into it. ``enough`` is asked before each batch; broken off, the rest of the
    people follow at the next run. Raises `RemindersFailed` when everybody else has been served.
    """
    day = Day(civil_day(at), at, plan or shipped())
    async with base.reading() as session:
        if quiet.holds(at) or await session.get(ReminderDay, day.on) is not None:
            return Run()
    people = notices = failed = 0
    last: UUID | None = None
    while True:
        if enough():
            return Run(people, notices)
        begun = time.monotonic()
        async with base.reading() as session:
            batch = await _next(session, day, last)
        if not batch:
            break
        last = batch[-1]
        told, missed = await _careful(base, batch, day)
        people, notices, failed = people + len(batch), notices + told, failed + missed
        await asyncio.sleep(pause * (time.monotonic() - begun))
    await _forget(base, day)
    async with base.writing() as session:
        done = {"county": HOUSE, "day": day.on, "finished_at": at}
        await session.exec(insert(session, ReminderDay).values(done).on_conflict_do_nothing())
    if failed:  # the same records fail in the same way: tomorrow is soon enough
        raise RemindersFailed(f"{failed} people")
    return Run(people, notices)


async def remind(
    base: Database, people: Sequence[UUID], day: Day, source: Source | None = None
) -> int:
    """Write the digests of these people, from every source or one; how many notices were new."""
    async with base.reading() as session:
        # what a post that has ended still owed is nobody's duty any more
        owed = await (source or sources.owed)(session, await _serving(session, people, day), day)
        news = {} if source else await _heard(session, people, day)
        muted = await _muted(session, people)
        said = await _said(session, people)
    digests: list[tuple[UUID, list[Told]]] = []
    for person in dict.fromkeys([*owed, *news]):
        told: list[Told] = [
            each for each in news.get(person, []) if (person, *each.key) not in said
        ]
        told += [
            each
            for each in day.plan.reminders(owed.get(person, []), day.on)
            if (person, *each.key) not in said and (person not in muted or Kind(each.kind) in DATED)
        ]
        if told:
            digests.append((person, told[:MOST]))
    if not digests:
        return 0
    async with base.writing() as session:
        return sum([await _write(session, person, told, day) for person, told in digests])


async def _heard(session: AsyncSession, people: Sequence[UUID], day: Day) -> NewsOf:
    """What others did that these people are told of: no muting keeps it from them."""
    found: NewsOf = defaultdict(list)
    for room in NEWS:
        for person, news in (await room(session, people, day.on, day.at)).items():
            found[person].extend(news)
    return found


async def _careful(base: Database, people: Sequence[UUID], day: Day) -> tuple[int, int]:
    """Notices written and people missed: what fails for a batch is tried person by person."""
    try:
        return await remind(base, people, day), 0
    except Exception as error:
        if len(people) == 1:
            log.error("one person's reminders failed: %s", trace(error))
            return 0, 1
    each = [await _careful(base, [person], day) for person in people]
    return sum(told for told, _ in each), sum(missed for _, missed in each)


async def _next(session: AsyncSession, day: Day, last: UUID | None) -> list[UUID]:
    """The next people, by id, who may be reminded today and have not been."""
    concerned = [ids for of in CONCERNED for ids in of(day.at)]
    digest = select(Digest.id).where(
        col(Digest.person_id) == col(User.id), col(Digest.day) == day.on
    )
    where: list[ColumnElement[bool]] = [
        or_(_serves(day), *(col(User.id).in_(ids) for ids in concerned)),
        col(User.disabled_at).is_(None),
        ~digest.exists(),
    ]
    if last is not None:
        where.append(col(User.id) > last)
    query = select(col(User.id)).where(*where).order_by(col(User.id)).limit(BATCH)
    return list((await session.exec(query)).all())


def _serves(day: Day) -> ColumnElement[bool]:
    """Users who hold a post or act for an organisation on this day."""
    acting = select(col(OrganisationPerson.person_id)).where(
        valid_on(col(OrganisationPerson.since), col(OrganisationPerson.until), day.on)
    )
    posted = select(col(Posting.person_id)).where(
        valid_on(col(Posting.since), col(Posting.until), day.on)
    )
    return or_(col(User.id).in_(posted), col(User.id).in_(acting))


async def _serving(session: AsyncSession, people: Sequence[UUID], day: Day) -> list[UUID]:
    """Those of the people who do."""
    query = select(col(User.id)).where(col(User.id).in_(people), _serves(day))
    found = set((await session.exec(query)).all())
    return [person for person in people if person in found]


async def _muted(session: AsyncSession, people: Iterable[UUID]) -> set[UUID]:
    query = select(col(NoticePreference.person_id)).where(
        col(NoticePreference.person_id).in_(people), col(NoticePreference.muted)
    )
    return set((await session.exec(query)).all())


async def _said(session: AsyncSession, people: Iterable[UUID]) -> set[tuple[object, ...]]:
    query = select(
        col(Notice.person_id),
        col(Notice.subject),
        col(Notice.pack),
        col(Notice.rule),
        col(Notice.period),
        col(Notice.kind),
        col(Notice.threshold),
    ).where(col(Notice.person_id).in_(people))  # type: ignore[call-overload]  # seven columns; the overloads end at four
    return {tuple(row) for row in (await session.exec(query)).all()}


async def _write(session: AsyncSession, person: UUID, told: Sequence[Told], day: Day) -> int:
    """One digest with its notices, unless somebody else has written today's in the meantime."""
    first_told = told[0]
    county = first_told.county if isinstance(first_told, News) else county_of(first_told.owed.unit)
    digest = {
        "county": county,
        "id": new_id(),
        "person_id": person,
        "day": day.on,
        "made_at": day.at,
    }
    first = insert(session, Digest).values(digest).on_conflict_do_nothing()
    if (await session.exec(first.returning(col(Digest.id)))).first() is None:
        return 0
    whose = {"county": county, "digest_id": digest["id"], "person_id": person}
    # ids grow with time and the newest is shown first: the most urgent is written last
    rows = [_row(each, day, whose) for each in reversed(told)]
    await session.exec(insert(session, Notice).values(rows).on_conflict_do_nothing())
    return len(rows)


def _row(told: Told, day: Day, whose: Mapping[str, object]) -> dict[str, object]:
    if isinstance(told, News):
        return _news(told, day, whose)
    standing, owed = told.owed.standing, told.owed
    return {
        **whose,
        "id": new_id(),
        "subject": owed.subject,
        "subject_name": owed.subject_name,
        "pack": standing.pack,
        "rule": standing.rule,
        "period": standing.period.key,
        "kind": told.kind,
        "threshold": told.threshold,
        "day": day.on,
        "title": standing.title,
        "text": words.text(told, day.on),
        "due": standing.due,
        "created_at": day.at,
        "read_at": None,
    }


def _news(told: News, day: Day, whose: Mapping[str, object]) -> dict[str, object]:
    subject, pack, rule, period, kind, threshold = told.key
    return {
        **whose,
        "id": new_id(),
        "subject": subject,
        "subject_name": "",
        "pack": pack,
        "rule": rule,
        "period": period,
        "kind": kind,
        "threshold": threshold,
        "day": day.on,
        "title": told.title,
        "text": told.text,
        "due": told.due,
        "created_at": day.at,
        "read_at": None,
    }


async def _forget(base: Database, day: Day) -> None:
    """Old notices and digests go: they were no evidence, and nobody looks for them any more."""
    edge = day.on - timedelta(days=day.plan.kept_days)
    async with base.writing() as session:
        await session.exec(delete(Notice).where(col(Notice.day) < edge))
        await session.exec(delete(Digest).where(col(Digest.day) < edge))
        await session.exec(delete(ReminderDay).where(col(ReminderDay.day) < edge))
