"""Giving and ending posts: who may, where, which, and what is logged."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI
from sqlmodel import col, select

from app.core.clock import today
from app.core.db import Database
from app.ledger.models import LedgerLeaf
from app.postings.models import Posting
from tests.factories import make_cadre, make_posting, make_unit, make_user, sign_in

VILLAGE, TOWNSHIP, COUNTY = "360321101201", "360321101", "360321"
OTHER_TOWNSHIP, OTHER_VILLAGE = "360321102", "360321102201"


def body(person: Any, unit: str = VILLAGE, kind: str = "FS", **over: Any) -> dict[str, Any]:
    return {"person": str(person.id), "unit": unit, "kind": kind, "from": "2026-07-01", **over}


async def test_a_township_administrator_gives_revises_and_ends_a_post(
    app: FastAPI, client: httpx.AsyncClient, db: Database
) -> None:
    _, admin = await make_cadre(app, "TA", TOWNSHIP)
    await make_unit(db, VILLAGE, name="路口村")
    user = await make_user(db, "李书记")
    path = f"/api/v1/postings/{uuid4()}"

    made = await client.put(path, json=body(user, reason="文件一"), headers=admin)
    assert made.status_code == 201, made.text
    assert made.json() | {"id": ""} == {
        "id": "",
        "person": {"id": str(user.id), "name": "李书记"},
        "unit": VILLAGE,
        "unit_name": "路口村",
        "kind": "FS",
        "from": "2026-07-01",
        "to": None,
        "reason": "文件一",
        "county": COUNTY,
        "rev": 1,
    }
    again = await client.put(path, json=body(user, reason="文件一"), headers=admin)
    assert (again.status_code, again.json()["rev"]) == (200, 1)
    ended = await client.put(path, json=body(user, to="2026-09-30"), headers=admin)
    assert (ended.status_code, ended.json()["rev"]) == (200, 2)
    assert ended.json()["to"] == "2026-09-30"

    async with db.reading() as session:
        leaves = await session.exec(
            select(col(LedgerLeaf.kind), col(LedgerLeaf.rev))
            .where(col(LedgerLeaf.row_id) == made.json()["id"])
            .order_by(col(LedgerLeaf.seq))
        )
        assert leaves.all() == [("create", 1), ("revise", 2)]


async def test_two_administrators_write_one_posting_at_once(
    app: FastAPI, client: httpx.AsyncClient, db: Database
) -> None:
    _, first = await make_cadre(app, "TA", TOWNSHIP)
    _, second = await make_cadre(app, "CA", COUNTY)
    await make_unit(db, VILLAGE)
    user, key = await make_user(db), uuid4()
    replies = await asyncio.gather(
        *(
            client.put(
                f"/api/v1/postings/{key}", json=body(user, reason=f"第{n}份"), headers=headers
            )
            for n, headers in enumerate((first, second))
        )
    )
    assert sorted(r.status_code for r in replies) == [200, 201]
    async with db.reading() as session:
        stood = await session.get(Posting, key)
        leaves = await session.exec(select(LedgerLeaf).where(col(LedgerLeaf.row_id) == str(key)))
        assert stood is not None
        assert stood.rev == len(leaves.all()) == 2


async def test_the_new_post_holds_at_the_next_request(
    app: FastAPI, client: httpx.AsyncClient, db: Database
) -> None:
    _, admin = await make_cadre(app, "CA", COUNTY)
    await make_unit(db, VILLAGE)
    user = await make_user(db)
    mine = await sign_in(app, user)
    assert (await client.get("/api/v1/postings", headers=mine)).json()["items"] == []
    await client.put(f"/api/v1/postings/{uuid4()}", json=body(user, kind="TL"), headers=admin)
    held = (await client.get("/api/v1/postings", headers=mine)).json()["items"]
    assert [row["kind"] for row in held] == ["TL"]


async def test_a_township_administrator_gives_no_post_above_the_field(
    app: FastAPI, client: httpx.AsyncClient, db: Database
) -> None:
    _, admin = await make_cadre(app, "TA", TOWNSHIP)
    for kind in ["TA", "CA", "RV", "AU", "SA", "CH", "IG", "CS"]:
        user = await make_user(db)
        made = await client.put(
            f"/api/v1/postings/{uuid4()}", json=body(user, TOWNSHIP, kind), headers=admin
        )
        assert (made.status_code, made.json()["code"]) == (403, "post-above-own"), kind


async def test_what_a_county_administrator_gives(
    app: FastAPI, client: httpx.AsyncClient, db: Database
) -> None:
    _, admin = await make_cadre(app, "CA", COUNTY)
    for kind, status in [("TA", 201), ("CA", 201), ("RV", 201), ("SA", 403)]:
        user = await make_user(db)
        made = await client.put(
            f"/api/v1/postings/{uuid4()}", json=body(user, COUNTY, kind), headers=admin
        )
        assert made.status_code == status, kind


async def test_nobody_changes_their_own_posting(
    app: FastAPI, client: httpx.AsyncClient, db: Database
) -> None:
    county, admin = await make_cadre(app, "CA", COUNTY)
    await make_unit(db, VILLAGE)
    new = await client.put(f"/api/v1/postings/{uuid4()}", json=body(county), headers=admin)
    assert (new.status_code, new.json()["code"]) == (403, "own-posting")
    async with db.reading() as session:
        own = (await session.exec(select(Posting).where(Posting.person_id == county.id))).one()
    other = await make_user(db)
    taken_over = await client.put(
        f"/api/v1/postings/{own.id}", json=body(other, COUNTY, "CA"), headers=admin
    )
    assert (taken_over.status_code, taken_over.json()["code"]) == (403, "own-posting")


async def test_outside_the_own_unit_nothing_exists(
    app: FastAPI, client: httpx.AsyncClient, db: Database
) -> None:
    _, admin = await make_cadre(app, "TA", TOWNSHIP)
    await make_unit(db, VILLAGE)
    stranger = await make_user(db, "外乡人")
    theirs = await make_posting(db, stranger, OTHER_VILLAGE, "FS")
    free = await make_user(db)

    async def put(posting: Any, **told: Any) -> httpx.Response:
        return await client.put(f"/api/v1/postings/{posting}", json=body(**told), headers=admin)

    in_other = await put(uuid4(), person=free, unit=OTHER_VILLAGE)
    in_none = await put(uuid4(), person=free, unit="360321999999")
    assert in_other.status_code == in_none.status_code == 404
    assert in_other.json() == in_none.json()
    taken = await put(theirs.id, person=free)
    assert (taken.status_code, taken.json()["code"]) == (409, "id-taken")
    listed = await client.get(f"/api/v1/postings?person={stranger.id}", headers=admin)
    assert listed.json()["items"] == []
    async with db.reading() as session:
        stood = await session.get(Posting, theirs.id)
        assert stood is not None
        assert (stood.unit, stood.rev) == (OTHER_VILLAGE, 1)


async def test_backdating_a_post_opens_nobody_elses_people(
    app: FastAPI, client: httpx.AsyncClient, db: Database
) -> None:
    """A posting in my township since 2024 would show me what they did in another one since then."""
    _, admin = await make_cadre(app, "TA", TOWNSHIP)
    _, county = await make_cadre(app, "CA", COUNTY)
    await make_unit(db, VILLAGE)
    user = await make_user(db)
    await make_posting(db, user, OTHER_VILLAGE, since=date(2024, 1, 1), until=date(2026, 6, 30))
    path = f"/api/v1/postings/{uuid4()}"
    early = body(user, **{"from": "2026-06-30"})
    nobody = await client.put(
        path, json=early | {"person": str(uuid4())}, headers=admin
    )  # the same answer for absent and elsewhere
    refused = await client.put(path, json=early, headers=admin)
    assert refused.status_code == nobody.status_code == 404
    assert refused.json() == nobody.json()
    assert (await client.put(path, json=body(user), headers=admin)).status_code == 201
    back = await client.put(path, json=early, headers=admin)
    assert back.status_code == 404
    assert (await client.put(path, json=early, headers=county)).status_code == 200


async def test_the_person_of_a_posting_stays(
    app: FastAPI, client: httpx.AsyncClient, db: Database
) -> None:
    _, admin = await make_cadre(app, "TA", TOWNSHIP)
    first, second = await make_user(db), await make_user(db)
    posting = await make_posting(db, first, kind="TM")
    refused = await client.put(
        f"/api/v1/postings/{posting.id}", json=body(second, kind="TM"), headers=admin
    )
    assert refused.status_code == 422
    assert "另一人" in refused.json()["detail"]


async def test_others_give_no_posts(app: FastAPI, client: httpx.AsyncClient, db: Database) -> None:
    for kind in ["FS", "VC", "HC", "RV", "AU", "CH"]:
        _, headers = await make_cadre(app, kind, VILLAGE)
        made = await client.put(
            f"/api/v1/postings/{uuid4()}", json=body(await make_user(db)), headers=headers
        )
        assert (made.status_code, made.json()["code"]) == (403, "forbidden"), kind


async def test_an_expired_administrator_is_none(
    app: FastAPI, client: httpx.AsyncClient, db: Database
) -> None:
    _, admin = await make_cadre(app, "TA", TOWNSHIP, until=today() - timedelta(days=1))
    made = await client.put(
        f"/api/v1/postings/{uuid4()}", json=body(await make_user(db)), headers=admin
    )
    assert made.status_code == 403


async def test_what_cannot_be_is_named(
    app: FastAPI, client: httpx.AsyncClient, db: Database
) -> None:
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"to": "2026-06-30"}, "to"),
        ({"kind": "XX"}, "kind"),
        ({"unit": "3603"[:3]}, "unit"),
        ({"county": COUNTY}, "county"),
        ({"reason": "坏\0字"}, "reason"),
    ]
    _, admin = await make_cadre(app, "TA", TOWNSHIP)
    for wrong, where in refusals:
        refused = await client.put(
            f"/api/v1/postings/{uuid4()}", json=body(await make_user(db), **wrong), headers=admin
        )
        assert refused.status_code == 422, wrong
        assert where in str(refused.json()["errors"])


async def test_lists_page_without_gaps_and_filter(
    app: FastAPI, client: httpx.AsyncClient, db: Database
) -> None:
    _, admin = await make_cadre(app, "TA", TOWNSHIP, name="管理员")
    user = await make_user(db)
    for month in range(1, 6):
        start = date(2026, month, 1)
        await make_posting(db, user, VILLAGE, "TM", since=start, until=start + timedelta(days=20))
    await make_posting(db, await make_user(db), OTHER_VILLAGE, "FS")

    seen: list[str] = []
    cursor = ""
    for _ in range(4):
        page = (await client.get(f"/api/v1/postings?limit=2{cursor}", headers=admin)).json()
        seen += [row["from"] for row in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == [
        "2026-05-01",
        "2026-04-01",
        "2026-03-01",
        "2026-02-01",
        "2026-01-01",
        "2018-01-01",
    ]
    on = await client.get(f"/api/v1/postings?person={user.id}&on=2026-03-05", headers=admin)
    assert [row["from"] for row in on.json()["items"]] == ["2026-03-01"]
    in_village = await client.get(f"/api/v1/postings?unit={VILLAGE}&kind=TA", headers=admin)
    assert in_village.json()["items"] == []
