"""The session over HTTP: sign in, renew, sign out; what each refuses."""

import json
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import col, select

from app.auth import users
from app.auth.models import SignIn, SignInRefusal, User
from app.auth.tokens import Tokens
from app.core.clock import now
from app.core.db import Database
from app.core.ids import new_id
from app.core.settings import Settings
from app.ledger.models import LedgerLeaf
from app.main import create_app
from tests.auth.conftest import OWN_PAGE, PASSWORD, SESSION, body
from tests.factories import make_user, sign_in

COOKIE = "zhucun-refresh"
NEW = {"current": PASSWORD, "new": "another four: copper lantern"}


async def _signed_in(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.post(SESSION, json=body())
    assert answer.status_code == 200, answer.text
    out: dict[str, Any] = answer.json()
    return out


async def _probe(client: httpx.AsyncClient, token: str) -> int:
    """Ask the one signed-in route of this domain; 403 is its answer to a wrong password."""
    headers = {"Authorization": f"Bearer {token}"}
    asked = await client.put(
        f"{SESSION}/password", json={**NEW, "current": "wrong one"}, headers=headers
    )
    return asked.status_code


async def _leaves(db: Database) -> list[tuple[str, str]]:
    async with db.reading() as session:
        found = await session.exec(
            select(LedgerLeaf.table_name, LedgerLeaf.kind).order_by(col(LedgerLeaf.seq))
        )
        return list(found)


async def test_signing_in_gives_a_token_and_a_cookie(
    client: httpx.AsyncClient, user: User, app: FastAPI
) -> None:
    answer = await client.post(SESSION, json=body("  ＺhangSan "))
    assert answer.status_code == 200
    told = answer.json()
    assert told.keys() == {"access_token", "token_type", "expires_in", "user"}
    assert told["token_type"] == "bearer"
    assert told["expires_in"] == 600
    assert told["user"] == {"id": str(user.id), "name": "张三"}
    assert app.state.tokens.read(told["access_token"], now()).user_id == user.id
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert attributes == {
        "httponly", "samesite=strict", "path=/api/v1/session", f"max-age={30 * 86400}"
    }  # fmt: skip
    assert answer.headers["cache-control"] == "no-store"
    # the refresh token is nowhere in the body
    assert client.cookies[COOKIE] not in answer.text


async def test_over_https_the_cookie_is_bound_to_the_host(
    settings: Settings, db: Database, user: User
) -> None:
    settings.public_url = "https://zhucun.example"
    transport = httpx.ASGITransport(app=create_app(settings, db))
    async with httpx.AsyncClient(transport=transport, base_url="http://behind-a-proxy") as http:
        answer = await http.post(SESSION, json=body())
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-zhucun-refresh=")
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"secure", "httponly", "samesite=strict", "path=/"} <= attributes
    assert not any(part.startswith("domain") for part in attributes)


async def test_a_second_factor_is_accepted_and_not_looked_at(
    client: httpx.AsyncClient, user: User
) -> None:
    assert (await client.post(SESSION, json={**body(), "totp": "123456"})).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"username": ""},
        {"username": "a\x00b"},
        {"username": "x" * 65},
        {"password": ""},
        {"password": "x" * 1025},
        {"device_id": "line\nbreak"},
        {"device_name": "x" * 129},
        {"role": "SA"},
        {"username": 7},
    ],
)
async def test_a_body_that_cannot_be_understood_is_refused(
    client: httpx.AsyncClient, user: User, change: dict[str, Any]
) -> None:
    answer = await client.post(SESSION, json={**body(), **change})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-body")
    assert PASSWORD not in answer.text


