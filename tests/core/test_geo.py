"""Distances and datums against published pairs and against an independent way to compute them."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.geo import EARTH_M, Datum, Point, at, distance_m, from_wgs84, outside_china, to_wgs84

CENTIMETRES = 0.02

everywhere = st.builds(
    Point,
    st.integers(-90 * 10**7, 90 * 10**7),
    st.integers(-180 * 10**7, 180 * 10**7),
)
#: the rectangle in which maps shift, two kilometres within its edge
shifted = st.builds(
    Point,
    st.integers(round(0.85e7), round(55.80e7)),
    st.integers(round(72.03e7), round(137.80e7)),
)


def _by_vectors(a: Point, b: Point) -> float:
    """The angle between two directions from the centre, by cross and dot product."""

    def direction(point: Point) -> tuple[float, float, float]:
        lat, lon = math.radians(point.lat), math.radians(point.lon)
        return (math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat))

    (ax, ay, az), (bx, by, bz) = direction(a), direction(b)
    cross = math.hypot(ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx)
    return EARTH_M * math.atan2(cross, ax * bx + ay * by + az * bz)


@given(everywhere, everywhere)
@example(Point(0, 0), Point(0, 0))
@example(Point(90 * 10**7, 0), Point(-90 * 10**7, 0))
@example(Point(0, 0), Point(0, 180 * 10**7))
def test_distance_agrees_with_the_angle_between_vectors(a: Point, b: Point) -> None:
    # haversine loses digits near the antipode only: half a metre in 20,000 km
    assert distance_m(a, b) == pytest.approx(_by_vectors(a, b), abs=0.5)


@given(everywhere, everywhere)
def test_distance_is_the_same_both_ways_and_never_negative(a: Point, b: Point) -> None:
    assert distance_m(a, b) == distance_m(b, a) >= 0


def test_one_degree_of_a_meridian() -> None:
    assert distance_m(at(27, 114), at(28, 114)) == pytest.approx(EARTH_M * math.pi / 180)


@pytest.mark.parametrize(
    ("wgs", "gcj"),
    [
        # published with the test suite of the open implementation "eviltransform"
        ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
        ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
        ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
        # published in the read-me of "coordtransform"
        ((39.915, 116.404), (39.91640428150164, 116.41024449916938)),
    ],
)
def test_gcj02_of_published_pairs(wgs: tuple[float, float], gcj: tuple[float, float]) -> None:
    assert from_wgs84(at(*wgs), Datum.gcj02) == at(*gcj)
    assert distance_m(to_wgs84(at(*gcj), Datum.gcj02), at(*wgs)) < CENTIMETRES


def test_bd09_of_a_published_pair() -> None:
    # "coordtransform": GCJ-02 39.915, 116.404 is BD-09 39.92133699351021, 116.41036949371029
    bd09 = at(39.92133699351021, 116.41036949371029)
    same_place = to_wgs84(at(39.915, 116.404), Datum.gcj02)
    assert distance_m(to_wgs84(bd09, Datum.bd09), same_place) < CENTIMETRES
    assert distance_m(from_wgs84(same_place, Datum.bd09), bd09) < CENTIMETRES


@given(shifted, st.sampled_from(Datum))
def test_there_and_back_is_the_same_place(point: Point, datum: Datum) -> None:
    there = from_wgs84(point, datum)
    assert distance_m(to_wgs84(there, datum), point) < CENTIMETRES


@given(shifted)
def test_the_shift_is_between_nothing_and_a_kilometre(point: Point) -> None:
    assert distance_m(from_wgs84(point, Datum.gcj02), point) < 1000


@given(everywhere.filter(lambda point: outside_china(point.lat, point.lon)))
def test_gcj02_leaves_the_rest_of_the_world_alone(point: Point) -> None:
    assert from_wgs84(point, Datum.gcj02) == to_wgs84(point, Datum.gcj02) == point


@pytest.mark.parametrize(
    ("lat", "lon", "outside"),
    [
        (27.13, 113.96, False),  # 莲花县
        (44.83, 82.07, False),  # 博乐, Xinjiang
        (48.8566, 2.3522, True),  # Paris
        (35.6812, 139.7671, True),  # Tokyo
        (0.8293, 72.004, False),  # the corners themselves are inside
        (55.8271, 137.8347, False),
        (0.8292, 100.0, True),
        (40.0, 137.8348, True),
    ],
)
def test_where_maps_shift(lat: float, lon: float, outside: bool) -> None:
    assert outside_china(lat, lon) is outside


def test_points_keep_a_centimetre() -> None:
    assert at(27.12793, 113.95391) == Point(271279300, 1139539100)
    assert (at(27.12793, 113.95391).lat, at(27.12793, 113.95391).lon) == (27.12793, 113.95391)
