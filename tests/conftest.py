"""Fixtures: a migrated database per test on SQLite and on PostgreSQL, the app, a client."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck
from hypothesis import settings as settings_of_hypothesis
from starlette.routing import BaseRoute
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it ships no types

from app import api
from app.core import migrate
from app.core.db import Database
from app.core.settings import Settings
from app.main import create_app
from tests.support import postgres
from tests.support.reused import Reused
from tests.support.swift import Swift

# how long an example takes is the machine's matter, and it is shared
settings_of_hypothesis.register_profile(
    "shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings_of_hypothesis.load_profile("shared machine")
#: begun first where several workers share the tests: the long ones must not be left to the end
_LONG = ("tests/e2e/", "tests/security/", "tests/demo/")
#: a browser, a county as everybody sees it: made once for the folder
_SHARING = ("tests/e2e/", "tests/security/")


class ByFolder(LoadScopeScheduling):  # type: ignore[misc]  # of an untyped package
    """A file's tests stay on one worker, and those of a folder that shares something costly.

    The marks of ``--dist loadgroup`` would say the same; this pytest does not let xdist write them.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in _SHARING if file.startswith(folder)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFolder:
    """Who of several workers runs what."""
    return ByFolder(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones come first."""
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))


@pytest.fixture(scope="session")
def s3() -> Iterator[Swift]:
    """A real S3 API for the whole run, started when the first test asks."""
    running = Swift()
    yield running
    running.close()


@pytest.fixture(scope="session")
def pg_url() -> Iterator[str]:
    """A throw-away PostgreSQL for the whole run."""
    with postgres.cluster() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file."""
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    apart(migrate.upgrade(f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def pg_template(pg_url: str) -> str:
    """A migrated, empty PostgreSQL database to copy."""
    apart(run_sql(pg_url, "CREATE DATABASE template_zhucun"))
    apart(migrate.upgrade(pg_url.replace("/postgres?", "/template_zhucun?")))
    return pg_url


def apart(work: Coroutine[Any, Any, None]) -> None:
    """Run it in a loop of its own thread: fixtures are asked for while the tests' loop runs."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


async def run_sql(url: str, statement: str) -> None:
    """One statement outside of any transaction."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def pg_reused(pg_template: str) -> Iterator[Reused]:
    """A migrated database that is emptied after each test; making one takes longer than most tests."""
    found = Reused(pg_template, "template_zhucun")
    found.make()
    yield found
    found.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh migrated database; every test that asks for it runs on both kinds."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "test.db")
        yield f"sqlite+aiosqlite:///{tmp_path}/test.db"
        return
    reused: Reused = request.getfixturevalue("pg_reused")
    yield reused.url
    reused.clear()


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """A fresh database."""
    base = Database(database_url)
    yield base
    await base.dispose()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Development settings in a folder of their own."""
    # whether somebody built the phone app here must not matter: tests/test_frontend.py brings its own
    return Settings(data=tmp_path / "var", pages=tmp_path / "pages")


@pytest.fixture
async def app(settings: Settings, db: Database) -> AsyncIterator[FastAPI]:
    """The application on the fresh database."""
    made = create_app(settings, db)
    share_routes(made)
    yield made
    await made.state.decoder.close()


_shared: dict[int, BaseRoute] = {}


def share_routes(app: FastAPI) -> None:
    """Let it use the routes that the first application of the run has prepared.

    An application prepares them at its first request, which takes longer than most tests. They are
    made of modules alone; whatever belongs to one application stands in its ``state``.
    """
    for number, route in enumerate(app.router.routes):
        router = getattr(route, "original_router", None)
        if router in (api.router, api.fallback):
            app.router.routes[number] = _shared.setdefault(id(router), route)
    # they would ask the first application's: better nobody can set any
    app.dependency_overrides = MappingProxyType({})  # type: ignore[assignment]  # that is the point


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client that nobody has signed in; see ``tests.factories.sign_in``."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        yield http
