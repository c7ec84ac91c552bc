"""What organisations and units owe: their posts, their records, the board of a subtree."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.activities.models import Activity, ActivityAttendee, ActivityOrganisation
from app.core.clock import now
from app.core.db import Database
from app.core.ids import new_id
from app.core.paging import PageQuery
from app.policy.periods import parse
from app.quotas import duties, owing
from app.quotas.standings import Asked
from app.submissions.models import Submission
from tests.factories import make_cadre, make_organisation, make_unit, make_user
from tests.quotas.rows import (
    COUNTY,
    NEXT_VILLAGE,
    OTHER_TOWNSHIP_VILLAGE,
    VILLAGE,
    add,
    at,
    in_force,
)

Json = dict[str, Any]
TOWNSHIP = VILLAGE[:9]
PLAN = "p4-stationing"


@pytest.fixture
async def county(db: Database) -> Database:
    """Three villages in two townships under the plan of the fifth document."""
    for village in (VILLAGE, NEXT_VILLAGE, OTHER_TOWNSHIP_VILLAGE):
        await make_unit(db, village)
    await in_force(db, COUNTY, pack=PLAN)
    return db


def submission(author: Any, kind: str, period: str, written: Any, **over: Any) -> Submission:
    """A submission row, received when written unless said."""
    told = {
        "id": new_id(), "county": COUNTY, "author_id": author.id, "seat": VILLAGE, "title": "材料",
        "text": "内容", "received_at": written, "state": "submitted", "draft": False, "digest": b"",
        **over,
    }  # fmt: skip
    return Submission(kind=kind, for_period=period, written_at=written, **told)


async def of_unit(db: Database, code: str, on: date) -> dict[tuple[str, str], Any]:
    asked = Asked.about(on, now())
    async with db.reading() as session:
        found = await duties.of_unit(session, code, asked)
    return {(item.subject.kind, item.rule): item for item in found.items}


async def of_organisation(db: Database, key: Any, on: date) -> dict[tuple[str, str | None], Any]:
    asked = Asked.about(on, now())
    async with db.reading() as session:
        found = await duties.of_organisation(session, key, asked)
    return {(item.rule, item.village): item for item in found.items}


async def test_kinds_of_units_follow_from_level_code_and_name(db: Database) -> None:
    await make_unit(db, VILLAGE)
    await make_unit(db, "360321001001")
    days = date(2026, 1, 1), date(2026, 12, 31)
    found: dict[str, list[str]] = {}
    async with db.reading() as session:
        for code in ("36", "3603", COUNTY, TOWNSHIP, "360321001", VILLAGE):
            found[code] = [o.subject.kind for o in await owing.of_unit(session, code, *days)]

    assert found == {
        "36": [],
        "3603": ["city"],
        COUNTY: ["county", "county_office"],
        TOWNSHIP: ["township"],
        "360321001": ["office"],
        VILLAGE: ["village", "village_branch"],
    }


async def test_a_branch_entered_as_an_organisation_owes_in_the_units_stead(db: Database) -> None:
    await make_unit(db, VILLAGE)
    await make_organisation(db, "village_branch", VILLAGE, since=date(2026, 5, 1))
    async with db.reading() as session:
        early = await owing.of_unit(session, VILLAGE, date(2026, 1, 1), date(2026, 4, 30))
        later = await owing.of_unit(session, VILLAGE, date(2026, 4, 1), date(2026, 5, 31))
        entered = await owing.within(session, TOWNSHIP, date(2026, 5, 1), date(2026, 5, 31))

    assert [o.subject.kind for o in early] == ["village", "village_branch"]
    assert [o.subject.kind for o in later] == ["village"]
    assert sorted(o.subject.kind for o in entered) == ["township", "village", "village_branch"]


async def test_an_organisation_has_a_post_for_each_village_while_both_hold(db: Database) -> None:
    await make_unit(db, VILLAGE)
    await make_unit(db, NEXT_VILLAGE)
    unit = await make_organisation(
        db, "helper_unit", COUNTY, (VILLAGE, NEXT_VILLAGE), since=date(2026, 2, 1),
        until=date(2026, 8, 31),
    )  # fmt: skip
    async with db.reading() as session:
        (found,) = await owing.of_organisation(session, unit.id)
        none = await owing.within(session, TOWNSHIP, date(2026, 9, 1), date(2026, 9, 30))

    assert {(p.kind, p.unit, p.last) for p in found.posts} == {
        ("helper_unit", VILLAGE, date(2026, 8, 31)),
        ("helper_unit", NEXT_VILLAGE, date(2026, 8, 31)),
    }
    assert all(o.subject.kind != "helper_unit" for o in none)


async def test_a_ledger_of_the_branch_is_done_late_or_missing(county: Database) -> None:
    clerk = await make_user(county)
    on = date(2026, 9, 30)
    assert (await of_unit(county, VILLAGE, on))["village_branch", "R65"].state in (
        "at_risk", "on_track",
    )  # fmt: skip
    await add(
        county,
        submission(clerk, "month_ledger", "2026-09", at(on, "18:00"), unit=VILLAGE),
        submission(
            clerk, "month_ledger", "2026-09", at(date(2026, 10, 9)), unit=NEXT_VILLAGE,
            seat=NEXT_VILLAGE,
        ),
    )  # fmt: skip
    asked = Asked.about(date(2026, 11, 1), now(), parse("2026-09"))
    async with county.reading() as session:
        board = await duties.board(session, COUNTY, asked, PageQuery(200))
    marks = {
        row.unit: cell.mark
        for row in board.rows
        for cell in row.cells
        if (row.subject.kind, cell.rule) == ("village_branch", "R65")
    }

    assert marks == {VILLAGE: "done", NEXT_VILLAGE: "late", OTHER_TOWNSHIP_VILLAGE: "missing"}


async def test_an_activity_counts_for_its_organisation_in_its_village_only(
    county: Database,
) -> None:
    clerk = await make_user(county)
    unit = await make_organisation(
        county, "helper_unit", COUNTY, (VILLAGE, NEXT_VILLAGE), since=date(2020, 1, 1)
    )
    other = await make_organisation(
        county, "helper_unit", COUNTY, (VILLAGE,), since=date(2020, 1, 1), name="另一单位"
    )
    held = Activity(
        id=new_id(), county=COUNTY, author_id=clerk.id, kind="organisation_life", unit=COUNTY,
        held_at=at(date(2026, 8, 3)), day=date(2026, 8, 3), village=VILLAGE, place="inside",
        attendances=12, written_at=at(date(2026, 8, 3)), received_at=at(date(2026, 8, 3)),
        digest=b"",
    )  # fmt: skip
    names: dict[str, Any] = {
        "county": COUNTY,
        "activity_id": held.id,
        "position": 0,
        "day": held.day,
    }
    await add(
        county,
        held,
        ActivityOrganisation(organisation_id=unit.id, **names),
        ActivityAttendee(person_id=clerk.id, **names),
    )
    on = date(2026, 12, 31)
    mine, others = (
        await of_organisation(county, unit.id, on),
        await of_organisation(county, other.id, on),
    )

    assert {key for key in mine if key[0] == "R59"} == {("R59", VILLAGE), ("R59", NEXT_VILLAGE)}
    assert (mine["R59", VILLAGE].have, mine["R59", NEXT_VILLAGE].have) == (1, 0)
    assert others["R59", VILLAGE].have == 0
    assert mine["R59", VILLAGE].subject.name == unit.name


async def test_a_board_by_pages_is_the_board_and_names_nobody_twice(county: Database) -> None:
    await make_organisation(county, "team", VILLAGE, (VILLAGE,), since=date(2020, 1, 1))
    asked = Asked.about(date(2026, 9, 20), now(), parse("2026-09"))
    rows, cursor = [], None
    async with county.reading() as session:
        whole = await duties.board(session, COUNTY, asked, PageQuery(200))
        while True:
            page = await duties.board(session, COUNTY, asked, PageQuery(2, cursor))
            rows += page.rows
            if (cursor := page.next) is None:
                break

    assert rows == whole.rows
    keys = [(row.subject.kind, row.subject.id) for row in rows]
    assert len(keys) == len(set(keys)) > 3


async def test_the_board_over_http_and_what_if(
    app: FastAPI, client: httpx.AsyncClient, county: Database
) -> None:
    await in_force(county, COUNTY)
    _, admin = await make_cadre(app, "TA", TOWNSHIP, "管理员")
    secretary, own = await make_cadre(app, "FS", VILLAGE, "书记")
    base = "/api/v1"

    board = await client.get(
        f"{base}/units/{TOWNSHIP}/board", params={"period": "2026-09"}, headers=admin
    )
    assert board.status_code == 200
    assert {row["unit"] for row in board.json()["rows"]} >= {VILLAGE, NEXT_VILLAGE}
    mine = await client.get(f"{base}/units/{VILLAGE}/duties", headers=own)
    assert {item["subject"]["id"] for item in mine.json()["items"]} == {VILLAGE}

    first = date(2026, 8, 1)
    params = {"on": str(first), "assume_days": f"{first}..{first + timedelta(days=4)},2026-08-20"}
    path = f"{base}/people/{secretary.id}/quotas"
    supposed = (await client.get(path, params=params, headers=own)).json()
    plain = (await client.get(path, params={"on": str(first)}, headers=own)).json()

    def r01(found: Json) -> Json:
        told: Json = next(item for item in found["items"] if item["rule"] == "R01")
        return told

    assert supposed["assumed"] == [*(f"2026-08-0{n}" for n in range(1, 6)), "2026-08-20"]
    assert (r01(supposed)["have"], r01(plain)["have"], plain["assumed"]) == (6, 0, [])
    assert all(day["assumed"] and not day["records"] for day in r01(supposed)["counted"])


@pytest.mark.parametrize(
    "told",
    [
        "2026-08-05..2026-08-01",
        "2026-13-01",
        "1990-01-01",
        "2026-01-01..2027-06-01",
        "..",
        "1",
        "x",
        "明天",
    ],
)
async def test_days_that_cannot_be_assumed_are_named(
    app: FastAPI, client: httpx.AsyncClient, county: Database, told: str
) -> None:
    secretary, own = await make_cadre(app, "FS", VILLAGE, "书记")
    answer = await client.get(
        f"/api/v1/people/{secretary.id}/quotas", params={"assume_days": told}, headers=own
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-body")
    assert "assume_days" in answer.json()["detail"]
    assert "^" not in answer.text


@pytest.mark.parametrize(
    ("params", "outside"),
    [
        ({"period": "2026-Q3", "assume_days": "2026-08-01,2026-10-01"}, "2026-10-01"),
        ({"on": "2026-08-01", "assume_days": "2027-01-02,2025-12-31"}, "2025-12-31"),
        ({"period": "2026-Q3", "assume_days": "2026-09-30"}, None),
        ({"on": "2026-08-01", "assume_days": "2026-12-31"}, None),
        ({"period": "standing", "on": "2026-08-01", "assume_days": "2026-08-02"}, "2026-08-02"),
    ],
)
async def test_days_outside_what_is_asked_are_not_taken_in_silence(
    app: FastAPI, client: httpx.AsyncClient, county: Database, params: Json, outside: str | None
) -> None:
    secretary, own = await make_cadre(app, "FS", VILLAGE, "书记")
    path = f"/api/v1/people/{secretary.id}/quotas"
    answer = await client.get(path, params=params, headers=own)
    assert answer.status_code == (422 if outside else 200), answer.text
    if outside:
        assert answer.json()["code"] == "invalid-body"
        assert f"假设的 {outside} " in answer.json()["detail"]
