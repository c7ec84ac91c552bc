"""Prebuilt statements: Core expressions compiled once and run on the driver's own connection.

The busiest paths (who is asking, what does this check-in meet, write it once) run a handful of
statements thousands of times. Compiling and wrapping each one anew costs more than the database
does; ``Statement`` does it once per dialect and keeps SQLAlchemy's own conversion of each value.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiosqlite
from sqlalchemy import Dialect, Executable
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql.compiler import SQLCompiler

Convert = Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class _Built:
    sql: str
    binds: tuple[tuple[str, Any, Convert], ...]
    columns: tuple[tuple[str, Convert], ...]


class Statement:
    """One Core statement, ready to run; its named binds are the arguments of ``Direct.rows``.

    No expanding ``IN`` and no Python-side column defaults: every value is a bind.
    """

    def __init__(self, clause: Executable) -> None:
        self.clause = clause
        self._built: dict[str, _Built] = {}

    def built(self, dialect: Dialect) -> _Built:
        """The compiled form for this dialect, made at first use."""
        found = self._built.get(dialect.name)
        if found is None:
            found = self._built[dialect.name] = _build(self.clause, dialect)
        return found


def _build(clause: Any, dialect: Dialect) -> _Built:
    compiled: SQLCompiler = clause.compile(dialect=dialect)
    binds = []
    for name in compiled.positiontup or ():
        bind = compiled.binds[name]
        convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
        binds.append((name, None if bind.required else bind.value, convert))
    returned = clause.exported_columns if clause.is_select or clause.exported_columns else ()
    columns = tuple(
        (column.key, column.type.dialect_impl(dialect).result_processor(dialect, None))
        for column in returned
    )
    return _Built(compiled.string, tuple(binds), columns)


def _arguments(built: _Built, values: Mapping[str, Any]) -> list[Any]:
    out = []
    for name, default, convert in built.binds:
        value = values.get(name, default)
        out.append(value if convert is None else convert(value))
    return out


class Direct:
    """The driver's connection. Outside of ``transaction`` each statement commits by itself."""

    def __init__(
        self,
        driver: Any,
        dialect: Dialect,
        turn: AbstractAsyncContextManager[Any],
        *,
        inside: bool = False,
    ) -> None:
        self._driver = driver
        self._turn = turn
        self._inside = inside  # of a transaction that somebody else commits
        self.dialect = dialect

    async def rows(self, statement: Statement, **values: Any) -> list[dict[str, Any]]:
        """Run it; one dictionary per row, values converted as SQLAlchemy would."""
        built = statement.built(self.dialect)
        fetched = await self._fetch(built.sql, _arguments(built, values))
        return [
            {
                key: value if convert is None else convert(value)
                for (key, convert), value in zip(built.columns, row, strict=True)
            }
            for row in fetched
        ]

    async def row(self, statement: Statement, **values: Any) -> dict[str, Any] | None:
        """The first row, or None."""
        found = await self.rows(statement, **values)
        return found[0] if found else None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Several statements as one; on SQLite this waits for the writers' turn."""
        if self._inside:
            yield
            return
        if self.dialect.name != "sqlite":
            async with self._driver.transaction():
                yield
            return
        async with self._turn:
            await self._driver.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                await self._driver.execute("ROLLBACK")
                raise
            await self._driver.execute("COMMIT")

    async def _fetch(self, sql: str, arguments: Sequence[Any]) -> Sequence[Any]:
        if self.dialect.name == "sqlite":
            try:
                found: Sequence[Any] = await self._driver.execute_fetchall(sql, arguments)
            except sqlite3.IntegrityError as error:
                raise IntegrityError(sql, None, error) from error
            return found
        rows: Sequence[Any] = await self._driver.fetch(sql, *arguments)
        return rows


class Lane:
    """Driver connections kept ready for ``Direct``, at most ``width`` at once.

    Borrowing one costs no statement and no greenlet, which the engine's pool needs for each. A
    connection is taken back only when it is idle and alive.
    """

    def __init__(
        self, engine: AsyncEngine, turn: AbstractAsyncContextManager[Any], width: int
    ) -> None:
        self._engine = engine
        self._turn = turn
        self._places = asyncio.Semaphore(width)
        self._idle: list[tuple[Any, Any]] = []  # driver connection, its detached keeper

    @asynccontextmanager
    async def direct(self) -> AsyncIterator[Direct]:
        """A connection of one's own for the length of the block."""
        async with self._places:
            driver, keeper = await self._take()
            whole = True
            try:
                yield Direct(driver, self._engine.sync_engine.dialect, self._turn)
            except Exception:
                raise
            except BaseException:
                whole = False  # cancelled in the middle of a statement
                raise
            finally:
                if whole and _at_rest(driver):
                    self._idle.append((driver, keeper))
                else:
                    await _drop(driver)

    async def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            await _drop(self._idle.pop()[0])

    async def _take(self) -> tuple[Any, Any]:
        while self._idle:
            driver, keeper = self._idle.pop()
            if _at_rest(driver):
                return driver, keeper
            await _drop(driver)
        keeper = await self._engine.raw_connection()
        driver = keeper.driver_connection
        keeper.detach()
        return driver, keeper


def _at_rest(driver: Any) -> bool:
    if isinstance(driver, aiosqlite.Connection):
        return not driver.in_transaction
    return not driver.is_closed() and not driver.is_in_transaction()


async def _drop(driver: Any) -> None:
    if isinstance(driver, aiosqlite.Connection):
        await driver.close()
    else:
        driver.terminate()
