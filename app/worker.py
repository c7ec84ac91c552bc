"""The worker 定时任务: what has to be done now and then, without anybody asking.

``zhucun worker`` runs it as a process of its own; with the embedded SQLite the service does it
beside its requests. Only one acts at a time, whoever starts how many.
"""

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from app.auth.anchors import Anchors
from app.checks import service as checks
from app.core.clock import now, today
from app.core.db import Database
from app.core.errors import trace
from app.core.settings import Settings
from app.core.storage import Store, store_of
from app.diaries import commons
from app.ledger.kept import Kept
from app.ledger.keys import signer
from app.ledger.nightly import Nightly
from app.ledger.sealing import seal
from app.notices import reminding
from app.notices.quiet import Quiet
from app.photos import filling
from app.photos.shelf import PHOTOS
from app.quotas import cells
from app.retention import daily
from app.reviews import precision
from app.submissions.shelf import FILES
from app.uploads.sweep import sweep

log = logging.getLogger("zhucun.worker")
#: the number of our advisory lock; the migrations' is 7401
LOCK = 7402
#: the first look after the start: whoever opens the app then comes first
FIRST_S = 15.0
STOP_S = 10.0
#: how soon to look again when another worker was at it
BUSY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class House:
    """What jobs work with. ``pause``: rest so many times as long as the work took.

    ``nightly`` verifies the logs at night; None where nobody stays for its end.
    """

    base: Database
    store: Store
    settings: Settings
    pause: float = 1.0
    nightly: Nightly | None = None


Enough = Callable[[], bool]
Work = Callable[[House, Enough], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Job:
    """Something done every so often; says in a few words, without personal data, what it did."""

    name: str
    every: timedelta
    work: Work


async def _reminders(house: House, enough: Enough) -> str:
    quiet = Quiet.of(house.settings.quiet_hours)
    done = await reminding.run(
        house.base,
        now(),
        quiet,
        pause=house.pause,
        enough=lambda: enough() or quiet.holds(now()),
    )
    return f"{done.notices} notices for {done.people} people looked at"


async def _sweep(house: House, _enough: Enough) -> str:
    at = now()
    photos = await sweep(house.base, house.store, PHOTOS, at)
    files = await sweep(house.base, house.store, FILES, at)
    return f"{photos} photos and {files} files removed"


async def _cells(house: House, enough: Enough) -> str:
    return f"{await cells.renew(house.base, now(), today(), enough)} summaries counted for today"


async def _checkpoints(house: House, enough: Enough) -> str:
    kept = Kept.of(house.settings)
    made = await seal(house.base, signer(house.settings), now(), enough, kept=kept)
    return f"{made} checkpoints signed"


async def _verification(house: House, _enough: Enough) -> str:
    if house.nightly is None:
        return "not here"
    return await house.nightly.look(house.base, house.settings, now())


async def _likeness(house: House, enough: Enough) -> str:
    photos = await filling.fill(house.base, house.store, enough)
    counties = await commons.recount(house.base, now(), enough)
    return f"{photos} photos hashed, common phrases of {counties} counties counted"


async def _checks(house: House, enough: Enough) -> str:
    anchors = Anchors(house.settings.refresh_key.get_secret_value())
    done = await checks.run(house.base, anchors, now(), enough)
    return f"{done.judged} records judged, {done.raised} flags raised, {done.suspended} fences suspended"


async def _retention(house: House, enough: Enough) -> str:
    done = await daily.run(house.base, house.settings, now(), enough)
    return (
        f"{done.coarsened} positions coarsened, {done.erased} rows erased, {done.blanked} blanked"
    )


async def _precision(house: House, _enough: Enough) -> str:
    async with house.base.writing() as session:
        fallen = await precision.fall_silent(session, now())
    return f"{len(fallen)} checks fell silent"


#: every job of the house; what further rooms need done goes here
JOBS: tuple[Job, ...] = (
    Job("checks", timedelta(minutes=1), _checks),
    Job("precision", timedelta(hours=1), _precision),
    Job("reminders", timedelta(minutes=10), _reminders),
    Job("sweep", timedelta(days=1), _sweep),
    Job("retention", timedelta(days=1), _retention),
    Job("cells", timedelta(minutes=10), _cells),
    Job("likeness", timedelta(hours=1), _likeness),
    Job("checkpoints", timedelta(minutes=10), _checkpoints),
    Job("verification", timedelta(minutes=10), _verification),
)


async def once(house: House, jobs: Sequence[Job] = JOBS) -> bool | None:
    """Every job now; whether all went well, None when another worker is at it."""
    async with _alone(house.base) as mine:
        if not mine:
            return None
        return all([await _do(job, house, lambda: False) for job in jobs])


async def keep_on(
    house: House, stopping: asyncio.Event, jobs: Sequence[Job] = JOBS, first_s: float = 0.0
) -> None:
    """Each job when its time has come, until told to stop; a batch under way is finished."""
    due = {job.name: time.monotonic() + first_s for job in jobs}
    while not stopping.is_set():
        wait = min(due.values()) - time.monotonic()
        if wait > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), wait)
            continue
        ready = [job for job in jobs if due[job.name] <= time.monotonic()]
        worked = await _turn(house, stopping, ready)
        for job in ready:
            rest = job.every if worked else min(job.every, BUSY)
            due[job.name] = time.monotonic() + rest.total_seconds()


