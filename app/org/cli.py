"""``zhucun org``: units from the statistical division list."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.core.clock import now
from app.core.db import Database
from app.core.settings import Settings
from app.org.division_list import Division, ImportRefused, read
from app.org.divisions import Report, bring_up_to_date

ACTOR = "cli"
app = typer.Typer(help="行政区划:导入统计用区划代码。", no_args_is_help=True)


@app.callback()
def org() -> None:
    """行政区划:导入统计用区划代码。"""


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="区划 JSON 文件,或含五个列表文件的文件夹")],
    under: Annotated[str, typer.Option(help="只导入此代码以下的单位(连同其上级)")],
    may_end_most: Annotated[
        bool, typer.Option("--may-end-most", help="允许撤销某级一半以上的单位")
    ] = False,
) -> None:
    """导入 UNDER 以下的单位;可反复运行:新增、改名、撤销(不删除)、恢复,每级报告一行。"""
    try:
        divisions = read(path, under)
        report = asyncio.run(_import(divisions, under, may_end_most=may_end_most))
    except ImportRefused as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(1) from refused
    except (OperationalError, ProgrammingError) as error:
        typer.echo("数据库不可用或尚未建表。请先运行 zhucun migrate,再重新导入。", err=True)
        raise typer.Exit(1) from error
    for line in report.lines():
        typer.echo(line)


async def _import(divisions: list[Division], under: str, *, may_end_most: bool) -> Report:
    database = Database(Settings().database)
    try:
        async with database.writing() as session:
            return await bring_up_to_date(
                session, divisions, under, actor=ACTOR, at=now(), may_end_most=may_end_most
            )
    finally:
        await database.dispose()
