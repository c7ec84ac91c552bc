"""Postings as the engine knows them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.policy import records
from app.postings.models import Posting


async def posts(
    session: AsyncSession, people: Select[Any] | Sequence[UUID]
) -> dict[UUID, list[records.Post]]:
    """Every posting of these persons, the earliest first."""
    query = (
        select(
            col(Posting.person_id),
            col(Posting.kind),
            col(Posting.unit),
            col(Posting.since),
            col(Posting.until),
        )  # type: ignore[call-overload]  # five columns; the overloads end at four
        .where(col(Posting.person_id).in_(people))
        .order_by(col(Posting.since), col(Posting.id))
    )
    found: dict[UUID, list[records.Post]] = defaultdict(list)
    for person, kind, unit, since, until in (await session.exec(query)).all():
        found[person].append(records.Post(kind, unit, since, until))
    return found
