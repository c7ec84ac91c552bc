"""schemathesis against the application: what the schema allows, and what it does not.

It draws the requests, the same ones at every run; they are asked in this process, as a township
administrator and as a first secretary, and it checks each answer against the schema.
"""

from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.security.asking import Answer, Ask, ask
from tests.security.world import World

EXAMPLES = 3
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
Case: TypeAlias = schemathesis.Case[Any]
_drawn: list[Case] = []


@pytest.fixture
def drawn(world: World) -> list[Case]:
    """Requests for every operation, drawn once for all databases and callers."""
    if not _drawn:
        schema = schemathesis.openapi.from_dict(world.app.openapi())
        for found in schema.get_all_operations():
            assert isinstance(found, Ok), found
            _draw(found.ok(), GenerationMode.POSITIVE)
            with suppress(Unsatisfiable):  # a few operations understand whatever is sent
                _draw(found.ok(), GenerationMode.NEGATIVE)
    return _drawn


def _draw(operation: Any, mode: GenerationMode) -> None:
    @seed(20_261_121)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def take(case: Case) -> None:
        _drawn.append(case)

    take()


#: who sees much asks the database that is pickier about values, who sees little the other
WHO = {"postgresql": ("TA", "child"), "sqlite": ("FS", "own")}


async def test_no_request_surprises(world: World, drawn: list[Case]) -> None:
    headers = world.caller(*WHO[world.app.state.database.dialect]).headers
    wrong = []
    for case in drawn:
        told, sent = _asked(world, case)
        answer = await ask(world.app, told, headers)
        try:
            case.validate_response(_response(answer, sent), checks=CHECKS)
        except FailureGroup as failures:
            wrong += [f"{told}: {failure}" for failure in failures.exceptions]
    assert len(drawn) > 150
    if wrong:
        pytest.fail("\n\n".join(wrong[:20]), pytrace=False)


def _asked(world: World, case: Case) -> tuple[Ask, requests.PreparedRequest]:
    """The case as our request. What is read, is read of things that exist."""
    if case.method == "GET" and case.path_parameters:
        there = {
            "code": world.here.unit,
            "person_id": world.here.person,
            "household_id": world.here.household,
            "check_in_id": world.here.check_in,
            "diary_id": world.here.diary,
            "activity_id": world.here.activity,
            "leave_id": world.here.leave,
            "make_up_id": world.here.make_up,
            "submission_id": world.here.submission,
            "figure_id": world.here.figure,
            "organisation_id": world.here.organisation,
            "closing_id": world.here.closing,
            "flag_id": world.here.flag,
            "spot_check_id": world.here.spot_check,
            "year": 2026,
            "log": "360321",
            "sha256": world.here.photo,
        }
        case.path_parameters.update({k: str(there[k]) for k in case.path_parameters})
    sent = requests.Request(**case.as_transport_kwargs(base_url="http://test")).prepare()
    parts = urlsplit(sent.url or "")
    body = sent.body.encode() if isinstance(sent.body, str) else sent.body
    skipped = ("authorization", "content-length", "user-agent", "cookie")
    headers = {k: _text(v) for k, v in sent.headers.items() if k.lower() not in skipped}
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    told = Ask(str(sent.method), httpx.URL(sent.url or "").path, query, body, headers)
    return told, sent


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _response(answer: Answer, sent: requests.PreparedRequest) -> httpx.Response:
    request = httpx.Request(str(sent.method), sent.url or "")
    response = httpx.Response(
        answer.status, headers=answer.headers, content=answer.body, request=request
    )
    response.elapsed = timedelta(0)
    return response
