"""Days that the working calendar got beside the shipped one."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from app.core.ids import new_id
from app.core.tables import Logged

#: the scope of the State Council's notices
NATIONAL = ""


class CalendarDay(Logged, table=True):
    """A day that is off or worked 调休 against its weekday, in a unit and all below it.

    ``scope`` is a unit's code, or ``NATIONAL`` for a year entered from its notice. ``source`` names
    the document. A ``dropped`` day holds no longer; it stays, with what was logged of it.
    """

    __tablename__ = "calendar_days"
    __table_args__ = (Index("ix_calendar_days_scope", "scope", "year"),)
    LEAF: ClassVar = {1: ("id", "scope", "year", "day", "name", "off", "source", "dropped")}

    id: UUID = Field(default_factory=new_id, primary_key=True)
    scope: str = Field(max_length=12)
    year: int
    day: date
    name: str = Field(max_length=32)
    off: bool
    source: str = Field(max_length=200)
    dropped: bool = Field(default=False)
