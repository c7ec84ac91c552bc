"""Removing and blanking rows of any table, each with its leaf."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.tables import Logged, metadata, new_salt
from app.ledger.service import entry_of
from app.quotas.changes import parts

ERASE, REDACT = "erase", "redact"
Leaves = list[dict[str, Any]]
Clause = ColumnElement[bool]


def models() -> dict[str, type[Logged]]:
    """The logged tables by name."""
    return {str(each.__tablename__): each for each in _below(Logged) if hasattr(each, "__table__")}


def _below(model: type[Logged]) -> Iterator[type[Logged]]:
    for each in model.__subclasses__():
        yield each
        yield from _below(each)


def table_of(name: str) -> Table:
    """A table by its name."""
    return metadata.tables[name]


async def found(session: AsyncSession, table: Table, where: Clause) -> list[dict[str, Any]]:
    """The rows that meet the clause."""
    connection = await session.connection()
    return [dict(row) for row in (await connection.execute(select(table).where(where))).mappings()]


class Removal:
    """Writes the leaves of what goes; ``actor`` is who the leaves name."""

    def __init__(self, session: AsyncSession, actor: str, at: datetime) -> None:
        self.session, self.actor, self.at = session, actor, at
        self.leaves: Leaves = []
        self._models = models()

    async def remove(self, table: Table, rows: Sequence[Mapping[str, Any]], where: Clause) -> None:
        """Remove these rows, which are those that meet the clause.

        One statement, because rows of one table may point at one another.
        """
        if not rows:
            return
        self._tell(table, rows, ERASE)
        await (await self.session.connection()).execute(delete(table).where(where))

    async def remove_each(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Remove these rows by their keys."""
        self._tell(table, rows, ERASE)
        connection = await self.session.connection()
        for row in rows:
            await connection.execute(delete(table).where(*_same(table, row)))

    async def blank(
        self, table: Table, rows: Iterable[Mapping[str, Any]], to: Mapping[str, Any]
    ) -> None:
        """Write these values over the rows' own, with a new salt: the old content is gone."""
        connection = await self.session.connection()
        for row in rows:
            fresh: dict[str, Any] = dict(to)
            if table.name in self._models:
                fresh |= {"rev": row["rev"] + 1, "salt": new_salt()}
                self._leaf(table, {**row, **fresh}, REDACT)
            await connection.execute(update(table).where(*_same(table, row)).values(**fresh))

    def _tell(self, table: Table, rows: Iterable[Mapping[str, Any]], kind: str) -> None:
        if table.name in self._models:
            for row in rows:
                self._leaf(table, {**row, "rev": row["rev"] + 1, "salt": new_salt()}, kind)

    def _leaf(self, table: Table, values: Mapping[str, Any], kind: str) -> None:
        model = self._models[table.name]
        self.leaves.append(entry_of(model, values, kind, self.actor, self.at))


def _same(table: Table, row: Mapping[str, Any]) -> list[Clause]:
    return [column == row[column.name] for column in table.primary_key.columns]


def among(column: Any, values: Iterable[Any]) -> Iterator[Clause]:
    """The column holds one of the values, in as many clauses as statements take."""
    return (column.in_(part) for part in parts(sorted(set(values))))


async def found_among(
    session: AsyncSession, table: Table, column: str, values: Iterable[UUID | str]
) -> list[dict[str, Any]]:
    """The rows whose column holds one of the values."""
    return [
        row
        for clause in among(table.c[column], values)
        for row in await found(session, table, clause)
    ]
