"""The PUT of a register row: created once, then revised by whoever may; each change is logged."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.db import insert
from app.core.tables import Logged
from app.ledger import service as ledger
from app.records.service import Fate, Put

R = TypeVar("R", bound=Logged)


async def put(
    session: AsyncSession,
    row: R,
    changes: Callable[[R], Awaitable[dict[str, Any] | None]],
    *,
    actor_id: UUID,
    received_at: datetime,
) -> Put[R]:
    """Create ``row``, or revise the one that stands under its id.

    ``changes`` looks at the standing row (locked till the commit) and answers what becomes of it:
    the columns to set, ``{}`` when it says the same already, None when it is not the caller's.
    """
    model: type[R] = type(row)
    values = row.model_dump()
    fresh = await session.exec(
        insert(session, model).values(**values).on_conflict_do_nothing(index_elements=["id"])
    )
    stood = await locked(session, model, values["id"])
    if stood is None:
        raise LookupError(f"{model.__name__} {values['id']} neither inserted nor found")
    if fresh.rowcount == 1:
        receipt = await ledger.append(session, stood, "create", actor_id, received_at)
        return Put(Fate.created, stood, receipt)
    changed = await changes(stood)
    if changed is None:
        return Put(Fate.taken, None)
    if changed:
        for name, value in changed.items():
            setattr(stood, name, value)
        await ledger.append(session, stood, "revise", actor_id, received_at)
    return Put(Fate.same, stood)


async def locked(session: AsyncSession, model: type[R], row_id: UUID) -> R | None:
    """The row, fresh from the database and locked till the commit."""
    key = col(model.id)  # type: ignore[attr-defined]  # every register row has an id
    query = select(model).where(key == row_id).with_for_update()
    found: R | None = (
        await session.exec(query, execution_options={"populate_existing": True})
    ).one_or_none()
    return found


def differing(stood: Logged, fresh: Logged, *names: str) -> dict[str, Any]:
    """Those of the named columns in which ``fresh`` says something else."""
    return {
        name: getattr(fresh, name) for name in names if getattr(stood, name) != getattr(fresh, name)
    }
