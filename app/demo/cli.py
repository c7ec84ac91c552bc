"""``zhucun demo``: the demonstration county into an empty database."""

import asyncio
import json
import os
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.auth.anchors import Anchors
from app.core.clock import today
from app.core.crypto import Sealer
from app.core.db import Database
from app.core.settings import Settings
from app.core.storage import Store
from app.demo.service import LOGINS, SEED, DemoRefused, House, Loaded, load
from app.demo.stories import told

COUNTY = "360321"


def demo(
    county: Annotated[str, typer.Option(help="县代码(随程序附带区划数据的县)")] = COUNTY,
    seed: Annotated[int, typer.Option(help="随机种子:同一种子、同一天得到同样的数据")] = SEED,
    townships: Annotated[
        int | None, typer.Option(min=2, help="只装入前几个乡镇(试用、测试)")
    ] = None,
    if_empty: Annotated[
        bool, typer.Option("--if-empty", help="数据库中已有真实数据时安静地跳过,不算错误")
    ] = False,
    stories: Annotated[bool, typer.Option("--stories", help="列出示范人物的故事")] = False,
) -> None:
    """把示范县装入空数据库,列出登录账号,并写入 <data>/demo-logins.json。

    县、乡、村是真实的,人员、农户、位置和记录全部是虚构的。
    """
    if stories:
        for line in told():
            typer.echo(line)
        return
    settings = Settings()
    try:
        if settings.production:
            raise DemoRefused(
                "正式环境(ZHUCUN_ENVIRONMENT=production)不装入示范数据:示范账号的密码是公开的。"
            )
        loaded = asyncio.run(_load(settings, county, seed, townships))
    except DemoRefused as refused:
        if if_empty:
            return
        typer.echo(str(refused), err=True)
        raise typer.Exit(1) from refused
    except (OperationalError, ProgrammingError) as error:
        typer.echo("数据库不可用或尚未建表。请先运行 zhucun migrate,再装入示范数据。", err=True)
        raise typer.Exit(1) from error
    _report(loaded, settings.data / "demo-logins.json")


async def _load(settings: Settings, county: str, seed: int, townships: int | None) -> Loaded:
    base = Database(settings.database)
    try:
        store = Store(
            settings.media,
            key=settings.media_key.get_secret_value(),
            secret=settings.media_secret.get_secret_value(),
        )
        house = House(
            base,
            store,
            Sealer(settings.field_key.get_secret_value()),
            Anchors(settings.refresh_key.get_secret_value()),
        )
        return await load(house, county, seed=seed, today=today(), townships=townships)
    finally:
        await base.dispose()


def _report(loaded: Loaded, file: Path) -> None:
    told_counts = ",".join(f"{name} {count}" for name, count in loaded.counts.items())
    done = "示范数据已装入" if loaded.fresh else "示范数据此前已装入,未作更改"
    typer.echo(f"{done}:{told_counts}。")
    _write_logins(file)
    typer.echo(f"登录账号(另存于 {file}):")
    for login in LOGINS:
        typer.echo(f"  {login.role:22}{login.username:22}{login.password}")
    typer.echo("人物故事:zhucun demo --stories")


def _write_logins(file: Path) -> None:
    """The listed logins, for whoever runs the demonstration."""
    listed = {
        login.role: {"username": login.username, "password": login.password} for login in LOGINS
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:  # noqa: PTH123  a mode from the first byte on
        json.dump(listed, out, indent=1)
        out.write("\n")
