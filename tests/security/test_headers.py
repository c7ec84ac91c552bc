"""The same guard on every kind of answer; what production does not serve; how it refuses to start."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import ValidationError

from app.core.db import Database
from app.core.settings import Settings
from app.main import create_app
from tests.factories import make_cadre
from tests.security.asking import Answer, Ask, ask

GUARD = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        "connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; "
        "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types vue zhucun-worker"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "geolocation=(self), camera=(self), microphone=(), payment=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
KINDS = {
    "page": (Ask("GET", "/"), 200),
    "file": (Ask("GET", "/root.css"), 200),
    "mounted file": (Ask("GET", "/docs/assets/swagger-ui.css"), 200),
    "no such file": (Ask("GET", "/docs/assets/nothing.js"), 404),
    "manual": (Ask("GET", "/docs"), 200),
    "schema": (Ask("GET", "/openapi.json"), 200),
    "no such page": (Ask("GET", "/nothing"), 404),
    "api": (Ask("GET", "/api/v1/me"), 200),
    "api, absent": (Ask("GET", "/api/v1/units/999999"), 404),
    "api, no route": (Ask("GET", "/api/v1/nothing", headers={"accept": "text/html"}), 404),
    "api, not signed in": (Ask("GET", "/api/v1/me", headers={"authorization": "x"}), 401),
    "api, not for the role": (
        Ask("PUT", "/api/v1/postings/019aa2b0-0000-7000-8000-000000000001", body={}),
        403,
    ),
    "api, bad value": (Ask("GET", "/api/v1/units", {"limit": "0"}), 422),
    "api, no JSON": (Ask("POST", "/api/v1/sync", body=b"{", headers={"content-type": "x/y"}), 422),
    "api, wrong method": (Ask("DELETE", "/api/v1/me"), 405),
    "api, too large": (Ask("POST", "/api/v1/sync", body=b"x" * 2_000_001), 413),
    "api, defect": (Ask("GET", "/api/v1/defect"), 500),
    "supervision": (Ask("GET", "/healthz"), 200),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_the_guard_is_on_every_answer(app: FastAPI, kind: str) -> None:
    told, status = KINDS[kind]
    _, headers = await make_cadre(app)
    _plant_defect(app)
    answer = await ask(
        app, Ask(told.method, told.path, told.query, told.body, {**headers, **told.headers})
    )
    assert answer.status == status
    wanted = dict(GUARD)
    if kind == "manual":  # Swagger UI writes style elements; its page is for developers only
        assert "script-src 'self'" in (answer.header("content-security-policy") or "")
        assert "frame-ancestors 'none'" in (answer.header("content-security-policy") or "")
        del wanted["content-security-policy"]
    assert {name: answer.header(name) for name in wanted} == wanted
    names = [name for name, _ in answer.headers]
    assert len(names) == len(set(names)), "a header stands twice"
    assert not {"server", "x-powered-by"} & set(names)
    if kind.startswith("api"):
        assert answer.header("cache-control") == "no-store"
        if status >= 400:
            _is_problem(answer)


def _plant_defect(app: FastAPI) -> None:
    async def defect() -> None:
        raise RuntimeError("planted")

    app.add_api_route("/api/v1/defect", defect)
    app.router.routes.insert(0, app.router.routes.pop())


def _is_problem(answer: Answer) -> None:
    assert answer.header("content-type") == "application/problem+json"
    body = answer.json()
    assert {"type", "title", "status", "code", "detail"} <= set(body)
    assert body["status"] == answer.status
    assert "planted" not in answer.body.decode()


async def test_a_wrong_method_says_which_are_right(app: FastAPI) -> None:
    answer = await ask(app, Ask("PATCH", "/api/v1/check-ins/x"))
    assert (answer.status, answer.header("allow")) == (405, "GET, PUT")
    assert answer.json()["code"] == "method-not-allowed"


SECRETS = {
    "token_key": "a3Vv9-first-secret-long-enough-for-anybody",
    "refresh_key": "b8Xw2-second-secret-long-enough-for-anybody",
    "field_key": "c1Yq7-third-secret-long-enough-for-anybody",
}
GOOD: dict[str, Any] = {
    "environment": "production",
    "public_url": "https://zhucun.example",
    **SECRETS,
}


async def test_production_serves_no_manual_and_asks_for_https(
    database_url: str, tmp_path: Path
) -> None:
    app = create_app(
        Settings(data=tmp_path, pages=tmp_path / "none", **GOOD), Database(database_url)
    )
    for path in (
        "/docs",
        "/openapi.json",
        "/docs/start.js",
        "/docs/assets/swagger-ui.css",
        "/redoc",
    ):
        assert (await ask(app, Ask("GET", path))).status == 404, path
    page = await ask(app, Ask("GET", "/"))
    assert page.header("strict-transport-security") == "max-age=31536000; includeSubDomains"
    assert b"/docs" not in page.body
    trace = await ask(app, Ask("TRACE", "/api/v1/me", headers={"x-canary": "echo"}))
    assert trace.status == 405
    assert b"echo" not in trace.body
    await app.state.decoder.close()
    await app.state.database.dispose()


BAD: dict[str, dict[str, Any]] = {
    "no token key": {"token_key": ""},
    "short refresh key": {"refresh_key": "short"},
    "short field key": {"field_key": "x" * 31},
    "a key of one letter": {"field_key": "x" * 64},
    "equal keys": {"refresh_key": SECRETS["token_key"]},
    "no public address": {"public_url": ""},
    "a public address without TLS": {"public_url": "http://zhucun.example"},
    "tokens that live for a day": {"access_minutes": "1440"},
    "an unknown environment": {"environment": "staging"},
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_setting_is_refused_in_one_sentence(what: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(data=tmp_path, **{**GOOD, **BAD[what]})
    faults = caught.value.errors()
    assert len(faults) == 1
    assert "\n" not in faults[0]["msg"]
    assert all(secret not in faults[0]["msg"] for secret in SECRETS.values())
    assert not (tmp_path / "secrets.json").exists(), "production makes no secrets of its own"


def test_the_service_does_not_start_without_secrets(tmp_path: Path) -> None:
    env = {key: value for key, value in os.environ.items() if not key.startswith("ZHUCUN_")}
    env |= {"ZHUCUN_ENVIRONMENT": "production", "ZHUCUN_DATA": str(tmp_path)}
    command = [sys.executable, "-c", "from app.cli import main; main()", "serve"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "ZHUCUN_TOKEN_KEY" in done.stderr
