"""A user with a password, and what a browser of our own page sends."""

import asyncio

import pytest

from app.auth.models import User
from app.auth.passwords import Passwords
from app.core.db import Database
from tests.factories import make_user

PASSWORD = "four unrelated words: quilt anchor"
OWN_PAGE = {"X-Requested-With": "zhucun", "Sec-Fetch-Site": "same-origin"}
SESSION = "/api/v1/session"


def body(username: str = "zhangsan", password: str = PASSWORD) -> dict[str, str]:
    """A sign-in request."""
    return {
        "username": username,
        "password": password,
        "device_id": "phone-1",
        "device_name": "红米 Note 13",
    }


@pytest.fixture(scope="session")
def hashed() -> str:
    """The hash of PASSWORD, made once."""

    async def make() -> str:
        return await Passwords().hash(PASSWORD)

    return asyncio.run(make())


@pytest.fixture
async def user(db: Database, hashed: str) -> User:
    """张三, who can sign in with PASSWORD."""
    return await make_user(db, username="zhangsan", password_hash=hashed)
