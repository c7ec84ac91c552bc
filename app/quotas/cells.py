"""Cells 汇总缓存: the standings of a county's people as they were counted last, kept to be read fast.

Everything here is derived: the engine counts, this room keeps what it said and for how much of the
log it is true. A question first has whoever was written about since counted anew, by the same
SELECTs and the same engine; so what is read is what counting everybody now would give. Rows of
past days are dropped, and all of it may be dropped at any time.

Only questions as of today are kept; any other day, and units above a county, are counted live.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import delete, func, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.core.db import Database, insert
from app.org.divisions import county_of
from app.policy.periods import parse
from app.policy.standing import STATES, Standing, State
from app.quotas import changes
from app.quotas.counting import BATCH, Row, count, people_of
from app.quotas.models import CellsBuilt, PersonCells
from app.quotas.schemas import CellOut
from app.quotas.standings import Asked

#: How often a question looks again when another one was quicker to write.
TURNS = 3
_COUNTY_DIGITS = 6
_LETTERS: dict[State, str] = dict(zip(STATES, "abcdefgh", strict=True))
_STATES: dict[str, State] = {letter: state for state, letter in _LETTERS.items()}
#: a rule that does not bind somebody, and one that is shown without being counted
_NONE, _ADVISORY = "-", "*"
#: what cells of one rule have in common, whoever's they are
_SHARED = ("rule", "pack", "version", "title", "period", "at_most", "unit", "clause", "due")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """The cells of one county, period and day; ``rules`` is what their numbers stand for."""

    county: str
    period: str
    day: date
    turn: int
    heads: dict[str, int]
    rules: list[dict[str, Any]]


async def up_to_date(base: Database, unit: str, asked: Asked, today: date) -> Kept | None:
    """The cells from which a question about this unit can be answered now; None = count live.

    A county is counted whole when somebody asks about it as a whole; its townships then read
    from the same cells.
    """
    if asked.on != today or asked.assumed or len(unit) < _COUNTY_DIGITS:
        return None
    county = county_of(unit)
    for _ in range(TURNS):
        async with base.reading() as session:
            kept = await _kept(session, county, asked)
            # before the facts: what comes later is counted again
            now = await changes.heads(session)
            if kept is not None and kept.heads == now:
                return kept
            whom = await changes.persons(session, kept.heads, now) if kept is not None else None
            if whom is None and unit != county:
                return None
            told = await _counted(session, county, asked, whom) if whom != set() else []
        await _keep(base, county, asked, kept, now, whom, told)
    return None


async def counts(
    session: AsyncSession, kept: Kept, unit: str, digits: int
) -> tuple[Counter[str], Counter[tuple[str, str, str, State]]]:
    """People and states in the unit and in each unit of so many digits below it."""
    heads: Counter[str] = Counter()
    found: Counter[tuple[str, str, str, State]] = Counter()
    below = func.substr(col(PersonCells.unit), 1, max(digits, len(unit)))
    query = (
        select(below, col(PersonCells.states), func.count())
        .where(*_of(kept), col(PersonCells.unit).startswith(unit))
        .group_by(below, col(PersonCells.states))
    )
    for place, states, number in (await session.exec(query)).all():
        for code in {unit, place} if len(place) >= digits > 0 else {unit}:
            heads[code] += number
            for rule, letter in zip(kept.rules, states, strict=False):
                if letter in _STATES:
                    found[code, rule["pack"], rule["rule"], _STATES[letter]] += number
    return heads, found


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person stands in the table; the same order as when counted live."""

    id: UUID
    name: str
    unit: str
    kind: str

    @property
    def place(self) -> tuple[str, str, str, str]:
        """By village, post, name."""
        return self.unit, self.kind, self.name, str(self.id)


async def places(session: AsyncSession, kept: Kept, unit: str) -> list[Place]:
    """The people of a unit in the order of its table."""
    query = (
        select(
            col(PersonCells.person_id),
            col(User.name),
            col(PersonCells.unit),
            col(PersonCells.kind),
        )
        .join(User, col(User.id) == col(PersonCells.person_id))
        .where(*_of(kept), col(PersonCells.unit).startswith(unit))
    )
    return sorted((Place(*row) for row in (await session.exec(query)).all()), key=_place)


def _place(row: Place) -> tuple[str, str, str, str]:
    return row.place


async def read(
    session: AsyncSession, kept: Kept, people: Sequence[UUID]
) -> dict[UUID, list[CellOut]]:
    """The cells of these people."""
    query = select(col(PersonCells.person_id), col(PersonCells.cells)).where(
        *_of(kept), col(PersonCells.person_id).in_(people)
    )
    return {
        person: [CellOut(**kept.rules[number], **own) for number, own in cells]
        for person, cells in (await session.exec(query)).all()
    }


async def drop(session: AsyncSession, county: str | None = None) -> int:
    """Forget what was kept, of one county or of all; how many questions were forgotten."""
    forgotten = 0
    for table in (PersonCells, CellsBuilt):
        gone = delete(table)
        if county is not None:
            gone = gone.where(col(table.county) == county)
        forgotten = int((await session.exec(gone)).rowcount)
    return forgotten


