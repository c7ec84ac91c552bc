"""Alembic from inside a running loop: upgrade at start, downgrade and check in tests."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import pool
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import make_engine

ROOT = Path(__file__).resolve().parents[2]


def _config(connection: Any) -> Config:
    config = Config(ROOT / "alembic.ini")
    config.attributes["connection"] = connection
    return config


async def _run(url: str, step: Any, *arguments: Any) -> None:
    # foreign keys off: on SQLite a rebuilt parent would silently delete its children
    engine = make_engine(url, foreign_keys=False, poolclass=pool.NullPool).execution_options(
        sqlite_begin="IMMEDIATE"
    )
    try:
        async with engine.connect() as connection:
            await connection.run_sync(lambda sync: step(_config(sync), *arguments))
    finally:
        await engine.dispose()


def newest() -> str | None:
    """The revision that this version of the program needs."""
    return ScriptDirectory(str(ROOT / "migrations")).get_current_head()


async def standing(engine: AsyncEngine) -> str | None:
    """The revision at which the database stands; None where nothing was ever migrated."""
    async with engine.connect() as connection:
        return await connection.run_sync(
            lambda sync: MigrationContext.configure(sync).get_current_revision()
        )


async def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database to ``revision``; two starting servers wait for one another."""
    await _run(url, command.upgrade, revision)


async def downgrade(url: str, revision: str) -> None:
    """Take the database back to ``revision``."""
    await _run(url, command.downgrade, revision)


async def check(url: str) -> None:
    """Raise when the models and the migrated database differ."""
    await _run(url, command.check)


async def revise(url: str, message: str) -> None:
    """Write a migration for what differs (for developers)."""
    await _run(url, lambda config: command.revision(config, message, autogenerate=True))
