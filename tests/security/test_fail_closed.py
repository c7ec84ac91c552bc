"""Whatever breaks below a route, nobody gets in by it, and nothing of it is told."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant

from app.core.errors import Problem
from tests.security.asking import Ask, ask
from tests.security.asks import ASKS
from tests.security.table import ROWS
from tests.security.world import World

SECRET = "planted-detail-of-the-inside"


def _below(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    for child in dependant.dependencies:
        if child.call is not None:
            yield child.call
        yield from _below(child)


def dependencies(app: FastAPI) -> dict[str, set[Callable[..., Any]]]:
    """What each route leans on, by ``METHOD path``."""
    out = {}
    for route in app.routes:
        contexts = getattr(route, "effective_route_contexts", None)
        for context in contexts() if contexts else ():
            dependant = getattr(context, "dependant", None)
            if dependant is not None:
                for method in context.methods:
                    out[f"{method} {context.path}"] = set(_below(dependant))
    return out


def expects_a_token(row: str) -> bool:
    """Whether the matrix asks for one."""
    return "open" not in ROWS[row]


@pytest.mark.parametrize("error", [RuntimeError, ConnectionError])
async def test_a_dependency_that_raises_lets_nobody_in(
    world: World, error: type[Exception]
) -> None:
    app, headers = world.app, world.caller("CA", "child").headers
    leaning = dependencies(app)
    signed_in = [row for row in ASKS if row in leaning and expects_a_token(row)]
    assert len(signed_in) > 25
    assert all(leaning[row] for row in signed_in), "the walk sees the dependencies"

    def broken() -> None:
        raise error(SECRET)

    broken_at = 0
    for row, about in ASKS.items():
        for call in leaning.get(row, ()):
            app.dependency_overrides = {call: broken}
            told = about(world, world.here)
            answer = await ask(app, told, headers)
            assert answer.status >= 400, (row, call, answer)
            assert answer.header("content-type") == "application/problem+json"
            assert SECRET not in answer.body.decode()
            broken_at += answer.status in (500, 503)
    app.dependency_overrides = {}
    assert broken_at >= len(signed_in)


def test_no_problem_of_the_catalogue_is_a_success() -> None:
    assert {problem.status // 100 for problem in Problem.catalogue.values()} <= {4, 5}


async def test_under_api_no_page_is_ever_served(world: World) -> None:
    for path in ("/api/v1/nothing", "/api/nothing", "/api/", "/api/v1/", "/api/v1/me/"):
        answer = await ask(world.app, Ask("GET", path, headers={"accept": "text/html"}))
        assert answer.status == 404
        assert answer.header("content-type") == "application/problem+json"
