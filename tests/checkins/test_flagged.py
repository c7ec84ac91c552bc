"""Flags right after the write: in the reply, in GET /flags and in the log; and none for the honest."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select

from app.auth.models import SignIn, User
from app.checkins import judging
from app.checkins.models import CheckIn
from app.checks import service as checks
from app.core.clock import SHANGHAI, now
from app.core.db import Database
from app.households.models import Position
from app.ledger import service as ledger
from app.ledger.models import LedgerLeaf
from app.reviews.models import Flag
from tests.factories import (
    CENTRE,
    OTHER_VILLAGE,
    VILLAGE,
    make_cadre,
    make_fence,
    make_household,
    make_unit,
)

Json = dict[str, Any]
AWAY = {"lat": CENTRE[0] + 0.3, "lon": CENTRE[1], "accuracy_m": 20}
PHOTO = "ab" * 32


def noon(days_ago: int) -> datetime:
    """Noon in Shanghai so many days ago."""
    return now().astimezone(SHANGHAI).replace(hour=12) - timedelta(days=days_ago)


def body(days_ago: int = 1, metres: int = 0, **over: Any) -> Json:
    """A check-in in the middle of the village, or so many steps beside it."""
    fix = {"lat": CENTRE[0] + metres * 9e-6, "lon": CENTRE[1], "accuracy_m": 18}
    told = {"kind": "presence", "village": VILLAGE, "captured_at": noon(days_ago).isoformat()}
    return {**told, "fix": fix, **over}


@pytest.fixture
async def cadre(app: FastAPI, client: httpx.AsyncClient) -> httpx.AsyncClient:
    """A first secretary of VILLAGE, signed in; the village has a fence."""
    _, headers = await make_cadre(app)
    await make_fence(app.state.database)
    await make_unit(app.state.database, OTHER_VILLAGE)
    client.headers.update(headers)
    return client


async def put(client: httpx.AsyncClient, told: Json, key: UUID | None = None, **more: Any) -> Json:
    answer = await client.put(f"/api/v1/check-ins/{key or uuid4()}", json=told, **more)
    assert answer.status_code in (200, 201), answer.text
    shown: Json = answer.json()
    return shown


def codes(shown: Json) -> list[str]:
    return [flag["code"] for flag in shown["flags"]]


async def listed(client: httpx.AsyncClient) -> list[str]:
    answer = await client.get("/api/v1/flags")
    assert answer.status_code == 200, answer.text
    return sorted(item["code"] for item in answer.json()["items"])


async def test_a_flag_stands_in_the_reply_the_list_and_the_log(
    cadre: httpx.AsyncClient, db: Database
) -> None:
    key, told = uuid4(), body(fix=AWAY)
    shown = await put(cadre, told, key)
    assert (codes(shown), shown["state"], shown["remarks"]) == (["outside-fence"], "in_review", [])
    assert "米" in shown["flags"][0]["says"]
    assert "未知" not in shown["flags"][0]["says"]
    again = await put(cadre, told, key)
    assert (again["flags"], again["state"]) == (shown["flags"], "in_review")
    assert codes((await cadre.get(f"/api/v1/check-ins/{key}")).json()) == ["outside-fence"]
    assert await listed(cadre) == ["outside-fence"]
    async with db.reading() as session:
        flag = (await session.exec(select(Flag))).one()
        leaf = select(LedgerLeaf).where(col(LedgerLeaf.row_id) == str(flag.id))
        assert (await session.exec(leaf)).one().actor == "system:checks"


async def test_an_honest_week_has_none(cadre: httpx.AsyncClient, db: Database) -> None:
    household = await make_household(db)
    for day in range(7, 0, -1):
        taps = [
            body(day, metres=day * 3),
            body(day, metres=day * 3 + 40, photos=[f"{day:064x}"]),
            body(day, metres=400 + day, kind="household", household=str(household.id), photos=[f"{day:064x}"]),
            body(day, fix=None, no_fix_reason="timeout"),
            body(day, fix={**AWAY, "accuracy_m": 3000}),
        ]  # fmt: skip
        for told in taps:
            assert codes(await put(cadre, told)) == []
    assert await listed(cadre) == []


async def test_the_same_fix_on_the_third_day(cadre: httpx.AsyncClient) -> None:
    assert codes(await put(cadre, body(3))) == []
    assert codes(await put(cadre, body(2))) == []
    assert codes(await put(cadre, body(1))) == ["identical-fix"]


async def test_an_old_photo(cadre: httpx.AsyncClient, app: FastAPI) -> None:
    await put(cadre, body(3, photos=[PHOTO]))
    assert codes(await put(cadre, body(2, 50, photos=[PHOTO]))) == ["photo-reused"]
    _, headers = await make_cadre(app, name="李四")
    shown = await put(cadre, body(1, 90, photos=[PHOTO]), headers=headers)
    assert "photo-reused" in codes(shown)
    _, headers = await make_cadre(app, unit=OTHER_VILLAGE, name="王五")
    elsewhere = body(1, village=OTHER_VILLAGE, photos=[PHOTO])
    assert "photo-reused" not in codes(await put(cadre, elsewhere, headers=headers))


async def test_a_photo_shown_again_to_answer_is_no_second_visit(
    cadre: httpx.AsyncClient, app: FastAPI
) -> None:
    await put(cadre, body(4, photos=[PHOTO]))
    (flag,) = (await put(cadre, body(3, 50, photos=[PHOTO])))["flags"]
    fresh = "cd" * 32
    told = {"text": "选错了照片", "photos": [PHOTO, fresh]}
    answer = await cadre.post(f"/api/v1/flags/{flag['id']}/answer", json=told)
    assert answer.status_code == 200, answer.text
    await checks.run(app.state.database, app.state.anchors, now())
    assert await listed(cadre) == ["photo-reused"]
    assert codes(await put(cadre, body(2, 90, photos=[fresh]))) == [], "shown in an answer only"


async def test_a_visit_at_the_door_of_an_outlying_home(
    cadre: httpx.AsyncClient, app: FastAPI, db: Database
) -> None:
    """Excused from the day after somebody set the household's place; the remark stays."""
    home = await make_household(db)
    there = {"lat": CENTRE[0] + 0.03, "lon": CENTRE[1], "accuracy_m": 20}
    visit: Json = {"kind": "household", "household": str(home.id), "fix": there}
    assert codes(await put(cadre, body(2, **visit))) == ["outside-fence"]
    author, _ = await make_cadre(app, "HC", name="帮扶人")
    wanted: dict[int, list[str]] = {0: ["outside-fence"], 1: []}
    remarks: list[str] = []
    for days_ago in wanted:
        at = now() - timedelta(days=days_ago)
        row = Position(
            id=uuid4(), county=home.county, household_id=home.id, author_id=author.id,
            lat_e7=round(there["lat"] * 10**7), lon_e7=round(there["lon"] * 10**7),
            accuracy_mm=9_000, datum="wgs84", set_at=at, received_at=at, digest=bytes(32),
        )  # fmt: skip
        async with db.writing() as session:
            session.add(row)
        shown = await put(cadre, body(1, **visit))
        assert codes(shown) == wanted[days_ago]
        remarks = [remark["code"] for remark in shown["remarks"]]
    assert remarks == ["outside"]
    assert codes(await put(cadre, body(1, kind="presence", fix=there))) == ["outside-fence"]


