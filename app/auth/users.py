"""Who may sign in at all: what the command line does with users.

``actor`` is who did it as the log names them: a user's id, or ``cli`` for the machine's keeper.
"""

import re
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.errors import BadName, BadUsername, NoSuchUser, UsernameTaken
from app.auth.models import End, User
from app.auth.service import end_all, set_password
from app.auth.throttle import normalised
from app.core.tables import HOUSE
from app.ledger import service as ledger

_USERNAME = re.compile(r"[\w.@-]{2,64}")


async def add_user(
    session: AsyncSession,
    *,
    username: str,
    name: str,
    password_hash: str,
    actor: UUID | str,
    at: datetime,
    demo: bool = False,
) -> User:
    """A person who can sign in; UsernameTaken, BadUsername or BadName when that cannot be."""
    plain = normalised(username)
    if not _USERNAME.fullmatch(plain):
        raise BadUsername
    if not (0 < len(name.strip()) <= 64 and name.isprintable()):
        raise BadName
    if (await session.exec(select(User.id).where(col(User.username) == plain))).first():
        raise UsernameTaken
    user = User(
        county=HOUSE,
        name=name.strip(),
        username=plain,
        password_hash=password_hash,
        password_changed_at=at,
        demo=demo,
        created_at=at,
    )
    session.add(user)
    await ledger.append(session, user, "create", actor, at)
    return user


async def reset_password(
    session: AsyncSession, username: str, password_hash: str, actor: UUID | str, at: datetime
) -> User:
    """Give the user another password and end all their sign-ins."""
    user = await _named(session, username)
    await set_password(session, user.id, password_hash, actor, at)
    return user


async def disable_user(
    session: AsyncSession, username: str, actor: UUID | str, at: datetime
) -> User:
    """Refuse this user from the next request on; what they recorded stays."""
    user = await _named(session, username)
    if user.disabled_at is None:
        user.disabled_at = at
        await ledger.append(session, user, "disable", actor, at)
        await end_all(session, user.id, End.disabled, actor, at)
    return user


async def enable_user(
    session: AsyncSession, username: str, actor: UUID | str, at: datetime
) -> User:
    """Let a disabled user sign in again, with the password they had."""
    user = await _named(session, username)
    if user.disabled_at is not None:
        user.disabled_at = None
        await ledger.append(session, user, "enable", actor, at)
    return user


async def list_users(session: AsyncSession) -> list[User]:
    """Everybody with a username, by username."""
    named = select(User).where(col(User.username).is_not(None)).order_by(col(User.username))
    return list(await session.exec(named))


async def _named(session: AsyncSession, username: str) -> User:
    found = await session.exec(
        select(User).where(col(User.username) == normalised(username)).with_for_update()
    )
    user = found.first()
    if user is None:
        raise NoSuchUser
    return user
