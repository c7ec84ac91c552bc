"""Monthly diaries 帮扶日志 of helper cadres. A submitted one never changes; a newer replaces it."""

from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field

from app.core.tables import JsonB, Logged, Row, Table


class Diary(Logged, table=True):
    """One version of a diary: ``work_date`` is the day it tells of, ``written_at`` the phone's."""

    __tablename__ = "diaries"
    __table_args__ = (Index("ix_diaries_author_day", "author_id", "work_date"),)
    LEAF: ClassVar = {
        1: (
            "id", "county", "author_id", "work_date", "text", "households", "photos", "check_ins",
            "written_at", "received_at", "replaces", "digest",
        )
    }  # fmt: skip

    id: UUID = Field(primary_key=True)
    author_id: UUID = Field(foreign_key="users.id")
    work_date: date
    text: str
    households: list[Any] = Field(default_factory=list, sa_type=JsonB)
    photos: list[Any] = Field(default_factory=list, sa_type=JsonB)
    check_ins: list[Any] = Field(default_factory=list, sa_type=JsonB)
    written_at: AwareDatetime
    received_at: AwareDatetime
    replaces: UUID | None = Field(default=None, foreign_key="diaries.id", unique=True)
    #: the first version's id in every later one; null in the first itself
    root: UUID | None = Field(default=None, index=True)
    clock: dict[str, Any] | None = Field(default=None, sa_type=JsonB)
    digest: bytes = Field(max_length=32, sa_type=LargeBinary)

    @property
    def chain(self) -> UUID:
        """The id that all versions of one diary share: that of the first."""
        return self.root or self.id


class DiaryPrint(Row, table=True):
    """What a diary's wording is compared by (``diaries.shingles``); derived, may be made anew.

    It lives and dies with the diary's text: erasing that erases this. ``edition`` is that of the
    county's common phrases by which its bands were made.
    """

    __tablename__ = "diary_prints"
    __table_args__ = (Index("ix_diary_prints_county_work_date", "county", "work_date"),)

    diary_id: UUID = Field(primary_key=True, foreign_key="diaries.id", ondelete="CASCADE")
    author_id: UUID
    chain: UUID
    work_date: date
    edition: int = Field(default=0)
    shingles: bytes = Field(sa_type=LargeBinary)


class DiaryBand(Row, table=True):
    """By which the few diaries are found that may be alike; see ``shingles.bands``."""

    __tablename__ = "diary_bands"

    county: str = Field(primary_key=True, max_length=6)
    band: int = Field(primary_key=True, sa_type=BigInteger)
    diary_id: UUID = Field(
        primary_key=True, foreign_key="diaries.id", ondelete="CASCADE", index=True
    )


class DiaryCommons(Table, table=True):
    """Phrases that many of a county's diaries share: slogans, forms. They show no copying."""

    __tablename__ = "diary_commons"

    county: str = Field(primary_key=True, max_length=6)
    edition: int
    texts: int
    shingles: bytes = Field(sa_type=LargeBinary)
    made_at: AwareDatetime
