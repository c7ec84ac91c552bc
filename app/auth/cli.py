"""``zhucun user``: who may sign in at all."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth import users
from app.auth.errors import NoSuchUser
from app.auth.models import User
from app.auth.passwords import Passwords, generated
from app.auth.throttle import normalised
from app.core.clock import SHANGHAI, now
from app.core.db import Database
from app.core.errors import Problem
from app.core.settings import Settings

ACTOR = "cli"
T = TypeVar("T")
Also = Callable[[AsyncSession, User], Awaitable[None]]
Username = Annotated[str, typer.Argument(help="登录用的用户名,不分大小写")]

app = typer.Typer(help="用户:增加、重置密码、停用、恢复、列出。", no_args_is_help=True)


@app.command()
def add(
    username: Username,
    name: Annotated[str, typer.Option(help="姓名")],
) -> None:
    """增加一个用户;生成的密码只显示这一次,用户登录后可自行修改。"""
    user, password = run(lambda base: add_user(base, username, name))
    _show_password(user, password)


@app.command()
def reset(username: Username) -> None:
    """重置密码并结束该用户的全部登录;新密码只显示这一次。"""
    user, password = run(lambda base: reset_password(base, username))
    _show_password(user, password)


@app.command()
def disable(username: Username) -> None:
    """停用:从下一个请求起拒绝该用户;其已提交的记录保留。"""
    user = run(lambda base: _change(base, username, users.disable_user))
    typer.echo(f"已停用:{user.username} {user.name}。恢复用 zhucun user enable {user.username}")


@app.command()
def enable(username: Username) -> None:
    """恢复被停用的用户;密码照旧,须重新登录。"""
    user = run(lambda base: _change(base, username, users.enable_user))
    typer.echo(f"已恢复:{user.username} {user.name}")


@app.command("list")
def list_() -> None:
    """列出有用户名的全部用户:用户名、姓名、状态、建立日期、编号。"""
    for user in run(_listed):
        state = "停用" if user.disabled_at else "可登录" if user.password_hash else "无密码"
        made = user.created_at.astimezone(SHANGHAI).date()
        typer.echo(
            f"{user.username}\t{user.name}\t{state}\t{made}\t{user.id}{'  演示' if user.demo else ''}"
        )


def run(work: Callable[[Database], Awaitable[T]]) -> T:
    """Do it on the configured database; what goes wrong is told in one sentence, exit code 1."""

    async def whole() -> T:
        database = Database(Settings().database)
        try:
            return await work(database)
        finally:
            await database.dispose()

    try:
        return asyncio.run(whole())
    except Problem as problem:
        typer.echo(problem.detail, err=True)
        raise typer.Exit(1) from problem
    except (OperationalError, ProgrammingError) as error:
        typer.echo("数据库不可用或尚未建表。请先运行 zhucun migrate,再重试。", err=True)
        raise typer.Exit(1) from error


async def person_of(base: Database, told: str) -> User:
    """A person by user name or id; raises `NoSuchUser`."""
    try:
        same = col(User.id) == UUID(told)
    except ValueError:
        same = col(User.username) == normalised(told)
    async with base.reading() as session:
        found = (await session.exec(select(User).where(same))).first()
    if found is None:
        raise NoSuchUser(f"没有用户名或人员编号是 {told}。用 zhucun user list 查看。")
    return found


async def add_user(
    base: Database, username: str, name: str, also: Also | None = None
) -> tuple[User, str]:
    """A user with a generated password; ``also`` writes what belongs with them (a posting)."""
    password = generated()
    hashed = await Passwords().hash(password)
    async with base.writing() as session:
        user = await users.add_user(
            session, username=username, name=name, password_hash=hashed, actor=ACTOR, at=now()
        )
        if also:
            await also(session, user)
    return user, password


async def reset_password(base: Database, username: str) -> tuple[User, str]:
    """The user and their new, generated password."""
    password = generated()
    hashed = await Passwords().hash(password)
    async with base.writing() as session:
        return await users.reset_password(session, username, hashed, ACTOR, now()), password


async def _change(
    base: Database,
    username: str,
    change: Callable[..., Awaitable[User]],
) -> User:
    async with base.writing() as session:
        return await change(session, username, ACTOR, now())


async def _listed(base: Database) -> list[User]:
    async with base.reading() as session:
        return await users.list_users(session)


def _show_password(user: User, password: str) -> None:
    typer.echo(
        f"用户名:{user.username}\n姓名:{user.name}\n编号:{user.id}\n密码:{password}(只显示这一次)"
    )
