"""One PostgreSQL database for test after test, emptied in between."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

import asyncpg

from app.core.tables import metadata

#: what a test may have changed beside rows; then the database is made anew
_SHAPE = """
SELECT (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O')
     || ' ' || (SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class
                WHERE relnamespace = 'public'::regnamespace)
"""
_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class Reused:
    """A copy of a template. ``url`` is for the product, ``clear`` makes it as good as new.

    Its own connection stays open in a loop of its own, where every table is known to it already:
    a new one would need ten times as long to find them empty.
    """

    def __init__(self, server: str, template: str) -> None:
        self.url = server.replace("/postgres?", "/reused?")
        self._server, self._template = server.replace("+asyncpg", ""), template
        self._shape = ""
        self._inside: asyncpg.Connection[asyncpg.Record] | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def make(self) -> None:
        """Copy the template, whatever stood here before."""
        self._run(self._make())

    def clear(self) -> None:
        """End whoever is still connected, remove every row; the log's triggers are told to sleep."""
        self._run(self._clear())

    def close(self) -> None:
        """Leave the server."""
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _close(self) -> None:
        if self._inside is not None:
            await self._inside.close()

    async def _make(self) -> None:
        await self._close()
        server = await asyncpg.connect(self._server)
        try:
            await server.execute("DROP DATABASE IF EXISTS reused WITH (FORCE)")
            await server.execute(f"CREATE DATABASE reused TEMPLATE {self._template}")
        finally:
            await server.close()
        self._inside = await asyncpg.connect(self.url.replace("+asyncpg", ""))
        await self._inside.execute("SET session_replication_role = replica")
        self._shape = await self._inside.fetchval(_SHAPE)

    async def _clear(self) -> None:
        if self._inside is None or self._inside.is_closed():
            await self._make()  # a test ended every connection
        elif await self._left() == self._shape:
            await self._inside.execute(
                ";".join(f'DELETE FROM "{name}"' for name in metadata.tables)
            )
        else:
            await self._make()

    async def _left(self) -> str:
        """What shape the database is in, now that nobody else is there."""
        assert self._inside is not None
        await self._inside.execute(_OTHERS)
        return str(await self._inside.fetchval(_SHAPE))
