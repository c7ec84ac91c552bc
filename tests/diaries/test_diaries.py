"""Diaries: made true once, replaced by newer versions, read by whoever stands over the author."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import col, select

from app.core.clock import now, today
from app.core.db import Database
from app.diaries.models import Diary
from app.ledger.models import LedgerLeaf
from app.photos.models import PhotoUse
from app.records.models import Conflict
from tests.factories import make_cadre, make_household, make_pairing, make_user, sign_in

VILLAGE, TOWNSHIP, COUNTY = "360321101201", "360321101", "360321"
OTHER_TOWNSHIP, OTHER_VILLAGE = "360321102", "360321102201"
PHOTO = "ab" * 32
Headers = dict[str, str]


def diary(**over: Any) -> dict[str, Any]:
    return {
        "work_date": "2026-11-20",
        "text": "入户走访,核对医保参保情况。",
        "households": [],
        "photos": [],
        "check_ins": [],
        "written_at": "2026-11-20T19:30:00+08:00",
        "replaces": None,
        **over,
    }


class Phone:
    """One person's phone."""

    def __init__(self, client: httpx.AsyncClient, headers: Headers) -> None:
        self.client, self.headers = client, headers

    async def put(self, key: Any = None, **over: Any) -> httpx.Response:
        path = f"/api/v1/diaries/{key or uuid4()}"
        return await self.client.put(path, json=diary(**over), headers=self.headers)

    async def get(self, path: str = "") -> httpx.Response:
        return await self.client.get(f"/api/v1/diaries{path}", headers=self.headers)

    async def texts(self, query: str = "") -> list[str]:
        return [row["text"] for row in (await self.get(query)).json()["items"]]


@pytest.fixture
async def helper(app: FastAPI, client: httpx.AsyncClient) -> Phone:
    """A helper cadre of the village."""
    return Phone(client, (await make_cadre(app, "HC", VILLAGE, name="王帮扶"))[1])


@pytest.fixture
async def second(app: FastAPI, client: httpx.AsyncClient) -> Phone:
    """Another helper of the same village."""
    return Phone(client, (await make_cadre(app, "HC", VILLAGE))[1])


async def test_a_diary_is_kept_with_a_receipt(helper: Phone, db: Database) -> None:
    key = uuid4()
    made = await helper.put(key, photos=[PHOTO, PHOTO])
    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["month"], told["author"]["name"]) == ("2026-11", "王帮扶")
    assert (told["photos"], told["photos_missing"]) == ([PHOTO], [PHOTO])
    assert [v["id"] for v in told["versions"]] == [str(key)]
    assert (told["replaced_by"], told["marks"]) == (None, [])
    async with db.reading() as session:
        leaf = (
            await session.exec(select(LedgerLeaf).where(col(LedgerLeaf.row_id) == str(key)))
        ).one()
        use = (await session.exec(select(PhotoUse))).one()
    assert leaf.log == COUNTY
    assert told["receipt"] == {"log": leaf.log, "seq": leaf.seq, "leaf": bytes(leaf.leaf).hex()}
    assert (use.record_id, use.day, use.record_kind) == (key, date(2026, 11, 20), "diary")
    assert (await helper.get(f"/{key}")).json() == told


async def test_the_same_again_is_the_same_success(helper: Phone) -> None:
    key = uuid4()
    made = await helper.put(key, clock={"elapsed_ms": 5, "page": "p"})
    again = await helper.put(
        key, clock={"elapsed_ms": 5, "page": "p"}, written_at="2026-11-20T11:30:00Z"
    )
    assert (made.status_code, again.status_code) == (201, 200)
    assert again.json() == made.json()


async def test_another_body_is_kept_and_a_submitted_diary_does_not_change(
    helper: Phone, db: Database
) -> None:
    key = uuid4()
    await helper.put(key)
    for n in range(7):
        refused = await helper.put(key, text=f"另一篇 {n}")
        assert (refused.status_code, refused.json()["code"]) == (409, "diary-differs")
    assert await helper.texts() == ["入户走访,核对医保参保情况。"]
    async with db.reading() as session:
        kept = (await session.exec(select(Conflict))).all()
    assert [row.body["text"] for row in kept] == [f"另一篇 {n}" for n in range(5)]


async def test_another_authors_id_tells_nothing(helper: Phone, second: Phone, db: Database) -> None:
    key = uuid4()
    await helper.put(key)
    for over in ({}, {"text": "别人的"}):
        refused = await second.put(key, **over)
        assert (refused.status_code, refused.json()["code"]) == (409, "id-taken")
    async with db.reading() as session:
        assert (await session.exec(select(Conflict))).all() == []


