"""Whether a village's fence and its fixes speak of two datums 坐标系. Pure.

GCJ-02 moves every place of a neighbourhood by the same few hundred metres in the same direction.
A fence read off a Chinese map and stored as WGS-84, or phones that shift silently, therefore put
all fixes of a village to one side of its centre, by that very shift or its opposite. Nobody's
presence can then be questioned by that fence: the rule is suspended and the fence is looked at.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from app.core.geo import E7, EARTH_M, Datum, Point, from_wgs84

_Metres = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Measure:
    """What counts as a shift: metres, and percent of the shift or of the fixes."""

    least_m: int
    most_m: int
    agree_percent: int
    turn_percent: int


@dataclass(frozen=True, slots=True)
class Shift:
    """The median of a village's fixes lies ``away_m`` metres from its centre, at ``bearing``.

    Degrees clockwise from north. ``suspect`` when that is what GCJ-02 would do to the fixes or to
    the fence: ``expected_m`` metres at ``expected_bearing``.
    """

    away_m: int
    bearing: int
    expected_m: int
    expected_bearing: int
    suspect: bool


def shift_of(centres: Sequence[Point], fixes: Sequence[Point], measure: Measure) -> Shift | None:
    """How the fixes (WGS-84) lie about the centres, each about its nearest; None without any."""
    if not fixes or not centres:
        return None
    offsets = [
        min((_offset(c, fix) for c in centres), key=lambda o: math.hypot(*o)) for fix in fixes
    ]
    middle = median(east for east, _ in offsets), median(north for _, north in offsets)
    away = math.hypot(*middle)
    shifted = _offset(centres[0], from_wgs84(centres[0], Datum.gcj02))
    # the fixes may be the ones that are shifted, or the fence: then they lie the other way
    ways = (shifted, (-shifted[0], -shifted[1]))
    expected = min(ways, key=lambda way: math.dist(way, middle))
    size = math.hypot(*expected)
    suspect = (
        measure.least_m <= away <= measure.most_m
        and math.dist(expected, middle) <= size * measure.agree_percent / 100
        and _on_side(offsets, expected) * 100 >= len(offsets) * measure.turn_percent
    )
    return Shift(round(away), _bearing(middle), round(size), _bearing(expected), suspect)


def middle_of(fixes: Sequence[Point]) -> Point:
    """The median of the fixes, by latitude and by longitude: strays do not move it."""
    return Point(round(median(p.lat_e7 for p in fixes)), round(median(p.lon_e7 for p in fixes)))


def _on_side(offsets: Sequence[_Metres], towards: _Metres) -> int:
    """How many lie within 60 degrees of that bearing, seen from the centre."""
    size = math.hypot(*towards)
    return sum(
        1
        for east, north in offsets
        if east * towards[0] + north * towards[1] >= 0.5 * size * math.hypot(east, north)
        and (east or north)
    )


def _offset(origin: Point, point: Point) -> _Metres:
    """Metres east and north of the origin."""
    east = EARTH_M * math.cos(math.radians(origin.lat))
    return (
        east * math.radians((point.lon_e7 - origin.lon_e7) / E7),
        EARTH_M * math.radians((point.lat_e7 - origin.lat_e7) / E7),
    )


def _bearing(way: _Metres) -> int:
    return round(math.degrees(math.atan2(*way))) % 360
