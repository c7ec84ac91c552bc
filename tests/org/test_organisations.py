"""Organisations: who enters, sees and ends them, and who acts for them."""

from datetime import date
from typing import Any

import httpx
from fastapi import FastAPI
from sqlmodel import col, select

from app.core.db import Database
from app.core.ids import new_id
from app.ledger.models import LedgerLeaf
from app.org.models import OrganisationKind
from app.org.organising import SEATS
from app.policy.vocabulary import subjects
from tests.factories import (
    make_cadre,
    make_organisation,
    make_posting,
    make_unit,
    make_user,
    sign_in,
)

COUNTY, TOWN, VILLAGE, SISTER = "360321", "360321101", "360321101201", "360321101202"
OTHER_TOWN, OTHER = "360321102", "360321102201"
HELPER: dict[str, Any] = {
    "kind": "helper_unit",
    "name": "县水利局",
    "unit": COUNTY,
    "from": "2018-01-01",
}
OFFICE: dict[str, Any] = {**HELPER, "kind": "town_office", "name": "乡扶贫办", "unit": TOWN}
Http = httpx.AsyncClient


def _at(*parts: object) -> str:
    return "/".join(["/api/v1/organisations", *map(str, parts)])


async def _units(db: Database) -> None:
    for code in (VILLAGE, SISTER, OTHER):
        await make_unit(db, code)


async def _put(
    client: Http, who: dict[str, str], path: str, body: dict[str, Any]
) -> httpx.Response:
    return await client.put(path, json=body, headers=who)


async def _names(client: Http, who: dict[str, str], **query: str) -> list[str]:
    answer = await client.get(_at(), params=query, headers=who)
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


def test_every_kind_of_organisation_is_a_subject_of_the_policies_and_has_a_seat() -> None:
    kinds = {kind.value for kind in OrganisationKind}
    assert kinds <= set(subjects())
    assert {word for word, term in subjects().items() if not term.unit} <= kinds
    assert set(SEATS) == set(OrganisationKind)


async def test_put_again_is_the_same_and_a_revision_is_logged(
    client: Http, app: FastAPI, db: Database
) -> None:
    _, admin = await make_cadre(app, "CA", COUNTY)
    key = new_id()
    assert (await _put(client, admin, _at(key), HELPER)).status_code == 201
    again = await _put(client, admin, _at(key), HELPER)
    assert (again.status_code, again.json()["rev"]) == (200, 1)
    renamed = await _put(client, admin, _at(key), {**HELPER, "name": "县水务局"})
    assert (renamed.status_code, renamed.json()["rev"], renamed.json()["county"]) == (
        200,
        2,
        COUNTY,
    )
    async with db.reading() as session:
        leaves = await session.exec(
            select(LedgerLeaf.kind).where(col(LedgerLeaf.row_id) == str(key)).order_by("seq")
        )
        assert list(leaves.all()) == ["create", "revise"]


async def test_a_township_enters_its_own_and_not_the_countys(
    client: Http, app: FastAPI, db: Database
) -> None:
    await _units(db)
    _, admin = await make_cadre(app, "TA", TOWN)
    assert (await _put(client, admin, _at(new_id()), OFFICE)).status_code == 201
    strange = await _put(client, admin, _at(new_id()), HELPER)
    assert (strange.status_code, strange.json()["code"]) == (404, "not-found")
    other = await _put(client, admin, _at(new_id()), {**OFFICE, "unit": OTHER_TOWN})
    assert other.status_code == 404
    _, secretary = await make_cadre(app, "FS", VILLAGE)
    assert (await _put(client, secretary, _at(new_id()), OFFICE)).status_code == 403


async def test_a_kind_sits_where_there_are_such(client: Http, app: FastAPI, db: Database) -> None:
    await _units(db)
    _, admin = await make_cadre(app, "CA", COUNTY)
    unfit = await _put(client, admin, _at(new_id()), {**OFFICE, "unit": VILLAGE})
    assert (unfit.status_code, unfit.json()["code"]) == (422, "seat-unfit")
    order = await _put(client, admin, _at(new_id()), {**OFFICE, "to": "2017-12-31"})
    assert "截止日(to)早于起始日(from)" in order.json()["detail"]


