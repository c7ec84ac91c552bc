"""Quotas over HTTP: shapes, who sees whom, tables and summaries that agree with each person."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from random import Random
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event
from sqlmodel import select

from app.auth.models import User
from app.core.clock import now, today
from app.core.db import Database
from app.core.paging import PageQuery
from app.policy.loader import load_pack
from app.policy.periods import containing
from app.quotas import adoptions, service, tables
from app.quotas.models import Adoption
from tests.factories import make_cadre, make_unit, sign_in
from tests.quotas.conftest import People, Person
from tests.quotas.rows import (
    COUNTY,
    NEXT_VILLAGE,
    OTHER_COUNTY_VILLAGE,
    OTHER_TOWNSHIP_VILLAGE,
    PACK,
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
TOWNSHIP = VILLAGE[:9]
STATES = {
    "met", "on_track", "at_risk", "unreachable", "not_met", "late", "not_assessed", "excused",
}  # fmt: skip


async def ask(client: httpx.AsyncClient, headers: Json, path: str, **params: Any) -> Json:
    answer = await client.get(f"/api/v1{path}", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def status(client: httpx.AsyncClient, headers: Json, path: str, **params: Any) -> int:
    return (await client.get(f"/api/v1{path}", params=params, headers=headers)).status_code


async def test_a_standing_is_written_as_the_contract_says(
    app: FastAPI, client: httpx.AsyncClient, secretary: Person
) -> None:
    rows = days(secretary.user, date(2026, 7, 1), 40)
    stray = tap(secretary.user, at(date(2026, 7, 1)), NEXT_VILLAGE)
    await secretary.did(*rows, stray)
    headers = await sign_in(app, secretary.user)

    found = await ask(client, headers, f"/people/{secretary.user.id}/quotas", on="2026-08-20")

    assert [item["rule"] for item in found["items"]] == ["R01", "R02"]
    r01 = found["items"][0]
    assert len(r01.pop("counted")) == 40
    assert r01.pop("not_counted") == [
        {
            "record": str(stray.id),
            "day": "2026-07-01",
            "code": "other_village",
            "why": "不在当日派驻的村",
        }
    ]
    assert r01.pop("settings")["stay_day"] == "one_check_in"
    assert "10" in r01.pop("why")
    assert r01 == {
        "rule": "R01",
        "pack": PACK,
        "version": load_pack(PACK).version,
        "title": "每季度驻村50天以上",
        "period": {"key": "2026-Q3", "from": "2026-07-01", "to": "2026-09-30"},
        "have": 40,
        "need": 50,
        "full_need": 50,
        "unit": "days",
        "state": "on_track",
        "clause": {"document": "脱贫摘帽“包村长”责任落实方案", "article": "二(五)3"},
        "remaining": 10,
        "days_left": 42,
        "can_miss": 32,
        "due": "2026-09-30",
        "percent": 80.0,
        "subject": {"kind": "person", "id": str(secretary.user.id), "name": "王书记"},
        "asks": [],
        "mark": "open",
        "prorated": False,
        "at_most": None,
        "late": 0,
        "change_by": "2026-09-21",
        "not_assessed": None,
        "advisory": False,
        "info": False,
        "village": None,
    }


async def test_a_check_in_moves_the_figures_and_its_withdrawal_moves_them_back(
    app: FastAPI, client: httpx.AsyncClient, secretary: Person
) -> None:
    headers = await sign_in(app, secretary.user)
    path = f"/people/{secretary.user.id}/quotas"
    quarter = containing("quarter", today())
    left = (quarter.last - today()).days + 1

    def figures(found: Json) -> list[tuple[Any, ...]]:
        names = ("rule", "have", "days_left", "counted", "not_counted")
        return [tuple(item[name] for name in names) for item in found["items"]]

    before = figures(await ask(client, headers, path))
    assert before == [("R01", 0, left, [], []), ("R02", 0, left, [], [])]

    key, made = str(uuid4()), now()
    put = await client.put(
        f"/api/v1/check-ins/{key}",
        json={"kind": "presence", "village": VILLAGE, "captured_at": made.isoformat()},
        headers=headers,
    )
    assert put.status_code == 201, put.text
    counted = [{"day": put.json()["day"], "records": [key], "assumed": False}]
    after = figures(await ask(client, headers, path, on=put.json()["day"]))
    assert after == [("R01", 1, left - 1, counted, []), ("R02", 1, left - 1, counted, [])]

    gone = await client.post(
        f"/api/v1/check-ins/{key}/withdrawal", json={"reason": "选错了村"}, headers=headers
    )
    assert gone.status_code == 200, gone.text
    named = [{"record": key, "day": put.json()["day"], "code": "withdrawn", "why": "本人已撤回"}]
    again = figures(await ask(client, headers, path, on=put.json()["day"]))
    assert again == [("R01", 0, left, [], named), ("R02", 0, left, [], named)]


VIEWERS = [
    # post, unit, status of a person in VILLAGE, of the table of its township
    ("TA", TOWNSHIP, 200, 200),
    ("CA", COUNTY, 200, 200),
    ("RV", COUNTY, 200, 200),
    ("AU", COUNTY, 200, 200),
    ("VC", VILLAGE, 200, 403),
    ("TL", VILLAGE, 200, 403),
    ("FS", VILLAGE, 404, 403),
    ("HC", VILLAGE, 404, 403),
    ("TL", NEXT_VILLAGE, 404, 403),
    ("TA", "360321102", 404, 404),
    ("TL", OTHER_TOWNSHIP_VILLAGE, 404, 404),
    ("CA", "360322", 404, 404),
    ("SA", OTHER_COUNTY_VILLAGE, 404, 404),
]


class TestWhoSees:
    """404 for what is out of sight, 403 where only the people of a visible unit are."""

    async def test_by_post(
        self, app: FastAPI, client: httpx.AsyncClient, secretary: Person
    ) -> None:
        found = []
        for kind, unit, *_ in VIEWERS:
            _, headers = await make_cadre(app, kind, unit, "看的人")
            person = await status(client, headers, f"/people/{secretary.user.id}/quotas")
            table, counts = [
                await status(client, headers, f"/units/{TOWNSHIP}/{part}", period="2026-Q3")
                for part in ("quotas", "summary")
            ]
            assert table == counts
            found.append((kind, unit, person, table))

        assert found == VIEWERS

    async def test_out_of_scope_looks_exactly_like_absent(
        self, app: FastAPI, client: httpx.AsyncClient, secretary: Person
    ) -> None:
        _, headers = await make_cadre(app, "TA", "360321102", "别乡管理员")
        paths = [f"/people/{who}/quotas" for who in (secretary.user.id, uuid4())]
        paths += [f"/units/{unit}/quotas?period=2026-Q4" for unit in (TOWNSHIP, "999999999")]
        bodies = [(await client.get(f"/api/v1{path}", headers=headers)).json() for path in paths]

        assert bodies[0]["status"] == 404
        assert all(body == bodies[0] for body in bodies)

    async def test_without_sign_in_nothing(
        self, client: httpx.AsyncClient, secretary: Person
    ) -> None:
        assert await status(client, {}, f"/people/{secretary.user.id}/quotas") == 401
        assert await status(client, {}, f"/units/{TOWNSHIP}/quotas", period="2026-Q4") == 401

    async def test_a_former_administrator_sees_nothing_but_themselves(
        self, app: FastAPI, client: httpx.AsyncClient, secretary: Person
    ) -> None:
        ended = today() - timedelta(days=1)
        user, headers = await make_cadre(app, "TA", TOWNSHIP, "前任", until=ended)

        assert await status(client, headers, f"/people/{secretary.user.id}/quotas") == 404
        assert await status(client, headers, f"/units/{TOWNSHIP}/quotas", period="2026-Q4") == 404
        assert await ask(client, headers, f"/people/{user.id}/quotas") == {
            "items": [],
            "assumed": [],
            "left_out": [],
        }

    async def test_who_moved_away_is_seen_by_both_townships_that_quarter_and_not_before(
        self, app: FastAPI, client: httpx.AsyncClient, people: People
    ) -> None:
        moved = await people(
            ("FS", VILLAGE, date(2025, 1, 1), date(2026, 5, 15)),
            ("FS", OTHER_TOWNSHIP_VILLAGE, date(2026, 5, 16)),
        )
        _, old = await make_cadre(app, "TA", TOWNSHIP, "甲乡管理员")
        _, new = await make_cadre(app, "TA", "360321102", "乙乡管理员")
        path = f"/people/{moved.user.id}/quotas"

        assert await status(client, old, path, on="2026-06-30") == 200
        assert await status(client, new, path, on="2026-04-01") == 200
        assert await status(client, old, path, on="2026-07-01") == 404
        assert await status(client, new, path, on="2026-03-31") == 404


@pytest.fixture
async def crowd(people: People) -> list[Person]:
    """People of every kind in three villages, one moved between townships, one in two posts."""
    since = date(2025, 1, 1)
    found = [
        await people(("FS", VILLAGE, since), name="甲"),
        await people(("TM", VILLAGE, since), name="乙"),
        await people(("TM", VILLAGE, date(2026, 8, 1)), name="乙"),
        await people(("HC", VILLAGE, since), name="丙"),
        await people(("HC", NEXT_VILLAGE, since), ("TM", NEXT_VILLAGE, since), name="丁"),
        await people(("FS", OTHER_TOWNSHIP_VILLAGE, since), name="戊"),
        await people(
            ("FS", VILLAGE, since, date(2026, 8, 10)),
            ("TL", OTHER_TOWNSHIP_VILLAGE, date(2026, 8, 11)),
            name="己",
        ),
        await people(("FS", NEXT_VILLAGE, since, date(2026, 6, 30)), name="早已离任"),
        await people(("FS", OTHER_COUNTY_VILLAGE, since), name="外县"),
        await people(("VC", TOWNSHIP, since), name="包村长"),
    ]
    for seed, person in enumerate(found[:7]):
        history = random_history(Random(seed))
        rows = written(person.user, history)[len(history.posts) :]
        await person.did(*rows, *days(person.user, date(2026, 7, 1), 11 * seed))
    return found


@pytest.fixture
async def clerk(app: FastAPI, crowd: list[Person]) -> Json:
    """A county administrator's headers."""
    _, headers = await make_cadre(app, "CA", COUNTY, "县管理员")
    return headers


