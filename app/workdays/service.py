"""The working calendar of a unit: the shipped one, years entered from their notice, local days.

A year that nobody entered is missing: rules that count working days are not assessed in it.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.errors import InvalidBody, NotFound
from app.core.tables import HOUSE
from app.ledger import service as ledger
from app.org.divisions import county_of
from app.org.models import DIGITS, Unit
from app.policy.calendar import Calendar, CalendarMissing, national, shipped
from app.records import register
from app.records.service import Put
from app.workdays.errors import AlreadyEntered, SaysNothing
from app.workdays.models import NATIONAL, CalendarDay
from app.workdays.schemas import (
    DayOut,
    LocalDayIn,
    LocalDayOut,
    YearIn,
    YearOut,
    YearState,
    weekday,
)

Clause = ColumnElement[bool]
NO_SUCH_UNIT = "没有这个单位(unit),或不在您的管理范围内。请核对区划代码。"


async def calendar_for(session: AsyncSession, unit: str) -> Calendar:
    """The calendar that holds in this unit; ``""`` for the national one."""
    return (await calendars(session, [unit]))[unit]


async def calendars(session: AsyncSession, units: Iterable[str]) -> dict[str, Calendar]:
    """The calendar of each of these units, in one question; most of them are the same object."""
    wanted = sorted(set(units))
    scopes = {NATIONAL, *(code for unit in wanted for code in _above(unit))}
    rows = await _standing(session, col(CalendarDay.scope).in_(scopes))
    plain = _entered(national(), rows)
    made: dict[tuple[str, ...], Calendar] = {}
    local = {row.scope for row in rows} - {NATIONAL}
    out = {}
    for unit in wanted:
        own = tuple(code for code in _above(unit) if code in local)
        if own not in made:
            made[own] = _with_local(plain, [row for row in rows if row.scope in own])
        out[unit] = made[own]
    return out


def _above(unit: str) -> list[str]:
    """The unit and all above it, the highest first: the nearest speaks last."""
    return [unit[:digits] for digits in sorted(DIGITS) if digits <= len(unit)]


async def _standing(session: AsyncSession, *conditions: Clause) -> list[CalendarDay]:
    query = select(CalendarDay).where(~col(CalendarDay.dropped), *conditions)
    # a code's prefix sorts before it, so that the nearest unit comes last
    found = await session.exec(query.order_by(col(CalendarDay.scope), col(CalendarDay.day)))
    return list(found.all())


def _entered(calendar: Calendar, rows: Iterable[CalendarDay]) -> Calendar:
    """With the years that were entered from their notices; each replaces a shipped one."""
    years: dict[int, dict[date, bool]] = {}
    for row in rows:
        if row.scope == NATIONAL:
            years.setdefault(row.year, {})[row.day] = row.off
    return Calendar({**calendar.years, **years}) if years else calendar


def _with_local(calendar: Calendar, rows: Iterable[CalendarDay]) -> Calendar:
    """With a unit's own days; of a year that is missing they make no calendar."""
    years: dict[int, Mapping[date, bool]] = dict(calendar.years)
    for row in rows:
        if row.year in years:
            years[row.year] = {**years[row.year], row.day: row.off}
    return Calendar(years)


async def year_of(session: AsyncSession, year: int, unit: str | None) -> YearOut:
    """A year as it holds in a unit, or nationally, with the names and sources of its days."""
    scopes = {NATIONAL, *_above(unit or NATIONAL)}
    rows = await _standing(
        session, col(CalendarDay.scope).in_(scopes), col(CalendarDay.year) == year
    )
    entered = [row for row in rows if row.scope == NATIONAL]
    state, source, days = _national_days(year, entered)
    days |= {row.day: _day(row) for row in rows if row.scope != NATIONAL}
    calendar = _with_local(_entered(national(), rows), (r for r in rows if r.scope != NATIONAL))
    try:
        working = calendar.working_days(date(year, 1, 1), date(year, 12, 31))
    except CalendarMissing:
        working = None
    return YearOut(
        year=year,
        unit=unit,
        state=state,
        says=_says(year, state, working),
        source=source,
        working_days=working,
        days=[days[day] for day in sorted(days)],
    )


def _national_days(
    year: int, entered: list[CalendarDay]
) -> tuple[YearState, str | None, dict[date, DayOut]]:
    if entered:
        return YearState.entered, entered[0].source, {row.day: _day(row) for row in entered}
    told = shipped().get(year)
    if told is None:
        return YearState.missing, None, {}
    days = {}
    for said in told["days"]:
        day = date.fromisoformat(said["date"])
        days[day] = DayOut(
            id=None,
            date=day,
            weekday=weekday(day),
            name=said["name"],
            off=said["isOffDay"],
            unit=None,
            source=told["source"],
        )
    return YearState(told["status"]), told["source"], days


