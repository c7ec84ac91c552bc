"""Which phrases many of a county's diaries share: counted by the worker, out of a sample.

A phrase in more than one of fifty texts, by at least ten writers, says nothing about copying:
slogans, forms, the names of places. When the county's diaries have grown by a fifth they are
counted again, and bands made by an older edition are made anew where that changes them.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, update
from sqlmodel import col, select

from app.core.clock import civil_day
from app.core.db import Database, insert
from app.diaries.alike import WINDOW, commons_of
from app.diaries.models import DiaryBand, DiaryCommons, DiaryPrint
from app.diaries.shingles import bands, packed, telling, unpacked

#: a shingle in more than this share of the texts is common. security.md 5.3 has 5 %: the slogan of
#: one township stays below that, and would make short diaries alike (decision 0018)
SHARE = 0.02
#: by fewer writers it is not: a handful who copy one text do not make it everybody's phrase
WRITERS = 10
SAMPLE, BATCH = 2_000, 300
#: counted anew when the texts have grown or shrunk by this part
GROWN = 0.2
_BAND = DiaryBand.__table__.insert()  # type: ignore[attr-defined]  # SQLModel sets it


def common(texts: Iterable[tuple[UUID, frozenset[int]]]) -> frozenset[int]:
    """The shingles that are common among these texts, each given with its writer."""
    by_text: Counter[int] = Counter()
    by_writer: dict[UUID, set[int]] = defaultdict(set)
    many = 0
    for writer, found in texts:
        many += 1
        by_text.update(found)
        by_writer[writer] |= found
    often = {one for one, times in by_text.items() if times > SHARE * many}
    writers = Counter(one for told in by_writer.values() for one in told & often)
    return frozenset(one for one in often if writers[one] >= WRITERS)


async def recount(base: Database, at: datetime, enough: Callable[[], bool]) -> int:
    """Count where it is due; how many counties were counted."""
    since = civil_day(at) - WINDOW
    of = col(DiaryPrint.county)
    async with base.reading() as session:
        texts = await session.exec(
            select(of, func.count()).where(col(DiaryPrint.work_date) >= since).group_by(of)
        )
        now_there = {county: int(many) for county, many in texts.all()}
        counted = await session.exec(select(col(DiaryCommons.county), col(DiaryCommons.texts)))
        then = dict(counted.all())
    done = 0
    for county, many in sorted(now_there.items()):
        stood = then.get(county, 0)
        if enough() or abs(many - stood) <= GROWN * stood:
            continue
        await _count(base, county, many, at, enough)
        done += 1
    return done


async def _count(
    base: Database, county: str, many: int, at: datetime, enough: Callable[[], bool]
) -> None:
    query = select(col(DiaryPrint.diary_id)).where(
        col(DiaryPrint.county) == county, col(DiaryPrint.work_date) >= civil_day(at) - WINDOW
    )
    async with base.reading() as session:
        ids = list((await session.exec(query.order_by(col(DiaryPrint.diary_id)))).all())
        rows: list[tuple[UUID, bytes]] = []
        chosen = ids[:: max(1, len(ids) // SAMPLE)]
        for start in range(0, len(chosen), BATCH):
            part = chosen[start : start + BATCH]
            told = select(col(DiaryPrint.author_id), col(DiaryPrint.shingles)).where(
                col(DiaryPrint.diary_id).in_(part)
            )
            rows.extend((await session.exec(told)).all())
    found = await asyncio.to_thread(
        lambda: common((author, unpacked(shingles)) for author, shingles in rows)
    )
    async with base.writing() as session:
        edition, before = await commons_of(session, county)
        edition += found != before
        told_now = {
            "edition": edition, "texts": many, "shingles": packed(found), "made_at": at,
        }  # fmt: skip
        await session.exec(
            insert(session, DiaryCommons)
            .values(county=county, **told_now)
            .on_conflict_do_update(index_elements=["county"], set_=told_now)
        )
    for start in range(0, len(ids), BATCH):
        if enough():
            return  # what is left keeps its old bands until the next count
        await _band_again(base, county, ids[start : start + BATCH], edition, found)


async def _band_again(
    base: Database, county: str, ids: Sequence[UUID], edition: int, commons: frozenset[int]
) -> None:
    """Bands as this edition makes them, where they are others."""
    async with base.writing() as session:
        prints = await session.exec(
            select(col(DiaryPrint.diary_id), col(DiaryPrint.shingles)).where(
                col(DiaryPrint.diary_id).in_(ids), col(DiaryPrint.edition) != edition
            )
        )
        fresh = {key: set(bands(telling(unpacked(told), commons))) for key, told in prints.all()}
        stood: dict[UUID, set[int]] = defaultdict(set)
        old = select(col(DiaryBand.diary_id), col(DiaryBand.band)).where(
            col(DiaryBand.diary_id).in_(fresh)
        )
        for diary_id, band in (await session.exec(old)).all():
            stood[diary_id].add(band)
        changed = [key for key, told in fresh.items() if told != stood[key]]
        # below the ORM: three statements for hundreds of diaries
        connection = await session.connection()
        await connection.execute(
            update(DiaryPrint).where(col(DiaryPrint.diary_id).in_(fresh)).values(edition=edition)
        )
        await connection.execute(delete(DiaryBand).where(col(DiaryBand.diary_id).in_(changed)))
        values = [
            {"county": county, "band": band, "diary_id": key}
            for key in changed
            for band in fresh[key]
        ]
        if values:
            await connection.execute(_BAND, values)
