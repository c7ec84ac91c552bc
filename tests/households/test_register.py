"""The register: who writes it, what is sealed, what is shown, who opens numbers."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from fastapi import FastAPI
from sqlalchemy import event, text
from sqlmodel import col, select

from app.core.clock import today
from app.core.crypto import Sealer
from app.core.db import Database
from app.households.models import Household, Member, Unmasking
from app.ledger.canonical import commitment
from app.ledger.models import LedgerLeaf
from app.postings.models import Pairing
from tests.factories import make_cadre, make_household, make_pairing, make_user
from tests.households.conftest import COUNTY, OTHER_VILLAGE, TOWNSHIP, VILLAGE, Headers, Village

ID_NUMBER, PHONE = "36032119870605432X", "13987654321"
CANARIES = (ID_NUMBER, ID_NUMBER[4:14], PHONE, PHONE[3:7])


def household(**over: Any) -> dict[str, Any]:
    told = {"village": VILLAGE, "number": "0017", "head": "陈户主", "poor": True}
    return {**told, "address": "三组", "since": "2014-01-01", "until": None, **over}


def member(**over: Any) -> dict[str, Any]:
    told = {"name": "陈小妹", "relation": "女儿", "id_number": ID_NUMBER, "phone": PHONE}
    return {**told, **over}


async def put(village: Village, path: str, body: dict[str, Any], who: Headers | None = None) -> Any:
    return await village.client.put(f"/api/v1/{path}", json=body, headers=who or village.as_admin)


async def add_member(village: Village, **over: Any) -> str:
    path = f"households/{village.household.id}/members/{uuid4()}"
    made = await put(village, path, member(**over))
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def leaves(db: Database, row_id: Any) -> list[tuple[str, int]]:
    async with db.reading() as session:
        query = select(col(LedgerLeaf.kind), col(LedgerLeaf.rev))
        told = query.where(col(LedgerLeaf.row_id) == str(row_id)).order_by(col(LedgerLeaf.seq))
        return list((await session.exec(told)).all())


async def test_a_household_is_registered_revised_and_ended(village: Village, db: Database) -> None:
    key = uuid4()
    made = await put(village, f"households/{key}", household())
    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["village_name"], told["head"], told["rev"]) == ("路口村", "陈户主", 1)
    assert (told["helpers"], told["members"], told["plan"], told["portrait"]) == ([], [], [], None)
    same = await put(village, f"households/{key}", household())
    assert (same.status_code, same.json()["rev"]) == (200, 1)
    ended = await put(village, f"households/{key}", household(until="2026-01-31", poor=False))
    assert (ended.status_code, ended.json()["rev"]) == (200, 2)
    assert await leaves(db, key) == [("create", 1), ("revise", 2)]
    listed = await village.client.get("/api/v1/households", headers=village.as_admin)
    assert str(key) not in [row["id"] for row in listed.json()["items"]]
    then = await village.client.get("/api/v1/households?on=2026-01-31", headers=village.as_admin)
    assert str(key) in [row["id"] for row in then.json()["items"]]


async def test_elsewhere_nothing_is_registered_and_nothing_told(
    village: Village, db: Database
) -> None:
    theirs = await make_household(db, OTHER_VILLAGE)
    absent = await put(village, f"households/{uuid4()}", household(village="360321999999"))
    elsewhere = await put(village, f"households/{uuid4()}", household(village=OTHER_VILLAGE))
    assert absent.status_code == elsewhere.status_code == 404
    assert absent.json() == elsewhere.json()
    taken = await put(village, f"households/{theirs.id}", household())
    assert (taken.status_code, taken.json()["code"]) == (409, "id-taken")
    into = await put(village, f"households/{theirs.id}/members/{uuid4()}", member())
    nowhere = await put(village, f"households/{uuid4()}/members/{uuid4()}", member())
    assert into.status_code == nowhere.status_code == 404
    assert into.json() == nowhere.json()
    async with db.reading() as session:
        stood = await session.get(Household, theirs.id)
        assert stood is not None
        assert (stood.rev, stood.village) == (1, OTHER_VILLAGE)


async def test_only_administrators_register(app: FastAPI, village: Village, db: Database) -> None:
    for kind in ["FS", "HC", "VC", "CL", "RV", "AU", "CH"]:
        _, headers = await make_cadre(app, kind, VILLAGE)
        for path, body in (
            (f"households/{uuid4()}", household()),
            (f"households/{village.household.id}/members/{uuid4()}", member()),
            (f"pairings/{uuid4()}", pairing(village.helper, village.household)),
        ):
            assert (await put(village, path, body, headers)).status_code == 403, kind


async def test_numbers_are_masked_everywhere_and_sealed_in_the_database(
    app: FastAPI, village: Village, db: Database
) -> None:
    key = await add_member(village)
    again = await put(village, f"households/{village.household.id}/members/{key}", member())
    assert (again.status_code, again.json()["rev"]) == (200, 1)
    assert again.json()["id_number"] == "3603**********432X"
    assert again.json()["phone"] == "139****4321"
    _, auditor = await make_cadre(app, "AU", COUNTY)
    for headers in (village.as_helper, village.as_admin, auditor):
        for path in ("", f"/{village.household.id}", "?q=刘", "?mine=true"):
            shown = await village.client.get(f"/api/v1/households{path}", headers=headers)
            assert shown.status_code == 200
            assert not any(canary in shown.text for canary in CANARIES)
    async with db.reading() as session:
        raw_access = await session.connection()
        for table in ("household_members", "ledger", "unmaskings", "conflicts"):
            raw = repr((await raw_access.execute(text(f"SELECT * FROM {table}"))).all())
            assert not any(canary in raw for canary in CANARIES)
            assert not any(canary.encode().hex() in raw for canary in CANARIES)
        stood = (await session.exec(select(Member))).one()
        sealer: Sealer = app.state.sealer
        assert stood.id_index == sealer.index(ID_NUMBER.lower())
        leaf = (
            await session.exec(select(LedgerLeaf).where(col(LedgerLeaf.row_id) == str(stood.id)))
        ).one()
        assert leaf.commitment == commitment(stood.salt, stood.leaf_fields(2))


async def test_a_number_left_out_stays_and_null_deletes_it(
    app: FastAPI, village: Village, db: Database
) -> None:
    key = await add_member(village)
    path = f"households/{village.household.id}/members/{key}"
    renamed = await put(village, path, {"name": "陈小妹子", "relation": "女儿"})
    assert (renamed.json()["rev"], renamed.json()["phone"]) == (2, "139****4321")
    changed = await put(village, path, member(name="陈小妹子", phone="139 0000-0001"))
    assert (changed.json()["rev"], changed.json()["phone"]) == (3, "139****0001")
    deleted = await put(village, path, member(name="陈小妹子", id_number=None, phone=None))
    assert (deleted.json()["id_number"], deleted.json()["phone"]) == (None, None)
    async with db.reading() as session:
        stood = (await session.exec(select(Member))).one()
        assert (stood.id_number, stood.id_index, stood.phone) == (None, None, None)


async def test_a_wrong_member_is_told_why_without_repeating_the_number(village: Village) -> None:
    for wrong in [
        {"id_number": "3603**********432X"},
        {"id_number": "36032119870605432"},
        {"id_number": "3603211987060543AX"},
        {"phone": "139****4321"},
        {"phone": "12"},
        {"name": ""},
        {"household": str(uuid4())},
    ]:
        path = f"households/{village.household.id}/members/{uuid4()}"
        refused = await put(village, path, member(**wrong))
        assert refused.status_code == 422, wrong
        assert next(iter(wrong)) in str(refused.json()["errors"])
        assert not any(canary in refused.text for canary in CANARIES)


async def test_each_opening_of_numbers_is_logged_and_tells_who_and_what_for(
    village: Village, db: Database
) -> None:
    key = await add_member(village)
    path = f"/api/v1/households/{village.household.id}/members/{key}/unmask"
    opened = await village.client.post(
        path, json={"purpose": "核对医保"}, headers=village.as_helper
    )
    assert opened.json() == {
        "household": str(village.household.id),
        "member": key,
        "id_number": ID_NUMBER,
        "phone": PHONE,
    }
    assert opened.headers["cache-control"] == "no-store"
    async with db.reading() as session:
        row = (await session.exec(select(Unmasking))).one()
    assert (row.by_id, row.member_id, row.purpose) == (village.helper.id, UUID(key), "核对医保")
    assert await leaves(db, row.id) == [("view", 1)]
    await village.client.post(path, json={"purpose": "再次核对"}, headers=village.as_helper)
    async with db.reading() as session:
        assert len((await session.exec(select(Unmasking))).all()) == 2


async def test_who_may_not_open_numbers(app: FastAPI, village: Village, db: Database) -> None:
    key = await add_member(village)
    path = f"/api/v1/households/{village.household.id}/members/{key}/unmask"
    told = {"purpose": "核对医保"}

    async def asked(where: str, headers: Headers, body: dict[str, Any] = told) -> Any:
        return await village.client.post(where, json=body, headers=headers)

    _, sees_only = await make_cadre(app, "CL", TOWNSHIP)
    assert (await asked(path, sees_only)).status_code == 403
    for stranger in (village.as_stranger, (await make_cadre(app, "FS", OTHER_VILLAGE))[1]):
        hidden = await asked(path, stranger)
        absent = await asked(path.replace(str(village.household.id), str(uuid4())), stranger)
        assert hidden.status_code == absent.status_code == 404
        assert hidden.json() == absent.json()
    other = await make_household(db, VILLAGE)
    wrong_house = path.replace(str(village.household.id), str(other.id))
    assert (await asked(wrong_house, village.as_admin)).status_code == 404
    assert (await asked(path, village.as_admin, {})).status_code == 422
    async with db.reading() as session:
        assert (await session.exec(select(Unmasking))).all() == []


async def test_an_id_number_finds_its_household_and_only_in_sight(village: Village) -> None:
    await add_member(village, id_number="36032119870605432x")

    async def found(number: str, headers: Headers) -> list[str]:
        page = await village.client.post(
            "/api/v1/households/search", json={"id_number": number}, headers=headers
        )
        assert page.status_code == 200, page.text
        assert ID_NUMBER not in page.text
        return [row["head"] for row in page.json()["items"]]

    assert await found("360321 19870605 432X", village.as_helper) == ["刘户主"]
    assert await found(ID_NUMBER, village.as_stranger) == []
    assert await found(ID_NUMBER[:-1] + "1", village.as_admin) == []


async def test_without_the_key_the_household_stays_readable(app: FastAPI, village: Village) -> None:
    key = await add_member(village)
    app.state.sealer = Sealer("another-key-of-more-than-32-characters")
    shown = await village.client.get(
        f"/api/v1/households/{village.household.id}", headers=village.as_admin
    )
    assert shown.json()["members"][0]["id_number"] == "****"
    refused = await village.client.post(
        f"/api/v1/households/{village.household.id}/members/{key}/unmask",
        json={"purpose": "核对"},
        headers=village.as_admin,
    )
    assert (refused.status_code, refused.json()["code"]) == (503, "number-unreadable")


def pairing(person: Any, house: Household, **over: Any) -> dict[str, Any]:
    told = {"person": str(person.id), "household": str(house.id), "from": "2026-01-01"}
    return {**told, "to": None, **over}


async def test_a_pairing_begins_and_ends_sight(
    app: FastAPI, village: Village, db: Database
) -> None:
    house = await make_household(db, VILLAGE, "新户")
    person, headers = await make_cadre(app, "HC", VILLAGE)
    see = f"/api/v1/households/{house.id}"
    assert (await village.client.get(see, headers=headers)).status_code == 404
    path = f"pairings/{uuid4()}"
    made = await put(village, path, pairing(person, house))
    assert made.status_code == 201, made.text
    assert made.json()["person"] == {"id": str(person.id), "name": person.name}
    seen = await village.client.get(see, headers=headers)
    assert [h["person"]["id"] for h in seen.json()["helpers"]] == [str(person.id)]
    mine = await village.client.get("/api/v1/households?mine=true", headers=headers)
    assert [row["head"] for row in mine.json()["items"]] == ["新户"]

    yesterday = (today() - timedelta(days=1)).isoformat()
    ended = await put(village, path, pairing(person, house, to=yesterday))
    assert (ended.status_code, ended.json()["to"], ended.json()["rev"]) == (200, yesterday, 2)
    assert (await village.client.get(see, headers=headers)).status_code == 404
    listed = await village.client.get("/api/v1/households?q=新户", headers=village.as_admin)
    assert listed.json()["items"][0]["helpers"] == []
    whole = await village.client.get(see, headers=village.as_admin)
    assert [h["to"] for h in whole.json()["helpers"]] == [yesterday]


async def test_what_is_no_pairing(app: FastAPI, village: Village, db: Database) -> None:
    elsewhere, _ = await make_cadre(app, "HC", OTHER_VILLAGE)
    unposted = await make_user(db)
    for person in (elsewhere, unposted):
        refused = await put(village, f"pairings/{uuid4()}", pairing(person, village.household))
        assert refused.status_code == 404
    theirs = await make_household(db, OTHER_VILLAGE)
    assert (
        await put(village, f"pairings/{uuid4()}", pairing(village.helper, theirs))
    ).status_code == 404
    again = await put(village, f"pairings/{uuid4()}", pairing(village.helper, village.household))
    assert (again.status_code, again.json()["code"]) == (409, "already-paired")
    async with db.reading() as session:
        stood = (await session.exec(select(Pairing))).one()
    other = await make_household(db, VILLAGE)
    moved = await put(village, f"pairings/{stood.id}", pairing(village.helper, other))
    assert (moved.status_code, moved.json()["code"]) == (422, "invalid-body")
    stranger = await make_pairing(db, elsewhere, theirs)
    taken = await put(village, f"pairings/{stranger.id}", pairing(village.helper, other))
    assert (taken.status_code, taken.json()["code"]) == (409, "id-taken")


async def test_lists_find_by_head_number_village_and_helper(
    app: FastAPI, village: Village, db: Database
) -> None:
    await make_household(db, VILLAGE, "百分百", number="50%-1")
    await make_household(db, VILLAGE, "刘二", number="50x-1", poor=False)
    await make_household(db, OTHER_VILLAGE, "刘外")
    _, county = await make_cadre(app, "CA", COUNTY)

    async def heads(query: str, headers: Headers = county) -> list[str]:
        page = await village.client.get(f"/api/v1/households?{query}", headers=headers)
        assert page.status_code == 200, page.text
        return [row["head"] for row in page.json()["items"]]

    assert sorted(await heads("q=刘")) == ["刘二", "刘外", "刘户主"]
    assert await heads("q=50%25") == ["百分百"]
    assert await heads("q=刘&poor=false") == ["刘二"]
    assert await heads(f"village={OTHER_VILLAGE}") == ["刘外"]
    assert await heads(f"village={TOWNSHIP}&q=刘二") == ["刘二"]
    assert await heads(f"helper={village.helper.id}") == ["刘户主"]
    assert await heads("mine=true") == []
    assert await heads("", village.as_helper) == ["刘户主"]
    assert await heads("", village.as_stranger) == ["刘外"]
    refused = await village.client.get("/api/v1/households?q=%00", headers=county)
    assert refused.status_code == 422


async def test_pages_neither_skip_nor_repeat_and_ask_few_questions(
    village: Village, db: Database
) -> None:
    for n in range(12):
        await make_household(db, VILLAGE, f"户{n:02}", number=f"{n // 3:04}")
    asked: list[str] = []
    cursor, pages = "", []
    event.listen(
        db.engine.sync_engine,
        "before_cursor_execute",
        lambda _c, _cur, statement, *_: asked.append(statement),
    )
    while True:
        before = len(asked)
        page = await village.client.get(
            f"/api/v1/households?limit=5{cursor}", headers=village.as_admin
        )
        pages.append([row["id"] for row in page.json()["items"]])
        assert len(asked) - before <= 8
        if page.json()["next"] is None:
            break
        cursor = f"&cursor={page.json()['next']}"
    assert [len(ids) for ids in pages] == [5, 5, 3]
    assert len({key for ids in pages for key in ids}) == 13


async def test_an_expired_pairing_or_post_shows_nothing(
    app: FastAPI, village: Village, db: Database
) -> None:
    gone = today() - timedelta(days=1)
    _, former = await make_cadre(app, "FS", VILLAGE, until=gone)
    person, helper = await make_cadre(app, "HC", VILLAGE)
    await make_pairing(db, person, village.household, date(2020, 1, 1), gone)
    for headers in (former, helper, village.as_stranger):
        one = await village.client.get(
            f"/api/v1/households/{village.household.id}", headers=headers
        )
        none = await village.client.get(f"/api/v1/households/{uuid4()}", headers=headers)
        assert one.status_code == none.status_code == 404
        assert one.json() == none.json()
