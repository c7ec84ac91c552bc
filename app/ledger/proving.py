"""Proofs that a third party checks without us: leaves of a row, their paths, a signed checkpoint."""

from typing import Any

from sqlalchemy import Table, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.tables import Logged
from app.ledger import sealing
from app.ledger.auditing import row_of
from app.ledger.canonical import canonical
from app.ledger.merkle import inclusion_ranges
from app.ledger.models import LedgerLeaf
from app.ledger.verify import Leaf

_LEDGER: Table = LedgerLeaf.__table__  # type: ignore[attr-defined]  # SQLModel sets it


async def of_row(session: AsyncSession, table: str, row_id: str) -> dict[str, Any] | None:
    """Every leaf of a row with its inclusion proof; None when no leaf tells of it.

    Leaves that no checkpoint covers yet are left out: seal first.
    """
    query = (
        select(_LEDGER)
        .where(col(LedgerLeaf.row_id) == row_id, col(LedgerLeaf.table_name) == table)
        .order_by(col(LedgerLeaf.log), col(LedgerLeaf.seq))
    )
    connection = await session.connection()
    leaves = [Leaf._make(row) for row in await connection.execute(query)]
    last = await sealing.newest(session, leaves[0].log) if leaves else None
    if last is None:
        return None
    proofs = []
    for leaf in leaves:
        if leaf.log == last.log and leaf.seq < last.size:
            path = await sealing.roots(session, leaf.log, inclusion_ranges(leaf.seq, last.size))
            proofs.append(
                {
                    "seq": leaf.seq,
                    "entry": leaf.data().decode(),
                    "path": [node.hex() for node in path],
                }
            )
    return {
        "log": last.log,
        "key": last.key,
        "checkpoint": last.note,
        "table": table,
        "id": row_id,
        "proofs": proofs,
    }


async def content(session: AsyncSession, model: type[Logged], row_id: str) -> dict[str, str] | None:
    """Salt and canonical payload of the row as it stands: SHA-256 over both is its commitment.

    The payload is in the version of the row's last leaf: what came to the table later is not in it.
    """
    table: Table = model.__table__  # type: ignore[attr-defined]
    row = await row_of(session, table, row_id)
    if row is None:
        return None
    query = (
        select(_LEDGER.c.v)
        .where(_LEDGER.c.table_name == table.name, _LEDGER.c.row_id == row_id)
        .order_by(_LEDGER.c.rev.desc())
        .limit(1)
    )
    version = (await (await session.connection()).execute(query)).scalar_one()
    payload = {name: row[name] for name in model.LEAF[version]}
    return {"salt": bytes(row["salt"]).hex(), "payload": canonical(payload).decode()}
