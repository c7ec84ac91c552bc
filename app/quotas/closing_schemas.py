"""What is told about adoptions and about closed periods."""

from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from app.core.wire import Body, UnitCode
from app.policy.pack import SettingValue
from app.postings.schemas import PersonOut
from app.quotas.adopting import Basis, Wish
from app.quotas.models import IssuingLevel
from app.quotas.schemas import CellOut, PeriodOut, SubjectOut

ADOPTION: dict[str, Any] = {
    "pack": "p0-village-leader",
    "version": None,
    "unit": "360321",
    "basis": "",
    "document": "关于印发《脱贫摘帽“包村长”责任落实方案》的通知",
    "number": "莲办字〔2018〕33号",
    "issuing_body": "中共莲花县委办公室",
    "issuing_level": "county",
    "valid_from": "2018-06-20",
    "valid_until": None,
    "from": None,
    "to": None,
    "settings": {"grace_days": 1},
    "parameters": {},
    "advisory": [],
}
CLOSING: dict[str, Any] = {"unit": "360321101", "period": "2026-Q3", "note": "季度考核"}
#: a county, a township or a village: what lies above a county has no log of its own
ClosedCode = Annotated[str, StringConstraints(pattern=r"^(\d{6}|\d{9}|\d{12})$")]
Word = Annotated[str, StringConstraints(max_length=64)]
Parameter = int | list[Annotated[str, StringConstraints(pattern=r"^\d{12}$")]] | None


def _few(value: dict[str, Any]) -> dict[str, Any]:
    if len(value) > 64:
        raise ValueError("最多 64 项")
    return value


class AdoptionIn(Body):
    """A pack for a unit and all below it, on a legal basis; ``to`` ends it, nothing else changes."""

    model_config = ConfigDict(
        extra="forbid", populate_by_name=True, json_schema_extra={"examples": [ADOPTION]}
    )

    pack: str = Field(max_length=64)
    version: str | None = Field(default=None, max_length=16, description="不填为最新版本")
    unit: UnitCode
    basis: str = Field(default="", max_length=500, description="依据,一句话;不填则由以下各项合成")
    document: str = Field(default="", max_length=200, description="文件名称")
    number: str = Field(default="", max_length=100, description="文号")
    issuing_body: str = Field(default="", max_length=100, description="发文机关")
    issuing_level: IssuingLevel = Field(default=IssuingLevel.unsaid, description="发文机关级别")
    valid_from: date | None = Field(default=None, description="依据自哪天起有效(含)")
    valid_until: date | None = Field(default=None, description="依据到哪天有效(含)")
    since: date | None = Field(
        default=None, alias="from", description="自哪天起启用;不填则按文件本身的日期"
    )
    until: date | None = Field(default=None, alias="to", description="启用到哪天(含)")
    settings: Annotated[dict[Word, SettingValue], AfterValidator(_few)] = Field(default={})
    parameters: Annotated[dict[Word, Parameter], AfterValidator(_few)] = Field(
        default={}, description="文件留白的数;不填则该规则不考核"
    )
    advisory: list[Word] = Field(default=[], max_length=64, description="只提示、不考核的规则")

    @model_validator(mode="after")
    def says_why(self) -> Self:
        """Somebody decided it, in some document."""
        if not any(part.strip() for part in (self.basis, self.document, self.number)):
            raise ValueError("没有写启用依据。请填写 basis,或文件名称(document)和文号(number)")
        return self

    def wish(self) -> Wish:
        """As the service takes it."""
        return Wish(
            pack=self.pack,
            unit=self.unit,
            version=self.version,
            basis=Basis(
                self.basis,
                self.document,
                self.number,
                self.issuing_body,
                self.issuing_level.value,
                self.valid_from,
                self.valid_until,
            ),
            since=self.since,
            until=self.until,
            settings=self.settings,
            parameters={
                name: tuple(value) if isinstance(value, list) else value
                for name, value in self.parameters.items()
            },
            advisory=self.advisory,
        )


class SettingOut(BaseModel):
    """How an open question of the document is read here, and who said so."""

    name: str = Field(examples=["grace_days"])
    question: str = Field(examples=["M14"])
    value: SettingValue
    default: SettingValue
    says: str
    set_by: str = Field(examples=["default", "pack", "adoption"])


class ParameterOut(BaseModel):
    """A number or a list that the document left blank 留白; blank still: not assessed."""

    name: str
    says: str
    value: int | list[str] | None
    blank: bool


class RuleModeOut(BaseModel):
    """A rule of the pack, and whether it is assessed here or shown only."""

    id: str
    title: str
    per: str
    assessed: bool


class AdoptionOut(BaseModel):
    """A pack in force, or that was: its basis, its reading, its blanks."""

    id: UUID
    unit: str
    unit_name: str
    pack: str
    version: str
    newest: str | None = Field(description="本程序随附的最新版本;没有这个政策包时为 null")
    title: str
    basis: str
    document: str
    number: str
    issuing_body: str
    issuing_level: IssuingLevel
    valid_from: date | None
    valid_until: date | None
    from_: date | None = Field(serialization_alias="from")
    to: date | None
    adopted_by: str
    adopted_at: AwareDatetime
    in_force: bool = Field(description="这一天在该单位有效")
    settings: list[SettingOut]
    parameters: list[ParameterOut]
    rules: list[RuleModeOut]
    changelog: str = Field(description="政策包的更改记录(Markdown)")
    left_out: str | None = Field(
        default=None, description="本程序中没有这个版本的规则时,一句话说明;否则为 null"
    )
    rev: int


class AdoptionsOut(BaseModel):
    """What is in force in a unit and below it, the unit's own and those above it first."""

    items: list[AdoptionOut]
    next: str | None = None


class ClosingIn(Body):
    """Close a period of a unit and all below it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [CLOSING]})

    unit: ClosedCode
    period: str = Field(max_length=16, examples=["2026-Q3"])
    note: str = Field(default="", max_length=500, description="说明,例如再次封存的原因")


class ClosedPackOut(BaseModel):
    """A pack by which a period was judged: adoption, digests of the pack and its rules, reading."""

    adoption: UUID
    unit: str
    pack: str
    version: str
    digest: str
    rules: dict[str, str]
    settings: dict[str, SettingValue]
    parameters: dict[str, Any]
    advisory: list[str]


class ClosingOut(BaseModel):
    """One version of a closed period; ``latest`` is the one that holds."""

    id: UUID
    unit: str
    unit_name: str
    period: PeriodOut
    version: int
    latest: bool
    as_of: date = Field(description="截至哪一天的结果")
    closed_by: PersonOut
    closed_at: AwareDatetime
    note: str
    packs: list[ClosedPackOut]
    standings: int = Field(description="封存了多少条完成情况")
    digest: str = Field(description="全部完成情况的 SHA-256;该行已记入日志")


class ClosedStandingOut(BaseModel):
    """A standing as it was closed."""

    subject: SubjectOut
    unit: str
    kind: str
    standing: CellOut
    settings: dict[str, SettingValue]
    inputs: str = Field(description="所依据记录的 SHA-256")


class ClosedOut(ClosingOut):
    """A closed period with the standings that the caller may read, by place and name."""

    rows: list[ClosedStandingOut]
    next: str | None
