"""The worker: jobs in turn, one at work at a time, failures apart, a stop that waits for the batch."""

import asyncio
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI

from app import worker
from app.core import migrate
from app.core.db import Database
from app.core.settings import Settings
from app.core.storage import store_of
from app.worker import Enough, House, Job

SOON = timedelta(milliseconds=1)


@pytest.fixture
def house(db: Database, settings: Settings) -> House:
    """The real house."""
    return House(db, store_of(settings), settings, pause=0.0)


class Counting:
    """A job that counts its turns."""

    def __init__(self, name: str = "counting", every: timedelta = SOON) -> None:
        self.turns = 0
        self.third = asyncio.Event()
        self.job = Job(name, every, self._work)

    async def _work(self, _house: House, _enough: Enough) -> str:
        self.turns += 1
        if self.turns == 3:
            self.third.set()
        return "done"


async def _failing(_house: House, _enough: Enough) -> str:
    raise ValueError("户主" + "刘某")


FAILING = Job("failing", SOON, _failing)


async def test_the_jobs_of_the_house_run(house: House) -> None:
    assert await worker.once(house) is True


async def test_one_failure_stops_no_other_and_tells_no_name(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    counting = Counting()
    assert await worker.once(house, [FAILING, counting.job]) is False
    assert counting.turns == 1
    assert "failing failed" in caplog.text
    assert "ValueError" in caplog.text
    assert "户主刘某" not in caplog.text


async def test_only_one_works_at_a_time(house: House, database_url: str) -> None:
    second = Database(database_url)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def long(_house: House, _enough: Enough) -> str:
        begun.set()
        await go_on.wait()
        return "done"

    counting = Counting()
    other = House(second, house.store, house.settings)
    first = asyncio.create_task(worker.once(house, [Job("long", SOON, long)]))
    try:
        await asyncio.wait_for(begun.wait(), 10)
        assert await worker.once(other, [counting.job]) is None
        go_on.set()
        assert await first is True
        assert await worker.once(other, [counting.job]) is True
    finally:
        go_on.set()
        await second.dispose()
    assert counting.turns == 1


async def test_it_keeps_on_until_told_to_stop(house: House) -> None:
    counting, rare = Counting(), Counting("rare", timedelta(days=1))
    stopping = asyncio.Event()
    task = asyncio.create_task(worker.keep_on(house, stopping, [FAILING, counting.job, rare.job]))
    async with asyncio.timeout(20):
        await counting.third.wait()
        stopping.set()
        await task
    assert rare.turns == 1


async def test_a_job_hears_that_it_is_to_stop(house: House) -> None:
    stopping, begun, heard = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def patient(_house: House, enough: Enough) -> str:
        begun.set()
        while not enough():  # noqa: ASYNC110  a job asks between its batches
            await asyncio.sleep(0.01)
        heard.set()
        return "stopped"

    task = asyncio.create_task(worker.keep_on(house, stopping, [Job("patient", SOON, patient)]))
    async with asyncio.timeout(20):
        await begun.wait()
        stopping.set()
        await task
    assert heard.is_set()


@pytest.mark.parametrize(
    ("told", "runs"),
    [("on", {"sqlite", "postgresql"}), ("auto", {"sqlite"}), ("off", set())],
)
async def test_the_service_does_it_itself_where_it_should(
    house: House, settings: Settings, told: str, runs: set[str]
) -> None:
    counting = Counting()
    there = House(house.base, house.store, settings.model_copy(update={"worker": told}))
    async with worker.beside(there, [counting.job], first_s=0.0):
        await asyncio.sleep(0.3)
    assert bool(counting.turns) is (house.base.dialect in runs)


async def test_the_service_ends_with_its_worker(app: FastAPI) -> None:
    async with asyncio.timeout(20), app.router.lifespan_context(app):
        await asyncio.sleep(0)


async def test_as_a_process_it_ends_when_asked(database_url: str, tmp_path: Path) -> None:
    await migrate.upgrade(database_url)
    told = {"ZHUCUN_DATABASE_URL": database_url, "ZHUCUN_DATA": str(tmp_path / "var")}
    program = "from app.cli import main; main()"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, "worker", env=told, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    async with asyncio.timeout(60):
        lines = [await process.stderr.readline() for _ in worker.JOBS]
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    assert [line.split()[1] for line in lines] == [f"{job.name}:".encode() for job in worker.JOBS]


async def test_once_does_everything_and_ends(database_url: str, tmp_path: Path) -> None:
    told = {"ZHUCUN_DATABASE_URL": database_url, "ZHUCUN_DATA": str(tmp_path / "var")}
    program = "from app.cli import main; main()"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, "worker", "--once", env=told
    )
    async with asyncio.timeout(60):
        assert await process.wait() == 0
