"""What is kept of the last count is what counting now would give, whatever was written meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import col, select

import app.tables  # noqa: F401  every table
from app.checkins.models import CheckIn, Withdrawal
from app.core.clock import now, today
from app.core.db import Database
from app.core.ids import new_id
from app.core.paging import PageQuery
from app.core.tables import Logged
from app.households.models import Household, PlanItem
from app.ledger.service import append_many
from app.policy.records import Leave, MakeUp
from app.postings.models import Pairing, Posting
from app.quotas import cells, changes, service, tables
from app.quotas.models import CellsBuilt, PersonCells
from app.quotas.standings import Asked
from app.requests import models as requests
from tests.quotas.conftest import People, Person
from tests.quotas.rows import (
    COUNTY,
    NEXT_VILLAGE,
    OTHER_TOWNSHIP_VILLAGE,
    VILLAGE,
    at,
    diary,
    in_force,
    leave,
    make_up,
    portrait,
    position,
    posting,
    tap,
    withdrawn,
    written,
)
from tests.quotas.test_facts import random_history

PLACES = (COUNTY, VILLAGE[:9], OTHER_TOWNSHIP_VILLAGE[:9], VILLAGE)
PERIODS = ("2026-Q3", "2026-08", "standing")
ACTOR = "test"


def _asked(period: str) -> Asked:
    return service.asked_about(period, today(), now())


async def _write(db: Database, *rows: Any, kind: str = "create") -> None:
    """As the product does: rows and leaves in one transaction."""
    async with db.writing() as session:
        for row in rows:
            if kind == "create":
                session.add(row)
                await session.flush()
            else:
                row = await session.merge(row)
            await append_many(session, [row], kind, ACTOR, now())


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


Step = Callable[[Database, Random, Person], Awaitable[None]]


def _day(random: Random) -> date:
    return date(2026, 7, 1) + timedelta(days=random.randrange(92))


async def _checks_in(db: Database, random: Random, person: Person) -> None:
    village = random.choice([VILLAGE, NEXT_VILLAGE, OTHER_TOWNSHIP_VILLAGE])
    await _write(
        db, tap(person.user, at(_day(random), f"{random.randrange(8, 20):02}:00"), village)
    )


async def _withdraws(db: Database, random: Random, person: Person) -> None:
    gone = select(Withdrawal.check_in_id)
    query = select(CheckIn).where(
        col(CheckIn.person_id) == person.user.id, col(CheckIn.id).not_in(gone)
    )
    async with db.reading() as session:
        rows = (await session.exec(query.order_by(col(CheckIn.id)))).all()
    if rows:
        await _write(db, withdrawn(random.choice(rows)))


async def _writes_a_diary(db: Database, random: Random, person: Person) -> None:
    day = _day(random)
    await _write(db, diary(person.user, day, at(day + timedelta(days=random.randrange(3)))))


async def _gets_a_post(db: Database, random: Random, person: Person) -> None:
    village = random.choice([VILLAGE, NEXT_VILLAGE, OTHER_TOWNSHIP_VILLAGE])
    await _write(db, posting(person.user, random.choice(["FS", "HC"]), village, _day(random)))


async def _leaves_a_post(db: Database, random: Random, person: Person) -> None:
    query = select(Posting).where(
        col(Posting.person_id) == person.user.id, col(Posting.until).is_(None)
    )
    async with db.reading() as session:
        row = (await session.exec(query.order_by(col(Posting.id)))).first()
    if row is not None:
        row.until = max(_day(random), row.since)
        await _write(db, row, kind="end")


async def _is_paired(db: Database, random: Random, person: Person) -> None:
    key = new_id()
    household = Household(
        id=key, county=COUNTY, village=VILLAGE, number=key.hex[-8:], head="刘户主",
        since=date(2020, 1, 1),
    )  # fmt: skip
    pairing = Pairing(
        county=COUNTY, person_id=person.user.id, household_id=key, since=date(2026, 1, 1)
    )
    await _write(db, household, pairing)


def _work(what: str, person: Person, household: Household, day: date) -> Any:
    fix = {"lat_e7": 271300000, "lon_e7": 1139600000, "accuracy_mm": 9000, "datum": "wgs84"}
    if what == "portrait":
        return portrait(person.user, household.id, at(day))
    if what == "position":
        return position(person.user, household.id, at(day))
    if what == "plan":
        return PlanItem(
            county=COUNTY, household_id=household.id, author_id=person.user.id, id=new_id(),
            text="联系合作社", created_on=day, received_at=at(day),
        )  # fmt: skip
    return tap(
        person.user, at(day), household.village, kind="household", household_id=household.id,
        no_fix_reason=None, fixed_at=at(day), **fix,
    )  # fmt: skip


WORK = ("portrait", "position", "plan", "visit")


async def _works_for_a_household(db: Database, random: Random, person: Person) -> None:
    """Whoever writes it, it is the helpers' figure that moves."""
    async with db.reading() as session:
        query = select(Household).order_by(col(Household.id).desc())
        households = (await session.exec(query)).all()
    if households:
        what = random.choice(WORK)
        await _write(db, _work(what, person, random.choice(households[:3]), _day(random)))


