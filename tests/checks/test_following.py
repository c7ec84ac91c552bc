"""The worker's checks: what a crash left out, what came late, suspended fences, proposed centres."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import col, select

from app.checkins import judging
from app.checks import following, service
from app.checks.models import CheckCursor, VillageCentre
from app.core.clock import SHANGHAI, civil_day, now
from app.core.db import Database
from app.core.geo import Datum, at, from_wgs84
from app.ledger.models import LedgerHead
from app.notices.models import Notice, ReminderDay
from app.reviews.models import CheckSilence, Flag
from tests.factories import CENTRE, OTHER_VILLAGE, VILLAGE, make_cadre, make_fence, make_unit

Json = dict[str, Any]
AWAY = {"lat": CENTRE[0] + 0.3, "lon": CENTRE[1], "accuracy_m": 20}


def body(days_ago: int = 1, steps: int = 0, **over: Any) -> Json:
    """A check-in near the middle of the village; no two steps are the same fix."""
    captured: datetime = now().astimezone(SHANGHAI).replace(hour=12) - timedelta(days=days_ago)
    fix = {"lat": CENTRE[0] + steps * 1e-5, "lon": CENTRE[1], "accuracy_m": 18}
    told = {"kind": "presence", "village": VILLAGE, "captured_at": captured.isoformat()}
    return {**told, "fix": fix, **over}


async def put(client: httpx.AsyncClient, told: Json) -> UUID:
    key = uuid4()
    answer = await client.put(f"/api/v1/check-ins/{key}", json=told)
    assert answer.status_code == 201, answer.text
    return key


async def run(app: FastAPI) -> service.Run:
    return await service.run(app.state.database, app.state.anchors, now())


async def flags(db: Database) -> list[Flag]:
    async with db.reading() as session:
        return list((await session.exec(select(Flag).order_by(col(Flag.code)))).all())


@pytest.fixture
async def cadre(app: FastAPI, client: httpx.AsyncClient) -> httpx.AsyncClient:
    """A first secretary of VILLAGE, signed in."""
    _, headers = await make_cadre(app)
    client.headers.update(headers)
    return client


async def test_what_a_crash_left_out_is_raised_once(
    app: FastAPI, cadre: httpx.AsyncClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_fence(db)
    with monkeypatch.context() as broken:
        broken.setattr(judging, "findings", lambda *_: 1 / 0)
        left_out = await put(cadre, body(fix=AWAY))
        await put(cadre, body(2))
    assert await flags(db) == []
    assert (await run(app)).raised == 1
    assert [(flag.code, flag.record_id) for flag in await flags(db)] == [
        ("outside-fence", left_out)
    ]
    assert "未知" not in (await cadre.get("/api/v1/flags")).json()["items"][0]["says"]
    again = await run(app)
    assert (again.judged, again.raised) == (0, 0)
    async with db.writing() as session:
        await session.exec(CheckCursor.__table__.delete())  # type: ignore[attr-defined]  # SQLModel sets it
    assert ((await run(app)).raised, len(await flags(db))) == (0, 1)


async def test_the_worker_finds_what_the_write_found(
    app: FastAPI, cadre: httpx.AsyncClient, db: Database
) -> None:
    """Also where the earlier record arrived later: of two only one is asked about."""
    await make_fence(db)
    for days_ago in (1, 3, 2, 5, 4):
        await put(cadre, body(days_ago, photos=["ab" * 32]))
    before = {flag.id for flag in await flags(db)}
    done = await run(app)
    assert (done.raised, {flag.id for flag in await flags(db)}) == (0, before)
    assert len(before) == 7, "from the second on the photo, from the third on the fix"


async def test_one_that_cannot_be_judged_stops_no_other(
    app: FastAPI,
    cadre: httpx.AsyncClient,
    db: Database,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await make_fence(db)
    bad, _ = await put(cadre, body(2, note="秘密")), await put(cadre, body(1, 5))
    whole = judging.judged

    async def fails(direct: Any, row: Any, timed: Any) -> Any:
        if row.id == bad:
            raise RuntimeError(row.note)
        return await whole(direct, row, timed)

    monkeypatch.setattr(judging, "judged", fails)
    with pytest.raises(following.ChecksFailed, match="1 records"):
        await run(app)
    assert (await run(app)).judged == 0
    assert "RuntimeError" in caplog.text
    assert "秘密" not in caplog.text


async def test_a_fresh_demonstration_is_not_judged(
    app: FastAPI, cadre: httpx.AsyncClient, db: Database
) -> None:
    await put(cadre, body())
    async with db.writing() as session:
        await following.skip(session)
    assert (await run(app)).judged == 0
    await put(cadre, body(2))
    assert (await run(app)).judged == 1
    async with db.reading() as session:
        stood = dict((await session.exec(select(CheckCursor.log, CheckCursor.seq))).all())
        heads = dict((await session.exec(select(LedgerHead.log, LedgerHead.size))).all())
    assert stood == heads


@pytest.fixture
async def shifted(app: FastAPI, cadre: httpx.AsyncClient, db: Database) -> httpx.AsyncClient:
    """A small village whose fence was read off a GCJ-02 map, and check-ins of four days in it."""
    centre = from_wgs84(at(*CENTRE), Datum.gcj02)
    await make_fence(db, lat_e7=centre.lat_e7, lon_e7=centre.lon_e7, radius_m=200)
    for number in range(12):
        await put(cadre, body(1 + number % 4, number))
    return cadre


async def test_a_shifted_fence_is_believed_by_nobody(
    app: FastAPI, shifted: httpx.AsyncClient, db: Database
) -> None:
    assert {flag.state for flag in await flags(db)} == {"open"}
    assert (await run(app)).suspended == 1
    found = await flags(db)
    assert len(found) == 12, "none is removed"
    assert {(flag.state, flag.silent) for flag in found} == {("silent", True)}
    assert all("坐标系" in flag.evidence["suspended"] for flag in found)
    later = await put(shifted, body(1, 20))
    shown = (await shifted.get(f"/api/v1/check-ins/{later}")).json()
    assert (shown["flags"], shown["state"]) == ([], "counted")
    assert (await run(app)).suspended == 0, "suspended once"

    township, headers = await make_cadre(app, "TA", VILLAGE[:9], "乡管理员")
    async with db.reading() as session:
        assert (await session.exec(select(Notice))).all() == []
    async with db.writing() as session:
        session.add(ReminderDay(county="000000", day=civil_day(now()), finished_at=now()))
    await run(app)
    await run(app)
    told = (await shifted.get("/api/v1/notices", headers=headers)).json()["items"]
    assert [(item["kind"], item["person"]) for item in told] == [
        ("fence_shifted", str(township.id))
    ]
    assert "坐标系" in told[0]["text"]

    proposed = (await shifted.get("/api/v1/fence-proposals", headers=headers)).json()["items"]
    assert [(item["village"], item["shifted"]) for item in proposed] == [(VILLAGE, True)]
    assert abs(proposed[0]["lat"] - CENTRE[0]) < 0.001


async def test_a_mended_fence_is_believed_again(
    app: FastAPI, shifted: httpx.AsyncClient, db: Database
) -> None:
    await run(app)
    _, headers = await make_cadre(app, "TA", VILLAGE[:9], "乡管理员")
    fence = (await shifted.get(f"/api/v1/units/{VILLAGE}", headers=headers)).json()["fences"][0]
    mended = {"name": "村委会", "lat": CENTRE[0], "lon": CENTRE[1], "radius_m": 800}
    url = f"/api/v1/units/{VILLAGE}/fences/{fence['id']}"
    assert (await shifted.put(url, json=mended, headers=headers)).status_code == 200
    await run(app)
    async with db.reading() as session:
        silence = (await session.exec(select(CheckSilence))).one()
    assert silence.ended_at is not None
    assert silence.ended_by_id is None
    await put(shifted, body(1, fix=AWAY))
    assert [flag.state for flag in await flags(db)].count("open") == 1


async def test_whoever_gives_the_check_its_voice_is_not_overruled(
    app: FastAPI, shifted: httpx.AsyncClient, db: Database
) -> None:
    await run(app)
    _, headers = await make_cadre(app, "CA", VILLAGE[:6], "县管理员")
    told = {"unit": VILLAGE, "reason": "已到现场核对"}
    url = "/api/v1/checks/outside-fence/voice"
    answer = await shifted.post(url, json=told, headers=headers)
    assert answer.status_code in (200, 204), answer.text
    await put(shifted, body(1, 30))
    assert (await run(app)).suspended == 0
    assert [flag.state for flag in await flags(db)].count("open") == 1


async def test_a_suspended_village_says_who_may_give_its_check_the_voice_back(
    app: FastAPI, shifted: httpx.AsyncClient, db: Database
) -> None:
    await run(app)
    _, county = await make_cadre(app, "CA", VILLAGE[:6], "县管理员")
    _, township = await make_cadre(app, "TA", VILLAGE[:9], "乡管理员")

    async def shown(headers: dict[str, str]) -> tuple[bool, bool, bool, str]:
        (item,) = (await shifted.get("/api/v1/fence-proposals", headers=headers)).json()["items"]
        return item["shifted"], item["suspended"], item["may_voice"], item["says"]

    assert (await shown(county))[:3] == (True, True, True)
    assert (await shown(township))[:3] == (True, True, False)
    # the shift is hardly one any more, and the check is silent all the same: still listed
    async with db.writing() as session:
        centre = await session.get_one(VillageCentre, VILLAGE)
        centre.shifted, centre.away_m = False, 90
        session.add(centre)
    *flat, says = await shown(county)
    assert (flat, "还没有恢复" in says) == ([False, True, True], True)
    url = "/api/v1/checks/outside-fence/voice"
    told = {"unit": VILLAGE, "reason": "已到现场核对"}
    refused = await shifted.post(url, json=told, headers=township)
    assert refused.status_code == 403
    assert (await shifted.post(url, json=told, headers=county)).status_code == 200
    listed = (await shifted.get("/api/v1/fence-proposals", headers=county)).json()["items"]
    assert listed == []
    async with db.writing() as session:
        centre = await session.get_one(VillageCentre, VILLAGE)
        centre.shifted = True
        session.add(centre)
    *flat, says = await shown(county)
    assert (flat, "已恢复" in says) == ([True, False, False], True)


async def test_a_centre_is_proposed_from_where_people_are(
    app: FastAPI, cadre: httpx.AsyncClient, db: Database
) -> None:
    await make_fence(db, lat_e7=at(CENTRE[0] + 0.004, 0).lat_e7, radius_m=2000)
    _, colleague = await make_cadre(app, name="李四")
    for number in range(15):
        await put(cadre, body(1 + number % 5, number))
        told = body(1 + number % 5, 50 + number)
        await cadre.put(f"/api/v1/check-ins/{uuid4()}", json=told, headers=colleague)
    await run(app)
    _, township = await make_cadre(app, "TA", VILLAGE[:9], "乡管理员")
    url = "/api/v1/fence-proposals"
    found = (await cadre.get(url, headers=township)).json()["items"]
    assert [(item["village"], item["people"], item["shifted"]) for item in found] == [
        (VILLAGE, 2, False)
    ]
    assert 400 < found[0]["away_m"] < 460
    assert abs(found[0]["lat"] - CENTRE[0]) < 0.001
    await make_unit(db, OTHER_VILLAGE)
    other = {"unit": OTHER_VILLAGE}
    assert (await cadre.get(url, headers=township, params=other)).json()["items"] == []
    assert (await cadre.get(url)).status_code == 403
    _, elsewhere = await make_cadre(app, "TA", OTHER_VILLAGE[:9], "别乡管理员")
    assert (await cadre.get(url, headers=elsewhere)).json()["items"] == []
