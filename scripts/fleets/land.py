"""Where the fleets live: villages with fences as administrators draw them, households, people."""

import math
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from app.core import geo
from app.core.geo import Point
from app.demo import places
from app.demo.people import uuid
from app.demo.service import divisions_of, townships_of
from app.demo.words import person as named
from app.postings.models import Post
from scripts.fleets.numbers import Numbers, choice, dice_of, even

COUNTY = "360321"
TEAM = (Post.FS, Post.TL, Post.TM)
#: spare villages around those with people: neighbours to help in
SPARE = 4


@dataclass(frozen=True)
class Home:
    """A household and where its door is."""

    id: UUID
    head: str
    door: Point


@dataclass
class Village:
    """A village; ``anchor`` is the centre as the register has it, ``centre`` the true one."""

    code: str
    name: str
    centre: Point
    anchor: Point
    radius_m: int
    canyon: bool
    offline: bool
    gcj: bool
    office: Point
    homes: list[Home]
    seat: Point


@dataclass
class Person:
    """Somebody of the fleet; ``cheat`` names how they cheat, "" for the honest."""

    number: int
    id: UUID
    name: str
    post: Post
    village: Village
    team: int
    cheat: str = ""
    own: list[Home] = field(default_factory=list)

    @property
    def helper(self) -> bool:
        """Whether they come for their households only."""
        return self.post is Post.HC


@dataclass
class Land:
    """Everything that lies still."""

    villages: list[Village]
    people: list[Person]
    town: Point


def settle(numbers: Numbers, seed: int, groups: list[list[tuple[str, bool]]]) -> Land:
    """A land for these groups, one village each; of each person the cheat and whether a helper."""
    land = numbers["land"]
    dice = dice_of(seed, "land")
    towns = townships_of(divisions_of(COUNTY))[: land["townships"]]
    each = -(-land["villages"] // len(towns))
    wanted = min(land["villages"], len(groups) + SPARE)
    villages: list[Village] = []
    for row in range(each):  # one of each township in turn, so that a small land is spread, too
        for number, (_, _, listed) in enumerate(towns):
            if row < len(listed) and len(villages) < wanted:
                code, name = listed[row]
                middle = places.township_centre(number, len(towns))
                centre = places.village_centre(middle, row, each)
                seat = _seat(middle, each)
                villages.append(_village(numbers, seed, (code, name), centre, seat))
    share = sum(len(group) for group in groups) / numbers["honest"]["cadres"]
    for village in dice.sample(
        villages[: len(groups)], round(land["gcj_village"]["count"] * min(1.0, share))
    ):
        village.gcj, village.radius_m = True, land["gcj_village"]["radius_m"]
        village.anchor = geo.from_wgs84(village.centre, geo.Datum.gcj02)
        village.homes = _homes(land, dice_of(seed, village.code, "small"), village)
    people: list[Person] = []
    for team, group in enumerate(groups):
        for place, (cheat, helper) in enumerate(group):
            people.append(_person(seed, len(people), villages[team], team, place, cheat, helper))
    town = places.moved(places.COUNTY_CENTRE, 0, 2.5 * places.CELL_M + land["county_town_m"])
    return Land(villages, people, town)


def _seat(middle: Point, each: int) -> Point:
    """The township's seat: of its cell's edges the one that is farthest from its villages."""
    villages = [places.village_centre(middle, n, each) for n in range(each)]
    away = places.TOWNSHIP_M
    edges = [places.moved(middle, x * away, y * away) for x in (-1, 1) for y in (-1, 1)]
    return max(edges, key=lambda edge: min(geo.distance_m(edge, v) for v in villages))


def _village(
    numbers: Numbers, seed: int, listed: tuple[str, str], centre: Point, seat: Point
) -> Village:
    dice, land, phones = dice_of(seed, listed[0]), numbers["land"], numbers["phones"]
    wrong = land["anchor_off_m"]
    off = even(dice, wrong) if dice.random() < wrong["share"] else 0.0
    village = Village(
        code=listed[0],
        name=listed[1],
        centre=centre,
        anchor=_aside(centre, dice, off),
        radius_m=choice(dice, land["fence_radius_m"]),
        canyon=dice.random() < phones["accuracy"]["canyon_villages"],
        offline=dice.random() < phones["signal"]["offline_villages"],
        gcj=False,
        office=places.near(centre, dice, 150),
        homes=[],
        seat=seat,
    )
    village.homes = _homes(land, dice, village)
    return village


def _aside(point: Point, dice: Random, away_m: float) -> Point:
    turn = dice.uniform(0, 2 * math.pi)
    return places.moved(point, away_m * math.cos(turn), away_m * math.sin(turn))


def _homes(land: Numbers, dice: Random, village: Village) -> list[Home]:
    homes = []
    for _ in range(land["households_each"]):
        if dice.random() < land["households_within"]:
            door = places.near(village.centre, dice, village.radius_m)
        else:
            away = even(dice, land["household_outlying"]) * village.radius_m
            door = _aside(village.centre, dice, away)
        homes.append(Home(uuid(dice), named(dice), door))
    return homes


def _person(
    seed: int, number: int, village: Village, team: int, place: int, cheat: str, helper: bool
) -> Person:
    dice = dice_of(seed, "person", number)
    post = Post.HC if helper else TEAM[min(place, 2)]
    person = Person(number, uuid(dice), named(dice), post, village, team, cheat)
    if helper:
        person.own = dice.sample(village.homes, 6)
    return person
