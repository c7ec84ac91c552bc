"""The three-valued place against a slow, independent geometry and at its boundaries."""

import math
from uuid import UUID

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from app.core.geo import EARTH_M, Point, at, distance_m
from app.org.geofence import COARSE_M, MARGIN_M, Fence, Located, Place, crossing, locate

CENTRE = at(27.13, 113.96)
HALL, SCHOOL = UUID(int=1), UUID(int=2)


def _moved(east_m: float, north_m: float, origin: Point = CENTRE) -> Point:
    """The point so many metres east and north, on a sphere cut flat at the origin."""
    lat = origin.lat + math.degrees(north_m / EARTH_M)
    lon = origin.lon + math.degrees(east_m / (EARTH_M * math.cos(math.radians(origin.lat))))
    return at(lat, lon)


def _circle(radius_m: int = 500, centre: Point = CENTRE, id: UUID = HALL) -> Fence:
    return Fence(id, centre, radius_m)


def _polygon(*corners: tuple[float, float]) -> Fence:
    return Fence(HALL, CENTRE, 0, tuple(_moved(*corner) for corner in corners))


SQUARE = _polygon((-1000, -1000), (1000, -1000), (1000, 1000), (-1000, 1000))
#: a horseshoe: its centre of gravity is outside of it
HORSESHOE = _polygon(
    (-1000, -1000), (1000, -1000), (1000, 1000), (600, 1000), (600, -600), (-600, -600),
    (-600, 1000), (-1000, 1000),
)  # fmt: skip


@pytest.mark.parametrize(
    ("east_m", "accuracy_m", "place"),
    [
        (0, 0, Place.inside),
        (500, 49, Place.inside),
        (549, 0, Place.inside),  # on the edge, the slack covers it
        (530, 18, Place.inside),
        (530, 22, Place.near),  # its far side is 2 m too far
        (551, 0, Place.outside),  # an accuracy of 0 is taken as given
        (570, 22, Place.near),  # its near side is still in reach
        (570, 18, Place.outside),
        (0, 551, Place.near),  # in the middle, but the fix is wider than the village
        (1500, 949, Place.outside),
        (1500, 952, Place.near),
        (0, 1000, Place.near),
        (0, 1000.001, Place.unknown),  # a coarse fix says nothing, near or far
        (90_000, 1000.001, Place.unknown),
        (90_000, 1000, Place.outside),
    ],
)
def test_a_circle_at_its_boundaries(east_m: float, accuracy_m: float, place: Place) -> None:
    found = locate(_moved(east_m, 0), round(accuracy_m * 1000), [_circle()])
    assert (found.place, found.fence) == (place, HALL)
    assert found.distance_m == pytest.approx(east_m, abs=1 + east_m * 1e-4)


@pytest.mark.parametrize(
    ("east_m", "accuracy_m", "place", "distance"),
    [
        (0, 0, Place.inside, 0),
        (0, 900, Place.inside, 0),  # 1000 m from each edge: even its far side is inside
        (1049, 0, Place.inside, 49),
        (1051, 0, Place.outside, 51),
        (1030, 25, Place.near, 30),
        (1100, 40, Place.outside, 100),
        (900, 140, Place.inside, 0),
        (900, 160, Place.near, 0),
    ],
)
def test_a_polygon_at_its_boundaries(
    east_m: float, accuracy_m: float, place: Place, distance: int
) -> None:
    found = locate(_moved(east_m, 0), round(accuracy_m * 1000), [SQUARE])
    assert found.place is place
    assert found.distance_m == pytest.approx(distance, abs=1)


def test_the_mouth_of_a_horseshoe_is_not_inside() -> None:
    assert locate(_moved(0, 500), 1000, [HORSESHOE]).place is Place.outside
    assert locate(_moved(-800, 500), 1000, [HORSESHOE]).place is Place.inside


def test_without_a_fix_nothing_is_known() -> None:
    assert locate(None, None, [_circle()]) == Located(Place.unknown)


def test_without_a_fence_nothing_is_known() -> None:
    assert locate(CENTRE, 5000, []) == Located(Place.unknown)


def test_a_fix_without_accuracy_is_measured_but_proves_nothing() -> None:
    assert locate(CENTRE, None, [_circle()]) == Located(Place.unknown, 0, HALL, 0)
    assert locate(_moved(90_000, 0), None, [_circle()]).place is Place.unknown


def test_of_several_fences_the_best_place_holds() -> None:
    hall, school = _circle(300), _circle(300, _moved(5000, 0), SCHOOL)
    for fences in ([hall, school], [school, hall]):
        assert locate(_moved(5100, 0), 10_000, fences) == Located(Place.inside, 100, SCHOOL, 0)
        assert locate(_moved(200, 0), 10_000, fences) == Located(Place.inside, 200, HALL, 0)
        between = locate(_moved(2600, 0), 10_000, fences)
        assert (between.place, between.fence) == (Place.outside, SCHOOL)


def test_a_large_fence_further_off_can_be_the_better_one() -> None:
    hut, township = _circle(50), _circle(3000, _moved(2500, 0), SCHOOL)
    assert locate(_moved(400, 0), 20_000, [hut, township]).fence == SCHOOL


offsets = st.floats(-4000, 4000)
accuracies = st.integers(0, 2_000_000)


