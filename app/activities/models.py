"""Activities 活动: meetings, organisation life, collective help, training. Never changed."""

from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field

from app.core.tables import JsonB, Logged, Row, one_of
from app.org.geofence import Place


class Activity(Logged, table=True):
    """One activity, written down by one person for all whom it binds.

    ``unit`` is whose activity it is, ``village`` where it was held, ``place`` what the fix says
    about that village's fences, ``day`` the civil day of ``held_at`` in Asia/Shanghai.
    ``attendances`` 人次 are the attendees by name and the guests. ``reports`` are the units (code)
    and organisations (id) that reported there. ``attendees`` and ``organisations`` stand here, in
    their order, for the log; whoever searches uses the child tables.
    """

    __tablename__ = "activities"
    __table_args__ = (
        one_of("place", Place),
        Index("ix_activities_author_day", "author_id", "day"),
        Index("ix_activities_unit_day", "unit", "day"),
    )
    LEAF: ClassVar = {
        1: (
            "id", "county", "author_id", "kind", "unit", "held_at", "day", "village", "place_text",
            "lat_e7", "lon_e7", "accuracy_mm", "datum", "place", "distance_m", "attendees",
            "guests", "guests_note", "minutes", "photos", "organisations", "reports", "written_at",
            "received_at", "digest",
        )
    }  # fmt: skip

    id: UUID = Field(primary_key=True)
    author_id: UUID = Field(foreign_key="users.id")
    kind: str = Field(max_length=32)
    unit: str = Field(foreign_key="units.code", max_length=12)
    held_at: AwareDatetime
    day: date
    village: str | None = Field(default=None, foreign_key="units.code", max_length=12, index=True)
    place_text: str = Field(default="", max_length=200)
    lat_e7: int | None = None
    lon_e7: int | None = None
    accuracy_mm: int | None = Field(default=None, sa_type=BigInteger)
    datum: str | None = Field(default=None, max_length=5)
    place: str = Field(max_length=7)
    distance_m: int | None = None
    attendees: list[Any] = Field(default_factory=list, sa_type=JsonB)
    guests: int = Field(default=0)
    guests_note: str = Field(default="", max_length=500)
    attendances: int
    minutes: str = Field(default="")
    photos: list[Any] = Field(default_factory=list, sa_type=JsonB)
    organisations: list[Any] = Field(default_factory=list, sa_type=JsonB)
    reports: list[Any] = Field(default_factory=list, sa_type=JsonB)
    written_at: AwareDatetime
    received_at: AwareDatetime
    clock: dict[str, Any] | None = Field(default=None, sa_type=JsonB)
    digest: bytes = Field(max_length=32, sa_type=LargeBinary)


class ActivityAttendee(Row, table=True):
    """A person who attended; it counts for them on ``day``."""

    __tablename__ = "activity_attendees"
    __table_args__ = (Index("ix_activity_attendees_person_day", "person_id", "day"),)

    activity_id: UUID = Field(primary_key=True, foreign_key="activities.id")
    person_id: UUID = Field(primary_key=True, foreign_key="users.id")
    position: int
    day: date


class ActivityOrganisation(Row, table=True):
    """An organisation that the activity binds; it counts for it on ``day``."""

    __tablename__ = "activity_organisations"
    __table_args__ = (
        Index("ix_activity_organisations_organisation_day", "organisation_id", "day"),
    )

    activity_id: UUID = Field(primary_key=True, foreign_key="activities.id")
    organisation_id: UUID = Field(primary_key=True, foreign_key="organisations.id")
    position: int
    day: date


class ActivityWithdrawal(Logged, table=True):
    """The author takes an activity back 撤回, with a reason; it is kept and counts no more."""

    __tablename__ = "activity_withdrawals"
    LEAF: ClassVar = {1: ("activity_id", "author_id", "reason", "withdrawn_at")}

    activity_id: UUID = Field(primary_key=True, foreign_key="activities.id")
    author_id: UUID = Field(foreign_key="users.id")
    reason: str = Field(max_length=200)
    withdrawn_at: AwareDatetime
