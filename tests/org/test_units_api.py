"""Units and fences over HTTP: who sees which, and who sets the fences."""

from datetime import date, timedelta
from itertools import product
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import col, select

from app.core.clock import now, today
from app.core.db import Database
from app.core.geo import Datum, at, distance_m, from_wgs84
from app.ledger import service as ledger
from app.ledger.models import LedgerLeaf
from app.org.divisions import bring_up_to_date
from app.org.models import Fence
from app.postings.models import Posting
from tests.factories import make_user, sign_in
from tests.org.lists import a_list, read_list

TOWN, OTHER_TOWN, COUNTY = "360321101", "360321102", "360321"
VILLAGE, SISTER, OTHER = "360321101001", "360321101002", "360321102001"
CIRCLE: dict[str, Any] = {"name": "村委会", "lat": 27.13, "lon": 113.96, "radius_m": 1500}
SQUARE = [[27.12, 113.95], [27.12, 113.97], [27.14, 113.97], [27.14, 113.95]]


@pytest.fixture
async def county(app: FastAPI, db: Database) -> FastAPI:
    """The app over a county with two townships and three villages, and another province."""
    for under in ("36", "37"):
        async with db.writing() as session:
            await bring_up_to_date(
                session, read_list(a_list(), under), under, actor="test", at=now()
            )
    return app


async def _as(app: FastAPI, kind: str, unit: str, **over: Any) -> dict[str, str]:
    """Headers of a new person who holds this post."""
    db: Database = app.state.database
    user = await make_user(db)
    posting = Posting(
        **{
            "county": unit[:6],
            "person_id": user.id,
            "unit": unit,
            "kind": kind,
            "since": date(2018, 1, 1),
            **over,
        }
    )
    async with db.writing() as session:
        session.add(posting)
        await ledger.append(session, posting, "create", "test", now())
    return await sign_in(app, user)


async def _codes(client: httpx.AsyncClient, headers: dict[str, str], query: str = "") -> list[str]:
    answer = await client.get(f"/api/v1/units{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return [unit["code"] for unit in answer.json()["items"]]


def _fence_path(village: str = VILLAGE) -> str:
    return f"/api/v1/units/{village}/fences/{uuid4()}"


async def test_a_cadre_sees_the_own_village_and_what_holds_it(
    county: FastAPI, client: httpx.AsyncClient
) -> None:
    mine = await _as(county, "FS", VILLAGE)
    assert await _codes(client, mine) == ["36", "3603", COUNTY, TOWN, VILLAGE]
    for code in (SISTER, OTHER, OTHER_TOWN, "37", "370101001001"):
        answer = await client.get(f"/api/v1/units/{code}", headers=mine)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    found = await client.get(f"/api/v1/units/{VILLAGE}", headers=mine)
    assert found.json() == {
        "code": VILLAGE,
        "name": "一村",
        "level": "village",
        "parent": TOWN,
        "valid_from": None,
        "valid_to": None,
        "successor": None,
        "fences": [],
    }


async def test_a_township_sees_its_villages_a_county_all_of_them(
    county: FastAPI, client: httpx.AsyncClient
) -> None:
    township = await _as(county, "TA", TOWN)
    assert await _codes(client, township, f"?parent={TOWN}") == [VILLAGE, SISTER]
    assert await _codes(client, township, f"?parent={OTHER_TOWN}") == []
    whole = await _as(county, "CA", COUNTY)
    assert await _codes(client, whole, "?level=village") == [VILLAGE, SISTER, OTHER]
    assert await _codes(client, whole, f"?parent={COUNTY}") == [TOWN, OTHER_TOWN]


async def test_units_come_in_pages(county: FastAPI, client: httpx.AsyncClient) -> None:
    whole = await _as(county, "CA", COUNTY)
    seen: list[str] = []
    query = "?limit=3"
    while True:
        page = (await client.get(f"/api/v1/units{query}", headers=whole)).json()
        seen += [unit["code"] for unit in page["items"]]
        if page["next"] is None:
            break
        query = f"?limit=3&cursor={page['next']}"
    assert seen == ["36", "3603", COUNTY, TOWN, VILLAGE, SISTER, OTHER_TOWN, OTHER]


async def test_an_ended_post_shows_nothing(county: FastAPI, client: httpx.AsyncClient) -> None:
    gone = await _as(county, "CA", COUNTY, until=today() - timedelta(days=1))
    assert await _codes(client, gone) == []
    assert (await client.get(f"/api/v1/units/{COUNTY}", headers=gone)).status_code == 404


async def test_an_ended_unit_is_listed_only_on_its_days(
    county: FastAPI, client: httpx.AsyncClient, db: Database
) -> None:
    whole = await _as(county, "CA", COUNTY)
    smaller = a_list()
    smaller["villages"].pop(0)
    async with db.writing() as session:
        await bring_up_to_date(session, read_list(smaller, COUNTY), COUNTY, actor="test", at=now())
    tomorrow = today() + timedelta(days=1)
    assert VILLAGE in await _codes(client, whole, f"?parent={TOWN}")
    assert VILLAGE not in await _codes(client, whole, f"?parent={TOWN}&on={tomorrow}")
    still = await client.get(f"/api/v1/units/{VILLAGE}?on={tomorrow}", headers=whole)
    assert still.json()["valid_to"] == str(today())


async def test_without_a_sign_in_there_is_nothing(
    county: FastAPI, client: httpx.AsyncClient
) -> None:
    for method, path in (
        ("GET", "/api/v1/units"), ("GET", f"/api/v1/units/{VILLAGE}"), ("PUT", _fence_path()),
    ):  # fmt: skip
        assert (await client.request(method, path, json=CIRCLE)).status_code == 401


@pytest.mark.parametrize("code", ["3603211", "abc", "36032110100a"])
async def test_what_is_no_code_is_named(
    county: FastAPI, client: httpx.AsyncClient, code: str
) -> None:
    whole = await _as(county, "CA", COUNTY)
    answer = await client.get(f"/api/v1/units/{code}", headers=whole)
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, "code")


