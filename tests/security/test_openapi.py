"""The schema is complete and honest. That each answer is documented, test_matrix.py sees."""

from pathlib import Path
from typing import Any

import pytest

from app.core.errors import Problem
from app.core.settings import Settings
from app.main import create_app
from tests.security.asking import Ask, ask
from tests.security.asks import ASKS
from tests.security.table import ROWS, route_of
from tests.security.world import World

SCHEMA: dict[str, Any] = {}
OPEN = {"/healthz", "/readyz", "/metrics", "/api/v1/session", "/api/v1/session/refresh"}


@pytest.fixture
def schema(tmp_path: Path) -> dict[str, Any]:
    """The schema of the running application."""
    if not SCHEMA:
        SCHEMA.update(create_app(Settings(data=tmp_path, pages=tmp_path / "none")).openapi())
    return SCHEMA


def _operations(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }


def test_every_operation_says_what_it_is_for(schema: dict[str, Any]) -> None:
    for name, operation in _operations(schema).items():
        assert operation.get("summary"), name
        assert len(operation.get("description", "")) > 10, name
        assert operation.get("tags"), name


def test_every_operation_says_how_it_can_be_refused(schema: dict[str, Any]) -> None:
    for name, operation in _operations(schema).items():
        path = name.split()[1]
        told = set(operation["responses"])
        assert told & {"200", "201", "204"}, name
        if path.startswith("/api/"):
            assert "503" in told, f"{name}: the database may be away"
        if path not in OPEN:
            assert operation.get("security"), f"{name}: asks for a token, and does not say so"
            assert "401" in told, name
        if "requestBody" in operation:
            assert {"413", "422"} <= told, name


def test_every_problem_shown_is_one_of_the_catalogue(schema: dict[str, Any]) -> None:
    for name, operation in _operations(schema).items():
        for status, response in operation["responses"].items():
            if int(status) < 400:
                continue
            shown = response["content"].get("application/problem+json")
            assert shown, f"{name}: {status} is not shown as a problem"
            assert shown["examples"], f"{name}: {status} has no example"
            for code, example in shown["examples"].items():
                assert code in Problem.catalogue, f"{name}: {code}"
                assert example["value"]["code"] == code
                assert example["value"]["status"] == int(status)
            assert set(response["content"]) == {"application/problem+json"}, f"{name} {status}"


def test_every_body_has_an_example(schema: dict[str, Any]) -> None:
    for name, operation in _operations(schema).items():
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            if kind == "application/json":
                shape = _resolved(schema, content["schema"])
                shown = shape.get("examples") or shape.get("example") or content.get("examples")
                assert shown, f"{name}: its body has no example"


def _resolved(schema: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in shape:
        return shape
    found: dict[str, Any] = schema["components"]["schemas"][shape["$ref"].rpartition("/")[2]]
    return found


async def test_examples_are_bodies_that_are_understood(
    world: World, schema: dict[str, Any]
) -> None:
    """An example is taken, or refused for what it names; never for its shape."""
    headers = world.caller("TA", "child").headers
    for name, operation in _operations(schema).items():
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        shape = _resolved(schema, content["schema"])
        for example in shape.get("examples") or [shape.get("example")]:
            row = next(row for row in ROWS if route_of(row) == name)
            told = ASKS[row](world, world.here)
            answer = await ask(world.app, Ask(told.method, told.path, body=example), headers)
            assert answer.status < 500, (name, answer)
            if answer.status == 422:
                assert answer.json()["code"] != "invalid-body", (name, answer.json())


def test_schema_of_a_problem_is_what_is_sent(schema: dict[str, Any]) -> None:
    told = schema["components"]["schemas"]["ProblemOut"]
    for problem in Problem.catalogue.values():
        assert set(told["required"]) <= set(problem().body()) <= set(told["properties"])