async def test_two_devices_race_for_one_id(helper: Phone, db: Database) -> None:
    key = uuid4()
    texts = [f"第{n % 4}台手机" for n in range(8)]
    replies = await asyncio.gather(*(helper.put(key, text=text) for text in texts))
    assert sorted(r.status_code for r in replies) == [200, 201] + [409] * 6
    async with db.reading() as session:
        assert len((await session.exec(select(Diary))).all()) == 1
        assert len((await session.exec(select(Conflict))).all()) == 3


async def test_a_newer_version_replaces_and_the_chain_is_told(helper: Phone) -> None:
    keys = [uuid4() for _ in range(3)]
    previous = None
    for n, key in enumerate(keys):
        made = await helper.put(key, text=f"第{n + 1}版", replaces=previous)
        assert made.status_code == 201, made.text
        previous = str(key)
    assert await helper.texts() == ["第3版"]
    told = (await helper.get()).json()["items"][0]
    assert [v["id"] for v in told["versions"]] == [str(key) for key in keys]
    middle = (await helper.get(f"/{keys[1]}")).json()
    assert (middle["replaces"], middle["replaced_by"]) == (str(keys[0]), str(keys[2]))
    # a phone that missed the first reply repeats an old version: it stands as it stood
    again = await helper.put(keys[1], text="第2版", replaces=str(keys[0]))
    assert (again.status_code, again.json()) == (200, middle)


async def test_an_old_version_is_not_replaced_twice_and_nothing_is_lost(
    helper: Phone, db: Database
) -> None:
    first, newer, newest = uuid4(), uuid4(), uuid4()
    await helper.put(first)
    await helper.put(newer, replaces=str(first))
    await helper.put(newest, text="最新", replaces=str(newer))
    late = uuid4()
    for _ in range(2):
        refused = await helper.put(late, text="离线时写的更正", replaces=str(first))
        assert (refused.status_code, refused.json()["code"]) == (409, "diary-already-replaced")
        assert str(newest) in refused.json()["detail"]
    async with db.reading() as session:
        kept = (await session.exec(select(Conflict))).one()
    assert (kept.record_id, kept.body["text"]) == (newest, "离线时写的更正")
    mended = await helper.put(late, text="离线时写的更正", replaces=str(newest))
    assert mended.status_code == 201
    assert await helper.texts() == ["离线时写的更正"]


async def test_two_phones_replace_one_diary_at_once(helper: Phone, db: Database) -> None:
    first = uuid4()
    await helper.put(first)
    replies = await asyncio.gather(
        *(helper.put(text=f"更正 {n}", replaces=str(first)) for n in range(4))
    )
    assert sorted(r.status_code for r in replies) == [201, 409, 409, 409]
    async with db.reading() as session:
        kept = (await session.exec(select(Conflict))).all()
    lost = {r.json()["text"] for r in replies if r.status_code == 201}
    assert {row.body["text"] for row in kept} | lost == {f"更正 {n}" for n in range(4)}


async def test_only_ones_own_diary_is_replaced(helper: Phone, second: Phone) -> None:
    key = uuid4()
    await helper.put(key)
    theirs = await second.put(replaces=str(key))
    absent = await second.put(replaces=str(uuid4()))
    assert theirs.status_code == absent.status_code == 404
    assert theirs.json() == absent.json()


async def test_households_out_of_sight_are_named_like_absent_ones(
    app: FastAPI, helper: Phone, db: Database
) -> None:
    person, headers = await make_cadre(app, "HC", VILLAGE)
    phone = Phone(helper.client, headers)
    own, hidden, absent = await make_household(db), await make_household(db), uuid4()
    await make_pairing(db, person, own)
    assert (await phone.put(households=[str(own.id)])).status_code == 201
    for key in (hidden.id, absent):
        refused = await phone.put(households=[str(own.id), str(key)])
        assert (refused.status_code, refused.json()["code"]) == (404, "not-found")
        assert str(key) in refused.json()["detail"]
        assert str(own.id) not in refused.text
        assert refused.json()["errors"][0]["where"] == "households.1"


async def test_a_november_diary_arrives_after_the_pairing_has_ended(
    app: FastAPI, helper: Phone, db: Database
) -> None:
    person, headers = await make_cadre(app, "HC", VILLAGE)
    phone = Phone(helper.client, headers)
    house = await make_household(db)
    gone = today() - timedelta(days=5)
    await make_pairing(db, person, house, until=gone)
    kept = await phone.put(work_date=gone.isoformat(), households=[str(house.id)])
    assert kept.status_code == 201
    after = gone + timedelta(days=1)
    refused = await phone.put(work_date=after.isoformat(), households=[str(house.id)])
    assert refused.status_code == 404


async def check_in(phone: Phone, **over: Any) -> str:
    key = str(uuid4())
    body = {
        "kind": "presence",
        "village": VILLAGE,
        "captured_at": "2026-11-20T09:00:00+08:00",
        "no_fix_reason": "denied",
        **over,
    }
    made = await phone.client.put(f"/api/v1/check-ins/{key}", json=body, headers=phone.headers)
    assert made.status_code == 201, made.text
    return key


