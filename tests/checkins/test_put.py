"""PUT /check-ins/{id}: made true once, never refused for place, time or posting."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import col, select

from app.checkins.models import CheckIn
from app.core import geo
from app.core.clock import SHANGHAI, civil_day, now
from app.core.db import Database
from app.ledger.canonical import commitment, leaf_hash
from app.ledger.models import LedgerLeaf
from app.records.models import Conflict
from tests.factories import (
    CENTRE,
    OTHER_VILLAGE,
    VILLAGE,
    make_cadre,
    make_fence,
    make_posting,
    make_unit,
    make_user,
    sign_in,
)

Json = dict[str, Any]


def body(**over: Any) -> Json:
    """A check-in in the middle of the village, one minute ago."""
    return {
        "kind": "presence",
        "village": VILLAGE,
        "household": None,
        "captured_at": (now() - timedelta(minutes=1)).isoformat(),
        "fix": {"lat": CENTRE[0], "lon": CENTRE[1], "accuracy_m": 18.0, "datum": "wgs84"},
        "no_fix_reason": None,
        "clock": {"anchor": "x", "anchor_seen_at": None, "elapsed_ms": None, "page": "p"},
        "photos": [],
        "note": "",
        "client": {"build": "test", "seq": 17},
        **over,
    }


@pytest.fixture
async def cadre(app: FastAPI, client: httpx.AsyncClient) -> httpx.AsyncClient:
    """A first secretary of VILLAGE, signed in; the village has a fence."""
    _, headers = await make_cadre(app)
    await make_fence(app.state.database)
    await make_unit(app.state.database, OTHER_VILLAGE)
    client.headers.update(headers)
    return client


async def put(client: httpx.AsyncClient, told: Json, check_in_id: Any = None) -> httpx.Response:
    return await client.put(f"/api/v1/check-ins/{check_in_id or uuid4()}", json=told)


def record(response: httpx.Response) -> Json:
    """The answer without its anchor, which is a fresh one each time."""
    told: Json = response.json()
    return told | {"anchor": None}


async def test_a_check_in_in_the_village_counts(cadre: httpx.AsyncClient) -> None:
    check_in_id = uuid4()
    response = await put(cadre, body(), check_in_id)
    assert response.status_code == 201, response.text
    told = response.json()
    assert told["id"] == str(check_in_id)
    assert (told["place"], told["state"], told["remarks"]) == ("inside", "counted", [])
    assert told["day"] == civil_day(now() - timedelta(minutes=1)).isoformat()
    time = told["time"]
    assert (time["state"], time["from"], time["to"]) == ("claimed", None, told["received_at"])
    assert told["receipt"]["log"] == "360321"
    assert (told["flags"], told["photos_missing"]) == ([], [])
    assert told.pop("anchor")
    assert (await cadre.get(f"/api/v1/check-ins/{check_in_id}")).json() == told | {"anchor": None}


async def test_the_same_body_again_is_the_same_success(cadre: httpx.AsyncClient) -> None:
    check_in_id, told = uuid4(), body()
    first = await put(cadre, told, check_in_id)
    again = await put(cadre, told, check_in_id)
    assert (first.status_code, again.status_code) == (201, 200)
    assert record(again) == record(first)


@pytest.mark.parametrize("zone", ["+08:00", "Z", "-03:30"])
async def test_the_same_body_again_is_answered_to_the_byte(
    cadre: httpx.AsyncClient, zone: str
) -> None:
    """But for the anchor: a phone that lost the first answer must not find another record."""
    check_in_id, anchor = uuid4(), (await cadre.get("/api/v1/time-anchor")).json()["anchor"]
    at = f"{now() - timedelta(hours=9):%Y-%m-%dT%H:%M:%S}.123{zone}"
    fix = {"lat": CENTRE[0] + 0.3, "lon": CENTRE[1], "accuracy_m": 18.25, "fixed_at": at}
    clock = {"anchor": anchor, "anchor_seen_at": at, "elapsed_ms": 20, "page": "p"}
    told = body(captured_at=at, fix=fix, clock=clock, photos=["ab" * 32])
    cadre.headers["X-Phone-Clock"] = at
    first, again = [await put(cadre, told, check_in_id) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["flags"]
    texts = [each.text.replace(each.json()["anchor"], "") for each in (first, again)]
    assert texts[0] == texts[1]
    shown = await cadre.get(f"/api/v1/check-ins/{check_in_id}")
    assert shown.text.replace('"anchor":null', '"anchor":""') == texts[0]
    batch = [{"kind": "check_in", "id": str(uuid4()), "body": told}]
    synced = [await cadre.post("/api/v1/sync", json={"records": batch}) for _ in range(2)]
    bodies = [each.json()["results"][0]["body"] | {"anchor": None} for each in synced]
    assert bodies[0] == bodies[1]


async def test_equal_after_validation_is_the_same(cadre: httpx.AsyncClient) -> None:
    check_in_id = uuid4()
    moment = now()
    first = await put(cadre, body(captured_at=moment.isoformat()), check_in_id)
    told = body(captured_at=moment.astimezone(SHANGHAI).isoformat())
    del told["note"], told["no_fix_reason"]
    again = await put(cadre, told, check_in_id)
    assert (first.status_code, again.status_code) == (201, 200)


async def test_another_body_is_kept_at_most_five_times(
    cadre: httpx.AsyncClient, db: Database
) -> None:
    check_in_id = uuid4()
    first = await put(cadre, body(), check_in_id)
    for number in range(7):
        response = await put(cadre, body(note=f"另一份{number}"), check_in_id)
        assert response.status_code == 409
        assert response.json()["code"] == "check-in-differs"
        assert response.headers["content-type"] == "application/problem+json"
    assert (await put(cadre, body(note="另一份0"), check_in_id)).status_code == 409
    kept = (await cadre.get("/api/v1/conflicts")).json()["items"]
    assert [item["body"]["note"] for item in kept] == [f"另一份{n}" for n in (4, 3, 2, 1, 0)]
    assert {item["record"] for item in kept} == {str(check_in_id)}
    assert (await cadre.get(f"/api/v1/check-ins/{check_in_id}")).json() == record(first)
    async with db.reading() as session:
        logged = select(LedgerLeaf).where(col(LedgerLeaf.table_name) == "conflicts")
        assert len((await session.exec(logged)).all()) == 5


async def test_another_authors_id_tells_and_keeps_nothing(
    app: FastAPI, cadre: httpx.AsyncClient, db: Database
) -> None:
    check_in_id = uuid4()
    await put(cadre, body(note="秘密"), check_in_id)
    _, headers = await make_cadre(app, name="李四")
    response = await cadre.put(
        f"/api/v1/check-ins/{check_in_id}", json=body(note="秘密"), headers=headers
    )
    assert (response.status_code, response.json()["code"]) == (409, "id-taken")
    assert "秘密" not in response.text
    async with db.reading() as session:
        assert (await session.exec(select(Conflict))).all() == []


async def test_two_phones_writing_one_id_at_once_leave_one_record(
    cadre: httpx.AsyncClient, db: Database
) -> None:
    check_in_id, one, two = uuid4(), body(note="一"), body(note="二")
    told = [one, two] * 10
    answers = await asyncio.gather(*(put(cadre, each, check_in_id) for each in told))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200] * 9 + [201] + [409] * 10
    async with db.reading() as session:
        assert len((await session.exec(select(CheckIn))).all()) == 1
        assert len((await session.exec(select(Conflict))).all()) == 1


@pytest.mark.parametrize(
    ("over", "said", "state"),
    [
        ({"village": OTHER_VILLAGE}, "other-village", "not_counted"),
        ({"captured_at": "2017-12-31T23:59:59+08:00"}, "no-posting", "not_counted"),
        ({"captured_at": (now() + timedelta(days=2)).isoformat()}, "future-time", "not_counted"),
        ({"captured_at": (now() - timedelta(days=20)).isoformat()}, "arrived-late", "counted"),
        (
            {"fix": {"lat": CENTRE[0], "lon": CENTRE[1], "accuracy_m": 0}},
            "accuracy-zero",
            "counted",
        ),
        (
            {"fix": {"lat": CENTRE[0], "lon": CENTRE[1], "accuracy_m": 3000}},
            "coarse-fix",
            "counted",
        ),
        ({"fix": {"lat": 27.5, "lon": 113.96, "accuracy_m": 20}}, "outside-fence", "in_review"),
        ({"fix": None, "no_fix_reason": "denied"}, "no-fix", "counted"),
    ],
)
async def test_odd_records_are_accepted_and_marked(
    cadre: httpx.AsyncClient, over: Json, said: str, state: str
) -> None:
    response = await put(cadre, body(**over))
    assert response.status_code == 201
    told = response.json()
    codes = [item["code"] for item in [*told["remarks"], *told["flags"]]]
    assert codes.count(said) == 1
    assert all(item["says"] for item in [*told["remarks"], *told["flags"]])
    assert told["state"] == state


@pytest.mark.parametrize(
    ("over", "code", "where"),
    [
        ({"fix": {"lat": 91, "lon": 113}}, "invalid-body", "fix.lat"),
        ({"fix": {"lat": 27, "lon": -181}}, "invalid-body", "fix.lon"),
        ({"captured_at": "2026-11-21T09:12:03"}, "invalid-body", "captured_at"),
        ({"captured_at": "昨天"}, "invalid-body", "captured_at"),
        ({"kind": "party"}, "invalid-body", "kind"),
        ({"village": "3603"}, "invalid-body", "village"),
        ({"village": "990000000000"}, "no-such-village", ""),
        ({"household": str(uuid4())}, "no-such-household", ""),
        ({"kind": "household"}, "invalid-body", "body"),
        ({"photos": ["x"]}, "invalid-body", "photos.0"),
        ({"state": "counted"}, "invalid-body", "state"),
        ({"received_at": "2026-11-21T09:12:03Z"}, "invalid-body", "received_at"),
        ({"note": "a\0b"}, "invalid-body", "note"),
    ],
)
async def test_what_cannot_be_understood_is_refused_and_says_where(
    cadre: httpx.AsyncClient, over: Json, code: str, where: str
) -> None:
    response = await put(cadre, body(**over))
    assert (response.status_code, response.json()["code"]) == (422, code)
    if where:
        assert where in [error["where"] for error in response.json()["errors"]]


@pytest.mark.parametrize(
    "raw", [b"{", b'{"kind": "presence"', b"\xff\xfe", b"[]", b"null", b'{"fix":{"lat":NaN}}']
)
async def test_a_body_that_is_no_json_object_is_refused(
    cadre: httpx.AsyncClient, raw: bytes
) -> None:
    response = await cadre.put(
        f"/api/v1/check-ins/{uuid4()}", content=raw, headers={"content-type": "application/json"}
    )
    assert (response.status_code, response.json()["code"]) == (422, "invalid-body")


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
async def test_shifted_datums_are_converted_at_the_edge(
    cadre: httpx.AsyncClient, db: Database, datum: str
) -> None:
    shifted = geo.from_wgs84(geo.at(*CENTRE), geo.Datum(datum))
    fix = {"lat": shifted.lat, "lon": shifted.lon, "accuracy_m": 10, "datum": datum}
    response = await put(cadre, body(fix=fix))
    assert response.json()["place"] == "inside"
    async with db.reading() as session:
        row = (await session.exec(select(CheckIn))).one()
    assert row.datum == datum
    assert row.lat_e7 is not None
    assert row.lon_e7 is not None
    assert geo.distance_m(geo.Point(row.lat_e7, row.lon_e7), geo.at(*CENTRE)) < 1


async def test_the_civil_day_is_shanghais(cadre: httpx.AsyncClient) -> None:
    before = await put(cadre, body(captured_at="2018-03-31T15:59:00Z"))
    after = await put(cadre, body(captured_at="2018-03-31T16:01:00Z"))
    assert (before.json()["day"], after.json()["day"]) == ("2018-03-31", "2018-04-01")


async def test_the_leaf_commits_to_the_stored_row(cadre: httpx.AsyncClient, db: Database) -> None:
    told = (await put(cadre, body(note="走访农户", photos=["0" * 64]))).json()
    async with db.reading() as session:
        row = (await session.exec(select(CheckIn))).one()
        leaf = (
            await session.exec(select(LedgerLeaf).where(col(LedgerLeaf.row_id) == str(row.id)))
        ).one()
    assert leaf.commitment == commitment(row.salt, row.leaf_fields(leaf.v))
    entry = {
        "v": leaf.v,
        "kind": "create",
        "table": "check_ins",
        "id": leaf.row_id,
        "rev": 1,
        "actor": leaf.actor,
        "received_at": leaf.received_at,
        "commit": leaf.commitment,
    }
    assert leaf.leaf == leaf_hash(entry)
    assert told["receipt"] == {"log": "360321", "seq": leaf.seq, "leaf": leaf.leaf.hex()}
    assert told["photos_missing"] == ["0" * 64]


async def test_a_posting_that_ended_yesterday_no_longer_counts(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    yesterday = civil_day(now()) - timedelta(days=1)
    _, headers = await make_cadre(app, until=yesterday)
    client.headers.update(headers)
    told = (await put(client, body(captured_at=now().isoformat()))).json()
    assert [item["code"] for item in told["remarks"]] == ["no-posting", "no-fence"]
    assert told["state"] == "not_counted"


async def test_without_any_posting_it_is_kept_all_the_same(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    await make_unit(app.state.database)
    user = await make_user(app.state.database)
    client.headers.update(await sign_in(app, user))
    assert (await put(client, body())).status_code == 201


async def test_moved_within_the_quarter_each_village_counts_on_its_days(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    moved = date(2026, 5, 16)
    user, headers = await make_cadre(app, until=moved - timedelta(days=1))
    await make_posting(app.state.database, user, OTHER_VILLAGE, since=moved)
    client.headers.update(headers)
    states = [
        (await put(client, body(village=village, captured_at=f"2026-05-{day}T09:00:00+08:00")))
        .json()["state"]
        for village, day in (
            (VILLAGE, 15), (VILLAGE, 16), (OTHER_VILLAGE, 15), (OTHER_VILLAGE, 16)
        )
    ]  # fmt: skip
    assert states == ["counted", "not_counted", "not_counted", "counted"]


async def test_a_refusal_says_in_words_what_to_mend(cadre: httpx.AsyncClient) -> None:
    told = body(captured_at="2026-11-21T09:12:03", stray=1)
    answer = (await put(cadre, told)).json()
    assert "共 2 处" in answer["detail"]
    assert "captured_at:时间须带时区" in answer["detail"]
    assert {error["why"] for error in answer["errors"]} >= {"没有这一项,请删去(或升级应用)"}
    response = await cadre.put(
        f"/api/v1/check-ins/{uuid4()}",
        content=b"{'kind': 1}",
        headers={"content-type": "application/json"},
    )
    assert "第 1 个字符附近" in response.json()["detail"]


async def test_a_filter_that_no_route_knows_is_refused(cadre: httpx.AsyncClient) -> None:
    response = await cadre.get("/api/v1/check-ins?fromm=2026-01-01")
    assert (response.status_code, response.json()["code"]) == (422, "invalid-body")
    assert "fromm" in response.json()["detail"]
    assert (await cadre.get("/api/v1/check-ins?from=2026-01-01&limit=1")).status_code == 200
