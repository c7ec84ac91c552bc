"""What a phone makes of a tap: position, clocks, anchor, and when it reaches the service."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from app.auth.anchors import Anchors
from app.checkins.schemas import Clock, Fix
from app.core import geo
from app.core.clock import SHANGHAI
from app.core.geo import Point
from app.demo import places
from app.demo.people import uuid
from scripts.fleets.acts import Look, Trick
from scripts.fleets.numbers import (
    Numbers,
    choice,
    dice_of,
    even,
    log_even,
    rayleigh,
)

#: radius of a share of Rayleigh errors, in sigmas
OF_68, OF_95 = 1.5096, 2.4477
SECOND = timedelta(seconds=1)


@dataclass
class Held:
    """The newest anchor of one user on this phone, and what the clocks said when it came."""

    anchor: str
    seen_at: datetime
    page: str
    came: datetime


@dataclass
class Receiver:
    """How this phone finds out where it is."""

    sigmas: float
    hopeful: float
    static_hold: bool
    network: bool
    precise: bool
    gcj: bool
    zero: bool
    approximate: bool
    denied: bool


@dataclass
class Phone:
    """One phone. ``offsets`` are (since, seconds): the clock's error from then on."""

    device: str
    dice: Random
    receiver: Receiver
    offsets: list[tuple[datetime, float]]
    drift_ppm: float
    sleep: float
    offline: list[tuple[datetime, datetime]] = field(default_factory=list)
    held: dict[UUID, Held] = field(default_factory=dict)
    page: str = ""
    centroids: dict[str, tuple[Point, float]] = field(default_factory=dict)
    last: tuple[datetime, Point, Fix, Point] | None = None

    def wall(self, at: datetime) -> datetime:
        """What the phone's clock shows at this moment."""
        since, offset = [pair for pair in self.offsets if pair[0] <= at or pair is self.offsets[0]][
            -1
        ]
        drifted = (at - since).total_seconds() * self.drift_ppm / 1e6
        return at + timedelta(seconds=offset + drifted)

    def signal(self, at: datetime) -> datetime:
        """The first moment from now on at which there is signal."""
        for begin, end in self.offline:
            if begin <= at < end:
                return end
        return at

    def reload(self) -> None:
        """A new page: its monotonic clock begins anew and knows no anchor."""
        self.page = str(uuid(self.dice))

    def contact(self, anchors: Anchors, user: UUID, at: datetime) -> None:
        """The service answers: it issued an anchor just before. Of two contacts the later one holds."""
        held = self.held.get(user)
        if held is not None and at < held.came:
            return
        seen = at + timedelta(seconds=self.dice.uniform(0.05, 1.5))
        anchor = anchors.issue(user, self.device, at)
        self.held[user] = Held(anchor, self.wall(seen), self.page, seen)

    def clock(self, user: UUID, at: datetime) -> Clock | None:
        """What a record made now says of the clocks."""
        held = self.held.get(user)
        if held is None:
            return Clock(page=self.page)
        elapsed = None
        if held.page == self.page:
            awake = 1.0 if at - held.came < 30 * SECOND else 1.0 - self.sleep
            elapsed = max(0, round((at - held.came).total_seconds() * 1000 * awake))
        return Clock(
            anchor=held.anchor, anchor_seen_at=held.seen_at, elapsed_ms=elapsed, page=self.page
        )