async def test_only_ones_own_check_ins_are_linked(
    helper: Phone, second: Phone, db: Database
) -> None:
    house = await make_household(db)
    mine = await check_in(helper, kind="household", household=str(house.id))
    theirs = await check_in(second)
    # a household that the author visited may be named, though it is not theirs
    assert (await helper.put(households=[str(house.id)], check_ins=[mine])).status_code == 201
    for key in (theirs, str(uuid4())):
        refused = await helper.put(check_ins=[mine, key])
        assert refused.status_code == 404
        assert key in refused.json()["detail"]


async def test_what_is_no_diary(helper: Phone) -> None:
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"text": ""}, "text"),
        ({"text": " \n "}, "text"),
        ({"text": "字" * 10_001}, "text"),
        ({"text": "坏\0字"}, "text"),
        ({"work_date": "2026-02-30"}, "work_date"),
        ({"written_at": "2026-11-20T19:30:00"}, "written_at"),
        ({"photos": ["x"]}, "photos"),
        ({"received_at": "2026-11-20T19:30:00Z"}, "received_at"),
        ({"state": "counted"}, "state"),
    ]
    for wrong, where in refusals:
        refused = await helper.put(**wrong)
        assert refused.status_code == 422, wrong
        assert where in str(refused.json()["errors"])


async def test_ten_thousand_characters_fit(helper: Phone) -> None:
    assert (await helper.put(text="字" * 10_000)).status_code == 201


async def test_the_odd_is_kept_and_marked(helper: Phone) -> None:
    ahead = (today() + timedelta(days=3)).isoformat()
    just_now, in_two_hours = now() - timedelta(minutes=1), now() + timedelta(hours=2)
    for over, code in [
        ({"work_date": ahead, "written_at": just_now.isoformat()}, "future_work_date"),
        ({"written_at": in_two_hours.isoformat()}, "written_after_arrival"),
        (
            {"work_date": "2026-01-31", "written_at": "2026-02-01T00:00:00+08:00"},
            "written_after_month",
        ),
    ]:
        kept = await helper.put(**over)
        assert kept.status_code == 201
        assert code in [mark["code"] for mark in kept.json()["marks"]]


async def test_the_last_minute_of_a_month_in_shanghai_is_not_after_it(helper: Phone) -> None:
    kept = await helper.put(work_date="2026-01-31", written_at="2026-01-31T15:59:59Z")
    assert kept.json()["marks"] == []


async def test_who_reads_a_diary(
    app: FastAPI, helper: Phone, second: Phone, client: httpx.AsyncClient, db: Database
) -> None:
    key = uuid4()
    await helper.put(key, text="我的")
    for kind, unit in (("TA", TOWNSHIP), ("CA", COUNTY), ("VC", VILLAGE), ("AU", COUNTY)):
        over = Phone(client, (await make_cadre(app, kind, unit))[1])
        assert await over.texts() == ["我的"], kind
        assert (await over.get(f"/{key}")).status_code == 200
    stranger = Phone(client, (await make_cadre(app, "TA", OTHER_TOWNSHIP))[1])
    nobody = Phone(client, await sign_in(app, await make_user(db)))
    for other in (stranger, second, nobody):
        assert await other.texts() == []
        hidden, absent = await other.get(f"/{key}"), await other.get(f"/{uuid4()}")
        assert hidden.status_code == absent.status_code == 404
        assert hidden.json() == absent.json()


async def test_anybody_may_write_also_without_a_post(
    app: FastAPI, client: httpx.AsyncClient, db: Database
) -> None:
    phone = Phone(client, await sign_in(app, await make_user(db)))
    made = await phone.put()
    assert (made.status_code, made.json()["receipt"]["log"]) == (201, "000000")


async def test_lists_filter_and_page(
    app: FastAPI, helper: Phone, second: Phone, client: httpx.AsyncClient
) -> None:
    person, headers = await make_cadre(app, "HC", OTHER_VILLAGE)
    await Phone(client, headers).put(text="外乡")
    for day in range(1, 6):
        await helper.put(text=f"{day}日", work_date=f"2026-11-{day:02}")
    await second.put(text="同事", work_date="2026-11-03")
    county = Phone(client, (await make_cadre(app, "CA", COUNTY))[1])
    assert await county.texts(f"?person={person.id}") == ["外乡"]
    assert await county.texts("?from=2026-11-04&to=2026-11-05") == ["5日", "4日"]
    assert len(await county.texts(f"?unit={VILLAGE}")) == 6
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await county.get(f"?limit=2&unit={TOWNSHIP}{cursor}")).json()
        seen += [row["text"] for row in page["items"]]
        cursor = f"&cursor={page['next']}" if page["next"] else None
    assert sorted(seen) == sorted(["5日", "4日", "3日", "2日", "1日", "同事"])
    assert seen[:2] == ["5日", "4日"]
