"""Appending to the log: in the transaction of the write it tells of, as its last statement."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.db import insert, insert_for
from app.core.tables import Logged, new_salt
from app.ledger.canonical import commitment, leaf_hash
from app.ledger.models import LedgerHead, LedgerLeaf

BATCH = 5_000
_LEAF = LedgerLeaf.__table__.insert()  # type: ignore[attr-defined]  # SQLModel sets it


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a write stands in the log."""

    log: str
    seq: int
    leaf: bytes


def entry(row: Logged, kind: str, actor: UUID | str, received_at: datetime) -> dict[str, Any]:
    """The leaf of this revision of a row, all but its position."""
    return _entry(type(row), partial(getattr, row), kind, actor, received_at)


def entry_of(
    model: type[Logged],
    values: Mapping[str, Any],
    kind: str,
    actor: UUID | str,
    received_at: datetime,
) -> dict[str, Any]:
    """As ``entry``, for a row that is only its values yet: bulk inserts make no objects."""
    return _entry(model, values.__getitem__, kind, actor, received_at)


def _entry(
    model: type[Logged],
    value: Callable[[str], Any],
    kind: str,
    actor: UUID | str,
    received_at: datetime,
) -> dict[str, Any]:
    table, version, keys = _shape(model)
    key = ":".join(str(value(name)) for name in keys)
    payload = {name: value(name) for name in model.LEAF[version]}
    told = {
        "v": version,
        "kind": kind,
        "table": table,
        "id": key,
        "rev": value("rev"),
        "actor": str(actor),
        "received_at": received_at,
        "commit": commitment(value("salt"), payload),
    }
    return {
        "log": value("county"),
        "v": version,
        "kind": kind,
        "table_name": table,
        "row_id": key,
        "rev": told["rev"],
        "actor": told["actor"],
        "received_at": received_at,
        "commitment": told["commit"],
        "leaf": leaf_hash(told),
    }


@cache
def _shape(model: type[Logged]) -> tuple[str, int, tuple[str, ...]]:
    """A table's name, its newest canonical version and the names of its key columns."""
    table = model.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    return table.name, max(model.LEAF), tuple(column.key for column in table.primary_key.columns)


async def append(
    session: AsyncSession, row: Logged, kind: str, actor: UUID | str, received_at: datetime
) -> Receipt:
    """Log this write of ``row``; any ``kind`` but ``create`` makes a new revision of it first.

    Call it last: from here to the commit nobody else appends to this log. A transaction that
    writes to two logs appends to ``000000`` first.
    """
    if kind != "create":
        row.rev += 1
        row.salt = new_salt()
        session.add(row)
    await session.flush()
    leaf = entry(row, kind, actor, received_at)
    seq = await _next(session, row.county)
    await session.exec(insert(session, LedgerLeaf).values(**leaf, seq=seq))
    return Receipt(row.county, seq, leaf["leaf"])


async def append_many(
    session: AsyncSession,
    rows: Sequence[Logged],
    kind: str,
    actor: UUID | str,
    received_at: datetime,
) -> None:
    """As ``append`` for many rows of one kind of write. New rows may have been inserted in bulk."""
    if kind != "create":
        for row in rows:
            row.rev += 1
            row.salt = new_salt()
            session.add(row)
    await session.flush()
    await append_leaves(session, [entry(row, kind, actor, received_at) for row in rows])


async def append_leaves(session: AsyncSession, leaves: Iterable[dict[str, Any]]) -> None:
    """Log writes in the order given; each is what ``entry`` made of one."""
    by_log: dict[str, list[dict[str, Any]]] = {}
    for leaf in leaves:
        by_log.setdefault(leaf["log"], []).append(leaf)
    connection = await session.connection()  # below the ORM: a third of the time
    for log in sorted(by_log):
        told = by_log[log]
        first = await _next(session, log, len(told)) - len(told) + 1
        numbered = [{**leaf, "seq": seq} for seq, leaf in enumerate(told, start=first)]
        for start in range(0, len(numbered), BATCH):
            await connection.execute(_LEAF, numbered[start : start + BATCH])


async def receipts_of(
    session: AsyncSession, table: str, ids: Iterable[UUID]
) -> dict[UUID, Receipt]:
    """The receipt of each of these rows' creation."""
    found = await session.exec(
        select(
            col(LedgerLeaf.row_id), col(LedgerLeaf.log), col(LedgerLeaf.seq), col(LedgerLeaf.leaf)
        ).where(
            col(LedgerLeaf.row_id).in_([str(row_id) for row_id in ids]),
            col(LedgerLeaf.table_name) == table,
            col(LedgerLeaf.kind) == "create",
        )
    )
    return {UUID(row_id): Receipt(log, seq, leaf) for row_id, log, seq, leaf in found.all()}


async def receipt_of(session: AsyncSession, table: str, row_id: UUID) -> Receipt:
    """The receipt of a row's creation."""
    return (await receipts_of(session, table, [row_id]))[row_id]


async def sizes(session: AsyncSession, logs: Iterable[str]) -> dict[str, int]:
    """How many leaves each of these logs has; 0 for one that nobody has written to."""
    asked = sorted(set(logs))
    query = select(col(LedgerHead.log), col(LedgerHead.size)).where(col(LedgerHead.log).in_(asked))
    return dict.fromkeys(asked, 0) | dict((await session.exec(query)).all())


async def _next(session: AsyncSession, log: str, count: int = 1) -> int:
    """Reserve ``count`` positions; the last of them. The head row stays locked until commit."""
    statement = insert_for(session.get_bind().dialect.name, LedgerHead).values(log=log, size=count)
    grown = statement.on_conflict_do_update(
        index_elements=["log"], set_={"size": col(LedgerHead.size) + count}
    ).returning(col(LedgerHead.size))
    size: int = (await session.exec(grown)).scalar_one()
    return size - 1