async def test_a_photo_of_what_was_taken_back_is_used_again(cadre: httpx.AsyncClient) -> None:
    key = uuid4()
    await put(cadre, body(2, photos=[PHOTO]), key)
    taken = await cadre.post(f"/api/v1/check-ins/{key}/withdrawal", json={"reason": "选错了农户"})
    assert taken.status_code == 200
    assert codes(await put(cadre, body(1, 50, photos=[PHOTO]))) == []


async def device(app: FastAPI, user: User, device_id: str) -> dict[str, str]:
    """Headers of a sign-in on this device."""
    at = now()
    row = SignIn(
        user_id=user.id,
        device_id=device_id,
        device_name="手机",
        seen_at=at,
        started_at=at,
        expires_at=at + timedelta(days=30),
    )
    async with app.state.database.writing() as session:
        session.add(row)
        await ledger.append(session, row, "create", user.id, at)
    return {"Authorization": f"Bearer {app.state.tokens.issue(user.id, row.id, at)}"}


async def test_two_people_on_one_device(app: FastAPI, client: httpx.AsyncClient) -> None:
    one, _ = await make_cadre(app)
    two, _ = await make_cadre(app, name="李四")
    await make_fence(app.state.database)
    first, second = await device(app, one, "phone-a"), await device(app, two, "phone-a")
    own = await device(app, two, "phone-b")
    assert codes(await put(client, body(1), headers=first)) == []
    assert codes(await put(client, body(1, 30), headers=second)) == ["shared-device"]
    assert codes(await put(client, body(1, 60), headers=own)) == []
    assert codes(await put(client, body(1, 45), headers=second)) == [], "asked once that day"
    assert codes(await put(client, body(1, 15), headers=first)) == ["shared-device"]
    assert codes(await put(client, body(2, 30), headers=second)) == [], "another day"


