"""Growing delays after failed passwords: by account, by address, and over all.

A try is counted as failed *before* its password is looked at and given back when it was right, so
that guesses sent in parallel cannot slip past one another. Nothing is ever locked for good, and a
right password after the delay works. No name and no address is stored in clear.
"""

import hmac
import math
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from uuid import UUID

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import Throttle
from app.core.db import insert

KEPT = timedelta(days=1)
#: Not "from now on": tries that queued together carry instants of a moment before.
OPEN = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rule:
    """``free`` failures cost nothing; then 1, 2, 4 … seconds, up to ``cap``.

    One failure is forgotten after each ``leak`` seconds of quiet.
    """

    free: int
    cap: int
    leak: int

    def standing(self, failures: int, last_at: datetime, at: datetime) -> int:
        """How many failures still count at ``at``."""
        return max(0, failures - int((at - last_at).total_seconds() // self.leak))

    def delay(self, failures: int) -> timedelta:
        """The pause after the last of so many failures."""
        over = failures - self.free
        return timedelta(seconds=min(self.cap, 2 ** min(over, 20)) if over >= 0 else 0)


ACCOUNT = Rule(free=5, cap=15 * 60, leak=60 * 60)
# a township office or a mobile operator puts hundreds of people behind one address: their own
# typing errors must not shut it, a list of stolen passwords tried from there is still slowed
ADDRESS = Rule(free=30, cap=60, leak=30)
# the whole house at most pauses for seconds, else guessing anywhere would keep everybody out
EVERYONE = Rule(free=300, cap=2, leak=1)


@dataclass(frozen=True, slots=True)
class Gate:
    """One counter that a try has to pass."""

    key: bytes
    rule: Rule


def normalised(username: str) -> str:
    """A username as stored and compared: full-width and upper-case spellings are one name."""
    return unicodedata.normalize("NFKC", username).strip().casefold()


class Gates:
    """Names the counters of a try, by hashes under a key of this installation."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.everyone = Gate(self._hash("everyone", ""), EVERYONE)

    def account(self, username: str) -> Gate:
        """The counter of this name, whether or not anybody has it."""
        return Gate(self._hash("account", normalised(username)), ACCOUNT)

    def password_of(self, user_id: UUID) -> Gate:
        """The counter of a signed-in user's tries at their current password."""
        return Gate(self._hash("password", str(user_id)), ACCOUNT)

    def address(self, host: str | None) -> Gate:
        """The counter of a network address; IPv6 by its /64, which one household owns."""
        try:
            found = ip_address(host or "")
        except ValueError:
            return Gate(self._hash("address", host or ""), ADDRESS)
        if isinstance(found, IPv6Address):
            found = found.ipv4_mapped or ip_network((found, 64), strict=False).network_address
        return Gate(self._hash("address", str(found)), ADDRESS)

    def _hash(self, kind: str, value: str) -> bytes:
        return hmac.digest(self._key, f"zhucun throttle\0{kind}\0{value}".encode(), "sha256")


async def wait(session: AsyncSession, gates: list[Gate], at: datetime) -> int:
    """Seconds until every gate is open; 0 when they are."""
    keys = [gate.key for gate in gates]
    found = await session.exec(select(Throttle).where(col(Throttle.key).in_(keys)))
    return _longest(list(found), at)


async def take(session: AsyncSession, gates: list[Gate], at: datetime) -> int:
    """Count a try at every gate as failed; or, when one is shut, only say for how many seconds."""
    rules = {gate.key: gate.rule for gate in gates}
    # one order for all, so that no two tries wait for one another
    fresh = [{"key": k, "failures": 0, "last_at": at, "open_at": OPEN} for k in sorted(rules)]
    await session.exec(insert(session, Throttle).values(fresh).on_conflict_do_nothing())
    rows = await _locked(session, list(rules))
    if shut := _longest(rows, at):
        return shut
    for row in rows:
        rule = rules[row.key]
        row.failures = rule.standing(row.failures, row.last_at, at) + 1
        pause = rule.delay(row.failures)
        row.last_at, row.open_at = at, (at + pause if pause else OPEN)
        session.add(row)
    await session.flush()
    return 0


async def give_back(session: AsyncSession, gates: list[Gate]) -> None:
    """The try was right: its account starts afresh, the other gates lose this one failure."""
    rules = {gate.key: gate.rule for gate in gates}
    for row in await _locked(session, list(rules)):
        row.failures = 0 if rules[row.key] is ACCOUNT else max(0, row.failures - 1)
        row.open_at = OPEN
        session.add(row)
    await session.flush()


async def forget(session: AsyncSession, at: datetime) -> None:
    """Drop a few counters that have long been quiet."""
    stale = (
        select(col(Throttle.key))
        .where(col(Throttle.last_at) < at - KEPT)
        .limit(100)
        # a counter that somebody is using now is no longer quiet
        .with_for_update(skip_locked=True)
    )
    keys = list(await session.exec(stale))
    await session.exec(delete(Throttle).where(col(Throttle.key).in_(keys)))


async def _locked(session: AsyncSession, keys: list[bytes]) -> list[Throttle]:
    rows = await session.exec(
        select(Throttle)
        .where(col(Throttle.key).in_(keys))
        .order_by(col(Throttle.key))
        .with_for_update()
    )
    return list(rows)


def _longest(rows: list[Throttle], at: datetime) -> int:
    seconds = [math.ceil((row.open_at - at).total_seconds()) for row in rows]
    return max(0, *seconds) if seconds else 0
