"""Users by the command line, and what each change leaves in the log."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import col, select
from typer.testing import CliRunner

from app.auth import cli, users
from app.auth.errors import BadName, BadUsername, NoSuchUser, UsernameTaken
from app.auth.models import SignIn, User
from app.auth.passwords import Passwords
from app.auth.service import Attempt, Door, sign_in
from app.core.clock import now
from app.core.db import Database
from app.core.settings import Settings
from app.ledger.canonical import commitment
from app.ledger.models import LedgerLeaf
from tests.auth.conftest import PASSWORD

ATTEMPT = Attempt("zhangsan", PASSWORD, "phone-1", "手机")


async def _kinds(db: Database, table: str) -> list[tuple[str, str]]:
    async with db.reading() as session:
        found = await session.exec(
            select(LedgerLeaf.kind, LedgerLeaf.actor)
            .where(col(LedgerLeaf.table_name) == table)
            .order_by(col(LedgerLeaf.seq))
        )
        return list(found)


@pytest.fixture
def zhucun_user(
    database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> Callable[..., Any]:
    """``zhucun user …`` on the test's database."""
    monkeypatch.setenv("ZHUCUN_DATABASE_URL", database_url)
    monkeypatch.setenv("ZHUCUN_DATA", str(tmp_path / "var"))
    runner = CliRunner()
    return lambda *words: runner.invoke(cli.app, list(words))


def test_a_user_is_added_listed_disabled_and_let_in_again(
    zhucun_user: Callable[..., Any], database_url: str
) -> None:
    made = zhucun_user("add", "ZhangSan", "--name", "张三")
    assert made.exit_code == 0, made.output
    password = re.search(r"密码:(\S{19})\(只显示这一次\)", made.output)
    assert password, made.output

    async def stored() -> User:
        base = Database(database_url)
        async with base.reading() as session:
            user = (await session.exec(select(User))).one()
        await base.dispose()
        return user

    user = asyncio.run(stored())
    assert (user.username, user.name, user.demo) == ("zhangsan", "张三", False)
    assert asyncio.run(Passwords().match(password[1], user.password_hash))
    for words, told in (
        (("list",), "zhangsan\t张三\t可登录"),
        (("disable", "ZHANGSAN"), "已停用"),
        (("list",), "zhangsan\t张三\t停用"),
        (("enable", "zhangsan"), "已恢复"),
        (("reset", "zhangsan"), "密码:"),
    ):
        done = zhucun_user(*words)
        assert (done.exit_code, told in done.output) == (0, True), done.output
    assert not asyncio.run(Passwords().match(password[1], asyncio.run(stored()).password_hash))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "a b", "--name", "张三"), "用户名须为"),
        (("add", "x", "--name", "张三"), "用户名须为"),
        (("add", "lisi", "--name", " "), "姓名须为"),
        (("disable", "nobody"), "没有这个用户名"),
        (("enable", "nobody"), "没有这个用户名"),
        (("reset", "nobody"), "没有这个用户名"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(
    zhucun_user: Callable[..., Any], words: tuple[str, ...], told: str
) -> None:
    done = zhucun_user(*words)
    assert done.exit_code == 1
    assert told in done.output
    assert "Traceback" not in done.output


def test_without_tables_the_command_says_what_to_run(
    zhucun_user: Callable[..., Any], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHUCUN_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path}/empty.db")
    done = zhucun_user("list")
    assert (done.exit_code, "zhucun migrate" in done.output) == (1, True)


async def test_a_name_is_given_once(db: Database, user: User) -> None:
    for name, problem in (
        ("ZHANGSAN", UsernameTaken),
        ("张 三", BadUsername),
        ("a\x00b", BadUsername),
    ):
        with pytest.raises(problem):
            async with db.writing() as session:
                await users.add_user(
                    session, username=name, name="张三", password_hash="x", actor="cli", at=now()
                )
    for name in ("", "张" * 65, "张\n三"):
        with pytest.raises(BadName):
            async with db.writing() as session:
                await users.add_user(
                    session, username="lisi", name=name, password_hash="x", actor="cli", at=now()
                )
    with pytest.raises(NoSuchUser):
        async with db.writing() as session:
            await users.disable_user(session, "nobody", "cli", now())


async def test_a_posting_can_be_written_in_the_same_transaction(db: Database) -> None:
    async def refuse(_session: object, _user: User) -> None:
        raise NoSuchUser

    with pytest.raises(NoSuchUser):
        await cli.add_user(db, "zhangsan", "张三", also=refuse)
    async with db.reading() as session:
        assert (await session.exec(select(User))).all() == []


async def test_disabling_ends_every_sign_in_and_is_logged_once(
    db: Database, settings: Settings, user: User
) -> None:
    door = Door(settings)
    for _ in range(3):
        await sign_in(db, door, ATTEMPT, now())
    for _ in range(2):  # doing it again changes nothing
        async with db.writing() as session:
            await users.disable_user(session, "zhangsan", "cli", now())
    assert await _kinds(db, "users") == [("create", str(user.id)), ("disable", "cli")]
    assert await _kinds(db, "sign_ins") == [("create", str(user.id))] * 3 + [("end", "cli")] * 3
    async with db.reading() as session:
        assert set(await session.exec(select(SignIn.end_reason))) == {"disabled"}


async def test_a_reset_ends_every_sign_in(db: Database, settings: Settings, user: User) -> None:
    await sign_in(db, Door(settings), ATTEMPT, now())
    _, password = await cli.reset_password(db, "zhangsan")
    async with db.reading() as session:
        assert (await session.exec(select(SignIn.end_reason))).one() == "password_changed"
    done = await sign_in(
        db, Door(settings), Attempt("zhangsan", password, "phone-1", "手机"), now()
    )
    assert done.user.id == user.id


async def test_a_password_hash_swapped_in_the_database_no_longer_fits_its_leaf(
    db: Database, user: User
) -> None:
    async with db.reading() as session:
        row = await session.get_one(User, user.id)
        leaf = (await session.exec(select(LedgerLeaf))).one()
    assert commitment(row.salt, row.leaf_fields(1)) == leaf.commitment
    row.password_hash = await Passwords().hash("a password of the intruder")
    assert commitment(row.salt, row.leaf_fields(1)) != leaf.commitment


async def test_what_moves_with_every_refresh_is_outside_the_leaf(
    db: Database, settings: Settings, user: User
) -> None:
    row = (await sign_in(db, Door(settings), ATTEMPT, now())).sign_in
    told = row.leaf_fields(1)
    row.used, row.seen_at = 9, now()
    assert row.leaf_fields(1) == told
    assert {"used", "seen_at"}.isdisjoint(told)
