"""The working calendar on the wire."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from app.core.wire import Body, UnitCode

FIRST_YEAR, LAST_YEAR = 2000, 2099
MOST_DAYS = 120
WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")
SATURDAY = 5

YEAR: dict[str, Any] = {
    "source": "国办发明电〔2026〕9 号《关于 2027 年部分节假日安排的通知》",
    "days": [
        {"date": "2027-01-01", "name": "元旦", "off": True},
        {"date": "2027-02-06", "name": "春节", "off": True},
        {"date": "2027-02-20", "name": "春节调休", "off": False},
    ],
}
DAY: dict[str, Any] = {
    "unit": "360321",
    "date": "2026-07-14",
    "name": "自治县成立纪念日",
    "off": True,
    "source": "县人民政府 2026 年第 3 号通告",
    "dropped": False,
}


def _source(value: str) -> str:
    if not value.strip():
        raise ValueError("没有写依据。请写明通知的名称、文号和发文机关")
    return value.strip()


def _name(value: str) -> str:
    if not value.strip():
        raise ValueError("没有写名称,例如“春节”“国庆节调休”")
    return value.strip()


Source = Annotated[
    str,
    Field(max_length=200, description="依据:通知的名称、文号和发文机关"),
    AfterValidator(_source),
]
Name = Annotated[
    str, Field(max_length=32, description="名称,例如春节、春节调休"), AfterValidator(_name)
]
Off = Annotated[bool, Field(description="true 休息,false 上班(调休)")]


def weekday(day: date) -> str:
    """The Chinese name of its day of the week."""
    return WEEKDAYS[day.weekday()]


class DayIn(Body):
    """A day that is off, or worked although it is a Saturday or Sunday."""

    day: date = Field(alias="date")
    name: Name
    off: Off

    @model_validator(mode="after")
    def says_something(self) -> Self:
        """A working day from Monday to Friday need not be said."""
        if not self.off and self.day.weekday() < SATURDAY:
            raise ValueError(
                f"{self.day}({weekday(self.day)})本来就是工作日,不用列为调休上班;"
                "只列休息日,和要上班的星期六、星期日"
            )
        return self


class YearIn(Body):
    """A whole year from its notice: the holidays, and the weekend days worked for them."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [YEAR]})

    source: Source
    days: list[DayIn] = Field(min_length=1, max_length=MOST_DAYS)

    def check(self, year: int) -> list[tuple[int, str]]:
        """What is wrong with the days of this year: number in the list, and why."""
        wrong, seen = [], dict[date, int]()
        for number, said in enumerate(self.days):
            if said.day.year != year:
                wrong.append((number, f"{said.day} 不在 {year} 年内,请核对年份"))
            elif said.day in seen:
                wrong.append((number, f"{said.day} 与第 {seen[said.day] + 1} 项重复,请只留一项"))
            seen.setdefault(said.day, number)
        return wrong


class LocalDayIn(Body):
    """A unit's own day, beside the national calendar; ``dropped`` when it holds no longer."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [DAY]})

    unit: UnitCode
    day: date = Field(alias="date", ge=date(FIRST_YEAR, 1, 1), le=date(LAST_YEAR, 12, 31))
    name: Name
    off: Off
    source: Source
    dropped: bool = Field(default=False, description="true:撤销这一登记(保留记录)")


class YearState(StrEnum):
    """How well a year is known."""

    official = "official"  # from the State Council's notice, shipped
    provisional = "provisional"  # shipped before the notice
    entered = "entered"  # entered by the system's administrator from the notice
    missing = "missing"  # not known: nothing that needs it is assessed


class DayOut(BaseModel):
    """A day that differs from its weekday; ``unit`` is null for the national calendar."""

    id: UUID | None = Field(description="本地登记的编号;全国日历为 null")
    date: date
    weekday: str
    name: str
    off: bool
    unit: str | None
    source: str


class LocalDayOut(BaseModel):
    """A unit's own day as it stands."""

    id: UUID
    unit: str
    date: date
    name: str
    off: bool
    source: str
    dropped: bool
    rev: int = Field(description="第几版;每次更改加一,并记入日志")


class YearOut(BaseModel):
    """A year's days that differ from their weekdays; all others work from Monday to Friday.

    A year that is ``missing`` is never guessed: what needs it is not assessed until it is entered.
    """

    year: int
    unit: str | None
    state: YearState
    says: str
    source: str | None
    working_days: int | None = Field(description="全年工作日数;日历缺失时为 null")
    days: list[DayOut]
