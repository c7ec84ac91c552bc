"""Who am I, who is there."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field


class PostingOut(BaseModel):
    """A posting of the caller; days inclusive."""

    id: UUID
    unit: str
    unit_name: str
    kind: str
    from_: date = Field(serialization_alias="from")
    to: date | None
    county: str


class FenceOut(BaseModel):
    """A fence of a village, WGS-84."""

    id: UUID
    lat: float
    lon: float
    radius_m: int
    polygon: list[list[float]] | None


class VillageOut(BaseModel):
    """A village in which the caller has business, with its fences for an offline phone."""

    code: str
    name: str
    fences: list[FenceOut]
