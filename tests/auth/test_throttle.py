"""The throttle: guesses get slower and slower, owners get in."""

import asyncio
import time
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import pytest
from sqlmodel import col, select

from app.auth import service, throttle
from app.auth.errors import TooManyAttempts, WrongCredentials
from app.auth.models import SignInRefusal, Throttle, User
from app.auth.service import Attempt, Door
from app.auth.throttle import ACCOUNT, ADDRESS, EVERYONE, Gates, Rule
from app.core.clock import now
from app.core.db import Database
from app.core.settings import Settings
from tests.auth.conftest import PASSWORD, SESSION, body
from tests.factories import make_user

OWNER = Attempt("zhangsan", PASSWORD, "phone-1", "手机", "203.0.113.9")
GUESS = replace(OWNER, password="not this one", address="198.51.100.7")


@pytest.fixture
def door(settings: Settings) -> Door:
    """The door of this installation."""
    return Door(settings)


async def _outcome(db: Database, door: Door, attempt: Attempt, at: datetime) -> str | int:
    """``in``, ``wrong``, or the seconds to wait."""
    try:
        await service.sign_in(db, door, attempt, at)
    except WrongCredentials:
        return "wrong"
    except TooManyAttempts as problem:
        return int(problem.headers["Retry-After"])
    return "in"


async def _refusals(db: Database) -> int:
    async with db.reading() as session:
        return len((await session.exec(select(SignInRefusal.id))).all())


@pytest.mark.parametrize("username", ["zhangsan", "nobody"])
async def test_hundreds_of_guesses_in_an_hour_try_few_passwords(
    db: Database, door: Door, user: User, username: str
) -> None:
    start = now()
    tried = 0
    for number in range(300):
        # from a new address each time: the account alone must hold
        guess = replace(GUESS, username=username, address=f"198.51.{number // 250}.{number % 250}")
        outcome = await _outcome(db, door, guess, start + timedelta(seconds=12 * number))
        tried += outcome == "wrong"
    assert 5 <= tried <= 30
    assert await _refusals(db) == tried
    # never for good: a quarter of an hour after the last guess the owner gets in
    after = start + timedelta(hours=1, minutes=15)
    assert await _outcome(db, door, replace(OWNER, username="zhangsan"), after) == "in"


async def test_guesses_in_parallel_do_not_slip_past_one_another(
    db: Database, door: Door, user: User
) -> None:
    at = now()
    outcomes = await asyncio.gather(*(_outcome(db, door, GUESS, at) for _ in range(40)))
    assert outcomes.count("wrong") == 5
    assert outcomes.count(1) == 35


async def test_two_processes_share_their_counters(
    db: Database, settings: Settings, user: User
) -> None:
    at, doors = now(), [Door(settings) for _ in range(4)]
    outcomes = await asyncio.gather(*(_outcome(db, doors[n % 4], GUESS, at) for n in range(40)))
    assert outcomes.count("wrong") == 5


async def test_the_right_password_in_parallel_is_never_a_failure(
    db: Database, door: Door, user: User
) -> None:
    outcomes = await asyncio.gather(*(_outcome(db, door, OWNER, now()) for _ in range(20)))
    assert outcomes == ["in"] * 20


async def test_the_right_password_works_after_the_delay_and_clears_it(
    db: Database, door: Door, user: User
) -> None:
    at = now()
    wrong = replace(OWNER, password="mistyped")
    assert [await _outcome(db, door, wrong, at) for _ in range(6)] == ["wrong"] * 5 + [1]
    assert await _outcome(db, door, OWNER, at) == 1  # also the right one has to wait
    at += timedelta(seconds=1)
    assert await _outcome(db, door, wrong, at) == "wrong"
    assert await _outcome(db, door, OWNER, at) == 2
    at += timedelta(seconds=2)
    assert await _outcome(db, door, OWNER, at) == "in"
    assert [await _outcome(db, door, wrong, at) for _ in range(5)] == ["wrong"] * 5


async def test_names_are_one_account_however_they_are_spelled(
    db: Database, door: Door, user: User
) -> None:
    at = now()
    for name in ("zhangsan", " ZhangSan", "ＺＨＡＮＧＳＡＮ", "zhangsan ", "ZHANGSAN"):
        assert await _outcome(db, door, replace(GUESS, username=name), at) == "wrong"
    assert await _outcome(db, door, replace(GUESS, username="zhangSAN"), at) == 1