@given(offsets, offsets, accuracies, st.integers(1, 3000))
def test_place_says_what_it_means_of_a_circle(
    east: float, north: float, accuracy_mm: int, radius_m: int
) -> None:
    """Oracle: walk around the rim of the fix and look which of its points the village takes in."""
    fix = _moved(east, north)
    place = locate(fix, accuracy_mm, [_circle(radius_m)]).place
    if accuracy_mm > COARSE_M * 1000:
        assert place is Place.unknown
        return
    rim = [
        _moved(
            accuracy_mm / 1000 * math.cos(turn * math.pi / 720),
            accuracy_mm / 1000 * math.sin(turn * math.pi / 720),
            fix,
        )
        for turn in range(1440)  # quarters of a degree: a gap is 0.0044 of the accuracy wide
    ]
    reach = radius_m + MARGIN_M
    away = [distance_m(point, CENTRE) for point in [fix, *rim]]
    if away[0] * 1000 <= accuracy_mm:  # the phone may be at the very centre, off the rim
        away.append(0.0)
    tolerance = 2  # the rim is sampled, the plane is flat
    if place is Place.inside:
        assert max(away) <= reach + tolerance
    elif place is Place.outside:
        assert min(away) >= reach - tolerance
    else:
        assert max(away) >= reach - tolerance
        assert min(away) <= reach + accuracy_mm / 1000 * 0.0022 + tolerance


@given(offsets, offsets, accuracies)
@example(0.0, 0.0, 0)
def test_a_polygon_drawn_along_a_circle_gives_its_answers(
    east: float, north: float, accuracy_mm: int
) -> None:
    radius = 1500
    drawn = _polygon(
        *(
            (radius * math.cos(math.radians(turn)), radius * math.sin(math.radians(turn)))
            for turn in range(0, 360, 2)
        )
    )
    fix = _moved(east, north)
    beyond = distance_m(fix, CENTRE) - radius
    # where half a metre of drawing decides, either answer is right
    assume(abs(abs(beyond - MARGIN_M) - accuracy_mm / 1000) > 3)
    assert (
        locate(fix, accuracy_mm, [drawn]).place is locate(fix, accuracy_mm, [_circle(radius)]).place
    )


def _winding(x: float, y: float, corners: list[tuple[float, float]]) -> float:
    """Total turn of the corners seen from (x, y): a full one inside, none outside."""
    total = 0.0
    for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True):
        turn = math.atan2(by - y, bx - x) - math.atan2(ay - y, ax - x)
        total += (turn + math.pi) % (2 * math.pi) - math.pi
    return abs(total)


def _nearest(x: float, y: float, corners: list[tuple[float, float]]) -> float:
    """Distance to the outline by sampling it densely."""
    return min(
        math.hypot(ax + (bx - ax) * k / 400 - x, ay + (by - ay) * k / 400 - y)
        for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True)
        for k in range(400)
    )


@given(
    st.lists(st.floats(300, 2500), min_size=3, max_size=9), st.floats(-3500, 3500),
    st.floats(-3500, 3500), st.integers(0, 900_000),
)  # fmt: skip
def test_place_says_what_it_means_of_a_star_shaped_polygon(
    radii: list[float], east: float, north: float, accuracy_mm: int
) -> None:
    """Oracle: winding number and a densely sampled outline."""
    corners = [
        (radius * math.cos(k * 2 * math.pi / len(radii)), radius * math.sin(k * 2 * math.pi / len(radii)))
        for k, radius in enumerate(radii)
    ]  # fmt: skip
    edge = _nearest(east, north, corners)
    beyond = -edge if _winding(east, north, corners) > math.pi else edge
    assume(edge > 10)  # on the outline the two geometries may differ by a sample
    assume(abs(abs(beyond - MARGIN_M) - accuracy_mm / 1000) > 10)
    found = locate(_moved(east, north), accuracy_mm, [_polygon(*corners)])
    if beyond + accuracy_mm / 1000 <= MARGIN_M:
        assert found.place is Place.inside
    elif beyond - accuracy_mm / 1000 > MARGIN_M:
        assert found.place is Place.outside
    else:
        assert found.place is Place.near
    assert found.distance_m == pytest.approx(max(0, beyond), abs=10)


@given(offsets, offsets, st.integers(0, 1_000_000), st.integers(0, 1_000_000))
def test_a_worse_accuracy_only_ever_leads_towards_near(
    east: float, north: float, one: int, other: int
) -> None:
    sharp, blunt = sorted((one, other))
    first = locate(_moved(east, north), sharp, [_circle()]).place
    second = locate(_moved(east, north), blunt, [_circle()]).place
    assert second in (first, Place.near)


def _ring(*corners: tuple[int, int]) -> list[Point]:
    return [Point(*corner) for corner in corners]


@pytest.mark.parametrize(
    ("ring", "found"),
    [
        (_ring((0, 0), (0, 10), (10, 10), (10, 0)), None),
        (_ring((0, 0), (10, 10), (0, 10), (10, 0)), (0, 2)),  # a bow tie
        (_ring((0, 0), (0, 10), (0, 5), (10, 5)), (0, 1)),  # runs back over itself
        (_ring((0, 0), (0, 10), (10, 10), (0, 5)), (0, 2)),  # touches its own first edge
        (_ring((0, 0), (0, 5), (0, 10), (10, 5)), None),  # a point on a straight edge is fine
        (_ring((0, 0), (0, 10), (10, 10), (5, 5), (10, 0)), None),  # a dent
    ],
)
def test_rings_that_cross_themselves_are_found(
    ring: list[Point], found: tuple[int, int] | None
) -> None:
    assert crossing(ring) == found