def _says(year: int, state: YearState, working: int | None) -> str:
    match state:
        case YearState.missing:
            return (
                f"缺少 {year} 年的工作日历:按工作日计算的规则不作考核。"
                "国务院办公厅发布放假安排通知后,请系统管理员录入。"
            )
        case YearState.provisional:
            return f"{year} 年的日历是暂定的,放假安排通知发布后须更新;全年 {working} 个工作日。"
        case _:
            return f"{year} 年共 {working} 个工作日。"


def _day(row: CalendarDay) -> DayOut:
    return DayOut(
        id=row.id if row.scope != NATIONAL else None,
        date=row.day,
        weekday=weekday(row.day),
        name=row.name,
        off=row.off,
        unit=row.scope or None,
        source=row.source,
    )


async def put_year(
    session: AsyncSession, year: int, body: YearIn, *, actor_id: UUID, received_at: datetime
) -> bool:
    """Make a year's national days those of the notice, each change logged; True when it was new.

    Days that the notice has no longer are dropped, not deleted. Raises ``InvalidBody``.
    """
    if wrong := body.check(year):
        faults = [
            {"where": f"days.{number}.date", "why": why, "kind": "value_error"}
            for number, why in wrong
        ]
        raise InvalidBody(f"日历有误:{wrong[0][1]}。改正后重新提交。", errors=faults)
    query = select(CalendarDay).where(
        col(CalendarDay.scope) == NATIONAL, col(CalendarDay.year) == year
    )
    found = (await session.exec(query.with_for_update())).all()
    stood = {row.day: row for row in found}
    fresh, changed = [], []
    for said in body.days:
        told: dict[str, Any] = {
            "name": said.name,
            "off": said.off,
            "source": body.source,
            "dropped": False,
        }
        row = stood.pop(said.day, None)
        if row is None:
            fresh.append(CalendarDay(county=HOUSE, scope=NATIONAL, year=year, day=said.day, **told))
        elif any(getattr(row, name) != value for name, value in told.items()):
            row.sqlmodel_update(told)
            changed.append(row)
    gone = [row for row in stood.values() if not row.dropped]
    for row in gone:
        row.dropped = True
    session.add_all(fresh)
    for rows, kind in ((fresh, "create"), (changed, "revise"), (gone, "end")):
        if rows:
            await ledger.append_many(session, rows, kind, actor_id, received_at)
    return not found


async def put_day(
    session: AsyncSession,
    day_id: UUID,
    body: LocalDayIn,
    may: Clause,
    *,
    actor_id: UUID,
    received_at: datetime,
) -> Put[CalendarDay]:
    """Enter a unit's own day, change or drop it; ``may`` says of which units (on ``Unit.code``)."""
    if not await _is_ones_own(session, body.unit, may):
        raise NotFound(NO_SUCH_UNIT)
    if not body.dropped:
        await _check(session, day_id, body)
    row = CalendarDay(
        id=day_id,
        county=county_of(body.unit),
        scope=body.unit,
        year=body.day.year,
        day=body.day,
        name=body.name,
        off=body.off,
        source=body.source,
        dropped=body.dropped,
    )

    async def changes(stood: CalendarDay) -> dict[str, Any] | None:
        if stood.scope == NATIONAL or not await _is_ones_own(session, stood.scope, may):
            return None
        if stood.scope != body.unit or stood.day != body.day:
            raise InvalidBody(
                "一条登记不能改为另一天或另一个单位。请撤销这一条(dropped),再新建一条。"
            )
        return register.differing(stood, row, "name", "off", "source", "dropped")

    return await register.put(session, row, changes, actor_id=actor_id, received_at=received_at)


async def _is_ones_own(session: AsyncSession, unit: str, may: Clause) -> bool:
    query = select(Unit.code).where(col(Unit.code) == unit, may)
    return (await session.exec(query)).first() is not None


async def _check(session: AsyncSession, day_id: UUID, body: LocalDayIn) -> None:
    """Nothing else stands for that day there, and it says something; else it is refused."""
    others = await _standing(
        session,
        col(CalendarDay.scope) == body.unit,
        col(CalendarDay.day) == body.day,
        col(CalendarDay.id) != day_id,
    )
    if others:
        raise AlreadyEntered
    above = _above(body.unit)[-2] if len(body.unit) > 2 else NATIONAL
    try:
        worked = (await calendar_for(session, above)).is_working(body.day)
    except CalendarMissing:
        return  # the notice is not out yet; then nothing can be compared with it
    if worked != body.off:
        kind = "工作日" if worked else "休息日"
        raise SaysNothing(
            f"{body.day}({weekday(body.day)})在上级和全国日历中本来就是{kind},不用另行登记。"
            "请核对日期和 off(true 休息、false 上班)。"
        )


def shown(row: CalendarDay) -> LocalDayOut:
    """A unit's own day on the wire."""
    return LocalDayOut(
        id=row.id,
        unit=row.scope,
        date=row.day,
        name=row.name,
        off=row.off,
        source=row.source,
        dropped=row.dropped,
        rev=row.rev,
    )
