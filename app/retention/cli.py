"""``zhucun erase``, ``erase-member`` and ``retention``."""

from typing import Annotated
from uuid import UUID

import typer

from app.auth.cli import person_of, run
from app.core.clock import SHANGHAI, now, today
from app.core.db import Database
from app.core.settings import Settings
from app.core.storage import store_of
from app.retention.classes import classes
from app.retention.erasing import Erased, Order, erase_member, erase_person

Reason = Annotated[str, typer.Option(help="为什么删除;永久保留,不得写入被删除人的姓名")]
OrderedBy = Annotated[str, typer.Option(help="下令的机关或负责人、文号")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只列出会删除什么,不作任何改动")]


def erase(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="用户名或人员编号")],
    reason: Reason,
    ordered_by: OrderedBy,
    dry_run: DryRun = False,
) -> None:
    """删除一个人的个人信息:记录、照片、账号姓名。不能撤销;记录簿照样核对得上,指令本身记入记录簿。"""
    order = Order(reason, ordered_by, now(), dry_run)
    _say(run(lambda base: _person(base, person, order)), dry_run=dry_run)


def erase_member_(
    member: Annotated[UUID, typer.Argument(metavar="MEMBER", help="家庭成员编号")],
    reason: Reason,
    ordered_by: OrderedBy,
    portraits: Annotated[
        bool, typer.Option("--portraits", help="连同该户全部头像(成员同意的头像总会删除)")
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """删除一个家庭成员(含未成年人)的姓名、关系、证件号、电话。不能撤销。"""
    order = Order(reason, ordered_by, now(), dry_run)
    done = run(lambda base: _member(base, member, order, portraits=portraits))
    _say(done, dry_run=dry_run)


def retention() -> None:
    """列出各类个人信息留存多久、到期怎么办、依据什么。"""
    then = {"coarsen": "模糊到约一公里", "blank": "清空", "erase": "删除", "order": "凭指令删除"}
    settings = Settings()
    for each in classes().values():
        before = each.before(today(), settings)
        until = "不自动处理" if before is None else f"{before} 以前的{then[each.then]}"
        typer.echo(f"{each.name}: {until if each.then != 'order' else then['order']}。{each.basis}")
        typer.echo(f"    {', '.join(each.fields)}")


async def _person(base: Database, told: str, order: Order) -> Erased:
    person = await person_of(base, told)
    done = await erase_person(base, store_of(Settings()), person.id, order)
    await base.emptied()
    return done


async def _member(base: Database, member: UUID, order: Order, *, portraits: bool) -> Erased:
    done = await erase_member(base, store_of(Settings()), member, order, portraits=portraits)
    await base.emptied()
    return done


def _say(done: Erased, *, dry_run: bool) -> None:
    typer.echo(
        f"{now().astimezone(SHANGHAI):%Y-%m-%d %H:%M} " + ("会删除:" if dry_run else "已删除:")
    )
    for name, number in sorted(done.rows.items()):
        if number:
            typer.echo(f"  {name} {number} 行")
    for name, number in sorted(done.blanked.items()):
        typer.echo(f"  {name} {number} 行只清空个人信息")
    typer.echo(f"  照片和文件 {done.objects} 个")
    if done.named:
        typer.echo("以下内容属于他人或单位,未删除,其中仍出现这个姓名(也可能是同名的人),请人工核对:")
        for name, number in done.named.items():
            typer.echo(f"  {name} {number} 行")
