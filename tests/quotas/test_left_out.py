"""An adopted version that the program lacks: everything else goes on, the reader is told, nothing is sealed."""

from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import col, select

from app.core.clock import today
from app.core.db import Database
from app.policy.loader import load_pack
from app.policy.periods import parse
from app.quotas import closed, closing
from app.quotas.closing import Order
from app.quotas.errors import PackNotShipped
from app.quotas.models import Adoption, Closing
from tests.factories import make_cadre
from tests.quotas.conftest import People, Person
from tests.quotas.rows import COUNTY, PACK, VILLAGE, days, in_force

Json = dict[str, Any]
TOWNSHIP, OTHER = VILLAGE[:9], "p1-46-measures"


async def lose(db: Database, pack: str = OTHER) -> None:
    """As after going back to an older program: the adopted version is not in it."""
    async with db.writing() as session:
        for row in (await session.exec(select(Adoption).where(col(Adoption.pack) == pack))).all():
            row.version = "0.0.1"
            session.add(row)


@pytest.fixture
async def secretaries(db: Database, people: People) -> list[Person]:
    """Two secretaries of one township; its second pack is not in this program."""
    found = [await people(("FS", VILLAGE, date(2018, 1, 1)), name=name) for name in "甲乙"]
    await found[0].did(*days(found[0].user, date(2026, 7, 1), 20))
    await in_force(db, TOWNSHIP, pack=OTHER)
    await lose(db)
    return found


async def test_pages_tables_and_boards_leave_it_out_and_say_so(
    app: FastAPI, client: httpx.AsyncClient, secretaries: list[Person]
) -> None:
    _, headers = await make_cadre(app, "CA", COUNTY)
    asked = {"period": "2026-Q3"}

    for path, params in (
        (f"/people/{secretaries[0].user.id}/quotas", asked),
        (f"/units/{TOWNSHIP}/quotas", asked),
        (f"/units/{COUNTY}/quotas", asked),
        (f"/units/{COUNTY}/summary", asked),
        (f"/units/{COUNTY}/summary", asked),
        (f"/units/{COUNTY}/board", asked),
    ):
        answer = await client.get(f"/api/v1{path}", params=params, headers=headers)
        assert answer.status_code == 200, answer.text
        told: Json = answer.json()
        assert [f"{OTHER} 0.0.1" in says for says in told["left_out"]] == [True], path
    table = await client.get(f"/api/v1/units/{COUNTY}/quotas", params=asked, headers=headers)
    assert sorted(row["cells"]["R01"]["have"] for row in table.json()["rows"]) == [0, 20]


async def test_the_list_of_what_is_in_force_shows_the_record_without_its_rules(
    app: FastAPI, client: httpx.AsyncClient, secretaries: list[Person]
) -> None:
    _, headers = await make_cadre(app, "CA", COUNTY)
    for params in ({"unit": COUNTY}, {"unit": COUNTY, "history": "true"}):
        answer = await client.get("/api/v1/adoptions", params=params, headers=headers)
        items = {one["pack"]: one for one in answer.json()["items"]}

        assert (items[OTHER]["in_force"], items[OTHER]["rules"]) == (True, [])
        assert "0.0.1" in items[OTHER]["left_out"]
        assert items[OTHER]["newest"] != "0.0.1"
        assert (items[PACK]["left_out"], bool(items[PACK]["rules"])) == (None, True)


async def test_a_period_is_not_closed_in_part(
    app: FastAPI, client: httpx.AsyncClient, secretaries: list[Person]
) -> None:
    _, headers = await make_cadre(app, "CA", COUNTY)
    body = {"unit": COUNTY, "period": "2026-Q3"}

    refused = await client.post("/api/v1/closings", json=body, headers=headers)

    assert (refused.status_code, refused.json()["code"]) == (409, "pack-not-shipped")
    assert f"{OTHER} 0.0.1" in refused.json()["detail"]
    async with app.state.database.reading() as session:
        assert (await session.exec(select(Closing))).all() == []


async def test_a_pack_under_which_nobody_stands_still_holds_a_closing_up(
    db: Database, people: People
) -> None:
    """Without its rules nobody can say whom it binds."""
    one = await people(("FS", VILLAGE, date(2018, 1, 1)))
    await in_force(db, "360321102", pack=OTHER)
    await lose(db)
    order = Order(
        COUNTY,
        parse("2026-Q3", date(2026, 10, 20)),
        one.user.id,
        datetime(2026, 10, 20, tzinfo=UTC),
    )

    with pytest.raises(PackNotShipped, match="360321102"):
        await closing.close(db, order)


async def test_what_was_kept_to_be_read_fast_is_counted_anew_by_another_program(
    app: FastAPI,
    db: Database,
    client: httpx.AsyncClient,
    secretaries: list[Person],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, headers = await make_cadre(app, "CA", COUNTY)
    path, asked = f"/api/v1/units/{COUNTY}/summary", {"period": f"{today():%Y-%m}"}
    before = (await client.get(path, params=asked, headers=headers)).json()
    async with db.writing() as session:  # no leaf: as if the version had come with the program
        for row in (await session.exec(select(Adoption))).all():
            row.version = load_pack(row.pack).version
            session.add(row)
    monkeypatch.setattr("app.quotas.changes.number_of_all", lambda: 7)

    after = (await client.get(path, params=asked, headers=headers)).json()

    assert (len(before["left_out"]), after["left_out"]) == (1, [])
    assert after["rules"] != before["rules"]
    fresh = [rule["key"] for rule in after["rules"] if rule["pack"] == OTHER]
    assert any(sum(after["counts"][key].values()) for key in fresh)


async def test_what_was_closed_cannot_be_computed_again_and_says_which_pack_is_missing(
    db: Database, secretaries: list[Person]
) -> None:
    async with db.writing() as session:  # with the program that had it
        query = select(Adoption).where(col(Adoption.pack) == OTHER)
        for row in (await session.exec(query)).all():
            row.version = load_pack(row.pack).version
            session.add(row)
    order = Order(
        TOWNSHIP,
        parse("2026-Q3", date(2026, 10, 20)),
        secretaries[0].user.id,
        datetime(2026, 10, 20, tzinfo=UTC),
    )
    closing_, _ = await closing.close(db, order)
    await lose(db)

    async with db.reading() as session:
        found = await closed.recompute(session, closing_)

    assert [(each.what, each.matters) for each in found] == [("left_out", True)]
    (line,) = closed.lines(found)
    assert f"{OTHER} 0.0.1" in line
    assert "无法重新计算" in line