EMPTY = "360321103"
PERIODS = [("2026-Q3", "2026-08-25"), ("2026-09", "2026-09-20"), ("standing", "2026-09-20")]


async def test_the_table_says_of_each_person_what_they_are_told(
    client: httpx.AsyncClient, crowd: list[Person], clerk: Json
) -> None:
    for key, on in PERIODS:
        await _table_agrees(client, crowd, clerk, key, on)


async def _table_agrees(
    client: httpx.AsyncClient, crowd: list[Person], clerk: Json, key: str, on: str
) -> None:
    found = await ask(client, clerk, f"/units/{COUNTY}/quotas", period=key, on=on)

    rules = [rule["id"] for rule in found["rules"]]
    shown = {row["person"]["id"]: row["cells"] for row in found["rows"]}
    assert len(shown) == len(found["rows"])
    for person in crowd:
        if person.user.name in ("外县", "早已离任"):
            assert str(person.user.id) not in shown
            continue
        items = (await ask(client, clerk, f"/people/{person.user.id}/quotas", on=on))["items"]
        for item in items:
            del (
                item["counted"],
                item["not_counted"],
                item["settings"],
                item["subject"],
                item["asks"],
            )
        told = {item["rule"]: item for item in items if item["rule"] in rules}
        assert shown.get(str(person.user.id), {}) == told


