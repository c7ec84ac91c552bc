"""One person's way to leave and make-ups."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from app.auth.models import User
from app.core.clock import today

VILLAGE, OTHER_VILLAGE, TOWNSHIP, COUNTY = (
    "360321101201", "360321102201", "360321101", "360321",
)  # fmt: skip
Json = dict[str, Any]


def leave(first: date | None = None, days: int = 2, **over: Any) -> Json:
    """Two days of leave from tomorrow, unless said otherwise."""
    begin = first or today() + timedelta(days=1)
    told = {
        "kind": "leave",
        "from": str(begin),
        "to": str(begin + timedelta(days=days - 1)),
        "reason": "送母亲到市医院复查",
    }
    return {**told, **over}


def make_up(back: int = 1, **over: Any) -> Json:
    """A make-up of so many days ago."""
    told = {
        "day": str(today() - timedelta(days=back)),
        "village": VILLAGE,
        "reason": "手机进水不能开机",
        "evidence": [],
    }
    return {**told, **over}


class Desk:
    """Somebody signed in."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str], user: User) -> None:
        self.client, self.headers, self.user = client, headers, user

    @property
    def me(self) -> UUID:
        """Their id."""
        return self.user.id

    async def put(self, path: str, told: Json, key: Any = None) -> httpx.Response:
        return await self.client.put(
            f"/api/v1/{path}/{key or uuid4()}", json=told, headers=self.headers
        )

    async def asks(self, path: str, told: Json) -> str:
        """The id of a request that was taken."""
        answer = await self.put(path, told)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def post(self, path: str, told: Json) -> httpx.Response:
        return await self.client.post(f"/api/v1/{path}", json=told, headers=self.headers)

    async def decide(
        self, path: str, key: str, decision: str = "approve", reason: str = ""
    ) -> httpx.Response:
        return await self.post(f"{path}/{key}/decision", {"decision": decision, "reason": reason})

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(f"/api/v1/{path}", headers=self.headers)

    async def ids(self, path: str) -> list[str]:
        found = await self.get(path)
        assert found.status_code == 200, found.text
        return [item["id"] for item in found.json()["items"]]


def codes(told: Json) -> list[str]:
    """The marks of a request."""
    return [mark["code"] for mark in told["marks"]]
