"""What is sent and got back for submissions and figures."""

from datetime import date
from typing import Annotated, Any, Literal
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

from app.checkins.schemas import Clock
from app.core.wire import Body, Sha256, UnitCode, VillageCode, once
from app.ledger.canonical import digest
from app.policy.periods import BadPeriod, parse
from app.postings.schemas import PersonOut
from app.records.schemas import ReceiptOut
from app.submissions.kinds import FIGURES, KINDS, known_figure, known_kind
from app.submissions.states import State, Step

MOST_TITLE, MOST_TEXT, MOST_FILES, MOST_REMARK, MOST_NOTE = 200, 20_000, 50, 1_000, 500
MOST_AMOUNT = 2**53
EXAMPLE: dict[str, Any] = {
    "kind": "month_report",
    "unit": "360321101201",
    "for_period": "2026-10",
    "title": "十月完成情况和十一月计划",
    "text": "十月:完成 32 户入户走访;油茶基地除草 40 亩。十一月:冬季养殖培训一次。",
    "files": [],
    "written_at": "2026-11-05T17:30:00+08:00",
    "draft": False,
    "replaces": None,
}
FIGURE: dict[str, Any] = {
    "name": "night_school_area_m2",
    "unit": "360321101201",
    "on": "2026-11-21",
    "amount": 120,
    "note": "村小学旧教室,当日丈量",
    "files": [],
}
Kind = Annotated[str, AfterValidator(known_kind), Field(json_schema_extra={"enum": list(KINDS)})]
Name = Annotated[
    str, AfterValidator(known_figure), Field(json_schema_extra={"enum": list(FIGURES)})
]
Files = Annotated[list[Sha256], AfterValidator(once)]


def well_formed(key: str) -> str:
    """The canonical key of a period; ValueError for a word that names none."""
    try:
        return parse(key, date.max).key
    except (BadPeriod, OverflowError) as error:
        raise ValueError(
            f"“{key[:20]}”不是考核周期,请写成 2026-W47(周)、2026-11(月)、2026-B6(双月)、"
            "2026-Q4(季)、2026-H2(半年)、2026(年)、standing 或 once"
        ) from error


Period = Annotated[str, Field(max_length=10), AfterValidator(well_formed)]


class _Subjected(Body):
    """Whose it is: exactly one of unit, organisation, person."""

    unit: UnitCode | None = Field(default=None, description="报送单位的区划代码")
    organisation: UUID | None = Field(default=None, description="报送组织的编号")
    person: UUID | None = Field(default=None, description="报送人本人的人员编号")

    @model_validator(mode="after")
    def one_subject(self) -> "_Subjected":
        """Exactly one subject."""
        if sum(v is not None for v in (self.unit, self.organisation, self.person)) != 1:
            raise ValueError("unit、organisation、person 须填且只填一项")
        return self

    def digest(self) -> bytes:
        """Equal after validation means equal digests."""
        return digest(self.model_dump())


class SubmissionIn(_Subjected):
    """A version of a periodic document. ``draft`` keeps it for oneself; a later version sends it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    kind: Kind
    for_period: Period = Field(description="材料所属的周期", examples=["2026-11"])
    title: str = Field(min_length=1, max_length=MOST_TITLE)
    text: str = Field(default="", max_length=MOST_TEXT)
    files: Files = Field(
        default_factory=list, max_length=MOST_FILES, description="文件和照片的 SHA-256"
    )
    village: VillageCode | None = Field(default=None, description="材料涉及的村")
    event: UUID | None = Field(default=None, description="所回应的活动或签到的编号")
    written_at: AwareDatetime = Field(description="写完的时刻(手机时间,含时区)")
    draft: bool = False
    replaces: UUID | None = Field(default=None, description="更正或重报时填原材料编号")
    clock: Clock | None = None

    @field_validator("title")
    @classmethod
    def not_blank(cls, title: str) -> str:
        """A title says something."""
        if not title.strip():
            raise ValueError("标题没有内容,请写明是什么材料")
        return title


class DecisionIn(Body):
    """Accept a submission, or return it with a remark."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"decision": "return", "remark": "缺少本月计划,请补充。"}]},
    )

    decision: Literal["accept", "return"]
    remark: str = Field(default="", max_length=MOST_REMARK)

    @model_validator(mode="after")
    def a_return_says_why(self) -> "DecisionIn":
        """Who is to mend something must know what."""
        if self.decision == "return" and not self.remark.strip():
            raise ValueError("退回须写明原因(remark),报送人才知道怎样修改")
        return self

    @property
    def step(self) -> Step:
        """The step that is decided."""
        return Step(self.decision)


