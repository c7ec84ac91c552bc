"""What is sent and got back for requests."""

from datetime import date, timedelta
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from app.core.paging import Page
from app.core.wire import Body, Sha256, VillageCode, once, with_words
from app.ledger.canonical import digest
from app.postings.schemas import PersonOut
from app.records.schemas import ReceiptOut
from app.requests.models import Kind
from app.requests.states import Decision, Place, State, Step

MOST_REASON, MOST_EVIDENCE, MOST_DAYS = 1_000, 20, 366
LEAVE_EXAMPLE: dict[str, Any] = {
    "kind": "leave",
    "from": "2026-11-24",
    "to": "2026-11-26",
    "reason": "送母亲到市医院复查",
    "written_at": "2026-11-22T19:10:00+08:00",
}
MAKE_UP_EXAMPLE: dict[str, Any] = {
    "day": "2026-11-19",
    "village": "360321101201",
    "reason": "手机进水不能开机,当天在村参加清淤,有村委会登记簿",
    "evidence": [],
    "written_at": "2026-11-20T08:05:00+08:00",
}


def sensible(day: date) -> date:
    """A year that is no slip of the finger."""
    if not 2000 <= day.year <= 2100:
        raise ValueError("年份应在 2000 至 2100 之间,请核对日期")
    return day


Day = Annotated[date, AfterValidator(sensible)]
Reason = Annotated[str, Field(min_length=1, max_length=MOST_REASON), AfterValidator(with_words)]


class _Asked(Body):
    """What both requests share."""

    reason: Reason
    written_at: AwareDatetime | None = Field(
        default=None, description="写完的时刻(手机时间,含时区);没有网络时晚到也看得出是何时写的"
    )

    def digest(self) -> bytes:
        """Equal after validation means equal digests."""
        return digest(self.model_dump())


class LeaveIn(_Asked):
    """Leave, an official trip or training; both days inclusive."""

    model_config = ConfigDict(
        extra="forbid", populate_by_name=True, json_schema_extra={"examples": [LEAVE_EXAMPLE]}
    )

    kind: Kind
    first: Day = Field(alias="from", description="第一天(含)")
    last: Day = Field(alias="to", description="最后一天(含)")

    @model_validator(mode="after")
    def in_order(self) -> Self:
        """It does not end before it begins, nor go on for years."""
        if self.last < self.first:
            raise ValueError("截止日(to)早于起始日(from),请核对两个日期")
        if self.last - self.first >= timedelta(days=MOST_DAYS):
            raise ValueError(f"一次最多 {MOST_DAYS} 天,更长的请分开申请或由组织部门调整任职")
        return self


class MakeUpIn(_Asked):
    """A stay day that no check-in proves, with whatever shows that one was there."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [MAKE_UP_EXAMPLE]})

    day: Day = Field(description="要补的是哪一天")
    village: VillageCode = Field(description="当天在哪个村")
    evidence: Annotated[list[Sha256], AfterValidator(once)] = Field(
        default_factory=list, max_length=MOST_EVIDENCE, description="佐证照片的 SHA-256"
    )


class DecisionIn(Body):
    """Approve, or refuse with a reason."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"decision": "refuse", "reason": "当天有会议签到,请核对日期"}]
        },
    )

    decision: Decision
    reason: str = Field(default="", max_length=MOST_REASON)

    @model_validator(mode="after")
    def a_refusal_says_why(self) -> Self:
        """Who is refused must know why."""
        if self.decision is Decision.refuse and not self.reason.strip():
            raise ValueError("不批准须写明原因(reason),申请人才知道怎样办")
        return self


class WithdrawalIn(Body):
    """Why the author takes it back."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "会议改期,不用请假了"}]}
    )

    reason: str = Field(default="", max_length=200)


class ReturnIn(Body):
    """The day on which one is back in the village."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"back_on": "2026-11-26"}]}
    )

    back_on: Day = Field(description="回村的日期;请假到前一天为止")

    @field_validator("back_on")
    @classmethod
    def storable_day(cls, back_on: date) -> date:
        """As every day."""
        return sensible(back_on)


MarkCode = Literal[
    "no_posting",
    "long",
    "overlaps",
    "after_the_fact",
    "beyond_cap",
    "after_deadline",
    "future_day",
    "not_own_village",
    "has_check_in",
    "asked_twice",
    "on_leave",
    "no_evidence",
]


class MarkOut(BaseModel):
    """Something the approver should know; the request is kept all the same.

    ``county``: for this the county decides. ``bars``: for now it cannot be approved.
    """

    code: MarkCode
    says: str
    county: bool = False
    bars: bool = False


class DecidedOut(BaseModel):
    """One word on a request."""

    place: Place
    decision: Decision
    reason: str
    by: PersonOut
    at: AwareDatetime


class _RequestOut(BaseModel):
    id: UUID
    person: PersonOut
    reason: str
    state: State
    written_at: AwareDatetime | None
    received_at: AwareDatetime
    marks: list[MarkOut]
    needs: Place = Field(description="谁的决定是最后的:乡镇或县")
    next: str = Field(description="下一步是什么,一句话")
    may: list[Step] = Field(description="您现在可以办理的")
    decisions: list[DecidedOut]
    withdrawn: str | None = Field(description="撤回理由;未撤回为 null")
    receipt: ReceiptOut


class LeaveOut(_RequestOut):
    """Leave 请假, a trip 公出 or training 培训 as the server holds it."""

    kind: Kind
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    days: int = Field(description="批准后记为请假的日历天数;提前销假的已减去")
    back_on: date | None = Field(description="提前销假回村的日期;没有提前为 null")


class MakeUpOut(_RequestOut):
    """A make-up 补签 as the server holds it."""

    day: date
    village: str
    village_name: str
    evidence: list[str]
    evidence_missing: list[str]


class MakeUpMonthOut(BaseModel):
    """A month of which days can still be made up in time."""

    month: str = Field(examples=["2026-11"])
    left: int = Field(description="本月还可由乡镇批准的补签天数;不批准和撤回的不占次数")


class MakeUpTermsOut(BaseModel):
    """What holds for the caller's own make-ups today; beyond it the county decides, too."""

    earliest: date = Field(description="今天申请,乡镇可批的最早一天;更早的由县级决定")
    within_days: int = Field(description="当天之后几天以内申请")
    per_month: int = Field(description="每月由乡镇批准的天数")
    months: list[MakeUpMonthOut] = Field(description="从最早一天所在的月份到本月")


class MakeUpsOut(Page[MakeUpOut]):
    """Make-ups, and what a phone tells its owner before the next one is written."""

    terms: MakeUpTermsOut
