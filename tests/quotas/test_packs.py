"""The packs that can be adopted, as an administrator's page reads them."""

from typing import Any

import httpx
from fastapi import FastAPI

from app.policy.loader import load_pack, shipped
from app.policy.versions import older
from tests.factories import make_cadre


async def _packs(app: FastAPI, client: httpx.AsyncClient) -> dict[tuple[str, str], Any]:
    _, headers = await make_cadre(app)
    answer = await client.get("/api/v1/packs", headers=headers)
    assert answer.status_code == 200
    return {(one["id"], one["version"]): one for one in answer.json()["items"]}


async def test_every_version_that_can_be_adopted_is_told(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    found = await _packs(app, client)
    assert set(found) == {
        (pack, version) for pack in shipped() for version in (load_pack(pack).version, *older(pack))
    }
    newest = [pack for (pack, _), one in found.items() if one["newest"]]
    assert sorted(newest) == shipped()


async def test_rules_have_their_clause_and_threshold_and_blanks_their_question(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    for one in (await _packs(app, client)).values():
        for rule in one["rules"]:
            assert rule["posts"] or rule["subjects"]
            assert all(value["clause"] for value in rule["values"])
        assert all(parameter["says"] for parameter in one["parameters"])
    plan = (await _packs(app, client))["p2-town-plan", load_pack("p2-town-plan").version]
    assert "reporting_units" in {parameter["name"] for parameter in plan["parameters"]}
