"""``zhucun ledger verify | export | proof``: the log examined, published, and quoted from."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.cli import run
from app.core.clock import now
from app.core.db import Database
from app.core.errors import NotFound
from app.core.settings import Settings
from app.core.storage import Store, store_of
from app.examining import examine, logged
from app.ledger import auditing, proving, tiles, verifications
from app.ledger.auditing import Question
from app.ledger.checkpoint import BadNote, Signer, Verifier
from app.ledger.kept import Kept
from app.ledger.keys import signer
from app.ledger.models import LedgerCheckpoint, LedgerHead
from app.ledger.sealing import seal
from app.ledger.verify import Code, Exported, Finding, exit_code

app = typer.Typer(help="记录簿:核对、导出、出具证明。", no_args_is_help=True)


@app.command()
def verify(
    tiles_: Annotated[
        Path | None, typer.Option("--tiles", help="以前导出的文件夹:据此指出被改的是哪一条")
    ] = None,
    checkpoint: Annotated[
        list[Path] | None, typer.Option(help="另外保存的检查点文件,可填多个")
    ] = None,
    key: Annotated[
        list[str] | None, typer.Option(help="另外认可的公钥(更换密钥以前的),可填多个")
    ] = None,
    without_bytes: Annotated[
        bool, typer.Option("--without-bytes", help="不读取照片和文件的内容(快)")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="把时间和结果记下来,供“记录簿”页面查看")
    ] = False,
    nightly: Annotated[bool, typer.Option("--nightly", hidden=True)] = False,
) -> None:
    """核对记录簿与全部记录。退出码:0 无误,1 被改,2 缺失,3 未记入,4 分叉,5 签名不符,6 照片文件不符。"""
    settings = Settings()
    question = _question(signer(settings), tiles_, checkpoint or [], key or [])
    question.noted = list(Kept.of(settings).all())
    store = None if without_bytes else store_of(settings)
    if nightly:
        os.nice(10)  # whoever works at night comes first
    by = verifications.NIGHTLY if nightly else verifications.BY_HAND if keep else None
    found, leaves = run(lambda base: _verify(base, question, store, by))
    if as_json:
        told = {"leaves": leaves, "findings": [verifications.told(finding) for finding in found]}
        typer.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
    else:
        for finding in found:
            typer.echo(_line(finding))
        typer.echo(
            f"核对了 {leaves} 条记录簿条目:" + (f"{len(found)} 处不符。" if found else "无误。")
        )
    raise typer.Exit(exit_code(found))


def _line(finding: Finding) -> str:
    words = {
        Code.altered: "被改",
        Code.missing: "缺失",
        Code.unlogged: "未记入",
        Code.fork: "分叉",
        Code.signature: "签名不符",
        Code.bytes: "照片文件不符",
    }
    seq = "" if finding.seq is None else f" seq={finding.seq}"
    return (
        f"{words[finding.code]} {finding.code.name} table={finding.table} id={finding.id} "
        f"log={finding.log}{seq}: {finding.says}"
    )


def _question(
    ours: Signer, folder: Path | None, files: Iterable[Path], keys: Iterable[str]
) -> Question:
    """What is checked against; BadParameter for a file that cannot be read."""
    try:
        more = [Verifier.parse(told) for told in keys]
        notes = {str(file): file.read_text(encoding="utf-8") for file in files}
        if folder is not None:
            notes |= dict(tiles.exported_notes(folder))
    except (BadNote, OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(str(error)) from error

    def exported(log: str) -> Exported | None:
        if folder is None or not (folder / log).is_dir():
            return None
        return lambda number: tiles.exported_leaves(folder / log, number)

    logs = frozenset(f.name for f in folder.iterdir() if f.is_dir()) if folder else frozenset()
    return Question(
        keys=lambda log: [ours.verifier(log), *(key for key in more if key.name.endswith(log))],
        kept=notes,
        exported=exported,
        logs=logs,
    )


async def _verify(
    base: Database, question: Question, store: Store | None, by: str | None
) -> tuple[list[Finding], int]:
    begun = None
    if by is not None:
        async with base.writing() as session:
            begun = verifications.begin(session, by, now(), bytes_read=store is not None)
    async with auditing.snapshot(base) as session:
        found = [finding async for finding in examine(session, question, store)]
        leaves = sum((await session.exec(select(col(LedgerHead.size)))).all())
    if begun is not None:
        async with base.writing() as session:
            await verifications.end(session, begun, now(), leaves, found)
    return found, leaves


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="写入的文件夹,可反复导出到同一处")],
) -> None:
    """把记录簿导出为静态文件(C2SP tlog-tiles):检查点、哈希、条目;不含任何记录内容。"""
    settings = Settings()
    ours, kept = signer(settings), Kept.of(settings)
    try:
        logs = run(lambda base: _export(base, folder, ours, kept))
    except tiles.OtherHistory as error:
        typer.echo(f"{error} 与本次导出不同:该文件夹里是另一段历史,未覆盖。", err=True)
        raise typer.Exit(Code.fork) from error
    for log, size in logs.items():
        typer.echo(f"{log}\t{size}")


async def _export(
    base: Database, folder: Path, ours: Signer, kept: Kept | None = None
) -> dict[str, int]:
    await seal(base, ours, now(), kept=kept)
    done = dict[str, int]()
    async with auditing.snapshot(base) as session:
        query = select(LedgerCheckpoint).order_by(
            col(LedgerCheckpoint.log), col(LedgerCheckpoint.number)
        )
        notes = dict[str, list[LedgerCheckpoint]]()
        for row in (await session.exec(query)).all():
            notes.setdefault(row.log, []).append(row)
        for log, rows in notes.items():
            await _export_log(session, folder / log, log, rows)
            done[log] = rows[-1].size
    return done


async def _export_log(
    session: AsyncSession, folder: Path, log: str, rows: list[LedgerCheckpoint]
) -> None:
    writer, size = tiles.Writer(folder), rows[-1].size
    async for leaf in auditing.leaves_of(session, log):
        if leaf.seq < size:
            writer.take(leaf)
    await asyncio.to_thread(writer.end)
    for row in rows:
        tiles.write_once(folder / "checkpoints" / str(row.size), row.note.encode())
    tiles.write_once(folder / "verifier", f"{rows[0].key}\n".encode())
    fresh = folder / ".checkpoint.new"  # last: whoever reads it finds every tile
    fresh.write_bytes(rows[-1].note.encode())
    fresh.replace(folder / "checkpoint")


@app.command()
def proof(
    table: Annotated[str, typer.Argument(help="表名,如 check_ins")],
    row_id: Annotated[str, typer.Argument(metavar="ID", help="记录编号")],
    content: Annotated[
        bool, typer.Option("--content", help="连同现行版本的内容和盐值(含个人信息,谨慎外发)")
    ] = False,
) -> None:
    """出具一条记录在记录簿中的证明(JSON),可用 scripts/verify.py --proof 离线核对。"""
    settings = Settings()
    seals = partial(seal, signer=signer(settings), kept=Kept.of(settings))
    told = run(lambda base: _proof(base, seals, table, row_id, content=content))
    typer.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())


async def _proof(
    base: Database, seals: Callable[..., Awaitable[int]], table: str, row_id: str, *, content: bool
) -> dict[str, Any]:
    await seals(base, now=now())
    models = {str(model.__tablename__): model for model in logged()}
    async with auditing.snapshot(base) as session:
        told = await proving.of_row(session, table, row_id)
        if told is None:
            raise NotFound(f"记录簿里没有 {table} {row_id}。表名见 docs/evidence.md,编号须完整。")
        if content and table in models:
            told["content"] = await proving.content(session, models[table], row_id)
    return told
