"""Records that come into a closed period, and check-ins of days that are still to come."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from app.auth.models import User
from app.core.clock import SHANGHAI, now, today
from app.policy.periods import parse
from app.quotas import closing
from app.quotas.closing import Order
from tests.factories import CENTRE, VILLAGE, make_cadre, make_fence
from tests.quotas.rows import COUNTY, in_force

Json = dict[str, Any]


@pytest.fixture
async def cadre(app: FastAPI, client: httpx.AsyncClient) -> User:
    """A first secretary of VILLAGE under the pack, signed in."""
    user, headers = await make_cadre(app)
    await make_fence(app.state.database)
    await in_force(app.state.database)
    client.headers.update(headers)
    return user


def of_last_quarter() -> str:
    month = today().replace(day=1) - timedelta(days=1)
    while month.month % 3:
        month = month.replace(day=1) - timedelta(days=1)
    return f"{month.year}-Q{month.month // 3}"


async def tap(client: httpx.AsyncClient, day: date, key: str | None = None) -> Json:
    moment = now().astimezone(SHANGHAI)
    body = {
        "kind": "presence",
        "village": VILLAGE,
        "captured_at": moment.replace(year=day.year, month=day.month, day=day.day).isoformat(),
        "fix": {"lat": CENTRE[0], "lon": CENTRE[1], "accuracy_m": 18.0},
    }
    answer = await client.put(f"/api/v1/check-ins/{key or uuid4()}", json=body)
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


async def close(app: FastAPI, by: User, key: str) -> bool:
    _, fresh = await closing.close(
        app.state.database, Order(COUNTY, parse(key, today()), by.id, now())
    )
    return fresh


def codes(told: Json) -> list[str]:
    return [one["code"] for one in told["remarks"]]


async def test_a_check_in_into_a_closed_period_is_kept_and_its_author_told(
    app: FastAPI, client: httpx.AsyncClient, cadre: User
) -> None:
    key = of_last_quarter()
    last = parse(key, today()).last
    before = await tap(client, last - timedelta(days=3))
    assert await close(app, cadre, key)

    late = await tap(client, last - timedelta(days=2))

    assert ("period-closed" in codes(late), late["state"]) == (True, "counted")
    listed = (await client.get("/api/v1/check-ins")).json()["items"]
    told = {one["id"]: "period-closed" in codes(one) for one in listed}
    assert told == {late["id"]: True, before["id"]: False}
    assert "period-closed" not in codes(await tap(client, today()))
    assert await close(app, cadre, key)  # the next version has it
    assert "period-closed" not in codes(
        (await client.get(f"/api/v1/check-ins/{late['id']}")).json()
    )


async def test_a_diary_of_a_closed_period_is_kept_and_its_author_told(
    app: FastAPI, client: httpx.AsyncClient, cadre: User
) -> None:
    key = of_last_quarter()
    await close(app, cadre, key)
    for day, expected in ((parse(key, today()).last, True), (today(), False)):
        body = {"work_date": str(day), "text": "走访三户。", "written_at": now().isoformat()}
        answer = await client.put(f"/api/v1/diaries/{uuid4()}", json=body)
        assert answer.status_code == 201, answer.text
        marks = [mark["code"] for mark in answer.json()["marks"]]
        assert ("period_closed" in marks) is expected


async def test_a_check_in_of_a_day_to_come_counts_when_the_day_has_come(
    client: httpx.AsyncClient, cadre: User
) -> None:
    """As in the quota, which has it among what is not counted, for the same reason."""
    told = await tap(client, today() + timedelta(days=1))

    assert (told["state"], told["time"]["state"]) == ("not_counted", "unproven")
    assert "future-day" in codes(told)
    listed = await client.get("/api/v1/check-ins", params={"state": "counted"})
    assert listed.json()["items"] == []
    listed = await client.get("/api/v1/check-ins", params={"state": "not_counted"})
    assert [one["id"] for one in listed.json()["items"]] == [told["id"]]
    quotas = (await client.get(f"/api/v1/people/{cadre.id}/quotas")).json()["items"]
    r01 = next(one for one in quotas if one["rule"] == "R01")
    assert [(one["record"], one["code"]) for one in r01["not_counted"]] == [(told["id"], "future")]
