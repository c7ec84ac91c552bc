"""One PostgreSQL database for test after test, emptied in between."""

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
    """A copy of a template. ``url`` is for the product, ``clear`` makes it as good as new."""

    def __init__(self, server: str, template: str) -> None:
        self.url = server.replace("/postgres?", "/reused?")
        self._server, self._template = server.replace("+asyncpg", ""), template
        self._shape = ""

    async def make(self) -> None:
        """Copy the template, whatever stood here before."""
        server = await asyncpg.connect(self._server)
        try:
            await server.execute("DROP DATABASE IF EXISTS reused WITH (FORCE)")
            await server.execute(f"CREATE DATABASE reused TEMPLATE {self._template}")
        finally:
            await server.close()
        inside = await asyncpg.connect(self.url.replace("+asyncpg", ""))
        try:
            self._shape = await inside.fetchval(_SHAPE)
        finally:
            await inside.close()

    async def clear(self) -> None:
        """End whoever is still connected, remove every row; the log's triggers are told to sleep."""
        inside = await asyncpg.connect(self.url.replace("+asyncpg", ""))
        try:
            await inside.execute(_OTHERS)
            if await inside.fetchval(_SHAPE) == self._shape:
                tables = (f'DELETE FROM "{table}"' for table in metadata.tables)
                await inside.execute("SET session_replication_role = replica;" + ";".join(tables))
                return
        finally:
            await inside.close()
        await self.make()
