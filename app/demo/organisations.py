"""The invented county's organisations: teams, helper units, offices, departments, leading groups.

Their names are those that such bodies bear everywhere; which helps which village is invented.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import cycle
from random import Random
from uuid import UUID

from app.demo.book import Book
from app.demo.people import COMMITTEE, Cadre, Population, Spell, Village, uuid
from app.demo.sent import Setting
from app.demo.span import at
from app.org.models import (
    Organisation,
    OrganisationKind,
    OrganisationPerson,
    OrganisationVillage,
)
from app.postings.models import Post

ACTOR = "demo"
#: as they were set up, long before the first record
SINCE = date(2018, 1, 1)
HELPER_UNITS_EACH = (2, 3, 3)
#: helper units 帮扶单位 have their seat in the county; every township gets the next ones in turn
HELPER_UNITS = (
    "县水利局", "县财政局", "县教育体育局", "县卫生健康委", "县住建局", "县交通运输局", "县农业农村局",
    "县林业局", "县民政局", "县自然资源局", "县人社局", "县文广旅局", "县市场监管局", "县税务局",
    "县公安局", "县法院", "县检察院", "县统计局", "县审计局", "县司法局", "县供销社", "县总工会",
    "团县委", "县妇联", "县残联", "县科协", "县融媒体中心", "县气象局", "县供电公司", "县烟草专卖局",
    "县农商银行", "县人民医院", "县中医院", "县第一中学", "县职业学校", "县消防救援大队", "县邮政公司",
    "县公路分局",
)  # fmt: skip
SECTORS = ("县教育体育局", "县卫生健康委", "县住建局", "县农业农村局", "县水利局", "县民政局")


@dataclass(frozen=True, slots=True)
class _Body:
    """An organisation with whom it serves and who acts for it, from when to when."""

    kind: OrganisationKind
    name: str
    unit: str
    since: date = SINCE
    villages: list[str] = field(default_factory=list)
    people: list[tuple[UUID, date, date | None]] = field(default_factory=list)


def set_up(
    book: Book, towns: Iterable[tuple[str, str]], population: Population, setting: Setting
) -> None:
    """Write down the organisations of these townships (code, name) and of the county."""
    names = cycle(HELPER_UNITS)
    for code, name in towns:
        dice = Random(f"organisations:{code}")  # noqa: S311  invented, no secrets
        villages = [village for village in population.villages if village.code.startswith(code)]
        for body in _of_township(code, name, villages, population, names, dice):
            _write(book, body, dice, setting)
    dice = Random(f"organisations:{setting.county}")  # noqa: S311
    for body in _of_county(setting.county, population):
        _write(book, body, dice, setting)


def _of_township(
    code: str,
    name: str,
    villages: list[Village],
    population: Population,
    names: Iterator[str],
    dice: Random,
) -> Iterator[_Body]:
    clerk = [c for c in population.others if c.kind is Post.TA and c.village == code]
    leaders = [c for c in population.others if c.kind is Post.VC and c.village.startswith(code)]
    for village in villages:
        yield _team(village)
    many = min(dice.choice(HELPER_UNITS_EACH), len(villages))
    for number in range(many):
        served = villages[number::many]
        yield _Body(
            OrganisationKind.helper_unit,
            next(names),
            code[:6],
            villages=[village.code for village in served],
            people=[_acting(_contact(served))],
        )
    yield _Body(OrganisationKind.town_office, f"{name}扶贫办", code, people=_all(clerk))
    group = f"{name}脱贫攻坚领导小组"
    yield _Body(OrganisationKind.leading_group, group, code, people=_all([*clerk, *leaders[:1]]))


def _team(village: Village) -> _Body:
    """The team 驻村工作队: those stationed in the village, for as long as they are."""
    people = [
        (cadre.id, spell.since, spell.until)
        for cadre in village.stationed
        for spell in cadre.spells
        if spell.unit == village.code and spell.kind is cadre.kind
    ]
    short = village.name.removesuffix(COMMITTEE)
    return _Body(
        OrganisationKind.team,
        f"驻{short}工作队",
        village.code,
        since=min((since for _, since, _ in people), default=SINCE),
        villages=[village.code],
        people=people,
    )


def _of_county(county: str, population: Population) -> Iterator[_Body]:
    clerks = _all(cadre for cadre in population.others if cadre.kind is Post.CA)
    yield _Body(OrganisationKind.county_office, "县扶贫办", county, people=clerks)
    yield _Body(OrganisationKind.leading_group, "县脱贫攻坚领导小组", county, people=clerks)
    for name in SECTORS:
        yield _Body(OrganisationKind.sector_department, name, county)


def _contact(served: list[Village]) -> Cadre:
    """Who acts for a helper unit: one of its helper cadres, the listed login where it is one."""
    helpers = [helper for village in served for helper in village.helpers]
    listed = [helper for helper in helpers if helper.username]
    return (listed or helpers)[0]


def _acting(cadre: Cadre) -> tuple[UUID, date, date | None]:
    spell: Spell = cadre.spells[-1]
    return cadre.id, spell.since, spell.until


def _all(cadres: Iterable[Cadre]) -> list[tuple[UUID, date, date | None]]:
    return [_acting(cadre) for cadre in cadres]


def _write(book: Book, body: _Body, dice: Random, setting: Setting) -> None:
    key, county = uuid(dice), setting.county
    book.add(
        Organisation,
        ACTOR,
        setting.opened,
        id=key,
        county=county,
        kind=body.kind.value,
        name=body.name,
        unit=body.unit,
        since=body.since,
    )
    for village in body.villages:
        book.add(
            OrganisationVillage,
            ACTOR,
            setting.opened,
            id=uuid(dice),
            county=county,
            organisation_id=key,
            village=village,
            since=body.since,
        )
    for person, since, until in body.people:
        book.add(
            OrganisationPerson,
            ACTOR,
            max(setting.opened, at(since, 8, 35)),
            id=uuid(dice),
            county=county,
            organisation_id=key,
            person_id=person,
            since=since,
            until=until,
        )
