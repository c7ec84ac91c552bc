"""Adoptions as their readers see them: basis, reading, blanks, what changed in the pack."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.errors import NotFound
from app.org.models import DIGITS
from app.policy.interpretation import settings
from app.policy.loader import load_pack, shipped
from app.policy.pack import Pack
from app.policy.versions import changelog_of
from app.postings.scope import Clause
from app.quotas import adoptions
from app.quotas.adoptions import InForce
from app.quotas.closing_schemas import AdoptionOut, ParameterOut, RuleModeOut, SettingOut
from app.quotas.models import Adoption
from app.quotas.service import unit_names


async def in_force(session: AsyncSession, units: Sequence[str], day: date) -> list[AdoptionOut]:
    """The packs in force on this day in these units or below them, each adoption once."""
    read = await adoptions.read(session, units)
    found = {row.id: row for unit in units for row in read.rows_within(unit, day)}
    rows = sorted(found.values(), key=lambda row: (row.unit, row.pack))
    names = await unit_names(session, sorted({row.unit for row in rows}))
    return [shown(row, names[row.unit], in_force=True) for row in rows]


async def ever(session: AsyncSession, unit: str, day: date) -> list[AdoptionOut]:
    """Every adoption that was made for a unit, those above it or below it; the newest first."""
    above = [unit[:digits] for digits in DIGITS if digits <= len(unit)]
    query = (
        select(Adoption)
        .where(col(Adoption.unit).in_(above) | col(Adoption.unit).startswith(unit))
        .order_by(col(Adoption.adopted_at).desc(), col(Adoption.id).desc())
    )
    rows = (await session.exec(query)).all()
    read = await adoptions.read(session, [unit])
    holding = {row.id for row in read.rows_within(unit, day)}
    names = await unit_names(session, sorted({row.unit for row in rows}))
    return [shown(row, names[row.unit], row.id in holding) for row in rows]


async def one(session: AsyncSession, adoption_id: Any, visible: Clause, day: date) -> AdoptionOut:
    """One adoption, in force or not; raises `NotFound`."""
    query = select(Adoption).where(col(Adoption.id) == adoption_id, visible)
    row = (await session.exec(query)).first()
    if row is None:
        raise NotFound
    read = await adoptions.read(session, [row.unit])
    holds = any(held.id == row.id for held in read.rows_over(row.unit, day))
    names = await unit_names(session, [row.unit])
    return shown(row, names[row.unit], holds)


def shown(row: Adoption, unit_name: str, in_force: bool) -> AdoptionOut:
    """An adoption on the wire; of one whose rules this program lacks only the record itself."""
    told = row.model_dump(
        include={
            "id", "unit", "pack", "version", "basis", "document", "number", "issuing_body",
            "issuing_level", "valid_from", "valid_until", "adopted_by", "adopted_at", "rev",
        }
    )  # fmt: skip
    newest = load_pack(row.pack) if row.pack in shipped() else None
    pack = adoptions.pack_of(row)
    return AdoptionOut(
        **told,
        unit_name=unit_name,
        newest=newest.version if newest else None,
        title=told_by.title if (told_by := pack or newest) else row.pack,
        from_=row.since,
        to=row.until,
        in_force=in_force,
        settings=_settings(pack, row) if pack else [],
        parameters=_parameters(InForce(pack, row, None)) if pack else [],
        rules=_rules(InForce(pack, row, None)) if pack else [],
        changelog=changelog_of(row.pack),
        left_out=None if pack else adoptions.says_lost(row),
    )


def _parameters(held: InForce) -> list[ParameterOut]:
    blanks = {parameter.name for parameter in held.blanks()}
    return [
        ParameterOut(
            name=name,
            says=parameter.says,
            value=held.adoption.parameters.get(name, _plain(parameter.default)),
            blank=name in blanks,
        )
        for name, parameter in held.pack.parameters.items()
    ]


def _rules(held: InForce) -> list[RuleModeOut]:
    return [
        RuleModeOut(id=rule.id, title=rule.title, per=rule.per, assessed=not held.is_advisory(rule))
        for rule in held.pack.rules.values()
    ]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _settings(pack: Pack, row: Adoption) -> list[SettingOut]:
    """Every setting with the layer that had the last word."""
    metrics = {rule.metric for rule in pack.rules.values()}
    found = []
    for name, setting in settings().items():
        layers = {"default": setting.default}
        layers |= {"pack": pack.settings[name]} if name in pack.settings else {}
        layers |= {"adoption": row.settings[name]} if name in row.settings else {}
        if not metrics.isdisjoint(setting.metrics) or len(layers) > 1:
            by, value = list(layers.items())[-1]
            found.append(
                SettingOut(
                    name=name,
                    question=setting.question,
                    value=value,
                    default=setting.default,
                    says=setting.says,
                    set_by=by,
                )
            )
    return found
