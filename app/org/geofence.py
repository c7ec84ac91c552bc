"""Where a fix lies against the fences of a village. Pure.

A fix says "within ``accuracy`` of this point (about 95 %)". With *beyond* = how far the point lies
outside of a fence (negative inside of it):

    inside    beyond + accuracy ≤ 50 m     even the far side of the fix is in the village
    outside   beyond − accuracy > 50 m     not even its near side is; only this is ever questioned
    near      anything between
    unknown   no fix, no accuracy, a coarse fix, or no fence: nothing can be said either way

For a circle *beyond* is the distance to its centre less its radius. For a polygon it is the
distance to the nearest edge, negative inside: a polygon drawn along a circle then gives the
circle's answers.

An accuracy of 0 is what mock providers send. It is taken as given, because nothing is refused
here: the 50 m of slack are then all the tolerance there is, so it can make no place more inside
than an honest, precise fix would.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from uuid import UUID

from app.core.geo import E7, EARTH_M, Point, distance_m

#: Slack around every fence in metres: drift of honest receivers, an anchor a few houses off
#: (architecture.md section 7, security.md 5.3; a setting of this house, no policy names one).
MARGIN_M = 50
#: Beyond this accuracy in metres the phone shared an approximate position only (same source).
COARSE_M = 1000


class Place(StrEnum):
    """Where a fix lies against the village's fences."""

    inside = "inside"
    near = "near"
    outside = "outside"
    unknown = "unknown"


@dataclass(frozen=True, slots=True)
class Fence:
    """A circle around ``centre``, or the ``ring`` of points where one is given."""

    id: UUID | None
    centre: Point
    radius_m: int
    ring: tuple[Point, ...] | None = None


@dataclass(frozen=True, slots=True)
class Located:
    """The answer, the fence it comes from, and the distance to it in metres.

    The distance is to a circle's centre and to a polygon's edge (0 inside); it is told for every
    fix, also one that is too coarse to decide anything. ``beyond_m`` is how far the fix lies out
    of the fence, 0 inside.
    """

    place: Place
    distance_m: int | None = None
    fence: UUID | None = None
    beyond_m: int | None = None


def locate(fix: Point | None, accuracy_mm: int | None, fences: Iterable[Fence]) -> Located:
    """Where ``fix`` lies; of several fences the most favourable answer holds.

    ``accuracy_mm`` is the radius in millimetres that the phone vouches for, None if it gave none.
    """
    if fix is None:
        return Located(Place.unknown)
    measured = [(_beyond_m(fix, fence), fence) for fence in fences]
    if not measured:
        return Located(Place.unknown)
    # of the same fix the fence that it is least beyond gives the most favourable answer
    beyond, fence = min(measured, key=lambda pair: pair[0])
    outwards = max(0.0, beyond)
    away = outwards if fence.ring else beyond + fence.radius_m
    return Located(_place(beyond, accuracy_mm), round(away), fence.id, round(outwards))


def _place(beyond: float, accuracy_mm: int | None) -> Place:
    if accuracy_mm is None or accuracy_mm > COARSE_M * 1000:
        return Place.unknown
    accuracy = accuracy_mm / 1000
    if beyond + accuracy <= MARGIN_M:
        return Place.inside
    return Place.outside if beyond - accuracy > MARGIN_M else Place.near


def _beyond_m(fix: Point, fence: Fence) -> float:
    if fence.ring is None:
        return distance_m(fix, fence.centre) - fence.radius_m
    ring = _plane(fix, fence.ring)
    edge = min(_from_origin(a, b) for a, b in pairwise([*ring, ring[0]]))
    return -edge if _holds_origin(ring) else edge


_Flat = tuple[float, float]


def _plane(origin: Point, ring: Sequence[Point]) -> list[_Flat]:
    """Metres east and north of ``origin``; over a village's few kilometres the earth is flat."""
    east = EARTH_M * math.cos(math.radians(origin.lat))
    return [
        (
            east * math.radians((point.lon_e7 - origin.lon_e7) / E7),
            EARTH_M * math.radians((point.lat_e7 - origin.lat_e7) / E7),
        )
        for point in ring
    ]


def _from_origin(a: _Flat, b: _Flat) -> float:
    """Distance of the origin from the edge a–b."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    square = dx * dx + dy * dy
    along = 0.0 if square == 0 else max(0.0, min(1.0, -(a[0] * dx + a[1] * dy) / square))
    return math.hypot(a[0] + along * dx, a[1] + along * dy)


def _holds_origin(ring: Sequence[_Flat]) -> bool:
    """Even–odd rule: a ray to the east crosses the ring an odd number of times."""
    inside = False
    for a, b in pairwise([*ring, ring[0]]):
        if (a[1] > 0) != (b[1] > 0) and a[0] - a[1] * (b[0] - a[0]) / (b[1] - a[1]) > 0:
            inside = not inside
    return inside


def crossing(ring: Sequence[Point]) -> tuple[int, int] | None:
    """The first two edges (counted from 0) of a ring that cross or touch; None for a simple ring.

    Edge ``i`` runs from point ``i`` to the next; a closing point must not be repeated.
    """
    edges = list(pairwise([*ring, ring[0]]))
    last = len(edges) - 1
    for i, (a, b) in enumerate(edges):
        for j in range(i + 1, len(edges)):
            neighbours = j == i + 1 or (i == 0 and j == last)
            c, d = edges[j]
            if _folds(a, b, c, d, i, j) if neighbours else _meet(a, b, c, d):
                return i, j
    return None


def _turn(a: Point, b: Point, c: Point) -> int:
    """Positive for a left turn, 0 on one line; exact, in integers."""
    return (b[1] - a[1]) * (c[0] - a[0]) - (b[0] - a[0]) * (c[1] - a[1])


def _on(a: Point, b: Point, c: Point) -> bool:
    """Whether c, on the line a–b, lies between them."""
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    turns = (_turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b))
    if (turns[0] > 0) != (turns[1] > 0) and (turns[2] > 0) != (turns[3] > 0) and all(turns):
        return True
    ends = ((a, b, c), (a, b, d), (c, d, a), (c, d, b))
    return any(turn == 0 and _on(*points) for turn, points in zip(turns, ends, strict=True))


def _folds(a: Point, b: Point, c: Point, d: Point, i: int, j: int) -> bool:
    """Whether two edges that share a point run back over one another."""
    shared, one, other = (b, a, d) if j == i + 1 else (a, b, c)
    if _turn(one, shared, other) != 0:
        return False
    ahead = (one[0] - shared[0]) * (other[0] - shared[0]) + (one[1] - shared[1]) * (
        other[1] - shared[1]
    )
    return ahead >= 0
