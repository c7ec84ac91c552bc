"""/me and /people."""

from datetime import date, timedelta
from uuid import uuid4

import httpx
from fastapi import FastAPI

from app.core.clock import now, today
from app.quotas.adoptions import adopt
from tests.factories import (
    OTHER_VILLAGE,
    VILLAGE,
    make_cadre,
    make_fence,
    make_household,
    make_pairing,
    make_posting,
    make_unit,
    make_user,
    sign_in,
)


async def test_a_first_secretary_gets_all_that_an_offline_phone_needs(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    db = app.state.database
    user, headers = await make_cadre(app)
    fence = await make_fence(db)
    async with db.writing() as session:
        await adopt(session, "p0-village-leader", "360321", "测试用文", by="测试", at=now())
    told = (await client.get("/api/v1/me", headers=headers)).json()
    assert told["user"] == {"id": str(user.id), "name": "张三"}
    [posting] = told["postings"]
    assert (posting["unit"], posting["kind"], posting["from"]) == (VILLAGE, "FS", "2018-01-01")
    [village] = told["villages"]
    assert village["code"] == VILLAGE
    assert [f["id"] for f in village["fences"]] == [str(fence.id)]
    assert [(p["pack"], p["basis"]) for p in told["packs"]] == [("p0-village-leader", "测试用文")]
    assert told["households"] == []
    assert told["anchor"]


async def test_a_phone_hears_how_long_the_logs_of_its_counties_are(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    """Shorter than a receipt: the service was set back, and the phone offers what it sent again."""
    _, headers = await make_cadre(app)
    client.headers.update(headers)
    [before] = (await client.get("/api/v1/me")).json()["logs"]
    body = {
        "kind": "presence",
        "village": VILLAGE,
        "captured_at": now().isoformat(),
        "no_fix_reason": "timeout",
    }
    sent = await client.put(f"/api/v1/check-ins/{uuid4()}", json=body)
    receipt = sent.json()["receipt"]
    assert before == {"log": receipt["log"], "size": receipt["seq"]}
    [after] = (await client.get("/api/v1/me")).json()["logs"]
    assert after == {"log": receipt["log"], "size": receipt["seq"] + 1}


async def test_a_helper_gets_their_own_households_and_their_villages(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    db = app.state.database
    user, headers = await make_cadre(app, kind="HC")
    mine = await make_household(db, OTHER_VILLAGE, head="刘一")
    await make_pairing(db, user, mine)
    former = await make_household(db, head="刘二")
    await make_pairing(db, user, former, until=today() - timedelta(days=1))
    await make_household(db, head="刘三")
    told = (await client.get("/api/v1/me", headers=headers)).json()
    assert [row["head"] for row in told["households"]] == ["刘一"]
    assert [row["code"] for row in told["villages"]] == [VILLAGE, OTHER_VILLAGE]


async def test_an_administrator_asks_for_villages_elsewhere(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    await make_unit(app.state.database)
    _, headers = await make_cadre(app, "TA", VILLAGE[:9])
    assert (await client.get("/api/v1/me", headers=headers)).json()["villages"] == []


async def test_people_are_listed_by_name_page_by_page(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    db = app.state.database
    for name in ("丙", "甲", "乙"):
        await make_cadre(app, name=name)
    gone = await make_user(db, "丁")
    await make_posting(db, gone, until=date(2020, 1, 1))
    await make_cadre(app, unit=OTHER_VILLAGE, name="戊")
    _, headers = await make_cadre(app, "TA", VILLAGE[:9], name="管理员")
    client.headers.update(headers)
    seen: list[str] = []
    params = {"unit": VILLAGE[:9], "limit": "2"}
    for _ in range(2):
        page = (await client.get("/api/v1/people", params=params)).json()
        seen += [person["name"] for person in page["items"]]
        params["cursor"] = page["next"] or "end"
    assert params["cursor"] == "end"
    assert sorted(seen) == sorted(["丙", "甲", "乙", "管理员"])
    then = await client.get(f"/api/v1/people?unit={VILLAGE}&on=2019-06-01")
    assert {person["name"] for person in then.json()["items"]} == {"丙", "甲", "乙", "丁"}


async def test_a_cadre_sees_only_themselves(app: FastAPI, client: httpx.AsyncClient) -> None:
    await make_cadre(app, name="同村队员", kind="TM")
    _, headers = await make_cadre(app, name="我")
    told = (await client.get(f"/api/v1/people?unit={VILLAGE}", headers=headers)).json()
    assert [person["name"] for person in told["items"]] == ["我"]


async def test_without_posting_there_is_little_to_see(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    headers = await sign_in(app, await make_user(app.state.database))
    told = (await client.get("/api/v1/me", headers=headers)).json()
    assert (told["postings"], told["villages"], told["packs"]) == ([], [], [])
