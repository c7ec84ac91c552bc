"""Whether a village's fence and fixes speak of two datums, pure."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.checkins import limits
from app.checks.centres import measure
from app.core.geo import EARTH_M, Datum, Point, at, distance_m, from_wgs84, to_wgs84
from app.org.datum import middle_of, shift_of

MEASURE = measure(limits.shipped())
CENTRE = at(27.13, 113.96)


def moved(point: Point, east: float, north: float) -> Point:
    width = EARTH_M * math.cos(math.radians(point.lat))
    return at(point.lat + math.degrees(north / EARTH_M), point.lon + math.degrees(east / width))


def around(centre: Point, spread_m: float, count: int = 60, seed: int = 1) -> list[Point]:
    dice = Random(seed)
    return [moved(centre, dice.gauss(0, spread_m), dice.gauss(0, spread_m)) for _ in range(count)]


@pytest.mark.parametrize("spread_m", [20, 150])
def test_a_fence_off_a_chinese_map_is_found(spread_m: float) -> None:
    fence = from_wgs84(CENTRE, Datum.gcj02)
    shift = shift_of([fence], around(CENTRE, spread_m), MEASURE)
    assert shift is not None
    assert shift.suspect
    assert abs(shift.away_m - distance_m(fence, CENTRE)) < 60


def test_phones_that_shift_silently_are_found() -> None:
    fixes = [from_wgs84(point, Datum.gcj02) for point in around(CENTRE, 150)]
    shift = shift_of([CENTRE], fixes, MEASURE)
    assert shift is not None
    assert shift.suspect
    back = [to_wgs84(point, Datum.gcj02) for point in fixes]
    assert not getattr(shift_of([CENTRE], back, MEASURE), "suspect", True)


def test_a_quarter_of_the_phones_shift_the_other_way() -> None:
    """The fence and some phones are GCJ-02: for those both shifts cancel."""
    fence = from_wgs84(CENTRE, Datum.gcj02)
    fixes = around(CENTRE, 100)
    mixed = [from_wgs84(p, Datum.gcj02) if n % 4 == 0 else p for n, p in enumerate(fixes)]
    assert getattr(shift_of([fence], mixed, MEASURE), "suspect", False)


@pytest.mark.parametrize("turn", range(0, 360, 30))
def test_an_honest_village_is_believed(turn: int) -> None:
    """A wrong roof 600 m away is no datum, unless it lies just where the datum would put it."""
    off = moved(CENTRE, 600 * math.sin(math.radians(turn)), 600 * math.cos(math.radians(turn)))
    shift = shift_of([off], around(CENTRE, 100), MEASURE)
    assert shift is not None
    gap = abs((shift.bearing - shift.expected_bearing + 180) % 360 - 180)
    assert gap < 25 if shift.suspect else gap > 15, shift


def test_spread_over_the_village_is_no_shift() -> None:
    assert not getattr(shift_of([CENTRE], around(CENTRE, 700), MEASURE), "suspect", True)


def test_several_fences_are_each_asked_for_their_own() -> None:
    hamlets = [moved(CENTRE, 0, 0), moved(CENTRE, 3000, 0)]
    fixes = around(hamlets[0], 100) + around(hamlets[1], 100, seed=2)
    shift = shift_of(hamlets, fixes, MEASURE)
    assert shift is not None
    assert shift.away_m < 60
    assert shift_of([], fixes, MEASURE) is None
    assert shift_of(hamlets, [], MEASURE) is None


@given(st.floats(20, 50), st.floats(75, 130))
def test_a_far_away_point_never_suspends_a_fence(lat: float, lon: float) -> None:
    """Whoever stays at home 5 km away cannot have the fence switched off."""
    home = [moved(at(lat, lon), 5000, 300)] * 50
    assert not getattr(shift_of([at(lat, lon)], home, MEASURE), "suspect", True)


def test_strays_do_not_move_the_middle() -> None:
    fixes = around(CENTRE, 30) + [at(20, 100)] * 5
    assert distance_m(middle_of(fixes), CENTRE) < 30
