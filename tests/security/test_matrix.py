"""Every route as everybody: matrix.yaml against the running application."""

import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, Response

from app.core.settings import Settings
from app.main import create_app
from app.postings.models import Post
from tests.security.asking import Answer, ask
from tests.security.asks import ASKS, NEEDLES
from tests.security.routes import walk
from tests.security.table import FILE, GROUPS, ROWS, expected, route_of
from tests.security.world import Caller, Target, World

#: what is asked and answered is the same program on both databases; ``./scripts/simulate matrix`` asks as everybody
WHOLE = os.environ.get("ZHUCUN_TEST_MATRIX") == "whole"
SHARE = 3


@pytest.fixture
def bare(tmp_path: Path) -> FastAPI:
    """The application, not yet asked anything."""
    return create_app(Settings(data=tmp_path, pages=tmp_path / "none"))


def test_a_built_phone_app_adds_its_files_and_nothing_else(bare: FastAPI, tmp_path: Path) -> None:
    pages = tmp_path / "dist"
    pages.mkdir()
    (pages / "index.html").write_text("<!doctype html>")
    built = create_app(Settings(data=tmp_path, pages=pages))
    added = set(walk(built.routes)) ^ set(walk(bare.routes))
    # open to everybody, as any file of a program is; tests/test_frontend.py asks what they answer
    assert added == {"GET /", "GET /{path}", "HEAD /{path}"}


def test_every_route_has_a_row_and_every_row_a_route(bare: FastAPI) -> None:
    routes = set(walk(bare.routes))
    rows = {route_of(row) for row in ROWS}
    assert routes - rows == set(), "routes without a row in matrix.yaml"
    assert rows - routes == set(), "rows of matrix.yaml without a route"


def test_the_walk_sees_what_the_schema_sees_and_more(bare: FastAPI) -> None:
    told = {
        f"{method.upper()} {path}"
        for path, methods in bare.openapi()["paths"].items()
        for method in methods
    }
    assert told <= set(walk(bare.routes))


def test_a_planted_route_is_found_wherever_it_hides(bare: FastAPI) -> None:
    outer, inner = APIRouter(prefix="/outer"), APIRouter()

    @inner.get("/planted", include_in_schema=False)
    async def planted() -> None:
        """Nobody wrote a row for this."""

    outer.include_router(inner, prefix="/inner")
    bare.include_router(outer)
    bare.mount("/mounted", FastAPI())
    bare.add_route("/bare", lambda request: Response(), methods=["TRACE"])
    new = set(walk(bare.routes)) - {route_of(row) for row in ROWS}
    assert new == {"GET /outer/inner/planted", "MOUNT /mounted", "TRACE /bare"}


def test_the_table_is_written_with_care() -> None:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    written = [line for line in lines if line.startswith("  ") and " /" in line.partition(":")[0]]
    assert len(written) == len(ROWS), "a row stands twice"
    known = {"about", "else", "gate", "anyone", "open", "in_result", *GROUPS}
    known |= {
        "child",
        "sibling",
        "parent",
        "expired",
        "nobody",
        "author",
        "helper",
        "former_helper",
    }
    assert {word for row in ROWS.values() for word in row} <= known
    assert {kind for kinds in GROUPS.values() for kind in kinds} <= set(Post)
    assert set(ASKS) == set(ROWS), "each row needs its request in asks.py, each request its row"


@pytest.mark.parametrize("row", ROWS)
async def test_cells(world: World, row: str) -> None:
    """On PostgreSQL each row asks every third caller, another third from row to row."""
    rule, about = ROWS[row], ASKS[row]
    documented = _documented(world.app, route_of(row))
    absent = await ask(world.app, about(world, world.absent), world.caller("TA", "child").headers)
    wrong = []
    askers = _askers(world, rule)
    if world.app.state.database.dialect == "postgresql" and not WHOLE:
        askers = askers[list(ROWS).index(row) % SHARE :: SHARE]
    for caller in askers:
        target = world.above if caller.relation == "parent" else world.here
        answer = await ask(world.app, about(world, target), caller.headers)
        wanted = expected(rule, caller)
        faults = [_compare(wanted, answer, rule, target, caller)]
        if answer.status == 404 and "about" in rule and absent.status == 404:
            faults.append(_same_as_absent(answer, absent, target, world.absent))
        if documented is not None and str(answer.status) not in documented:
            faults.append(f"answers {answer.status}, which OpenAPI does not document")
        wrong += [f"{caller}: {fault}" for fault in faults if fault]
    if wrong:
        pytest.fail("\n".join([row, *wrong]), pytrace=False)


def _askers(world: World, rule: dict[str, Any]) -> list[Caller]:
    """Everybody; and those in the village once more about what belongs to the township above."""
    if "anyone" in rule or "open" in rule:  # the place of a post makes no difference
        return [c for c in world.callers if c.relation not in ("child", "sibling")]
    if "about" not in rule or rule.get("parent") == "none":
        return world.callers
    kinds = set(Post)
    here = [c for c in world.callers if c.relation == "own" and c.kind in kinds]
    return world.callers + [replace(caller, relation="parent") for caller in here]


def _compare(
    wanted: int | str, answer: Answer, rule: dict[str, Any], target: Target, caller: Caller
) -> str:
    if isinstance(wanted, int):
        return _compare_status(wanted, answer, rule)
    if answer.status != 200:
        return f"{answer.status} instead of a list"
    there = NEEDLES[rule["about"]](target) in answer.body.decode()
    if there != (wanted == "shown"):
        return f"the target is {'' if there else 'not '}on the list"
    if wanted == "shown" or rule["about"] == "unit" or caller.relation == "parent":
        return ""
    # out of scope counts nothing: what is left may only be the caller's own
    items, me = answer.json()["items"], str(caller.user.id if caller.user else "")
    strange = [item for item in items if me not in str(item)]
    return f"{len(strange)} items of others on the list" if strange else ""


def _compare_status(wanted: int, answer: Answer, rule: dict[str, Any]) -> str:
    status = answer.status
    if "in_result" in rule and status == 200:  # a batch is always answered; look inside
        inside = answer.json()["results"][0]["status"]
        status = 200 if inside == rule["in_result"] else inside
    # what was recorded once is 200 when it comes again
    return (
        ""
        if status in ({wanted, 200} if wanted == 201 else {wanted})
        else (f"{status} instead of {wanted} {answer.body[:200].decode(errors='replace')}")
    )


def _same_as_absent(answer: Answer, absent: Answer, *asked: Target) -> str:
    if _without_ids(answer, asked[0]) != _without_ids(absent, asked[1]):
        return f"404 tells it from an absent one: {answer.body.decode()} / {absent.body.decode()}"
    told, plain = ({*a.headers} - {("content-length", str(len(a.body)))} for a in (answer, absent))
    return "" if told == plain else "the headers of this 404 tell it from an absent one"


def _without_ids(answer: Answer, asked: Target) -> str:
    """The body; a refusal may repeat the id that the caller sent."""
    body = answer.body.decode()
    for name, value in asdict(asked).items():
        body = body.replace(str(value), name)
    return body


def _documented(app: FastAPI, route: str) -> set[str] | None:
    """The statuses that OpenAPI knows of this route; None when it is not in the schema."""
    method, _, path = route.partition(" ")
    operation = app.openapi()["paths"].get(path, {}).get(method.lower())
    return None if operation is None else set(operation["responses"])
