"""The working calendar: shipped years, a year entered from its notice, a unit's own days."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from chinese_calendar import is_workday  # type: ignore[import-untyped]  # ships no types
from fastapi import FastAPI
from sqlmodel import col, select

from app.core.db import Database
from app.core.ids import new_id
from app.ledger.models import LedgerLeaf
from app.policy.calendar import CalendarMissing, national, shipped
from app.workdays.models import NATIONAL
from app.workdays.service import calendar_for, calendars
from tests.factories import make_cadre, make_unit

COUNTY, TOWN, VILLAGE, OTHER = "360321", "360321101", "360321101201", "360322101201"
NEXT = max(shipped()) + 1
SOURCE = "国务院办公厅关于部分节假日安排的通知"
Http = httpx.AsyncClient


def _first(year: int, weekday: int) -> date:
    """The first day of a year that is this day of the week (Monday is 0), New Year apart."""
    start = date(year, 1, 2)
    return start + timedelta(days=(weekday - start.weekday()) % 7)


HOLIDAY, MADE_UP, WEDNESDAY = date(NEXT, 1, 1), _first(NEXT, 5), _first(NEXT, 2)


def _notice(*days: tuple[date, bool], source: str = SOURCE) -> dict[str, Any]:
    told = days or ((HOLIDAY, True), (MADE_UP, False))
    return {
        "source": source,
        "days": [{"date": str(day), "name": "元旦", "off": off} for day, off in told],
    }


def _local(day: date, off: bool = True, **over: Any) -> dict[str, Any]:
    told = {"unit": COUNTY, "date": str(day), "name": "自治县纪念日", "off": off}
    return {**told, "source": "县政府通告", **over}


async def _put(client: Http, who: dict[str, str], path: object, body: Any) -> httpx.Response:
    return await client.put(f"/api/v1/calendar/{path}", json=body, headers=who)


@pytest.fixture
async def clerk(app: FastAPI, db: Database) -> dict[str, str]:
    """The system's administrator."""
    return (await make_cadre(app, "SA", COUNTY))[1]


@pytest.fixture
async def county(app: FastAPI, db: Database) -> dict[str, str]:
    """The county's administrator."""
    await make_unit(db, VILLAGE)
    return (await make_cadre(app, "CA", COUNTY))[1]


def test_every_shipped_day_is_what_the_package_says() -> None:
    assert sorted(shipped()) == list(range(2004, 2027))
    day, wrong = date(2004, 1, 1), []
    while day <= date(2026, 12, 31):
        if national().is_working(day) is not is_workday(day):
            wrong.append(day)
        day += timedelta(days=1)
    assert wrong == []


async def test_a_year_that_nobody_entered_is_missing_and_not_guessed(
    client: Http, db: Database, county: dict[str, str]
) -> None:
    answer = (await client.get(f"/api/v1/calendar/{NEXT}", headers=county)).json()
    assert (answer["state"], answer["working_days"], answer["days"]) == ("missing", None, [])
    assert f"缺少 {NEXT} 年的工作日历" in answer["says"]
    async with db.reading() as session:
        calendar = await calendar_for(session, VILLAGE)
    with pytest.raises(CalendarMissing):
        calendar.is_working(WEDNESDAY)


async def test_a_shipped_year_is_shown_with_names_and_its_source(
    client: Http, county: dict[str, str]
) -> None:
    answer = (await client.get("/api/v1/calendar/2026", headers=county)).json()
    assert (answer["state"], answer["working_days"]) == ("official", 248)
    by_day = {day["date"]: day for day in answer["days"]}
    shown = by_day["2026-10-10"]
    assert (shown["name"], shown["off"], shown["weekday"]) == ("国庆节", False, "星期六")
    assert shown["source"].startswith("国务院办公厅")


