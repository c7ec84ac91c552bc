"""What is kept of the last count is what counting now would give, whatever was written meanwhile."""

import asyncio
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import col, select

import app.tables  # noqa: F401  every table
from app.core.clock import now, today
from app.core.db import Database
from app.core.ids import new_id
from app.core.paging import PageQuery
from app.core.tables import Logged
from app.households.models import Household
from app.postings.models import Pairing
from app.quotas import cells, changes, service, tables
from app.quotas.models import CellsBuilt, PersonCells
from app.quotas.standings import Asked
from app.reviews.models import Flag
from app.reviews.states import AGAINST
from tests.quotas.conftest import People, Person
from tests.quotas.rows import (
    COUNTY,
    NEXT_VILLAGE,
    OTHER_TOWNSHIP_VILLAGE,
    VILLAGE,
    written,
)
from tests.quotas.steps import AT_ONCE, STEPS, WORK, is_decided, is_flagged, work, write
from tests.quotas.test_facts import random_history

PLACES = (COUNTY, VILLAGE[:9], OTHER_TOWNSHIP_VILLAGE[:9], VILLAGE)
PERIODS = ("2026-Q3", "2026-08", "standing")
ACTOR = "test"


def _asked(period: str) -> Asked:
    return service.asked_about(period, today(), now())


async def _same(db: Database, period: str, place: str) -> None:
    asked = _asked(period)
    kept = await tables.table(db, place, asked, PageQuery(200), today())
    told = await tables.summary(db, place, asked, today())
    async with db.reading() as session:
        assert kept == await tables.live_table(session, place, asked, PageQuery(200))
        assert told == await tables.live_summary(session, place, asked)


@pytest.fixture
async def crowd(db: Database, people: People) -> list[Person]:
    """Twelve people in three villages with a quarter of random records behind them."""
    random, found = Random(20260701), []
    for number in range(12):
        village = (VILLAGE, NEXT_VILLAGE, OTHER_TOWNSHIP_VILLAGE)[number % 3]
        kind = ("FS", "TL", "HC", "TM")[number % 4]
        person = await people((kind, village, date(2025, 1, 1)), name=f"干部{number}")
        await person.did(*written(person.user, random_history(random)))
        found.append(person)
    return found


def test_each_logged_table_has_its_group() -> None:
    """A new table is looked at by a person before the cache goes on trusting the log."""
    groups = (changes.PERSONS, changes.NOBODY, changes.EVERYBODY)
    every = {
        str(mapper.class_.__tablename__)
        for mapper in Logged._sa_registry.mappers
        if issubclass(mapper.class_, Logged)
    }
    assert every - set().union(*groups) == set()
    assert sum(map(len, groups)) == len(set().union(*groups))


@pytest.mark.parametrize("seed", [1, 2])
async def test_kept_is_live_after_every_write(db: Database, crowd: list[Person], seed: int) -> None:
    random = Random(seed)
    for period in PERIODS:
        await _same(db, period, COUNTY)
    for step in range(24):
        await random.choice(STEPS)(db, random, random.choice(crowd))
        if step % 2:
            await _same(db, random.choice(PERIODS), random.choice(PLACES))
    for period in PERIODS:
        for place in PLACES:
            await _same(db, period, place)


@pytest.mark.parametrize("what", WORK)
async def test_work_of_another_moves_the_helper(db: Database, people: People, what: str) -> None:
    helper = await people(("HC", VILLAGE, date(2025, 1, 1)))
    guest = await people(("FS", NEXT_VILLAGE, date(2025, 1, 1)), name="客人")
    household = Household(
        id=new_id(), county=COUNTY, village=VILLAGE, number="1", head="刘户主",
        since=date(2020, 1, 1),
    )  # fmt: skip
    pairing = Pairing(
        county=COUNTY, person_id=helper.user.id, household_id=household.id, since=date(2026, 1, 1)
    )
    await write(db, household)
    await _same(db, "standing", COUNTY)
    await write(db, pairing)
    await _same(db, "standing", COUNTY)
    before = await tables.table(db, COUNTY, _asked("standing"), PageQuery(50), today())
    await write(db, work(what, guest, household, date(2026, 7, 1)))
    await _same(db, "standing", COUNTY)
    after = await tables.table(db, COUNTY, _asked("standing"), PageQuery(50), today())
    assert before.rows != after.rows


