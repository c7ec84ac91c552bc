"""A county with the pack in force, and people who are reminded."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime

import pytest
from sqlmodel import col, select

from app.auth.models import User
from app.core.db import Database
from app.notices import reminding
from app.notices.models import Notice
from app.notices.quiet import Quiet
from tests.factories import make_household, make_pairing, make_unit, make_user
from tests.quotas.rows import VILLAGE, add, in_force, posting

#: nine in the morning of the day on which a month's diary is spoken of
MORNING = datetime(2026, 11, 24, 1, tzinfo=UTC)
NIGHT = Quiet.of("21:00-07:00")
LONG_AGO = date(2018, 1, 1)

Run = Callable[..., Awaitable[int]]
Told = Callable[[User], Awaitable[list[Notice]]]


@pytest.fixture
async def helper(db: Database) -> User:
    """A helper cadre with one household, who has written nothing this November."""
    await make_unit(db, VILLAGE)
    await in_force(db)
    return await make_helper(db)


async def make_helper(db: Database, name: str = "李帮扶") -> User:
    """Another helper cadre of the village."""
    user = await make_user(db, name)
    await add(db, posting(user, "HC", VILLAGE, LONG_AGO))
    await make_pairing(db, user, await make_household(db, VILLAGE))
    return user


@pytest.fixture
def run(db: Database) -> Run:
    """A run of the reminders at a moment; how many notices."""

    async def once(at: datetime = MORNING) -> int:
        return (await reminding.run(db, at, NIGHT, pause=0.0)).notices

    return once


@pytest.fixture
def told(db: Database) -> Told:
    """The notices of a person, the oldest first."""

    async def of(user: User) -> list[Notice]:
        query = select(Notice).where(col(Notice.person_id) == user.id)
        async with db.reading() as session:
            found = await session.exec(query.order_by(col(Notice.created_at), col(Notice.id)))
            return list(found.all())

    return of
