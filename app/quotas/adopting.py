"""Putting a pack into force 启用, and ending that."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.clock import civil_day
from app.core.ids import new_id
from app.ledger import service as ledger
from app.org.divisions import county_of
from app.org.models import Level, Unit
from app.policy.interpretation import settings
from app.policy.loader import load_pack
from app.policy.pack import Pack, ParameterValue, SettingValue
from app.policy.versions import load_version, older
from app.quotas.errors import AdoptionInvalid, AdoptionStands, NoSuchPack, NoSuchUnit
from app.quotas.models import Adoption
from app.records import register
from app.records.service import Put

BASIS_LENGTH = 500
FIRST_YEAR = 2000
#: how many of the codes that are wrong a sentence names
_NAMED = 5
_WANTED = {"whole": "0 以上的整数", "number": "0 以上的数", "flag": "true 或 false"}
_BASIS = ("document", "number", "issuing_body", "issuing_level", "valid_from", "valid_until")
_SAID = ("version", "basis", *_BASIS, "settings", "parameters", "advisory", "since", "until")


@dataclass(frozen=True, slots=True)
class Basis:
    """The legal basis 依据: one sentence, and its parts where they are told."""

    text: str = ""
    document: str = ""
    number: str = ""
    issuing_body: str = ""
    issuing_level: str = ""
    valid_from: date | None = None
    valid_until: date | None = None

    @property
    def sentence(self) -> str:
        """The text, or the parts in the order in which documents are cited."""
        parts = (self.document.strip(), self.number.strip(), self.issuing_body.strip())
        return self.text.strip() or ",".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Wish:
    """What an administrator asks for: a pack in force in a unit, from when to when, how read.

    Without ``since`` the dates of the document itself hold; without ``version`` the newest is
    meant. A parameter that is not given stays blank.
    """

    pack: str
    unit: str
    basis: Basis
    version: str | None = None
    since: date | None = None
    until: date | None = None
    settings: Mapping[str, SettingValue] = field(default_factory=dict)
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    advisory: Sequence[str] = ()


async def adopt(
    session: AsyncSession,
    pack: str,
    unit: str,
    basis: str | Basis,
    *,
    by: str,
    at: datetime,
    actor: UUID | str = "cli",
    **further: Any,
) -> Adoption:
    """Put a pack into force in a unit and all below it; saying the same again changes nothing.

    ``further`` are the other fields of `Wish`. Raises `NoSuchPack`, `NoSuchUnit`,
    `AdoptionInvalid`.
    """
    told = Basis(basis) if isinstance(basis, str) else basis
    row = await _row(session, Wish(pack, unit, told, **further), by=by, at=at)
    await _check_villages(session, row)
    last = await _last(session, row.pack, row.unit)
    if last is not None and _says(last) == _says(row):
        return last
    session.add(row)
    await ledger.append(session, row, "create", actor, at)
    return row


async def put_adoption(
    session: AsyncSession, adoption_id: UUID, wish: Wish, *, by: str, at: datetime, actor: UUID
) -> Put[Adoption]:
    """Create an adoption under this id, or end the one that stands there by another ``until``.

    Everything else of an adoption stays as it was said: who wants it otherwise adopts anew.
    """
    row = await _row(session, wish, by=by, at=at)
    row.id = adoption_id
    stands = await session.get(Adoption, adoption_id)
    # what stands can be ended as it was said, whatever has become of a village since
    if stands is None or stands.parameters != row.parameters:
        await _check_villages(session, row)

    async def changes(stood: Adoption) -> dict[str, Any] | None:
        if stood.unit != row.unit:
            return None
        names = [name for name in ("pack", *_SAID) if name != "until"]
        if wish.version is None:
            names.remove("version")
        if register.differing(stood, row, *names):
            raise AdoptionStands
        return register.differing(stood, row, "until")

    return await register.put(session, row, changes, actor_id=actor, received_at=at)


async def _row(session: AsyncSession, wish: Wish, *, by: str, at: datetime) -> Adoption:
    pack = _pack(wish)
    told = {
        name: _plain(pack, name, value)
        for name, value in wish.parameters.items()
        if value is not None
    }
    _check(pack, wish, told)
    await _check_unit(session, wish.unit, civil_day(at))
    basis = wish.basis
    return Adoption(
        id=new_id(),
        county=county_of(wish.unit),
        unit=wish.unit,
        pack=pack.id,
        version=pack.version,
        basis=basis.sentence,
        **{name: getattr(basis, name) for name in _BASIS},
        settings=dict(wish.settings),
        parameters=told,
        advisory=sorted(set(wish.advisory)),
        adopted_by=by,
        adopted_at=at,
        since=wish.since,
        until=wish.until,
    )


def _plain(pack: Pack, name: str, value: Any) -> Any:
    """As it is stored; villages may be typed at the machine as one code or parted by commas."""
    known = pack.parameters.get(name)
    if known is None or not known.villages or isinstance(value, bool):
        return list(value) if isinstance(value, tuple) else value
    if isinstance(value, int | str):
        value = [code.strip() for code in str(value).split(",") if code.strip()]
    if isinstance(value, list | tuple):
        return [str(code) if type(code) is int else code for code in value]
    return value


def _pack(wish: Wish) -> Pack:
    try:
        pack = load_pack(wish.pack)
    except KeyError:
        raise NoSuchPack(
            f"没有政策包 {wish.pack}。用 zhucun policy list 查看可用的政策包编号。"
        ) from None
    if wish.version in (None, pack.version):
        return pack
    try:
        return load_version(wish.pack, str(wish.version))
    except KeyError:
        known = "、".join([pack.version, *older(pack.id)])
        raise NoSuchPack(f"政策包 {pack.id} 没有版本 {wish.version};可用的版本:{known}。") from None


def _says(row: Adoption) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in _SAID)


async def _last(session: AsyncSession, pack: str, unit: str) -> Adoption | None:
    query = (
        select(Adoption)
        .where(col(Adoption.pack) == pack, col(Adoption.unit) == unit)
        .order_by(col(Adoption.adopted_at).desc(), col(Adoption.id).desc())
    )
    return (await session.exec(query.limit(1))).first()


def _check(pack: Pack, wish: Wish, parameters: Mapping[str, Any]) -> None:
    basis = wish.basis
    if not basis.sentence or len(basis.sentence) > BASIS_LENGTH:
        raise AdoptionInvalid(
            f"启用依据(basis)不能为空,且不超过 {BASIS_LENGTH} 字。请写明文件名称、文号和发文机关。"
        )
    for name, day in (("起始日", wish.since), ("依据的生效日", basis.valid_from)):
        if day is not None and day.year < FIRST_YEAR:
            raise AdoptionInvalid(f"{name} {day} 早于 {FIRST_YEAR} 年。请更正日期。")
    _check_order("终止日", wish.until, "起始日", wish.since)
    _check_order("依据的失效日", basis.valid_until, "依据的生效日", basis.valid_from)
    _check_order("依据的失效日", basis.valid_until, "启用的起始日", wish.since)
    _check_order("启用的终止日", wish.until, "依据的生效日", basis.valid_from)
    for name, setting in wish.settings.items():
        _check_setting(name, setting)
    for name, value in parameters.items():
        known = pack.parameters.get(name)
        if known is None or not known.allows(value):
            raise AdoptionInvalid(_bad_parameter(pack, name, value))
    for rule in wish.advisory:
        if rule not in pack.rules:
            raise AdoptionInvalid(
                f"政策包 {pack.id} 没有规则 {rule}。用 zhucun policy show {pack.id} 查看规则编号。"
            )


def _check_setting(name: str, value: SettingValue) -> None:
    setting = settings().get(name)
    if setting is None:
        raise AdoptionInvalid(f"没有口径设置 {name}。可用的设置见 docs/policy-packs.md。")
    if not setting.allows(value):
        wanted = "、".join(setting.choices) if setting.kind == "choice" else _WANTED[setting.kind]
        raise AdoptionInvalid(
            f"口径设置 {name} 应为 {wanted}{' 或 null' if setting.default is None else ''},"
            f"不能是 {_written(value)}。各设置的含义见 docs/policy-packs.md。"
        )


def _written(value: object) -> str:
    """A value as it is typed in JSON, words without their marks."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


