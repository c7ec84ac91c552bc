"""Quotas of a county of thousands: live, from what was kept, and beside the plain SQL as the limit.

The people are invented and lie in no log: only what is written while the clock runs does.
"""

import statistics
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, text
from sqlmodel import col, select

from app import tables as _every_table  # noqa: F401  so that foreign keys are known
from app.auth.models import User
from app.checkins.models import CheckIn
from app.core import migrate
from app.core.clock import now, today
from app.core.db import Database
from app.core.ids import new_id
from app.core.paging import PageQuery
from app.core.settings import Settings
from app.core.tables import HOUSE
from app.ledger import service as ledger
from app.org.models import Unit
from app.policy.engine import evaluate
from app.policy.loader import load_pack
from app.policy.periods import SHANGHAI, containing
from app.policy.records import CheckIn as Told
from app.policy.records import History, Post
from app.postings.models import Posting
from app.quotas import service, tables
from app.quotas.adoptions import adopt
from app.quotas.standings import Asked

COUNTY = "360321"
PACK = "p0-village-leader"
IN_A_TOWNSHIP, IN_A_VILLAGE = 300, 15
PER_QUARTER = 62
ROUNDS = 7
WRITES = 16
_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class County:
    """How large, and how many quarters of records lie behind the one asked about."""

    people: int
    earlier: int = 0

    @property
    def townships(self) -> int:
        """Of 300 people each."""
        return -(-self.people // IN_A_TOWNSHIP)

    def village(self, person: int) -> str:
        """Where the person is posted."""
        township, within = divmod(person, IN_A_TOWNSHIP)
        return f"{COUNTY}{100 + township}{200 + within // IN_A_VILLAGE}"


async def load(settings: Settings, county: County) -> list[UUID]:
    """The county into an empty database; the ids of its people."""
    await migrate.upgrade(settings.database)
    base = Database(settings.database)
    people = [new_id() for _ in range(county.people)]
    try:
        async with base.writing() as session:
            for unit in _units(county):
                session.add(unit)
                await session.flush()
            await adopt(session, PACK, COUNTY, "性能测试", by="bench", at=now())
        async with base.writing() as session:
            connection = await session.connection()
            for table, rows in (
                (User, _users(people)),
                (Posting, _postings(county, people)),
                (CheckIn, _check_ins(county, people)),
            ):
                made = table.__table__.insert()  # type: ignore[union-attr]  # SQLModel sets it
                for some in _parts(rows):
                    await connection.execute(made, some)
        async with base.writing() as session:
            await session.execute(text("ANALYZE"))
    finally:
        await base.dispose()
    return people


def _units(county: County) -> Iterator[Unit]:
    levels = {2: "province", 4: "city", 6: "county", 9: "township", 12: "village"}
    codes = {COUNTY[:2], COUNTY[:4], COUNTY}
    for person in range(0, county.people, IN_A_VILLAGE):
        codes |= {county.village(person)[:9], county.village(person)}
    for code in sorted(codes, key=lambda code: (len(code), code)):
        parent = {4: code[:2], 6: code[:4], 9: code[:6], 12: code[:9]}.get(len(code))
        yield Unit(
            county=code[:6] if len(code) >= 6 else HOUSE, code=code, name=code,
            level=levels[len(code)], parent=parent,
        )  # fmt: skip


def _users(people: list[UUID]) -> Iterator[dict[str, Any]]:
    for number, person in enumerate(people):
        row = User(county=HOUSE, id=person, name=f"干部{number:05}", created_at=now())
        yield row.model_dump()


def _postings(county: County, people: list[UUID]) -> Iterator[dict[str, Any]]:
    for number, person in enumerate(people):
        kind = ("FS", "TL", "TM", "HC")[number % 4]
        unit = county.village(number)
        since = date(2015, 1, 1)
        row = Posting(county=COUNTY, person_id=person, unit=unit, kind=kind, since=since)
        yield row.model_dump()


def _check_ins(county: County, people: list[UUID]) -> Iterator[dict[str, Any]]:
    """One a day on most days, the same number for everybody in each quarter."""
    first = containing("quarter", today()).first
    quarters = [first]
    for _ in range(county.earlier):
        quarters.append(containing("quarter", quarters[-1] - timedelta(days=1)).first)
    for begin in quarters:
        for number, person in enumerate(people):
            village = county.village(number)
            for step in range(PER_QUARTER):
                day = begin + timedelta(days=step + (step + number) % 20)
                yield _check_in(person, village, day, number % 600)


def _check_in(person: UUID, village: str, day: date, minute: int) -> dict[str, Any]:
    moment = datetime(day.year, day.month, day.day, 8, tzinfo=SHANGHAI) + timedelta(minutes=minute)
    row = CheckIn(
        id=new_id(), county=COUNTY, person_id=person, kind="presence", village=village, day=day,
        captured_at=moment, received_at=moment, place="unknown", no_fix_reason="timeout",
        digest=b"",
    )  # fmt: skip
    return row.model_dump()


def _parts(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    for row in rows:
        part.append(row)
        if len(part) == _ROWS:
            yield part
            part = []
    if part:
        yield part


async def times(settings: Settings, county: County, people: list[UUID]) -> dict[str, float]:
    """Milliseconds of each question; the first of a day, then medians."""
    base = Database(settings.database)
    quarter = containing("quarter", today())
    asked = Asked.about(today(), now(), quarter)
    township = county.village(0)[:9]

    async def person() -> object:
        return await _person(base, people[0])

    async def live() -> object:
        async with base.reading() as session:
            return await tables.live_table(session, township, asked, PageQuery(200))

    async def page() -> object:
        return await tables.table(base, township, asked, PageQuery(200), today())

    async def county_page() -> object:
        return await tables.table(base, COUNTY, asked, PageQuery(200), today())

    async def summary() -> object:
        return await tables.summary(base, COUNTY, asked, today())

    async def plain() -> object:
        return await _plain(base, quarter.first, quarter.last)

    try:
        return {
            "one person, all rules": await _median(person),
            "township's table, live": await _median(live),
            "county's summary, first of the day": await _once(summary),
            "county's summary": await _median(summary),
            f"county's summary after {WRITES} writes": await _median(
                summary, lambda: _write(base, county, people)
            ),
            "township's table": await _median(page),
            "a page of the county's table": await _median(county_page),
            "plain SQL, distinct days of everybody": await _median(plain),
        }
    finally:
        await base.dispose()


async def _person(base: Database, person: UUID) -> object:
    asked = Asked.about(today(), now())
    async with base.reading() as session:
        bound = await service.bound_of(session, person, asked)
        return await service.standings_of(session, person, bound, asked)


async def _write(base: Database, county: County, people: list[UUID]) -> None:
    for number in range(WRITES):
        told = _check_in(people[number], county.village(number), today(), number)
        async with base.writing() as session:
            row = CheckIn(**told)
            session.add(row)
            await ledger.append(session, row, "create", people[number], now())


async def _plain(base: Database, first: date, last: date) -> object:
    query = (
        select(col(CheckIn.person_id), func.count(col(CheckIn.day).distinct()))
        .where(col(CheckIn.day).between(first, last))
        .group_by(col(CheckIn.person_id))
    )
    async with base.reading() as session:
        return (await session.exec(query)).all()


async def _median(
    ask: Callable[[], Awaitable[object]], before: Callable[[], Awaitable[object]] | None = None
) -> float:
    taken = []
    for _ in range(ROUNDS):
        if before is not None:
            await before()
        taken.append(await _once(ask))
    return statistics.median(taken)


async def _once(ask: Callable[[], Awaitable[object]]) -> float:
    begin = time.perf_counter()
    await ask()
    return 1000 * (time.perf_counter() - begin)


def engine_us() -> float:
    """Microseconds for one standing of 62 days with its evidence, the engine alone."""
    pack = load_pack(PACK)
    quarter = containing("quarter", date(2026, 9, 30))
    taps = tuple(
        Told(
            f"c{n}", "presence", "A", None, moment, moment, day,
        )
        for n in range(PER_QUARTER)
        for day in [quarter.first + timedelta(days=n)]
        for moment in [datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)]
    )  # fmt: skip
    history = History(posts=(Post("FS", "A", date(2015, 1, 1)),), check_ins=taps)
    at = datetime(2026, 10, 1, tzinfo=SHANGHAI)
    spent = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        for _ in range(200):
            evaluate(pack, "R01", history, quarter, at)
        spent.append((time.perf_counter() - begin) / 200)
    return 1e6 * statistics.median(spent)
