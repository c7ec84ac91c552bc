"""Signing in, staying signed in, signing out, changing one's password.

``at`` is always given: the delays of the throttle are tried with hours that pass in a test.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth import throttle
from app.auth.errors import TooManyAttempts, WrongCredentials, WrongPassword
from app.auth.models import End, Refused, SignIn, SignInRefusal, User
from app.auth.passwords import Passwords, check_new
from app.auth.refresh import RefreshTokens
from app.auth.throttle import Gate, Gates
from app.core.db import Database
from app.core.errors import NotSignedIn
from app.core.settings import Settings
from app.ledger import service as ledger

log = logging.getLogger("zhucun.auth")


class Door:
    """What signing in needs beside the database: hashing, counters, keys, lifetimes."""

    def __init__(self, settings: Settings) -> None:
        key = settings.refresh_key.get_secret_value().encode()
        self.passwords = Passwords()
        self.gates = Gates(key)
        self.refresh_tokens = RefreshTokens(key)
        self.life = timedelta(days=settings.refresh_days)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to sign in; ``address`` is the network address it came from, if known."""

    username: str
    password: str
    device_id: str
    device_name: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A living sign-in, its user, and the refresh token to hand out next."""

    user: User
    sign_in: SignIn
    refresh_token: str


def alive(at: Any) -> ColumnElement[bool]:
    """The sign-in holds at this instant (a datetime or a bind) and its user is not disabled.

    For statements that join ``SignIn`` and ``User``.
    """
    return and_(
        col(SignIn.ended_at).is_(None),
        col(SignIn.expires_at) > at,
        col(User.disabled_at).is_(None),
    )


async def sign_in(base: Database, door: Door, attempt: Attempt, at: datetime) -> SignedIn:
    """Begin a sign-in, or raise WrongCredentials or TooManyAttempts.

    Each step commits before the next: whatever is raised, the counted failure stays.
    """
    account = door.gates.account(attempt.username)
    gates = [account, door.gates.address(attempt.address), door.gates.everyone]
    async with base.reading() as session:
        _open(await throttle.wait(session, gates, at))
    async with door.passwords.turn(account.key):
        async with base.writing() as session:
            shut = await throttle.take(session, gates, at)
            user = await _by_username(session, attempt.username)
        _open(shut)
        right = await door.passwords.match(attempt.password, user.password_hash if user else None)
        async with base.writing() as session:
            if user and right and await _unchanged(session, user):
                await throttle.give_back(session, gates)
                await throttle.forget(session, at)
                return await _begin(session, door, user, attempt, at)
            await _note_refusal(session, user, right, gates, at)
    raise WrongCredentials


async def refresh(
    session: AsyncSession, door: Door, token: str | None, at: datetime
) -> SignedIn | NotSignedIn:
    """The successor of a refresh token; NotSignedIn is returned, because it may leave a trace.

    Token ``n`` is good until its successor is presented: asked again, because the reply was lost,
    it gives the same ``n + 1``. When it comes back after ``n + 1`` was used, two hold copies of
    one token, nobody can say who is who, and the sign-in ends for both.
    """
    known = door.refresh_tokens.read(token)
    if known is None:
        return NotSignedIn()
    sign_in_id, number = known
    found = await session.exec(
        select(SignIn, User)
        .join(User, col(User.id) == col(SignIn.user_id))
        .where(col(SignIn.id) == sign_in_id, alive(at))
        .with_for_update(of=SignIn)
    )
    pair = found.first()
    if pair is None:
        return NotSignedIn()
    row, user = pair
    if number < row.used:
        log.warning(
            "sign-in %s ended: refresh token %d came back after %d", row.id, number, row.used
        )
        await _end(session, row, End.replayed, user.id, at)
        return NotSignedIn()
    # a number ahead of ours is genuine too: this database was restored from a backup
    row.used, row.seen_at = number, at
    session.add(row)
    return SignedIn(user, row, door.refresh_tokens.write(row.id, number + 1))


async def sign_out(session: AsyncSession, door: Door, token: str | None, at: datetime) -> None:
    """End the sign-in of this refresh token, whichever of its tokens it is; else do nothing."""
    known = door.refresh_tokens.read(token)
    if known is None:
        return
    row = await session.get(SignIn, known[0], with_for_update=True)
    if row and row.ended_at is None:
        await _end(session, row, End.signed_out, row.user_id, at)


async def change_password(
    base: Database,
    door: Door,
    signed_in: tuple[UUID, UUID],
    passwords: tuple[str, str],
    address: str | None,
    at: datetime,
) -> None:
    """Replace the current password by a new one, and end all other sign-ins of the user.

    ``signed_in`` is (user, sign-in), ``passwords`` is (current, new).
    """
    (user_id, sign_in_id), (current, new) = signed_in, passwords
    gate = door.gates.password_of(user_id)
    gates = [gate, door.gates.address(address)]
    async with base.reading() as session:
        user = (await session.exec(select(User).where(col(User.id) == user_id))).one()
        _open(await throttle.wait(session, gates, at))
    check_new(new, user.username or "", user.name)
    async with door.passwords.turn(gate.key):
        async with base.writing() as session:
            shut = await throttle.take(session, gates, at)
        _open(shut)
        right = await door.passwords.match(current, user.password_hash)
        hashed = await door.passwords.hash(new) if right else ""
        async with base.writing() as session:
            if right and await _unchanged(session, user):
                await throttle.give_back(session, gates)
                await set_password(session, user_id, hashed, user_id, at, but=sign_in_id)
                return
            await _note_refusal(session, user, right, gates, at)
    raise WrongPassword


async def set_password(
    session: AsyncSession,
    user_id: UUID,
    hashed: str,
    actor: UUID | str,
    at: datetime,
    but: UUID | None = None,
) -> None:
    """Store a new hash and end every sign-in of the user but this one."""
    user = await session.get_one(User, user_id, with_for_update=True, populate_existing=True)
    user.password_hash, user.password_changed_at = hashed, at
    await ledger.append(session, user, "password", actor, at)
    await end_all(session, user_id, End.password_changed, actor, at, but)


async def end_all(
    session: AsyncSession,
    user_id: UUID,
    reason: End,
    actor: UUID | str,
    at: datetime,
    but: UUID | None = None,
) -> None:
    """End every sign-in of a user that has not ended, except ``but``."""
    living = select(SignIn).where(
        col(SignIn.user_id) == user_id, col(SignIn.ended_at).is_(None), col(SignIn.expires_at) > at
    )
    rows = await session.exec(living.order_by(col(SignIn.id)).with_for_update())
    for row in rows.all():
        if row.id != but:
            await _end(session, row, reason, actor, at)


async def _by_username(session: AsyncSession, username: str) -> User | None:
    name = throttle.normalised(username)
    return (await session.exec(select(User).where(col(User.username) == name))).first()


async def _unchanged(session: AsyncSession, user: User) -> bool:
    """Nobody disabled the user or changed the password while it was compared."""
    now = await session.get_one(
        User, user.id, with_for_update={"read": True}, populate_existing=True
    )
    return now.disabled_at is None and now.password_hash == user.password_hash


async def _begin(
    session: AsyncSession, door: Door, user: User, attempt: Attempt, at: datetime
) -> SignedIn:
    row = SignIn(
        user_id=user.id,
        device_id=attempt.device_id,
        device_name=attempt.device_name,
        seen_at=at,
        started_at=at,
        expires_at=at + door.life,
    )
    session.add(row)
    await ledger.append(session, row, "create", user.id, at)
    return SignedIn(user, row, door.refresh_tokens.write(row.id, 1))


async def _end(
    session: AsyncSession, row: SignIn, reason: End, actor: UUID | str, at: datetime
) -> None:
    row.ended_at, row.end_reason = at, reason.value
    await ledger.append(session, row, "end", actor, at)


async def _note_refusal(
    session: AsyncSession, user: User | None, right: bool, gates: list[Gate], at: datetime
) -> None:
    """Log that a password was refused, and why; the caller is not told."""
    if user is None:
        reason = Refused.unknown_user
    elif right:
        reason = Refused.disabled
    else:
        reason = Refused.wrong_password if user.password_hash else Refused.no_password
    log.warning("password refused: %s, user %s", reason.value, user.id if user else "-")
    row = SignInRefusal(
        user_id=user.id if user else None,
        account=gates[0].key,
        address=gates[1].key,
        reason=reason.value,
        at=at,
    )
    session.add(row)
    await ledger.append(session, row, "create", "anonymous", at)


def _open(seconds: int) -> None:
    if seconds:
        raise TooManyAttempts(seconds)