async def test_the_table_is_by_village_and_post_and_names_everybody_once(
    client: httpx.AsyncClient, crowd: list[Person], clerk: Json
) -> None:
    whole = await ask(client, clerk, f"/units/{COUNTY}/quotas", period="2026-Q3")

    where = [(row["unit"], row["kind"], row["person"]["name"]) for row in whole["rows"]]
    assert where == [
        (VILLAGE, "FS", "甲"),
        (VILLAGE, "TM", "乙"),
        (VILLAGE, "TM", "乙"),
        (NEXT_VILLAGE, "TM", "丁"),
        (OTHER_TOWNSHIP_VILLAGE, "FS", "戊"),
        (OTHER_TOWNSHIP_VILLAGE, "TL", "己"),
    ]
    assert [(r["id"], r["unit"], r["need"]) for r in whole["rules"]] == [
        ("R01", "days", 50),
        ("R02", "times", 50),
    ]
    assert whole["next"] is None
    parts = [
        (await ask(client, clerk, f"/units/{unit}/quotas", period="2026-Q3"))["rows"]
        for unit in (TOWNSHIP, "360321102")
    ]
    assert parts[0] + parts[1] == whole["rows"]
    month = await ask(client, clerk, f"/units/{COUNTY}/quotas", period="2026-09")
    assert [(row["person"]["name"], row["kind"]) for row in month["rows"]] == [
        ("丙", "HC"),
        ("丁", "HC"),
    ]


