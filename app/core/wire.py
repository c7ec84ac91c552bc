"""What every request body shares."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
#: A unit's statistical division code: 2, 4, 6, 9 or 12 digits.
UnitCode = Annotated[str, StringConstraints(pattern=r"^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})$")]
VillageCode = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]


T = TypeVar("T")


def without_nul(value: T) -> T:
    """PostgreSQL stores no U+0000: it is named here instead of failing there."""
    if isinstance(value, str) and "\0" in value:
        raise ValueError("含有不可见的空字符(U+0000),请删除后重新提交")
    return value


def within_the_calendar(value: T) -> T:
    """In another zone the first and last days of the calendar do not exist."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        try:
            known = 1 < value.astimezone(UTC).year < 9999
        except OverflowError:
            known = False
        if not known:
            raise ValueError("时间的年份超出范围(须在公元 2 至 9998 年之间),请核对手机时钟")
    return value


class Body(BaseModel):
    """A request body: unknown fields are refused, and so is what no database can hold."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*", mode="after")
    @classmethod
    def storable(cls, value: Any) -> Any:
        """No U+0000 in any text, no instant beyond the calendar."""
        return within_the_calendar(without_nul(value))


class Span(Body):
    """Both days inclusive; ``to`` is null while it goes on."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    since: date = Field(alias="from", description="起始日(含)")
    until: date | None = Field(default=None, alias="to", description="截止日(含);未定填 null")

    @model_validator(mode="after")
    def in_order(self) -> Self:
        """It does not end before it begins."""
        if self.until is not None and self.until < self.since:
            raise ValueError("截止日(to)早于起始日(from),请核对两个日期")
        return self


def once(values: list[Any]) -> list[Any]:
    """Each value once, in the order of their first mention."""
    return list(dict.fromkeys(values))


def with_words(text: str) -> str:
    """A reason or an answer says something."""
    if not text.strip():
        raise ValueError("没有写明内容,请简要说明")
    return text
