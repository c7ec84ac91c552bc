"""Bringing the units of the database to a division list, repeatably and with every change logged."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.clock import civil_day
from app.core.db import insert
from app.core.tables import HOUSE
from app.ledger import service as ledger
from app.org.division_list import LEVEL_NAMES, Division, ImportRefused, ancestors_of
from app.org.models import DIGITS, Level, Unit

BATCH = 5_000
BATCH_IN = 500  # codes in one IN: databases bound the number of arguments


@dataclass
class Report:
    """What an import did, counted per level."""

    added: Counter[Level] = field(default_factory=Counter)
    renamed: Counter[Level] = field(default_factory=Counter)
    ended: Counter[Level] = field(default_factory=Counter)
    reopened: Counter[Level] = field(default_factory=Counter)
    unchanged: Counter[Level] = field(default_factory=Counter)

    def lines(self) -> list[str]:
        """One line per level, from province to village."""
        return [
            f"{LEVEL_NAMES[level]}:新增 {self.added[level]},改名 {self.renamed[level]},"
            f"撤销 {self.ended[level]},恢复 {self.reopened[level]},未变 {self.unchanged[level]}"
            for level in Level
        ]


def county_of(code: str) -> str:
    """The log and tenant of a unit: its county's code, ``HOUSE`` above a county."""
    return code[:6] if len(code) >= 6 else HOUSE


async def bring_up_to_date(
    session: AsyncSession,
    divisions: list[Division],
    under: str,
    *,
    actor: UUID | str,
    at: datetime,
    may_end_most: bool = False,
) -> Report:
    """Make the units under ``under`` those of ``divisions`` (what ``read`` gave for it).

    Unknown units are added, renamed ones renamed, vanished ones ended as of this civil day (they
    stay, with all their records), reappeared ones reopened. Ancestors are added or renamed, never
    ended. Every change has its leaf. A list that would end more than half of the units standing
    on a level is refused unless ``may_end_most``: it is more likely cut than right.
    """
    report, day = Report(), civil_day(at)
    standing = await _standing(session, under)
    listed = {division.code for division in divisions}
    vanished = [
        code
        for code, unit in standing.items()
        if code not in listed and code.startswith(under) and unit.valid_to is None
    ]
    if not may_end_most:
        _refuse_cut_list(standing, vanished, under)
    fresh, renamed, reopened = [], [], []
    for division in divisions:
        unit = standing.get(division.code)
        if unit is None:
            report.added[division.level] += 1
            fresh.append(_row(division))
        elif unit.valid_to is not None and division.code.startswith(under):
            report.reopened[division.level] += 1
            reopened.append(division.code)
        elif unit.name != division.name:
            report.renamed[division.level] += 1
            renamed.append(division.code)
        else:
            report.unchanged[division.level] += 1
    for code in vanished:
        report.ended[DIGITS[len(code)]] += 1
    await _add(session, fresh, actor, at)
    named = {division.code: division.name for division in divisions}
    await _revise(session, renamed, {}, named, "revise", actor, at)
    await _revise(session, reopened, {"valid_to": None}, named, "revise", actor, at)
    await _revise(session, vanished, {"valid_to": day}, {}, "end", actor, at)
    return report


@dataclass(frozen=True, slots=True)
class _Standing:
    name: str
    valid_to: date | None


async def _standing(session: AsyncSession, under: str) -> dict[str, _Standing]:
    """The units of the database under ``under``, and its ancestors."""
    found = await session.exec(
        select(col(Unit.code), col(Unit.name), col(Unit.valid_to)).where(
            col(Unit.code).startswith(under) | col(Unit.code).in_(ancestors_of(under))
        )
    )
    return {code: _Standing(name, valid_to) for code, name, valid_to in found.all()}


def _refuse_cut_list(standing: dict[str, _Standing], vanished: list[str], under: str) -> None:
    ending = Counter(len(code) for code in vanished)
    for digits, many in ending.items():
        stand = sum(
            len(code) == digits and code.startswith(under) and unit.valid_to is None
            for code, unit in standing.items()
        )
        if many > 1 and many * 2 > stand:
            raise ImportRefused(
                f"{LEVEL_NAMES[DIGITS[digits]]}:现有 {stand} 个单位中有 {many} 个不在文件中,"
                "将被撤销,文件可能不完整。未作任何更改。请核对文件;确需撤销的,加 --may-end-most 再导入。"
            )


def _row(division: Division) -> Unit:
    # the list does not say since when a unit exists: valid_from stays open
    return Unit(
        county=county_of(division.code),
        code=division.code,
        name=division.name,
        level=division.level.value,
        parent=division.parent,
    )


async def _add(session: AsyncSession, rows: list[Unit], actor: UUID | str, at: datetime) -> None:
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        await session.exec(insert(session, Unit), params=[row.model_dump() for row in batch])
        await ledger.append_many(session, batch, "create", actor, at)


async def _revise(
    session: AsyncSession,
    codes: list[str],
    over: dict[str, Any],
    named: dict[str, str],
    kind: str,
    actor: UUID | str,
    at: datetime,
) -> None:
    for start in range(0, len(codes), BATCH_IN):
        batch = codes[start : start + BATCH_IN]
        rows = (await session.exec(select(Unit).where(col(Unit.code).in_(batch)))).all()
        for row in rows:
            row.sqlmodel_update({**over, "name": named.get(row.code, row.name)})
        await ledger.append_many(session, rows, kind, actor, at)