async def told_of(client: httpx.AsyncClient, code: str, headers: dict[str, str]) -> Json:
    """The evidence of the caller's newest flag of this code, the same in the list and by itself."""
    answer = await client.get("/api/v1/flags", headers=headers)
    first: Json = next(item for item in answer.json()["items"] if item["code"] == code)
    alone = await client.get(f"/api/v1/flags/{first['id']}", headers=headers)
    assert alone.json()["evidence"] == first["evidence"]
    evidence: Json = first["evidence"]
    return evidence


async def test_the_other_persons_record_is_named_to_those_who_may_read_it(
    app: FastAPI, client: httpx.AsyncClient, db: Database
) -> None:
    """Author: a count. Reviewer of the county: the record. The log: all of it, always."""
    one, _ = await make_cadre(app)
    two, _ = await make_cadre(app, name="李四")
    _, reviewer = await make_cadre(app, "RV", VILLAGE[:6], name="复核员")
    await make_fence(app.state.database)
    first, second = await device(app, one, "phone-a"), await device(app, two, "phone-a")
    theirs, day = str(uuid4()), noon(1).date().isoformat()
    await put(client, body(1, photos=[PHOTO]), UUID(theirs), headers=first)
    await put(client, body(2, 30, photos=[PHOTO]), headers=second)
    await put(client, body(1, 60), headers=second)
    async with db.reading() as session:
        stored = {flag.code: flag.evidence for flag in (await session.exec(select(Flag))).all()}
    assert stored["shared-device"] == {"accounts": 2, "others": [theirs]}
    assert (stored["photo-reused"]["other"], stored["photo-reused"]["records"]) == (theirs, 1)
    shared = await told_of(client, "shared-device", second)
    assert shared == {"accounts": 2, "others": []}
    reused = await told_of(client, "photo-reused", second)
    assert reused == {"other_day": day, "sha256": PHOTO, "records": 1}
    for code, evidence in stored.items():
        assert await told_of(client, code, reviewer) == evidence
    answer = await client.get("/api/v1/flags", headers=second)
    assert theirs not in answer.text
    assert str(one.id) not in answer.text


async def test_own_earlier_records_are_named_to_their_author(cadre: httpx.AsyncClient) -> None:
    earlier = [str(uuid4()) for _ in range(2)]
    for days_ago, key in zip((3, 2), earlier, strict=True):
        await put(cadre, body(days_ago), UUID(key))
    await put(cadre, body(1))
    told = await told_of(cadre, "identical-fix", {})
    assert sorted(told["others"]) == sorted(earlier)


async def test_a_flag_tells_that_its_record_was_taken_back(
    app: FastAPI, cadre: httpx.AsyncClient
) -> None:
    _, reviewer = await make_cadre(app, "RV", VILLAGE[:6], name="复核员")
    key = uuid4()
    (raised,) = (await put(cadre, body(1, fix=AWAY), key))["flags"]
    other = (await put(cadre, body(2, fix={**AWAY, "lat": 27.6})))["flags"][0]["id"]
    taken = await cadre.post(f"/api/v1/check-ins/{key}/withdrawal", json={"reason": "误点"})
    assert taken.status_code == 200
    for headers in ({}, reviewer):
        items = (await cadre.get("/api/v1/flags", headers=headers)).json()["items"]
        assert {item["id"]: item["withdrawn"] for item in items} == {
            raised["id"]: True, other: False,
        }  # fmt: skip
        shown = (await cadre.get(f"/api/v1/flags/{raised['id']}", headers=headers)).json()
        assert (shown["withdrawn"], shown["record_state"]) == (True, "not_counted")
        assert shown["may"] == {"answer": False, "decide": False, "appeal": False}


async def test_nobody_travels_so_fast(app: FastAPI, cadre: httpx.AsyncClient) -> None:
    """Two taps between which the anchors leave some seconds."""
    await put(cadre, body(0, captured_at=now().isoformat()))
    anchor = (await cadre.get("/api/v1/time-anchor")).json()["anchor"]
    clock = {"anchor": anchor, "anchor_seen_at": now().isoformat(), "elapsed_ms": 10, "page": "p"}
    here = await put(cadre, body(0, captured_at=now().isoformat(), clock=clock))
    assert codes(here) == []
    there = body(0, captured_at=now().isoformat(), clock=clock, village=OTHER_VILLAGE, fix=AWAY)
    assert codes(await put(cadre, there)) == ["impossible-travel"]


