"""Adoptions 政策包启用: which pack is in force in a unit on a day.

Without an adoption no rule holds anywhere. An adoption holds for its unit and all below, from
its first day to its last, and never outside the validity 有效期 of its legal basis. It names one
version of a pack, and that version speaks until another adoption names another.

Of several adoptions of one pack the nearest unit speaks: a township's own one replaces the
county's inside the township. Of a unit's own the last one made that has begun speaks; one with
its last day behind it means that the pack has ended there, and what the unit above adopted holds
again. Packs of different documents add up: a township's own plan does not repeal the county's.

An adopted version that this program does not hold is left out, and whoever reads is told so.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.tables import HOUSE
from app.org.divisions import county_of
from app.org.models import DIGITS
from app.policy.calendar import Calendar, national
from app.policy.pack import Pack, Parameter, Rule
from app.policy.versions import load_version
from app.quotas.adopting import adopt
from app.quotas.models import Adoption
from app.workdays.service import calendars

__all__ = ["Adoptions", "InForce", "adopt", "pack_of", "packs_for", "read", "says_lost"]


@dataclass(frozen=True, slots=True)
class InForce:
    """A pack in force on a day, by which adoption, and since when without a gap.

    ``begins`` is None when the adoption names no first day: the pack's own dates hold.
    """

    pack: Pack
    adoption: Adoption
    begins: date | None

    def effective_from(self, rule: Rule) -> date:
        """The first day of a rule here: that of the document or of the adoption, the later."""
        return max(rule.effective_from, self.begins or date.min)

    @property
    def settings(self) -> dict[str, Any]:
        """How the adoption reads the document's open questions, its blanks filled in."""
        blanks = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in self.adoption.parameters.items()
        }
        return {**self.adoption.settings, **blanks}

    def is_advisory(self, rule: Rule) -> bool:
        """Shown beside, not assessed: by the pack itself or by this adoption."""
        return rule.advisory or rule.info or rule.id in self.adoption.advisory

    def blanks(self) -> list[Parameter]:
        """What the document left blank 留白参数 and nobody filled in: not assessed."""
        told = self.adoption.parameters
        return [
            parameter
            for parameter in self.pack.parameters.values()
            if told.get(parameter.name, parameter.default) in (None, [], ())
        ]


class Adoptions:
    """The adoptions of some counties, ready to be asked unit by unit."""

    def __init__(
        self, rows: Iterable[Adoption], calendars: Mapping[str, Calendar] | None = None
    ) -> None:
        self._calendars = calendars or {}
        self._said: dict[tuple[str, str], list[Adoption]] = {}
        for row in sorted(rows, key=lambda row: (row.adopted_at, row.id)):
            self._said.setdefault((row.pack, row.unit), []).append(row)
        self._packs = sorted({pack for pack, _ in self._said})
        self._found: dict[tuple[str, date], list[InForce]] = {}
        self._lost: dict[UUID, Adoption] = {}

    def calendar(self, unit: str) -> Calendar:
        """The working calendar of a unit, local rest days included."""
        return self._calendars.get(unit) or national()

    def over(self, unit: str, day: date) -> list[InForce]:
        """The packs in force in this unit on this day, in the order of their ids."""
        if (unit, day) not in self._found:
            self._found[unit, day] = list(self._over(unit, day))
        return self._found[unit, day]

    def _over(self, unit: str, day: date) -> Iterator[InForce]:
        for row in self.rows_over(unit, day):
            rules = pack_of(row)
            if rules is None:
                self._lost[row.id] = row  # what a unit above adopted was repealed here all the same
            else:
                yield InForce(rules, row, self._since(row.pack, unit, row))

    def rows_over(self, unit: str, day: date) -> list[Adoption]:
        """What is adopted in this unit on this day, whether or not the rules are at hand."""
        held = (self._holding(pack, unit, day) for pack in self._packs)
        return [row for row in held if row is not None]

    def rows_within(self, unit: str, day: date) -> list[Adoption]:
        """The same in this unit or anywhere below it, each adoption once."""
        found = {row.id: row for part in self._parts(unit) for row in self.rows_over(part, day)}
        return list(found.values())

    def left_out(self) -> list[str]:
        """One sentence for each adoption that was met so far and whose rules this program lacks."""
        return [says_lost(self._lost[key]) for key in sorted(self._lost)]

    def within(self, unit: str, day: date) -> list[InForce]:
        """The packs in force in this unit or anywhere below it, each adoption once."""
        parts = self._parts(unit)
        found = {held.adoption.id: held for part in parts for held in self.over(part, day)}
        return list(found.values())

    def _parts(self, unit: str) -> list[str]:
        return [unit, *sorted({place for _, place in self._said if place.startswith(unit)})]

    def _holding(self, pack: str, unit: str, day: date) -> Adoption | None:
        for digits in sorted(DIGITS, reverse=True):
            said = self._said.get((pack, unit[:digits])) if digits <= len(unit) else None
            begun = [row for row in said or () if _begins(row) <= day]
            if begun and day <= _ends(begun[-1]):
                return begun[-1]
        return None

    def _since(self, pack: str, unit: str, row: Adoption) -> date | None:
        """Since when the pack holds without a gap: an amended adoption begins no new rule."""
        begins = _begins(row)
        while begins > date.min:
            before = self._holding(pack, unit, begins - timedelta(days=1))
            if before is None:
                return begins
            begins = _begins(before)
        return None


def _begins(row: Adoption) -> date:
    """The first day: that of the adoption or of its basis, the later."""
    return max(row.since or date.min, row.valid_from or date.min)


def _ends(row: Adoption) -> date:
    """The last day: that of the adoption or of its basis, the earlier."""
    return min(row.until or date.max, row.valid_until or date.max)


def pack_of(adoption: Adoption) -> Pack | None:
    """The rules of an adopted pack, in the version that was adopted; None = not in this program."""
    try:
        return load_version(adoption.pack, adoption.version)
    except KeyError:
        return None


def says_lost(adoption: Adoption) -> str:
    """What whoever reads quotas is told of an adoption whose rules this program does not hold."""
    return (
        f"{adoption.unit} 启用的政策包 {adoption.pack} {adoption.version} 不在本程序中,"
        "它的各项考核暂不计算、不显示;记录照常保存,以后照样计入。请告诉系统管理员。"
    )


async def read(session: AsyncSession, units: Iterable[str]) -> Adoptions:
    """The adoptions that may hold in these units or below them, with the units' calendars."""
    places = sorted(set(units))
    counties = sorted({county_of(unit) for unit in places} | {HOUSE})
    query = select(Adoption)
    if not any(len(unit) < 6 for unit in places):
        query = query.where(col(Adoption.county).in_(counties))
    rows = (await session.exec(query)).all()
    return Adoptions(rows, await calendars(session, places) if rows else None)


async def packs_for(session: AsyncSession, units: Iterable[str], day: date) -> list[InForce]:
    """The packs in force on this day in any of these units, each adoption once."""
    places = sorted(set(units))
    adoptions = await read(session, places)
    found = {held.adoption.id: held for unit in places for held in adoptions.over(unit, day)}
    return list(found.values())