async def renew(base: Database, at: datetime, today: date, enough: Callable[[], bool]) -> int:
    """Count for today what was asked about yesterday, before anybody asks; how many questions."""
    async with base.reading() as session:
        asked = select(col(CellsBuilt.county), col(CellsBuilt.period), col(CellsBuilt.day))
        built = (await session.exec(asked)).all()
    done = {(county, period) for county, period, day in built if day == today}
    renewed = 0
    for county, key, day in sorted(built):
        period = parse(key, today)
        if day < today and (county, key) not in done and period.last >= day and not enough():
            await up_to_date(base, county, Asked.about(today, at, period), today)
            renewed += 1
    return renewed


async def _kept(session: AsyncSession, county: str, asked: Asked) -> Kept | None:
    query = select(CellsBuilt).where(
        CellsBuilt.county == county,
        CellsBuilt.period == asked.periods[0].key,
        CellsBuilt.day == asked.on,
    )
    row = (await session.exec(query)).first()
    if row is None:
        return None
    return Kept(county, row.period, row.day, row.turn, row.heads, row.rules)


async def _counted(
    session: AsyncSession, county: str, asked: Asked, whom: set[UUID] | None
) -> list[tuple[Row, list[Standing]]]:
    people, _ = await people_of(session, county, asked, whom)
    found: list[tuple[Row, list[Standing]]] = []
    for start in range(0, len(people), BATCH):
        batch = people[start : start + BATCH]
        found += zip(batch, await count(session, batch, asked), strict=True)
    return found


async def _keep(
    base: Database,
    county: str,
    asked: Asked,
    kept: Kept | None,
    heads: dict[str, int],
    whom: set[UUID] | None,
    told: Iterable[tuple[Row, list[Standing]]],
) -> None:
    """Write what was counted, unless somebody else was quicker."""
    numbers = _Numbers(kept.rules if kept is not None and whom is not None else [])
    key = {"county": county, "period": asked.periods[0].key, "day": asked.on}
    rows = [{**key, **numbers.row(row, found)} for row, found in told]
    async with base.writing() as session:
        if not await _take_turn(session, key, kept, heads, numbers.rules):
            return
        gone = delete(PersonCells).where(*_where(key))
        if whom is None:
            await session.exec(gone)
        else:
            for part in changes.parts(sorted(whom)):
                await session.exec(gone.where(col(PersonCells.person_id).in_(part)))
        for some in changes.parts(rows):
            await session.exec(insert(session, PersonCells), params=some)
        for table in (PersonCells, CellsBuilt):  # a day that is over is not asked about again
            await session.exec(
                delete(table).where(col(table.county) == county, col(table.day) < asked.on)
            )


async def _take_turn(
    session: AsyncSession,
    key: dict[str, Any],
    kept: Kept | None,
    heads: dict[str, int],
    rules: list[dict[str, Any]],
) -> bool:
    """Move the position on from where it was read; one writer does, the others look again."""
    if kept is None:
        row = {**key, "turn": 0, "heads": heads, "rules": rules}
        done = await session.exec(insert(session, CellsBuilt).values(row).on_conflict_do_nothing())
    else:
        moved = update(CellsBuilt).where(
            *_where(key, CellsBuilt), col(CellsBuilt.turn) == kept.turn
        )
        done = await session.exec(moved.values(turn=kept.turn + 1, heads=heads, rules=rules))
    return int(done.rowcount) == 1


def _where(key: dict[str, Any], table: Any = PersonCells) -> list[Any]:
    return [col(getattr(table, name)) == value for name, value in key.items()]


def _of(kept: Kept) -> list[Any]:
    return _where({"county": kept.county, "period": kept.period, "day": kept.day})


class _Numbers:
    """Numbers for what cells have in common, so that it is kept once and not for each person."""

    def __init__(self, rules: list[dict[str, Any]]) -> None:
        self.rules = list(rules)
        self._known = {_text(rule): number for number, rule in enumerate(rules)}

    def row(self, row: Row, found: list[Standing]) -> dict[str, Any]:
        """A person's row: one letter for each numbered rule, and the cells."""
        letters: dict[int, str] = {}
        cells = []
        for standing in found:
            cell = CellOut.of(standing).model_dump(mode="json", by_alias=False)
            shared = {name: cell.pop(name) for name in _SHARED}
            number = self._number(shared)
            letters[number] = _ADVISORY if standing.advisory else _LETTERS[standing.state]
            cells.append([number, cell])
        states = "".join(letters.get(n, _NONE) for n in range(max(letters, default=-1) + 1))
        return {
            "person_id": row.id,
            "unit": row.unit,
            "kind": row.kind,
            "states": states,
            "cells": cells,
        }

    def _number(self, rule: dict[str, Any]) -> int:
        known = self._known.setdefault(_text(rule), len(self.rules))
        if known == len(self.rules):
            self.rules.append(rule)
        return known


def _text(rule: dict[str, Any]) -> bytes:
    return orjson.dumps(rule, option=orjson.OPT_SORT_KEYS)
