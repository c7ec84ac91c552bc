"""How long an auditor's whole verification takes: every row against its leaf, every leaf against the tree.

The log is filled through the product's own append, so that the rows verify; the command that is
timed is the one that an administrator types, in a process of its own.
"""

import asyncio
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlmodel import col, select

from app.auth.models import User
from app.checkins.models import CheckIn
from app.core.clock import now, today
from app.core.db import Database
from app.core.ids import new_id
from app.core.settings import Settings
from app.ledger.service import append_many

#: check-ins, each with its leaf
ROWS = int(os.environ.get("VERIFY_ROWS", "1000000"))
BATCH = 2_000
COUNTY, VILLAGE = "360321", "360321101201"


@dataclass(frozen=True, slots=True)
class Took:
    """Wall and processor time in seconds, the largest memory in MB, and what was said last."""

    wall: float
    processor: float
    memory: float
    says: str


async def fill(settings: Settings, rows: int = ROWS) -> None:
    """So many check-ins of one county, written as the product writes: row and leaf together."""
    base = Database(settings.database, connections=1)
    async with base.reading() as session:
        person = (await session.exec(select(col(User.id)).limit(1))).one()
    for start in range(0, rows, BATCH):
        await _batch(base, person, min(BATCH, rows - start))
    await base.dispose()


async def _batch(base: Database, person: UUID, count: int) -> None:
    at = now()
    told = [
        CheckIn(
            county=COUNTY, id=new_id(), person_id=person, kind="presence", village=VILLAGE,
            day=today(), captured_at=at, received_at=at, place="unknown", no_fix_reason="timeout",
            photos=[], note="走访农户,查看产业", digest=b"\0" * 32,
        )
        for _ in range(count)
    ]  # fmt: skip
    async with base.writing() as session:
        session.add_all(told)
        await append_many(session, told, "create", person, at)


def verified(settings: Settings) -> Took:
    """``zhucun ledger verify --without-bytes``; stops where it finds anything."""
    zhucun = Path(sys.executable).with_name("zhucun")
    environment = os.environ | {
        "ZHUCUN_DATA": str(settings.data),
        "ZHUCUN_DATABASE_URL": settings.database,
    }
    start = time.perf_counter()
    command = subprocess.Popen(
        [zhucun, "ledger", "verify", "--without-bytes"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    said = command.stdout.read() if command.stdout else ""
    _, status, used = os.wait4(command.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"the log did not verify:\n{said}")
    last = said.strip().splitlines()[-1] if said.strip() else ""
    return Took(
        time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, last
    )


def measure(settings: Settings, kind: str) -> None:
    """Fill, verify, tell. The database has been prepared with a village and a person."""
    start = time.perf_counter()
    asyncio.run(fill(settings))
    filled = time.perf_counter() - start
    took = verified(settings)
    print(
        f"  {kind:10s} {ROWS} rows: {took.wall:6.0f} s ({took.processor:.0f} s of processor time of the command), "
        f"{took.memory:.0f} MB; filled in {filled:.0f} s; load average {os.getloadavg()[0]:.1f}; it says: {took.says}",
        flush=True,
    )
