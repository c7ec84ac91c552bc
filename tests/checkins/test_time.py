"""What check-ins say of their time, from the anchor that a reply brought to the reader's sentence."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.auth.anchors import Anchors
from app.checkins.models import CheckIn
from app.checkins.service import time_again
from app.checkins.timing import SHANGHAI
from app.core.clock import civil_day, now
from app.core.db import Database
from app.ledger import service as ledger
from app.ledger.auditing import Question, check
from app.ledger.service import entry
from tests.factories import VILLAGE, make_cadre, make_fence, make_user, sign_in

Json = dict[str, Any]
MINUTE = timedelta(minutes=1)


def body(**over: Any) -> Json:
    return {
        "kind": "presence",
        "village": VILLAGE,
        "captured_at": now().isoformat(),
        "no_fix_reason": "timeout",
        **over,
    }


@pytest.fixture
async def cadre(app: FastAPI, client: httpx.AsyncClient) -> httpx.AsyncClient:
    """A first secretary of VILLAGE on ``test-device``."""
    user, headers = await make_cadre(app)
    await make_fence(app.state.database)
    client.headers.update(headers)
    client.headers["x-user"] = str(user.id)  # for the tests themselves
    return client


def anchors(app: FastAPI) -> Anchors:
    found: Anchors = app.state.anchors
    return found


async def put(
    client: httpx.AsyncClient, told: Json, phone_clock: str | None = None, key: Any = None
) -> Json:
    headers = {"x-phone-clock": phone_clock} if phone_clock is not None else {}
    url = f"/api/v1/check-ins/{key or uuid4()}"
    response = await client.put(url, json=told, headers=headers)
    assert response.status_code in (200, 201), response.text
    found: Json = response.json()
    return found


def seen(anchor: str, at: datetime, elapsed_ms: int | None = None) -> Json:
    return {
        "anchor": anchor,
        "anchor_seen_at": at.isoformat(),
        "elapsed_ms": elapsed_ms,
        "page": "p",
    }


async def test_every_contact_brings_an_anchor(app: FastAPI, cadre: httpx.AsyncClient) -> None:
    first = (await cadre.get("/api/v1/time-anchor")).json()
    found = [
        first["anchor"],
        (await cadre.get("/api/v1/me")).json()["anchor"],
        (await put(cadre, body()))["anchor"],
        (await cadre.post("/api/v1/sync", json={"records": []})).json()["anchor"],
    ]
    read = [anchors(app).read(one) for one in found]
    assert {(str(one.user_id), one.device_id) for one in read if one} == {
        (cadre.headers["x-user"], "test-device")
    }
    moments = [one.issued_at for one in read if one]
    assert moments == sorted(moments)
    assert len(moments) == 4
    assert datetime.fromisoformat(first["issued_at"]) == moments[0]


async def test_the_bounds_are_the_services_own_instants(
    app: FastAPI, cadre: httpx.AsyncClient
) -> None:
    issued = now() - timedelta(days=2)
    anchor = anchors(app).issue(_me(cadre), "test-device", issued)
    wrong = timedelta(days=700)  # ahead, as long as anybody remembers
    captured = now() - timedelta(days=1)
    key = uuid4()
    told = body(captured_at=(captured + wrong).isoformat(), clock=seen(anchor, issued + wrong))
    found = await put(cadre, told, (now() + wrong).isoformat(), key)
    assert found["time"]["state"] == "claimed"
    assert datetime.fromisoformat(found["time"]["from"]) == _milliseconds(issued)
    assert found["time"]["to"] == found["received_at"]
    assert found["time"]["says"].startswith("手机时钟与服务器一致")
    # the day is the one that it was, not the one that the phone believed in
    assert found["day"] == civil_day(captured).isoformat()
    assert datetime.fromisoformat(found["captured_at"]) == captured + wrong
    assert (found["flags"], found["state"]) == ([], "counted")  # no flag for a clock nobody moved
    # and so it reads afterwards; the same body again is the same success, whenever it comes
    again = (await cadre.get(f"/api/v1/check-ins/{key}")).json()
    assert (again["time"], again["day"]) == (found["time"], found["day"])
    later = await put(cadre, told, "a clock that says nothing", key)
    assert (later["time"], later["day"]) == (found["time"], found["day"])


async def test_a_day_is_proven_when_both_bounds_lie_in_it(
    app: FastAPI, cadre: httpx.AsyncClient
) -> None:
    at = now()
    if civil_day(at - MINUTE) != civil_day(at + MINUTE):
        pytest.skip("midnight in Shanghai")
    anchor = anchors(app).issue(_me(cadre), "test-device", at)
    found = await put(cadre, body(clock=seen(anchor, at)))
    assert (found["time"]["state"], found["day"]) == ("proven", civil_day(at).isoformat())
    assert "由服务器证明" in found["time"]["says"]


@pytest.mark.parametrize("whose", ["another user's", "another device's", "altered", "nonsense"])
async def test_a_foreign_anchor_is_no_anchor(
    app: FastAPI, cadre: httpx.AsyncClient, whose: str
) -> None:
    at, other = now(), await make_user(app.state.database)
    issue = anchors(app).issue
    anchor = {
        "another user's": issue(other.id, "test-device", at),
        "another device's": issue(_me(cadre), "other-device", at),
        "altered": issue(_me(cadre), "test-device", at)[:-2] + "xx",
        "nonsense": "驻村",
    }[whose]
    captured = (at - timedelta(hours=3)).isoformat()
    found = await put(cadre, body(captured_at=captured, clock=seen(anchor, at)))
    assert (found["time"]["state"], found["time"]["from"]) == ("unproven", None)
    assert (found["state"], found["flags"]) == ("counted", [])


async def test_an_old_anchor_still_bounds_the_time(app: FastAPI, cadre: httpx.AsyncClient) -> None:
    issued = now() - timedelta(days=30)
    anchor = anchors(app).issue(_me(cadre), "test-device", issued)
    captured = now() - timedelta(days=2)
    told = body(captured_at=captured.isoformat(), clock=seen(anchor, issued))
    found = await put(cadre, told)
    assert found["time"]["state"] == "unproven"
    assert datetime.fromisoformat(found["time"]["from"]) == _milliseconds(issued)
    assert found["flags"] == []


async def test_a_sync_judges_as_a_put_does(app: FastAPI, cadre: httpx.AsyncClient) -> None:
    issued = now() - timedelta(days=2)
    anchor = anchors(app).issue(_me(cadre), "test-device", issued)
    wrong = timedelta(days=-400)
    captured = now() - timedelta(days=1)
    told = body(captured_at=(captured + wrong).isoformat(), clock=seen(anchor, issued + wrong))
    records = [{"kind": "check_in", "id": str(uuid4()), "body": told}]
    response = await cadre.post(
        "/api/v1/sync",
        json={"records": records},
        headers={"x-phone-clock": (now() + wrong).isoformat()},
    )
    found = response.json()["results"][0]["body"]
    assert (found["time"]["state"], found["day"]) == ("claimed", civil_day(captured).isoformat())


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ("", "claimed"),
        ("x", "claimed"),
        ("2026-11-21T09:00:00", "claimed"),  # of no zone
        ("9" * 4000, "claimed"),
        ("0001-01-01T00:00:00+14:00", "unproven"),  # sent 2,000 years before it was made
    ],
)
async def test_a_phone_clock_of_any_kind_is_taken(
    cadre: httpx.AsyncClient, told: str, state: str
) -> None:
    assert (await put(cadre, body(), told))["time"]["state"] == state


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "9999-12-31T23:00:00Z"]
)
async def test_an_instant_beyond_the_calendar_is_named(
    cadre: httpx.AsyncClient, moment: str
) -> None:
    for told in (
        body(captured_at=moment),
        body(clock=seen("x", now()) | {"anchor_seen_at": moment}),
    ):
        response = await cadre.put(f"/api/v1/check-ins/{uuid4()}", json=told)
        assert response.status_code == 422
        assert "年份超出范围" in response.json()["detail"]
    # the years that a phone without a battery believes in are taken
    assert (await put(cadre, body(captured_at="1970-01-01T08:00:00+08:00")))["day"] == "1970-01-01"


async def test_the_row_keeps_all_that_the_judgement_rests_on(
    app: FastAPI, cadre: httpx.AsyncClient, db: Database
) -> None:
    issued = now() - timedelta(days=2)
    anchor = anchors(app).issue(_me(cadre), "test-device", issued)
    clock, key = seen(anchor, issued, 5_000), uuid4()
    told = body(
        captured_at=(now() - timedelta(days=1)).isoformat(),
        clock=clock,
        client={"build": "b", "seq": 2**53},
        fix={"lat": 27.1, "lon": 113.9, "altitude_m": 211.0625, "speed_mps": 0.25},
    )
    moved = (now() - timedelta(hours=9)).astimezone(SHANGHAI).isoformat()
    await put(cadre, told, moved, key)
    async with db.reading() as session:
        row = await session.get_one(CheckIn, key)
    assert row.device_id == "test-device"
    assert row.clock is not None
    assert row.clock | {"anchor_seen_at": clock["anchor_seen_at"]} == clock | {"sent_at": moved}
    assert row.client == {
        "client": {"build": "b", "seq": 2**53},
        "fix": {"altitude_mm": 211_062, "speed_mm_per_s": 250},
    }
    again = time_again(anchors(app), row)
    assert (again.state, again.lower, again.upper, again.day) == (
        row.time_state, row.time_from, row.time_to, row.day,
    )  # fmt: skip
    assert again.contradiction is not None
    assert again.contradiction.kind == "moved"


async def test_rows_older_than_the_columns_verify_under_their_own_leaf(
    app: FastAPI, cadre: httpx.AsyncClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, at = uuid4(), datetime(2026, 1, 5, 1, tzinfo=UTC)
    old = CheckIn(
        id=key, county="360321", person_id=_me(cadre), kind="presence", village=VILLAGE,
        day=date(2026, 1, 5), captured_at=at, received_at=at, place="unknown",
        no_fix_reason="timeout", digest=b"x" * 32,
        client={"fix": {"altitude_m": 1.5}, "clock": {"anchor": None}},
    )  # fmt: skip
    with monkeypatch.context() as then:
        then.setattr(CheckIn, "LEAF", {1: CheckIn.LEAF[1]})
        ledger._shape.cache_clear()
        leaf = entry(old, "create", _me(cadre), at)
        async with db.writing() as session:
            session.add(old)
            await session.flush()
            await ledger.append_leaves(session, [leaf])
    ledger._shape.cache_clear()
    await put(cadre, body())
    assert await _found(db) == []
    shown = (await cadre.get(f"/api/v1/check-ins/{key}")).json()
    assert shown["time"]["state"] == "unproven"
    assert (shown["time"]["from"], shown["time"]["to"]) == (None, shown["received_at"])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("time_state", "'proven'"),
        ("time_from", "time_to"),
        ("device_id", "'other'"),
        ("clock", "NULL"),
        ("client", "NULL"),
    ],
)
async def test_what_is_known_of_the_time_cannot_be_edited_unseen(
    cadre: httpx.AsyncClient, db: Database, column: str, value: str
) -> None:
    told = body(client={"build": "b", "seq": 1}, clock=seen("x", now()))
    found = await put(cadre, told)
    async with db.engine.begin() as connection:
        await connection.execute(text(f"UPDATE check_ins SET {column} = {value}"))
    assert [(one.table, one.id) for one in await _found(db)] == [("check_ins", found["id"])]


async def test_a_second_device_has_anchors_of_its_own(
    app: FastAPI, cadre: httpx.AsyncClient
) -> None:
    user = await make_user(app.state.database)
    headers = await sign_in(app, user)
    found = (await cadre.get("/api/v1/time-anchor", headers=headers)).json()
    assert anchors(app).issued_to(_me(cadre), "test-device", found["anchor"]) is None
    assert anchors(app).issued_to(user.id, "test-device", found["anchor"]) is not None


async def _found(db: Database) -> list[Any]:
    """What the audit finds about check-ins; the other tables are not looked at here."""
    async with db.reading() as session:
        every = [one async for one in check(session, Question(lambda _log: []), [CheckIn])]
    return [one for one in every if one.table == "check_ins"]


def _me(client: httpx.AsyncClient) -> UUID:
    return UUID(client.headers["x-user"])


def _milliseconds(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
