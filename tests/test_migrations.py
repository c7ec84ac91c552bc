"""Migrations on both databases, with rows in the tables."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlmodel import select

from app.core import migrate
from app.core.db import Database
from app.core.ids import new_id
from app.ledger.models import LedgerLeaf
from tests.conftest import apart, run_sql
from tests.factories import make_fence, make_household, make_posting, make_user

BEFORE_TRIGGERS = "b899e923fdf0"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path}/empty.db"
        return
    server = request.getfixturevalue("pg_url")
    name = f"t{new_id().hex}"
    apart(run_sql(server, f"CREATE DATABASE {name}"))
    yield server.replace("/postgres?", f"/{name}?")
    apart(run_sql(server, f"DROP DATABASE {name} WITH (FORCE)"))


async def _tables(url: str) -> set[str]:
    base = Database(url)
    async with base.engine.connect() as connection:
        found = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
    await base.dispose()
    return found - {"alembic_version"}


async def _fill(url: str) -> int:
    """Rows in parents and children; how many leaves they have."""
    base = Database(url)
    user = await make_user(base)
    await make_posting(base, user)
    await make_fence(base)
    await make_household(base)
    async with base.reading() as session:
        leaves = len((await session.exec(select(LedgerLeaf))).all())
    await base.dispose()
    return leaves


async def _leaves(url: str) -> int:
    base = Database(url)
    async with base.reading() as session:
        leaves = len((await session.exec(select(LedgerLeaf))).all())
    await base.dispose()
    return leaves


async def test_up_down_and_up_again_keeps_every_row(empty_url: str) -> None:
    await migrate.upgrade(empty_url)
    await migrate.check(empty_url)
    leaves = await _fill(empty_url)
    assert leaves > 5
    await migrate.downgrade(empty_url, BEFORE_TRIGGERS)
    await migrate.upgrade(empty_url)
    await migrate.upgrade(empty_url)
    await migrate.check(empty_url)
    assert await _leaves(empty_url) == leaves
    await migrate.downgrade(empty_url, "base")
    assert await _tables(empty_url) == set()


async def test_two_servers_starting_at_once_migrate_once(empty_url: str) -> None:
    program = "import asyncio, sys; from app.core import migrate; asyncio.run(migrate.upgrade(sys.argv[1]))"
    started = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", program, empty_url)
        for _ in range(3)
    ]
    assert [await server.wait() for server in started] == [0, 0, 0]
    await migrate.check(empty_url)


async def test_check_notices_a_difference(empty_url: str) -> None:
    await migrate.upgrade(empty_url)
    base = Database(empty_url)
    async with base.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE diaries ADD COLUMN stray INTEGER"))
    await base.dispose()
    with pytest.raises(Exception, match="stray"):
        await migrate.check(empty_url)
