"""What the quotas cost on a county that is already loaded: a person, a township, a county."""

import statistics
import time
from collections.abc import Mapping

import httpx
from fastapi import FastAPI
from sqlmodel import col, select

from app.auth.models import SignIn, User
from app.core.clock import now, today
from app.core.db import Database
from app.core.settings import Settings
from app.main import create_app
from app.policy.periods import containing
from app.postings.models import Post, Posting

ROUNDS = 15


async def quota_times(settings: Settings) -> dict[str, float]:
    """Median milliseconds of each question, asked of the whole application by a county
    administrator, with the last day of records as the day asked for. Needs a loaded county.
    """
    database = Database(settings.database, connections=4)
    app = create_app(settings, database)
    headers = await _sign_in(app, await _holder(database, Post.CA))
    secretary = await _holder(database, Post.FS)
    helper = await _holder(database, Post.HC)
    township = secretary.unit[:9]
    quarter = containing("quarter", today()).key
    questions = {
        "a first secretary": f"/people/{secretary.person_id}/quotas",
        "a helper": f"/people/{helper.person_id}/quotas",
        "a township's quarter": f"/units/{township}/quotas?period={quarter}&limit=200",
        "a township's households": f"/units/{township}/quotas?period=standing&limit=200",
        "a county's summary": f"/units/{township[:6]}/summary?period={quarter}",
    }
    try:
        return {name: await _median(app, headers, path) for name, path in questions.items()}
    finally:
        await database.dispose()


async def _holder(database: Database, kind: Post) -> Posting:
    query = select(Posting).where(col(Posting.kind) == kind.value).order_by(col(Posting.unit))
    async with database.reading() as session:
        found = (await session.exec(query.limit(1))).first()
    if found is None:
        raise LookupError(f"nobody is {kind.value}: load the demonstration first (zhucun demo)")
    return found


async def _sign_in(app: FastAPI, holder: Posting) -> Mapping[str, str]:
    at = now()
    async with app.state.database.writing() as session:
        user = await session.get(User, holder.person_id)
        row = SignIn(
            user_id=user.id, device_id="bench", device_name="bench", seen_at=at, started_at=at,
            expires_at=at.replace(year=at.year + 1, day=1),
        )  # fmt: skip
        session.add(row)
    return {"Authorization": f"Bearer {app.state.tokens.issue(user.id, row.id, at)}"}


async def _median(app: FastAPI, headers: Mapping[str, str], path: str) -> float:
    times = []
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://bench") as client:
        for _ in range(ROUNDS):
            begin = time.perf_counter()
            answer = await client.get(f"/api/v1{path}", headers=dict(headers))
            times.append(time.perf_counter() - begin)
            answer.raise_for_status()
    return 1000 * statistics.median(times)
