"""How each kind of cheat spends the days on which they cheat. Otherwise they live as anybody does."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from app.core import geo
from app.demo import places
from scripts.fleets.acts import Look, Mock, Shot, Trick
from scripts.fleets.honest import MINUTE, Life, moment
from scripts.fleets.numbers import Numbers, choice, dice_of, even, rayleigh, whole
from scripts.fleets.phones import OF_68


class Cheat:
    """One cheat: what they keep between the days."""

    def __init__(self, life: Life, numbers: Numbers, seed: int) -> None:
        self.life, self.person = life, life.person
        self.kind = life.person.cheat
        self.told: Numbers = numbers["cheat"][self.kind]
        self.share = numbers["cheat"]["cheats_on"]
        self.dice: Random = dice_of(seed, "cheat", self.person.number)
        self.mock = self._mock() if self.kind == "fixed_mock" else None
        self.colleagues: list[Life] = []
        self.there: set[date] = set()
        #: the pictures of this team's earlier records; what was never sent proves nothing
        self.sent: set[Shot] = set()

    def _mock(self) -> Mock:
        """A finger on a map, once; half of the maps show another datum."""
        village = self.person.village
        spot = places.near(village.centre, self.dice, 250)
        if self.dice.random() < self.told["from_gcj_map"]:
            spot = geo.from_wgs84(spot, geo.Datum.gcj02)
        return Mock(spot.lat, spot.lon, float(choice(self.dice, self.told["accuracy_m"])))

    def day(self, day: date, here: list[Look] | None) -> list[Look]:
        """The day as it is recorded; ``here`` is what an honest day of theirs would be, or None."""
        if here:
            self.there.add(day)
        way = _WAYS.get(self.kind)
        if way is None:
            return here or []
        return way(self, day, here)

    def _home(self) -> geo.Point:
        return places.near(self.life.land.town, self.dice, 3000)

    def _away(self, day: date, count: int) -> list[Look]:
        """Taps of a day spent at home."""
        dice, home = self.dice, self._home()
        hours = sorted(dice.uniform(7.5, 19) for _ in range(count))
        code = self.person.village.code
        return [
            Look(self.person.number, moment(day, hour), home, code, cheat=self.kind)
            for hour in hours
        ]

    def fixed(self, day: date, here: list[Look] | None) -> list[Look]:
        """At home, the phone says otherwise."""
        if here is None or self.dice.random() >= self.share:
            return here or []
        looks = self._away(day, whole(self.dice, self.told["taps"]))
        return [replace(look, mock=self.mock) for look in looks]

    def careful(self, day: date, here: list[Look] | None) -> list[Look]:
        """At home, with everything as it would be in the village."""
        if here is None or self.dice.random() >= self.share:
            return here or []
        looks, dice = self._away(day, self.dice.randint(1, 3)), self.dice
        spot = places.near(self.person.village.centre, dice, 300)
        for look in looks:
            spot = places.near(spot, dice, 80)
            accuracy = round(even(dice, self.told["accuracy_m"]), 3)
            shown = places.near(spot, dice, rayleigh(dice, accuracy / OF_68))
            look.mock = Mock(shown.lat, shown.lon, accuracy)
            if dice.random() < 0.3:
                look.photos.append(Shot(f"anything:{dice.getrandbits(30)}", dice.getrandbits(30)))
        return looks

    def replayed(self, day: date, here: list[Look] | None) -> list[Look]:
        """A picture of an earlier visit, once more."""
        visits = [look for look in here or [] if look.household is not None]
        if not here or self.dice.random() >= self.share:
            return here or []
        old = self._old_picture(day)
        if old is None:
            return here
        target = self.dice.choice(visits or here)
        target.photos = [replace(old, done=(*old.done, *self._changes()))]
        target.late_photos, target.cheat = 0.0, self.kind
        return here

    def _old_picture(self, day: date) -> Shot | None:
        span = self.told.get("older_than_days", {"from": 7, "to": 60})
        cameras = [self.life.camera]
        if self.colleagues and self.dice.random() < self.told.get("of_colleague", 0.0):
            cameras = [self.dice.choice(self.colleagues).camera]
        first, last = moment(day, 0) - timedelta(days=span["to"]), moment(day, 0)
        last -= timedelta(days=span["from"])
        taken = [shot for at, shot in cameras[0].taken if first <= at <= last]
        old = [shot for shot in taken if shot in self.sent]
        return self.dice.choice(old) if old else None

    def _changes(self) -> tuple[tuple[str, float], ...]:
        told, dice = self.told, self.dice
        if self.kind == "replayed_photo":
            if dice.random() < told["same_bytes"]:
                return ()
            return ("side", choice(dice, told["side"])), (
                "again",
                float(whole(dice, told["quality"])),
            )
        steps = ["crop", "turn", "mirror"]
        step = dice.choices(steps, [told[name]["share"] for name in steps])[0]
        value = even(dice, told[step]) if step != "mirror" else 1.0
        return ((step, value * dice.choice((-1, 1)) if step == "turn" else value),)

    def clock(self, day: date, here: list[Look] | None) -> list[Look]:
        """A day without a tap is filled some days later; the days in the village stay honest."""
        dice = self.dice
        back = choice(dice, self.told["back_days"])
        if here is None or dice.random() >= self.share or day - timedelta(back) in self.there:
            return here or []
        orders = ["page_open", "flight_mode", "date_first"]
        order = dice.choices(orders, [self.told[name] for name in orders])[0]
        at_home = dice.random() < 0.5
        spot = self._home() if at_home else places.near(self.person.village.centre, dice, 200)
        looks = [] if at_home else [look for look in here if look.at < moment(day, 20)]
        if not looks:
            self.there.discard(day)
        self.there.add(day - timedelta(back))
        opened = dice.random() < self.told["opened_today_before"]
        tap = Look(
            self.person.number, moment(day, dice.uniform(20.2, 22)), spot, self.person.village.code,
            trick=Trick(back, order, opened), cheat=self.kind,
        )  # fmt: skip
        return [*looks, tap]


def proxied(cheats: list[Cheat], found: dict[int, list[Look]]) -> None:
    """One who is there taps for those who are not, one after the other, on one phone."""
    here = [cheat for cheat in cheats if found.get(cheat.person.number)]
    if not here or here[0].dice.random() >= here[0].share:
        return
    leader = here[0]
    first = found[leader.person.number][0]
    at = first.at
    for cheat in cheats:
        if cheat is leader:
            continue
        at += leader.dice.uniform(0.8, 4) * MINUTE
        tap = Look(
            cheat.person.number, at, first.point, first.village, phone=leader.person.number,
            indoors=first.indoors, cheat="proxy_phone",
        )  # fmt: skip
        found[cheat.person.number] = [tap]


_WAYS: dict[str, Callable[[Cheat, date, list[Look] | None], list[Look]]] = {
    "fixed_mock": Cheat.fixed,
    "careful_spoofer": Cheat.careful,
    "replayed_photo": Cheat.replayed,
    "edited_photo": Cheat.replayed,
    "clock_jump": Cheat.clock,
}
KINDS = (
    "fixed_mock", "replayed_photo", "clock_jump", "copied_diary", "proxy_phone",
    "edited_photo", "careful_spoofer",
)  # fmt: skip
