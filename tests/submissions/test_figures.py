"""Reported figures: written once for whom one acts, withdrawn by their author."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from app.core.clock import today
from tests.factories import make_cadre
from tests.submissions.desk import TOWNSHIP, VILLAGE, Desk


def figure(**over: Any) -> dict[str, Any]:
    """The night school's area, unless said otherwise."""
    told = {"name": "night_school_area_m2", "on": str(today()), "amount": 120, **over}
    return told if "person" in told else {"unit": VILLAGE, **told}


async def put(desk: Desk, key: Any = None, **over: Any) -> httpx.Response:
    path = f"/api/v1/figures/{key or uuid4()}"
    return await desk.client.put(path, json=figure(**over), headers=desk.headers)


async def test_a_figure_is_kept_once(secretary: Desk, township: Desk, stranger: Desk) -> None:
    key = uuid4()
    first, again = await put(secretary, key), await put(secretary, key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert (first.json()["name_zh"], first.json()["measure"]) == ("农民夜校面积", "平方米")
    other = await put(secretary, key, amount=121)
    assert (other.status_code, other.json()["code"]) == (409, "figure-differs")
    assert (await put(township, key)).json()["code"] == "id-taken"
    assert (await township.get(f"/figures/{key}")).json()["amount"] == 120
    assert (await stranger.get(f"/figures/{key}")).status_code == 404
    assert (await stranger.get("/figures")).json()["items"] == []


WRONG: dict[str, dict[str, Any]] = {
    "below nothing": {"amount": -1},
    "a fraction": {"amount": 1.5},
    "a number that no database holds": {"amount": 2**63},
    "a name nobody knows": {"name": "area"},
    "one that others report": {"name": "persons_trained"},
    "no day": {"on": "yesterday"},
}


@pytest.mark.parametrize("case", WRONG)
async def test_a_bad_figure_is_refused(secretary: Desk, case: str) -> None:
    assert (await put(secretary, **WRONG[case])).status_code == 422


async def test_a_technician_reports_their_own(
    app: FastAPI, client: httpx.AsyncClient, township: Desk
) -> None:
    technician, headers = await make_cadre(app, "AG", TOWNSHIP)
    desk = Desk(client, headers, technician.id)
    made = await put(desk, name="persons_trained", person=str(technician.id), amount=210)
    assert made.status_code == 201, made.text
    found = (await township.get(f"/figures?person={technician.id}&name=persons_trained")).json()
    assert [item["amount"] for item in found["items"]] == [210]


async def test_taken_back_by_its_author(secretary: Desk, leader: Desk, township: Desk) -> None:
    key = uuid4()
    await put(secretary, key)
    path = f"/figures/{key}/withdrawal"
    assert (await leader.post(path, {"reason": "量错"})).status_code == 403
    for _ in range(2):
        gone = await secretary.post(path, {"reason": "量错"})
        assert (gone.status_code, gone.json()["withdrawn"]) == (200, "量错")
    assert (await township.get(f"/figures/{key}")).json()["withdrawn"] == "量错"
    assert (
        await secretary.post(f"/figures/{uuid4()}/withdrawal", {"reason": "x"})
    ).status_code == 404


async def test_lists_are_filtered_and_turned(secretary: Desk, township: Desk) -> None:
    for back in (0, 1, 2):
        await put(secretary, amount=back, on=str(today() - timedelta(days=back)))
    await put(secretary, name="dedicated_staff", amount=9)
    days = f"from={today() - timedelta(days=1)}&to={today()}"
    found = (await township.get(f"/figures?name=night_school_area_m2&{days}")).json()
    assert [item["amount"] for item in found["items"]] == [0, 1]
    page = (await township.get(f"/figures?unit={TOWNSHIP}&limit=3")).json()
    rest = (await township.get(f"/figures?limit=3&cursor={page['next']}")).json()
    assert (len(page["items"]), [item["amount"] for item in rest["items"]]) == (3, [2])