async def test_the_next_year_is_entered_from_its_notice(
    client: Http, db: Database, clerk: dict[str, str]
) -> None:
    assert (await _put(client, clerk, NEXT, _notice())).status_code == 201
    again = await _put(client, clerk, NEXT, _notice())
    assert (again.status_code, again.json()["state"]) == (200, "entered")
    assert again.json()["source"] == SOURCE
    async with db.reading() as session:
        calendar = await calendar_for(session, NATIONAL)
        leaves = (await session.exec(select(LedgerLeaf.kind).where(_told()))).all()
    assert not calendar.is_working(HOLIDAY)
    assert calendar.is_working(MADE_UP)
    assert calendar.is_working(WEDNESDAY)
    assert list(leaves) == ["create", "create"]


def _told() -> Any:
    return col(LedgerLeaf.table_name) == "calendar_days"


async def test_a_later_notice_changes_what_differs_and_drops_the_rest(
    client: Http, db: Database, clerk: dict[str, str]
) -> None:
    await _put(client, clerk, NEXT, _notice())
    later = _notice((HOLIDAY, True), (WEDNESDAY, True))
    assert (await _put(client, clerk, NEXT, later)).status_code == 200
    async with db.reading() as session:
        calendar = await calendar_for(session, NATIONAL)
        query = select(LedgerLeaf.kind).where(_told()).order_by(col(LedgerLeaf.seq))
        kinds = list((await session.exec(query)).all())
    assert not calendar.is_working(MADE_UP)
    assert not calendar.is_working(WEDNESDAY)
    assert kinds == ["create", "create", "create", "end"]
    await _put(client, clerk, NEXT, _notice())
    async with db.reading() as session:
        calendar = await calendar_for(session, NATIONAL)
    assert calendar.is_working(MADE_UP)
    assert calendar.is_working(WEDNESDAY)


async def test_an_entered_year_replaces_a_shipped_one_whole(
    client: Http, db: Database, clerk: dict[str, str]
) -> None:
    assert not national().is_working(date(2026, 10, 1))
    await _put(client, clerk, 2026, _notice((date(2026, 1, 1), True)))
    async with db.reading() as session:
        calendar = await calendar_for(session, NATIONAL)
    assert calendar.is_working(date(2026, 10, 1))
    assert not calendar.is_working(date(2025, 10, 1))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (_notice((date(NEXT + 1, 1, 1), True)), f"{NEXT + 1}-01-01 不在 {NEXT} 年内"),
        (_notice((HOLIDAY, True), (HOLIDAY, True)), "与第 1 项重复"),
        (_notice((WEDNESDAY, False)), "(星期三)本来就是工作日"),
        (_notice(source="  "), "没有写依据"),
        ({"days": _notice()["days"]}, "source:缺少这一项"),
        ({"source": SOURCE, "days": []}, "至少 1 项"),
    ],
)
async def test_a_faulty_year_is_refused_with_a_sentence(
    client: Http, clerk: dict[str, str], body: dict[str, Any], why: str
) -> None:
    answer = await _put(client, clerk, NEXT, body)
    assert answer.status_code == 422
    assert why in answer.json()["detail"]
    state = (await client.get(f"/api/v1/calendar/{NEXT}", headers=clerk)).json()["state"]
    assert state == "missing"


async def test_only_the_systems_administrator_enters_a_year(
    client: Http, county: dict[str, str]
) -> None:
    assert (await _put(client, county, NEXT, _notice())).status_code == 403


async def test_a_countys_own_rest_day_holds_there_and_nowhere_else(
    client: Http, db: Database, county: dict[str, str]
) -> None:
    await make_unit(db, OTHER)
    day, key = date(2026, 7, 14), new_id()
    assert national().is_working(day)
    assert (await _put(client, county, f"days/{key}", _local(day))).status_code == 201
    async with db.reading() as session:
        found = await calendars(session, [VILLAGE, COUNTY, TOWN, OTHER])
    assert [found[unit].is_working(day) for unit in (VILLAGE, TOWN, COUNTY, OTHER)] == [
        False, False, False, True,
    ]  # fmt: skip
    assert found[VILLAGE] is found[COUNTY]
    path = "/api/v1/calendar/2026"
    plain = (await client.get(path, headers=county)).json()
    here = (await client.get(path, params={"unit": VILLAGE}, headers=county)).json()
    assert (here["working_days"], plain["working_days"]) == (247, 248)
    assert [one["id"] for one in here["days"] if one["unit"]] == [str(key)]


