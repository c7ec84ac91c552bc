"""Closing a period: what stood is kept, late evidence makes a version, a withdrawal comes too late."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import col, select

from app.checkins import service as check_ins
from app.checkins.errors import PeriodClosed
from app.core.clock import civil_day, now
from app.core.db import Database
from app.core.paging import PageQuery
from app.ledger.models import LedgerLeaf
from app.policy.loader import load_pack, shipped
from app.policy.periods import containing, parse
from app.postings.scope import Caller
from app.quotas import closed, closing, duties
from app.quotas.closing import Order
from app.quotas.models import ClosedStanding, Closing
from app.quotas.standings import Asked
from tests.factories import make_cadre, make_organisation, sign_in
from tests.quotas.conftest import People, Person
from tests.quotas.rows import (
    COUNTY,
    OTHER_TOWNSHIP_VILLAGE,
    VILLAGE,
    add,
    at,
    days,
    diary,
    in_force,
    tap,
    written,
)
from tests.quotas.test_facts import random_history

Json = dict[str, Any]
TOWNSHIP, QUARTER = VILLAGE[:9], "2026-Q3"
KINDS = ("FS", "TM", "HC", "CL", "AG", "LL", "CS", "VC")
CLOSED_AT = datetime(2026, 10, 20, 3, tzinfo=UTC)


@pytest.fixture
async def township(people: People) -> dict[str, Person]:
    """Two secretaries and a helper of one township, one secretary of another."""
    first = await people(("FS", VILLAGE, date(2018, 1, 1)), name="甲")
    second = await people(("TM", VILLAGE, date(2026, 8, 1), date(2026, 9, 15)), name="乙")
    helper = await people(("HC", VILLAGE, date(2018, 1, 1)), name="丙")
    other = await people(("FS", OTHER_TOWNSHIP_VILLAGE, date(2018, 1, 1)), name="丁")
    await first.did(*days(first.user, date(2026, 7, 1), 49))
    await second.did(*days(second.user, date(2026, 8, 1), 30))
    await helper.did(diary(helper.user, date(2026, 9, 3), at(date(2026, 9, 3))))
    await other.did(*days(other.user, date(2026, 7, 1), 60, OTHER_TOWNSHIP_VILLAGE))
    return {"first": first, "second": second, "helper": helper, "other": other}


async def close(
    person: Person, unit: str = TOWNSHIP, period: str = QUARTER, when: datetime = CLOSED_AT
) -> tuple[Closing, bool]:
    return await closing.close(person.db, Order(unit, parse(period), person.user.id, when))


async def rows_of(db: Database, closing_id: UUID) -> dict[tuple[str, str], ClosedStanding]:
    query = select(ClosedStanding).where(col(ClosedStanding.closing_id) == closing_id)
    async with db.reading() as session:
        return {(row.name, row.rule): row for row in (await session.exec(query)).all()}


async def differences(db: Database, row: Closing) -> list[closed.Difference]:
    async with db.reading() as session:
        return await closed.recompute(session, row)


async def test_a_closing_keeps_what_stood_for_everybody_below(township: dict[str, Person]) -> None:
    first = township["first"]
    row, fresh = await close(first)
    rows = await rows_of(first.db, row.id)

    assert fresh
    assert (row.version, row.standings, row.as_of) == (1, len(rows), date(2026, 10, 20))
    assert {name for name, _ in rows} == {"甲", "乙"}
    told = rows["甲", "R01"]
    assert (told.state, told.standing["have"], told.standing["need"]) == ("not_met", 49, 50)
    assert told.standing["settings"]["stay_day"] == "one_check_in"
    assert rows["乙", "R01"].standing["prorated"] is True
    (pack,) = row.packs
    assert (pack["pack"], pack["unit"], len(pack["digest"])) == ("p0-village-leader", COUNTY, 64)
    assert set(pack["rules"]) >= {"R01", "R02"}
    async with first.db.reading() as session:
        leaf = select(LedgerLeaf.log, LedgerLeaf.kind).where(col(LedgerLeaf.row_id) == str(row.id))
        assert [tuple(found) for found in (await session.exec(leaf)).all()] == [(COUNTY, "create")]


async def test_a_closed_period_computed_again_is_the_same(township: dict[str, Person]) -> None:
    first = township["first"]
    for unit, period in ((TOWNSHIP, QUARTER), (COUNTY, QUARTER), (COUNTY, "2026-09")):
        row, _ = await close(first, unit, period)
        assert await differences(first.db, row) == [], (unit, period)


async def test_closing_again_with_nothing_new_is_the_same_version(
    township: dict[str, Person],
) -> None:
    first = township["first"]
    row, _ = await close(first)
    again, fresh = await close(first, when=CLOSED_AT + timedelta(days=9))

    assert (again.id, fresh) == (row.id, False)


async def test_late_evidence_makes_a_version_beside_the_old_one(
    township: dict[str, Person],
) -> None:
    first = township["first"]
    old, _ = await close(first)
    late = CLOSED_AT + timedelta(days=2)
    await first.did(tap(first.user, at(date(2026, 9, 20)), received_at=late))

    assert await differences(first.db, old) == []  # it had not arrived then
    new, fresh = await close(first, when=late + timedelta(days=1))

    assert (fresh, new.version) == (True, 2)
    before, after = await rows_of(first.db, old.id), await rows_of(first.db, new.id)
    assert (before["甲", "R01"].state, after["甲", "R01"].state) == ("not_met", "met")
    assert before["乙", "R01"].standing == after["乙", "R01"].standing
    assert await differences(first.db, new) == []


async def test_a_stored_row_that_somebody_alters_is_noticed(township: dict[str, Person]) -> None:
    first = township["first"]
    row, _ = await close(first)
    async with first.db.writing() as session:
        query = select(ClosedStanding).where(col(ClosedStanding.name) == "甲")
        for standing in (await session.exec(query)).all():
            standing.standing = {**standing.standing, "have": 50}
            session.add(standing)

    found = await differences(first.db, row)
    assert {each.what for each in found} == {"altered", "result"}
    assert any("封存的数据被改动" in line for line in closed.lines(found))


async def test_records_that_changed_are_told_apart_from_results(
    township: dict[str, Person],
) -> None:
    first = township["first"]
    row, _ = await close(first)
    await first.did(tap(first.user, at(date(2026, 9, 1)), received_at=at(date(2026, 9, 2))))

    found = await differences(first.db, row)
    assert {(each.name, each.what) for each in found} == {("甲", "records")}


async def test_other_words_for_the_same_result_are_no_difference_in_figures(
    township: dict[str, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = township["first"]
    row, _ = await close(first)
    monkeypatch.setattr("app.policy.engine.why", lambda facts: f"有{facts.have}。")

    found = await differences(first.db, row)
    assert {each.what for each in found} == {"words"}
    assert not any(each.matters for each in found)
    assert closed.lines(found) == [f"{len(found)} 条:记录和结果都相同,只是说明文字随程序更新"]


async def test_another_setting_makes_another_version(township: dict[str, Person]) -> None:
    first = township["first"]
    await close(first)
    await in_force(first.db, TOWNSHIP, settings={"stay_day": "two_check_ins"}, at=CLOSED_AT)
    new, fresh = await close(first, when=CLOSED_AT + timedelta(days=1))

    assert (fresh, new.version, new.packs[0]["settings"]) == (
        True, 2, {"stay_day": "two_check_ins"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("period", "when", "says"),
    [
        (QUARTER, datetime(2026, 9, 30, 15, 59, tzinfo=UTC), "2026-09-30"),
        ("standing", CLOSED_AT, "常设任务"),
    ],
)
async def test_what_is_not_over_is_not_closed(
    township: dict[str, Person], period: str, when: datetime, says: str
) -> None:
    asked = parse(period, date(2026, 9, 1))
    with pytest.raises(Exception, match=says):
        await closing.close(
            township["first"].db, Order(TOWNSHIP, asked, township["first"].user.id, when)
        )


async def test_a_month_whose_due_day_is_still_ahead_is_not_closed(
    township: dict[str, Person],
) -> None:
    idle = await People(township["first"].db)(("HC", VILLAGE, date(2018, 1, 1)), name="未写日志")
    await in_force(idle.db, COUNTY, settings={"grace_days": 10})
    early = datetime(2026, 10, 5, tzinfo=UTC)
    with pytest.raises(Exception, match="2026-10-10"):
        await close(township["first"], COUNTY, "2026-09", early)
    row, _ = await close(township["first"], COUNTY, "2026-09", CLOSED_AT)
    assert row.version == 1


async def test_where_nothing_is_in_force_nothing_is_closed(people: People) -> None:
    stranger = await people(("FS", "360322101201", date(2018, 1, 1)))
    with pytest.raises(Exception, match="没有适用的规则"):
        await close(stranger, "360322")


async def test_a_withdrawal_comes_too_late(
    app: FastAPI, client: httpx.AsyncClient, township: dict[str, Person]
) -> None:
    first = township["first"]
    headers = await sign_in(app, first.user)

    async def check_in(day: date) -> str:
        key = str(uuid4())
        body = {"kind": "presence", "village": VILLAGE, "captured_at": at(day).isoformat()}
        made = await client.put(f"/api/v1/check-ins/{key}", json=body, headers=headers)
        assert made.status_code == 201, made.text
        return key

    async def withdraw(key: str) -> httpx.Response:
        path = f"/api/v1/check-ins/{key}/withdrawal"
        return await client.post(path, json={"reason": "按错了"}, headers=headers)

    inside, early, after = [
        await check_in(day) for day in (date(2026, 9, 20), date(2026, 7, 1), date(2026, 10, 1))
    ]
    assert (await withdraw(early)).status_code == 200
    await close(first, when=now())

    refused = await withdraw(inside)
    assert (refused.status_code, refused.json()["code"]) == (409, "period-closed")
    assert (await withdraw(early)).status_code == 200  # twice is once
    assert (await withdraw(after)).status_code == 200
    mine = await client.get(f"/api/v1/check-ins/{inside}", headers=headers)
    assert mine.json()["state"] == "counted"


async def test_a_withdrawal_and_a_closing_at_once_agree(township: dict[str, Person]) -> None:
    """Either the snapshot knows of the withdrawal, or the withdrawal is refused."""
    first = township["first"]
    taps = [tap(first.user, at(date(2026, 9, 20), f"{hour:02}:00")) for hour in range(6)]
    await first.did(*taps)
    caller = Caller(first.user.id, first.user.name, first.user.id, date(2026, 10, 20), ())

    async def withdraw(row_id: UUID) -> bool:
        await asyncio.sleep(0.004 * (row_id.int % 16))
        try:
            async with first.db.writing() as session:
                await check_ins.withdraw(session, caller, row_id, "按错了", now())
        except PeriodClosed:
            return False
        return True

    closing_it = asyncio.create_task(close(first, when=now()))
    gone = await asyncio.gather(*(withdraw(each.id) for each in taps))
    row, _ = await closing_it

    have = (await rows_of(first.db, row.id))["甲", "R01"].standing["have"]
    assert have == (49 if all(gone) else 50)
    assert await differences(first.db, row) == []


async def test_closings_over_http(
    app: FastAPI, client: httpx.AsyncClient, township: dict[str, Person]
) -> None:
    first = township["first"]
    _, admin = await make_cadre(app, "TA", TOWNSHIP, "封存员")
    _, county = await make_cadre(app, "CA", COUNTY, "县管理员")
    _, neighbour = await make_cadre(app, "TA", "360321102", "邻乡管理员")
    own = await sign_in(app, first.user)
    body = {"unit": TOWNSHIP, "period": QUARTER, "note": "三季度"}

    made = await client.post("/api/v1/closings", json=body, headers=admin)
    again = await client.post("/api/v1/closings", json=body, headers=county)
    assert (made.status_code, again.status_code) == (201, 200), made.text
    assert made.json()["id"] == again.json()["id"]
    assert made.json()["closed_by"]["name"] == "封存员"
    refused = await client.post("/api/v1/closings", json=body, headers=neighbour)
    assert refused.status_code == 404
    assert (await client.post("/api/v1/closings", json=body, headers=own)).status_code == 403

    path = f"/api/v1/closings/{made.json()['id']}"
    whole = (await client.get(path, headers=admin)).json()
    assert {row["subject"]["name"] for row in whole["rows"]} == {"甲", "乙"}
    pages, cursor = [], None
    while True:
        params = {"limit": 1, **({"cursor": cursor} if cursor else {})}
        page = (await client.get(path, params=params, headers=admin)).json()
        pages += page["rows"]
        if (cursor := page["next"]) is None:
            break
    assert pages == whole["rows"]
    mine = (await client.get(path, headers=own)).json()
    assert {row["subject"]["name"] for row in mine["rows"]} == {"甲"}
    assert (await client.get(path, headers=neighbour)).status_code == 404
    for headers, count in ((admin, 1), (county, 1), (neighbour, 0)):
        found = await client.get("/api/v1/closings", params={"unit": COUNTY}, headers=headers)
        assert len(found.json()["items"]) == count


async def test_an_old_version_stays_readable_and_says_so(
    app: FastAPI, client: httpx.AsyncClient, township: dict[str, Person]
) -> None:
    first = township["first"]
    await close(first)
    await add(first.db, tap(first.user, at(date(2026, 9, 20)), received_at=CLOSED_AT))
    await close(first, when=CLOSED_AT + timedelta(days=1))
    _, admin = await make_cadre(app, "TA", TOWNSHIP, "封存员")

    found = await client.get("/api/v1/closings", params={"period": QUARTER}, headers=admin)
    assert [(item["version"], item["latest"]) for item in found.json()["items"]] == [
        (2, True),
        (1, False),
    ]


async def test_every_length_of_period_under_all_packs_is_computed_again_alike(
    township: dict[str, Person],
) -> None:
    """What is stored comes back from either database as it was computed, to the last digit."""
    first = township["first"]
    for pack in shipped():
        await in_force(first.db, COUNTY, pack=pack)
    people = [
        await People(first.db)((kind, VILLAGE, date(2025, 3, 1)), name=kind) for kind in KINDS
    ]
    for number, person in enumerate(people):
        await person.did(*written(person.user, random_history(Random(number))))
    await make_organisation(first.db, "helper_unit", COUNTY, (VILLAGE,), since=date(2020, 1, 1))
    await make_organisation(first.db, "team", VILLAGE, (VILLAGE,), since=date(2020, 1, 1))
    when = datetime(2027, 3, 20, tzinfo=UTC)

    for period in ("2026-W38", "2026-09", "2026-B4", "2026-Q3", "2026-H1", "2026"):
        row, _ = await close(first, COUNTY, period, when)
        again, fresh = await close(first, COUNTY, period, when + timedelta(days=1))
        assert (again.id, fresh) == (row.id, False), period
        assert await differences(first.db, row) == [], period


async def test_who_owes_on_the_board_is_closed_with_it(township: dict[str, Person]) -> None:
    """A unit of the county that helps a village here owes here, wherever it sits."""
    first = township["first"]
    for pack in shipped():
        await in_force(first.db, COUNTY, pack=pack)
    villages = (VILLAGE, OTHER_TOWNSHIP_VILLAGE)
    helper = await make_organisation(
        first.db, "helper_unit", COUNTY, villages, since=date(2020, 1, 1)
    )
    period = next(
        rule.per
        for pack in shipped()
        for rule in load_pack(pack).rules.values()
        if "helper_unit" in rule.subjects and rule.per not in ("standing", "once")
    )
    key = containing(period, date(2026, 9, 15)).key
    when = datetime(2027, 3, 20, tzinfo=UTC)
    row, _ = await close(first, TOWNSHIP, key, when)
    asked = Asked.about(civil_day(when), when, parse(key))
    async with first.db.reading() as session:
        board = await duties.board(session, TOWNSHIP, asked, PageQuery(200))
        query = select(ClosedStanding).where(col(ClosedStanding.closing_id) == row.id)
        stored = (await session.exec(query)).all()

    def told(cell: Any) -> tuple[Any, ...]:
        return cell.pack, cell.rule, cell.village or "", cell.state

    shown = {(each.subject.id, *told(cell)) for each in board.rows for cell in each.cells}
    kept = {(each.subject, *told(each)) for each in stored if each.subject_kind != "person"}
    assert kept == shown
    assert str(helper.id) in {each[0] for each in kept}
    assert {each.unit for each in stored if each.subject == str(helper.id)} == {TOWNSHIP}
    assert await differences(first.db, row) == []


async def test_pressed_twice_or_sent_again_it_is_one_version(
    app: FastAPI, client: httpx.AsyncClient, township: dict[str, Person]
) -> None:
    """A phone that got no answer asks again, also while the first request is still counting."""
    _, headers = await make_cadre(app, "CA", COUNTY)
    body = {"unit": COUNTY, "period": QUARTER, "note": "季度考核"}

    async def press() -> tuple[int, int, str]:
        answer = await client.post("/api/v1/closings", json=body, headers=headers)
        return answer.status_code, answer.json()["version"], answer.json()["id"]

    told = await asyncio.gather(press(), press(), press())
    again = await press()

    assert sorted(status for status, _, _ in told) == [200, 200, 201]
    assert {(version, key) for _, version, key in [*told, again]} == {(1, told[0][2])}
    assert again[0] == 200
