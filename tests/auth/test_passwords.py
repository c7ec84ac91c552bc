"""Passwords: what is accepted, how it is kept, and that hashing holds nobody up."""

import asyncio

import pytest

from app.auth import passwords
from app.auth.errors import WeakPassword
from app.auth.models import User
from app.auth.passwords import Passwords, check_new, generated
from app.auth.service import Attempt, Door, sign_in
from app.core.clock import now
from app.core.db import Database
from app.core.settings import Settings
from tests.auth.conftest import PASSWORD


@pytest.mark.parametrize(
    "good",
    [
        "correct horse battery staple",
        "x7Kq-92mv-LLtr",
        "我家门前那棵老樟树会开花吗",
        "wo xihuan chi xigua he lajiao",
        "no digits and no capitals here",
        "tractor-quilt-lantern-2026",
        "🐟 swims past the old mill",
        "long " + "quilt anchor lantern " * 12,
        pytest.param(generated(), id="generated"),  # another one each time: the id may not tell it
    ],
)
def test_long_and_of_its_own_is_enough(good: str) -> None:
    check_new(good, "zhangsan", "张三")


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "short",
        "elevenchars",
        "Zhucun2026!!",
        "zhucun202611!!",
        "ZHUCUN@2026.11",
        "驻村工作队2026年",
        "莲花县驻村第一书记2026年",
        "P@ssw0rd2026!!",
        "passwordpassword",
        "Password123456",
        "123456789012",
        "20261121 20261122",
        "qwertyuiop123",
        "1qaz2wsx3edc4rfv",
        "aaaaaaaaaaaaaaaa",
        "ab" * 40,
        "zhangsan2026zhucun",
        "zhangsan-zhangsan-1",
        "张三张三张三张三张三张三",
        "ｐａｓｓｗｏｒｄ２０２６",
        "Huawei@12345678",
    ],
)
def test_what_guessers_try_first_is_refused_with_a_reason(bad: str) -> None:
    with pytest.raises(WeakPassword, match="密码没有修改"):
        check_new(bad, "zhangsan", "张三")


def test_the_list_is_what_its_head_says() -> None:
    words = passwords._common_words()
    assert len(words) > 250
    assert all(word == word.casefold() for word in words)
    assert all(len(word) >= (3 if word.isascii() else 2) for word in words)


def test_generated_ones_are_long_unlike_and_accepted() -> None:
    made = {generated() for _ in range(500)}
    assert len(made) == 500
    for password in made:
        assert len(password) == 19
        check_new(password, "zhangsan", "张三")


async def test_nothing_is_cut_off() -> None:
    hasher = Passwords()
    long = "quilt anchor lantern " * 48
    stored = await hasher.hash(long)
    assert await hasher.match(long, stored)
    assert not await hasher.match(long[:-1], stored)
    assert not await hasher.match(long[:72], stored)  # where bcrypt would stop reading
    assert not await hasher.match(long.split("\0")[0] + "\0", stored)


async def test_keyboards_that_send_other_code_points_agree() -> None:
    hasher = Passwords()
    stored = await hasher.hash("café Ａ１ lantern quilt")
    assert await hasher.match("cafe\u0301 A1 lantern quilt", stored)
    assert not await hasher.match("cafe A1 lantern quilt", stored)


async def test_the_hash_is_argon2id_with_the_profile_named() -> None:
    first, second = [await Passwords().hash(PASSWORD) for _ in range(2)]
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second
    assert len(first) <= 255  # the column


async def test_without_a_stored_hash_nothing_matches() -> None:
    assert not await Passwords().match("", None)
    assert not await Passwords().match(PASSWORD, None)


async def test_the_loop_goes_on_while_passwords_are_hashed() -> None:
    hasher, ticks = Passwords(at_once=1), 0

    async def hash_in_turn(number: int) -> None:
        async with hasher.turn(bytes([number])):
            await hasher.hash(PASSWORD)

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.001)
            ticks += 1

    ticking = asyncio.create_task(tick())
    await asyncio.gather(*(hash_in_turn(number) for number in range(8)))
    ticking.cancel()
    assert ticks > 8  # had hashing held the loop, there were one tick between two hashes


async def test_no_transaction_is_open_while_a_password_is_compared(
    db: Database, settings: Settings, user: User
) -> None:
    door = Door(settings)
    free = asyncio.Event()
    compared = door.passwords.match

    async def slow(password: str, stored: str | None) -> bool:
        free.set()
        await asyncio.sleep(0.3)
        return await compared(password, stored)

    door.passwords.match = slow  # type: ignore[method-assign]  # a slower machine, not another
    asking = asyncio.create_task(
        sign_in(db, door, Attempt("zhangsan", PASSWORD, "phone-1", "手机"), now())
    )
    await free.wait()
    async with asyncio.timeout(0.2), db.writing() as session:
        session.add(User(county="000000", name="另一人", created_at=now()))
    assert not asking.done()
    assert (await asking).user.id == user.id
