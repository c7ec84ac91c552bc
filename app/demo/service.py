"""Loading the demonstration: all of it in one transaction, into an empty database or not at all."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

import app.org
from app.auth.anchors import Anchors
from app.auth.models import User
from app.auth.passwords import Passwords
from app.checkins.models import CheckIn
from app.checks import following
from app.core.crypto import Sealer
from app.core.db import Database
from app.core.storage import Store
from app.demo import pictures
from app.demo.asked import ask
from app.demo.book import Book
from app.demo.leaders import joined
from app.demo.meetings import hold
from app.demo.organisations import set_up
from app.demo.papers import hand_in
from app.demo.people import COMMITTEE, Cadre, Population, Village, settle
from app.demo.records import ACTOR, write_down
from app.demo.reminded import remind
from app.demo.reviewed import REVIEWERS, review
from app.demo.sampled import sample
from app.demo.sent import Setting
from app.demo.span import Span
from app.demo.stories import HELPERS, STATIONED
from app.diaries.models import Diary
from app.households.models import Household
from app.org.division_list import Division, ancestors_of, read
from app.org.divisions import bring_up_to_date
from app.org.models import Level, Unit
from app.photos.models import Photo
from app.policy.loader import load_pack, shipped
from app.policy.periods import Length, containing
from app.postings.models import Post
from app.quotas.adoptions import adopt

LISTS = Path(app.org.__file__).parent / "data"
SEED = 1
#: the county's own pack, and those that a township each adopts beside it, as far as they ship
PACK = "p0-village-leader"
TOWN_PACKS = ("p1-46-measures", "p2-town-plan", "p3-look-back", "p4-stationing")
BASIS = "示范数据:仅为演示而启用,不是任何机关的文件;正式使用前须由管理员另行启用并写明依据。"


Places = list[tuple[str, str, list[tuple[str, str]]]]


class DemoRefused(Exception):
    """Nothing was loaded; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Login:
    """A listed login of the demonstration."""

    role: str
    username: str
    password: str


