"""Connections for prebuilt statements: kept ready, lent for one short use, taken back at rest.

Borrowing one costs no statement and no greenlet, which the engine's pool needs each time. On
SQLite a whole series goes to a thread in one hop, because each hop costs more than a statement.
"""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import Dialect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.prebuilt import Direct, Row, Statement, Step

T = TypeVar("T")
SWITCH_S = 0.0005
Turn = AbstractAsyncContextManager[Any]


class PostgresDirect(Direct):
    """asyncpg's connection."""

    def __init__(self, dialect: Dialect, driver: "asyncpg.Connection[asyncpg.Record]") -> None:
        super().__init__(dialect)
        self.driver = driver

    async def rows(self, statement: Statement, **values: Any) -> list[Row]:
        built = statement.built(self.dialect)
        fetched: list[Any] = await self.driver.fetch(built.sql, *built.arguments(values))
        return built.rows(fetched)

    async def series(self, *steps: Step) -> list[Row]:
        async with self.driver.transaction():
            return await _in_turn(self, steps)


class SqliteDirect(Direct):
    """A connection of the standard library; what writes (and so waits for the disk) has a thread.

    ``rows`` only reads here: a write of one statement is a series of one.
    """

    def __init__(self, dialect: Dialect, driver: sqlite3.Connection, turn: Turn) -> None:
        super().__init__(dialect)
        self.driver = driver
        self._turn = turn
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")

    async def rows(self, statement: Statement, **values: Any) -> list[Row]:
        # in the loop's own thread: a handful of rows by key take tens of microseconds, a hop to
        # another thread takes hundreds, and in WAL mode a reader waits for no writer
        return self._run(statement, values)

    async def series(self, *steps: Step) -> list[Row]:
        async with self._turn:
            return await self._hop(self._transaction, steps)

    async def close(self) -> None:
        """End the thread and the connection."""
        await self._hop(self.driver.close)
        self._thread.shutdown(wait=False)

    async def _hop(self, work: Callable[..., T], *arguments: Any) -> T:
        # shielded: a caller who gives up does not leave a half-run series behind
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(self._thread, work, *arguments))

    def _run(self, statement: Statement, values: Any) -> list[Row]:
        built = statement.built(self.dialect)
        try:
            return built.rows(self.driver.execute(built.sql, built.arguments(values)).fetchall())
        except sqlite3.IntegrityError as error:
            raise IntegrityError(built.sql, None, error) from error

    def _transaction(self, steps: tuple[Step, ...]) -> list[Row]:
        self.driver.execute("BEGIN IMMEDIATE")
        try:
            found: list[Row] = []
            for number, (statement, values) in enumerate(steps):
                found = self._run(statement, values)
                if number == 0 and not found:
                    break
        except BaseException:
            self.driver.execute("ROLLBACK")
            raise
        self.driver.execute("COMMIT")
        return found


class SessionDirect(Direct):
    """Inside the transaction of a session, which somebody else commits."""

    def __init__(self, dialect: Dialect, session: AsyncSession) -> None:
        super().__init__(dialect)
        self._session = session

    async def rows(self, statement: Statement, **values: Any) -> list[Row]:
        built = statement.built(self.dialect)
        connection = await self._session.connection()
        found = await connection.exec_driver_sql(built.sql, tuple(built.arguments(values)))
        return built.rows(found.all())

    async def series(self, *steps: Step) -> list[Row]:
        return await _in_turn(self, steps)


async def _in_turn(direct: Direct, steps: tuple[Step, ...]) -> list[Row]:
    found: list[Row] = []
    for number, (statement, values) in enumerate(steps):
        found = await direct.rows(statement, **values)
        if number == 0 and not found:
            break
    return found


class Lane:
    """At most ``width`` connections, opened when they are first needed."""

    def __init__(self, engine: AsyncEngine, turn: Turn, width: int) -> None:
        self._engine = engine
        self._turn = turn
        self._places = asyncio.Semaphore(width)
        self._idle: list[Direct] = []

    @asynccontextmanager
    async def direct(self) -> AsyncIterator[Direct]:
        """A connection of one's own for the length of the block."""
        async with self._places:
            direct = await self._take()
            whole = False
            try:
                yield direct
                whole = True
            except Exception:
                whole = True
                raise
            finally:  # anything else was cancelled, perhaps in the middle of a statement
                if whole and _at_rest(direct):
                    self._idle.append(direct)
                else:
                    await _drop(direct)

    async def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            await _drop(self._idle.pop())

    async def _take(self) -> Direct:
        while self._idle:
            direct = self._idle.pop()
            if _at_rest(direct):
                return direct
            await _drop(direct)
        return await self._open()

    async def _open(self) -> Direct:
        dialect, url = self._engine.sync_engine.dialect, self._engine.url
        if dialect.name == "sqlite":
            # a thread back from the disk otherwise waits 5 ms for a busy loop to let it answer
            sys.setswitchinterval(SWITCH_S)
            driver = sqlite3.connect(url.database or "", check_same_thread=False)
            tame_sqlite(driver, foreign_keys=True)
            return SqliteDirect(dialect, driver, self._turn)
        # opened by the engine, so that codecs and settings are the same, then kept out of its pool
        pooled = await self._engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        return _Detached(dialect, connection, pooled)


class _Detached(PostgresDirect):
    """Keeps the engine's wrapper alive as long as its connection."""

    def __init__(self, dialect: Dialect, driver: Any, keeper: object) -> None:
        super().__init__(dialect, driver)
        self._keeper = keeper


def tame_sqlite(driver: Any, *, foreign_keys: bool) -> None:
    """What every SQLite connection of the house needs."""
    driver.isolation_level = None  # BEGIN is ours: savepoints and transactional DDL then work
    # busy_timeout first: switching to WAL may itself have to wait
    for pragma in (
        "busy_timeout=10000",
        "journal_mode=WAL",
        "synchronous=FULL",
        "secure_delete=ON",  # what is erased is overwritten in the file, too
        f"foreign_keys={'ON' if foreign_keys else 'OFF'}",
    ):
        cursor = driver.cursor()
        cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


def _at_rest(direct: Direct) -> bool:
    if isinstance(direct, SqliteDirect):
        return not direct.driver.in_transaction
    if isinstance(direct, PostgresDirect):
        return not direct.driver.is_closed() and not direct.driver.is_in_transaction()
    return False


async def _drop(direct: Direct) -> None:
    if isinstance(direct, SqliteDirect):
        await direct.close()
    elif isinstance(direct, PostgresDirect):
        direct.driver.terminate()
