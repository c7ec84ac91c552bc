"""``zhucun evidence``: one person's pack of one period, from the machine."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from app.auth.cli import ACTOR, person_of, run
from app.core.clock import now, today
from app.core.db import Database
from app.core.settings import Settings
from app.core.storage import store_of
from app.evidence.gathering import Seen
from app.evidence.pack import House, Order, make
from app.evidence.periods import period_of


def evidence(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="用户名或人员编号")],
    period: Annotated[str, typer.Option(help="考核周期,如 2026-Q4、2026-11")],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.zip",
            help="写入的文件,不覆盖已有的;不写则在当前文件夹,文件名含周期和摘要,不含姓名",
        ),
    ] = None,
    originals: Annotated[
        bool, typer.Option("--originals", help="连同照片原图(仅供审计,注意保管)")
    ] = False,
) -> None:
    """出具证据包:一人一期的全部记录、照片、疑点与决定,连同可离线核对的证明。本次导出会记入记录簿。"""
    if out is not None and out.exists():
        typer.echo(f"{out} 已存在,未覆盖。请换一个文件名。", err=True)
        raise typer.Exit(1)
    file, size = run(lambda base: _evidence(base, person, period, out, originals=originals))
    typer.echo(f"{file}  {size} 字节。核对:python3 scripts/verify.py {file}")


async def _evidence(
    base: Database, person: str, key: str, out: Path | None, *, originals: bool
) -> tuple[Path, int]:
    settings = Settings()
    found = await person_of(base, person)
    house = House.of(base, store_of(settings), settings)
    order = Order(
        found.id, period_of(key, today()), ACTOR, "cli", now(), Seen.all(), originals=originals
    )
    made = await make(house, order)
    path = out or Path(made.name)
    with made.bytes as packed, path.open("xb") as file:
        shutil.copyfileobj(packed, file)
        return path, file.tell()
