"""Rows that tests of all domains start from."""

from typing import Any

from fastapi import FastAPI

from app.auth.models import SignIn, User
from app.core.clock import now
from app.core.db import Database
from app.core.tables import HOUSE
from app.ledger import service as ledger


async def make_user(db: Database, name: str = "张三", **over: Any) -> User:
    """A person, logged. Without ``username`` and ``password_hash`` nobody signs in by password."""
    user = User(**{"county": HOUSE, "name": name, "created_at": now(), **over})
    async with db.writing() as session:
        session.add(user)
        await ledger.append(session, user, "create", user.id, user.created_at)
    return user


async def sign_in(app: FastAPI, user: User) -> dict[str, str]:
    """Headers of a client signed in as this user; the password is not asked."""
    at = now()
    row = SignIn(
        user_id=user.id,
        device_id="test-device",
        device_name="测试手机",
        seen_at=at,
        started_at=at,
        expires_at=at.replace(year=at.year + 1, day=1),
    )
    async with app.state.database.writing() as session:
        session.add(row)
    return {"Authorization": f"Bearer {app.state.tokens.issue(user.id, row.id, at)}"}
