"""The yardstick: bare FastAPI and asyncpg, the same body validated, one INSERT, nothing else."""

import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
from fastapi import FastAPI

from app.checkins.schemas import CheckInIn

INSERT = (
    "INSERT INTO bare (id, kind, village, captured_at, lat, lon, accuracy, note)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING"
)
TABLE = (
    "CREATE TABLE IF NOT EXISTS bare (id uuid PRIMARY KEY, kind text, village text,"
    " captured_at timestamptz, lat float, lon float, accuracy float, note text)"
)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """A pool as large as the product's, and the same care for the collector."""
    async with asyncpg.create_pool(os.environ["BARE_URL"], min_size=20, max_size=20) as pool:
        await pool.execute(TABLE)
        app.state.pool = pool
        gc.collect()
        gc.freeze()
        yield


app = FastAPI(lifespan=lifespan)


@app.put("/api/v1/check-ins/{check_in_id}", status_code=201)
async def put(check_in_id: UUID, body: CheckInIn) -> dict[str, str]:
    """Insert what came."""
    fix = body.fix
    await app.state.pool.execute(
        INSERT,
        check_in_id,
        body.kind.value,
        body.village,
        body.captured_at,
        fix.lat if fix else None,
        fix.lon if fix else None,
        fix.accuracy_m if fix else None,
        body.note or "",
    )
    return {"id": str(check_in_id)}


@app.get("/healthz")
async def healthz() -> dict[str, str]:
    """Up."""
    return {"status": "ok"}
