"""``zhucun policy adopt`` and ``zhucun policy adopted``."""

import getpass
import os
from datetime import date, datetime
from typing import Annotated, Any

import typer
import yaml
from sqlmodel import col, select

from app.auth.cli import ACTOR, run
from app.core.clock import now
from app.core.db import Database
from app.quotas.adopting import Basis
from app.quotas.adopting import adopt as adopt_pack
from app.quotas.errors import AdoptionInvalid
from app.quotas.models import Adoption, IssuingLevel


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
        "advisory": advisory or (),
    }

    async def work(base: Database) -> Adoption:
        further["settings"] = _pairs("--set", setting)
        further["parameters"] = _pairs("--parameter", parameter)
        return await _adopt(base, pack, unit, told, by or _who(), further)

    typer.echo(_told(run(work)))


def adopted() -> None:
    """列出全部启用记录:单位、政策包、起止、依据、决定人。"""
    for row in run(_adopted):
        typer.echo(_told(row))


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
