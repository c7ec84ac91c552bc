"""A real server under slow, cut and many uploads: nothing waits, nothing is left behind."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
from fastapi import FastAPI
from sqlmodel import select

from app.core.clock import now
from app.core.ids import new_id
from app.core.settings import Settings
from app.photos.models import Photo
from tests.factories import VILLAGE, make_cadre
from tests.photos.pictures import photo, sha
from tests.support.server import Server

CUT = int(os.environ.get("ZHUCUN_TEST_CUT_UPLOADS", "1000"))
AT_ONCE = 200
TRICKLE_S = 4.0


def _head(name: str, length: int, headers: dict[str, str], *more: str) -> bytes:
    lines = [
        f"PUT /api/v1/photos/{name} HTTP/1.1",
        "Host: test",
        f"Authorization: {headers['Authorization']}",
        "Content-Type: image/jpeg",
        f"Content-Length: {length}",
        *more,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _check_in() -> dict[str, object]:
    return {
        "kind": "presence",
        "village": VILLAGE,
        "captured_at": now().isoformat(),
        "fix": None,
        "no_fix_reason": "timeout",
    }


async def _trickle(server: Server, headers: dict[str, str], seed: int) -> bytes:
    """A photo in twenty pieces over four seconds; the status line."""
    data = photo(seed)
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(_head(sha(data), len(data), headers))
    step = len(data) // 20 + 1
    for start in range(0, len(data), step):
        writer.write(data[start : start + step])
        await writer.drain()
        await asyncio.sleep(TRICKLE_S / 20)
    status = await reader.readline()
    writer.close()
    return status


async def test_check_ins_stay_quick_while_ten_uploads_trickle_in(
    app: FastAPI, server: Server, settings: Settings
) -> None:
    """Also with fewer database connections than uploads: an upload under way holds none."""
    _, me = await make_cadre(app)
    async with httpx.AsyncClient(base_url=server.url, headers=me) as http:
        uploads = [asyncio.create_task(_trickle(server, me, seed)) for seed in range(10)]
        until, done = time.monotonic() + TRICKLE_S * 0.7, 0
        while time.monotonic() < until:
            answer = await http.put(f"/api/v1/check-ins/{new_id()}", json=_check_in())
            assert answer.status_code == 201
            done += 1
            await asyncio.sleep(0.02)
        # one that waited for an upload's connection would come back after that upload
        assert not any(upload.done() for upload in uploads)
        assert len(server.open_files(settings.data / "incoming")) == 10
        assert done > 3
        for status in await asyncio.gather(*uploads):
            assert b"201" in status


def _resident_mb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(x.split()[1]) for x in status.splitlines() if x.startswith("VmRSS")) // 1024


async def test_an_endless_upload_gets_its_answer_and_no_memory(
    app: FastAPI, server: Server
) -> None:
    """A client that reads only after it has sent everything still learns why."""
    _, me = await make_cadre(app)
    headers = {**me, "Content-Type": "image/jpeg"}

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(1_000):
            yield bytes(100_000)

    async with httpx.AsyncClient(base_url=server.url, headers=headers) as http:
        before = _resident_mb(server.pid)
        undeclared = await http.put(f"/api/v1/photos/{sha(b'')}", content=endless())
        declared = await http.put(f"/api/v1/photos/{sha(b'')}", content=bytes(11_000_000))
        for refused in (undeclared, declared):
            assert (refused.status_code, refused.json()["code"]) == (413, "body-too-large")
        assert _resident_mb(server.pid) < before + 50


async def _cut(server: Server, headers: dict[str, str], number: int) -> None:
    """Send headers, wait until the server reads the body, send a part of it and vanish."""
    name, length = sha(f"cut {number}".encode()), 200_000
    reader, writer = await asyncio.open_connection(server.host, server.port)
    # the server says 100 when the route asks for the body: the caller is known by then
    writer.write(_head(name, length, headers, "Expect: 100-continue"))
    assert b"100" in await reader.readline()
    writer.write(os.urandom(1024) * (number % 40))
    await writer.drain()
    if number % 2:
        writer.transport.abort()  # a reset, as when the phone loses its network address
    else:
        writer.close()


async def _transactions_left_open(url: str) -> int:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        left: int = await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND state <> 'idle'"
        )
        return left
    finally:
        await connection.close()


async def test_many_cut_uploads_leave_nothing_behind(
    app: FastAPI, server: Server, settings: Settings, database_url: str
) -> None:
    """With four database connections, four lost ones would already stop the service."""
    _, me = await make_cadre(app)
    for first in range(0, CUT, AT_ONCE):
        await asyncio.gather(*(_cut(server, me, first + n) for n in range(AT_ONCE)))
    began = time.monotonic()
    async with httpx.AsyncClient(base_url=server.url, headers=me) as http:
        answer = await http.put(f"/api/v1/check-ins/{new_id()}", json=_check_in())
        assert answer.status_code == 201
        assert time.monotonic() - began < 1
        together = await asyncio.gather(*(http.get("/api/v1/check-ins") for _ in range(8)))
        assert {answer.status_code for answer in together} == {200}
        data = photo()
        whole = await http.put(
            f"/api/v1/photos/{sha(data)}", content=data, headers={"Content-Type": "image/jpeg"}
        )
        assert whole.status_code == 201
    if database_url.startswith("postgresql"):
        assert await _transactions_left_open(database_url) == 0
    incoming = settings.data / "incoming"
    assert server.open_files(incoming) == []
    assert list(incoming.iterdir()) == []
    async with app.state.database.reading() as session:
        assert (await session.exec(select(Photo.sha256))).all() == [sha(data)]