def make(numbers: Numbers, seed: int, number: int, first: datetime, days: int) -> Phone:
    """The phone of this number, as it is on the first day; later mishaps are in its offsets."""
    phones, dice = numbers["phones"], dice_of(seed, "phone", number)
    clocks = phones["clocks"]
    drift = dice.choice((-1, 1)) * even(dice, clocks["drift_ppm"])
    offset, kind = _offset(clocks, dice)
    offsets = [(first - timedelta(days=1), offset)]
    if kind == "network_s":
        drift = 0.0
    elif abs(offset) > 300 and dice.random() < clocks["put_right_once"]:
        right = first + timedelta(days=dice.uniform(5, max(6, days - 5)))
        offsets.append((right, dice.uniform(-20, 20)))
    fixes, accuracy, network = phones["fixes"], phones["accuracy"], phones["network_position"]
    denied = fixes["none"] * fixes["of_which_denied_people"]
    approximate = fixes["coarse"] * fixes["of_which_approximate_people"]
    roll, on_network = dice.random(), dice.random() < network["share"]
    hopeful = accuracy["hopeful_chips"]
    receiver = Receiver(
        sigmas=OF_68 if dice.random() < accuracy["quotes_68"] else OF_95,
        hopeful=hopeful["times"] if dice.random() < hopeful["share"] else 1.0,
        static_hold=dice.random() < phones["static_hold"]["share"],
        network=on_network,
        precise=on_network and dice.random() < network["precise_share"],
        gcj=dice.random() < phones["gcj_as_wgs"],
        zero=dice.random() < phones["zero_accuracy"],
        denied=roll < denied,
        approximate=denied <= roll < denied + approximate,
    )
    page = phones["page"]
    stops = dice.random() < page["sleep_stops_clock"]
    phone = Phone(
        device=str(uuid(dice)),
        dice=dice,
        receiver=receiver,
        offsets=offsets,
        drift_ppm=drift,
        sleep=even(dice, page["sleep_share"]) if stops else 0.0,
    )
    phone.reload()
    return phone


def _offset(clocks: Numbers, dice: Random) -> tuple[float, str]:
    """Seconds by which the clock is wrong, and of which kind it is."""
    kinds = ["network_s", "minutes_s", "hour_s", "zone_h", "year_d"]
    kind = dice.choices(kinds, [clocks[name]["share"] for name in kinds])[0]
    told, sign = clocks[kind], dice.choice((-1, 1))
    match kind:
        case "network_s":
            return dice.gauss(0, told["sigma"]), kind
        case "zone_h":
            return float(choice(dice, {"choose": told["choose"]}) * 3600), kind
        case "year_d":
            return sign * even(dice, told) * 86_400, kind
        case _:
            return sign * log_even(dice, told), kind


def empty_batteries(numbers: Numbers, phone: Phone, first: datetime, days: int) -> None:
    """Now and then the battery dies and the date with it, until there is signal again."""
    told = numbers["phones"]["clocks"]["reset_after_empty_battery"]
    back = datetime.combine(told["back_to"], datetime.min.time(), SHANGHAI)
    for day in range(days):
        if phone.dice.random() < told["share"]:
            dead = first + timedelta(days=day, hours=phone.dice.uniform(6, 18))
            again = phone.signal(dead)
            before = phone.offsets[-1][1]
            phone.offsets.append((dead, (back - dead).total_seconds()))
            phone.offsets.append((again + 60 * SECOND, before))
            phone.offsets.sort(key=lambda pair: pair[0])


def position(numbers: Numbers, phone: Phone, look: Look, canyon: bool) -> tuple[Fix | None, str]:
    """The fix of a tap, or None and why there is none."""
    phones, dice, receiver = numbers["phones"], phone.dice, phone.receiver
    if look.mock is not None:
        told = look.mock
        at = phone.wall(look.at - SECOND)
        return Fix(lat=told.lat, lon=told.lon, accuracy_m=told.accuracy_m, fixed_at=at), ""
    fixes = phones["fixes"]
    of_people = fixes["none"] * fixes["of_which_denied_people"]
    if receiver.denied:
        return None, "denied"
    if dice.random() < (fixes["none"] - of_people) / (1 - of_people):
        return None, dice.choice(("timeout", "timeout", "unavailable"))
    recent = phone.last is not None and look.at - phone.last[0] < 60 * SECOND
    if phone.last and recent and dice.random() < phones["cached_fix"]["share_within_60_s"]:
        return phone.last[2], ""
    raw, accuracy = _measured(phones, phone, look, canyon)
    point = geo.from_wgs84(raw, geo.Datum.gcj02) if receiver.gcj else raw
    if receiver.zero:
        accuracy = 0.0
    fix = Fix(
        lat=point.lat, lon=point.lon, accuracy_m=accuracy,
        fixed_at=phone.wall(look.at - dice.uniform(0.2, 8) * SECOND),
    )  # fmt: skip
    phone.last = (look.at, look.point, fix, raw)
    return fix, ""