async def test_one_address_trying_many_names_is_slowed(
    db: Database, door: Door, user: User
) -> None:
    at = now()
    outcomes = [
        await _outcome(db, door, replace(GUESS, username=f"name{n}"), at) for n in range(32)
    ]
    assert outcomes == ["wrong"] * 30 + [1, 1]
    # another address is not touched, and neither is this one for long
    assert await _outcome(db, door, OWNER, at) == "in"
    here = replace(OWNER, address=GUESS.address)
    assert await _outcome(db, door, here, at + timedelta(seconds=61)) == "in"


async def test_neither_name_nor_address_is_stored(db: Database, door: Door, user: User) -> None:
    await _outcome(db, door, replace(GUESS, username="mySecretTypedInTheWrongBox"), now())
    async with db.reading() as session:
        rows = (await session.exec(select(Throttle))).all()
        refusal = (await session.exec(select(SignInRefusal))).one()
    assert [len(row.key) for row in rows] == [32] * 3
    keys = {row.key for row in rows}
    assert {refusal.account, refusal.address} < keys
    other = Gates(b"another key" * 4)
    assert other.account("mySecretTypedInTheWrongBox").key not in keys


async def test_quiet_counters_are_forgotten(db: Database, door: Door, user: User) -> None:
    at = now()
    for number in range(3):
        await _outcome(db, door, replace(GUESS, username=f"name{number}"), at)
    later = at + timedelta(days=2)
    assert await _outcome(db, door, OWNER, later) == "in"
    async with db.reading() as session:
        left = await session.exec(select(Throttle.last_at).where(col(Throttle.last_at) < later))
        assert left.all() == []


async def test_the_answer_says_how_long_to_wait(client: httpx.AsyncClient, user: User) -> None:
    for _ in range(5):
        assert (await client.post(SESSION, json=body(password="wrong"))).status_code == 401
    for username in ("zhangsan", "ZHANGSAN"):
        answer = await client.post(SESSION, json=body(username))
        assert (answer.status_code, answer.json()["code"]) == (429, "too-many-attempts")
        assert answer.headers["retry-after"] == "1"
        assert "请在 1 秒后再试" in answer.json()["detail"]
        assert answer.headers["content-type"] == "application/problem+json"


async def test_unknown_names_take_as_long_as_wrong_passwords(door: Door, hashed: str) -> None:
    async def seconds(stored: str | None) -> float:
        """Of the processor: the clock on the wall also counts what the machine does for others."""
        times = []
        for _ in range(5):
            begun = time.process_time()
            assert not await door.passwords.match("not this one", stored)
            times.append(time.process_time() - begun)
        return min(times)

    known, unknown = await seconds(hashed), await seconds(None)
    # both are the same work
    assert 0.5 < unknown / known < 2
    assert known > 0.005


async def test_someone_else_is_not_slowed(db: Database, door: Door, user: User) -> None:
    await make_user(db, "李四", username="lisi", password_hash=user.password_hash)
    at = now()
    for _ in range(6):
        await _outcome(db, door, GUESS, at)
    assert await _outcome(db, door, replace(OWNER, username="lisi"), at) == "in"


@pytest.mark.parametrize("rule", [ACCOUNT, ADDRESS, EVERYONE])
def test_delays_grow_to_a_cap_of_a_quarter_of_an_hour_at_most(rule: Rule) -> None:
    delays = [rule.delay(n).total_seconds() for n in range(100_000)]
    assert delays[rule.free - 1] == 0 < delays[rule.free]
    assert delays == sorted(delays)
    assert delays[-1] == rule.cap <= 900


def test_failures_leak_away() -> None:
    at = now()
    assert ACCOUNT.standing(5, at, at) == 5
    assert ACCOUNT.standing(5, at - timedelta(hours=2), at) == 3
    assert ACCOUNT.standing(5, at - timedelta(days=9), at) == 0
    assert ACCOUNT.standing(5, at + timedelta(hours=2), at) >= 5  # a clock set back forgives none


def test_an_address_is_one_however_it_is_spelled() -> None:
    gates = Gates(b"k" * 32)
    same = [
        ("203.0.113.9", "::ffff:203.0.113.9"),
        ("2001:db8::1", "2001:db8:0:0:ffff::2"),
        (None, ""),
    ]
    assert all(gates.address(a).key == gates.address(b).key for a, b in same)
    assert gates.address("2001:db8::1").key != gates.address("2001:db8:0:1::1").key
    assert gates.address("203.0.113.9").key != gates.address("203.0.113.10").key
    assert gates.account("x").key != gates.address("x").key


def test_longest_wait_is_taken() -> None:
    at = now()
    rows = [
        Throttle(key=bytes([n]), failures=1, last_at=at, open_at=at + timedelta(seconds=n - 2.5))
        for n in range(8)
    ]
    assert throttle._longest(rows, at) == 5
    assert throttle._longest(rows[:2], at) == 0
    assert throttle._longest([], at) == 0
