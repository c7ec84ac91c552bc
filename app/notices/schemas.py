"""Notices and what a person chose about them."""

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from app.core.paging import Page
from app.notices.models import Kind, Notice


class NoticeOut(BaseModel):
    """A reminder 提醒 of one standing; ``text`` is what was said on ``day``."""

    id: UUID
    person: UUID
    day: date
    kind: Kind
    pack: str = Field(examples=["p0-village-leader"])
    rule: str = Field(examples=["R04"])
    period: str = Field(examples=["2026-11"])
    subject: str | None = Field(description="所代表的组织或单位;本人的为 null")
    subject_name: str | None
    title: str
    text: str
    due: date | None
    created_at: AwareDatetime
    read_at: AwareDatetime | None

    @classmethod
    def of(cls, row: Notice) -> "NoticeOut":
        """As the row has it."""
        return cls(
            id=row.id,
            person=row.person_id,
            day=row.day,
            kind=Kind(row.kind),
            pack=row.pack,
            rule=row.rule,
            period=row.period,
            subject=row.subject or None,
            subject_name=row.subject_name or None,
            title=row.title,
            text=row.text,
            due=row.due,
            created_at=row.created_at,
            read_at=row.read_at,
        )


class NoticesOut(Page[NoticeOut]):
    """The newest first, and how many are unread in all."""

    unread: int


class ReadIn(BaseModel):
    """Which notices have been read: these, or all up to a moment."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"until": "2026-11-22T08:00:00+08:00"}]},
    )

    ids: list[UUID] | None = Field(default=None, min_length=1, max_length=200)
    until: AwareDatetime | None = Field(default=None, description="到这一刻(含)为止的全部")

    @model_validator(mode="after")
    def one_of_both(self) -> "ReadIn":
        """Either ids or until."""
        if (self.ids is None) == (self.until is None):
            raise ValueError("ids 和 until 请填写其中一项")
        return self


class UnreadOut(BaseModel):
    """How many notices are left unread."""

    unread: int


class PreferencesIn(BaseModel):
    """Muted: only what has a due date is still told."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"muted": True}]})

    muted: bool = Field(description="只提醒有期限的事项")


class PreferencesOut(PreferencesIn):
    """What the person chose, and the quiet hours of this service."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"muted": False, "quiet_hours": "21:00-07:00"}]}
    )

    quiet_hours: str | None = Field(examples=["21:00-07:00"], description="没有免打扰时段时为 null")
