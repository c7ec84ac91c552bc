"""Runs migrations on SQLite and PostgreSQL alike; see docs/decisions for the traps it avoids."""

import asyncio
import os
from typing import Any

from alembic import context
from sqlalchemy import JSON, Connection, Uuid, pool
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from app.core.db import make_engine
from app.core.settings import Settings
from app.tables import metadata


def render_item(kind: str, item: Any, autogen: Any) -> Any:
    """Freeze types as plain SQLAlchemy source: migrations never import sqlmodel."""
    if kind != "type":
        return False
    if isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, AutoString):
        length = getattr(item.impl, "length", None)
        return f"sa.String(length={length})" if length else "sa.String()"
    if isinstance(item, Uuid):
        return "sa.Uuid()"
    if isinstance(item, JSON):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return (
            "sa.JSON(none_as_null=True)"
            ".with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')"
        )
    return False


def run(connection: Connection) -> None:
    """All pending migrations in one transaction."""
    sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        render_item=render_item,
        compare_server_default=True,
        transactional_ddl=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        if not sqlite:  # two application servers starting at once
            connection.exec_driver_sql("SET lock_timeout = '5s'")
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7401)")
        context.run_migrations()
        if sqlite:
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"foreign keys broken by a migration: {broken[:5]}")


async def run_alone() -> None:
    """From the ``alembic`` command."""
    url = os.environ.get("ZHUCUN_DATABASE_URL") or Settings().database
    engine = make_engine(url, foreign_keys=False, poolclass=pool.NullPool)
    async with engine.execution_options(sqlite_begin="IMMEDIATE").connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


if (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    asyncio.run(run_alone())
