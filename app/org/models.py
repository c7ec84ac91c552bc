"""Administrative units by statistical division code, and the fences of villages."""

from datetime import date
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlmodel import Field

from app.core.ids import new_id
from app.core.tables import JsonB, Logged, one_of


class Level(StrEnum):
    """Rank of a unit; its code has 2, 4, 6, 9 or 12 digits."""

    province = "province"
    city = "city"
    county = "county"
    township = "township"
    village = "village"


DIGITS = {2: Level.province, 4: Level.city, 6: Level.county, 9: Level.township, 12: Level.village}


class Unit(Logged, table=True):
    """An administrative unit. "Inside" is a prefix of the code. Ended units stay.

    ``valid_from`` is null where the list does not say since when; ``valid_to`` is the last day.
    """

    __tablename__ = "units"
    __table_args__ = (one_of("level", Level),)
    LEAF: ClassVar = {1: ("code", "name", "level", "parent", "valid_from", "valid_to", "successor")}

    code: str = Field(primary_key=True, max_length=12)
    name: str = Field(max_length=64)
    level: str = Field(max_length=8)
    parent: str | None = Field(default=None, foreign_key="units.code", max_length=12, index=True)
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str | None = Field(default=None, foreign_key="units.code", max_length=12)


class Fence(Logged, table=True):
    """Where a village is 村范围: a circle, or the polygon where one is given; several may hold.

    ``lat_e7``/``lon_e7`` are WGS-84 in 1e-7 degree, ``polygon`` a ring of ``[lat_e7, lon_e7]``
    without the closing point. Both days are inclusive. ``invented`` marks demonstration data.
    """

    __tablename__ = "fences"
    LEAF: ClassVar = {
        1: (
            "id",
            "unit",
            "name",
            "lat_e7",
            "lon_e7",
            "radius_m",
            "polygon",
            "valid_from",
            "valid_to",
            "invented",
        )
    }

    id: UUID = Field(default_factory=new_id, primary_key=True)
    unit: str = Field(foreign_key="units.code", max_length=12, index=True)
    name: str = Field(default="", max_length=64)
    lat_e7: int
    lon_e7: int
    radius_m: int
    polygon: list[Any] | None = Field(default=None, sa_type=JsonB)
    valid_from: date | None = None
    valid_to: date | None = None
    invented: bool = Field(default=False)


class OrganisationKind(StrEnum):
    """Kinds of subjects 责任主体 that may be entered as organisations.

    A part of the subjects of ``app/policy/vocabulary.yaml``, which has their Chinese names. Branches
    and county offices that nobody enters are addressed by the code of their unit.
    """

    village_branch = "village_branch"
    team = "team"
    helper_unit = "helper_unit"
    town_office = "town_office"
    office = "office"
    county_office = "county_office"
    leading_group = "leading_group"
    sector_department = "sector_department"


class Organisation(Logged, table=True):
    """An organisation that is no administrative unit; both days inclusive, ended, never deleted.

    ``unit`` is its seat. A helper unit of the city or the province has a seat above ``county``,
    the county in which it helps and which keeps its entry.
    """

    __tablename__ = "organisations"
    __table_args__ = (one_of("kind", OrganisationKind),)
    LEAF: ClassVar = {1: ("id", "kind", "name", "unit", "since", "until")}

    id: UUID = Field(primary_key=True)
    kind: str = Field(max_length=20)
    name: str = Field(max_length=64)
    unit: str = Field(foreign_key="units.code", max_length=12, index=True)
    since: date
    until: date | None = None


class OrganisationVillage(Logged, table=True):
    """A village that an organisation serves, both days inclusive."""

    __tablename__ = "organisation_villages"
    LEAF: ClassVar = {1: ("id", "organisation_id", "village", "since", "until")}

    id: UUID = Field(primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    village: str = Field(foreign_key="units.code", max_length=12, index=True)
    since: date
    until: date | None = None


class OrganisationPerson(Logged, table=True):
    """Somebody who acts for an organisation, both days inclusive."""

    __tablename__ = "organisation_people"
    LEAF: ClassVar = {1: ("id", "organisation_id", "person_id", "since", "until")}

    id: UUID = Field(primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    person_id: UUID = Field(foreign_key="users.id", index=True)
    since: date
    until: date | None = None