class WithdrawalIn(Body):
    """Why the author takes it back."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "报错了周期"}]}
    )

    reason: str = Field(min_length=1, max_length=200)


class FigureIn(_Subjected):
    """A number as of a day."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [FIGURE]})

    name: Name
    on: date = Field(description="数据所指的日期")
    amount: int = Field(ge=0, le=MOST_AMOUNT, description="数量,整数")
    note: str = Field(default="", max_length=MOST_NOTE)
    files: Files = Field(
        default_factory=list, max_length=MOST_FILES, description="佐证文件和照片的 SHA-256"
    )


class _SubjectOut(BaseModel):
    unit: str | None
    organisation: UUID | None
    person: UUID | None
    subject_name: str = Field(description="单位、组织或个人的名称")


class SubmissionLine(_SubjectOut):
    """A version of a submission in a list."""

    id: UUID
    kind: str
    kind_name: str
    for_period: str
    title: str
    village: str | None
    event: UUID | None
    files: list[str]
    author: PersonOut
    written_at: AwareDatetime
    received_at: AwareDatetime
    state: State
    decided_at: AwareDatetime | None = Field(description="接收、退回或撤回的时刻")
    replaces: UUID | None


class AttachedOut(BaseModel):
    """An attachment; ``held_as`` is null while its bytes have not arrived."""

    sha256: str
    held_as: Literal["file", "photo"] | None
    media_type: str | None
    size: int | None


class VersionOut(BaseModel):
    """One version of a submission."""

    id: UUID
    author: UUID
    state: State
    written_at: AwareDatetime
    received_at: AwareDatetime


class DecisionOut(BaseModel):
    """A step that was taken with one version."""

    version: UUID
    step: Step
    remark: str
    by: PersonOut
    at: AwareDatetime


class SubmissionOut(SubmissionLine):
    """A version of a submission as the server holds it."""

    text: str
    attached: list[AttachedOut]
    replaced_by: UUID | None = Field(description="更新的版本;本版本最新时为 null")
    versions: list[VersionOut] = Field(description="全部版本,最早的在前")
    decisions: list[DecisionOut] = Field(description="全部版本的办理经过,最早的在前")
    steps: list[Step] = Field(description="您现在可以办理的")
    receipt: ReceiptOut


class FigureOut(_SubjectOut):
    """A reported figure as the server holds it."""

    id: UUID
    name: str
    name_zh: str
    measure: str = Field(description="计量单位", examples=["人次"])
    on: date
    amount: int
    note: str
    files: list[str]
    author: PersonOut
    received_at: AwareDatetime
    withdrawn: str | None = Field(description="撤回原因;未撤回时为 null")


class WriterOut(_SubjectOut):
    """Somebody for whom the caller may write it."""


class KindOut(BaseModel):
    """A kind that the caller may write today, and for whom."""

    kind: str
    zh: str
    en: str
    accepted: bool = Field(description="须经复核员接收才计入")
    subjects: list[WriterOut]


class FigureNameOut(BaseModel):
    """A figure that the caller may report today, and for whom."""

    name: str
    zh: str
    en: str
    measure: str
    subjects: list[WriterOut]


class KindsOut(BaseModel):
    """What the caller may write today: the choices of a form."""

    submissions: list[KindOut]
    figures: list[FigureNameOut]


class FileOut(BaseModel):
    """A stored document. ``media_type`` is what the bytes are, ``size`` in bytes."""

    model_config = ConfigDict(from_attributes=True)

    sha256: str
    media_type: str
    size: int
