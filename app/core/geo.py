"""Points on the earth and the datums that Chinese maps shift them by. Pure.

Points are WGS-84 integers of 1e-7 degree (1.1 cm), so that two databases and every log agree on
them to the last digit. Ranges are checked where coordinates enter the house, in the schemas.

GCJ-02 (the state's shifted datum, of most maps and many phones in China) and BD-09 (Baidu's shift
on top of it) have no published definition; the constants below are those of the open
implementations that agree with the map services to within a metre.
"""

import math
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

E7 = 10_000_000
#: Mean radius of the earth R1 in metres (IUGG). The ellipsoid differs by at most 0.6 %.
EARTH_M = 6_371_008.8

# Krasovsky 1940, the ellipsoid that GCJ-02 computes its shift on
_AXIS_M = 6_378_245.0
_FLATTENING = 0.006_693_421_622_965_943_23
_BD_TURN = math.pi * 3000 / 180
_STEPS = 12
_CLOSE_DEG = 1e-10


class Datum(StrEnum):
    """The datum in which a phone or a map gives its coordinates."""

    wgs84 = "wgs84"
    gcj02 = "gcj02"
    bd09 = "bd09"


class Point(NamedTuple):
    """A place: latitude and longitude in 1e-7 degree."""

    lat_e7: int
    lon_e7: int

    @property
    def lat(self) -> float:
        """Latitude in degrees."""
        return self.lat_e7 / E7

    @property
    def lon(self) -> float:
        """Longitude in degrees."""
        return self.lon_e7 / E7


def to_e7(degrees: float) -> int:
    """Degrees as an integer of 1e-7 degree."""
    return round(degrees * E7)


def at(lat: float, lon: float) -> Point:
    """The point at these degrees, rounded to 1e-7."""
    return Point(to_e7(lat), to_e7(lon))


def distance_m(a: Point, b: Point) -> float:
    """Metres between two WGS-84 points along the great circle (haversine)."""
    lat_a, lat_b = math.radians(a[0] / E7), math.radians(b[0] / E7)
    up = math.sin((lat_b - lat_a) / 2)
    across = math.sin(math.radians((b[1] - a[1]) / E7) / 2)
    half_chord = up * up + math.cos(lat_a) * math.cos(lat_b) * across * across
    return 2 * EARTH_M * math.asin(min(1.0, math.sqrt(half_chord)))


def outside_china(lat: float, lon: float) -> bool:
    """Whether GCJ-02 leaves these degrees unshifted.

    The rectangle of the open implementations. It also holds neighbours of China, where maps do
    not shift; nobody is stationed there.
    """
    return not (0.8293 <= lat <= 55.8271 and 72.004 <= lon <= 137.8347)


def to_wgs84(point: Point, datum: Datum) -> Point:
    """The WGS-84 point of one given in ``datum``: the exact inverse of ``from_wgs84``.

    Within a kilometre of the rectangle's edge (open sea and foreign land) two points can share
    one GCJ-02 position; the unshifted one is taken when the position itself lies outside.
    """
    match datum:
        case Datum.wgs84:
            return point
        case Datum.gcj02:
            return at(*_gcj_to_wgs(point.lat, point.lon))
        case Datum.bd09:
            return at(*_gcj_to_wgs(*_inverse(_gcj_to_bd, point.lat, point.lon)))


def from_wgs84(point: Point, datum: Datum) -> Point:
    """The position that a map in ``datum`` shows for a WGS-84 point."""
    match datum:
        case Datum.wgs84:
            return point
        case Datum.gcj02:
            return at(*_wgs_to_gcj(point.lat, point.lon))
        case Datum.bd09:
            return at(*_gcj_to_bd(*_wgs_to_gcj(point.lat, point.lon)))


def _wgs_to_gcj(lat: float, lon: float) -> tuple[float, float]:
    return (lat, lon) if outside_china(lat, lon) else _shift(lat, lon)


def _gcj_to_wgs(lat: float, lon: float) -> tuple[float, float]:
    return (lat, lon) if outside_china(lat, lon) else _inverse(_shift, lat, lon)


def _shift(lat: float, lon: float) -> tuple[float, float]:
    """GCJ-02's shift, without the rule where it applies."""
    x, y = lon - 105.0, lat - 35.0
    root = math.sqrt(abs(x))
    both = 20 * (math.sin(6 * math.pi * x) + math.sin(2 * math.pi * x))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    north += 2 / 3 * (both + _waves(y, 20, 1) + _waves(y, 40, 1 / 3))
    north += 2 / 3 * (160 * math.sin(math.pi * y / 12) + 320 * math.sin(math.pi * y / 30))
    east += 2 / 3 * (both + _waves(x, 20, 1) + _waves(x, 40, 1 / 3))
    east += 2 / 3 * (150 * math.sin(math.pi * x / 12) + 300 * math.sin(math.pi * x / 30))
    sine = math.sin(math.radians(lat))
    bend = 1 - _FLATTENING * sine * sine
    meridian_m = _AXIS_M * (1 - _FLATTENING) / (bend * math.sqrt(bend))
    parallel_m = _AXIS_M / math.sqrt(bend) * math.cos(math.radians(lat))
    return lat + math.degrees(north / meridian_m), lon + math.degrees(east / parallel_m)


def _waves(along: float, height: float, pace: float) -> float:
    return height * math.sin(math.pi * along * pace)


def _gcj_to_bd(lat: float, lon: float) -> tuple[float, float]:
    radius = math.hypot(lon, lat) + 0.00002 * math.sin(lat * _BD_TURN)
    angle = math.atan2(lat, lon) + 0.000003 * math.cos(lon * _BD_TURN)
    return radius * math.sin(angle) + 0.006, radius * math.cos(angle) + 0.0065


def _inverse(
    shift: Callable[[float, float], tuple[float, float]], lat: float, lon: float
) -> tuple[float, float]:
    """The degrees that ``shift`` moves to (lat, lon).

    Both shifts change by less than a tenth per degree, so that each step leaves less than a tenth
    of the error.
    """
    guess_lat, guess_lon = lat, lon
    for _ in range(_STEPS):
        got_lat, got_lon = shift(guess_lat, guess_lon)
        guess_lat, guess_lon = guess_lat + lat - got_lat, guess_lon + lon - got_lon
        if abs(lat - got_lat) < _CLOSE_DEG and abs(lon - got_lon) < _CLOSE_DEG:
            break
    return guess_lat, guess_lon
