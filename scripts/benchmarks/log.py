"""What the append to the log costs 16 writers of one county, on PostgreSQL.

The lock on the log's head is held from the leaf to the end of the commit, so that the commits of
one county come one after another: the figure to look at is the ratio, and the disk's own commit.
Each pair runs in the same minute, the order turned with every round.
"""

import asyncio
import os
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from uuid import UUID

import asyncpg

from app.checkins import service
from app.checkins.models import CheckIn
from app.core.clock import now, today
from app.core.db import Database
from app.core.ids import new_id
from app.core.settings import Settings
from app.photos.naming import Naming, naming_binds, naming_insert
from scripts.benchmarks.unlogged import without_log

COUNTY, VILLAGE = "360321", "360321101201"
ROUNDS, SECONDS, CALLERS = 6, 5.0, 16
#: the share of the throughput from which on sequencing in batches would have to be designed
TOO_MUCH = 0.25


async def commits_per_s(url: str) -> float:
    """How many single commits one connection gets: the disk's answer."""
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE IF NOT EXISTS disk (n int)")
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < 2:
        await connection.execute("INSERT INTO disk VALUES (1)")
        count += 1
    await connection.close()
    return count / (time.perf_counter() - start)


def _check_in(person: UUID) -> CheckIn:
    at = now()
    return CheckIn(
        county=COUNTY, id=new_id(), person_id=person, kind="presence", village=VILLAGE,
        day=today(), captured_at=at, received_at=at, place="unknown", photos=[],
        note="走访农户,查看产业", digest=secrets.token_bytes(32),
    )  # fmt: skip


async def writers(url: str, person: UUID) -> float:
    """Check-ins a second of CALLERS that only write: row, photos' names, head, leaf, commit."""
    base = Database(url, connections=CALLERS)
    until, done = time.perf_counter() + SECONDS, 0

    async def one() -> None:
        nonlocal done
        async with base.direct() as direct:
            while time.perf_counter() < until:
                row = _check_in(person)
                naming = Naming("check_in", row.id, COUNTY, person, row.day, VILLAGE)
                named = naming_binds(naming, [])
                if await service._insert(direct, row, person, row.received_at, **named) is None:
                    raise SystemExit("a check-in was not written")
                done += 1

    await asyncio.gather(*(one() for _ in range(CALLERS)))
    await base.dispose()
    return done / SECONDS


def alone(url: str, person: UUID, *, logged: bool) -> float:
    """As ``writers`` in a process of its own."""
    told = [sys.executable, "-m", "scripts.benchmarks.log", url, str(person), str(int(logged))]
    out = subprocess.run(told, check=True, capture_output=True, text=True, env=os.environ).stdout
    return float(out)


Serving = Callable[[str, dict[str, str]], AbstractContextManager[int]]


def compare(
    settings: Settings, token: str, serving: Serving, load: Callable[[int, str], float]
) -> None:
    """Both ways in turn, through the whole service and through the insert alone."""
    pg_url = settings.database
    plain = pg_url.replace("+asyncpg", "")
    person = asyncio.run(_person(plain))
    environment = {"ZHUCUN_DATABASE_URL": pg_url, "ZHUCUN_DATA": str(settings.data)}
    taken: dict[tuple[str, bool], list[float]] = {}
    commits = list[float]()
    with ExitStack() as stack:
        ports = {
            True: stack.enter_context(serving("app.main:create_app", environment)),
            False: stack.enter_context(
                serving("scripts.benchmarks.unlogged:create_app", environment)
            ),
        }
        for number in range(ROUNDS):
            for logged in (True, False) if number % 2 else (False, True):
                through = load(ports[logged], token)
                taken.setdefault(("through the service", logged), []).append(through)
                direct = alone(pg_url, person, logged=logged)
                taken.setdefault(("row and leaf alone", logged), []).append(direct)
            commits.append(asyncio.run(commits_per_s(plain)))
    _report(taken, statistics.median(commits))


async def _person(url: str) -> UUID:
    connection = await asyncpg.connect(url)
    found: UUID = await connection.fetchval("SELECT id FROM users LIMIT 1")
    await connection.close()
    return found


def _report(taken: dict[tuple[str, bool], list[float]], commits: float) -> None:
    print(
        f"\nThe append to the log, PostgreSQL, {CALLERS} writers of one county, "
        f"{ROUNDS} rounds of {SECONDS:.0f} s in turn, medians; load average "
        f"{os.getloadavg()[0]:.1f}; one connection commits {commits:.0f} times a second:"
    )
    for way in dict.fromkeys(way for way, _ in taken):
        logged, bare = taken[way, True], taken[way, False]
        ratios = [one / other for one, other in zip(logged, bare, strict=True)]
        ratio = statistics.median(ratios)
        says = "more than a quarter: sequence in batches" if ratio < 1 - TOO_MUCH else "kept"
        print(
            f"  {way:22s} {statistics.median(logged):6.0f}/s with, "
            f"{statistics.median(bare):6.0f}/s without   ratio {ratio:.2f} "
            f"({min(ratios):.2f} to {max(ratios):.2f})   {says}"
        )


if __name__ == "__main__":
    if sys.argv[3] == "0":
        without_log(service._insert, naming_insert)
    print(asyncio.run(writers(sys.argv[1], UUID(sys.argv[2]))))