async def test_an_administrator_sets_moves_and_ends_fences(
    county: FastAPI, client: httpx.AsyncClient, db: Database
) -> None:
    admin = await _as(county, "TA", TOWN)
    path = _fence_path()
    made = await client.put(path, json=CIRCLE, headers=admin)
    assert made.status_code == 201, made.text
    fence_id = path.rsplit("/", 1)[1]
    assert made.json() == CIRCLE | {
        "id": fence_id,
        "polygon": None,
        "invented": False,
        "valid_from": None,
        "valid_to": None,
        "rev": 1,
    }
    same = await client.put(path, json=CIRCLE, headers=admin)
    assert (same.status_code, same.json()["rev"]) == (200, 1)
    await client.put(_fence_path(), json=CIRCLE | {"name": "小学"}, headers=admin)
    unit = (await client.get(f"/api/v1/units/{VILLAGE}", headers=admin)).json()
    assert [fence["name"] for fence in unit["fences"]] == ["小学", "村委会"]
    listed = await client.get(f"/api/v1/units?parent={TOWN}", headers=admin)
    assert [len(unit["fences"]) for unit in listed.json()["items"]] == [2, 0]

    ended = CIRCLE | {"lat": 27.14, "valid_to": str(today() - timedelta(days=1))}
    moved = await client.put(path, json=ended, headers=admin)
    assert (moved.status_code, moved.json()["rev"]) == (200, 2)
    unit = (await client.get(f"/api/v1/units/{VILLAGE}", headers=admin)).json()
    assert [fence["name"] for fence in unit["fences"]] == ["小学"]
    before = (await client.get(f"/api/v1/units/{VILLAGE}?on=2026-01-01", headers=admin)).json()
    assert len(before["fences"]) == 2

    async with db.reading() as session:
        leaves = await session.exec(
            select(col(LedgerLeaf.log), col(LedgerLeaf.kind), col(LedgerLeaf.rev))
            .where(col(LedgerLeaf.row_id) == fence_id)
            .order_by(col(LedgerLeaf.seq))
        )
        assert leaves.all() == [(COUNTY, "create", 1), (COUNTY, "revise", 2)]


@pytest.mark.parametrize(
    ("kind", "unit", "village", "status"),
    [
        *product(["TA"], [TOWN], [VILLAGE, SISTER], [201]),
        *product(["CA"], [COUNTY], [VILLAGE, OTHER], [201]),
        ("TA", TOWN, OTHER, 404),
        ("TA", OTHER_TOWN, VILLAGE, 404),
        ("CA", COUNTY, "370101001001", 404),
        ("CA", COUNTY, "360321101999", 404),
        ("CA", COUNTY, TOWN, 422),
        *((kind, VILLAGE, VILLAGE, 403) for kind in ("FS", "TL", "TM", "HC", "VC")),
        *((kind, COUNTY, VILLAGE, 403) for kind in ("RV", "AU", "CH", "IG")),
    ],
)
async def test_who_sets_fences_where(
    county: FastAPI, client: httpx.AsyncClient, kind: str, unit: str, village: str, status: int
) -> None:
    headers = await _as(county, kind, unit)
    answer = await client.put(_fence_path(village), json=CIRCLE, headers=headers)
    assert answer.status_code == status, answer.text


