"""What tests of photos share: decoding processes for all of them, a service that really runs."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from app.core.settings import Settings
from app.photos.decoder import Decoder
from tests.support.server import Server, serve


@pytest.fixture(scope="session")
async def shared_decoder() -> AsyncIterator[Decoder]:
    """Started once: a process of its own for each test would take most of its time."""
    made = Decoder(2)
    yield made
    await made.close()


@pytest.fixture
async def app(app: FastAPI, shared_decoder: Decoder) -> AsyncIterator[FastAPI]:
    """The application with the shared decoder."""
    own, app.state.decoder = app.state.decoder, shared_decoder
    yield app
    app.state.decoder = own


@pytest.fixture
async def server(app: FastAPI, settings: Settings, database_url: str) -> AsyncIterator[Server]:
    """The service on the test's own database and secrets, with four database connections."""
    running = serve(data=str(settings.data), database_url=database_url, database_connections="4")
    yield await asyncio.to_thread(running.__enter__)
    await asyncio.to_thread(running.__exit__, None, None, None)
