"""``zhucun``: everything that is done at the machine. docs/commands.md tells when to use what."""

import asyncio
import logging
import os
import socket
import sys
from typing import Annotated

import typer
import uvicorn
from pydantic import ValidationError

from app import worker
from app.audit import app as ledger_app
from app.auth.cli import app as user_app
from app.auth.cli import run
from app.core import migrate as migrations
from app.core.clock import now
from app.core.db import Database
from app.core.settings import Settings
from app.core.storage import store_of
from app.demo.cli import demo
from app.doctor import examine
from app.evidence.cli import evidence
from app.org.cli import app as org_app
from app.photos.shelf import PHOTOS
from app.policy.cli import app as policy_app
from app.policy.reading import Fault
from app.policy.versions import read_all
from app.postings.cli import post
from app.quotas import cells
from app.quotas.cli import adopt, adopted, closed, quotas
from app.retention.cli import erase, erase_member_, retention
from app.spotchecks.cli import app as spot_check_app
from app.submissions.shelf import FILES
from app.uploads.sweep import sweep as swept

app = typer.Typer(
    help="驻村 zhucun:驻村签到、帮扶日志、考核计算。各命令的用法见 docs/commands.md。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(user_app, name="user")
app.add_typer(org_app, name="org")
app.add_typer(policy_app, name="policy")
app.add_typer(ledger_app, name="ledger")
app.add_typer(spot_check_app, name="spot-checks")
policy_app.command("adopt")(adopt)
policy_app.command("adopted")(adopted)
policy_app.command("closed")(closed)
app.command("quotas")(quotas)
app.command("demo")(demo)
app.command("evidence")(evidence)
app.command("erase")(erase)
app.command("erase-member")(erase_member_)
app.command("retention")(retention)
user_app.command("post")(post)


@app.command()
def serve(
    prepare: Annotated[
        bool, typer.Option("--prepare", help="先升级数据库,空库则装入示范数据,再启动")
    ] = False,
) -> None:
    """启动服务(地址和端口:ZHUCUN_HOST、ZHUCUN_PORT)。"""
    settings = Settings()
    if (why := _taken(settings.host, settings.port)) is not None:
        typer.echo(
            f"{settings.host}:{settings.port} 无法监听({why})。请先停止占用它的程序,"
            "或另选端口,例如 ZHUCUN_PORT=8001。",
            err=True,
        )
        raise typer.Exit(1)
    read_all()
    if prepare:  # in this process: each start of a program costs seconds
        migrate()
        demo(if_empty=True)
    else:
        _need_migrated()
    manual = "" if settings.production else f",接口文档 {settings.origin}/docs"
    typer.echo(f"打开 {settings.origin}/{manual}(按 Ctrl+C 停止)")
    uvicorn.run(
        "app.main:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        log_level=settings.log_level,
        access_log=False,
        proxy_headers=True,
        server_header=False,
        timeout_graceful_shutdown=10,
    )


def _taken(host: str, port: int) -> str | None:
    """Why nobody can listen there, or None; asked before the long part of a start."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.strerror or str(error)
    return None


def _need_migrated() -> None:
    if run(lambda base: migrations.standing(base.engine)) != migrations.newest():
        typer.echo("数据库尚未升级到本版本。请先运行 zhucun migrate,再启动服务。", err=True)
        raise typer.Exit(1)


@app.command("worker")
def work(
    once: Annotated[bool, typer.Option("--once", help="各任务做一遍就退出(供 cron 使用)")] = False,
) -> None:
    """定时任务:提醒、清理;同一数据库同时只有一个在工作(使用 PostgreSQL 时另起一个进程运行)。"""
    settings = Settings()
    read_all()
    _need_migrated()
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger("zhucun").setLevel(settings.log_level.upper())
    done = asyncio.run(worker.serve(settings, only_once=once))
    if done is None:
        typer.echo("另一个定时任务进程正在工作,本次未做任何事。", err=True)
    raise typer.Exit(0 if done is not False else 1)


@app.command()
def migrate() -> None:
    """把数据库升级到本版本(可反复运行)。"""
    settings = Settings()
    settings.data.mkdir(parents=True, exist_ok=True)
    asyncio.run(migrations.upgrade(settings.database))


@app.command()
def sweep() -> None:
    """清理:删除 30 天以上没有任何记录引用的照片和文件(每天由定时任务运行一次)。"""
    settings = Settings()
    photos, files = run(lambda base: _sweep(base, settings))
    typer.echo(f"已删除 {photos} 张照片、{files} 个文件")


@app.command()
def recount(
    county: Annotated[str | None, typer.Option(help="只清这个县(6 位代码);不填为全部")] = None,
) -> None:
    """丢弃考核汇总的缓存:下一次查询由记录重新计算,结果不变。"""
    typer.echo(f"已丢弃 {run(lambda base: _recount(base, county))} 份汇总;下一次查询时重新计算。")


async def _recount(base: Database, county: str | None) -> int:
    async with base.writing() as session:
        return await cells.drop(session, county)


async def _sweep(base: Database, settings: Settings) -> tuple[int, int]:
    store, at = store_of(settings), now()
    return await swept(base, store, PHOTOS, at), await swept(base, store, FILES, at)


@app.command()
def doctor() -> None:
    """检查运行环境:数据库、照片存储、密钥、日历、时区;每项一行,有问题时退出码为 1。"""
    findings = asyncio.run(examine(Settings()))
    for finding in findings:
        typer.echo(f"{'好 ok  ' if finding.fine else '错 BAD '} {finding.what}: {finding.says}")
    raise typer.Exit(0 if all(finding.fine for finding in findings) else 1)


def main() -> None:
    """Entry point: a bad setting or a broken policy pack is one clear line, not a traceback."""
    os.umask(0o077)  # names, positions and photos: only for the account that runs the service
    try:
        app()
    except ValidationError as error:
        for fault in error.errors():
            name = "ZHUCUN_" + "_".join(str(part) for part in fault["loc"]).upper()
            where = "" if name == "ZHUCUN_" else f"{name}: "
            print(f"设置有误 bad setting: {where}{fault['msg']}", file=sys.stderr)
        raise SystemExit(2) from error
    except Fault as fault:
        print(fault.one_line, file=sys.stderr)
        raise SystemExit(1) from fault
