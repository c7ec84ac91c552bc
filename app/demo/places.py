"""Invented places: village centres around the county's real position, and who lives where.

The county lies at 27.13 N, 113.96 E and is about 40 km across. Townships get a cell of a grid
each, villages a sunflower pattern inside it. Nothing of it is surveyed: every fence is marked
``invented``.
"""

import math
from random import Random

from app.core.geo import EARTH_M, Point, at
from app.org import geofence

COUNTY_CENTRE = at(27.13, 113.96)
CELL_M = 10_000
TOWNSHIP_M = 4_600
RADIUS_M = 1_000
#: where people live, from the village's centre
HAMLETS_M = 700
_GOLDEN = math.pi * (3 - math.sqrt(5))


def moved(origin: Point, east_m: float, north_m: float) -> Point:
    """The point so many metres east and north."""
    lat = origin.lat + math.degrees(north_m / EARTH_M)
    return at(lat, origin.lon + math.degrees(east_m / (EARTH_M * math.cos(math.radians(lat)))))


def township_centre(number: int, of: int) -> Point:
    """The middle of a township's cell on a square grid around the county's centre."""
    side = math.ceil(math.sqrt(of))
    row, column = divmod(number, side)
    middle = (side - 1) / 2
    return moved(COUNTY_CENTRE, (column - middle) * CELL_M, (middle - row) * CELL_M)


def village_centre(township: Point, number: int, of: int) -> Point:
    """A village's centre inside its township: evenly spread, none on top of another."""
    away, turn = TOWNSHIP_M * math.sqrt((number + 0.5) / of), number * _GOLDEN
    return moved(township, away * math.cos(turn), away * math.sin(turn))


def near(origin: Point, dice: Random, within_m: float) -> Point:
    """Somewhere evenly within this distance."""
    away, turn = within_m * math.sqrt(dice.random()), dice.random() * 2 * math.pi
    return moved(origin, away * math.cos(turn), away * math.sin(turn))


def outline(centre: Point, dice: Random) -> tuple[Point, ...]:
    """A polygon around a village, like one drawn by hand."""
    corners = 9
    return tuple(
        moved(
            centre,
            RADIUS_M * dice.uniform(0.85, 1.15) * math.cos(2 * math.pi * k / corners),
            RADIUS_M * dice.uniform(0.85, 1.15) * math.sin(2 * math.pi * k / corners),
        )
        for k in range(corners)
    )


def as_fence(centre: Point, ring: tuple[Point, ...] | None = None) -> geofence.Fence:
    """The fence as the geofence asks for it."""
    return geofence.Fence(None, centre, RADIUS_M, ring)
