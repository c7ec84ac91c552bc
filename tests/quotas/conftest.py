"""A county with the pack in force, and persons whose quotas are asked period by period."""

from datetime import date
from typing import Any

import pytest

from app.auth.models import User
from app.core.clock import now, today
from app.core.db import Database
from app.policy.standing import Standing
from app.quotas import service
from tests.factories import make_unit, make_user
from tests.quotas.rows import (
    NEXT_VILLAGE,
    OTHER_COUNTY_VILLAGE,
    OTHER_TOWNSHIP_VILLAGE,
    VILLAGE,
    add,
    in_force,
    posting,
)

Post = tuple[Any, ...]


class Person:
    """Somebody with posts and records."""

    def __init__(self, db: Database, user: User) -> None:
        self.db, self.user = db, user

    async def did(self, *rows: Any) -> None:
        """Write their records."""
        await add(self.db, *rows)

    async def standings(self, period: str, on: date | None = None) -> dict[str, Standing]:
        """What they have done in a period, by rule."""
        asked = service.asked_about(period, on or today(), now())
        async with self.db.reading() as session:
            bound = await service.bound_of(session, self.user.id, asked)
            found = await service.standings_of(session, self.user.id, bound, asked)
        return {standing.rule: standing for standing in found}


class People:
    """Makes persons."""

    def __init__(self, db: Database) -> None:
        self.db = db

    async def __call__(self, *posts: Post, name: str = "王书记") -> Person:
        """A person with these posts: kind, unit, first day, last day."""
        user = await make_user(self.db, name)
        await add(self.db, *(posting(user, *post) for post in posts))
        return Person(self.db, user)


@pytest.fixture
async def people(db: Database) -> People:
    """Four villages in three townships and two counties; the pack holds in the first county."""
    for village in (VILLAGE, NEXT_VILLAGE, OTHER_TOWNSHIP_VILLAGE, OTHER_COUNTY_VILLAGE):
        await make_unit(db, village)
    await in_force(db)
    return People(db)


@pytest.fixture
async def secretary(people: People) -> Person:
    """A first secretary in VILLAGE since 2018."""
    return await people(("FS", VILLAGE, date(2018, 1, 1)))


@pytest.fixture
async def helper(people: People) -> Person:
    """A helper cadre in VILLAGE since 2018."""
    return await people(("HC", VILLAGE, date(2018, 1, 1)), name="李帮扶")
