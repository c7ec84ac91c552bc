"""``zhucun policy list | show | check``: the packs themselves. Needs no database."""

from pathlib import Path
from typing import Annotated

import typer

from app.policy.check import check as check_files
from app.policy.loader import load_pack, shipped
from app.policy.pack import DatedValue, Due, Pack, Rule

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
    for parameter in pack.parameters.values():
        lines.append(f"留白参数 {parameter.name}:{parameter.says}")
    for rule in pack.rules.values():
        lines.extend(("", *_rule_lines(rule)))
    return lines


def _rule_lines(rule: Rule) -> list[str]:
    counts = f" {' '.join((*rule.covers, *rule.counts))}" if rule.covers or rule.counts else ""
    lines = [
        f"{rule.id} {rule.title}",
        f"  {_who(rule)};周期 {rule.per};指标 {rule.metric}{counts};折算 {rule.prorate}",
    ]
    for value in rule.at_least:
        lines.append(f"  自 {value.first} 起{_wanted(value)},条款 {value.clause}")
    if rule.due is not None:
        lines.append(f"  期限 {_due(rule.due)}(含),条款 {rule.due.clause}")
    marks = [
        ("只作记录、不考核", rule.info),
        ("参考性", rule.advisory),
        ("分村计算", rule.each_village),
    ]
    if any(held for _, held in marks):
        lines.append(f"  {'、'.join(word for word, held in marks if held)}")
    return lines


def _who(rule: Rule) -> str:
    posts = f"岗位 {' '.join(rule.posts)}" if rule.posts else ""
    subjects = f"单位 {' '.join(rule.subjects)}" if rule.subjects else ""
    return ";".join(word for word in (posts, subjects) if word)


def _wanted(value: DatedValue) -> str:
    if value.figures:
        return "至少 " + "、".join(f"{name} {least}" for name, least in value.figures.items())
    if value.parameter is not None:
        return f"标准由参数 {value.parameter} 设定"
    if value.value is None:
        return "文件未给出标准"
    least = f"{value.value}/{value.of}" if value.of else str(value.value)
    most = f"、至多 {value.at_most}" if value.at_most is not None else ""
    return f"至少 {least}{most} {value.unit}"


def _due(due: Due) -> str:
    match due.form:
        case "on":
            return str(due.on)
        case "after_end":
            return f"本期结束后第 {due.day} 日"
        case "after_start":
            return f"本期开始后 {due.day} 日"
        case "day_of_last_month":
            return f"本期最后一个月 {due.day} 日"
        case "month_day":
            return f"{due.month} 月 {due.day} 日"
        case "after_event":
            return f"事项发生后 {due.day} 日"