async def test_pages_of_the_table_repeat_and_skip_nobody(
    client: httpx.AsyncClient, crowd: list[Person], clerk: Json
) -> None:
    path = f"/units/{COUNTY}/quotas"
    whole = await ask(client, clerk, path, period="2026-Q3")
    for limit in (1, 2, 4):
        rows: list[Json] = []
        more: Json = {}
        while more.get("cursor", "first"):
            page = await ask(client, clerk, path, period="2026-Q3", limit=limit, **more)
            assert len(page["rows"]) <= limit
            rows += page["rows"]
            more = {"cursor": page["next"]}

        assert rows == whole["rows"]


async def test_the_summary_counts_the_cells_of_the_table(
    client: httpx.AsyncClient, crowd: list[Person], clerk: Json
) -> None:
    await make_unit(crowd[0].db, EMPTY)
    for key, on in PERIODS:
        await _summary_agrees(client, clerk, key, on)


async def _summary_agrees(client: httpx.AsyncClient, clerk: Json, key: str, on: str) -> None:
    told = await ask(client, clerk, f"/units/{COUNTY}/summary", period=key, on=on)
    table = await ask(client, clerk, f"/units/{COUNTY}/quotas", period=key, on=on)

    assert [child["unit"] for child in told["children"]] == [TOWNSHIP, "360321102", EMPTY]
    for unit in (told, *told["children"]):
        rows = [row for row in table["rows"] if row["unit"].startswith(unit["unit"])]
        states = Counter(
            (rule, cell["state"]) for row in rows for rule, cell in row["cells"].items()
        )
        assert unit["people"] == len(rows)
        for rule in table["rules"]:
            counts = unit["counts"][rule["id"]]
            assert set(counts) == STATES
            assert counts == {state: states[rule["id"], state] for state in STATES}
    assert told["period"] == table["period"]
    assert told["rules"] == table["rules"]


async def test_the_summary_of_a_village_has_no_children(
    client: httpx.AsyncClient, crowd: list[Person], clerk: Json
) -> None:
    told = await ask(client, clerk, f"/units/{VILLAGE}/summary", period="2026-Q3")

    assert (told["people"], told["children"]) == (3, [])


async def test_a_period_that_no_rule_has_is_an_empty_table(
    client: httpx.AsyncClient, crowd: list[Person], clerk: Json
) -> None:
    told = await ask(client, clerk, f"/units/{COUNTY}/quotas", period="2026-H2")

    assert (told["rules"], told["rows"], told["next"]) == ([], [], None)


