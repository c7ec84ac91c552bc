"""A first secretary, three reviewers of the county, and people who must not decide."""

import httpx
import pytest
from fastapi import FastAPI

from tests.reviews.desk import COUNTY, TOWNSHIP, Person, person


@pytest.fixture
async def author(app: FastAPI, client: httpx.AsyncClient) -> Person:
    """The first secretary whose records are flagged."""
    return await person(app, client, "FS")


@pytest.fixture
async def reviewers(app: FastAPI, client: httpx.AsyncClient) -> list[Person]:
    """Three reviewers of the county."""
    return [await person(app, client, "RV", COUNTY) for _ in range(3)]


@pytest.fixture
async def township(app: FastAPI, client: httpx.AsyncClient) -> Person:
    """The author's township administrator: in their line of command."""
    return await person(app, client, "TA", TOWNSHIP)


@pytest.fixture
async def county(app: FastAPI, client: httpx.AsyncClient) -> Person:
    """The county's administrator."""
    return await person(app, client, "CA", COUNTY)
