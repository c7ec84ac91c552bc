"""What a body may not set, what a foreign page may not cause, what reading may not change."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlmodel import col, func, select

from app.core.clock import now, today
from app.core.db import Database
from app.ledger import service as ledger
from app.ledger.models import LedgerHead
from app.postings.models import Posting
from app.tables import metadata
from tests.factories import make_cadre, make_user, sign_in
from tests.security.asking import Ask, ask
from tests.security.asks import ASKS
from tests.security.table import GROUPS, ROWS
from tests.security.world import VILLAGE, World

#: What only the server decides. Some of these are honest fields of some bodies: see HONEST.
SERVER_OWNED = {
    "id": "019aa2b0-0000-7000-8000-00000000dead",
    "county": "000000",
    "rev": 99,
    "salt": "AAAA",
    "author_id": "019aa2b0-0000-7000-8000-00000000dead",
    "person_id": "019aa2b0-0000-7000-8000-00000000dead",
    "author": "019aa2b0-0000-7000-8000-00000000dead",
    "day": "2020-01-01",
    "state": "counted",
    "place": "inside",
    "time": {"state": "proven"},
    "flags": [],
    "receipt": {"log": "000000", "seq": 1, "leaf": "00"},
    "received_at": "2020-01-01T00:00:00+00:00",
    "withdrawn": None,
    "digest": "00",
    "invented": True,
    "id_index": "00",
    "root": None,
    "seat": "360321101201",
    "decided_at": "2020-01-01T00:00:00+00:00",
}
WRITES = [
    row
    for row, rule in ROWS.items()
    if row.split()[0] in ("PUT", "POST") and "/api/v1/" in row and "(" not in row
]
#: what a phone itself names in some bodies
HONEST = {
    "POST /api/v1/flags/{flag_id}/answer": {"id"},
    "POST /api/v1/diaries/alike": {"id"},  # a diary that is not sent yet
    "PUT /api/v1/make-ups/{make_up_id}": {"day"},  # the day that is made up for
}
#: bodies that are no JSON object of fields, or have none
BARE = {
    "PUT /api/v1/photos/{sha256}",
    "PUT /api/v1/files/{sha256}",
    "POST /api/v1/session/refresh",
    "POST /api/v1/spot-checks/{spot_check_id}/draw",
}
#: who takes a person's evidence away is written down before its first byte leaves
LOGGED_READS = ("GET /api/v1/people/{person_id}/evidence",)


@pytest.mark.parametrize("row", [row for row in WRITES if row not in BARE])
async def test_server_owned_fields_are_refused(world: World, row: str) -> None:
    gate = GROUPS[ROWS[row]["gate"]] if "gate" in ROWS[row] else ["TA"]
    kind = "TA" if "TA" in gate else gate[0]  # somebody whom the row's gate lets in
    about, headers = ASKS[row], world.caller(kind, "child").headers
    before = await _state(world.app.state.database)
    for name, value in SERVER_OWNED.items():
        if name in HONEST.get(row, ()):
            continue
        told = about(world, world.here)
        body = {**told.body, name: value}
        answer = await ask(world.app, Ask(told.method, told.path, body=body), headers)
        assert answer.status == 422, f"{row} takes {name}"
        assert name in [fault["where"] for fault in answer.json()["errors"]]
    assert await _state(world.app.state.database) == before


async def test_server_owned_fields_are_refused_inside_a_batch(world: World) -> None:
    told = ASKS["POST /api/v1/sync"](world, world.here)
    told.body["records"][0]["body"]["state"] = "counted"
    before = await _state(world.app.state.database)
    answer = await ask(world.app, told, world.caller("FS").headers)
    assert answer.json()["results"][0]["status"] == 422
    assert await _state(world.app.state.database) == before


async def _state(db: Database) -> dict[str, Any]:
    """The rows of every table and the length of every log."""
    async with db.reading() as session:
        counts = {
            table.name: (await session.exec(select(func.count()).select_from(table))).one()
            for table in metadata.sorted_tables
        }
        logs = await session.exec(select(col(LedgerHead.log), col(LedgerHead.size)))
        return counts | {f"log {log}": size for log, size in logs.all()}


async def test_reading_changes_nothing(world: World) -> None:
    db: Database = world.app.state.database
    before, hashed = await _state(db), await _contents(db)
    for kind in ("TA", "FS", "author", "nobody", "anonymous"):
        caller = next(c for c in world.callers if c.kind == kind and c.relation in ("own", kind))
        for row, about in ASKS.items():
            if row.startswith(("GET ", "HEAD ")) and not row.startswith(LOGGED_READS):
                await ask(world.app, about(world, world.here), caller.headers)
    assert await _state(db) == before
    assert await _contents(db) == hashed


async def _contents(db: Database) -> dict[str, int]:
    """A hash of every row of every table, in no order."""
    out = {}
    async with db.reading() as session:
        for table in metadata.sorted_tables:
            rows = (await session.exec(select(*table.columns))).all()
            out[table.name] = sum(hash(repr(tuple(row))) for row in rows)
    return out


CROSS_SITE = {
    "origin": "https://evil.example",
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "no-cors",
    "content-type": "text/plain",
}


async def test_a_foreign_page_changes_nothing(world: World) -> None:
    """What a browser sends from another site: the cookie perhaps, the token never."""
    db: Database = world.app.state.database
    before, hashed = await _state(db), await _contents(db)
    for row, about in ASKS.items():
        if row.split()[0] not in ("POST", "PUT", "PATCH", "DELETE"):
            continue
        told = about(world, world.here)
        for method in {told.method, "POST"}:
            foreign = Ask(method, told.path, body=told.body, headers=CROSS_SITE)
            answer = await ask(world.app, foreign)
            assert answer.status >= 400 or (row, answer.status) == ("DELETE /api/v1/session", 204)
            assert answer.header("access-control-allow-origin") is None
    assert await _state(db) == before
    assert await _contents(db) == hashed


async def test_an_ended_posting_ends_at_the_next_request(app: FastAPI, db: Database) -> None:
    author, author_headers = await make_cadre(app, "FS", VILLAGE)
    admin, headers = await make_cadre(app, "TA", VILLAGE[:9])
    path = f"/api/v1/people/{author.id}/quotas"
    assert (await ask(app, Ask("GET", path), headers)).status == 200
    async with db.writing() as session:
        held = select(Posting).where(col(Posting.person_id) == admin.id)
        posting = (await session.exec(held)).one()
        posting.until = today() - timedelta(days=1)
        session.add(posting)
        await ledger.append(session, posting, "revise", "test", now())
    assert (await ask(app, Ask("GET", path), headers)).status == 404
    people = await ask(app, Ask("GET", "/api/v1/people", {"unit": VILLAGE}), headers)
    assert people.json() == {"items": [], "next": None}
    assert (await ask(app, Ask("GET", path), author_headers)).status == 200


async def test_a_disabled_user_is_out_at_the_next_request(app: FastAPI, db: Database) -> None:
    user = await make_user(db)
    headers = await sign_in(app, user)
    assert (await ask(app, Ask("GET", "/api/v1/me"), headers)).status == 200
    async with db.writing() as session:
        user.disabled_at = now()
        session.add(user)
        await ledger.append(session, user, "disable", "test", now())
    assert (await ask(app, Ask("GET", "/api/v1/me"), headers)).status == 401