async def _turn(house: House, stopping: asyncio.Event, ready: Sequence[Job]) -> bool:
    """The jobs whose time has come; False when another worker is at it, or no database answers."""
    try:
        async with _alone(house.base) as mine:
            for job in ready if mine else ():
                if not stopping.is_set():
                    await _do(job, house, stopping.is_set)
            return mine
    except Exception as error:
        log.error("the worker cannot begin: %s", trace(error))
        return False


async def _do(job: Job, house: House, enough: Enough) -> bool:
    """One job. What goes wrong in it is logged by kind and place only, and stops no other."""
    try:
        log.info("%s: %s", job.name, await job.work(house, enough))
    except Exception as error:
        log.error("%s failed: %s", job.name, trace(error))
        return False
    return True


@asynccontextmanager
async def _alone(base: Database) -> AsyncIterator[bool]:
    """Whether no other worker of this database is at work; none begins while this one lasts."""
    if base.dialect == "sqlite":
        with _file_lock(f"{base.engine.url.database}.worker") as mine:
            yield mine
        return
    # an advisory lock belongs to its connection, which is therefore kept; it ends with it, too
    engine = base.engine.execution_options(isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        said = await connection.execute(text(f"SELECT pg_try_advisory_lock({LOCK})"))
        mine = bool(said.scalar_one())
        try:
            yield mine
        finally:
            if mine:
                await connection.execute(text(f"SELECT pg_advisory_unlock({LOCK})"))


@contextlib.contextmanager
def _file_lock(name: str) -> Iterator[bool]:
    """Whether the lock file is ours: SQLite lies on one machine, and so do its workers."""
    opened = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(opened)


@asynccontextmanager
async def beside(
    house: House, jobs: Sequence[Job] = JOBS, first_s: float = FIRST_S
) -> AsyncIterator[None]:
    """The worker beside the service's requests, where the settings want it there."""
    told = house.settings.worker
    if told == "off" or (told == "auto" and house.base.dialect != "sqlite"):
        yield
        return
    stopping = asyncio.Event()
    task = asyncio.create_task(keep_on(house, stopping, jobs, first_s))
    try:
        yield
    finally:
        stopping.set()
        await asyncio.wait([task], timeout=STOP_S)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if house.nightly is not None:
            await house.nightly.stop()


async def serve(settings: Settings, *, only_once: bool) -> bool | None:
    """``zhucun worker``: until SIGTERM or Ctrl+C, or once; as ``once`` says."""
    base = Database(settings.database)
    nightly = None if only_once or settings.nightly_verify == "off" else Nightly()
    pause = 0.0 if only_once else 1.0
    house = House(base, store_of(settings), settings, pause=pause, nightly=nightly)
    try:
        if only_once:
            return await once(house)
        stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        await keep_on(house, stopping)
        return True
    finally:
        if nightly is not None:
            await nightly.stop()
        await base.dispose()