async def test_another_villages_fence_id_is_taken_and_tells_nothing(
    county: FastAPI, client: httpx.AsyncClient
) -> None:
    path = _fence_path(OTHER)
    other = await _as(county, "TA", OTHER_TOWN)
    assert (await client.put(path, json=CIRCLE, headers=other)).status_code == 201
    admin = await _as(county, "TA", TOWN)
    mine = path.replace(OTHER, VILLAGE)
    answer = await client.put(mine, json=CIRCLE | {"radius_m": 9}, headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (409, "id-taken")
    unit = (await client.get(f"/api/v1/units/{OTHER}", headers=other)).json()
    assert unit["fences"][0]["radius_m"] == 1500


@pytest.mark.parametrize("datum", [Datum.gcj02, Datum.bd09])
async def test_coordinates_of_a_chinese_map_are_stored_as_wgs84(
    county: FastAPI, client: httpx.AsyncClient, datum: Datum
) -> None:
    admin = await _as(county, "CA", COUNTY)
    centre = at(27.13, 113.96)
    shown = from_wgs84(centre, datum)
    corners = [from_wgs84(at(*corner), datum) for corner in SQUARE]
    body = CIRCLE | {
        "lat": shown.lat,
        "lon": shown.lon,
        "datum": datum.value,
        "polygon": [[corner.lat, corner.lon] for corner in corners],
    }
    answer = (await client.put(_fence_path(), json=body, headers=admin)).json()
    assert distance_m(at(answer["lat"], answer["lon"]), centre) < 0.05
    for got, meant in zip(answer["polygon"], SQUARE, strict=True):
        assert distance_m(at(*got), at(*meant)) < 0.05


async def test_the_closing_point_of_a_ring_is_kept_once(
    county: FastAPI, client: httpx.AsyncClient
) -> None:
    admin = await _as(county, "CA", COUNTY)
    closed = [*SQUARE[:2], SQUARE[1], *SQUARE[2:], SQUARE[0]]
    answer = await client.put(_fence_path(), json=CIRCLE | {"polygon": closed}, headers=admin)
    assert answer.json()["polygon"] == SQUARE


@pytest.mark.parametrize(
    ("over", "where", "why"),
    [
        ({"lat": 113.96, "lon": 27.13}, "lat", "不能大于 90"),
        ({"lon": 181}, "lon", "不能大于 180"),
        ({"radius_m": 0}, "radius_m", "不能小于 1"),
        ({"radius_m": 50_001}, "radius_m", "不能大于 50000"),
        ({"radius_m": 10.5}, "radius_m", "整数"),
        ({"polygon": SQUARE[:2]}, "polygon", "至少 3 项"),
        ({"polygon": [SQUARE[0]] * 4}, "body", "三个不同的点"),
        ({"polygon": [*SQUARE[:3], [28.14, 113.95]]}, "body", "第 4 个点距中心超过 50 公里"),
        ({"polygon": [SQUARE[i] for i in (0, 2, 1, 3)]}, "body", "第 1 条边与第 3 条边"),
        ({"valid_from": "2026-11-02", "valid_to": "2026-11-01"}, "body", "早于启用日"),
        ({"datum": "utm"}, "datum", "bd09"),
        ({"colour": "red"}, "colour", "没有这一项"),
        ({"name": "村\0"}, "name", "U+0000"),
    ],
)
async def test_a_fence_that_makes_no_sense_is_refused_and_named(
    county: FastAPI, client: httpx.AsyncClient, over: dict[str, Any], where: str, why: str
) -> None:
    admin = await _as(county, "CA", COUNTY)
    answer = await client.put(_fence_path(), json=CIRCLE | over, headers=admin)
    assert answer.status_code == 422
    fault = answer.json()["errors"][0]
    assert fault["where"] == where
    assert why in fault["why"]


async def test_an_invented_fence_becomes_real_when_somebody_moves_it(
    county: FastAPI, client: httpx.AsyncClient, db: Database
) -> None:
    admin = await _as(county, "CA", COUNTY)
    centre = at(CIRCLE["lat"], CIRCLE["lon"])
    fence = Fence(county=COUNTY, unit=VILLAGE, radius_m=1500, invented=True, **centre._asdict())
    async with db.writing() as session:
        session.add(fence)
        await ledger.append(session, fence, "create", "test", now())
    path = f"/api/v1/units/{VILLAGE}/fences/{fence.id}"
    named = (await client.put(path, json=CIRCLE, headers=admin)).json()
    assert (named["rev"], named["invented"]) == (2, True)
    moved = (await client.put(path, json=CIRCLE | {"lat": 27.2}, headers=admin)).json()
    assert (moved["rev"], moved["invented"]) == (3, False)