async def _household_ends(db: Database, random: Random, person: Person) -> None:
    async with db.reading() as session:
        query = select(Household).where(col(Household.until).is_(None)).order_by(col(Household.id))
        row = (await session.exec(query)).first()
    if row is not None:
        row.until = today() - timedelta(days=1)
        await _write(db, row, kind="end")


async def _asks(db: Database, random: Random, person: Person) -> None:
    day, state = _day(random), random.choice(["submitted", "approved"])
    if random.random() < 0.5:
        told = Leave(str(new_id()), day, day + timedelta(days=random.randrange(6)), "leave", state)
        await _write(db, leave(person.user, told))
    else:
        await _write(db, make_up(person.user, MakeUp(str(new_id()), VILLAGE, day, state)))


async def _is_answered(db: Database, random: Random, person: Person) -> None:
    """A word on whatever waits, or a return from leave."""
    async with db.reading() as session:
        asked = (await session.exec(select(requests.MakeUp))).all()
        away = select(requests.Leave).where(
            col(requests.Leave.id).not_in(select(requests.LeaveReturn.leave_id))
        )
        leaves = (await session.exec(away)).all()
    for row in asked:
        if row.state == "submitted":
            row.state = random.choice(["approved", "refused", "withdrawn"])
            await _write(db, row, kind="revise")
            return
    if leaves:
        gone = random.choice(leaves)
        back = requests.LeaveReturn(
            county=COUNTY,
            leave_id=gone.id,
            author_id=gone.author_id,
            back_on=gone.last,
            returned_at=at(gone.last),
        )
        await _write(db, back)


async def _another_reading(db: Database, random: Random, person: Person) -> None:
    unit = random.choice([COUNTY, VILLAGE[:9]])
    await in_force(
        db,
        unit,
        settings={"repeat_minutes": random.randrange(60), "leave": "deduct_workdays"},
        at=now(),
    )


STEPS: tuple[Step, ...] = (
    _checks_in, _checks_in, _withdraws, _writes_a_diary, _gets_a_post, _leaves_a_post, _is_paired,
    _works_for_a_household, _works_for_a_household, _household_ends, _another_reading,
    _asks, _is_answered,
)  # fmt: skip


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
    await _write(db, household)
    await _same(db, "standing", COUNTY)
    await _write(db, pairing)
    await _same(db, "standing", COUNTY)
    before = await tables.table(db, COUNTY, _asked("standing"), PageQuery(50), today())
    await _write(db, _work(what, guest, household, date(2026, 7, 1)))
    await _same(db, "standing", COUNTY)
    after = await tables.table(db, COUNTY, _asked("standing"), PageQuery(50), today())
    assert before.rows != after.rows


async def test_kept_is_live_while_many_write_and_ask(db: Database, crowd: list[Person]) -> None:
    asked = _asked("2026-Q3")
    over = asyncio.Event()

    async def writer(seed: int) -> None:
        random = Random(seed)
        for _ in range(12):
            await random.choice(STEPS[:9])(db, random, random.choice(crowd))

    async def reader() -> None:
        while not over.is_set():
            await tables.summary(db, COUNTY, asked, today())
            await asyncio.sleep(0)

    readers = [asyncio.create_task(reader()) for _ in range(3)]
    await asyncio.gather(*(writer(seed) for seed in range(4)))
    over.set()
    await asyncio.gather(*readers)

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