async def test_a_helper_unit_of_the_city_is_entered_by_the_county_it_helps(
    client: Http, app: FastAPI, db: Database
) -> None:
    await _units(db)
    await make_unit(db, "360322101201")
    _, admin = await make_cadre(app, "CA", COUNTY)
    _, neighbour = await make_cadre(app, "CA", "360322")
    key = new_id()
    body = {**HELPER, "name": "市水利局", "unit": "3603"}
    made = await _put(client, admin, _at(key), body)
    assert (made.status_code, made.json()["county"]) == (201, COUNTY)
    serves = await _put(
        client, admin, _at(key, "villages", new_id()), {"village": VILLAGE, "from": "2018-03-01"}
    )
    assert serves.status_code == 201, serves.text
    assert await _names(client, admin, village=VILLAGE) == ["市水利局"]
    taken = await _put(client, neighbour, _at(key), body)
    assert (taken.status_code, taken.json()["code"]) == (409, "id-taken")
    assert (await client.get(_at(key), headers=neighbour)).status_code == 404


async def test_whom_it_serves_see_it_and_the_village_beside_does_not(
    client: Http, app: FastAPI, db: Database
) -> None:
    await _units(db)
    acting, contact = await make_cadre(app, "UR", OTHER, "经办人")
    made = await make_organisation(db, unit=COUNTY, villages=[VILLAGE], people=[acting])
    _, secretary = await make_cadre(app, "FS", VILLAGE)
    _, beside = await make_cadre(app, "FS", SISTER)
    for who, wanted in ((secretary, 200), (contact, 200), (beside, 404)):
        answer = await client.get(_at(made.id), headers=who)
        assert answer.status_code == wanted, answer.text
        assert await _names(client, who) == (["县水利局"] if wanted == 200 else [])
    shown = (await client.get(_at(made.id), headers=secretary)).json()
    assert [village["village"] for village in shown["villages"]] == [VILLAGE]
    assert [person["person"]["name"] for person in shown["people"]] == ["经办人"]


async def test_the_list_is_asked_by_unit_kind_village_and_day(
    client: Http, app: FastAPI, db: Database
) -> None:
    await _units(db)
    _, admin = await make_cadre(app, "CA", COUNTY)
    await make_organisation(db, name="甲局", villages=[VILLAGE])
    await make_organisation(db, name="乙局", villages=[OTHER])
    await make_organisation(db, "team", VILLAGE, [VILLAGE], name="工作队")
    ended = date(2019, 12, 31)
    await make_organisation(db, "team", SISTER, [SISTER], name="旧队", until=ended)
    assert await _names(client, admin) == ["乙局", "甲局", "工作队", "旧队"]
    assert await _names(client, admin, unit=TOWN) == ["甲局", "工作队", "旧队"]
    assert await _names(client, admin, village=VILLAGE) == ["甲局", "工作队"]
    assert await _names(client, admin, kind="team") == ["工作队", "旧队"]
    assert await _names(client, admin, on="2017-12-31") == []
    assert await _names(client, admin, kind="team", on="2020-01-01") == ["工作队"]
    first = (await client.get(_at(), params={"limit": "2"}, headers=admin)).json()
    rest = {"limit": "2", "cursor": first["next"]}
    second = (await client.get(_at(), params=rest, headers=admin)).json()
    assert [item["name"] for item in first["items"] + second["items"]] == [
        "乙局", "甲局", "工作队", "旧队",
    ]  # fmt: skip


async def test_a_village_is_served_once_at_a_time(client: Http, app: FastAPI, db: Database) -> None:
    await _units(db)
    _, admin = await make_cadre(app, "CA", COUNTY)
    made = await make_organisation(db, unit=COUNTY)
    key = new_id()
    body = {"village": VILLAGE, "from": "2018-01-01", "to": "2018-12-31"}
    assert (await _put(client, admin, _at(made.id, "villages", key), body)).status_code == 201
    twice = await _put(client, admin, _at(made.id, "villages", new_id()), body)
    assert (twice.status_code, twice.json()["code"]) == (409, "already-serves")
    longer = {**body, "to": "2019-12-31"}
    changed = await _put(client, admin, _at(made.id, "villages", key), longer)
    assert (changed.status_code, changed.json()["to"], changed.json()["rev"]) == (
        200,
        "2019-12-31",
        2,
    )
    moved = await _put(client, admin, _at(made.id, "villages", key), {**body, "village": SISTER})
    assert "不能改为另一个村" in moved.json()["detail"]
    other = await make_organisation(db, unit=COUNTY, name="另一局")
    taken = await _put(client, admin, _at(other.id, "villages", key), body)
    assert (taken.status_code, taken.json()["code"]) == (409, "id-taken")


