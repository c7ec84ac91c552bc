"""A village with its people and one household, for the tests of this folder."""

from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI

from app.auth.models import User
from app.core.db import Database
from app.households.models import Household
from tests.factories import make_cadre, make_household, make_pairing, make_unit

VILLAGE, TOWNSHIP, COUNTY = "360321101201", "360321101", "360321"
OTHER_TOWNSHIP, OTHER_VILLAGE = "360321102", "360321102201"
Headers = dict[str, str]


@dataclass(frozen=True)
class Village:
    """Who is who; ``stranger`` administers another township."""

    client: httpx.AsyncClient
    household: Household
    helper: User
    as_helper: Headers
    as_admin: Headers
    as_stranger: Headers


@pytest.fixture
async def village(app: FastAPI, client: httpx.AsyncClient, db: Database) -> Village:
    """A paired helper, the township's administrator, and another township's."""
    await make_unit(db, VILLAGE, name="路口村")
    helper, as_helper = await make_cadre(app, "HC", VILLAGE, name="王帮扶")
    _, as_admin = await make_cadre(app, "TA", TOWNSHIP)
    _, as_stranger = await make_cadre(app, "TA", OTHER_TOWNSHIP)
    household = await make_household(db, VILLAGE)
    await make_pairing(db, helper, household)
    return Village(client, household, helper, as_helper, as_admin, as_stranger)
