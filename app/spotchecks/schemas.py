"""What is sent and got back for spot checks."""

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.core.wire import Body, UnitCode
from app.postings.schemas import PersonOut
from app.records.schemas import ReceiptOut
from app.spotchecks.models import Found, Way

MONTH = r"^[1-9][0-9]{3}-(0[1-9]|1[0-2])$"
SHARE = 5


class AnnounceIn(Body):
    """A draw to come: of which unit and month, and which share of the stay days in percent."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"unit": "360321", "month": "2026-10", "share_percent": SHARE}]
        },
    )

    unit: UnitCode
    month: str = Field(pattern=MONTH)
    share_percent: int = Field(default=SHARE, ge=1, le=100)


class ResultIn(Body):
    """What was found about one stay day, by phone or on a visit."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"way": "phone", "found": "agrees", "note": "村支书确认当天在村"}]
        },
    )

    way: Way
    found: Found
    note: str = Field(default="", max_length=500)


class UnitOut(BaseModel):
    """A unit by code and name."""

    code: str
    name: str


class CountsOut(BaseModel):
    """How many of those drawn were found how. ``agreement`` is agrees in percent of agrees and
    differs, rounded down; null while there is neither."""

    drawn: int
    agrees: int
    differs: int
    unreachable: int
    open: int
    agreement: int | None


class UnitCountsOut(CountsOut):
    """The same for one unit below."""

    unit: UnitOut


class DrawnOut(BaseModel):
    """The draw: from how many stay days, and the SHA-256 of their list."""

    by: PersonOut
    at: AwareDatetime
    population: int
    list_digest: str


class SpotMayOut(BaseModel):
    """What the caller may do now."""

    draw: bool
    record: bool


class SpotCheckLine(BaseModel):
    """A spot check without what was drawn. ``receipt`` is the log's for the announcement.

    ``commitment`` is the SHA-256 of the seed's hex digits. ``seed`` is null for everybody until the
    draw; then for who leads there without being a reviewer or examiner, until all results are in
    or 30 days have passed: whoever has it can work out who is asked.
    """

    id: UUID
    unit: UnitOut
    month: str
    share_percent: int
    commitment: str
    seed: str | None
    announced_by: PersonOut
    announced_at: AwareDatetime
    drawn: DrawnOut | None
    counts: CountsOut
    may: SpotMayOut
    receipt: ReceiptOut


class ResultOut(BaseModel):
    """A stay day that was drawn, and what was found."""

    id: UUID
    position: int
    person: PersonOut
    village: UnitOut
    day: date
    check_ins: list[UUID] = Field(description="当天在该村的签到,撤回的也在内")
    way: Way | None
    found: Found | None
    note: str | None
    recorded_by: PersonOut | None
    recorded_at: AwareDatetime | None
    may_record: bool


class SpotCheckOut(SpotCheckLine):
    """A spot check with its counts by unit below, and what was drawn; ``results`` is null for who
    leads there without being a reviewer or examiner: nobody is warned of a call."""

    by_unit: list[UnitCountsOut]
    results: list[ResultOut] | None


class SpotCheckListOut(BaseModel):
    """The list that was drawn from: lines of ``PERSON VILLAGE DAY``, sorted."""

    list_digest: str
    lines: list[str]


class OwnResultOut(BaseModel):
    """What was found about oneself."""

    id: UUID
    village: UnitOut
    day: date
    way: Way
    found: Found
    note: str
    recorded_by: PersonOut
    recorded_at: AwareDatetime
