"""POST /sync: each record stands alone, one refused hurts none, one commit for all."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import func, select

from app.checkins.models import CheckIn
from app.core.clock import now, today
from app.core.db import Database
from app.ledger.models import LedgerHead, LedgerLeaf
from app.records.models import Conflict
from tests.factories import (
    CENTRE,
    VILLAGE,
    make_cadre,
    make_fence,
    make_household,
    make_pairing,
    make_posting,
    make_user,
    sign_in,
)

Json = dict[str, Any]


def check_in(**over: Any) -> Json:
    """A presence check-in in the village."""
    captured = (now() - timedelta(minutes=5)).isoformat()
    fix = {"lat": CENTRE[0], "lon": CENTRE[1], "accuracy_m": 20}
    return {
        "kind": "check_in",
        "id": str(uuid4()),
        "body": {
            "kind": "presence",
            "village": VILLAGE,
            "captured_at": captured,
            "fix": fix,
            **over,
        },
    }


@pytest.fixture
async def helper(app: FastAPI, client: httpx.AsyncClient) -> tuple[httpx.AsyncClient, str]:
    """A helper cadre with one household, signed in; the household's id."""
    user = await make_user(app.state.database)
    await make_posting(app.state.database, user, kind="HC")
    await make_fence(app.state.database)
    household = await make_household(app.state.database)
    await make_pairing(app.state.database, user, household)
    client.headers.update(await sign_in(app, user))
    return client, str(household.id)


async def sync(client: httpx.AsyncClient, *records: Json) -> list[Json]:
    response = await client.post("/api/v1/sync", json={"records": records})
    assert response.status_code == 200, response.text
    assert response.json()["anchor"]
    results: list[Json] = response.json()["results"]
    assert [result["id"] for result in results] == [record["id"] for record in records]
    return results


async def test_every_kind_is_answered_as_its_own_put(
    helper: tuple[httpx.AsyncClient, str],
) -> None:
    client, household = helper
    visit = check_in(kind="household", household=household, photos=["a" * 64])
    position = {
        "kind": "household_position",
        "id": str(uuid4()),
        "body": {
            "household": household,
            "fix": {"lat": CENTRE[0], "lon": CENTRE[1], "accuracy_m": 9},
            "set_at": now().isoformat(),
        },
    }
    portrait = {
        "kind": "household_portrait",
        "id": str(uuid4()),
        "body": {
            "household": household,
            "photo": "b" * 64,
            "consent": {"by": "刘户主", "on": today().isoformat(), "how": "signed"},
            "taken_at": now().isoformat(),
        },
    }
    diary = {
        "kind": "diary",
        "id": str(uuid4()),
        "body": {
            "work_date": today().isoformat(),
            "text": "入户走访。",
            "households": [household],
            "photos": [],
            "check_ins": [visit["id"]],
            "written_at": now().isoformat(),
            "replaces": None,
        },
    }
    paths = {
        "check_in": "check-ins",
        "household_position": "household-positions",
        "household_portrait": "household-portraits",
        "diary": "diaries",
    }
    records = [visit, position, portrait, diary]
    first = await sync(client, *records)
    assert [result["status"] for result in first] == [201] * 4, first
    again = await sync(client, *records)
    assert [result["status"] for result in again] == [200] * 4
    for record, result in zip(records, again, strict=True):
        alone = await client.put(
            f"/api/v1/{paths[record['kind']]}/{record['id']}", json=record["body"]
        )
        told = alone.json()
        if record["kind"] == "check_in":  # the batch brings one anchor for all
            assert told.pop("anchor")
            assert result["body"].pop("anchor") is None
        assert (alone.status_code, told) == (200, result["body"])


async def test_one_refused_record_hurts_none(
    app: FastAPI, helper: tuple[httpx.AsyncClient, str], db: Database
) -> None:
    client, _ = helper
    good, late = check_in(), check_in(captured_at="2026-01-05T08:00:00+08:00")
    bad = [
        {**check_in(), "kind": "poem"},
        check_in(village="990000000000"),
        check_in(fix={"lat": 91, "lon": 0}),
        check_in(note="\0"),
        {"kind": "household_position", "id": str(uuid4()), "body": {"household": str(uuid4())}},
        {**good, "body": {**good["body"], "note": "另一份"}},
    ]
    results = await sync(client, good, *bad, late)
    assert [result["status"] for result in results] == [201, 422, 422, 422, 422, 422, 409, 201]
    codes = [result["problem"]["code"] for result in results if result["problem"]]
    assert codes == ["unknown-kind", "no-such-village", *["invalid-body"] * 3, "check-in-differs"]
    assert results[3]["problem"]["errors"][0]["where"] == "fix.lat"
    async with db.reading() as session:
        assert (await session.exec(select(func.count()).select_from(CheckIn))).one() == 2
        assert (await session.exec(select(func.count()).select_from(Conflict))).one() == 1
        for head in (await session.exec(select(LedgerHead))).all():
            leaves = select(func.count()).select_from(LedgerLeaf).where(LedgerLeaf.log == head.log)
            assert (await session.exec(leaves)).one() == head.size


async def test_two_hundred_records_and_no_more(helper: tuple[httpx.AsyncClient, str]) -> None:
    client, _ = helper
    records = [check_in() for _ in range(201)]
    results = await sync(client, *records[:200])
    assert {result["status"] for result in results} == {201}
    seqs = [result["body"]["receipt"]["seq"] for result in results]
    assert seqs == list(range(seqs[0], seqs[0] + 200))
    response = await client.post("/api/v1/sync", json={"records": records})
    assert (response.status_code, response.json()["code"]) == (422, "invalid-body")


async def test_another_authors_record_is_not_told(
    app: FastAPI, helper: tuple[httpx.AsyncClient, str]
) -> None:
    client, _ = helper
    record = check_in(note="秘密")
    await sync(client, record)
    _, headers = await make_cadre(app, name="李四")
    client.headers.update(headers)
    [result] = await sync(client, record)
    assert (result["status"], result["problem"]["code"]) == (409, "id-taken")
    assert "秘密" not in str(result)


async def test_nothing_waiting_is_fine(helper: tuple[httpx.AsyncClient, str]) -> None:
    assert await sync(helper[0]) == []


async def test_the_reply_tells_how_long_the_log_is_with_this_batch_in_it(
    helper: tuple[httpx.AsyncClient, str],
) -> None:
    client, _ = helper
    response = await client.post("/api/v1/sync", json={"records": [check_in(), check_in()]})
    told = response.json()
    last = max(result["body"]["receipt"]["seq"] for result in told["results"])
    assert told["logs"] == [{"log": VILLAGE[:6], "size": last + 1}]
