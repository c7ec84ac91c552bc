"""What an activity names must exist and be the author's to name; each fault in a clear sentence."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.activities.schemas import ActivityIn
from app.activities.sight import known_people
from app.auth.models import User
from app.checkins.errors import NoSuchVillage
from app.core.errors import NotFound
from app.org.models import Organisation, Unit
from app.postings import scope
from app.postings.scope import Caller

KEPT = "活动仍保存在手机上。"


async def check(session: AsyncSession, viewer: Caller, body: ActivityIn, day: date) -> None:
    """NotFound or NoSuchVillage for the first field that names what is not there.

    An activity may arrive after its author's post has ended: the posts of its day count as well.
    """
    then = replace(viewer, today=day)
    await _unit(session, (viewer, then), body.unit)
    if body.place.village is not None:
        found = await session.get(Unit, body.place.village)
        if found is None:
            raise NoSuchVillage
    await _attendees(session, viewer, body.attendees, day)
    await _organisations(session, (viewer, then), body.organisations)
    await _reports(session, body.reports)


async def _unit(session: AsyncSession, callers: tuple[Caller, Caller], unit: str) -> None:
    own = or_(*(scope.units(caller, col(Unit.code)) for caller in callers))
    if not (await session.exec(select(Unit.code).where(col(Unit.code) == unit, own))).first():
        raise NotFound(
            f"没有找到这个单位,或它不在您任职的范围内(unit):{unit}。"
            f"请改选您任职的村、乡镇或县,或由该单位的人登记;{KEPT}",
            errors=[{"where": "unit", "why": f"没有找到,或不在您任职的范围内:{unit}"}],
        )


async def _attendees(session: AsyncSession, viewer: Caller, people: list[UUID], day: date) -> None:
    if not people:
        return
    key = col(User.id)
    seen = or_(known_people(viewer, key, day), known_people(viewer, key, viewer.today))
    query = select(User.id).where(key.in_(people), seen)
    _all_found(
        "attendees", "没有找到这个人,或不是您能登记的人员", people,
        (await session.exec(query)).all(),
        f"请去掉这些人,把他们算进其他人数(guests),或请乡镇管理员登记;{KEPT}",
    )  # fmt: skip


async def _organisations(
    session: AsyncSession, callers: tuple[Caller, Caller], organisations: list[UUID]
) -> None:
    if not organisations:
        return
    key = col(Organisation.id)
    seen = or_(*(scope.organisations(c, key, col(Organisation.unit)) for c in callers))
    query = select(Organisation.id).where(key.in_(organisations), seen)
    _all_found(
        "organisations", "没有找到这个组织,或它与您任职的地方无关", organisations,
        (await session.exec(query)).all(),
        f"请刷新组织名单后重新选择,或请管理员核对该组织帮扶的村;{KEPT}",
    )  # fmt: skip


async def _reports(session: AsyncSession, reports: list[UUID | str]) -> None:
    if not reports:
        return
    codes = [told for told in reports if isinstance(told, str)]
    ids = [told for told in reports if isinstance(told, UUID)]
    units = select(Unit.code).where(col(Unit.code).in_(codes))
    organisations = select(Organisation.id).where(col(Organisation.id).in_(ids))
    found = {*(await session.exec(units)).all(), *(await session.exec(organisations)).all()}
    _all_found(
        "reports", "没有这个单位或组织", reports, found,
        f"请刷新名单后重新选择作汇报的单位;{KEPT}",
    )  # fmt: skip


def _all_found(
    field: str, why: str, asked: Iterable[object], found: Iterable[object], mend: str
) -> None:
    there = set(found)
    absent = [(n, key) for n, key in enumerate(asked) if key not in there]
    if not absent:
        return
    named = "、".join(str(key) for _, key in absent[:5]) + ("等" if len(absent) > 5 else "")
    raise NotFound(
        f"{why}({field}):{named}。{mend}",
        errors=[{"where": f"{field}.{n}", "why": f"{why}:{key}"} for n, key in absent],
    )
