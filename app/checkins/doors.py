"""A visit to a home that lies outside of the village's fence: at its door nobody is elsewhere.

The place counts that a person set by hand for the household, on an earlier day than the visit
arrived, and not far from the fence: whoever is at home 20 km away cannot call that a household's.
The medians of visits do not: they would be made of the very fixes that are asked about.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import and_, bindparam
from sqlmodel import col, select

from app.checkins.limits import Limits
from app.checkins.models import CheckIn
from app.checkins.service import fences_of
from app.core.clock import civil_day
from app.core.geo import Point, distance_m
from app.core.prebuilt import Direct, Statement
from app.households.models import Household, Position
from app.households.position import GOOD_ACCURACY_MM, effective
from app.org.geofence import MARGIN_M, Fence, locate

_DOORS = Statement(
    select(
        col(Position.lat_e7),
        col(Position.lon_e7),
        col(Position.accuracy_mm),
        col(Position.set_at),
        col(Position.received_at),
    )  # type: ignore[call-overload]  # five columns; the overloads end at four
    .join(
        Household,
        and_(
            col(Household.id) == col(Position.household_id),
            col(Household.village) == bindparam("village"),
        ),
    )
    .where(
        col(Position.household_id) == bindparam("household"),
        col(Position.received_at) < bindparam("arrived"),
    )
)


class Door(NamedTuple):
    """Where a household is, as somebody set it."""

    point: Point
    accuracy_mm: int


def at_this(
    fix: Point, accuracy_mm: int, door: Door, fences: Sequence[Fence], limits: Limits
) -> bool:
    """Whether a fix may be at this door, which lies near enough to the village."""
    beyond = locate(door.point, None, fences).beyond_m
    if beyond is None or beyond > limits.door_beyond_m:
        return False
    # a place that was set with a poor fix does not make a wide door
    slack_mm = accuracy_mm + min(door.accuracy_mm, GOOD_ACCURACY_MM)
    return distance_m(fix, door.point) <= MARGIN_M + slack_mm / 1000


async def at_door(direct: Direct, row: CheckIn, limits: Limits) -> bool:
    """Whether a stored check-in lies at the door of the household that it visits."""
    if row.household_id is None or row.lat_e7 is None or row.lon_e7 is None:
        return False
    if row.accuracy_mm is None:
        return False
    rows = await direct.rows(
        _DOORS, village=row.village, household=row.household_id, arrived=row.received_at
    )
    known = [each for each in rows if civil_day(each["received_at"]) < civil_day(row.received_at)]
    if not known:
        return False
    # as households.reading: the newest holds
    holds = max(known, key=lambda each: effective(each["set_at"], each["received_at"]))
    door = Door(Point(holds["lat_e7"], holds["lon_e7"]), holds["accuracy_mm"] or 0)
    fences = await fences_of(direct, row)
    return at_this(Point(row.lat_e7, row.lon_e7), row.accuracy_mm, door, fences, limits)
