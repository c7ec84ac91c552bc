"""What is sent and got back for activities."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from app.activities.kinds import KINDS, known
from app.checkins.schemas import Clock, Fix
from app.core import geo
from app.core.wire import Body, Sha256, UnitCode, VillageCode, once
from app.ledger.canonical import digest
from app.org.geofence import Place
from app.postings.models import Post
from app.postings.schemas import PersonOut
from app.records.schemas import ReceiptOut

MOST_TEXT, MOST_PEOPLE, MOST_PHOTOS, MOST_UNITS, MOST_GUESTS = 20_000, 1_000, 50, 500, 100_000
EXAMPLE: dict[str, Any] = {
    "kind": "joint_meeting",
    "unit": "360321101201",
    "held_at": "2026-11-20T15:00:00+08:00",
    "place": {"village": "360321101201", "text": "村委会二楼会议室"},
    "attendees": ["019aa2b0-0000-7000-8000-000000000001"],
    "guests": 12,
    "guests_note": "村民代表 12 人",
    "minutes": "研究油茶基地用工和冬季产业项目申报;议定由驻村工作队 11 月底前报送清单。",
    "photos": [],
    "organisations": [],
    "reports": [],
    "written_at": "2026-11-20T17:40:00+08:00",
}
Ids = Annotated[list[UUID], AfterValidator(once)]
Kind = Annotated[str, AfterValidator(known), Field(json_schema_extra={"enum": list(KINDS)})]


class PlaceIn(Body):
    """Where it was held: the village, a fix taken there, a few words. Each may be missing."""

    village: VillageCode | None = None
    fix: Fix | None = None
    text: str = Field(default="", max_length=200, description="地点,例如村委会会议室")


class ActivityIn(Body):
    """An activity as its author wrote it down; one mention of a person is enough."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    kind: Kind
    unit: UnitCode = Field(description="谁的活动:村、乡镇或县的单位代码")
    held_at: AwareDatetime = Field(description="举行的时刻(含时区)")
    place: PlaceIn = Field(default_factory=PlaceIn)
    attendees: Ids = Field(
        default_factory=list, max_length=MOST_PEOPLE, description="参加的系统内人员"
    )
    guests: int = Field(default=0, ge=0, le=MOST_GUESTS, description="其他参加人数,不写姓名")
    guests_note: str = Field(default="", max_length=500)
    minutes: str = Field(default="", max_length=MOST_TEXT, description="记录、议定事项")
    photos: Annotated[list[Sha256], AfterValidator(once)] = Field(
        default_factory=list, max_length=MOST_PHOTOS
    )
    organisations: Ids = Field(
        default_factory=list, max_length=MOST_UNITS, description="计入哪些组织"
    )
    reports: Annotated[list[UUID | UnitCode], AfterValidator(once)] = Field(
        default_factory=list, max_length=MOST_UNITS, description="作了汇报的单位或组织"
    )
    written_at: AwareDatetime = Field(description="写完的时刻(手机时间,含时区)")
    clock: Clock | None = None

    def digest(self) -> bytes:
        """Equal after validation means equal digests; positions compare in 1e-7 degree."""
        told = self.model_dump()
        if self.place.fix:
            fix = told["place"]["fix"]
            fix["lat"], fix["lon"] = geo.at(self.place.fix.lat, self.place.fix.lon)
            for name in ("accuracy_m", "altitude_m", "speed_mps"):
                fix[name] = None if fix[name] is None else round(fix[name] * 1000)
        return digest(told)


class WithdrawalIn(Body):
    """Why an activity is taken back."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "重复登记"}]}
    )

    reason: str = Field(min_length=1, max_length=200)


class MarkOut(BaseModel):
    """Something to know about an activity. It is kept all the same; the policy decides."""

    code: Literal["held_after_arrival", "outside_village", "nobody_named"]
    says: str


class HeldOut(BaseModel):
    """Where it was held, and what the fix says about that village's fences."""

    village: str | None
    village_name: str | None
    text: str
    state: Place
    distance_m: int | None
    accuracy_m: float | None


class BoundOut(BaseModel):
    """An organisation for which the activity counts."""

    id: UUID
    kind: str
    name: str


class ActivityOut(BaseModel):
    """An activity as the server holds it."""

    id: UUID
    kind: str = Field(json_schema_extra={"enum": list(KINDS)})
    unit: str
    unit_name: str
    author: PersonOut
    held_at: AwareDatetime
    day: date = Field(description="北京时间的日期,活动计入它所在的各期")
    place: HeldOut
    attendees: list[PersonOut]
    guests: int
    guests_note: str
    attendances: int = Field(description="参加人次:系统内人员与其他人数之和")
    minutes: str
    photos: list[str]
    photos_missing: list[str]
    organisations: list[BoundOut]
    reports: list[str]
    written_at: AwareDatetime
    received_at: AwareDatetime
    marks: list[MarkOut]
    withdrawn: str | None = Field(description="撤回理由;未撤回为 null")
    receipt: ReceiptOut


class InvitedPostOut(BaseModel):
    """A post that somebody holds on that day."""

    unit: str
    unit_name: str
    kind: Post


class InvitedOut(BaseModel):
    """Somebody whom the caller may name as having attended."""

    id: UUID
    name: str
    posts: list[InvitedPostOut]
