"""What tests of reviews share: a flag on a record, and people who speak to it."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI

from app.core.clock import now, today
from app.core.db import Database
from app.reviews.finding import About, Finding, Weight
from app.reviews.models import Flag
from app.reviews.service import raise_flags
from app.reviews.words import CHECKS
from tests.factories import VILLAGE, make_cadre

COUNTY, TOWNSHIP = "360321", "360321101"
CODE = "outside-fence"
EVIDENCE = {"distance_m": 4200, "accuracy_m": 15, "beyond_m": 2635}
Json = dict[str, Any]


class Person:
    """One person's way to flags."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str], me: UUID) -> None:
        self.client, self.headers, self.me = client, headers, me

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(f"/api/v1{path}", headers=self.headers)

    async def post(self, path: str, told: Json) -> httpx.Response:
        return await self.client.post(f"/api/v1{path}", json=told, headers=self.headers)

    async def decide(self, flag: UUID, decision: str, **over: Any) -> httpx.Response:
        told = {"decision": decision, "reason": f"{self.me} 看过", **over}
        return await self.post(f"/flags/{flag}/decision", told)

    async def answer(self, flag: UUID, text: str = "当时在后山", **over: Any) -> httpx.Response:
        return await self.post(f"/flags/{flag}/answer", {"text": text, **over})

    async def appeal(self, flag: UUID, text: str = "请再看看照片") -> httpx.Response:
        return await self.post(f"/flags/{flag}/appeal", {"text": text})

    async def flag(self, flag: UUID) -> Json:
        found: Json = (await self.get(f"/flags/{flag}")).json()
        return found

    async def flags(self, query: str = "") -> list[str]:
        return [each["id"] for each in (await self.get(f"/flags{query}")).json()["items"]]


async def person(
    app: FastAPI, client: httpx.AsyncClient, kind: str, unit: str = VILLAGE, **over: Any
) -> Person:
    user, headers = await make_cadre(app, kind, unit, name=f"{kind}{unit[-3:]}", **over)
    return Person(client, headers, user.id)


async def flagged(
    db: Database,
    author: UUID,
    code: str = CODE,
    *,
    record: UUID | None = None,
    kind: str = "check_in",
    day: date | None = None,
    village: str | None = VILLAGE,
    weight: Weight | None = None,
    at: datetime | None = None,
) -> Flag:
    """A flag raised on a record; the record itself is asked for by nobody here."""
    about = About(kind, record or uuid4(), COUNTY, author, day or today(), village)
    finding = Finding(code, weight or CHECKS[code].weight, dict(EVIDENCE))
    async with db.writing() as session:
        return (await raise_flags(session, about, [finding], at or now()))[0]


LONG_AGO = timedelta(days=14, minutes=1)
