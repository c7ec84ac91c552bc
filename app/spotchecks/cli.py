"""``zhucun spot-checks``: a draw repeated from what the database keeps."""

from uuid import UUID

import typer
from sqlmodel import col, select

from app.auth.cli import run
from app.core.db import Database
from app.spotchecks import drawing
from app.spotchecks.models import SpotCheck, SpotCheckItem, SpotCheckList

app = typer.Typer(help="抽查:重做一次抽取,核对名单和结果。", no_args_is_help=True)


@app.callback()
def spot_checks() -> None:
    """抽查:重做一次抽取,核对名单和结果。"""


@app.command("repeat")
def repeat(key: UUID) -> None:
    """按日志中的种子和名单重做一次抽取,与登记的结果比较;不一致时退出码为 1。"""
    lines, wrong = run(lambda base: repeated(base, key))
    typer.echo("\n".join(lines))
    for told in wrong:
        typer.echo(told, err=True)
    raise typer.Exit(1 if wrong else 0)


async def repeated(base: Database, key: UUID) -> tuple[list[str], list[str]]:
    """What was drawn, line by line, and what does not agree."""
    async with base.reading() as session:
        row = await session.get(SpotCheck, key)
        kept = await session.get(SpotCheckList, key)
        query = select(SpotCheckItem).where(col(SpotCheckItem.spot_check_id) == key)
        items = (await session.exec(query.order_by(col(SpotCheckItem.position)))).all()
    if row is None:
        return [], [f"没有这次抽查:{key}"]
    if row.drawn_at is None:
        return [f"种子摘要 {drawing.commitment(row.seed)}", "尚未抽取"], []
    if kept is None:
        return [f"种子 {row.seed}"], ["抽取时的名单不在了,无法重做:名单在抽取之后被删除"]
    wrong = []
    if drawing.digest(kept.lines) != row.list_digest:
        wrong.append("名单与日志中的摘要不符:名单在抽取之后被改动过")
    names = kept.lines.splitlines()
    drawn = drawing.drawn(row.seed, names, row.share_percent)
    stands = [drawing.line(item.person_id, item.village, item.day) for item in items]
    if drawn != stands:
        wrong.append("重做的结果与登记的不同:" + ";".join(sorted(set(drawn) ^ set(stands))[:5]))
    told = [
        f"单位 {row.unit} 月份 {row.month} 种子 {row.seed}",
        f"名单 {len(names)} 个驻村日 摘要 {drawing.digest(kept.lines)}",
        *drawn,
        f"抽取 {len(drawn)} 个,{'不一致' if wrong else '与登记的一致'}",
    ]
    return told, wrong