async def test_kept_is_live_while_many_write_decide_and_ask(
    db: Database, crowd: list[Person]
) -> None:
    asked = _asked("2026-Q3")
    over = asyncio.Event()

    async def writer(seed: int) -> None:
        random = Random(seed)
        for _ in range(12):
            await random.choice(AT_ONCE)(db, random, random.choice(crowd))

    async def reviewer(seed: int) -> None:
        random = Random(seed)
        for step in [is_flagged] * 4 + [is_decided] * 14:
            await step(db, random, random.choice(crowd))

    async def reader() -> None:
        while not over.is_set():
            await tables.summary(db, COUNTY, asked, today())
            await asyncio.sleep(0)

    readers = [asyncio.create_task(reader()) for _ in range(3)]
    await asyncio.gather(*(writer(seed) for seed in range(4)), reviewer(5), reviewer(6))
    over.set()
    await asyncio.gather(*readers)

    async with db.reading() as session:
        states = set((await session.exec(select(col(Flag.state)))).all())
    assert states & set(AGAINST), "somebody lost a record"
    for place in PLACES:
        await _same(db, "2026-Q3", place)


async def test_what_nobody_touched_is_not_counted_again(db: Database, crowd: list[Person]) -> None:
    read: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        read.append(statement)

    asked = _asked("2026-Q3")
    first = await tables.summary(db, COUNTY, asked, today())
    event.listen(db.engine.sync_engine, "before_cursor_execute", note)
    try:
        assert await tables.summary(db, COUNTY, asked, today()) == first
        page = await tables.table(db, VILLAGE[:9], asked, PageQuery(50), today())
        assert page.rows
    finally:
        event.remove(db.engine.sync_engine, "before_cursor_execute", note)
    assert read
    assert not [statement for statement in read if "check_ins" in statement]


async def test_dropped_and_built_anew_it_is_the_same(db: Database, crowd: list[Person]) -> None:
    asked = _asked("2026-Q3")
    first = await tables.table(db, COUNTY, asked, PageQuery(200), today())
    async with db.writing() as session:
        assert await cells.drop(session) == 1
    async with db.reading() as session:
        assert (await session.exec(select(PersonCells))).all() == []
    assert await tables.table(db, COUNTY, asked, PageQuery(200), today()) == first


async def test_a_day_that_is_over_is_forgotten(db: Database, crowd: list[Person]) -> None:
    yesterday = today() - timedelta(days=1)
    before = service.asked_about("2026-Q3", yesterday, now())
    await tables.summary(db, COUNTY, before, yesterday)
    await tables.summary(db, COUNTY, _asked("2026-Q3"), today())
    async with db.reading() as session:
        assert set((await session.exec(select(col(CellsBuilt.day)))).all()) == {today()}
        assert set((await session.exec(select(col(PersonCells.day)))).all()) == {today()}


async def test_what_was_asked_yesterday_is_counted_before_anybody_asks(
    db: Database, crowd: list[Person]
) -> None:
    yesterday = today() - timedelta(days=1)
    running, over = f"{today():%Y-%m}", "2026-Q3"
    for period in (running, over):
        before = service.asked_about(period, yesterday, now())
        await tables.summary(db, COUNTY, before, yesterday)

    assert await cells.renew(db, now(), today(), lambda: False) == (
        yesterday.month == today().month
    )
    assert await cells.renew(db, now(), today(), lambda: False) == 0
    async with db.reading() as session:
        built = (await session.exec(select(CellsBuilt))).all()
    assert {(row.period, row.day) for row in built} >= {(running, today())}


async def test_any_other_day_is_counted_live(db: Database, crowd: list[Person]) -> None:
    asked = service.asked_about("2026-Q3", date(2026, 8, 1), now())
    assert await cells.up_to_date(db, COUNTY, asked, today()) is None
    assert await cells.up_to_date(db, "3603", _asked("2026-Q3"), today()) is None
    assert await cells.up_to_date(db, VILLAGE[:9], _asked("2026-Q3"), today()) is None
