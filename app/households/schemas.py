"""What is sent and got back about households."""

import re
from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)

from app.core import geo
from app.core.crypto import normalised
from app.core.wire import Body, Sha256, Span, VillageCode
from app.households.models import Consent
from app.ledger.canonical import digest
from app.postings.schemas import PersonOut
from app.records.schemas import ReceiptOut

HOUSEHOLD: dict[str, Any] = {
    "village": "360321101201",
    "number": "36032110120100017",
    "head": "刘户主",
    "address": "路口村三组 17 号",
    "poor": True,
    "since": "2014-01-01",
    "until": None,
}
MEMBER: dict[str, Any] = {
    "name": "刘户主",
    "relation": "户主",
    "id_number": "360321196001010010",
    "phone": "13800005678",
    "until": None,
}
PORTRAIT: dict[str, Any] = {
    "household": "019aa2b0-0000-7000-8000-000000000002",
    "photo": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "consent": {"by": "刘户主", "on": "2026-11-20", "how": "signed"},
    "taken_at": "2026-11-20T10:02:11+08:00",
}
POSITION: dict[str, Any] = {
    "household": "019aa2b0-0000-7000-8000-000000000002",
    "fix": {"lat": 27.12793, "lon": 113.95391, "accuracy_m": 12.0, "datum": "wgs84"},
    "set_at": "2026-11-20T10:05:00+08:00",
}
PAIRING: dict[str, Any] = {
    "person": "019aa2b0-0000-7000-8000-000000000001",
    "household": "019aa2b0-0000-7000-8000-000000000002",
    "from": "2026-07-01",
    "to": None,
}
PLAN_ITEM: dict[str, Any] = {
    "household": "019aa2b0-0000-7000-8000-000000000002",
    "text": "联系合作社,落实 20 棵油茶苗",
    "due": "2026-12-31",
}


def _example(one: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [one]})


#: 15 or 18 places of an ID card 身份证, or 20 of a disability card 残疾人证.
_ID = re.compile(r"[0-9]{15}|[0-9]{17}[0-9X]([0-9]{2})?")
_PHONE = re.compile(r"\+?[0-9]{3,20}")


def _plain(value: str, wanted: re.Pattern[str], words: str) -> str:
    if "*" in value:
        raise ValueError("这是打了星号的号码;不改号码时请不要填写这一项,要改请填写完整号码")
    plain = normalised(value)
    if not wanted.fullmatch(plain):
        raise ValueError(f"号码不完整或有误,应为{words}")
    return plain


def _id_number(value: str) -> str:
    return _plain(value, _ID, "15 位或 18 位身份证号,或 20 位残疾人证号")


def _phone(value: str) -> str:
    return _plain(value, _PHONE, "3 至 20 位数字的电话号码")


IdNumber = Annotated[str, Field(max_length=40), AfterValidator(_id_number)]
Phone = Annotated[str, Field(max_length=40), AfterValidator(_phone)]


class HouseholdIn(Body):
    """A household as the register has it."""

    model_config = _example(HOUSEHOLD)

    village: VillageCode
    number: str = Field(min_length=1, max_length=32, description="户编号")
    head: str = Field(min_length=1, max_length=64, description="户主姓名")
    address: str = Field(default="", max_length=128)
    poor: bool = Field(description="建档立卡贫困户")
    since: date = Field(description="登记之日(含)")
    until: date | None = Field(default=None, description="销户之日(含);在册填 null")

    @model_validator(mode="after")
    def in_order(self) -> Self:
        """It does not end before it begins."""
        if self.until is not None and self.until < self.since:
            raise ValueError("销户之日(until)早于登记之日(since),请核对两个日期")
        return self


class MemberIn(Body):
    """A member. A number that is left out stays as it is; null deletes it."""

    model_config = _example(MEMBER)

    name: str = Field(min_length=1, max_length=64)
    relation: str = Field(min_length=1, max_length=16, description="与户主关系")
    id_number: IdNumber | None = None
    phone: Phone | None = None
    until: date | None = Field(default=None, description="不再是家庭成员之日(含)")


class PairingIn(Span):
    """A helper and their household."""

    model_config = ConfigDict(
        extra="forbid", populate_by_name=True, json_schema_extra={"examples": [PAIRING]}
    )

    person: UUID
    household: UUID


class ConsentIn(Body):
    """Who agreed to the portrait, on which day, how."""

    by: str = Field(min_length=1, max_length=64, description="同意人姓名")
    on: date
    how: Consent


class PortraitIn(Body):
    """A household's portrait. The photo's bytes may arrive before or after it."""

    model_config = _example(PORTRAIT)

    household: UUID
    photo: Sha256
    consent: ConsentIn | None = Field(default=None, description="同意记录,必填;缺少时不受理")
    taken_at: AwareDatetime

    def digest(self) -> bytes:
        """Equal after validation means equal digests."""
        return digest(self.model_dump())


