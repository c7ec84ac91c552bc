"""The checks follow the log: what a crash left out, photos that came late, diaries.

Every check-in is judged once more here, by what had arrived before it, so that the same is found
as at its write; flags have one id each and are raised once. A position per log is kept, moved on
after each batch: broken off anywhere, the next run does that batch again.
"""

import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.anchors import Anchors
from app.checkins import judging
from app.checkins.models import CheckIn, Withdrawal
from app.checkins.pictures import photo_findings
from app.checkins.service import RECORD_KIND, time_again
from app.checks.models import CheckCursor
from app.core.db import Database, insert
from app.core.errors import trace
from app.diaries.alike import diary_findings
from app.diaries.models import Diary
from app.diaries.service import RECORD_KIND as DIARY
from app.ledger.models import LedgerHead, LedgerLeaf
from app.org.models import Fence
from app.photos.models import PhotoUse, Upload
from app.reviews.finding import About, Finding
from app.reviews.models import Flag, flag_id
from app.reviews.service import raise_flags

log = logging.getLogger("zhucun.checks")
#: leaves that are looked at before the position is moved on
BATCH = 200
Enough = Callable[[], bool]


class ChecksFailed(Exception):
    """Some records could not be judged; each is in the log, by kind of error only."""


@dataclass(slots=True)
class Followed:
    """What a run met: records judged, flags raised, and the villages with new fixes, or new fences."""

    judged: int = 0
    raised: int = 0
    failed: int = 0
    villages: set[str] = field(default_factory=set)
    fenced: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Work:
    base: Database
    anchors: Anchors
    at: datetime
    done: Followed


async def follow(
    base: Database, anchors: Anchors, at: datetime, enough: Enough = lambda: False
) -> Followed:
    """Judge what was logged since the last run, log by log."""
    done = Followed()
    async with base.reading() as session:
        heads = dict((await session.exec(select(LedgerHead.log, LedgerHead.size))).all())
        stood = dict((await session.exec(select(CheckCursor.log, CheckCursor.seq))).all())
    work = _Work(base, anchors, at, done)
    for name, size in sorted(heads.items()):
        seq = stood.get(name, 0)
        while seq < size and not enough():
            until = min(seq + BATCH, size)
            await _batch(work, name, seq, until)
            await _move(base, name, until)
            seq = until
    return done


async def skip(session: AsyncSession) -> None:
    """Let the checks begin at the ends of the logs as this transaction sees them."""
    for name, size in (await session.exec(select(LedgerHead.log, LedgerHead.size))).all():
        await _put(session, name, size)


async def _move(base: Database, name: str, seq: int) -> None:
    async with base.writing() as session:
        await _put(session, name, seq)


async def _put(session: AsyncSession, name: str, seq: int) -> None:
    await session.exec(
        insert(session, CheckCursor)
        .values(log=name, seq=seq)
        .on_conflict_do_update(index_elements=["log"], set_={"seq": seq})
    )


async def _batch(work: _Work, name: str, since: int, until: int) -> None:
    query = select(col(LedgerLeaf.table_name), col(LedgerLeaf.row_id)).where(
        col(LedgerLeaf.log) == name,
        col(LedgerLeaf.seq) >= since,
        col(LedgerLeaf.seq) < until,
        col(LedgerLeaf.table_name).in_(_LOOKS),
    )
    written: dict[str, list[UUID]] = defaultdict(list)
    async with work.base.reading() as session:
        for table, row_id in (await session.exec(query.order_by(col(LedgerLeaf.seq)))).all():
            written[table].append(UUID(row_id))
    for table, ids in written.items():
        await _LOOKS[table](work, list(dict.fromkeys(ids)))


async def _check_ins(work: _Work, ids: Sequence[UUID]) -> None:
    taken_back = select(col(Withdrawal.check_in_id))
    query = select(CheckIn).where(col(CheckIn.id).in_(ids), col(CheckIn.id).not_in(taken_back))
    async with work.base.reading() as session:
        rows = (await session.exec(query.order_by(col(CheckIn.received_at), col(CheckIn.id)))).all()
    for row in rows:
        work.done.villages.add(row.village)
        await _careful(work, lambda row=row: _check_in(work, row))  # type: ignore[misc]  # bound now


async def _check_in(work: _Work, row: CheckIn) -> None:
    async with work.base.direct() as direct:
        found = await judging.judged(direct, row, time_again(work.anchors, row))
    if row.photos:
        async with work.base.reading() as session:
            found += await photo_findings(session, row)
    await _raise(work, judging.about(row), found)


async def _uploads(work: _Work, ids: Sequence[UUID]) -> None:
    """Photos that came after the check-in that names them."""
    query = (
        select(CheckIn)
        .join(PhotoUse, col(PhotoUse.record_id) == col(CheckIn.id))
        .join(Upload, col(Upload.sha256) == col(PhotoUse.sha256))
        .where(
            col(Upload.id).in_(ids),
            col(PhotoUse.record_kind) == RECORD_KIND,
            col(PhotoUse.author_id) == col(Upload.user_id),
        )
    )
    async with work.base.reading() as session:
        rows = {row.id: row for row in (await session.exec(query)).all()}
    for row in sorted(rows.values(), key=lambda row: (row.received_at, row.id)):
        await _careful(work, lambda row=row: _late_photos(work, row))  # type: ignore[misc]  # bound now


async def _late_photos(work: _Work, row: CheckIn) -> None:
    async with work.base.reading() as session:
        found = await photo_findings(session, row)
    await _raise(work, judging.about(row), found)


async def _diaries(work: _Work, ids: Sequence[UUID]) -> None:
    for diary_key in ids:
        await _careful(work, lambda key=diary_key: _diary(work, key))  # type: ignore[misc]  # bound now


async def _diary(work: _Work, key: UUID) -> None:
    async with work.base.writing() as session:  # what it is compared by is kept
        found = await diary_findings(session, key)
        row = await session.get(Diary, key)
    if row is not None:
        about = About(DIARY, row.id, row.county, row.author_id, row.work_date, None)
        await _raise(work, about, found)


async def _fences(work: _Work, ids: Sequence[UUID]) -> None:
    async with work.base.reading() as session:
        query = select(col(Fence.unit)).where(col(Fence.id).in_(ids))
        work.done.fenced.update((await session.exec(query)).all())


async def _raise(work: _Work, about: About, found: Iterable[Finding]) -> None:
    """Raise what does not stand yet; nothing is written, and nobody kept waiting, where all does."""
    work.done.judged += 1
    wanted = {flag_id(about.record_kind, about.record_id, each.code): each for each in found}
    if not wanted:
        return
    async with work.base.reading() as session:
        query = select(col(Flag.id)).where(col(Flag.id).in_(wanted))
        standing = set((await session.exec(query)).all())
    missing = [each for key, each in wanted.items() if key not in standing]
    if missing:
        async with work.base.writing() as session:
            work.done.raised += len(await raise_flags(session, about, missing, work.at))


async def _careful(work: _Work, judge: Callable[[], Awaitable[None]]) -> None:
    """One record; a defect in a check leaves it out, and is told, but stops no other."""
    try:
        await judge()
    except (OperationalError, InterfaceError, ConnectionError):
        raise  # the database is away: this batch is done again
    except Exception as error:
        work.done.failed += 1
        log.error("a record could not be judged: %s", trace(error))


_LOOKS: dict[str, Callable[[_Work, Sequence[UUID]], Awaitable[None]]] = {
    "check_ins": _check_ins,
    "photo_uploads": _uploads,
    "diaries": _diaries,
    "fences": _fences,
}
