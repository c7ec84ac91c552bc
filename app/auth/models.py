"""People who can be named, their sign-ins, what was refused, and the throttle."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import LargeBinary
from sqlmodel import Field

from app.core.ids import new_id
from app.core.tables import HOUSE, Logged, Table, one_of


class User(Logged, table=True):
    """A person 人员. Without a password nobody signs in as them, but they can hold postings.

    ``username`` is stored as ``auth.throttle.normalised`` writes it. The leaf covers the password
    hash too: whoever swaps one in the database, to sign in as somebody, leaves a trace.
    """

    __tablename__ = "users"
    LEAF: ClassVar = {
        1: ("id", "county", "name", "username", "password_hash", "password_changed_at",
            "disabled_at", "demo", "created_at")
    }  # fmt: skip

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str = Field(max_length=64)
    username: str | None = Field(default=None, max_length=64, unique=True)
    password_hash: str | None = Field(default=None, max_length=255)
    password_changed_at: AwareDatetime | None = None
    disabled_at: AwareDatetime | None = None
    demo: bool = Field(default=False)
    created_at: AwareDatetime


class End(StrEnum):
    """Why a sign-in ended before its time."""

    signed_out = "signed_out"
    replayed = "replayed"  # an old refresh token came back: one of two holders is a thief
    password_changed = "password_changed"  # noqa: S105  # a reason, not a password
    disabled = "disabled"


class SignIn(Logged, table=True):
    """A session 登录 of one user on one device, and the family of its refresh tokens.

    ``used`` is the number of the newest refresh token presented, see ``auth.service.refresh``.
    It and ``seen_at`` move with every refresh and stay out of the leaf: logged are begin and end.
    """

    __tablename__ = "sign_ins"
    __table_args__ = (one_of("end_reason", End),)
    LEAF: ClassVar = {
        1: ("id", "user_id", "device_id", "device_name", "started_at", "expires_at", "ended_at",
            "end_reason")
    }  # fmt: skip

    county: str = Field(default=HOUSE, max_length=6)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="users.id", index=True)
    device_id: str = Field(max_length=64)
    device_name: str = Field(max_length=128)
    used: int = Field(default=0)
    seen_at: AwareDatetime
    started_at: AwareDatetime
    expires_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    end_reason: str | None = Field(default=None, max_length=32)


class Refused(StrEnum):
    """Why a password was refused. The caller is never told which."""

    unknown_user = "unknown_user"
    no_password = "no_password"  # noqa: S105  # a reason, not a password
    wrong_password = "wrong_password"  # noqa: S105
    disabled = "disabled"


class SignInRefusal(Logged, table=True):
    """A password that was tried and refused.

    The name typed and the address are kept as the throttle's keyed hashes: people type passwords
    into the wrong box. Tries that the throttle turned away leave no row, so that guessing cannot
    fill the log: at most about 20 rows an hour for one account.
    """

    __tablename__ = "sign_in_refusals"
    __table_args__ = (one_of("reason", Refused),)
    LEAF: ClassVar = {1: ("id", "user_id", "account", "address", "reason", "at")}

    county: str = Field(default=HOUSE, max_length=6)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID | None = Field(default=None, foreign_key="users.id", index=True)
    account: bytes = Field(max_length=32, sa_type=LargeBinary)
    address: bytes = Field(max_length=32, sa_type=LargeBinary)
    reason: str = Field(max_length=32)
    at: AwareDatetime


class Throttle(Table, table=True):
    """Failed tries under one key (a keyed hash), and from when on the next one is looked at."""

    __tablename__ = "throttles"

    key: bytes = Field(primary_key=True, max_length=32, sa_type=LargeBinary)
    failures: int = Field(default=0)
    last_at: AwareDatetime = Field(index=True)
    open_at: AwareDatetime