@pytest.mark.parametrize("field", ["username", "password", "device_id", "device_name"])
async def test_half_a_character_is_refused(
    client: httpx.AsyncClient, user: User, field: str
) -> None:
    raw = '{"username":"a","password":"b","device_id":"c","device_name":"d"}'
    for letter in "abcd":
        if (
            field
            == {"a": "username", "b": "password", "c": "device_id", "d": "device_name"}[letter]
        ):
            raw = raw.replace(f'"{letter}"', '"\\ud83d"')
    answer = await client.post(SESSION, content=raw, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


async def test_nobody_learns_who_has_an_account(
    client: httpx.AsyncClient, db: Database, user: User, hashed: str
) -> None:
    await make_user(db, "李四", username="lisi", password_hash=hashed, disabled_at=now())
    await make_user(db, "王五", username="wangwu")
    answers = [
        await client.post(SESSION, json=given)
        for given in (
            body(password="a wrong password"),
            body("nobody"),
            body("lisi"),
            body("wangwu"),
        )
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.json()["code"] for answer in answers} == {"wrong-credentials"}
    assert len({answer.content for answer in answers}) == 1
    assert all("set-cookie" not in answer.headers for answer in answers)
    async with db.reading() as session:
        kept = (await session.exec(select(SignInRefusal).order_by(col(SignInRefusal.id)))).all()
    assert [row.reason for row in kept] == [
        "wrong_password", "unknown_user", "disabled", "no_password"
    ]  # fmt: skip
    assert (await _leaves(db)).count(("sign_in_refusals", "create")) == 4


async def test_signing_out_refuses_the_very_next_request(
    client: httpx.AsyncClient, db: Database, user: User
) -> None:
    token = (await _signed_in(client))["access_token"]
    assert await _probe(client, token) == 403
    kept = client.cookies[COOKIE]
    gone = await client.delete(SESSION)
    assert (gone.status_code, gone.content) == (204, b"")
    assert "max-age=0" in gone.headers["set-cookie"].lower()
    assert COOKIE not in client.cookies
    assert await _probe(client, token) == 401
    again = await client.post(
        f"{SESSION}/refresh", headers={**OWN_PAGE, "Cookie": f"{COOKIE}={kept}"}
    )
    assert (again.status_code, again.json()["code"]) == (401, "not-signed-in")
    assert (await _leaves(db))[-2:] == [("sign_in_refusals", "create"), ("sign_ins", "end")]


@pytest.mark.parametrize("cookie", [None, "junk", f"{'0' * 32}.1.{'A' * 43}", "a" * 5000])
async def test_signing_out_always_answers_204(
    client: httpx.AsyncClient, cookie: str | None
) -> None:
    headers = {"Cookie": f"{COOKIE}={cookie}"} if cookie else {}
    assert (await client.delete(SESSION, headers=headers)).status_code == 204


async def test_another_site_can_neither_sign_out_nor_renew(
    client: httpx.AsyncClient, user: User
) -> None:
    token = (await _signed_in(client))["access_token"]
    for site in ("cross-site", "same-site", "none"):
        asked = await client.delete(SESSION, headers={"Sec-Fetch-Site": site})
        assert (asked.status_code, "set-cookie" in asked.headers) == (204, False)
        asked = await client.post(
            f"{SESSION}/refresh", headers={**OWN_PAGE, "Sec-Fetch-Site": site}
        )
        assert (asked.status_code, asked.json()["code"]) == (403, "cross-site")
    for headers in ({}, {"X-Requested-With": "XMLHttpRequest"}):
        asked = await client.post(f"{SESSION}/refresh", headers=headers)
        assert (asked.status_code, asked.json()["code"]) == (403, "cross-site")
    assert await _probe(client, token) == 403  # still signed in
    renewed = await client.post(f"{SESSION}/refresh", headers=OWN_PAGE)
    assert renewed.status_code == 200


async def test_renewing_gives_a_new_token_and_a_new_cookie(
    client: httpx.AsyncClient, user: User, app: FastAPI
) -> None:
    first = await _signed_in(client)
    before = client.cookies[COOKIE]
    answer = await client.post(f"{SESSION}/refresh", headers={"X-Requested-With": "zhucun"})
    assert answer.status_code == 200
    assert answer.json().keys() == {"access_token", "expires_in"}
    assert client.cookies[COOKIE] != before
    read = app.state.tokens.read
    renewed = read(answer.json()["access_token"], now())
    assert renewed == read(first["access_token"], now())


async def test_without_a_cookie_nothing_is_renewed(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{SESSION}/refresh", headers=OWN_PAGE)
    assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in")


async def test_a_disabled_user_is_refused_at_once(
    client: httpx.AsyncClient, db: Database, user: User
) -> None:
    token = (await _signed_in(client))["access_token"]
    async with db.writing() as session:
        await users.disable_user(session, "zhangsan", "cli", now())
    assert await _probe(client, token) == 401
    renewed = await client.post(f"{SESSION}/refresh", headers=OWN_PAGE)
    assert renewed.status_code == 401
    async with db.writing() as session:
        await users.enable_user(session, "zhangsan", "cli", now())
    assert await _probe(client, token) == 401  # the old sign-in stays ended
    await _signed_in(client)


async def test_who_is_asking_needs_a_living_sign_in_of_that_very_user(
    client: httpx.AsyncClient, app: FastAPI, db: Database, user: User
) -> None:
    good = (await sign_in(app, user))["Authorization"]
    sign_in_id = app.state.tokens.read(good.removeprefix("Bearer "), now()).sign_in_id
    other = Tokens("another key of sufficient length 123456", 10)
    forged = [
        "",
        "Bearer",
        "Bearer ",
        "Bearer junk",
        good.removeprefix("Bearer "),
        good.replace("Bearer", "Basic"),
        f"Bearer {other.issue(user.id, sign_in_id, now())}",
        f"Bearer {app.state.tokens.issue(user.id, new_id(), now())}",
        f"Bearer {app.state.tokens.issue(new_id(), sign_in_id, now())}",
    ]
    for value in forged:
        answer = await client.put(f"{SESSION}/password", json=NEW, headers={"Authorization": value})
        assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in"), value
        assert answer.headers["www-authenticate"] == "Bearer"
    async with db.writing() as session:
        row = await session.get_one(SignIn, sign_in_id)
        row.expires_at = now()
        session.add(row)
    assert await _probe(client, good.removeprefix("Bearer ")) == 401


async def test_changing_the_password_ends_the_other_sign_ins(
    client: httpx.AsyncClient, app: FastAPI, db: Database, user: User
) -> None:
    elsewhere = (await sign_in(app, user))["Authorization"].removeprefix("Bearer ")
    here = (await _signed_in(client))["access_token"]
    changed = await client.put(
        f"{SESSION}/password", json=NEW, headers={"Authorization": f"Bearer {here}"}
    )
    assert (changed.status_code, changed.content) == (204, b"")
    assert await _probe(client, elsewhere) == 401
    assert await _probe(client, here) == 403
    assert (await client.post(SESSION, json=body())).status_code == 401
    assert (await client.post(SESSION, json=body(password=NEW["new"]))).status_code == 200
    leaves = await _leaves(db)
    assert ("users", "password") in leaves
    assert leaves.count(("sign_ins", "end")) == 1
    async with db.reading() as session:
        ended = await session.exec(select(SignIn).where(col(SignIn.ended_at).is_not(None)))
        assert [row.end_reason for row in ended] == ["password_changed"]


async def test_a_password_change_asks_for_the_current_one_and_is_throttled(
    client: httpx.AsyncClient, app: FastAPI, user: User
) -> None:
    headers = await sign_in(app, user)
    for _ in range(5):
        answer = await client.put(
            f"{SESSION}/password", json={**NEW, "current": "guess"}, headers=headers
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "wrong-password")
    answer = await client.put(f"{SESSION}/password", json=NEW, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (429, "too-many-attempts")
    # the counter of the change is its own: signing in still works
    assert (await client.post(SESSION, json=body())).status_code == 200


async def test_a_weak_new_password_is_refused_and_says_why(
    client: httpx.AsyncClient, app: FastAPI, user: User
) -> None:
    headers = await sign_in(app, user)
    for new, why in (
        ("short", "5 个字符"),
        ("zhangsan2026!!", "姓名"),
        ("张三的密码20261121", "姓名"),
    ):
        answer = await client.put(f"{SESSION}/password", json={**NEW, "new": new}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "weak-password")
        assert why in answer.json()["detail"]
    assert (await client.post(SESSION, json=body())).status_code == 200


async def test_every_sign_in_stands_in_the_log_by_its_user(
    client: httpx.AsyncClient, db: Database, user: User
) -> None:
    await _signed_in(client)
    async with db.reading() as session:
        row = (await session.exec(select(SignIn))).one()
        leaf = (
            await session.exec(select(LedgerLeaf).where(col(LedgerLeaf.table_name) == "sign_ins"))
        ).one()
    assert (leaf.log, leaf.kind, UUID(leaf.row_id), leaf.actor) == (
        "000000", "create", row.id, str(user.id)
    )  # fmt: skip
    assert (row.device_id, row.device_name) == ("phone-1", "红米 Note 13")


async def test_the_documentation_offers_to_authorise(app: FastAPI) -> None:
    told = app.openapi()
    schemes = told["components"]["securitySchemes"]
    assert [s["scheme"] for s in schemes.values()] == ["bearer"]
    assert told["paths"][f"{SESSION}/password"]["put"]["security"]
    assert "security" not in told["paths"][SESSION]["post"]
    codes = told["paths"][SESSION]["post"]["responses"]
    assert {"200", "401", "422", "429", "503"} <= codes.keys()


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
async def test_a_foreign_form_cannot_sign_anybody_in(
    client: httpx.AsyncClient, user: User, kind: str | None
) -> None:
    headers = {"Content-Type": kind} if kind else {}
    answer = await client.post(SESSION, content=json.dumps(body()), headers=headers)
    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers
