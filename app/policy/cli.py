"""``zhucun policy list | show | check``: the packs themselves. Needs no database."""

from pathlib import Path
from typing import Annotated

import typer

from app.policy.check import check as check_files
from app.policy.loader import load_pack, shipped
from app.policy.pack import Pack, Rule

app = typer.Typer(help="政策包:列出、查看、启用、核对算例。", no_args_is_help=True)


@app.command("list")
def list_() -> None:
    """列出随程序提供的政策包:编号、版本、名称、规则数。"""
    for pack_id in shipped():
        pack = load_pack(pack_id)
        typer.echo(f"{pack.id}\t{pack.version}\t{pack.title}\t{len(pack.rules)} 条规则")


@app.command()
def show(pack: Annotated[str, typer.Argument(metavar="ID", help="政策包编号")]) -> None:
    """查看一个政策包:来源、口径设置、每条规则的对象、周期、标准和条款。"""
    try:
        found = load_pack(pack)
    except KeyError:
        typer.echo(f"没有政策包 {pack}。可用的有:{'、'.join(shipped())}。", err=True)
        raise typer.Exit(1) from None
    for line in _lines(found):
        typer.echo(line)


@app.command()
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE.yaml …]", help="算例或政策包文件")
    ] = None,
) -> None:
    """核对算例;不填文件时核对全部随附算例。有不符时每条一行(文件、算例、规则、应为、实为),退出码 1。"""
    found = check_files(files or ())
    for line in found.lines:
        typer.echo(line)
    raise typer.Exit(0 if found.ok else 1)


def _lines(pack: Pack) -> list[str]:
    source = pack.source
    lines = [
        f"{pack.id} {pack.version} {pack.title}",
        f"来源:{source.file},{source.issued} 年,{source.level} 级",
    ]
    if pack.settings:
        told = ", ".join(f"{name}={value}" for name, value in pack.settings.items())
        lines.append(f"口径设置(其余为默认):{told}")
    for rule in pack.rules.values():
        lines.extend(("", *_rule_lines(rule)))
    return lines


def _rule_lines(rule: Rule) -> list[str]:
    covers = f" {' '.join(rule.covers)}" if rule.covers else ""
    lines = [
        f"{rule.id} {rule.title}",
        f"  岗位 {' '.join(rule.posts)};周期 {rule.per};指标 {rule.metric}{covers};折算 {rule.prorate}",
    ]
    for value in rule.at_least:
        wanted = "文件未给出标准" if value.value is None else f"至少 {value.value} {value.unit}"
        lines.append(f"  自 {value.first} 起{wanted},条款 {value.clause}")
    if rule.due is not None:
        lines.append(f"  期限 {rule.due.on}(含),条款 {rule.due.clause}")
    return lines
