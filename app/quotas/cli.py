"""``zhucun quotas`` and ``zhucun policy closed``."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import orjson
import typer
from pydantic import BaseModel
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.cli import run
from app.auth.errors import NoSuchUser
from app.auth.models import User
from app.auth.throttle import normalised
from app.core.clock import now, today
from app.core.db import Database
from app.core.paging import PageQuery
from app.org.models import Organisation, Unit
from app.quotas import closed as reading
from app.quotas import duties, service, tables
from app.quotas.adoption_cli import adopt, adopted
from app.quotas.closing_schemas import ClosedStandingOut
from app.quotas.errors import NotClosed
from app.quotas.lines import closed_lines, lines_of
from app.quotas.models import Closing
from app.quotas.schemas import (
    PERSON,
    BoardOut,
    StandingOut,
    StandingsOut,
    TableOut,
    person_subject,
)
from app.quotas.standings import Asked

__all__ = ["adopt", "adopted", "closed", "quotas"]
PAGE = 200


def quotas(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="PERSON|UNIT|ORGANISATION", help="用户名、人员编号,单位代码,或组织编号"
        ),
    ],
    period: Annotated[str, typer.Option(help="考核周期,如 2026-Q4、2026-11、standing")],
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="截至哪一天(含),默认今天")
    ] = None,
    duties_: Annotated[
        bool, typer.Option("--duties", help="单位及其下级各单位、组织自身的职责,而不是人员")
    ] = False,
    as_closed: Annotated[
        bool, typer.Option("--as-closed", help="封存时的结果(最新版本),不重新计算")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON,与接口相同")] = False,
) -> None:
    """一个人、一个组织或一个单位的考核完成情况。"""
    day = on.date() if on else today()
    if as_closed:
        closed_ = run(lambda base: _as_closed(base, subject, period, own=duties_))
        _say(closed_, closed_lines(closed_) or [_none_closed(own=duties_)], as_json)
        return
    found = run(lambda base: _quotas(base, subject, period, day, own=duties_))
    _say(found, lines_of(found), as_json)


def _say(found: BaseModel | list[ClosedStandingOut], lines: list[str], as_json: bool) -> None:
    """As the interface would answer, or in lines."""
    if not as_json:
        typer.echo("\n".join(lines))
    elif isinstance(found, list):
        told = [row.model_dump(mode="json", by_alias=True) for row in found]
        typer.echo(orjson.dumps(told).decode())
    else:
        typer.echo(orjson.dumps(found.model_dump(mode="json", by_alias=True)).decode())


def closed(
    unit: Annotated[str, typer.Option(help="哪个单位(及其下级)的封存记录;不填列出全部")] = "",
    recompute: Annotated[
        bool, typer.Option("--recompute", help="按现有记录重新计算,与封存的结果核对")
    ] = False,
) -> None:
    """列出封存的考核周期;--recompute 核对每一个版本,有不同时逐条列出,退出码 1。只有说明文字不同,不算不同。"""
    found = run(lambda base: _closings(base, unit, recompute))
    wrong = False
    for row, differing in found:
        same = not any(each.matters for each in differing)
        wrong = wrong or not same
        typer.echo(
            f"{row.unit} {row.period} 第 {row.version} 版,{row.standings} 条,"
            f"{row.closed_at:%Y-%m-%d} 封存" + (";核对一致" if recompute and same else "")
        )
        for line in reading.lines(differing):
            typer.echo(f"  {line}")
    if wrong:
        raise typer.Exit(1)


async def _closings(
    base: Database, unit: str, recompute: bool
) -> list[tuple[Closing, list[reading.Difference]]]:
    query = (
        select(Closing)
        .where(col(Closing.unit).startswith(unit))
        .order_by(col(Closing.unit), col(Closing.first), col(Closing.period), col(Closing.version))
    )
    async with base.reading() as session:
        rows = (await session.exec(query)).all()
        return [(row, await reading.recompute(session, row) if recompute else []) for row in rows]


def _none_closed(*, own: bool) -> str:
    """A closed unit of which nothing of the kind that was asked for is held."""
    if own:
        return "封存的结果中没有职责。看人员请去掉 --duties。"
    return "封存的结果中没有人员。看职责请加 --duties。"


async def _as_closed(
    base: Database, subject: str, key: str, *, own: bool
) -> list[ClosedStandingOut]:
    """Of a unit its people or its duties, as the table and the board show them now."""
    period = service.period_of(key, today())
    async with base.reading() as session:
        of_unit = await session.get(Unit, subject) is not None
        if of_unit:
            found = await reading.rows_of(session, subject, period.key)
        else:
            organisation = await _organisation(session, subject)
            key_ = organisation or (await _person(session, subject)).id
            found = await reading.standings_of(session, str(key_), period.key)
        if not found:
            raise NotClosed(
                f"{subject} 的考核周期 {period.key} 没有封存记录。去掉 --as-closed 可看当前结果。"
            )
        return [
            reading.shown(row)
            for row in found
            if not of_unit or own == (row.subject_kind != PERSON)
        ]


async def _quotas(
    base: Database, subject: str, key: str, day: date, *, own: bool
) -> StandingsOut | TableOut | BoardOut:
    asked = service.asked_about(key, day, now())
    async with base.reading() as session:
        if await session.get(Unit, subject) is not None:
            if own:
                return await _whole_board(session, subject, asked)
            return await _whole_table(session, subject, asked)
        organisation = await _organisation(session, subject)
        if organisation is not None:
            return await duties.of_organisation(session, organisation, asked)
        person = await _person(session, subject)
        bound, left_out = await service.bound_by(session, person.id, asked)
        found = await service.standings_of(session, person.id, bound, asked)
        told = person_subject(person.id, person.name)
        items = [StandingOut.told(standing, told) for standing in found]
        return StandingsOut(items=items, left_out=left_out)


async def _organisation(session: AsyncSession, subject: str) -> UUID | None:
    try:
        key = UUID(subject)
    except ValueError:
        return None
    found = await session.get(Organisation, key)
    return found.id if found else None


async def _whole_table(session: AsyncSession, unit: str, asked: Asked) -> TableOut:
    found = await tables.live_table(session, unit, asked, PageQuery(PAGE))
    cursor = found.next
    while cursor is not None:
        page = await tables.live_table(session, unit, asked, PageQuery(PAGE, cursor))
        found.rows.extend(page.rows)
        cursor = page.next
    found.next = None
    return found


async def _whole_board(session: AsyncSession, unit: str, asked: Asked) -> BoardOut:
    found = await duties.board(session, unit, asked, PageQuery(PAGE))
    cursor = found.next
    while cursor is not None:
        page = await duties.board(session, unit, asked, PageQuery(PAGE, cursor))
        found.rows.extend(page.rows)
        cursor = page.next
    found.next = None
    return found


async def _person(session: AsyncSession, subject: str) -> User:
    try:
        same = col(User.id) == UUID(subject)
    except ValueError:
        same = col(User.username) == normalised(subject)
    found = (await session.exec(select(User).where(same))).first()
    if found is None:
        raise NoSuchUser(f"没有单位、组织、用户名或人员编号是 {subject}。请核对后再试。")
    return found
