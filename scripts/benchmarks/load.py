"""A load of PUTs from 16 callers: ``load.py HOST PORT SECONDS CALLERS TOKEN VILLAGE`` prints JSON.

It speaks HTTP/1.1 by hand over kept connections, because a full client would be slower than the
service and would measure itself.
"""

import asyncio
import json
import statistics
import sys
import time
import uuid
from datetime import UTC, datetime

WARM_UP_S = 1.0


def request(host: str, token: str, village: str, photo: bool) -> bytes:
    """One check-in under a fresh id."""
    body = {
        "kind": "presence",
        "village": village,
        "captured_at": datetime.now(UTC).isoformat(),
        "fix": {"lat": 27.13, "lon": 113.96, "accuracy_m": 18.0, "datum": "gcj02"},
        "photos": [uuid.uuid4().hex * 2] if photo else [],
        "note": "走访农户,查看产业",
        "client": {"build": "bench", "seq": 1},
    }
    data = json.dumps(body).encode()
    head = (
        f"PUT /api/v1/check-ins/{uuid.uuid4()} HTTP/1.1\r\nHost: {host}\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


async def answer(reader: asyncio.StreamReader) -> int:
    """Read one response; its status."""
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            await reader.readexactly(int(line[15:]))
    return status


async def caller(
    host: str, port: int, until: float, since: float, taken: list[float], make: "list[str]"
) -> int:
    """One caller: send, wait, send again; failures are counted."""
    token, village, photo = make
    reader, writer = await asyncio.open_connection(host, port)
    failed = 0
    while (start := time.perf_counter()) < until:
        writer.write(request(host, token, village, photo == "photo"))
        status = await answer(reader)
        if start >= since:
            taken.append(time.perf_counter() - start)
            failed += status != 201
    writer.close()
    return failed


async def main() -> None:
    """Run the load and print what was measured."""
    host, port, seconds, callers, *make = sys.argv[1:]
    taken: list[float] = []
    since = time.perf_counter() + WARM_UP_S
    until = since + float(seconds)
    jobs = (caller(host, int(port), until, since, taken, make) for _ in range(int(callers)))
    failed = sum(await asyncio.gather(*jobs))
    cuts = statistics.quantiles(taken, n=100)
    print(
        json.dumps(
            {
                "per_s": len(taken) / float(seconds),
                "p50_ms": cuts[49] * 1000,
                "p99_ms": cuts[98] * 1000,
                "failed": failed,
            }
        )
    )


asyncio.run(main())
