"""Adoptions 政策包启用: which pack is in force in a unit on a day, and putting one into force.

Without an adoption no rule holds anywhere. An adoption holds for its unit and all below. Of
several for one pack the nearest unit speaks, and of its adoptions the last one made that has
begun: one with ``until`` behind it means that the pack has ended there. Packs of different
documents add up: a township's own plan does not repeal the county's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.clock import civil_day
from app.core.tables import HOUSE
from app.ledger import service as ledger
from app.org.divisions import county_of
from app.org.models import DIGITS, Unit
from app.policy.interpretation import BadSetting, interpret
from app.policy.loader import load_pack
from app.policy.pack import Pack, Rule, SettingValue
from app.quotas.errors import AdoptionInvalid, NoSuchPack, NoSuchUnit, PackNotShipped
from app.quotas.models import Adoption

BASIS_LENGTH = 500
FIRST_YEAR = 2000


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


class Adoptions:
    """The adoptions of some counties, ready to be asked unit by unit."""

    def __init__(self, rows: Iterable[Adoption]) -> None:
        self._said: dict[tuple[str, str], list[Adoption]] = {}
        for row in sorted(rows, key=lambda row: (row.adopted_at, row.id)):
            self._said.setdefault((row.pack, row.unit), []).append(row)
        self._packs = sorted({pack for pack, _ in self._said})
        self._found: dict[tuple[str, date], list[InForce]] = {}

    def over(self, unit: str, day: date) -> list[InForce]:
        """The packs in force in this unit on this day, in the order of their ids."""
        if (unit, day) not in self._found:
            held = ((pack, self._holding(pack, unit, day)) for pack in self._packs)
            self._found[unit, day] = [
                InForce(pack_of(row), row, self._begins(pack, unit, row))
                for pack, row in held
                if row is not None
            ]
        return self._found[unit, day]

    def within(self, unit: str, day: date) -> list[InForce]:
        """The packs in force in this unit or anywhere below it, each adoption once."""
        below = sorted({place for _, place in self._said if place.startswith(unit)})
        found = {held.adoption.id: held for part in (unit, *below) for held in self.over(part, day)}
        return list(found.values())

    def _holding(self, pack: str, unit: str, day: date) -> Adoption | None:
        for digits in sorted(DIGITS, reverse=True):
            said = self._said.get((pack, unit[:digits])) if digits <= len(unit) else None
            begun = [row for row in said or () if row.since is None or row.since <= day]
            if begun and (begun[-1].until is None or begun[-1].until >= day):
                return begun[-1]
        return None

    def _begins(self, pack: str, unit: str, row: Adoption) -> date | None:
        """Since when the pack holds without a gap: an amended adoption begins no new rule."""
        begins = row.since
        while begins is not None:
            before = self._holding(pack, unit, begins - timedelta(days=1))
            if before is None:
                break
            begins = before.since
        return begins


def pack_of(adoption: Adoption) -> Pack:
    """The rules of an adopted pack, in the version that this program ships."""
    try:
        return load_pack(adoption.pack)
    except KeyError:
        raise PackNotShipped(
            f"已启用的政策包 {adoption.pack} 不在本程序中,无法计算。请安装含有该政策包的版本。"
        ) from None


async def read(session: AsyncSession, units: Iterable[str]) -> Adoptions:
    """The adoptions that may hold in these units or below them."""
    counties = sorted({county_of(unit) for unit in units} | {HOUSE})
    query = select(Adoption)
    if not any(len(unit) < 6 for unit in units):
        query = query.where(col(Adoption.county).in_(counties))
    return Adoptions((await session.exec(query)).all())


async def packs_for(session: AsyncSession, units: Iterable[str], day: date) -> list[InForce]:
    """The packs in force on this day in any of these units, each adoption once."""
    places = sorted(set(units))
    adoptions = await read(session, places)
    found = {held.adoption.id: held for unit in places for held in adoptions.over(unit, day)}
    return list(found.values())


async def adopt(
    session: AsyncSession,
    pack_id: str,
    unit: str,
    basis: str,
    *,
    by: str,
    at: datetime,
    since: date | None = None,
    until: date | None = None,
    settings: Mapping[str, SettingValue] | None = None,
    actor: UUID | str = "cli",
) -> Adoption:
    """Put a pack into force in a unit and all below it, on a named legal basis.

    Without ``since`` the dates of the document itself hold. Saying the same again changes
    nothing. Raises `NoSuchPack`, `NoSuchUnit`, `AdoptionInvalid`.
    """
    try:
        pack = load_pack(pack_id)
    except KeyError:
        raise NoSuchPack(
            f"没有政策包 {pack_id}。用 zhucun policy list 查看可用的政策包编号。"
        ) from None
    told = dict(settings or {})
    _check(pack, basis, since, until, told)
    await _check_unit(session, unit, civil_day(at))
    row = Adoption(
        county=county_of(unit),
        unit=unit,
        pack=pack.id,
        version=pack.version,
        basis=basis.strip(),
        settings=told,
        adopted_by=by,
        adopted_at=at,
        since=since,
        until=until,
    )
    last = await _last(session, pack.id, unit)
    if last is not None and _says(last) == _says(row):
        return last
    session.add(row)
    await ledger.append(session, row, "create", actor, at)
    return row


def _says(row: Adoption) -> tuple[Any, ...]:
    return row.version, row.basis, row.settings, row.since, row.until


async def _last(session: AsyncSession, pack: str, unit: str) -> Adoption | None:
    query = (
        select(Adoption)
        .where(col(Adoption.pack) == pack, col(Adoption.unit) == unit)
        .order_by(col(Adoption.adopted_at).desc(), col(Adoption.id).desc())
    )
    return (await session.exec(query.limit(1))).first()


def _check(
    pack: Pack,
    basis: str,
    since: date | None,
    until: date | None,
    settings: dict[str, SettingValue],
) -> None:
    if not basis.strip() or len(basis.strip()) > BASIS_LENGTH:
        raise AdoptionInvalid(
            f"启用依据(basis)不能为空,且不超过 {BASIS_LENGTH} 字。请写明文件名称、文号和发文机关。"
        )
    if since is not None and since.year < FIRST_YEAR:
        raise AdoptionInvalid(f"起始日 {since} 早于 {FIRST_YEAR} 年。请更正日期。")
    if since is not None and until is not None and until < since:
        raise AdoptionInvalid(f"终止日 {until} 早于起始日 {since}。请更正日期。")
    try:
        interpret(pack.settings, settings)
    except BadSetting as error:
        raise AdoptionInvalid(
            f"口径设置有误:{error}。可用的设置见 docs/policy-packs.md。"
        ) from error


async def _check_unit(session: AsyncSession, code: str, day: date) -> None:
    unit = await session.get(Unit, code)
    if unit is None or (unit.valid_to is not None and unit.valid_to < day):
        raise NoSuchUnit(
            f"没有单位 {code},或该单位已撤销。请核对区划代码;新单位请先用 zhucun org import 导入。"
        )
