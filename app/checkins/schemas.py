"""What a phone sends and gets back for a check-in."""

from datetime import date
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from app.checkins.models import Kind, Place, TimeState
from app.core import geo
from app.core.wire import Body, Sha256, VillageCode
from app.ledger.canonical import digest
from app.postings.schemas import PersonOut
from app.records.schemas import ReceiptOut
from app.reviews.schemas import RaisedOut

MOST_PHOTOS = 9
EXAMPLE: dict[str, Any] = {
    "kind": "presence",
    "village": "360321101201",
    "captured_at": "2026-11-21T09:12:03+08:00",
    "fix": {
        "lat": 27.12793,
        "lon": 113.95391,
        "accuracy_m": 18.0,
        "datum": "wgs84",
        "fixed_at": "2026-11-21T09:12:01+08:00",
    },
    "photos": [],
    "note": "",
}


class Fix(Body):
    """A position as the phone gave it, in degrees and metres; finite numbers only."""

    lat: float = Field(ge=-90, le=90, allow_inf_nan=False, description="纬度")
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False, description="经度")
    accuracy_m: float | None = Field(default=None, ge=0, le=1e7, allow_inf_nan=False)
    datum: Literal["wgs84", "gcj02", "bd09"] = "wgs84"
    fixed_at: AwareDatetime | None = None
    altitude_m: float | None = Field(default=None, ge=-1e5, le=1e6, allow_inf_nan=False)
    speed_mps: float | None = Field(default=None, ge=0, le=1e5, allow_inf_nan=False)


class Clock(Body):
    """What the phone's clocks said; ``elapsed_ms`` is since the anchor was seen, in one page."""

    anchor: str | None = Field(default=None, max_length=2000)
    anchor_seen_at: AwareDatetime | None = None
    elapsed_ms: int | None = Field(default=None, ge=0, le=2**53)
    page: str | None = Field(default=None, max_length=64)


class Client(Body):
    """Which app sent it, and its running number on that phone."""

    build: str | None = Field(default=None, max_length=64)
    seq: int | None = Field(default=None, ge=0, le=2**53)


class CheckInIn(Body):
    """One tap. Only what cannot be parsed, or names what does not exist, is refused."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    kind: Kind = Field(description="presence 在村、household 入户、departure 离村")
    village: VillageCode
    household: UUID | None = None
    captured_at: AwareDatetime = Field(description="按下签到的时刻(手机时间,含时区)")
    fix: Fix | None = None
    no_fix_reason: Literal["denied", "timeout", "unavailable"] | None = None
    clock: Clock | None = None
    photos: list[Sha256] = Field(default_factory=list, max_length=MOST_PHOTOS)
    note: str | None = Field(default=None, max_length=1000)
    client: Client | None = None

    @model_validator(mode="after")
    def household_named(self) -> Self:
        """A household check-in says which household."""
        if self.kind is Kind.household and self.household is None:
            raise ValueError("入户签到(kind=household)须在 household 填写农户编号")
        if len(set(self.photos)) != len(self.photos):
            raise ValueError("photos 中有重复的照片,请每张只列一次")
        return self

    def digest(self) -> bytes:
        """Equal after validation means equal digests; positions compare in 1e-7 degree."""
        told = self.model_dump()
        if self.fix:
            told["fix"]["lat"], told["fix"]["lon"] = geo.at(self.fix.lat, self.fix.lon)
            for name in ("accuracy_m", "altitude_m", "speed_mps"):
                value = told["fix"][name]
                told["fix"][name] = None if value is None else round(value * 1000)
        told["note"] = told["note"] or ""
        return digest(told)


class WithdrawalIn(Body):
    """Why a check-in is taken back."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "按错了"}]}
    )

    reason: str = Field(min_length=1, max_length=200)


class RemarkOut(BaseModel):
    """Something to know about a record; ``counts`` tells whether it counts all the same."""

    code: str
    says: str
    counts: bool


class TimeOut(BaseModel):
    """How well the day is known; ``from`` and ``to`` bound the capture by the server's clock."""

    state: TimeState
    from_: AwareDatetime | None = Field(default=None, serialization_alias="from")
    to: AwareDatetime | None = None
    says: str = Field(description="一句话说明时间知道到什么程度")


class CheckInOut(BaseModel):
    """A check-in as the server holds it, and what it made of it."""

    id: UUID
    person: PersonOut
    kind: Kind
    day: date
    village: str
    household: UUID | None
    place: Place
    distance_m: int | None
    accuracy_m: float | None
    no_fix_reason: str | None
    time: TimeOut
    state: Literal["counted", "in_review", "not_counted"]
    remarks: list[RemarkOut]
    flags: list[RaisedOut]
    photos: list[str]
    photos_missing: list[str]
    note: str
    receipt: ReceiptOut
    anchor: str | None = Field(description="新的时间锚;仅在提交的答复中给出,查询时为 null")
    captured_at: AwareDatetime
    received_at: AwareDatetime
    withdrawn: str | None = Field(description="撤回理由;未撤回为 null")
