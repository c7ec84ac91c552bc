"""Registered households, their members, portraits, positions and help plans."""

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field

from app.core.ids import new_id
from app.core.tables import Logged, one_of


class Consent(StrEnum):
    """How somebody agreed to a portrait."""

    signed = "signed"  # 签字
    spoken = "spoken"  # 口头
    photo = "photo"  # 手持同意书拍照
    guardian = "guardian"  # 监护人代为同意


class Household(Logged, table=True):
    """A registered household 户. Its position is a median of good fixes unless set by hand."""

    __tablename__ = "households"
    LEAF: ClassVar = {1: ("id", "village", "number", "head", "address", "poor", "since", "until")}

    id: UUID = Field(default_factory=new_id, primary_key=True)
    village: str = Field(foreign_key="units.code", max_length=12, index=True)
    number: str = Field(max_length=32)
    head: str = Field(max_length=64)
    address: str = Field(default="", max_length=128)
    poor: bool = Field(default=True)
    since: date
    until: date | None = None


class Member(Logged, table=True):
    """A household member 家庭成员; ID and phone numbers are sealed per column."""

    __tablename__ = "household_members"
    LEAF: ClassVar = {
        1: ("id", "household_id", "name", "relation", "id_number", "phone", "until"),
        2: ("id", "household_id", "name", "relation", "id_number", "id_index", "phone", "until"),
    }

    id: UUID = Field(default_factory=new_id, primary_key=True)
    household_id: UUID = Field(foreign_key="households.id", index=True)
    name: str = Field(max_length=64)
    relation: str = Field(max_length=16)
    id_number: bytes | None = Field(default=None, max_length=255, sa_type=LargeBinary)
    phone: bytes | None = Field(default=None, max_length=255, sa_type=LargeBinary)
    #: keyed hash of the ID number: finds a person without opening any number
    id_index: bytes | None = Field(default=None, max_length=32, index=True, sa_type=LargeBinary)
    until: date | None = None


class Unmasking(Logged, table=True):
    """Somebody opened a member's masked numbers: who, whose, what for, when."""

    __tablename__ = "unmaskings"
    LEAF: ClassVar = {1: ("id", "household_id", "member_id", "by_id", "purpose", "at")}

    id: UUID = Field(default_factory=new_id, primary_key=True)
    household_id: UUID = Field(foreign_key="households.id", index=True)
    member_id: UUID = Field(foreign_key="household_members.id", index=True)
    by_id: UUID = Field(foreign_key="users.id", index=True)
    purpose: str = Field(max_length=200)
    at: AwareDatetime


class Portrait(Logged, table=True):
    """A household's portrait 头像 with the note who consented, when and how; the newest holds."""

    __tablename__ = "household_portraits"
    __table_args__ = (one_of("consent_how", Consent),)
    LEAF: ClassVar = {
        1: (
            "id",
            "household_id",
            "author_id",
            "photo",
            "consent_by",
            "consent_on",
            "consent_how",
            "taken_at",
            "received_at",
        )
    }

    id: UUID = Field(primary_key=True)
    household_id: UUID = Field(foreign_key="households.id", index=True)
    author_id: UUID = Field(foreign_key="users.id", index=True)
    photo: str = Field(max_length=64)
    consent_by: str = Field(max_length=64)
    consent_on: date
    consent_how: str = Field(max_length=16)
    taken_at: AwareDatetime
    received_at: AwareDatetime
    digest: bytes = Field(max_length=32, sa_type=LargeBinary)


class Position(Logged, table=True):
    """A household's position 定位 set by hand; the newest holds."""

    __tablename__ = "household_positions"
    LEAF: ClassVar = {
        1: (
            "id",
            "household_id",
            "author_id",
            "lat_e7",
            "lon_e7",
            "accuracy_mm",
            "datum",
            "set_at",
            "received_at",
        )
    }

    id: UUID = Field(primary_key=True)
    household_id: UUID = Field(foreign_key="households.id", index=True)
    author_id: UUID = Field(foreign_key="users.id", index=True)
    lat_e7: int
    lon_e7: int
    accuracy_mm: int | None = Field(default=None, sa_type=BigInteger)
    datum: str = Field(max_length=5)
    set_at: AwareDatetime
    received_at: AwareDatetime
    digest: bytes = Field(max_length=32, sa_type=LargeBinary)


class PlanItem(Logged, table=True):
    """One item of a household's help plan 帮扶计划."""

    __tablename__ = "plan_items"
    LEAF: ClassVar = {
        1: ("id", "household_id", "author_id", "text", "due", "done_on", "dropped_on", "created_on")
    }

    id: UUID = Field(primary_key=True)
    household_id: UUID = Field(foreign_key="households.id", index=True)
    author_id: UUID = Field(foreign_key="users.id", index=True)
    text: str = Field(max_length=500)
    due: date | None = None
    done_on: date | None = None
    dropped_on: date | None = None
    created_on: date
    received_at: AwareDatetime
