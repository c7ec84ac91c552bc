"""The table of a unit and its summary: from what was counted last where that holds, else live."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import TypeVar

from sqlalchemy import or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.db import Database
from app.core.paging import PageQuery
from app.org.models import DIGITS, Unit
from app.policy.periods import Period
from app.policy.standing import STATES, State
from app.postings.models import Post as PostKind
from app.postings.schemas import PersonOut
from app.quotas import adoptions, cells
from app.quotas.adoptions import Adoptions
from app.quotas.cells import Kept, Place
from app.quotas.counting import BATCH, Row, count, people_of
from app.quotas.schemas import (
    CellOut,
    PeriodOut,
    RowOut,
    SummaryOut,
    TableOut,
    UnitCountsOut,
    cell_key,
    keys_of,
)
from app.quotas.service import rules_of, unit_names
from app.quotas.standings import Asked

P = TypeVar("P", Row, Place)
Cells = list[CellOut]
#: people by unit, and states by unit, pack and rule
Counts = tuple[Counter[str], Counter[tuple[str, str, str, State]]]


async def table(
    base: Database, unit: str, asked: Asked, paging: PageQuery, today: date
) -> TableOut:
    """The people of a unit and what they have done, one page; see `Row.place` for the order."""
    kept = await cells.up_to_date(base, unit, asked, today)
    async with base.reading() as session:
        if kept is not None:
            return await _kept_table(session, kept, unit, asked, paging)
        return await live_table(session, unit, asked, paging)


async def live_table(session: AsyncSession, unit: str, asked: Asked, paging: PageQuery) -> TableOut:
    """The same, counted now."""
    people, in_force = await people_of(session, unit, asked)
    page, following = _cut(people, paging)
    found = [
        [CellOut.of(standing) for standing in standings]
        for standings in await count(session, page, asked)
    ]
    return await _table(session, asked, in_force, unit, page, found, following)


async def _kept_table(
    session: AsyncSession, kept: Kept, unit: str, asked: Asked, paging: PageQuery
) -> TableOut:
    page, following = _cut(await cells.places(session, kept, unit), paging)
    found = await cells.read(session, kept, [row.id for row in page])
    in_force = await adoptions.read(session, [unit])
    told = [found[row.id] for row in page]
    return await _table(session, asked, in_force, unit, page, told, following)


def _cut(people: Sequence[P], paging: PageQuery) -> tuple[list[P], str | None]:
    if paging.after is not None:
        after = (paging.text(0), paging.text(1), paging.text(2), paging.text(3))
        people = [row for row in people if row.place > after]
    return paging.cut(list(people[: paging.limit + 1]), lambda row: row.place)


async def _table(
    session: AsyncSession,
    asked: Asked,
    in_force: Adoptions,
    unit: str,
    page: Sequence[Row | Place],
    found: Sequence[Cells],
    following: str | None,
) -> TableOut:
    names = await unit_names(session, sorted({row.unit for row in page}))
    rules = rules_of(in_force, unit, asked)
    keys = keys_of(rules)
    return TableOut(
        period=PeriodOut.of(asked.periods[0]),
        on=asked.on,
        rules=rules,
        rows=[
            RowOut(
                person=PersonOut(id=row.id, name=row.name),
                unit=row.unit,
                unit_name=names[row.unit],
                kind=PostKind(row.kind),
                cells={cell_key(cell, keys): cell for cell in own},
            )
            for row, own in zip(page, found, strict=True)
        ],
        next=following,
        left_out=in_force.left_out(),
    )


async def summary(base: Database, unit: str, asked: Asked, today: date) -> SummaryOut:
    """How many people are in which state for each rule, in the unit and each unit below it."""
    kept = await cells.up_to_date(base, unit, asked, today)
    async with base.reading() as session:
        if kept is None:
            return await live_summary(session, unit, asked)
        in_force = await adoptions.read(session, [unit])
        found = await cells.counts(session, kept, unit, _below(unit))
        return await _summary(session, unit, asked, in_force, found)


async def live_summary(session: AsyncSession, unit: str, asked: Asked) -> SummaryOut:
    """The same, counted now."""
    people, in_force = await people_of(session, unit, asked)
    digits = _below(unit)
    heads: Counter[str] = Counter()
    counts: Counter[tuple[str, str, str, State]] = Counter()
    for start in range(0, len(people), BATCH):
        batch = people[start : start + BATCH]
        for row, found in zip(batch, await count(session, batch, asked), strict=True):
            for place in {unit, row.unit[:digits]} if len(row.unit) >= digits > 0 else {unit}:
                heads[place] += 1
                counts.update(
                    (place, standing.pack, standing.rule, standing.state)
                    for standing in found
                    if not standing.advisory
                )
    return await _summary(session, unit, asked, in_force, (heads, counts))


def _below(unit: str) -> int:
    """Digits of the units directly below; 0 below a village."""
    return min((digits for digits in DIGITS if digits > len(unit)), default=0)


async def _summary(
    session: AsyncSession, unit: str, asked: Asked, in_force: Adoptions, found: Counts
) -> SummaryOut:
    heads, counts = found
    rules = rules_of(in_force, unit, asked)
    names = await unit_names(session, [unit])
    children = await _children(session, unit, asked.periods[0])

    def of(code: str, name: str) -> UnitCountsOut:
        told = {
            rule.key: {state: counts[code, rule.pack, rule.id, state] for state in STATES}
            for rule in rules
        }
        return UnitCountsOut(unit=code, name=name, people=heads[code], counts=told)

    whole = of(unit, names[unit])
    return SummaryOut(
        **whole.model_dump(),
        period=PeriodOut.of(asked.periods[0]),
        on=asked.on,
        rules=rules,
        children=[of(code, name) for code, name in children],
        left_out=in_force.left_out(),
    )


async def _children(session: AsyncSession, unit: str, period: Period) -> list[tuple[str, str]]:
    """The units directly below that existed in the period, also those where nobody is posted."""
    query = (
        select(col(Unit.code), col(Unit.name))
        .where(
            col(Unit.parent) == unit,
            or_(col(Unit.valid_from).is_(None), col(Unit.valid_from) <= period.last),
            or_(col(Unit.valid_to).is_(None), col(Unit.valid_to) >= period.first),
        )
        .order_by(col(Unit.code))
    )
    return [(code, name) for code, name in (await session.exec(query)).all()]