async def _check_villages(session: AsyncSession, row: Adoption) -> None:
    """A list of villages names villages that are entered, of the unit that adopts."""
    parameters = load_version(row.pack, row.version).parameters
    for name, value in row.parameters.items():
        if not parameters[name].villages:
            continue
        outside = [code for code in value if not code.startswith(row.unit)]
        if outside:
            raise AdoptionInvalid(
                f"留白参数 {name} 中的 {'、'.join(outside[:_NAMED])} 不在启用单位 {row.unit} 内。"
                "请只填该单位的村,或在上级单位启用。"
            )
        query = select(col(Unit.code)).where(
            col(Unit.code).in_(value), col(Unit.level) == Level.village.value
        )
        known = set((await session.exec(query)).all())
        missing = [code for code in value if code not in known]
        if missing:
            raise AdoptionInvalid(
                f"留白参数 {name} 中的 {'、'.join(missing[:_NAMED])} 不是已录入的村。"
                "请核对区划代码;新的村请先用 zhucun org import 导入。"
            )


def _check_order(late: str, end: date | None, early: str, begin: date | None) -> None:
    if begin is not None and end is not None and end < begin:
        raise AdoptionInvalid(f"{late} {end} 早于{early} {begin}。请更正日期。")


def _bad_parameter(pack: Pack, name: str, value: Any) -> str:
    known = pack.parameters.get(name)
    if known is None:
        names = "、".join(pack.parameters) or "无"
        return f"政策包 {pack.id} 没有留白参数 {name};可用的有:{names}。"
    wanted = "村代码列表" if known.villages else "1 以上的整数"
    return f"留白参数 {name} 应为{wanted},不能是 {_written(value)};不填则该规则不考核。"


async def _check_unit(session: AsyncSession, code: str, day: date) -> None:
    unit = await session.get(Unit, code)
    if unit is None or (unit.valid_to is not None and unit.valid_to < day):
        raise NoSuchUnit(
            f"没有单位 {code},或该单位已撤销。请核对区划代码;新单位请先用 zhucun org import 导入。"
        )
