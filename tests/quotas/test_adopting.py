"""Adoptions with all their parts: versions, two packs, blanks, advisory rules, over HTTP."""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from app.core.db import Database
from app.policy import loader, versions
from app.policy.loader import load_pack
from app.quotas import adoptions
from app.quotas.adopting import Basis
from app.quotas.errors import AdoptionInvalid, NoSuchPack
from app.quotas.models import Adoption
from app.workdays.models import CalendarDay
from tests.factories import make_cadre, make_unit
from tests.quotas.conftest import People, Person
from tests.quotas.rows import (
    COUNTY,
    NEXT_VILLAGE,
    OTHER_TOWNSHIP_VILLAGE,
    PACK,
    VILLAGE,
    at,
    days,
    in_force,
    tap,
)

Json = dict[str, Any]
TOWNSHIP = VILLAGE[:9]
OLD, NEW = "0.9.0", "1.0.0"
START = datetime(2020, 1, 1, tzinfo=UTC)
CACHED = (load_pack, versions.load_version, versions.digest_of, versions.changelog_of)


@pytest.fixture
def two_versions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The pack beside an older version of itself that asked for 40 days; the newest and the old."""
    packs = tmp_path / "packs"
    shutil.copytree(loader.PACKS, packs)
    written = (packs / PACK / "pack.yaml").read_text(encoding="utf-8")
    newest = load_pack(PACK).version
    old, changed = re.subn(r"value: 50, unit: days", "value: 40, unit: days", written, count=1)
    assert changed == 1
    old = old.replace(f"version: {newest}", f"version: {OLD}", 1)
    (packs / PACK / "versions").mkdir(exist_ok=True)
    (packs / PACK / "versions" / f"{OLD}.yaml").write_text(old, encoding="utf-8")
    for module in (loader, versions):
        monkeypatch.setattr(module, "PACKS", packs)
    for cached in CACHED:
        cached.cache_clear()
    yield newest, OLD
    for cached in CACHED:
        cached.cache_clear()


async def need(person: Person, period: str = "2026-Q3", on: date | None = None) -> Any:
    return (await person.standings(period, on))["R01"].need


async def test_a_townships_own_version_replaces_the_countys_inside_the_township(
    people: People, two_versions: tuple[str, str]
) -> None:
    inside = await people(("FS", VILLAGE, date(2018, 1, 1)))
    outside = await people(("FS", OTHER_TOWNSHIP_VILLAGE, date(2018, 1, 1)))
    await in_force(people.db, TOWNSHIP, version=OLD)

    assert (await need(inside), await need(outside)) == (40, 50)
    assert (await inside.standings("2026-Q3"))["R01"].version == OLD


async def test_a_version_replaced_inside_a_quarter_speaks_from_the_day_asked_for(
    db: Database, two_versions: tuple[str, str]
) -> None:
    for village in (VILLAGE, NEXT_VILLAGE):
        await make_unit(db, village)
    secretary = await People(db)(("FS", VILLAGE, date(2018, 1, 1)))
    change = date(2026, 8, 15)
    await in_force(db, version=OLD, since=date(2020, 1, 1), at=START)
    await in_force(db, since=change, at=START + timedelta(days=1))

    assert await need(secretary, on=change - timedelta(days=1)) == 40
    assert await need(secretary, on=change) == 50
    assert await need(secretary, on=date(2026, 12, 1)) == 50  # the last day of the quarter speaks
    assert await need(secretary, "2026-Q2") == 40
    # no new rule has begun: the quarter stays assessed
    assert (await secretary.standings("2026-Q3"))["R01"].state == "not_met"


async def test_a_version_that_is_not_there_cannot_be_adopted(db: Database) -> None:
    await make_unit(db, VILLAGE)
    with pytest.raises(NoSuchPack, match=r"9\.9\.9"):
        await in_force(db, version="9.9.9")


async def test_packs_of_two_documents_add_up(people: People) -> None:
    await in_force(people.db, TOWNSHIP, pack="p4-stationing")
    secretary = await people(("FS", VILLAGE, date(2018, 1, 1)))
    neighbour = await people(("FS", OTHER_TOWNSHIP_VILLAGE, date(2018, 1, 1)))

    async def packs(person: Person) -> set[str]:
        periods = ("2026-Q3", "2026-09", "2026")
        found = [s for period in periods for s in (await person.standings(period)).values()]
        return {standing.pack for standing in found}

    assert await packs(secretary) == {PACK, "p4-stationing"}
    assert await packs(neighbour) == {PACK}


async def test_a_person_with_two_posts_is_asked_by_each_pack_for_the_posts_it_binds(
    people: People,
) -> None:
    """Days of several posts in one pack are summed (M38); the other pack sees its own post only."""
    await in_force(people.db, TOWNSHIP, pack="p4-stationing")
    both = await people(
        ("FS", OTHER_TOWNSHIP_VILLAGE, date(2026, 1, 1)), ("FS", VILLAGE, date(2026, 9, 1))
    )
    await both.did(
        *days(both.user, date(2026, 9, 1), 10, OTHER_TOWNSHIP_VILLAGE),
        *days(both.user, date(2026, 9, 11), 5),
    )
    ratio = [each for each in (await both.standings("2026-09")).values() if each.unit == "workdays"]

    assert (await both.standings("2026-Q3"))["R01"].have == 15
    assert [(each.pack, each.have <= 5) for each in ratio] == [("p4-stationing", True)]


async def test_an_advisory_rule_is_shown_and_left_out_of_the_counts(
    app: FastAPI, client: httpx.AsyncClient, people: People
) -> None:
    secretary = await people(("FS", VILLAGE, date(2018, 1, 1)))
    await in_force(people.db, TOWNSHIP, advisory=["R02"])
    _, admin = await make_cadre(app, "TA", TOWNSHIP, "管理员")
    found = await secretary.standings("2026-Q3")
    path = f"/api/v1/units/{TOWNSHIP}"
    params = {"period": "2026-Q3", "on": "2026-09-30"}
    summary = (await client.get(f"{path}/summary", params=params, headers=admin)).json()
    table = (await client.get(f"{path}/quotas", params=params, headers=admin)).json()

    assert (found["R01"].advisory, found["R02"].advisory) == (False, True)
    assert {rule["id"]: rule["advisory"] for rule in table["rules"]} == {"R01": False, "R02": True}
    assert table["rows"][0]["cells"]["R02"]["advisory"] is True
    assert sum(summary["counts"]["R01"].values()) == 1
    assert sum(summary["counts"]["R02"].values()) == 0


async def test_no_pack_holds_outside_the_validity_of_its_basis(db: Database) -> None:
    await make_unit(db, VILLAGE)
    await in_force(
        db,
        basis=Basis("五年规划", valid_from=date(2021, 1, 1), valid_until=date(2026, 9, 30)),
    )
    secretary = await People(db)(("FS", VILLAGE, date(2018, 1, 1)))

    assert "R01" in await secretary.standings("2026-Q3")
    assert await secretary.standings("2026-Q4", date(2026, 10, 1)) == {}
    assert await secretary.standings("2020-Q4") == {}


async def test_what_a_document_left_blank_is_not_assessed_until_it_is_filled_in(
    people: People,
) -> None:
    pack_id = "p2-town-plan"
    blank = load_pack(pack_id).parameters["reporting_units"]
    await in_force(people.db, pack=pack_id)
    async with people.db.reading() as session:
        read = await adoptions.read(session, [VILLAGE])
    held = next(h for h in read.over(VILLAGE, date(2026, 9, 1)) if h.pack.id == pack_id)
    assert blank.name in {parameter.name for parameter in held.blanks()}

    told: Json = {"pack": pack_id, "at": START + timedelta(days=9)}
    await in_force(people.db, parameters={blank.name: 3}, **told)
    async with people.db.reading() as session:
        read = await adoptions.read(session, [VILLAGE])
    held = next(h for h in read.over(VILLAGE, date(2026, 9, 1)) if h.pack.id == pack_id)
    assert blank.name not in {parameter.name for parameter in held.blanks()}
    assert held.settings[blank.name] == 3

    for bad in ({blank.name: 0}, {"no_such": 1}):
        with pytest.raises(AdoptionInvalid, match=next(iter(bad))):
            await in_force(people.db, parameters=bad, **told)
    with pytest.raises(AdoptionInvalid, match="R99"):
        await in_force(people.db, advisory=["R99"], **told)


async def test_local_rest_days_reach_the_rules_of_their_county(people: People) -> None:
    day = date(2026, 9, 15)
    await in_force(people.db, TOWNSHIP, pack="p4-stationing")
    secretary = await people(("FS", VILLAGE, date(2018, 1, 1)))
    await secretary.did(tap(secretary.user, at(day)))

    async def ratio() -> Any:
        found = await secretary.standings("2026-09")
        return next(each for each in found.values() if each.unit == "workdays")

    before = await ratio()
    async with people.db.writing() as session:
        session.add(
            CalendarDay(
                county=COUNTY,
                scope=COUNTY,
                year=2026,
                day=day,
                name="县庆",
                off=True,
                source="通告",
            )
        )
    after = await ratio()
    async with people.db.reading() as session:
        read = await adoptions.read(session, [VILLAGE])
    assert not read.calendar(VILLAGE).is_working(day)
    assert read.calendar("360322").is_working(day)
    assert after.need <= before.need


BODY: Json = {
    "pack": PACK,
    "unit": TOWNSHIP,
    "document": "实施方案",
    "number": "莲办字〔2018〕33号",
    "issuing_body": "县委办公室",
    "issuing_level": "county",
    "valid_from": "2018-06-20",
    "settings": {"grace_days": 3},
    "advisory": ["R02"],
}


async def test_an_adoption_over_http_is_made_shown_and_ended(
    app: FastAPI, client: httpx.AsyncClient, people: People
) -> None:
    _, admin = await make_cadre(app, "CA", COUNTY, "县管理员")
    _, clerk = await make_cadre(app, "TA", TOWNSHIP, "乡管理员")
    _, own = await make_cadre(app, "FS", VILLAGE, "书记")
    path = f"/api/v1/adoptions/{uuid4()}"

    assert (await client.put(path, json=BODY, headers=clerk)).status_code == 403
    made = await client.put(path, json=BODY, headers=admin)
    again = await client.put(path, json=BODY, headers=admin)
    assert (made.status_code, again.status_code) == (201, 200), made.text
    told = made.json()
    assert told["basis"] == "实施方案,莲办字〔2018〕33号,县委办公室"
    assert (told["adopted_by"], told["in_force"], told["rev"]) == ("县管理员", True, 1)
    settings = {each["name"]: (each["value"], each["set_by"]) for each in told["settings"]}
    assert settings["grace_days"] == (3, "adoption")
    assert settings["stay_day"][1] in ("default", "pack")
    assert {rule["id"]: rule["assessed"] for rule in told["rules"]}["R02"] is False
    assert told["changelog"].startswith(f"# {PACK}")

    mine = (await client.get("/api/v1/adoptions", headers=own)).json()["items"]
    assert [item["id"] for item in mine] == [told["id"]]  # the township's own, not the county's
    county = await client.get("/api/v1/adoptions", params={"unit": COUNTY}, headers=admin)
    assert [item["unit"] for item in county.json()["items"]] == [COUNTY, TOWNSHIP]

    other = await client.put(path, json={**BODY, "settings": {}}, headers=admin)
    assert (other.status_code, other.json()["code"]) == (409, "adoption-stands")
    ended = await client.put(path, json={**BODY, "to": "2020-12-31"}, headers=admin)
    assert (ended.status_code, ended.json()["in_force"], ended.json()["rev"]) == (200, False, 2)
    mine = (await client.get("/api/v1/adoptions", headers=own)).json()["items"]
    assert [item["unit"] for item in mine] == [COUNTY]
    ever = await client.get(
        "/api/v1/adoptions", params={"unit": TOWNSHIP, "history": True}, headers=own
    )
    assert [(item["unit"], item["in_force"]) for item in ever.json()["items"]] == [
        (TOWNSHIP, False),
        (COUNTY, True),
    ]


@pytest.mark.parametrize(
    ("over", "status", "code"),
    [
        ({"unit": "360399"}, 404, "not-found"),
        ({"unit": OTHER_TOWNSHIP_VILLAGE[:9], "pack": "p9-gone"}, 404, "no-such-pack"),
        ({"document": "", "number": " "}, 422, "invalid-body"),
        ({"settings": {"grace_days": "yes"}}, 422, "adoption-invalid"),
        ({"valid_until": "2018-01-01"}, 422, "adoption-invalid"),
        ({"from": "2026-02-01", "to": "2026-01-01"}, 422, "adoption-invalid"),
        ({"parameters": {"nothing": 1}}, 422, "adoption-invalid"),
    ],
)
async def test_what_is_wrong_with_an_adoption_is_said(
    app: FastAPI, client: httpx.AsyncClient, people: People, over: Json, status: int, code: str
) -> None:
    _, admin = await make_cadre(app, "CA", COUNTY, "县管理员")
    answer = await client.put(f"/api/v1/adoptions/{uuid4()}", json={**BODY, **over}, headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_every_kept_version_is_read_and_is_what_its_name_says() -> None:
    kept = [(pack, version) for pack in loader.shipped() for version in versions.older(pack)]

    assert (PACK, "1.0.0") in kept
    for pack, version in kept:
        found = versions.load_version(pack, version)
        assert (found.id, found.version) == (pack, version)
        assert versions.digest_of(pack, version) != versions.digest_of(
            pack, load_pack(pack).version
        )


STATIONING: Json = {
    **{k: v for k, v in BODY.items() if k not in ("settings", "advisory")},
    "pack": "p4-stationing",
}


@pytest.mark.parametrize(
    ("villages", "says"),
    [
        ([VILLAGE, "360321101999"], "360321101999"),
        ([OTHER_TOWNSHIP_VILLAGE], OTHER_TOWNSHIP_VILLAGE),
    ],
)
async def test_a_list_of_villages_names_villages_of_the_unit(
    app: FastAPI, client: httpx.AsyncClient, people: People, villages: list[str], says: str
) -> None:
    _, admin = await make_cadre(app, "CA", COUNTY, "县管理员")
    path = f"/api/v1/adoptions/{uuid4()}"
    body = {**STATIONING, "parameters": {"exit_villages": villages}}
    answer = await client.put(path, json=body, headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (422, "adoption-invalid")
    assert says in answer.json()["detail"]
    assert "exit_villages" in answer.json()["detail"]

    good = {**STATIONING, "parameters": {"exit_villages": [VILLAGE]}}
    made = await client.put(path, json=good, headers=admin)
    assert made.status_code == 201, made.text


async def test_a_list_taken_before_villages_were_looked_at_can_still_be_ended(
    app: FastAPI, client: httpx.AsyncClient, people: People
) -> None:
    _, admin = await make_cadre(app, "CA", COUNTY, "县管理员")
    path = f"/api/v1/adoptions/{uuid4()}"
    body = {**STATIONING, "parameters": {"exit_villages": [VILLAGE]}}
    made = (await client.put(path, json=body, headers=admin)).json()
    gone = ["360321101999"]
    async with people.db.writing() as session:
        row = await session.get(Adoption, UUID(made["id"]))
        assert row is not None
        row.parameters = {"exit_villages": gone}
        session.add(row)
    ended = {**body, "parameters": {"exit_villages": gone}, "to": "2026-12-31"}
    answer = await client.put(path, json=ended, headers=admin)
    assert (answer.status_code, answer.json()["to"]) == (200, "2026-12-31"), answer.text


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"foo": 1}, "没有口径设置 foo"),
        ({"grace_days": "yes"}, "grace_days 应为 0 以上的整数,不能是 yes"),
        ({"stay_day": True}, "one_check_in"),
    ],
)
async def test_faults_of_settings_are_told_in_chinese(
    people: People, settings: Json, says: str
) -> None:
    with pytest.raises(AdoptionInvalid, match=re.escape(says)) as told:
        await in_force(people.db, settings=settings)
    assert not re.search(r"there is|setting|whole|not |or ", str(told.value))
