"""``zhucun ledger verify | export | proof``: the log examined, published, and quoted from."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import orjson
import typer
from sqlalchemy import func
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app import tables as all_tables
from app.activities.models import Activity, ActivityAttendee, ActivityOrganisation
from app.auth.cli import run
from app.core.clock import now
from app.core.db import Database
from app.core.errors import NotFound
from app.core.settings import Settings
from app.core.storage import Absent, Store, store_of
from app.core.tables import Logged
from app.diaries.models import Diary
from app.ledger import auditing, proving, tiles, verifications
from app.ledger.auditing import Question
from app.ledger.checkpoint import BadNote, Signer, Verifier
from app.ledger.kept import Kept
from app.ledger.keys import signer
from app.ledger.models import LedgerCheckpoint, LedgerHead
from app.ledger.sealing import seal
from app.ledger.verify import Code, Exported, Finding, exit_code
from app.photos.shelf import PHOTOS
from app.quotas.closed import is_as_logged
from app.quotas.models import Closing, ErasedStanding
from app.retention.models import Erasure
from app.spotchecks import drawing
from app.spotchecks.models import SpotCheck, SpotCheckList
from app.submissions.models import Submission
from app.submissions.shelf import FILES
from app.uploads.shelf import Shelf

__all__ = ["all_tables", "app"]
PAGE = 500
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


def logged() -> list[type[Logged]]:
    """Every table whose rows have leaves."""
    return [model for model in _below(Logged) if hasattr(model, "__table__")]


def _below(model: type[Logged]) -> Iterator[type[Logged]]:
    for each in model.__subclasses__():
        yield each
        yield from _below(each)


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


async def examine(
    session: AsyncSession, question: Question, store: Store | None
) -> AsyncIterator[Finding]:
    """Everything that does not hold; without a store no bytes are read."""
    async for finding in auditing.check(session, question, logged()):
        yield finding
    for beside in (_closings, _erased, _frozen, _attended, _bound, _diaries, _submissions):
        try:
            async for finding in beside(session):
                yield finding
        except auditing.UNREADABLE:
            continue  # a row with a value that cannot be read: it is named already
    for shelf in (PHOTOS, FILES):
        async for finding in _bytes(session, shelf, store):
            yield finding


async def _closings(session: AsyncSession) -> AsyncIterator[Finding]:
    """Whether what was closed is what was logged as closed."""
    for closing in (await session.exec(select(Closing))).all():
        if not await is_as_logged(session, closing):
            says = "its standings are not those whose digest was logged"
            yield Finding(Code.altered, "closed_standings", str(closing.id), says, closing.county)


async def _erased(session: AsyncSession) -> AsyncIterator[Finding]:
    """Whether an order to erase stands behind every standing of which only the digest is left."""
    count = func.count(col(ErasedStanding.digest))
    query = select(col(ErasedStanding.erasure_id), count).group_by(col(ErasedStanding.erasure_id))
    left = dict((await session.exec(query)).all())
    for order in (await session.exec(select(Erasure))).all():
        ordered = order.rows.get("closed_standings", 0)
        if left.pop(order.id, 0) != ordered:
            says = f"not the {ordered} standings that its order erased"
            yield Finding(Code.altered, "erased_standings", str(order.id), says, order.county)
    for key in left:
        says = "no order to erase tells of these standings"
        yield Finding(Code.unlogged, "erased_standings", str(key), says)


async def _frozen(session: AsyncSession) -> AsyncIterator[Finding]:
    """Whether the list that a spot check drew from is the one whose digest was logged."""
    name = str(SpotCheckList.__tablename__)
    for drawn in (await session.exec(select(SpotCheck))).all():
        kept = await session.get(SpotCheckList, drawn.id)
        says, code = "", Code.altered
        if drawn.list_digest is None:
            says = "a list that was never drawn from" if kept is not None else ""
            code = Code.unlogged
        elif kept is None:
            says, code = "the list that was drawn from is not there", Code.missing
        elif drawing.digest(kept.lines) != drawn.list_digest or kept.county != drawn.county:
            says = "not the list whose digest was logged with the draw"
        if says:
            yield Finding(code, name, str(drawn.id), says, drawn.county)
        session.expunge_all()  # a county's list of a month is long
    stray = select(col(SpotCheckList.spot_check_id)).where(
        col(SpotCheckList.spot_check_id).not_in(select(col(SpotCheck.id)))
    )
    for key in (await session.exec(stray)).all():
        yield Finding(Code.unlogged, name, str(key), "of a spot check that is not there")


def _attended(session: AsyncSession) -> AsyncIterator[Finding]:
    return _listed(session, ActivityAttendee)


def _bound(session: AsyncSession) -> AsyncIterator[Finding]:
    return _listed(session, ActivityOrganisation)


def _diaries(session: AsyncSession) -> AsyncIterator[Finding]:
    return _chained(session, Diary)


def _submissions(session: AsyncSession) -> AsyncIterator[Finding]:
    return _chained(session, Submission)


async def _listed(
    session: AsyncSession, index: type[ActivityAttendee] | type[ActivityOrganisation]
) -> AsyncIterator[Finding]:
    """Whether the rows by which an activity counts for people are those that it names."""
    attending = index is ActivityAttendee
    name = str(index.__tablename__)
    after = UUID(int=0)
    while True:
        query = select(Activity).where(col(Activity.id) > after).order_by(col(Activity.id))
        activities = (await session.exec(query.limit(PAGE))).all()
        ids = [activity.id for activity in activities]
        rows: Any = select(index).where(col(index.activity_id).in_(ids))  # one of two types
        told = dict[UUID, list[tuple[Any, ...]]]()
        for row in await session.exec(rows.order_by(col(index.position))):
            key = row.person_id if isinstance(row, ActivityAttendee) else row.organisation_id
            part = (str(key), row.position, row.day, row.county)
            told.setdefault(row.activity_id, []).append(part)
        for each in activities:
            there = told.get(each.id, [])
            named = each.attendees if attending else each.organisations
            if there != [(key, n, each.day, each.county) for n, key in enumerate(named)]:
                says = f"not those that the activity names: {len(there)} of {len(named)}"
                yield Finding(Code.altered, name, str(each.id), says, each.county)
            if attending and each.attendances != len(named) + each.guests:
                says = "attendances are not attendees and guests together"
                yield Finding(Code.altered, "activities", str(each.id), says, each.county)
        session.expunge_all()
        if len(activities) < PAGE:
            break
        after = ids[-1]
    stray = select(col(index.activity_id)).where(
        col(index.activity_id).not_in(select(col(Activity.id)))
    )
    for activity_id in (await session.exec(stray.distinct())).all():
        yield Finding(Code.unlogged, name, str(activity_id), "of an activity that is not there")


async def _chained(
    session: AsyncSession, model: type[Diary] | type[Submission]
) -> AsyncIterator[Finding]:
    """Whether each version hangs below the first one: that is where the one it replaces hangs."""
    earlier = aliased(model)
    first = (
        select(func.coalesce(col(earlier.root), col(earlier.id)))
        .where(col(earlier.id) == col(model.replaces))
        .scalar_subquery()
    )
    query = select(col(model.id), col(model.county)).where(col(model.root).is_distinct_from(first))
    for row_id, county in (await session.exec(query)).all():
        says = "root is not the first of its versions"
        yield Finding(Code.altered, str(model.__tablename__), str(row_id), says, county)


async def _bytes(
    session: AsyncSession, shelf: Shelf, store: Store | None
) -> AsyncIterator[Finding]:
    """Whether what was uploaded is there, and still what its name, the SHA-256, says."""
    name = str(shelf.holding.__tablename__)
    uploaded, holding, after = shelf.uploaded, shelf.holding, ""
    while True:
        query = (
            select(col(uploaded.sha256), col(holding.sha256))
            .outerjoin(holding, col(holding.sha256) == col(uploaded.sha256))
            .where(col(uploaded.sha256) > after)
            .distinct()
            .order_by(col(uploaded.sha256))
            .limit(PAGE)
        )
        rows: list[Any] = list((await session.exec(query)).all())  # an outer join has no type
        for sha256, held in rows:
            if held is None:
                yield Finding(Code.missing, name, sha256, "uploaded, and no row tells of it")
            if store is None:
                continue
            try:
                data = await store.get(shelf.keys(sha256)[0])
            except Absent:
                yield Finding(Code.bytes, name, sha256, "the bytes are not in the store")
                continue
            if hashlib.sha256(data).hexdigest() != sha256:
                yield Finding(Code.bytes, name, sha256, "the bytes are not those of this hash")
        if len(rows) < PAGE:
            return
        after = rows[-1][0]


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