async def test_a_person_is_told_of_an_earlier_period_as_it_ended(
    app: FastAPI, client: httpx.AsyncClient, secretary: Person
) -> None:
    headers = await sign_in(app, secretary.user)
    path = f"/people/{secretary.user.id}/quotas"
    before = containing("quarter", containing("quarter", today()).first - timedelta(days=1))

    told = await ask(client, headers, path, period=before.key)
    assert {item["period"]["key"] for item in told["items"]} <= {before.key}
    assert all(item["days_left"] == 0 for item in told["items"])
    refused = await client.get(f"/api/v1{path}", params={"period": "2026-Q5"}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "no-such-period")


async def test_a_period_that_does_not_exist_is_explained(
    app: FastAPI, client: httpx.AsyncClient, people: People
) -> None:
    _, headers = await make_cadre(app, "CA", COUNTY, "县管理员")
    keys = ["2026-Q5", "2026-13", "Q4", "", "9999-Q4", "0001", "2003", "2026-W99", "昨天"]
    for period, part in product(keys, ("quotas", "summary")):
        answer = await client.get(
            f"/api/v1/units/{COUNTY}/{part}", params={"period": period}, headers=headers
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "no-such-period"), period
        assert "2026-Q4" in answer.json()["detail"]


async def test_a_day_that_cannot_be_is_refused(
    app: FastAPI, client: httpx.AsyncClient, secretary: Person
) -> None:
    headers = await sign_in(app, secretary.user)
    paths = (f"/people/{secretary.user.id}/quotas", f"/units/{COUNTY}/quotas")
    for on, path in product(["9999-12-31", "0001-01-01", "2026-02-30", "morgen"], paths):
        query = {"on": on} | ({"period": "2026-Q4"} if "units" in path else {})
        answer = await client.get(f"/api/v1{path}", params=query, headers=headers)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["where"] == "on"


async def test_the_edges_of_the_years_are_counted(
    app: FastAPI, client: httpx.AsyncClient, secretary: Person
) -> None:
    headers = await sign_in(app, secretary.user)
    path = f"/people/{secretary.user.id}/quotas"

    assert await ask(client, headers, path, on="2004-01-01") == {
        "items": [],
        "assumed": [],
        "left_out": [],
    }
    found = await ask(client, headers, path, on="2100-12-31")
    assert [item["state"] for item in found["items"]] == ["unreachable", "at_risk"]


async def test_two_users_of_one_name_stay_apart_over_pages(
    client: httpx.AsyncClient, people: People, app: FastAPI
) -> None:
    twins: list[User] = [(await people(("FS", VILLAGE, date(2025, 1, 1)))).user for _ in range(2)]
    _, headers = await make_cadre(app, "TA", TOWNSHIP, "管理员")
    path = f"/units/{TOWNSHIP}/quotas"

    first = await ask(client, headers, path, period="2026-Q3", limit=1)
    second = await ask(client, headers, path, period="2026-Q3", limit=1, cursor=first["next"])

    assert {r["person"]["id"] for r in first["rows"] + second["rows"]} == {str(t.id) for t in twins}


