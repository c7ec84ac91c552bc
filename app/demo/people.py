"""Who lives and works in the demonstration: villages, households, cadres, and what each carries.

Every village is made from dice of its own, so that a part of the county is the same people as the
whole of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from uuid import UUID

from app.core.geo import Point
from app.demo import places, words
from app.demo.span import Span
from app.demo.stories import HELPERS, STATIONED, Story, cast
from app.org import geofence
from app.postings.models import Post

HELPERS_PER_VILLAGE = (4, 5, 5, 6)
HOUSEHOLDS_PER_HELPER = (5, 6, 6, 7, 8)
VILLAGES_PER_LEADER = 4
#: the village of the listed logins is the first one of its township that is no 居委会
COMMITTEE = "村委会"


@dataclass
class Member:
    """A member of a household, with invented numbers."""

    id: UUID
    name: str
    relation: str
    id_number: str
    phone: str | None


@dataclass
class Household:
    """A household with its place; ``hidden`` where no phone ever finds it well."""

    id: UUID
    number: str
    head: str
    address: str
    poor: bool
    place: Point
    since: date
    members: list[Member]
    hidden: bool = False


@dataclass
class Spell:
    """A posting: where, as what, both days inclusive; ``told`` is the day it was registered."""

    id: UUID
    unit: str
    kind: Post
    since: date
    until: date | None = None
    reason: str = "示范数据"


@dataclass
class Cadre:
    """Somebody with postings and a story; ``households`` are those paired with a helper."""

    id: UUID
    name: str
    kind: Post
    village: str
    story: Story
    dice: Random
    spells: list[Spell]
    households: list[Household] = field(default_factory=list)
    username: str | None = None


@dataclass
class Village:
    """A village: its centre, its fences as the geofence asks for them, who lives and works there."""

    code: str
    name: str
    centre: Point
    fences: list[geofence.Fence]
    households: list[Household] = field(default_factory=list)
    stationed: list[Cadre] = field(default_factory=list)
    helpers: list[Cadre] = field(default_factory=list)


@dataclass
class Population:
    """Everybody, village by village; ``others`` are leaders and administrators."""

    villages: list[Village]
    others: list[Cadre]

    def cadres(self) -> Iterator[Cadre]:
        """Everybody with a posting."""
        for village in self.villages:
            yield from village.stationed
            yield from village.helpers
        yield from self.others


def uuid(dice: Random) -> UUID:
    """An id as a phone would make it, but from the dice."""
    return UUID(int=dice.getrandbits(128), version=4)


OFFICES = Story("office", "机关岗位", "乡镇、县级岗位,不考核驻村天数。", 1)


def settle(
    townships: list[tuple[str, str, list[tuple[str, str]]]],
    county: str,
    span: Span,
    seed: int,
    *,
    of: int,
) -> Population:
    """Fill these townships (code, name, villages) out of ``of`` with people."""
    population = Population([], [])
    stationed = helpers = 0
    for number, (code, name, villages) in enumerate(townships):
        middle = places.township_centre(number, of)
        settled = []
        for place, (village_code, village_name) in enumerate(villages):
            dice = Random(f"{seed}:{village_code}")  # noqa: S311  invented people, no secrets
            centre = places.village_centre(middle, place, len(villages))
            village = Village(village_code, village_name, centre, _fences(centre, place, dice))
            _stationed(village, span, dice, stationed)
            _helpers(village, span, dice, helpers)
            stationed += len(village.stationed)
            helpers += len(village.helpers)
            settled.append(village)
        _neighbours(settled, span)
        population.villages += settled
        dice = Random(f"{seed}:{code}")  # noqa: S311
        population.others += _leaders(settled, span, dice)
        population.others.append(_office(Post.TA, code, f"{name}管理员", span, dice))
    dice = Random(f"{seed}:{county}")  # noqa: S311
    offices = (
        (Post.CA, "县管理员"), (Post.RV, "复核员"), (Post.AU, "审计员"),
        (Post.RV, "第二复核员"), (Post.RV, "第三复核员"),  # against an author it takes two, on appeal a third
    )  # fmt: skip
    for kind, title in offices:
        population.others.append(_office(kind, county, title, span, dice))
    return population


def _fences(centre: Point, place: int, dice: Random) -> list[geofence.Fence]:
    """Most villages have a circle; some a polygon, a second hamlet, or nothing yet."""
    match place % 11:
        case 3:
            return [places.as_fence(centre, places.outline(centre, dice))]
        case 5:
            return [
                places.as_fence(centre),
                places.as_fence(places.moved(centre, 1_500, 600)),
            ]
        case 9:
            return []
        case _:
            return [places.as_fence(centre)]


def _stationed(village: Village, span: Span, dice: Random, begun: int) -> None:
    for number, kind in enumerate((Post.FS, Post.TL, Post.TM)):
        own = Random(dice.getrandbits(64))  # noqa: S311
        story = cast(STATIONED, begun + number, own)
        since = span.opened - timedelta(days=own.randrange(100, 700))
        spell = Spell(uuid(own), village.code, kind, since)
        match story.key:
            case "newcomer":
                spell.since = span.before.first + timedelta(days=span.before.days // 2)
            case "last_day":
                spell.until = span.today
            case "no_end":
                spell.until = span.today + timedelta(days=2)
            case _:
                pass
        village.stationed.append(
            Cadre(uuid(own), words.person(own), kind, village.code, story, own, [spell])
        )


def _helpers(village: Village, span: Span, dice: Random, begun: int) -> None:
    for number in range(dice.choice(HELPERS_PER_VILLAGE)):
        own = Random(dice.getrandbits(64))  # noqa: S311
        story = cast(HELPERS, begun + number, own)
        since = span.opened
        if story.key == "newcomer":
            whole = span.whole_months
            since = (whole[-1].last if whole else span.today) - timedelta(days=9)
        spell = Spell(uuid(own), village.code, Post.HC, since)
        helper = Cadre(uuid(own), words.person(own), Post.HC, village.code, story, own, [spell])
        if story.key != "no_household":
            many = own.choice(HOUSEHOLDS_PER_HELPER)
            helper.households = [_household(village, span, own) for _ in range(many)]
            helper.households[0].hidden = story.key == "no_position"
        village.households += helper.households
        village.helpers.append(helper)
    for cadre in village.stationed:
        if cadre.story.key == "two_posts":
            cadre.spells.append(Spell(uuid(cadre.dice), village.code, Post.HC, span.opened))
            cadre.households = [_household(village, span, cadre.dice) for _ in range(2)]
            village.households += cadre.households
    for number, household in enumerate(village.households, start=1):
        household.number = f"{village.code}{number:04d}"


def _household(village: Village, span: Span, dice: Random) -> Household:
    family = words.surname(dice)
    group = dice.choice(words.GROUPS)
    members = list(_members(family, span, dice))
    return Household(
        id=uuid(dice),
        number="",
        head=members[0].name,
        address=f"{village.name.removesuffix(COMMITTEE)}村{group}组 {dice.randrange(1, 90)} 号",
        poor=dice.random() < 0.96,
        place=places.near(village.centre, dice, places.HAMLETS_M),
        since=date(dice.choice((2014, 2015, 2016, 2017)), 1, 1),
        members=members,
    )


def _members(family: str, span: Span, dice: Random) -> Iterator[Member]:
    age = dice.randrange(38, 82)
    yield _member(words.person(dice, woman=False, family=family), "户主", age, span, dice)
    if dice.random() < 0.75:
        yield _member(words.person(dice, woman=True), "配偶", age - 2, span, dice)
    for _ in range(dice.choice((0, 1, 1, 2))):
        woman = dice.random() < 0.48
        name = words.person(dice, woman=woman, family=family)
        yield _member(name, "女" if woman else "子", max(1, age - 26), span, dice)
    if age < 60 and dice.random() < 0.35:
        yield _member(words.person(dice, woman=True), "母亲", age + 24, span, dice)


def _member(name: str, relation: str, age: int, span: Span, dice: Random) -> Member:
    born = span.today - timedelta(days=round((age + dice.random()) * 365.25))
    called = age >= 16 and dice.random() < 0.7
    return Member(
        uuid(dice),
        name,
        relation,
        words.id_number(dice, born),
        words.phone(dice) if called else None,
    )


def _neighbours(villages: list[Village], span: Span) -> None:
    """Those who moved came from the next village of their township."""
    for number, village in enumerate(villages):
        for cadre in village.stationed:
            if cadre.story.key == "moved" and len(villages) > 1:
                old = villages[number - 1].code
                day = moved_on(span)
                here = cadre.spells[0]
                there = Spell(uuid(cadre.dice), old, here.kind, here.since, day - timedelta(days=1))
                here.since, here.reason = day, "从邻村调来"
                cadre.spells.insert(0, there)


def moved_on(span: Span) -> date:
    """The day of a move: in this quarter once it is three weeks old, else in the one before."""
    if span.elapsed >= 21:
        return span.now.first + timedelta(days=span.elapsed * 2 // 5)
    return span.before.first + timedelta(days=40)


def _leaders(villages: list[Village], span: Span, dice: Random) -> Iterator[Cadre]:
    """Village leaders 包村长, each over some villages."""
    for start in range(0, len(villages), VILLAGES_PER_LEADER):
        codes = [village.code for village in villages[start : start + VILLAGES_PER_LEADER]]
        own = Random(dice.getrandbits(64))  # noqa: S311
        spells = [Spell(uuid(own), code, Post.VC, span.opened) for code in codes]
        name = words.person(own, woman=False)
        yield Cadre(uuid(own), name, Post.VC, codes[0], OFFICES, own, spells)


def _office(kind: Post, unit: str, title: str, span: Span, dice: Random) -> Cadre:
    own = Random(dice.getrandbits(64))  # noqa: S311
    spell = Spell(uuid(own), unit, kind, span.opened)
    return Cadre(uuid(own), f"{words.person(own)}({title})", kind, unit, OFFICES, own, [spell])
