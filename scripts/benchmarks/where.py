"""Where the time of one check-in goes: the same request again and again inside one process.

Each part is timed by the profiler, which slows small functions more than large ones: read the
shares, not the milliseconds, and the waiting for the database as part of each statement.
"""

import cProfile
import json
import pstats
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from fastapi import FastAPI

from app.core.settings import Settings
from app.main import create_app

TIMES = 600
#: what is told -> the functions whose cumulative time it is (file ending, name)
PARTS = {
    "token and caller, one statement": [("postings/scope.py", "__call__")],
    "village, fences, household, one statement": [("checkins/service.py", "_surroundings")],
    "the row: place, day, digest": [("checkins/service.py", "drafted")],
    "the leaf: commitment and hash": [("ledger/service.py", "entry")],
    "row, photos' names, log, one statement": [("ledger/once.py", "__call__")],
    "the reply in words and JSON": [
        ("checkins/reading.py", "of_recorded"),
        ("pydantic/main.py", "model_dump_json"),
    ],
}


async def shares(settings: Settings, token: str, village: str) -> dict[str, float]:
    """Part -> share of the whole request, the rest being FastAPI, Starlette and our middleware."""
    app = create_app(settings)
    for _ in range(50):
        await _put(app, token, village)
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(TIMES):
        await _put(app, token, village)
    profile.disable()
    await app.state.decoder.close()
    await app.state.database.dispose()
    return _told(pstats.Stats(profile))


def _told(stats: pstats.Stats) -> dict[str, float]:
    spent: dict[tuple[str, str], float] = {}
    for (file, _, name), (_, _, _, cumulative, _) in stats.stats.items():  # type: ignore[attr-defined]  # documented nowhere, stable for decades
        spent[file, name] = spent.get((file, name), 0.0) + cumulative
    whole = _of(spent, ("benchmarks/where.py", "_put"))
    parts = {part: sum(_of(spent, f) for f in names) for part, names in PARTS.items()}
    # the statement contains the leaf
    parts["row, photos' names, log, one statement"] -= parts["the leaf: commitment and hash"]
    found = {part: value / whole for part, value in parts.items()}
    return {**found, "FastAPI, Starlette, validation, middleware": 1 - sum(found.values())}


def _of(spent: dict[tuple[str, str], float], wanted: tuple[str, str]) -> float:
    return sum(
        v for (file, name), v in spent.items() if name == wanted[1] and file.endswith(wanted[0])
    )


async def _put(app: FastAPI, token: str, village: str) -> None:
    body = {
        "kind": "presence",
        "village": village,
        "captured_at": datetime.now(UTC).isoformat(),
        "fix": {"lat": 27.13, "lon": 113.96, "accuracy_m": 18.0, "datum": "gcj02"},
        "note": "走访农户,查看产业",
    }
    data = json.dumps(body).encode()
    headers = [
        (b"host", b"bench"),
        (b"authorization", f"Bearer {token}".encode()),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(data)).encode()),
    ]
    path = f"/api/v1/check-ins/{uuid4()}"
    scope = {
        "type": "http", "http_version": "1.1", "method": "PUT", "scheme": "http", "path": path,
        "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "asgi": {"version": "3.0"},
    }  # fmt: skip
    answers: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": data, "more_body": False}

    async def send(message: Any) -> None:
        answers.append(message)

    await app(scope, receive, send)
    if answers[0]["status"] != 201:
        raise SystemExit(f"a check-in was answered with {answers[0]['status']}")