async def test_the_nearest_unit_speaks_last(
    client: Http, db: Database, county: dict[str, str]
) -> None:
    day = date(2026, 7, 14)
    await _put(client, county, f"days/{new_id()}", _local(day))
    works = await _put(client, county, f"days/{new_id()}", _local(day, off=False, unit=TOWN))
    assert works.status_code == 201, works.text
    async with db.reading() as session:
        found = await calendars(session, [VILLAGE, COUNTY])
    assert (found[VILLAGE].is_working(day), found[COUNTY].is_working(day)) == (True, False)


async def test_a_local_day_is_taken_back_and_stays_logged(
    client: Http, db: Database, county: dict[str, str]
) -> None:
    day, key = date(2026, 7, 14), new_id()
    await _put(client, county, f"days/{key}", _local(day))
    twice = await _put(client, county, f"days/{new_id()}", _local(day))
    assert (twice.status_code, twice.json()["code"]) == (409, "day-entered")
    dropped = await _put(client, county, f"days/{key}", _local(day, dropped=True))
    assert (dropped.status_code, dropped.json()["dropped"], dropped.json()["rev"]) == (200, True, 2)
    async with db.reading() as session:
        assert (await calendar_for(session, VILLAGE)).is_working(day)
        leaves = await session.exec(
            select(LedgerLeaf.kind).where(col(LedgerLeaf.row_id) == str(key))
        )
        assert list(leaves.all()) == ["create", "revise"]
    assert (await _put(client, county, f"days/{new_id()}", _local(day))).status_code == 201


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        (_local(date(2026, 7, 18)), 422, "(星期六)在上级和全国日历中本来就是休息日"),
        (_local(date(2026, 7, 14), off=False), 422, "(星期二)在上级和全国日历中本来就是工作日"),
        (_local(date(2026, 7, 14), source=""), 422, "没有写依据"),
        (_local(date(2026, 7, 14), unit="360322"), 404, "没有这个单位(unit)"),
        (_local(date(1999, 7, 14)), 422, "不能小于 2000-01-01"),
    ],
)
async def test_a_faulty_local_day_is_refused_with_a_sentence(
    client: Http, county: dict[str, str], body: dict[str, Any], status: int, why: str
) -> None:
    answer = await _put(client, county, f"days/{new_id()}", body)
    assert (answer.status_code, why in answer.json()["detail"]) == (status, True), answer.text


async def test_a_local_day_of_a_missing_year_makes_no_calendar(
    client: Http, db: Database, county: dict[str, str]
) -> None:
    assert (await _put(client, county, f"days/{new_id()}", _local(WEDNESDAY))).status_code == 201
    async with db.reading() as session:
        calendar = await calendar_for(session, VILLAGE)
    with pytest.raises(CalendarMissing):
        calendar.is_working(WEDNESDAY)


async def test_a_local_day_stays_that_day(client: Http, county: dict[str, str]) -> None:
    key = new_id()
    await _put(client, county, f"days/{key}", _local(date(2026, 7, 14)))
    moved = await _put(client, county, f"days/{key}", _local(date(2026, 7, 15)))
    assert (moved.status_code, "不能改为另一天" in moved.json()["detail"]) == (422, True)


async def test_a_calendar_out_of_sight_does_not_exist(
    client: Http, db: Database, county: dict[str, str]
) -> None:
    await make_unit(db, OTHER)
    path = "/api/v1/calendar/2026"
    assert (await client.get(path, params={"unit": OTHER}, headers=county)).status_code == 404
