"""What is sent and got back for diaries."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from app.checkins.models import Kind, Place
from app.checkins.schemas import Clock
from app.core.wire import Body, Sha256, once
from app.ledger.canonical import digest
from app.postings.schemas import PersonOut
from app.records.schemas import ReceiptOut
from app.reviews.schemas import RaisedOut, RecordState

MOST_TEXT, MOST_HOUSEHOLDS, MOST_PHOTOS, MOST_CHECK_INS = 10_000, 500, 500, 1_000
EXAMPLE: dict[str, Any] = {
    "work_date": "2026-11-21",
    "text": "上午入户走访刘户主,核对医保参保情况;下午联系合作社落实油茶苗。",
    "households": ["019aa2b0-0000-7000-8000-000000000002"],
    "photos": [],
    "check_ins": [],
    "written_at": "2026-11-21T19:30:00+08:00",
    "replaces": None,
}
Ids = Annotated[list[UUID], AfterValidator(once)]


class DiaryIn(Body):
    """A help diary. Lists may be empty; one mention of an id is enough."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    work_date: date = Field(description="工作日期,日志计入它所在的月份")
    text: str = Field(min_length=1, max_length=MOST_TEXT)
    households: Ids = Field(default_factory=list, max_length=MOST_HOUSEHOLDS)
    photos: Annotated[list[Sha256], AfterValidator(once)] = Field(
        default_factory=list, max_length=MOST_PHOTOS
    )
    check_ins: Ids = Field(
        default_factory=list, max_length=MOST_CHECK_INS, description="本人的签到编号"
    )
    written_at: AwareDatetime = Field(description="写完的时刻(手机时间,含时区)")
    replaces: UUID | None = Field(default=None, description="更正时填被更正的日志编号")
    clock: Clock | None = None

    @field_validator("text")
    @classmethod
    def not_blank(cls, text: str) -> str:
        """A diary says something."""
        if not text.strip():
            raise ValueError("日志没有内容,请写明做了什么")
        return text

    def digest(self) -> bytes:
        """Equal after validation means equal digests."""
        return digest(self.model_dump())


class AlikeIn(Body):
    """A diary before it is sent. ``id`` and ``replaces`` as it will be: its own versions, and what
    it corrects, are not compared with it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"work_date": EXAMPLE["work_date"], "text": EXAMPLE["text"]}]
        },
    )

    work_date: date
    text: str = Field(min_length=1, max_length=MOST_TEXT)
    id: UUID | None = None
    replaces: UUID | None = None


class AlikeDiary(BaseModel):
    """A diary much alike; of another writer's only the month is told."""

    own: bool
    month: str = Field(examples=["2026-11"])
    work_date: date | None = Field(description="本人的日志才有")
    diary: UUID | None = Field(description="本人的日志才有")
    likeness: int = Field(description="较短一篇的文字片段见于另一篇的百分数,至少 65")


class AlikeOut(BaseModel):
    """At most five, the most alike first. ``compared`` is false for a text too short, or made of
    common phrases only: then nothing can be said."""

    compared: bool
    items: list[AlikeDiary]


class MarkOut(BaseModel):
    """Something to know about a diary. It is kept all the same; the policy decides on lateness."""

    code: Literal[
        "future_work_date", "written_after_arrival", "written_after_month", "period_closed"
    ]
    says: str


class VersionOut(BaseModel):
    """One version of a diary."""

    id: UUID
    written_at: AwareDatetime
    received_at: AwareDatetime


class DiaryOut(BaseModel):
    """A version of a diary as the server holds it."""

    id: UUID
    author: PersonOut
    work_date: date
    month: str = Field(description="计入的月份", examples=["2026-11"])
    text: str
    households: list[UUID]
    photos: list[str]
    check_ins: list[UUID]
    written_at: AwareDatetime
    received_at: AwareDatetime
    replaces: UUID | None
    replaced_by: UUID | None = Field(description="更新的版本;本版本最新时为 null")
    versions: list[VersionOut] = Field(description="全部版本,最早的在前")
    marks: list[MarkOut]
    photos_missing: list[str]
    state: RecordState = Field(description="这一版是否计入;复核未定(in_review)时照常计入")
    flags: list[RaisedOut]
    receipt: ReceiptOut


class DraftVisit(BaseModel):
    """One of the writer's own check-ins of that month; withdrawn ones are left out."""

    check_in: UUID
    kind: Kind
    captured_at: AwareDatetime
    place: Place
    village: str
    village_name: str
    household: UUID | None
    head: str | None = Field(description="户主;不在您的管理范围内时为 null")
    photos: list[str]
    note: str


class DraftDay(BaseModel):
    """One civil day of the month and a suggested line about it."""

    day: date
    line: str
    visits: list[DraftVisit]


class WrittenOut(BaseModel):
    """A diary that stands for that month already."""

    id: UUID
    work_date: date


class DraftOut(BaseModel):
    """The month's own visits laid out; the fields of a diary are ready to be sent back."""

    month: str
    work_date: date
    text: str
    households: list[UUID]
    photos: list[str]
    check_ins: list[UUID]
    days: list[DraftDay]
    diaries: list[WrittenOut]
