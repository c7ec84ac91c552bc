"""Where a household is, from the fixes of those who visited it. Pure."""

from collections.abc import Sequence
from datetime import datetime
from statistics import median
from typing import NamedTuple

from app.core.geo import Point

#: A visit's fix is good when the phone claims this accuracy or better (and not the impossible 0).
GOOD_ACCURACY_MM = 100_000


class VisitFix(NamedTuple):
    """A good fix of a household check-in, WGS-84."""

    lat_e7: int
    lon_e7: int
    accuracy_mm: int


class Placed(NamedTuple):
    """A derived position: the point, the median of the accuracies, from how many fixes."""

    point: Point
    accuracy_mm: int
    fixes: int


def position_of(fixes: Sequence[VisitFix]) -> Placed | None:
    """The median of the good fixes by latitude and by longitude; None without any.

    Fewer than half of them may lie anywhere without moving it far. A household near the 180th
    meridian would need more; China ends at 135°.
    """
    if not fixes:
        return None
    lat, lon, accuracy = (round(median(values)) for values in zip(*fixes, strict=True))
    return Placed(Point(lat, lon), accuracy, len(fixes))


def effective(told: datetime, received_at: datetime) -> datetime:
    """When a hand-set value holds from: a phone's clock in the future does not outlive the next."""
    return min(told, received_at)
