"""Organisations on the wire."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.auth.schemas import UserOut
from app.core.wire import Span, UnitCode, VillageCode
from app.org.models import OrganisationKind

ORGANISATION: dict[str, Any] = {
    "kind": "helper_unit",
    "name": "县水利局",
    "unit": "360321",
    "from": "2018-01-01",
    "to": None,
}
SERVED: dict[str, Any] = {"village": "360321101201", "from": "2018-01-01", "to": None}
ACTING: dict[str, Any] = {
    "person": "019aa2b0-0000-7000-8000-000000000001",
    "from": "2018-01-01",
    "to": None,
}


def _example(one: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", populate_by_name=True, json_schema_extra={"examples": [one]})


class OrganisationIn(Span):
    """An organisation that is no administrative unit; ended by ``to``, its last day."""

    model_config = _example(ORGANISATION)

    kind: OrganisationKind = Field(description="类别,例如 helper_unit 帮扶单位、team 驻村工作队")
    name: str = Field(min_length=1, max_length=64, description="名称")
    unit: UnitCode = Field(description="所在地的单位代码;上级帮扶单位填市、省代码")


class ServedIn(Span):
    """A village that the organisation serves."""

    model_config = _example(SERVED)

    village: VillageCode


class ActingIn(Span):
    """Somebody who acts for the organisation: hands in, holds meetings."""

    model_config = _example(ACTING)

    person: UUID


class ServedOut(BaseModel):
    """A village served, both days inclusive."""

    id: UUID
    village: str
    village_name: str
    since: date = Field(serialization_alias="from")
    until: date | None = Field(serialization_alias="to")
    rev: int = Field(description="第几版;每次更改加一,并记入日志")


class ActingOut(BaseModel):
    """Somebody who acts for the organisation, both days inclusive."""

    id: UUID
    person: UserOut
    since: date = Field(serialization_alias="from")
    until: date | None = Field(serialization_alias="to")
    rev: int = Field(description="第几版;每次更改加一,并记入日志")


class OrganisationOut(BaseModel):
    """An organisation with the villages it serves and the people who act for it, past ones too."""

    id: UUID
    kind: OrganisationKind
    name: str
    unit: str
    unit_name: str
    since: date = Field(serialization_alias="from")
    until: date | None = Field(serialization_alias="to")
    county: str
    villages: list[ServedOut]
    people: list[ActingOut]
    rev: int = Field(description="第几版;每次更改加一,并记入日志")
