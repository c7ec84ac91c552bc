"""Units and fences on the wire."""

from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.core.geo import Datum, Point, at, distance_m, to_wgs84
from app.core.wire import Body
from app.org.geofence import crossing
from app.org.models import Level

MOST_CORNERS = 300
#: No village reaches further: a corner beyond it is a slip of the finger, or swapped degrees.
FARTHEST_M = 50_000

Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]

EXAMPLE: dict[str, Any] = {
    "name": "村委会",
    "lat": 27.12793,
    "lon": 113.95391,
    "radius_m": 1500,
    "polygon": None,
    "datum": "wgs84",
    "valid_from": None,
    "valid_to": None,
}


class FenceIn(Body):
    """A circle around a place of the village, or a polygon; both days inclusive, null is open.

    Coordinates read off a Chinese map are GCJ-02 (most maps) or BD-09 (Baidu): say so in
    ``datum``, they are stored as WGS-84.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    name: str = Field(default="", max_length=64, description="范围名称,例如村委会、某自然村")
    lat: Latitude = Field(description="中心纬度")
    lon: Longitude = Field(description="中心经度")
    radius_m: int = Field(ge=1, le=FARTHEST_M, description="半径(米);填了 polygon 时不使用")
    polygon: list[tuple[Latitude, Longitude]] | None = Field(
        default=None, min_length=3, max_length=MOST_CORNERS, description="边界各点 [纬度, 经度]"
    )
    datum: Datum = Datum.wgs84
    valid_from: date | None = Field(default=None, description="启用日(含)")
    valid_to: date | None = Field(default=None, description="停用日(含)")

    @model_validator(mode="after")
    def makes_sense(self) -> Self:
        """The ring is one, near its centre, and the days are in order."""
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("停用日(valid_to)早于启用日(valid_from),请核对两个日期")
        ring = self.ring()
        if ring is None:
            return self
        if len(set(ring)) < 3:
            raise ValueError("polygon 至少要有三个不同的点")
        for number, corner in enumerate(ring, start=1):
            if distance_m(corner, self.centre()) > FARTHEST_M:
                raise ValueError(
                    f"polygon 第 {number} 个点距中心超过 50 公里,请核对:每个点应为 [纬度, 经度]"
                )
        if crossed := crossing(ring):
            first, second = (edge + 1 for edge in crossed)
            raise ValueError(
                f"polygon 的边界自相交:第 {first} 条边与第 {second} 条边(从第 1 个点起依次数)。"
                "请按顺序沿边界列出各点"
            )
        return self

    def centre(self) -> Point:
        """The centre in WGS-84."""
        return to_wgs84(at(self.lat, self.lon), self.datum)

    def ring(self) -> list[Point] | None:
        """The corners in WGS-84, each once in a row; a repeated closing point is left out."""
        if self.polygon is None:
            return None
        corners = [to_wgs84(at(*corner), self.datum) for corner in self.polygon]
        once = corners[:1] + [after for before, after in pairwise(corners) if after != before]
        return once[:-1] if len(once) > 1 and once[-1] == once[0] else once


class FenceOut(BaseModel):
    """A fence in WGS-84 degrees; ``invented`` marks demonstration data."""

    id: UUID
    name: str
    lat: float
    lon: float
    radius_m: int
    polygon: list[tuple[float, float]] | None
    invented: bool
    valid_from: date | None
    valid_to: date | None
    rev: int = Field(description="第几版;每次更改加一,并记入日志")


class UnitOut(BaseModel):
    """A unit; an ended one has ``valid_to`` (its last day) and, where known, a ``successor``.

    ``fences`` are those of a village that hold on the day asked for.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "360321101201",
                    "name": "一村村委会",
                    "level": "village",
                    "parent": "360321101",
                    "valid_from": None,
                    "valid_to": None,
                    "successor": None,
                    "fences": [],
                }
            ]
        }
    )

    code: str
    name: str
    level: Level
    parent: str | None
    valid_from: date | None
    valid_to: date | None
    successor: str | None
    fences: list[FenceOut]