async def test_what_was_taken_back_accuses_nothing_later(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    """Neither by a journey, nor by the same fix, nor by a shared phone."""
    one, _ = await make_cadre(app)
    two, _ = await make_cadre(app, name="李四")
    await make_fence(app.state.database)
    await make_unit(app.state.database, OTHER_VILLAGE)
    first, second = await device(app, one, "phone-a"), await device(app, two, "phone-a")

    async def taken_back(told: Json, headers: dict[str, str]) -> None:
        key = uuid4()
        await put(client, told, key, headers=headers)
        path = f"/api/v1/check-ins/{key}/withdrawal"
        answer = await client.post(path, json={"reason": "误点"}, headers=headers)
        assert answer.status_code == 200, answer.text

    anchor = (await client.get("/api/v1/time-anchor", headers=first)).json()["anchor"]
    clock = {"anchor": anchor, "anchor_seen_at": now().isoformat(), "elapsed_ms": 10, "page": "p"}
    at: Json = {"captured_at": now().isoformat(), "clock": clock}
    await taken_back(body(0, village=OTHER_VILLAGE, fix=AWAY, **at), first)
    assert codes(await put(client, body(0, **at), headers=first)) == [], "no journey"
    for day in (5, 4):
        await taken_back(body(day), first)
    assert codes(await put(client, body(3), headers=first)) == [], "no fix of other days"
    await taken_back(body(2, 50), first)
    assert codes(await put(client, body(2, 90), headers=second)) == [], "no shared phone"


@pytest.mark.parametrize("wrong", [timedelta(days=365), timedelta(days=-365)])
async def test_a_phone_a_year_wrong_is_neither_late_nor_early(
    cadre: httpx.AsyncClient, wrong: timedelta
) -> None:
    """Its clock is put right, as the day is: no remark tells of a year."""
    anchor = (await cadre.get("/api/v1/time-anchor")).json()["anchor"]
    phone = (now() + wrong).isoformat()
    clock = {"anchor": anchor, "anchor_seen_at": phone, "elapsed_ms": 10, "page": "p"}
    told = body(0, captured_at=phone, clock=clock)
    for headers in ({"X-Phone-Clock": (now() + wrong).isoformat()}, {}):
        shown = await put(cadre, told, headers=headers)
        assert (shown["remarks"], codes(shown)) == ([], [])
        assert shown["day"] == f"{now().astimezone(SHANGHAI):%Y-%m-%d}"


async def test_in_a_batch_as_by_itself(cadre: httpx.AsyncClient) -> None:
    records = [
        {"kind": "check_in", "id": str(uuid4()), "body": told}
        for told in (body(3, fix=AWAY), body(2), {"village": "x"})
    ]
    results = (await cadre.post("/api/v1/sync", json={"records": records})).json()["results"]
    assert [result["status"] for result in results] == [201, 201, 422]
    assert [codes(result["body"]) for result in results[:2]] == [["outside-fence"], []]
    again = (await cadre.post("/api/v1/sync", json={"records": records[:1]})).json()["results"]
    assert codes(again[0]["body"]) == ["outside-fence"]
    assert await listed(cadre) == ["outside-fence"]


@pytest.mark.parametrize(
    "error", [RuntimeError("a defect"), OperationalError("x", None, OSError())]
)
async def test_a_check_that_fails_refuses_nothing(
    cadre: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(judging, "findings", fails)
    shown = await put(cadre, body(fix=AWAY, note="秘密"))
    assert (shown["flags"], shown["state"]) == ([], "counted")
    assert [remark["code"] for remark in shown["remarks"]] == ["outside"], "the remark stands in"
    if isinstance(error, RuntimeError):
        record = {"kind": "check_in", "id": str(uuid4()), "body": body(2, fix=AWAY)}
        answer = await cadre.post("/api/v1/sync", json={"records": [record]})
        assert answer.json()["results"][0]["status"] == 201
    assert "worker" in caplog.text
    assert "秘密" not in caplog.text


async def test_many_at_once_find_the_same(cadre: httpx.AsyncClient, db: Database) -> None:
    told = body(1, fix=AWAY)
    key = uuid4()
    await asyncio.gather(*(put(cadre, told, key) for _ in range(8)))
    async with db.reading() as session:
        assert len((await session.exec(select(Flag))).all()) == 1
        assert len((await session.exec(select(CheckIn))).all()) == 1
