"""Period keys, their days, and the working-day calendar."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from chinese_calendar import is_workday  # type: ignore[import-untyped]  # ships no types
from hypothesis import given
from hypothesis import strategies as st

from app.policy import calendar
from app.policy.calendar import BadCalendar, Calendar, CalendarMissing, national, shipped
from app.policy.check import check
from app.policy.periods import LENGTHS, BadPeriod, civil_day, containing, parse, start_of


@pytest.mark.parametrize(
    ("key", "first", "last"),
    [
        ("2026-W47", "2026-11-16", "2026-11-22"),
        ("2020-W53", "2020-12-28", "2021-01-03"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026-11", "2026-11-01", "2026-11-30"),
        ("2026-B6", "2026-11-01", "2026-12-31"),
        ("2026-B1", "2026-01-01", "2026-02-28"),
        ("2026-Q4", "2026-10-01", "2026-12-31"),
        ("2026-H2", "2026-07-01", "2026-12-31"),
        ("2026-H1", "2026-01-01", "2026-06-30"),
        (2026, "2026-01-01", "2026-12-31"),
    ],
)
def test_a_key_names_its_days(key: str | int, first: str, last: str) -> None:
    period = parse(key)
    assert (period.first.isoformat(), period.last.isoformat()) == (first, last)
    assert period.key == str(key)


@pytest.mark.parametrize(
    "key", ["2026-Q5", "2026-Q0", "2026-13", "2026-W54", "2025-W53", "2026-B7", "2026-H3", "26", "Q4", "", "2026-Q4 x", "standing"]
)  # fmt: skip
def test_a_key_that_names_nothing_is_refused(key: str) -> None:
    with pytest.raises(BadPeriod):
        parse(key)


def test_standing_is_the_day_it_is_asked_for() -> None:
    period = parse("standing", date(2018, 6, 21))
    assert (period.first, period.last, period.days) == (date(2018, 6, 21), date(2018, 6, 21), 1)
    assert parse("once", date(2018, 6, 21)).length == "once"


@given(st.dates(date(2004, 1, 1), date(2040, 12, 31)), st.sampled_from(LENGTHS))
def test_the_period_of_a_day_contains_it_and_its_key_finds_it_again(day: date, length: str) -> None:
    period = containing(next(known for known in LENGTHS if known == length), day)
    assert period.first <= day <= period.last
    assert parse(period.key, day) == period


def test_the_civil_day_is_that_of_shanghai() -> None:
    assert civil_day(datetime(2018, 3, 31, 15, 59, tzinfo=UTC)) == date(2018, 3, 31)
    assert civil_day(datetime(2018, 3, 31, 16, 1, tzinfo=UTC)) == date(2018, 4, 1)
    assert start_of(date(2018, 4, 1)).isoformat() == "2018-04-01T00:00:00+08:00"
    with pytest.raises(ValueError, match="without offset"):
        civil_day(datetime(2018, 3, 31, 16, 1))  # noqa: DTZ001  what is refused


@pytest.mark.parametrize(
    ("year", "months"),
    [
        (2018, [22, 17, 22, 20, 22, 20, 22, 23, 21, 18, 22, 21]),
        (2026, [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]),
    ],
)
def test_working_days_of_each_month(year: int, months: list[int]) -> None:
    spans = [parse(f"{year}-{month:02d}") for month in range(1, 13)]
    assert [national().working_days(span.first, span.last) for span in spans] == months


@given(st.dates(date(2004, 1, 1), date(2026, 12, 31)))
def test_the_calendar_agrees_with_the_package_it_came_from(day: date) -> None:
    assert national().is_working(day) is is_workday(day)


def test_make_up_workdays_and_holidays() -> None:
    assert national().is_working(date(2018, 2, 11))
    assert not national().is_working(date(2018, 2, 16))
    assert national().is_working(date(2026, 2, 14))


@pytest.mark.parametrize("year", [2003, 2027])
def test_a_year_without_calendar_is_said_never_guessed(year: int) -> None:
    with pytest.raises(CalendarMissing, match=str(year)) as caught:
        national().working_days(date(year, 1, 1), date(year, 1, 31))
    assert caught.value.year == year


NEW_YEAR = {
    "year": 2027,
    "status": "provisional",
    "source": "county",
    "days": [{"date": "2027-01-01", "name": "元旦", "isOffDay": True}],
}


def test_an_administrator_can_add_a_year() -> None:
    added = Calendar({}).with_years([NEW_YEAR])
    assert added.working_days(date(2027, 1, 1), date(2027, 1, 8)) == 5
    assert national().with_years([NEW_YEAR]).is_working(date(2026, 12, 31))


@pytest.mark.parametrize(
    "change",
    [{"status": "guess"}, {"source": ""}, {"days": []}, {"days": [{"date": "2026-01-01", "isOffDay": True}]}, {"days": [{"date": "2027-01-01", "isOffDay": "yes"}]}, {"days": [{"date": "2027-02-30", "isOffDay": True}]}, {"year": None}],
)  # fmt: skip
def test_a_bad_calendar_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadCalendar):
        Calendar({}).with_years([{**NEW_YEAR, **change}])


def written(day: str, more: str = "") -> str:
    year = '{"year": 2027, "status": "official", "source": "通知", "days": ['
    return f"[\n{year}\n{day}\n]}}{more}\n]\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (written('{"date": "2027-02-30", "isOffDay": true}'), "2027.json:2: 2027 年的一天 `{\"date\": \"2027-02-30\", \"isOffDay\": true}` 读不懂，每一天都要有确有的日期，并说明休息还是上班，请写成"),
        (written('{"date": "2026-01-01", "isOffDay": true}'), "2027.json:2: 2027 年的一天 `2026-01-01` 不在这一年或者 `isOffDay` 写得不对"),
        (written(""), "2027.json:2: 2027 年一天也没有写"),
        (written('{"date": "2027-01-01", "isOffDay": true}', ',\n{"year": 2028}'), "2027.json:5: 这一年的 `year` 或 `days` 没有写或者写得不对"),
        (written("").replace("official", "guess"), "2027.json:2: 2027 年的 `status` 或 `source` 没有写或者写得不对"),
        (written("").replace('"year": 2027,', '"year": 2027'), "2027.json:2: 这里不合 JSON 的写法"),
        ("{}", "2027.json:1: 文件不是列表"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_calendar_file_is_told_once_with_its_line(
    text: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "2027.json").write_text(text, encoding="utf-8")
    monkeypatch.setattr(calendar, "_FOLDER", tmp_path)
    shipped.cache_clear()
    national.cache_clear()
    try:
        (line,) = check().failed
    finally:
        shipped.cache_clear()
        national.cache_clear()
    assert line.startswith(says)
