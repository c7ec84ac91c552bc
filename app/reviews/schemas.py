"""What is sent and got back for flags and checks."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from app.core.wire import Body, Sha256, UnitCode, once, with_words
from app.postings.schemas import PersonOut
from app.reviews.finding import Weight
from app.reviews.states import State

MOST_TEXT, MOST_PHOTOS, MOST_REASON = 2000, 9, 1000
Decision = Literal["counts", "counts_with_note", "does_not_count"]
RecordState = Literal["counted", "in_review", "not_counted"]
Photos = Annotated[list[Sha256], AfterValidator(once), Field(max_length=MOST_PHOTOS)]
Text = Annotated[str, Field(min_length=1, max_length=MOST_TEXT), AfterValidator(with_words)]
_WORD: dict[str, Any] = {"text": "当时在村后山坡的林地,离村部较远,附照片。", "photos": []}


class RaisedOut(BaseModel):
    """A flag as a record's own reply tells it."""

    id: UUID
    code: str
    says: str


class FlaggedOut(BaseModel):
    """The record that a flag is on."""

    kind: str
    id: UUID
    day: date
    village: str | None
    village_name: str | None
    person: PersonOut


class AnswerOut(BaseModel):
    """What the author said."""

    id: UUID
    text: str
    photos: list[str]
    at: AwareDatetime


class AppealOut(BaseModel):
    """Why the author objects."""

    text: str
    photos: list[str]
    at: AwareDatetime


class DecisionOut(BaseModel):
    """A reviewer's word. ``round`` 0 is the review, 1 the appeal; ``place`` 1 or 2."""

    round: int
    place: int
    decision: Decision
    reason: str
    by: PersonOut
    at: AwareDatetime


class MayOut(BaseModel):
    """What the caller can do to the flag now."""

    answer: bool
    decide: bool
    appeal: bool


class FlagOut(BaseModel):
    """A flag with its evidence and everything that was said to it."""

    id: UUID
    code: str
    weight: Weight
    title: str
    says: str
    proves: str = Field(description="这条疑点能说明什么")
    cannot: str = Field(description="不能说明什么")
    evidence: dict[str, Any] = Field(
        description="疑点的数字;只列出查看者有权查看的其他记录的编号,其余只有个数"
    )
    record: FlaggedOut
    raised_at: AwareDatetime
    answer_until: AwareDatetime = Field(description="在此之前可以说明情况")
    appeal_until: AwareDatetime | None = Field(description="不计入之后,在此之前可以申诉")
    state: State
    withdrawn: bool = Field(
        description="记录已由作者本人撤回:不计入,疑点不再办理(不能说明、复核、申诉)"
    )
    record_state: RecordState
    answers: list[AnswerOut]
    decisions: list[DecisionOut]
    appeal: AppealOut | None
    may: MayOut


class AnswerIn(Body):
    """The author's words to a flag; with an ``id`` of the phone's a repeat is taken once."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_WORD]})

    id: UUID | None = None
    text: Text
    photos: Photos = Field(default_factory=list)


class AppealIn(Body):
    """The author's objection."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_WORD]})

    text: Text
    photos: Photos = Field(default_factory=list)


class DecisionIn(Body):
    """A reviewer's word; ``seen`` is the state that they had before them when they made it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"decision": "counts", "reason": "说明清楚,照片相符"}]},
    )

    decision: Decision = Field(
        description="counts 计入、counts_with_note 计入并备注、does_not_count 不计入"
    )
    reason: Annotated[str, Field(min_length=1, max_length=MOST_REASON), AfterValidator(with_words)]
    seen: State | None = Field(default=None, description="作出意见时看到的状态;已变动则不受理")


class CheckOut(BaseModel):
    """How a check has fared in a unit."""

    code: str
    title: str
    weight: Weight
    proves: str
    cannot: str
    raised: int = Field(description="提出的疑点数(不含只作统计的)")
    silent: int = Field(description="只作统计的数")
    decided: int = Field(description="已作决定的数")
    upheld: int = Field(description="决定为不计入的数")
    precision: float | None = Field(description="upheld/decided,保留三位小数;尚无决定为 null")
    silenced: bool
    silence: "SilenceOut | None"


class SilenceOut(BaseModel):
    """Why a check only counts, since when and by whom; ``by`` is null where it fell silent itself."""

    unit: str
    reason: str
    since: AwareDatetime
    by: PersonOut | None


class VoiceIn(Body):
    """For which unit a check is silenced, or gets its voice back, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"unit": "360321", "reason": "本县山谷定位普遍偏移"}]},
    )

    unit: UnitCode
    reason: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(with_words)]
