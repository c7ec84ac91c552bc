"""How honest people spend their days: taps, visits, trips, pictures. The truth, before any phone."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random

from app.core import geo
from app.core.clock import SHANGHAI
from app.core.geo import Point
from app.demo import places
from scripts.fleets.acts import Look, Shot
from scripts.fleets.land import Home, Land, Person, Village
from scripts.fleets.numbers import Numbers, dice_of, even, whole

MINUTE = timedelta(minutes=1)
#: roads in the hills are longer than the line between two places
ROAD = 1.4


def moment(day: date, hours: float) -> datetime:
    """So many hours after midnight of a civil day."""
    return datetime.combine(day, time(), SHANGHAI) + timedelta(hours=hours)


@dataclass
class Way:
    """Where somebody is, and since when: nobody can be elsewhere before they got there."""

    at: datetime
    point: Point
    kmh: float

    def go(self, to: Point, not_before: datetime) -> datetime:
        """Arrive there, at the wished time or when the road allows."""
        away = geo.distance_m(self.point, to) * ROAD
        speed = 4.5 if away < 800 else self.kmh
        arrived = self.at + timedelta(hours=away / 1000 / speed)
        self.at, self.point = max(arrived, not_before), to
        return self.at


@dataclass
class Camera:
    """Pictures of one person: each is a new look at one of few scenes."""

    numbers: Numbers
    dice: Random
    taken: list[tuple[datetime, Shot]] = field(default_factory=list)

    def shoot(self, scene: str, at: datetime, place: Point) -> Shot:
        """A new picture of a scene."""
        how, dice = self.numbers["honest"]["photos"], self.dice
        exif = None
        if dice.random() < how["exif"]:
            exif = self._exif(how, at, place)
        shot = Shot(scene, dice.getrandbits(40), exif=exif)
        self.taken.append((at, shot))
        return shot

    def _exif(
        self, how: Numbers, at: datetime, place: Point
    ) -> tuple[str, float | None, float | None]:
        if self.dice.random() >= how["exif_place"]:
            return f"{at:%Y:%m:%d %H:%M:%S}", None, None
        shown = places.near(place, self.dice, 20)
        if self.dice.random() < how["exif_gcj"]:
            shown = geo.from_wgs84(shown, geo.Datum.gcj02)
        return f"{at:%Y:%m:%d %H:%M:%S}", round(shown.lat, 6), round(shown.lon, 6)


class Life:
    """One person's days."""

    def __init__(self, numbers: Numbers, seed: int, land: Land, person: Person) -> None:
        self.numbers, self.land, self.person = numbers, land, person
        self.honest = numbers["honest"]
        self.dice = dice_of(seed, "life", person.number)
        self.camera = Camera(numbers, dice_of(seed, "camera", person.number))

    def present(self) -> bool:
        """Whether they are in the village on some day."""
        kind = "helper" if self.person.helper else "team"
        share: float = self.honest["days_in_village"][kind]
        return self.dice.random() < share

    def day(self, day: date, partner_visits: list[Look] | None = None) -> list[Look]:
        """A day in the village; with the doors of a colleague where they go together."""
        village, dice = self.person.village, self.dice
        home = places.near(village.office, dice, 200)
        way = Way(moment(day, 7.4), home, even(dice, self.honest["trips"]["drive_kmh"]))
        looks = list(self._morning(way, day, village))
        trip = not self.person.helper and dice.random() < self.honest["trips"]["share"]
        if partner_visits is not None:
            looks += self._along(way, partner_visits)
        elif self.person.helper or dice.random() < self.honest["visits"]["share"]:
            looks += self._visits(way, day, village)
        if trip:
            looks += self._trip(way, looks, village)
        if not self.person.helper and dice.random() < self.honest["next_village"]:
            looks += self._next_door(way)
        looks += self._evening(way, day, village)
        return looks

    def _look(self, at: datetime, point: Point, village: Village, **more: object) -> Look:
        return replace(Look(self.person.number, at, point, village.code), **more)  # type: ignore[arg-type]  # names of Look's fields

    def _morning(self, way: Way, day: date, village: Village) -> Iterator[Look]:
        dice = self.dice
        if self.person.helper and dice.random() < 0.5:
            return
        indoors = dice.random() < 0.6
        spot = village.office if indoors else places.near(village.centre, dice, 300)
        at = way.go(spot, moment(day, dice.uniform(7.5, 10)))
        first = self._look(at, spot, village, indoors=indoors)
        self._picture(first, "presence", f"{village.code}:office", "scenes_office")
        yield first
        if dice.random() < self.honest["double_tap"]:
            yield self._look(at + dice.uniform(0.3, 8) * MINUTE, spot, village, indoors=indoors)

    def _picture(self, look: Look, kind: str, scene: str, scenes: str) -> None:
        how, dice = self.honest["photos"], self.dice
        if dice.random() >= how[kind]:
            return
        name = f"{scene}:{dice.randrange(how[scenes])}"
        before = dice.uniform(1, 8) * 60 if dice.random() < how["album"] else dice.uniform(0, 3)
        at = look.at - before * MINUTE
        look.photos.append(self.camera.shoot(name, at, look.point))
        if dice.random() < how["burst"]:
            look.photos.append(self.camera.shoot(name, at, look.point))
        if dice.random() < how["late"]:
            look.late_photos = even(dice, how["late_days"])

    def _visits(self, way: Way, day: date, village: Village) -> Iterator[Look]:
        dice = self.dice
        if self.person.helper:
            doors = dice.sample(self.person.own, dice.randint(2, len(self.person.own)))
        else:
            doors = dice.sample(village.homes, whole(dice, self.honest["visits"]["households"]))
        begin = moment(day, dice.uniform(9.5, 15))
        for home in doors:
            yield self._visit(way, home, village, begin)
            begin = way.at + dice.uniform(20, 50) * MINUTE
            way.at = begin - dice.uniform(2, 10) * MINUTE

    def _visit(self, way: Way, home: Home, village: Village, begin: datetime) -> Look:
        spot = places.near(home.door, self.dice, 12)
        at = way.go(spot, begin)
        indoors = self.dice.random() < 0.3
        look = self._look(at, spot, village, kind="household", household=home.id, indoors=indoors)
        self._picture(look, "visit", f"{home.id}", "scenes_household")
        return look

    def _along(self, way: Way, visits: list[Look]) -> Iterator[Look]:
        """The same doors in the same minutes; one picture of the two may go round by chat."""
        dice, how = self.dice, self.honest["photos"]
        for visit in visits:
            spot = places.near(visit.point, dice, 5)
            at = way.go(spot, visit.at + timedelta(seconds=dice.uniform(0, 90)))
            own = replace(visit, person=self.person.number, at=at, point=spot, photos=[])
            if visit.photos and dice.random() < how["shared_by_chat"]:
                got = visit.photos[0]
                chat = how["chat"]
                steps = (("side", chat["side"]), ("again", float(whole(dice, chat["quality"]))))
                own.photos.append(replace(got, done=(*got.done, *steps), exif=None))
            else:
                self._picture(own, "visit", f"{visit.household}", "scenes_household")
            yield own
            way.at = at + dice.uniform(10, 20) * MINUTE

    def _trip(self, way: Way, looks: list[Look], village: Village) -> list[Look]:
        trips, dice = self.honest["trips"], self.dice
        town = dice.random() < trips["to_county_town"]
        there = places.near(self.land.town if town else village.seat, dice, 400)
        at = way.go(there, way.at + dice.uniform(10, 90) * MINUTE)
        stay = at + dice.uniform(60, 180) * MINUTE
        if dice.random() < trips["tap_there"]:
            looks.clear()  # forgotten in the morning, tapped in town: honest and outside
            tap = self._look(at + 5 * MINUTE, there, village, note="上午在村,出来办事才想起签到")
            way.at = stay
            return [tap]
        way.at = stay
        way.go(village.office, way.at)
        return []

    def _next_door(self, way: Way) -> list[Look]:
        village = self.person.village
        others = [v for v in self.land.villages if v is not village]
        near = min(others, key=lambda v: geo.distance_m(v.centre, village.centre))
        at = way.go(near.office, way.at + self.dice.uniform(5, 40) * MINUTE)
        look = self._look(at, near.office, near, indoors=True)
        way.at = at + self.dice.uniform(30, 100) * MINUTE
        way.go(village.office, way.at)
        return [look]

    def _evening(self, way: Way, day: date, village: Village) -> Iterator[Look]:
        dice, told = self.dice, self.honest
        if not self.person.helper and dice.random() < told["presence_again"]:
            spot = places.near(village.centre, dice, village.radius_m * 0.6)
            at = way.go(spot, moment(day, dice.uniform(14, 19)))
            if at.date() == day:
                yield self._look(at, spot, village)
        leaving = told["departure"]
        if dice.random() < leaving["share"]:
            spot = village.office
            if dice.random() < leaving["on_the_road"]:
                spot = places.moved(village.centre, even(dice, leaving["road_m"]), 0)
            at = way.go(spot, moment(day, dice.uniform(17, 19.5)))
            if at.date() == day:
                yield self._look(at, spot, village, kind="departure")


def together(lives: list[Life], day: date) -> dict[int, list[Look]]:
    """One day of a team: who comes, and who goes visiting with whom."""
    here = [life for life in lives if life.present()]
    found: dict[int, list[Look]] = {}
    for life in here:
        done = [other for other in here if other.person.number in found]
        joint = None
        if not life.person.helper and life.dice.random() < life.honest["joint_visits"]:
            for other in done:
                doors = [x for x in found[other.person.number] if x.household is not None]
                if doors and not other.person.helper:
                    joint = doors
                    break
        found[life.person.number] = life.day(day, joint)
    return found
