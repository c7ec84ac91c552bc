"""``zhucun user post``: the first administrators get their posts at the machine itself."""

from datetime import date, datetime
from typing import Annotated

import typer
from sqlmodel import col, select

from app.auth.cli import ACTOR, Username, run
from app.auth.errors import NoSuchUser
from app.auth.models import User
from app.auth.throttle import normalised
from app.core.clock import now, today
from app.core.db import Database
from app.core.errors import NotFound
from app.core.tables import HOUSE
from app.ledger import service as ledger
from app.org.models import Unit
from app.postings.models import Post, Posting


def post(
    username: Username,
    kind: Annotated[Post, typer.Option(help="岗位,如 CA 县级管理员、TA 乡镇管理员、FS 第一书记")],
    unit: Annotated[str, typer.Option(help="单位代码")],
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="起始日,默认今天")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="截止日(含),默认不限")
    ] = None,
) -> None:
    """给用户一个任职;首位县级管理员由此产生,其余由管理员在系统中办理。"""
    first = since.date() if since else today()
    last = until.date() if until else None
    run(lambda base: _give(base, username, kind, unit, first, last))
    typer.echo(f"已登记:{username} 自 {first} 起在 {unit} 任 {kind.value}")


async def _give(
    base: Database, username: str, kind: Post, unit: str, since: date, until: date | None
) -> None:
    async with base.writing() as session:
        query = select(User).where(col(User.username) == normalised(username))
        person = (await session.exec(query)).one_or_none()
        if person is None:
            raise NoSuchUser
        if await session.get(Unit, unit) is None:
            raise NotFound(f"没有单位 {unit}。请核对代码,或先用 zhucun org import 导入区划。")
        county = unit[:6] if len(unit) >= 6 else HOUSE
        row = Posting(
            county=county,
            person_id=person.id,
            unit=unit,
            kind=kind.value,
            since=since,
            until=until,
        )
        session.add(row)
        await ledger.append(session, row, "create", ACTOR, now())
