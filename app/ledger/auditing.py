"""Reading what ``ledger.verify`` judges: all leaves of all logs, all rows that leaves tell of.

Everything is read in batches inside one transaction (on PostgreSQL a repeatable read), so that
writers are not disturbed and a log that grows meanwhile is still seen whole.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Table, Uuid, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.db import Database
from app.core.tables import Logged
from app.ledger import verify
from app.ledger.checkpoint import Verifier
from app.ledger.kept import Noted
from app.ledger.models import LedgerCheckpoint, LedgerHead, LedgerLeaf, LedgerTile
from app.ledger.verify import (
    CheckpointRow,
    Code,
    Exported,
    Finding,
    Leaf,
    LogCheck,
    Point,
    Told,
)

LEAVES = 5_000
ROWS = 1_000
#: what drivers and types raise for a value that none of ours ever wrote
UNREADABLE = (ValueError, TypeError, AttributeError)
_LEDGER: Table = LedgerLeaf.__table__  # type: ignore[attr-defined]  # SQLModel sets it
_HEADS: Table = LedgerHead.__table__  # type: ignore[attr-defined]
_CHECKPOINTS: Table = LedgerCheckpoint.__table__  # type: ignore[attr-defined]
_TILES: Table = LedgerTile.__table__  # type: ignore[attr-defined]
_L = _LEDGER.c


@dataclass(slots=True)
class Question:
    """What is to be checked against: our keys by log, kept checkpoints, exported tiles."""

    #: the public keys that may have signed a log's checkpoints
    keys: Callable[[str], Sequence[Verifier]]
    kept: Mapping[str, str] = field(default_factory=dict)
    exported: Callable[[str], Exported | None] = lambda _log: None
    #: logs that somebody exported, though the database may know nothing of them
    logs: frozenset[str] = frozenset()
    #: checkpoints that were signed here, kept outside of the database
    noted: Sequence[Noted] = ()


@asynccontextmanager
async def snapshot(base: Database) -> AsyncIterator[AsyncSession]:
    """A session in which everything stands still."""
    engine = base.engine
    if base.dialect == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    async with engine.connect() as connection, AsyncSession(bind=connection) as session:
        yield session


async def check(
    session: AsyncSession, question: Question, models: Iterable[type[Logged]]
) -> AsyncIterator[Finding]:
    """Everything that does not hold of the logs and of the rows of these tables."""
    counts = dict[str, int]()
    async for finding in check_logs(session, question, counts):
        yield finding
    for model in sorted(models, key=lambda model: str(model.__tablename__)):
        table: Table = model.__table__  # type: ignore[attr-defined]
        async for finding in _check_table(session, table, model.LEAF, counts.pop(table.name, 0)):
            yield finding
    for name in counts:  # a leaf may not point into the void
        yield Finding(Code.missing, name, "", "leaves tell of a table that is not there")


async def check_logs(
    session: AsyncSession, question: Question, counts: dict[str, int]
) -> AsyncIterator[Finding]:
    """What does not hold of the logs themselves; ``counts`` takes the leaves of each table."""
    connection = await session.connection()
    told = await connection.execute(select(_HEADS.c.log, _HEADS.c.size))
    heads = {row.log: row.size for row in told}
    logs = {*heads, *question.logs, *(noted.log for noted in question.noted)}
    logs |= set((await connection.execute(select(_L.log).distinct())).scalars())
    logs |= set((await connection.execute(select(_CHECKPOINTS.c.log).distinct())).scalars())
    keys = {log: question.keys(log) for log in logs}
    every = [key for own in keys.values() for key in own]
    kept, found = verify.kept_points(question.kept, every)
    for finding in found:
        yield finding
    for log in sorted(logs | kept.keys()):
        noted = [(each.number, each.note) for each in question.noted if each.log == log]
        points, found = await _stored(session, log, keys.get(log, ()), noted)
        points += kept.get(log, [])
        for finding in [*found, *verify.forks(log, points)]:
            yield finding
        tiles = await _tiles(session, log)
        reading = LogCheck(log, points, tiles, question.exported(log))
        async for leaf in leaves_of(session, log):
            for finding in reading.take(leaf):
                yield finding
        for finding in reading.end(heads.get(log)):
            yield finding
        for name, count in reading.counts.items():
            counts[name] = counts.get(name, 0) + count


async def _stored(
    session: AsyncSession, log: str, keys: Sequence[Verifier], noted: Sequence[tuple[int, str]]
) -> tuple[list[Point], list[Finding]]:
    columns = [_CHECKPOINTS.c[name] for name in CheckpointRow._fields]
    query = select(*columns).where(_CHECKPOINTS.c.log == log).order_by(_CHECKPOINTS.c.number)
    connection = await session.connection()
    rows = [CheckpointRow(*row) for row in await connection.execute(query)]
    points, found = verify.stored_points(rows, keys)
    more, gone = verify.noted_points(log, noted, rows, keys)
    return points + more, found + gone


async def _tiles(session: AsyncSession, log: str) -> dict[int, bytes]:
    query = select(_TILES.c.number, _TILES.c.root).where(_TILES.c.log == log)
    connection = await session.connection()
    return {number: bytes(root) for number, root in await connection.execute(query)}


async def leaves_of(session: AsyncSession, log: str) -> AsyncIterator[Leaf]:
    """Every leaf of a log, in order."""
    connection, last = await session.connection(), -(2**31)
    names = [column.key for column in _LEDGER.columns]
    query = select(*(_L[name] for name in names)).where(_L.log == log)
    while True:
        page = query.where(_L.seq > last).order_by(_L.seq).limit(LEAVES)
        rows = (await connection.execute(page)).all()
        for row in rows:
            yield Leaf._make(row)
        if len(rows) < LEAVES:
            return
        last = rows[-1].seq


async def _check_table(
    session: AsyncSession, table: Table, columns: Mapping[int, tuple[str, ...]], count: int
) -> AsyncIterator[Finding]:
    """All rows of one table, to which ``count`` leaves belong."""
    connection, reached = await session.connection(), 0
    async for rows in _rows(session, table):
        leaves = await _told(session, table, list(rows))
        reached += sum(map(len, leaves.values()))
        for key, row in rows.items():
            if row is None:
                says = "a value of this row cannot be read"
                yield Finding(Code.altered, table.name, key, says)
                continue
            for finding in verify.check_row(table.name, key, row, leaves.get(key, ()), columns):
                yield finding
    if reached == count:
        return  # every leaf has been met beside its row
    keys = list(table.primary_key.columns)
    query = select(_L.log, _L.seq, _L.row_id).where(_L.table_name == table.name)
    after, seen = ("", -1), set[str]()
    while True:
        page = query.where(tuple_(_L.log, _L.seq) > tuple_(*after)).order_by(_L.log, _L.seq)
        batch = (await connection.execute(page.limit(ROWS))).all()
        ids = {row.row_id for row in batch} - seen
        readable = {name: found for name in ids if (found := _values(table, name)) is not None}
        there = await connection.execute(
            select(*keys).where(tuple_(*keys).in_(list(readable.values())))
        )
        gone = ids - {verify.key_of(row) for row in there}
        for name, told in (await _told(session, table, sorted(gone))).items():
            seen.add(name)
            if (gap := verify.vanished(table.name, name, told)) is not None:
                yield gap
        if len(batch) < ROWS:
            return
        after = (batch[-1].log, batch[-1].seq)


async def _rows(session: AsyncSession, table: Table) -> AsyncIterator[dict[str, Any]]:
    """The rows of a table by their keys, a batch at a time; None for one that cannot be read."""
    connection, keys = await session.connection(), list(table.primary_key.columns)
    page = query = select(*keys).order_by(*keys).limit(ROWS)
    while True:
        known = (await connection.execute(page)).all()
        if not known:
            return
        first, last = known[0], known[-1]
        between = select(table).where(
            tuple_(*keys) >= tuple_(*first), tuple_(*keys) <= tuple_(*last)
        )
        try:
            rows = (await connection.execute(between)).mappings().all()
            yield {verify.key_of([row[key.name] for key in keys]): row for row in rows}
        except UNREADABLE:  # SQLite stores whatever somebody writes into a column
            yield {verify.key_of(key): await _one(session, table, tuple(key)) for key in known}
        page = query.where(tuple_(*keys) > tuple_(*last))


async def _one(session: AsyncSession, table: Table, key: tuple[Any, ...]) -> Any:
    same = tuple_(*table.primary_key.columns).in_([key])
    try:
        found = await (await session.connection()).execute(select(table).where(same))
        return found.mappings().one()
    except UNREADABLE:
        return None


async def row_of(session: AsyncSession, table: Table, key: str) -> Mapping[str, Any] | None:
    """The row whose leaves call it ``key``."""
    values = _values(table, key)
    if values is None:
        return None
    same = tuple_(*table.primary_key.columns).in_([values])
    found = await (await session.connection()).execute(select(table).where(same))
    row = found.mappings().one_or_none()
    return None if row is None else dict(row)


async def _told(session: AsyncSession, table: Table, ids: list[str]) -> dict[str, list[Told]]:
    """All leaves of these rows, in order."""
    query = (
        select(_L.row_id, _L.log, _L.seq, _L.v, _L.kind, _L.rev, _L.commitment)
        .where(_L.row_id.in_(ids), _L.table_name == table.name)
        .order_by(_L.log, _L.seq)
    )
    connection = await session.connection()
    out = dict[str, list[Told]]()
    for row_id, *told in await connection.execute(query):
        out.setdefault(row_id, []).append(Told(*told))
    return out


def _values(table: Table, key: str) -> tuple[Any, ...] | None:
    """The key columns' values of a key as leaves write it; None when it can be none of theirs."""
    columns = list(table.primary_key.columns)
    parts = key.split(":")
    if len(parts) != len(columns):
        return None
    try:
        return tuple(
            UUID(part) if isinstance(column.type, Uuid) else part
            for column, part in zip(columns, parts, strict=True)
        )
    except ValueError:
        return None
