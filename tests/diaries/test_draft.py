"""The draft lays out the month's own visits, by civil day in Shanghai, ready to be sent back."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI

from app.core.clock import today
from app.core.db import Database
from tests.diaries.test_diaries import VILLAGE, Phone, check_in
from tests.factories import make_cadre, make_household, make_pairing, make_unit

A, B = "aa" * 32, "bb" * 32


async def drafted(phone: Phone, month: str) -> dict[str, Any]:
    got = await phone.get(f"/draft?month={month}")
    assert got.status_code == 200, got.text
    told: dict[str, Any] = got.json()
    return told


async def test_the_months_own_visits_ready_to_send_back(
    app: FastAPI, client: httpx.AsyncClient, db: Database
) -> None:
    await make_unit(db, VILLAGE, name="路口村")
    person, headers = await make_cadre(app, "HC", VILLAGE)
    phone = Phone(client, headers)
    other = Phone(client, (await make_cadre(app, "HC", VILLAGE))[1])
    liu, chen = await make_household(db, head="刘户主"), await make_household(db, head="陈户主")
    await make_pairing(db, person, liu)
    await make_pairing(db, person, chen, until=today() - timedelta(days=1))
    hidden = await make_household(db, head="不该看见")

    async def visit(house: Any, at: str, **over: Any) -> str:
        return await check_in(
            phone, kind="household", household=str(house.id), captured_at=at, **over
        )

    # 2026-06-30 16:00 UTC is the first of July in Shanghai
    first = await visit(liu, "2026-06-30T16:00:00Z", photos=[A], note="发放药品")
    last = await visit(liu, "2026-07-31T15:59:59Z", photos=[B, A])
    await visit(liu, "2026-06-30T15:59:59Z")
    await visit(liu, "2026-07-31T16:00:00Z")
    second = await visit(chen, "2026-07-31T10:00:00+08:00")
    third = await visit(hidden, "2026-07-31T11:00:00+08:00")
    gone = await visit(chen, "2026-07-15T10:00:00+08:00")
    await client.post(
        f"/api/v1/check-ins/{gone}/withdrawal", json={"reason": "点错"}, headers=headers
    )
    presence = await check_in(phone, captured_at="2026-07-02T08:00:00+08:00")
    await check_in(other, captured_at="2026-07-02T08:00:00+08:00")

    draft = await drafted(phone, "2026-07")
    assert draft["check_ins"] == [first, presence, second, third, last]
    assert [day["day"] for day in draft["days"]] == ["2026-07-01", "2026-07-02", "2026-07-31"]
    assert draft["households"] == [str(liu.id), str(chen.id), str(hidden.id)]
    assert draft["photos"] == [A, B]
    assert draft["work_date"] == "2026-07-31"
    assert "不该看见" not in str(draft)
    assert draft["text"].split("\n") == [
        "7月1日 在路口村,入户走访刘户主。记事:发放药品。",
        "7月2日 在路口村。",
        "7月31日 在路口村,入户走访陈户主、刘户主和另外1户。",
    ]
    sent = {name: draft[name] for name in ("work_date", "households", "photos", "check_ins")}
    key = uuid4()
    made = await phone.put(key, **sent, text=draft["text"])
    assert made.status_code == 201, made.text
    assert (await drafted(phone, "2026-07"))["diaries"] == [
        {"id": str(key), "work_date": "2026-07-31"}
    ]


async def test_an_empty_month_and_its_first_and_last_day(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    phone = Phone(client, (await make_cadre(app, "HC", VILLAGE))[1])
    past = await drafted(phone, "2024-02")
    assert (past["work_date"], past["text"], past["days"]) == ("2024-02-29", "", [])
    assert (await drafted(phone, "9999-12"))["work_date"] == "9999-12-01"
    this = (await phone.get("/draft")).json()
    assert (this["month"], this["work_date"]) == (today().isoformat()[:7], today().isoformat())


async def test_what_is_no_month(app: FastAPI, client: httpx.AsyncClient) -> None:
    for month in ["2026-13", "2026-00", "202611", "0000-01", "2026-1"]:
        phone = Phone(client, (await make_cadre(app, "HC", VILLAGE))[1])
        assert (await phone.get(f"/draft?month={month}")).status_code == 422, month
