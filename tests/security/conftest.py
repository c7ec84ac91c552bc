"""The county of tests/security, built once on each kind of database."""

import shutil
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event

from app.core.db import Database
from app.core.ids import new_id
from app.core.settings import Settings
from app.main import create_app
from tests.security.world import World, build


def _hasten(dbapi: Any, _record: object) -> None:
    dbapi.cursor().execute("PRAGMA synchronous=OFF")


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
async def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """One county for all tests that ask; those that write use ids of their own."""
    folder = tmp_path_factory.mktemp("county")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "test.db")
        url = f"sqlite+aiosqlite:///{folder}/test.db"
    else:
        server = request.getfixturevalue("pg_template")
        name = f"t{new_id().hex}"
        connection = await asyncpg.connect(server.replace("+asyncpg", ""))
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE template_zhucun")
        await connection.close()
        url = server.replace("/postgres?", f"/{name}?")
    database = Database(url)
    if database.dialect == "sqlite":  # thousands of writes, none of which must outlive the machine
        event.listen(database.engine.sync_engine, "connect", _hasten)
    app = create_app(Settings(data=folder / "var", pages=folder / "none"), database)
    yield await build(app)
    await app.state.decoder.close()
    await app.state.database.dispose()