class PositionFix(Body):
    """A position in degrees and metres; ``accuracy_m`` is null when picked on a map."""

    lat: float = Field(ge=-90, le=90, allow_inf_nan=False, description="纬度")
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False, description="经度")
    accuracy_m: float | None = Field(default=None, ge=0, le=1e7, allow_inf_nan=False)
    datum: Literal["wgs84", "gcj02", "bd09"] = "wgs84"


class PositionIn(Body):
    """Where the household is, set by hand."""

    model_config = _example(POSITION)

    household: UUID
    fix: PositionFix
    set_at: AwareDatetime

    def digest(self) -> bytes:
        """Equal after validation means equal digests; positions compare in 1e-7 degree."""
        told = self.model_dump()
        told["fix"]["lat"], told["fix"]["lon"] = geo.at(self.fix.lat, self.fix.lon)
        told["fix"]["accuracy_m"] = millimetres(self.fix.accuracy_m)
        return digest(told)


def millimetres(metres: float | None) -> int | None:
    """Metres as a whole number of millimetres."""
    return None if metres is None else round(metres * 1000)


class PlanItemIn(Body):
    """One item of the help plan. Done and dropped exclude each other."""

    model_config = _example(PLAN_ITEM)

    household: UUID
    text: str = Field(min_length=1, max_length=500)
    due: date | None = None
    done_on: date | None = None
    dropped_on: date | None = None

    @model_validator(mode="after")
    def one_end(self) -> Self:
        """It is open, done or dropped."""
        if self.done_on is not None and self.dropped_on is not None:
            raise ValueError("done_on(完成)和 dropped_on(取消)只能填一项")
        return self


class SearchIn(Body):
    """A whole ID number. In a body, because addresses end up in logs."""

    model_config = _example({"id_number": "360321196001010010"})

    id_number: IdNumber


class UnmaskIn(Body):
    """What the numbers are needed for; it is logged with the caller's name."""

    model_config = _example({"purpose": "核对医保参保信息"})

    purpose: str = Field(min_length=2, max_length=200, examples=["核对医保参保信息"])


class UnmaskOut(BaseModel):
    """The clear numbers of one member."""

    household: UUID
    member: UUID
    id_number: str | None
    phone: str | None


class HelperOut(BaseModel):
    """A helper of the household; both days inclusive."""

    pairing: UUID
    person: PersonOut
    since: date = Field(serialization_alias="from")
    until: date | None = Field(serialization_alias="to")


class PairingOut(HelperOut):
    """A pairing as it stands."""

    household: UUID
    rev: int


class MemberOut(BaseModel):
    """A member; numbers are masked. ``unmask`` opens them, each time logged."""

    id: UUID
    name: str
    relation: str
    id_number: str | None = Field(examples=["3603**********1234"])
    phone: str | None = Field(examples=["138****5678"])
    until: date | None
    rev: int


class PlaceOut(BaseModel):
    """Where the household is (WGS-84).

    ``set_by_hand``, or else the median of the ``fixes`` good fixes of visits, or ``none``.
    ``accuracy_m`` is what the phone said, for a median the median of what the phones said.
    """

    lat: float | None
    lon: float | None
    accuracy_m: float | None
    source: Literal["set_by_hand", "median_of_visits", "none"]
    fixes: int


class PortraitOut(BaseModel):
    """A portrait and who consented to it, when and how."""

    id: UUID
    household: UUID
    author: UUID
    photo: str
    consent: ConsentIn
    taken_at: AwareDatetime
    received_at: AwareDatetime


class PortraitRecorded(PortraitOut):
    """The portrait as recorded; send the bytes that ``photos_missing`` names."""

    photos_missing: list[str]
    receipt: ReceiptOut


class PositionRecorded(BaseModel):
    """The position as recorded, in WGS-84."""

    id: UUID
    household: UUID
    lat: float
    lon: float
    accuracy_m: float | None
    datum: str = Field(description="手机或地图给出的坐标系;存储和返回均为 WGS-84")
    set_at: AwareDatetime
    received_at: AwareDatetime
    receipt: ReceiptOut


class PlanItemOut(BaseModel):
    """An item of the help plan."""

    id: UUID
    household: UUID
    author: UUID
    text: str
    due: date | None
    done_on: date | None
    dropped_on: date | None
    created_on: date
    rev: int


class HouseholdRow(BaseModel):
    """A household in a list, with today's helpers."""

    id: UUID
    number: str
    head: str
    address: str
    village: str
    village_name: str
    poor: bool
    since: date
    until: date | None
    helpers: list[HelperOut]
    position: PlaceOut
    portrait: PortraitOut | None = Field(description="最新的头像;没有时为 null")
    plan_open: int = Field(description="帮扶计划中未完成、未取消的条数")
    distance_m: int | None = Field(default=None, description="按 near 查询时的距离")


class HouseholdOut(HouseholdRow):
    """A household whole: every helper it had, members, plan."""

    members: list[MemberOut]
    plan: list[PlanItemOut]
    rev: int