def _measured(phones: Numbers, phone: Phone, look: Look, canyon: bool) -> tuple[Point, float]:
    fixes, dice, receiver = phones["fixes"], phone.dice, phone.receiver
    of_people = fixes["coarse"] * fixes["of_which_approximate_people"]
    share = fixes["coarse"] - of_people
    if receiver.approximate:
        return _snapped(look.point, fixes["approximate_grid_m"]), float(fixes["approximate_grid_m"])
    if dice.random() < share / (1 - of_people - fixes["none"]):
        accuracy = round(log_even(dice, fixes["coarse_m"]), 1)
        return places.near(look.point, dice, accuracy), accuracy
    network = phones["network_position"]
    if receiver.network and look.indoors and dice.random() < network["indoors"]:
        return _centroid(network, phone, look)
    hold = phones["static_hold"]
    if phone.last is not None and receiver.static_hold:
        then, where, fix, raw = phone.last
        still = geo.distance_m(where, look.point) < 30
        if still and look.at - then < timedelta(minutes=hold["holds_minutes"]) and fix.accuracy_m:
            return raw, fix.accuracy_m
    return _by_satellite(phones["accuracy"], phone, look, canyon)


def _by_satellite(accuracy: Numbers, phone: Phone, look: Look, canyon: bool) -> tuple[Point, float]:
    """A Rayleigh error about the truth, and the accuracy that the chip claims for it."""
    dice, receiver = phone.dice, phone.receiver
    deep = canyon and dice.random() < accuracy["canyon_fixes"]
    claimed = round(log_even(dice, accuracy["canyon_m" if deep else "open_m"]), 3)
    sigma = claimed / receiver.sigmas * receiver.hopeful
    reflected = accuracy["reflected"]
    if deep and dice.random() < reflected["share"]:
        sigma *= even(dice, reflected["times"])
    away = rayleigh(dice, sigma)
    exact = places.near(look.point, dice, 0.01)
    return _turned(exact, dice, away), claimed


def _turned(point: Point, dice: Random, away_m: float) -> Point:
    rim = places.near(point, dice, 1.0)
    length = max(geo.distance_m(point, rim), 1e-3)
    east = (rim.lon_e7 - point.lon_e7) / length
    north = (rim.lat_e7 - point.lat_e7) / length
    return Point(round(point.lat_e7 + north * away_m), round(point.lon_e7 + east * away_m))


def _snapped(point: Point, grid_m: float) -> Point:
    """The middle of the grid's cell that holds the point."""
    step = grid_m / 111_000
    return geo.at(round(point.lat / step) * step, round(point.lon / step) * step)


def _centroid(network: Numbers, phone: Phone, look: Look) -> tuple[Point, float]:
    """What cells and access points say in this office: always the same."""
    found = phone.centroids.get(look.village)
    if found is None:
        span = network["precise_m" if phone.receiver.precise else "centroid_m"]
        accuracy = round(log_even(phone.dice, span), 1)
        away = rayleigh(phone.dice, accuracy / OF_68)
        found = _turned(look.point, phone.dice, away), accuracy
        phone.centroids[look.village] = found
    return found


def set_back(phone: Phone, trick: Trick, at: datetime) -> None:
    """The date is set back for a few minutes around this tap, and put right again."""
    error = (phone.wall(at) - at).total_seconds()
    begin = at - timedelta(minutes=2)
    phone.offsets.append((begin, error - trick.back_days * 86_400))
    phone.offsets.append((at + timedelta(minutes=3), error))
    phone.offsets.sort(key=lambda pair: pair[0])


def utc(at: datetime) -> datetime:
    """The same moment in UTC, as ``received_at`` is."""
    return at.astimezone(UTC)
