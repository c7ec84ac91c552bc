"""A first secretary, the township and the county over them, another township."""

import httpx
import pytest
from fastapi import FastAPI

from tests.factories import make_cadre
from tests.requests.desk import COUNTY, TOWNSHIP, VILLAGE, Desk


async def _desk(app: FastAPI, client: httpx.AsyncClient, kind: str, unit: str) -> Desk:
    user, headers = await make_cadre(app, kind, unit, name=f"{kind}{unit[-3:]}")
    return Desk(client, headers, user)


@pytest.fixture
async def secretary(app: FastAPI, client: httpx.AsyncClient) -> Desk:
    """The first secretary of the village, who asks."""
    return await _desk(app, client, "FS", VILLAGE)


@pytest.fixture
async def leader(app: FastAPI, client: httpx.AsyncClient) -> Desk:
    """The team's leader, who reads and decides nothing."""
    return await _desk(app, client, "TL", VILLAGE)


@pytest.fixture
async def township(app: FastAPI, client: httpx.AsyncClient) -> Desk:
    """The township's administrator."""
    return await _desk(app, client, "TA", TOWNSHIP)


@pytest.fixture
async def county(app: FastAPI, client: httpx.AsyncClient) -> Desk:
    """The county's administrator."""
    return await _desk(app, client, "CA", COUNTY)


@pytest.fixture
async def stranger(app: FastAPI, client: httpx.AsyncClient) -> Desk:
    """The administrator of another township."""
    return await _desk(app, client, "TA", "360321102")
