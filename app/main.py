"""The application: settings, middleware, routers, problem handlers."""

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app import api, worker
from app.auth.anchors import Anchors
from app.auth.service import Door
from app.auth.tokens import Tokens
from app.core import health
from app.core.crypto import Sealer
from app.core.db import Database
from app.core.http import Guard, add_problem_handlers
from app.core.settings import Settings
from app.core.storage import store_of
from app.docs import add_pages
from app.frontend import BESIDE_THE_CODE, add_frontend, is_built
from app.ledger.nightly import Nightly
from app.photos.decoder import Decoder
from app.policy.versions import read_all


def create_app(settings: Settings | None = None, database: Database | None = None) -> FastAPI:
    """The whole service. Tests pass their own settings and database.

    Raises `app.policy.reading.Fault` for a pack that cannot be read: not started is better than
    failing at some of the questions.
    """
    read_all()
    settings = settings or Settings()
    logging.basicConfig(format="%(levelname)s %(message)s")
    # our own words only: drivers would log at DEBUG every value that they are given
    logging.getLogger("zhucun").setLevel(settings.log_level.upper())

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # long-lived objects leave the collector's sight: the slowest requests get 5 times faster
        gc.collect()
        gc.freeze()
        nightly = None if settings.nightly_verify == "off" else Nightly()
        house = worker.House(app.state.database, app.state.store, settings, nightly=nightly)
        async with worker.beside(house):
            yield
        await app.state.decoder.close()
        await app.state.database.dispose()

    app = FastAPI(
        title="驻村 zhucun",
        version="0.1.0",
        lifespan=lifespan,
        openapi_url=None if settings.production else "/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # its address would be made of the Host header that the caller sent
    )
    app.state.settings = settings
    app.state.database = database or Database(
        settings.database, connections=settings.database_connections
    )
    app.state.store = store_of(settings)
    app.state.decoder = Decoder(settings.photo_workers)
    app.state.tokens = Tokens(settings.token_key.get_secret_value(), settings.access_minutes)
    app.state.door = Door(settings)
    app.state.anchors = Anchors(settings.refresh_key.get_secret_value())
    app.state.sealer = Sealer(settings.field_key.get_secret_value())
    add_problem_handlers(app)
    app.include_router(health.router)
    app.include_router(api.router)
    app.include_router(api.fallback)
    folder = settings.pages or BESIDE_THE_CODE
    add_pages(app, settings, phone_app=is_built(folder))
    add_frontend(app, folder)
    app.add_middleware(health.Timed)
    app.add_middleware(Guard, settings=settings)
    return app