async def test_a_township_may_not_touch_what_the_county_entered(
    client: Http, app: FastAPI, db: Database
) -> None:
    await _units(db)
    _, admin = await make_cadre(app, "TA", TOWN)
    made = await make_organisation(db, unit=COUNTY, villages=[VILLAGE])
    seen = await client.get(_at(made.id), headers=admin)
    assert seen.status_code == 200
    body = {"village": SISTER, "from": "2018-01-01"}
    refused = await _put(client, admin, _at(made.id, "villages", new_id()), body)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    hidden = await make_organisation(db, unit=COUNTY, name="他局")
    unseen = await _put(client, admin, _at(hidden.id, "villages", new_id()), body)
    assert unseen.status_code == 404


async def test_nobody_is_told_the_name_of_a_stranger(
    client: Http, app: FastAPI, db: Database
) -> None:
    await _units(db)
    _, admin = await make_cadre(app, "TA", TOWN)
    made = await make_organisation(db, "town_office", TOWN)
    stranger = await make_user(db, "外乡人")
    await make_posting(db, stranger, OTHER)
    body = {"person": str(stranger.id), "from": "2018-01-01"}
    path = _at(made.id, "people", new_id())
    refused = await _put(client, admin, path, body)
    absent = await _put(client, admin, path, {**body, "person": str(new_id())})
    assert (refused.status_code, refused.json()) == (404, absent.json())
    own = await make_user(db, "本乡人")
    await make_posting(db, own, TOWN, "AT")
    named = await _put(client, admin, path, {**body, "person": str(own.id)})
    assert (named.status_code, named.json()["person"]["name"]) == (201, "本乡人")
    twice = {**body, "person": str(own.id)}
    overlap = await _put(client, admin, _at(made.id, "people", new_id()), twice)
    assert (overlap.status_code, overlap.json()["code"]) == (409, "already-acts")


async def test_an_end_is_the_end_of_all_that_hangs_on_it(
    client: Http, app: FastAPI, db: Database
) -> None:
    await _units(db)
    acting, contact = await make_cadre(app, "UR", VILLAGE, "经办人")
    _, admin = await make_cadre(app, "CA", COUNTY)
    made = await make_organisation(db, unit=COUNTY, villages=[VILLAGE], people=[acting])
    ended = await _put(client, admin, _at(made.id), {**HELPER, "to": "2020-06-30"})
    assert ended.status_code == 200
    shown = ended.json()
    assert [shown[part][0]["to"] for part in ("villages", "people")] == ["2020-06-30"] * 2
    body = {"village": SISTER, "from": "2018-01-01"}
    late = await _put(client, admin, _at(made.id, "villages", new_id()), body)
    assert (late.status_code, late.json()["code"]) == (422, "organisation-ended")
    me = (await client.get("/api/v1/me", headers=contact)).json()
    assert me["organisations"] == []
    assert (await client.get(_at(made.id), headers=admin)).status_code == 200
    async with db.reading() as session:
        kinds = await session.exec(
            select(LedgerLeaf.table_name).where(col(LedgerLeaf.kind) == "end")
        )
        assert sorted(kinds.all()) == ["organisation_people", "organisation_villages"]


async def test_me_names_those_for_whom_one_acts_today(
    client: Http, app: FastAPI, db: Database
) -> None:
    await _units(db)
    acting = await make_user(db)
    made = await make_organisation(db, unit=COUNTY, villages=[VILLAGE], people=[acting])
    await make_organisation(db, "team", SISTER, [SISTER], name="别队")
    me = await client.get("/api/v1/me", headers=await sign_in(app, acting))
    assert me.json()["organisations"] == [
        {
            "id": str(made.id),
            "kind": "helper_unit",
            "name": "县水利局",
            "unit": COUNTY,
            "villages": [{"code": VILLAGE, "name": f"{VILLAGE}号"}],
        }
    ]