#: the keys of demo-logins.json; the password is no secret, and good for invented people only
ROLES = (
    "first_secretary", "helper", "team_leader", "village_leader", "township_admin",
    "county_admin", "reviewer", "auditor", "other_township_admin",
    "reviewer_2", "reviewer_3",
)  # fmt: skip
LOGINS = tuple(Login(role, role, f"zhucun-demo-{role.replace('_', '-')}") for role in ROLES)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What stands in the database; ``fresh`` when this call loaded it."""

    fresh: bool
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class House:
    """What loading works with."""

    base: Database
    store: Store
    sealer: Sealer
    anchors: Anchors


async def load(
    house: House, county: str, *, seed: int = SEED, today: date, townships: int | None = None
) -> Loaded:
    """Fill an empty database with the county; with its first ``townships`` only, for tests.

    Does nothing where it was loaded before. Raises ``DemoRefused`` where anybody real is.
    """
    divisions = divisions_of(county)
    async with house.base.reading() as session:
        if await _stands(session, county):
            return Loaded(False, await _counts(session))
    span = Span(today)
    towns = townships_of(divisions)
    population = settle(towns[:townships], county, span, seed, of=len(towns))
    list_logins(population)
    adopted = adoptions(population, county)
    joined(adopted, population, span)
    photos = await pictures.hang(house.store, seed, span)
    passwords = Passwords()
    setting = Setting(
        county=county,
        span=span,
        around={village.code: village for village in population.villages},
        pictures=[photo.sha256 for photo in photos],
        sealer=house.sealer,
        anchors=house.anchors,
        hashes={login.username: await passwords.hash(login.password) for login in LOGINS},
    )
    with _undisturbed():
        book = written(population, towns[:townships], photos, setting)
        hold(book, adopted, population, setting)
        hand_in(book, adopted, population, setting)
        ask(book, population, setting)
        loaded = await _load(house, book, divisions, adopted, setting)
    await review(house.base, today)
    await remind(house.base, list(ROLES), today)
    if loaded.fresh:
        await sample(house.base, county, today, seed)
    return loaded


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Without the cycle collector: of a million objects that all stay, a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def written(population: Population, towns: Places, photos: list[Photo], setting: Setting) -> Book:
    """Everything but the units and the adoptions."""
    book = Book()
    for photo in photos:
        book.beside(Photo, **photo.model_dump())
    write_down(book, population, setting)
    set_up(book, [(code, name) for code, name, _ in towns], population, setting)
    return book


def adoptions(population: Population, county: str) -> list[tuple[str, str]]:
    """Which pack is adopted where: the county's own, and the others in a township each.

    Those without a listed login: there the county's pack is alone.
    """
    listed = {cadre.village[:9] for cadre in population.cadres() if cadre.username}
    towns = sorted({village.code[:9] for village in population.villages} - listed)
    known = [pack for pack in TOWN_PACKS if pack in shipped()]
    return [(PACK, county), *zip(known, towns, strict=False)]


async def _load(
    house: House,
    book: Book,
    divisions: list[Division],
    adopted: list[tuple[str, str]],
    setting: Setting,
) -> Loaded:
    county = setting.county
    async with house.base.writing() as session:
        # asked again: somebody may have moved in while the book was written
        if await _stands(session, county):
            return Loaded(False, await _counts(session))
        opened = setting.opened
        await bring_up_to_date(session, divisions, county, actor=ACTOR, at=opened)
        for pack, unit in adopted:
            since = _since(pack, setting.span)
            await adopt(session, pack, unit, BASIS, by="示范", at=opened, actor=ACTOR, since=since)
        await book.write(session)
        # invented people hand in what looks alike: the checks begin with what comes after them
        await following.skip(session)
        return Loaded(True, await _counts(session))


def _since(pack: str, span: Span) -> date:
    """The begin of the longest period of the pack that holds the first records.

    Before it nobody wrote anything, and a quarter without records would say that all fell short.
    """
    per: set[Length] = {rule.per for rule in load_pack(pack).rules.values()}
    lengths = per - {"standing", "once"}
    return min((containing(each, span.before.first).first for each in lengths), default=span.opened)


def divisions_of(county: str) -> list[Division]:
    file = LISTS / f"units-{county}.json"
    if not file.exists():
        shipped = "、".join(
            sorted(path.stem.removeprefix("units-") for path in LISTS.glob("*.json"))
        )
        raise DemoRefused(f"没有县 {county} 的示范数据。可用的县:{shipped}。")
    return read(file, county)


def townships_of(divisions: list[Division]) -> Places:
    """Each township (code, name) with its villages."""
    return [
        (
            town.code,
            town.name,
            [(unit.code, unit.name) for unit in divisions if unit.parent == town.code],
        )
        for town in divisions
        if town.level is Level.township
    ]


async def _stands(session: AsyncSession, county: str) -> bool:
    """Whether the demonstration is loaded; ``DemoRefused`` where anything real is."""
    users = dict(
        (await session.exec(select(User.demo, func.count()).group_by(col(User.demo)))).all()
    )
    if real := users.get(False, 0):
        raise DemoRefused(
            f"数据库中已有 {real} 名真实用户,不能装入示范数据,未作任何更改。"
            "请为示范另用一个空数据库(ZHUCUN_DATABASE_URL 或 ZHUCUN_DATA)。"
        )
    above = ancestors_of(county)
    strange = select(col(Unit.code), col(Unit.name)).where(
        ~col(Unit.code).startswith(county), col(Unit.code).not_in(above)
    )
    if other := (await session.exec(strange.limit(1))).first():
        raise DemoRefused(
            f"数据库中已有示范县以外的单位({other[0]} {other[1]}),不能装入示范数据,未作任何更改。"
            "请为示范另用一个空数据库(ZHUCUN_DATABASE_URL 或 ZHUCUN_DATA)。"
        )
    return bool(users)


async def _counts(session: AsyncSession) -> dict[str, int]:
    tables = {"单位": Unit, "人员": User, "农户": Household, "签到": CheckIn, "日志": Diary}
    return {
        name: (await session.exec(select(func.count()).select_from(table))).one()
        for name, table in tables.items()
    }


def list_logins(population: Population) -> None:
    """Give the listed roles to people around one village whose stories are ordinary ones."""
    first = next(village for village in population.villages if _is_ordinary(village))
    town = first.code[:9]
    secretary, leader, _ = first.stationed
    helper = next(helper for helper in first.helpers if not helper.story.special)
    stories = {story.key: story for story in STATIONED}
    secretary.story, leader.story = stories["steady"], stories["slow"]
    helper.story = next(story for story in HELPERS if story.key == "unwritten")
    found: dict[str, Cadre] = {
        "first_secretary": secretary,
        "team_leader": leader,
        "helper": helper,
    }
    for cadre in population.others:
        over = any(spell.unit == first.code for spell in cadre.spells)
        match cadre.kind:
            case Post.VC if over:
                found["village_leader"] = cadre
            case Post.TA if cadre.village == town:
                found["township_admin"] = cadre
            case Post.TA:
                found.setdefault("other_township_admin", cadre)
            case Post.CA:
                found["county_admin"] = cadre
            case Post.RV:
                found[next(role for role in REVIEWERS if role not in found)] = cadre
            case Post.AU:
                found["auditor"] = cadre
            case _:
                pass
    for role, cadre in found.items():
        cadre.username = role


def _is_ordinary(village: Village) -> bool:
    """A village committee 村委会 whose secretary, leader and some helper carry no special story."""
    return (
        village.name.endswith(COMMITTEE)
        and not any(cadre.story.special for cadre in village.stationed[:2])
        and any(not helper.story.special for helper in village.helpers)
    )
