"""The whole flow in a process of its own, with nothing between the log and standard error.

Run as ``python -m tests.security.flow DATABASE_URL FOLDER``; test_quiet.py reads what it says.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from app.core.db import Database
from app.core.settings import Settings
from app.households.models import Household
from app.main import create_app
from app.postings.models import Post
from tests.security.asking import Ask, ask
from tests.security.asks import ASKS
from tests.security.world import CANARIES, VILLAGE, build

#: What a caller may try to write into the log as a line of its own.
FORGED = "\r\nERROR forged line\nWARNING another"
_addresses: list[str] = []


def _watch(event: str, told: tuple[Any, ...]) -> None:
    """Note every address that anything in this process connects to or looks up."""
    if event == "socket.connect":
        _addresses.append(str(told[1]))
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        _addresses.append(str(told[0]))


async def _defects(app: FastAPI, headers: dict[str, str]) -> None:
    """Defects and refusals whose texts hold what people typed."""

    async def half() -> None:
        told: dict[str, Any] = {
            "head": CANARIES["household.head"],
            "number": CANARIES["household.number"],
        }
        async with app.state.database.writing() as session:
            household = Household(county="360321", village=VILLAGE, **told)
            session.add(household)  # a column that must not be null

    app.add_api_route("/api/v1/half/{word}", half)
    app.router.routes.insert(0, app.router.routes.pop())
    await ask(app, Ask("GET", f"/api/v1/half/{FORGED}"), headers)
    word = CANARIES["member.id_number"]
    told = {"username": f"{word}{FORGED}", "password": word, "device_id": word, "device_name": ""}
    await ask(app, Ask("POST", "/api/v1/session", body=told))
    told["username"] = word
    await ask(app, Ask("POST", "/api/v1/session", body=told))
    await ask(app, Ask("GET", "/api/v1/households", {"q": CANARIES["household.head"]}), headers)
    await ask(app, Ask("GET", f"/api/v9/{FORGED}", headers={"user-agent": "forged"}), headers)
    jpeg = {"content-type": "image/jpeg"}
    await ask(app, Ask("PUT", f"/api/v1/photos/{'0' * 64}", body=b"no jpeg", headers=jpeg), headers)


async def main(url: str, folder: Path) -> None:
    """Everything once, as an administrator and as a first secretary."""
    app = create_app(Settings(data=folder, pages=folder / "none", log_level="debug"), Database(url))
    world = await build(app, [Post.FS, Post.TA, Post.RV])
    for kind, place in (("TA", "child"), ("FS", "own")):
        for about in ASKS.values():
            await ask(app, about(world, world.here), world.caller(kind, place).headers)
    await _defects(app, world.caller("TA", "child").headers)
    await app.state.decoder.close()
    await app.state.database.dispose()
    tokens = [caller.headers.get("Authorization", "")[7:] for caller in world.callers]
    found = {"addresses": _addresses, "tokens": [t for t in tokens if t]}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    sys.addaudithook(_watch)
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
