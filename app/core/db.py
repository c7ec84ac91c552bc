"""The database: engines, transactions, and the one place that commits.

Two ways lead in. Most code gets a session (``Db``, ``ReadDb``): one transaction for one request,
committed before the reply leaves. The few statements of the busiest paths are prebuilt
(``core.prebuilt``) and run on the driver's own connection (``Database.direct``).

SQLite has one writer at a time: writers queue on a lock of this process, because a queue is fair
where SQLite's busy timeout polls; other processes still meet at the timeout.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Annotated, Any

import orjson
from fastapi import Depends, Request
from sqlalchemy import Insert, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.lanes import Lane, SessionDirect, tame_sqlite
from app.core.prebuilt import Direct


def _dumps(value: Any) -> str:
    """JSON with Chinese readable; the standard default would escape it on SQLite."""
    return orjson.dumps(value).decode()


def make_engine(url: str, *, foreign_keys: bool = True, **options: Any) -> AsyncEngine:
    """An engine for SQLite or PostgreSQL; ``foreign_keys`` off only while a migration rebuilds."""
    parsed = make_url(url)
    engine = create_async_engine(
        parsed,
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
        hide_parameters=True,  # an error's text goes to the log: names and numbers must not
        **options,
    )
    if parsed.get_backend_name() == "sqlite":
        _tame_sqlite(engine, foreign_keys=foreign_keys)
    else:
        _notice_dead_connections(engine)
    return engine


def _tame_sqlite(engine: AsyncEngine, *, foreign_keys: bool) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def _connect(dbapi: Any, _record: object) -> None:
        tame_sqlite(dbapi, foreign_keys=foreign_keys)

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")


def _notice_dead_connections(engine: AsyncEngine) -> None:
    """A connection whose socket has closed is replaced at checkout, without a round trip."""

    @event.listens_for(engine.sync_engine, "checkout")
    def _checkout(dbapi: Any, _record: object, _proxy: object) -> None:
        if dbapi.driver_connection.is_closed():
            raise DisconnectionError("the server closed this connection")


class Database:
    """One engine and the three ways to use it: ``reading``, ``writing``, ``direct``."""

    def __init__(self, url: str, *, connections: int = 20) -> None:
        self.engine = make_engine(url, pool_size=max(1, connections // 2), max_overflow=0)
        self.dialect = self.engine.dialect.name
        self._turn: AbstractAsyncContextManager[Any] = (
            asyncio.Lock() if self.dialect == "sqlite" else nullcontext()
        )
        writing = self.engine.execution_options(sqlite_begin="IMMEDIATE")
        self._lane = Lane(self.engine, self._turn, max(1, connections - connections // 2))
        self._reader = async_sessionmaker(self.engine, class_=AsyncSession, expire_on_commit=False)
        self._writer = async_sessionmaker(writing, class_=AsyncSession, expire_on_commit=False)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A short session that only reads."""
        async with self._reader() as session:
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end, rolled back when anything is raised."""
        async with self._turn, self._writer() as session, session.begin():
            yield session

    def direct(self) -> AbstractAsyncContextManager[Direct]:
        """Prebuilt statements on the driver's connection, each committed on its own."""
        return self._lane.direct()

    def direct_in(self, session: AsyncSession) -> Direct:
        """The same inside a session's transaction."""
        return SessionDirect(self.engine.sync_engine.dialect, session)

    async def emptied(self) -> bool:
        """After an erasure on SQLite: overwritten pages go into the file, its journal is cut.

        False where somebody was reading meanwhile: the journal is cut with a later checkpoint.
        PostgreSQL keeps old versions until it has vacuumed, and its journal as long as it is told.
        """
        if self.dialect != "sqlite":
            return True
        async with self.engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            async with driver.execute("PRAGMA wal_checkpoint(TRUNCATE)") as cursor:
                busy, *_ = await cursor.fetchone()
        return not busy

    async def dispose(self) -> None:
        """Close every connection."""
        await self._lane.close()
        await self.engine.dispose()


def insert(session: AsyncSession, table: type[SQLModel]) -> "postgresql.Insert | sqlite.Insert":
    """The dialect's INSERT, which knows ``on_conflict_do_nothing`` and ``…_update``."""
    return insert_for(session.get_bind().dialect.name, table)


def insert_for(dialect: str, table: type[SQLModel]) -> "postgresql.Insert | sqlite.Insert":
    """As ``insert``, where only the dialect's name is at hand."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


async def database(request: Request) -> Database:
    """The application's database."""
    found: Database = request.app.state.database
    return found


async def _write(request: Request) -> AsyncIterator[AsyncSession]:
    async with (await database(request)).writing() as session:
        yield session


async def _read(request: Request) -> AsyncIterator[AsyncSession]:
    async with (await database(request)).reading() as session:
        yield session


#: One transaction, committed before the reply: a plain ``yield`` dependency would commit after it.
Db = Annotated[AsyncSession, Depends(_write, scope="function")]
#: A session for reading.
ReadDb = Annotated[AsyncSession, Depends(_read, scope="function")]
#: The database itself, for routes that read a body or compute before they write.
Base = Annotated[Database, Depends(database)]
__all__ = ["Base", "Database", "Db", "Insert", "ReadDb", "insert", "insert_for", "make_engine"]
