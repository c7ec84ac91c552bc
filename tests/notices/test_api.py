"""Notices over HTTP: one's own, page by page, read once, muted at will."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.auth.models import User
from app.core.db import Database
from app.core.ids import new_id
from tests.factories import sign_in
from tests.notices.conftest import MORNING, Run, make_helper

DAY = timedelta(days=1)


@pytest.fixture
async def headers(app: FastAPI, helper: User, run: Run) -> dict[str, str]:
    """The helper, signed in, with three notices of three days."""
    for number in range(9):
        await run(MORNING + number * DAY)
    return await sign_in(app, helper)


async def test_the_newest_first_page_by_page(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    found: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 1}
    for _ in range(3):
        page = (await client.get("/api/v1/notices", params=query, headers=headers)).json()
        found += page["items"]
        assert page["unread"] == 3
        query["cursor"] = page["next"]
    assert query["cursor"] is None
    assert [item["day"] for item in found] == ["2026-12-01", "2026-11-29", "2026-11-24"]
    first = found[0]
    assert first["subject"] is None
    assert (first["rule"], first["pack"]) == ("R04", "p0-village-leader")


async def test_reading_some_and_then_all(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    page = (await client.get("/api/v1/notices", headers=headers)).json()
    newest = page["items"][0]
    told = {"ids": [newest["id"]]}
    for _ in range(2):
        answer = await client.post("/api/v1/notices/read", json=told, headers=headers)
        assert answer.json() == {"unread": 2}
    unread = (await client.get("/api/v1/notices?unread=true", headers=headers)).json()
    assert [item["id"] for item in unread["items"]] == [i["id"] for i in page["items"][1:]]
    before = (await client.get("/api/v1/notices", headers=headers)).json()["items"][0]["read_at"]
    told_all = {"until": newest["created_at"]}
    answer = await client.post("/api/v1/notices/read", json=told_all, headers=headers)
    assert answer.json() == {"unread": 0}
    after = (await client.get("/api/v1/notices", headers=headers)).json()["items"]
    assert after[0]["read_at"] == before
    assert all(item["read_at"] for item in after)


async def test_until_leaves_what_came_later(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    told = {"until": (MORNING + DAY).isoformat()}
    answer = await client.post("/api/v1/notices/read", json=told, headers=headers)
    assert answer.json() == {"unread": 2}


async def test_nobody_elses(
    app: FastAPI, db: Database, client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    mine = (await client.get("/api/v1/notices", headers=headers)).json()["items"]
    other = await sign_in(app, await make_helper(db, "旁人"))
    page = (await client.get("/api/v1/notices", headers=other)).json()
    assert page == {"items": [], "next": None, "unread": 0}
    told = {"ids": [item["id"] for item in mine]}
    answer = await client.post("/api/v1/notices/read", json=told, headers=other)
    assert answer.json() == {"unread": 0}
    assert (await client.get("/api/v1/notices", headers=headers)).json()["unread"] == 3


@pytest.mark.parametrize(
    "body",
    [{}, {"ids": []}, {"ids": [str(new_id())], "until": MORNING.isoformat()}, {"all": True}],
)
async def test_what_is_read_is_said_in_one_way(
    client: httpx.AsyncClient, headers: dict[str, str], body: dict[str, Any]
) -> None:
    answer = await client.post("/api/v1/notices/read", json=body, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid-body"


async def test_muting_is_kept_and_the_quiet_hours_are_told(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    where = "/api/v1/notices/preferences"
    quiet = {"quiet_hours": "21:00-07:00"}
    assert (await client.get(where, headers=headers)).json() == {"muted": False, **quiet}
    for muted in (True, True, False):
        answer = await client.put(where, json={"muted": muted}, headers=headers)
        assert answer.json() == {"muted": muted, **quiet}
        assert (await client.get(where, headers=headers)).json() == {"muted": muted, **quiet}