async def test_the_number_of_queries_does_not_grow_with_the_people(
    app: FastAPI, client: httpx.AsyncClient, crowd: list[Person], clerk: Json
) -> None:
    engine = app.state.database.engine.sync_engine
    seen: list[str] = []

    def count(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        sizes = []
        for limit in (1, 200):
            seen.clear()
            told = {"period": "2026-Q3", "on": "2026-09-30", "limit": limit}  # counted live
            await ask(client, clerk, f"/units/{COUNTY}/quotas", **told)
            sizes.append(len(seen))
    finally:
        event.remove(engine, "before_cursor_execute", count)

    assert sizes[0] == sizes[1] <= 10


async def test_a_diary_moves_the_month(
    client: httpx.AsyncClient, helper: Person, app: FastAPI
) -> None:
    headers = await sign_in(app, helper.user)
    path = f"/people/{helper.user.id}/quotas"

    async def r04() -> Json:
        items = (await ask(client, headers, path, on="2026-08-31"))["items"]
        found: Json = next(item for item in items if item["rule"] == "R04")
        return found

    assert (await r04())["state"] == "at_risk"
    await add(helper.db, diary(helper.user, date(2026, 8, 20), at(date(2026, 8, 31), "23:59")))
    assert ((await r04())["state"], (await r04())["have"]) == ("met", 1)


async def test_under_every_pack_the_table_says_what_each_person_is_told(
    app: FastAPI, client: httpx.AsyncClient, db: Database, people: People, clerk: Json
) -> None:
    """Each length of period alone: what one rule needs must not come in only with another's."""
    for pack in ("p1-46-measures", "p3-look-back", "p4-stationing"):
        await in_force(db, pack=pack)
    random, crowd = Random(46), []
    for number, kind in enumerate(("FS", "TL", "TM", "HC", "HC", "CL", "AT", "AG", "UR", "LL")):
        person = await people((kind, VILLAGE, date(2025, 1, 1)), name=f"干部{number}")
        await person.did(*written(person.user, random_history(random)))
        crowd.append(person)

    seen = set()
    for period in ("2026-W33", "2026-08", "2026-B4", "2026-Q3", "2026-H2", "2026"):
        on = {"period": period, "on": "2026-08-16", "limit": 200}
        table = await ask(client, clerk, f"/units/{COUNTY}/quotas", **on)
        rows = {row["person"]["id"]: row["cells"] for row in table["rows"]}
        for person in crowd:
            path = f"/people/{person.user.id}/quotas"
            own = await ask(client, clerk, path, on="2026-08-16")
            told = {
                f"{item['rule']}@{item['village']}" if item["village"] else item["rule"]: {
                    **item,
                    "counted": 0,
                    "not_counted": 0,
                    "settings": 0,
                    "subject": 0,
                    "asks": 0,
                }
                for item in own["items"]
                if item["period"]["key"] == period
            }
            left = {"counted": 0, "not_counted": 0, "settings": 0, "subject": 0, "asks": 0}
            assert {
                rule: {**cell, **left} for rule, cell in rows.get(str(person.user.id), {}).items()
            } == told
            seen |= {rule for rule, item in told.items() if item["have"]}
    assert {"R01", "R02", "R11", "R54", "R58"} <= seen


async def test_two_packs_with_one_rule_id_stay_apart(
    db: Database, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pack of one's own may number its rules as it likes."""
    person = await people(("FS", VILLAGE, date(2025, 1, 1)))
    ours = replace(load_pack(PACK), id="q1-ours")
    known = adoptions.pack_of
    monkeypatch.setattr(
        adoptions, "pack_of", lambda row: ours if row.pack == ours.id else known(row)
    )
    async with db.writing() as session:
        held = (await session.exec(select(Adoption))).one()
        told = held.model_dump(exclude={"id", "salt", "rev"})
        session.add(Adoption(**{**told, "pack": ours.id}))
    asked = service.asked_about("2026-Q3", date(2026, 9, 30), now())

    found = await tables.table(db, TOWNSHIP, asked, PageQuery(50), today())
    (row,) = found.rows
    assert row.person.id == person.user.id
    assert [rule.key for rule in found.rules] == ["R01", "R02", "q1-ours/R01", "q1-ours/R02"]
    assert {key: cell.pack for key, cell in row.cells.items()} == {
        "R01": PACK, "R02": PACK, "q1-ours/R01": ours.id, "q1-ours/R02": ours.id,
    }  # fmt: skip
    counts = (await tables.summary(db, TOWNSHIP, asked, today())).counts
    assert [sum(counts[rule.key].values()) for rule in found.rules] == [1, 1, 1, 1]
