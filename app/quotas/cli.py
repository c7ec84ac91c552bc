"""``zhucun policy adopt``, ``zhucun policy adopted`` and ``zhucun quotas``."""

import getpass
import os
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
import typer
import yaml
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.cli import ACTOR, run
from app.auth.errors import NoSuchUser
from app.auth.models import User
from app.auth.throttle import normalised
from app.core.clock import now, today
from app.core.db import Database
from app.core.paging import PageQuery
from app.org.models import Organisation, Unit
from app.policy.cli import app as policy_app
from app.quotas import duties, service, tables
from app.quotas.adopting import Basis
from app.quotas.adopting import adopt as adopt_pack
from app.quotas.errors import AdoptionInvalid
from app.quotas.models import Adoption, IssuingLevel
from app.quotas.schemas import CellOut, StandingOut, StandingsOut, TableOut, person_subject
from app.quotas.standings import Asked

__all__ = ["policy_app", "quotas"]
PAGE = 200


@policy_app.command()
def adopt(
    pack: Annotated[str, typer.Argument(metavar="ID", help="政策包编号,见 zhucun policy list")],
    unit: Annotated[str, typer.Option(help="在哪个单位(及其下级)启用:区划代码")],
    basis: Annotated[str, typer.Option(help="启用依据,一句话:文件名称、文号、发文机关")],
    version: Annotated[str | None, typer.Option(help="政策包版本;不填则为最新版本")] = None,
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="自哪天起;不填则按文件本身的日期"),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option("--until", formats=["%Y-%m-%d"], help="到哪天止(含);不填则不限"),
    ] = None,
    document: Annotated[str, typer.Option(help="依据文件的名称")] = "",
    number: Annotated[str, typer.Option(help="文号")] = "",
    issued_by: Annotated[str, typer.Option("--issued-by", help="发文机关")] = "",
    level: Annotated[IssuingLevel, typer.Option(help="发文机关级别")] = IssuingLevel.unsaid,
    valid_from: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="依据自哪天起有效")
    ] = None,
    valid_until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="依据到哪天失效(含)")
    ] = None,
    setting: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="口径设置,可多次")
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option("--parameter", metavar="NAME=VALUE", help="文件留白的数,可多次;不填则不考核"),
    ] = None,
    advisory: Annotated[
        list[str] | None, typer.Option(metavar="RULE", help="只提示、不考核的规则,可多次")
    ] = None,
    by: Annotated[str, typer.Option(help="谁决定启用")] = "",
) -> None:
    """启用一个政策包;未启用的政策包不考核任何人。再次启用同一个包即为更正,以最后一次为准。"""
    told = Basis(
        basis, document, number, issued_by, level.value, _day(valid_from), _day(valid_until)
    )
    further: dict[str, Any] = {
        "version": version,
        "since": _day(since),
        "until": _day(until),
        "settings": _pairs("--set", setting),
        "parameters": _pairs("--parameter", parameter),
        "advisory": advisory or (),
    }
    typer.echo(_told(run(lambda base: _adopt(base, pack, unit, told, by or _who(), further))))


@policy_app.command()
def adopted() -> None:
    """列出全部启用记录:单位、政策包、起止、依据、决定人。"""
    for row in run(_adopted):
        typer.echo(_told(row))


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
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON,与接口相同")] = False,
) -> None:
    """一个人或一个单位的考核完成情况。"""
    day = on.date() if on else today()
    found = run(lambda base: _quotas(base, subject, period, day))
    if as_json:
        typer.echo(orjson.dumps(found.model_dump(mode="json", by_alias=True)).decode())
        return
    for line in _person_lines(found) if isinstance(found, StandingsOut) else _table_lines(found):
        typer.echo(line)


def _who() -> str:
    """The account at the machine; in a container it may have no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _pairs(option: str, told: list[str] | None) -> dict[str, Any]:
    """``NAME=VALUE`` as YAML reads a value: 3, 0.5, true, null, a word, [a, b]."""
    found = {}
    for pair in told or ():
        name, equals, value = pair.partition("=")
        if not equals:
            raise AdoptionInvalid(f"{option} {pair} 写法有误。请写成 {option} 名称=值。")
        try:
            found[name.strip()] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise AdoptionInvalid(
                f"{option} {pair} 的值无法识别。请写成数字、词或 null。"
            ) from None
    return found


async def _adopt(
    base: Database, pack: str, unit: str, basis: Basis, by: str, further: dict[str, Any]
) -> Adoption:
    async with base.writing() as session:
        return await adopt_pack(session, pack, unit, basis, by=by, at=now(), actor=ACTOR, **further)


async def _adopted(base: Database) -> list[Adoption]:
    query = select(Adoption).order_by(
        col(Adoption.unit), col(Adoption.pack), col(Adoption.adopted_at)
    )
    async with base.reading() as session:
        return list((await session.exec(query)).all())


def _told(row: Adoption) -> str:
    span = f"{row.since or '文件之日'} 起" + (f"至 {row.until} 止" if row.until else "")
    return (
        f"{row.unit} 启用 {row.pack} {row.version},{span};依据:{row.basis};决定人:{row.adopted_by}"
    )


async def _quotas(base: Database, subject: str, key: str, day: date) -> StandingsOut | TableOut:
    asked = service.asked_about(key, day, now())
    async with base.reading() as session:
        if await session.get(Unit, subject) is not None:
            return await _whole_table(session, subject, asked)
        organisation = await _organisation(session, subject)
        if organisation is not None:
            items = await duties.of_organisation(session, organisation, asked)
            return StandingsOut(items=items)
        person = await _person(session, subject)
        bound = await service.bound_of(session, person.id, asked)
        found = await service.standings_of(session, person.id, bound, asked)
        told = person_subject(person.id, person.name)
        return StandingsOut(items=[StandingOut.told(standing, told) for standing in found])


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


async def _person(session: AsyncSession, subject: str) -> User:
    try:
        same = col(User.id) == UUID(subject)
    except ValueError:
        same = col(User.username) == normalised(subject)
    found = (await session.exec(select(User).where(same))).first()
    if found is None:
        raise NoSuchUser(f"没有单位、组织、用户名或人员编号是 {subject}。请核对后再试。")
    return found


def _person_lines(found: StandingsOut) -> list[str]:
    lines = [
        f"{item.rule} {item.title}({item.period.key})\n  {_cell(item)}  {item.why}"
        for item in found.items
    ]
    return lines or ["本周期没有适用的规则:该人员没有相应任职,或所在单位未启用政策包。"]


def _table_lines(found: TableOut) -> list[str]:
    lines = [f"{found.period.key},截至 {found.on}"]
    lines.extend(f"{rule.id} {rule.title}" for rule in found.rules)
    for row in found.rows:
        cells = "  ".join(f"{rule} {_cell(cell)}" for rule, cell in row.cells.items())
        lines.append(f"{row.unit} {row.unit_name}\t{row.kind}\t{row.person.name}\t{cells}")
    return lines if found.rules else [*lines, "本周期没有启用的规则。"]


def _cell(cell: CellOut) -> str:
    need = "-" if cell.need is None else cell.need
    return f"{cell.have}/{need} {cell.state}"
