"""People who can be named, their sign-ins and the throttle."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import LargeBinary
from sqlmodel import Field

from app.core.ids import new_id
from app.core.tables import Logged, Table


class User(Logged, table=True):
    """A person 人员. Without a password nobody signs in as them, but they can hold postings."""

    __tablename__ = "users"
    LEAF: ClassVar = {1: ("id", "county", "name", "username", "disabled_at")}

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str = Field(max_length=64)
    username: str | None = Field(default=None, max_length=64, unique=True)
    password_hash: str | None = Field(default=None, max_length=255)
    password_changed_at: AwareDatetime | None = None
    disabled_at: AwareDatetime | None = None
    demo: bool = Field(default=False)
    created_at: AwareDatetime


class SignIn(Table, table=True):
    """A session of one user on one device, and the family of its refresh tokens.

    ``generation`` is the number of the newest refresh token given out, ``used`` the newest one
    presented: see ``auth.service.refresh``.
    """

    __tablename__ = "sign_ins"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="users.id", index=True)
    device_id: str = Field(max_length=64)
    device_name: str = Field(max_length=128)
    generation: int = Field(default=0)
    seen_at: AwareDatetime
    started_at: AwareDatetime
    expires_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    end_reason: str | None = Field(default=None, max_length=32)


class Throttle(Table, table=True):
    """Failed sign-ins of one account name or one address (hashed), for growing delays."""

    __tablename__ = "throttles"

    key: bytes = Field(primary_key=True, max_length=32, sa_type=LargeBinary)
    failures: int = Field(default=0)
    last_at: AwareDatetime
    open_at: AwareDatetime
