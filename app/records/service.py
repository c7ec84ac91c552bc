"""The idempotent PUT: a phone's id is made true once, and what differs is kept for a person."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.core.db import insert
from app.core.paging import PageQuery
from app.core.tables import Logged
from app.ledger import service as ledger
from app.records.models import Conflict

KEPT_PER_ID = 5
R = TypeVar("R", bound=Logged)


class Fate(Enum):
    """What became of a PUT."""

    created = 201
    same = 200
    differs = 409
    taken = 4090


@dataclass(frozen=True, slots=True)
class Put(Generic[R]):
    """The outcome of a PUT and the row that now stands under its id."""

    fate: Fate
    row: R | None
    receipt: ledger.Receipt | None = None


async def put(
    session: AsyncSession,
    row: R,
    *,
    kind: str,
    author_id: UUID,
    author_column: str,
    body: dict[str, Any],
    received_at: datetime,
) -> Put[R]:
    """Insert ``row`` (with ``id`` and ``digest``) once.

    The same digest again is the same success. Another body of the same author is kept as a
    conflict, at most ``KEPT_PER_ID`` for an id. Another author's id tells nothing.
    """
    model = type(row)
    values = row.model_dump()
    fresh = await session.exec(
        insert(session, model).values(**values).on_conflict_do_nothing(index_elements=["id"])
    )
    if fresh.rowcount == 1:
        stored = await _get(session, model, values["id"])
        receipt = await ledger.append(session, stored, "create", author_id, received_at)
        return Put(Fate.created, stored, receipt)
    stood = await _get(session, model, values["id"])
    if getattr(stood, author_column) != author_id:
        return Put(Fate.taken, None)
    if getattr(stood, "digest", None) == values["digest"]:
        return Put(
            Fate.same,
            stood,
            await ledger.receipt_of(session, str(model.__tablename__), values["id"]),
        )
    await keep(
        session,
        Conflict(
            county=row.county,
            record_kind=kind,
            record_id=values["id"],
            author_id=author_id,
            body=body,
            received_at=received_at,
            digest=values["digest"],
        ),
    )
    return Put(Fate.differs, stood)


async def keep(session: AsyncSession, conflict: Conflict) -> None:
    """Keep the body of a 409, once per body and at most ``KEPT_PER_ID`` per id."""
    kept = (
        await session.exec(
            select(func.count())
            .select_from(Conflict)
            .where(col(Conflict.record_id) == conflict.record_id)
        )
    ).one()
    if kept >= KEPT_PER_ID:
        return
    fresh = await session.exec(
        insert(session, Conflict)
        .values(**conflict.model_dump())
        .on_conflict_do_nothing(index_elements=["record_id", "digest"])
    )
    if fresh.rowcount == 1:
        await ledger.append(session, conflict, "create", conflict.author_id, conflict.received_at)


async def _get(session: AsyncSession, model: type[R], row_id: UUID) -> R:
    found = await session.get(model, row_id, populate_existing=True)
    if found is None:
        raise LookupError(f"{model.__name__} {row_id} vanished inside its transaction")
    return found


async def conflicts(
    session: AsyncSession, visible: ColumnElement[bool], paging: PageQuery
) -> tuple[list[tuple[Conflict, str]], str | None]:
    """Kept bodies with their authors' names, newest first."""
    query = select(Conflict, col(User.name)).join(User, col(User.id) == col(Conflict.author_id))
    order = (col(Conflict.received_at), col(Conflict.id))
    found = await session.exec(paging.onward(query.where(visible), *order, descending=True))
    rows = list(found.all())
    return paging.cut(rows, lambda row: (row[0].received_at, row[0].id))
