"""``scripts/bench``: what a check-in costs beside a bare insert, and what the quotas cost.

The services run one after another in the same minutes on the same machine, in rounds, and the
figure to quote is the ratio of medians: single figures of a shared machine say little.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from app.auth.anchors import Anchors
from app.auth.models import SignIn, User
from app.auth.tokens import Tokens
from app.core import migrate
from app.core.clock import now, today
from app.core.crypto import Sealer
from app.core.db import Database
from app.core.settings import Settings
from app.core.storage import Store
from app.core.tables import HOUSE
from app.demo import service as demo
from app.demo.cli import COUNTY
from app.ledger.service import append_many
from app.org.models import Fence, Unit
from app.postings.models import Posting
from scripts.benchmarks.county import PER_QUARTER, County, engine_us
from scripts.benchmarks.county import load as load_county
from scripts.benchmarks.county import times as county_times
from scripts.benchmarks.log import compare as compare_log
from scripts.benchmarks.quotas import quota_times
from scripts.benchmarks.verify import measure as measure_verify
from scripts.benchmarks.where import shares
from tests.conftest import run_sql
from tests.support import postgres
from tests.support.ports import free_port

HERE = Path(__file__).resolve().parent
VILLAGE = "360321101201"
#: the machine's disk is asked for every commit, as in production
DURABLE = ("fsync=on", "synchronous_commit=on", "shared_buffers=128MB")
ROUNDS, SECONDS, CALLERS = 3, 5, 16


@contextmanager
def serving(application: str, environment: dict[str, str]) -> Iterator[int]:
    """uvicorn in a process of its own; yields its port."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", application, "--port", str(port)]
    flags = ["--log-level", "warning", "--no-access-log", "--factory"]
    flags = flags if application.endswith("create_app") else flags[:-1]
    server = subprocess.Popen([*command, *flags], env=os.environ | environment)
    try:
        for _ in range(200):
            try:
                if httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200:
                    break
            except httpx.HTTPError:
                time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait()


async def prepare(settings: Settings) -> str:
    """A village with a fence and its first secretary; the access token."""
    await migrate.upgrade(settings.database)
    base = Database(settings.database, connections=2)
    at = now()
    user = User(county=HOUSE, name="第一书记", created_at=at)
    sign_in = SignIn(
        county=HOUSE, user_id=user.id, device_id="bench", device_name="bench", seen_at=at,
        started_at=at, expires_at=at.replace(year=at.year + 1, day=1),
    )  # fmt: skip
    codes = [VILLAGE[:digits] for digits in (2, 4, 6, 9, 12)]
    levels = ["province", "city", "county", "township", "village"]
    units = [
        Unit(
            county=code[:6] if len(code) >= 6 else HOUSE,
            code=code,
            name=level,
            level=level,
            parent=parent,
        )
        for code, level, parent in zip(codes, levels, [None, *codes], strict=False)
    ]
    posting = Posting(county=VILLAGE[:6], person_id=user.id, unit=VILLAGE, kind="FS", since=today())
    fence = Fence(
        county=VILLAGE[:6], unit=VILLAGE, lat_e7=271300000, lon_e7=1139600000, radius_m=1500
    )
    async with base.writing() as session:
        for row in (*units, user, sign_in, posting, fence):
            session.add(row)
            await session.flush()
            await append_many(session, [row], "create", "bench", at)
    await base.dispose()
    tokens = Tokens(settings.token_key.get_secret_value(), 15)
    return tokens.issue(user.id, sign_in.id, now())


def load(port: int, token: str, photo: str) -> dict[str, float]:
    """One round from a process of its own."""
    command = [sys.executable, str(HERE / "load.py"), "127.0.0.1", str(port)]
    told = [*command, str(SECONDS), str(CALLERS), token, VILLAGE, photo]
    out = subprocess.run(told, check=True, capture_output=True, text=True).stdout
    figures: dict[str, float] = json.loads(out)
    if figures["failed"]:
        raise SystemExit(f"{figures['failed']} requests were not answered with 201")
    return figures


def compare(folder: Path, pg_url: str) -> None:
    """Check-ins on PostgreSQL and SQLite beside the bare insert, in rounds."""
    environments = {
        "bare insert (asyncpg)": ("scripts.benchmarks.bare:app", ""),
        "check-in, PostgreSQL": ("app.main:create_app", ""),
        "check-in with a photo named, PostgreSQL": ("app.main:create_app", "photo"),
        "check-in, SQLite": ("app.main:create_app", ""),
    }
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in environments}
    tokens = {}
    for kind, url in (("PostgreSQL", pg_url), ("SQLite", "")):
        settings = Settings(data=folder / kind, database_url=url)
        tokens[kind] = (asyncio.run(prepare(settings)), settings)
    for _ in range(ROUNDS):
        for name, (application, photo) in environments.items():
            token, settings = tokens["SQLite" if "SQLite" in name else "PostgreSQL"]
            environment = {
                "BARE_URL": pg_url.replace("+asyncpg", ""),
                "ZHUCUN_DATABASE_URL": settings.database,
                "ZHUCUN_DATA": str(settings.data),
            }
            with serving(application, environment) as port:
                taken[name].append(load(port, token, photo))
    report(taken)
    for kind, (token, settings) in tokens.items():
        print(f"\nWhere the time of one check-in goes, {kind}, shares under the profiler:")
        for part, share in asyncio.run(shares(settings, token, VILLAGE)).items():
            print(f"  {part:46s} {share:4.0%}")


def report(taken: dict[str, list[dict[str, float]]]) -> None:
    """One line a service: medians over the rounds, and the ratio to the bare insert."""
    print(f"\nPUT /check-ins/{{id}}, {CALLERS} callers, {ROUNDS} rounds of {SECONDS} s, medians:")
    bare = statistics.median(figures["per_s"] for figures in next(iter(taken.values())))
    for name, rounds in taken.items():
        middle = {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}
        print(
            f"  {name:42s} {middle['per_s']:6.0f}/s   p50 {middle['p50_ms']:5.1f} ms"
            f"   p99 {middle['p99_ms']:5.1f} ms   ratio {middle['per_s'] / bare:.2f}"
        )


async def demonstrate(settings: Settings) -> dict[str, float]:
    """The demonstration county into this database, and the times of its quotas."""
    await migrate.upgrade(settings.database)
    database = Database(settings.database)
    start = time.perf_counter()
    sealer = Sealer(settings.field_key.get_secret_value())
    anchors = Anchors(settings.refresh_key.get_secret_value())
    house = demo.House(database, Store(settings.media), sealer, anchors)
    await demo.load(house, COUNTY, today=today())
    await database.dispose()
    return {"load the county (s)": time.perf_counter() - start, **await quota_times(settings)}


def quotas(folder: Path, pg_url: str) -> None:
    """One person's quotas, a township's table and a county's summary on both databases."""
    url = pg_url.replace("/postgres?", "/county?")
    asyncio.run(run_sql(pg_url, "CREATE DATABASE county"))
    print("\nQuotas on the demonstration county, medians in ms:")
    for kind, where in (("SQLite", ""), ("PostgreSQL", url)):
        found = asyncio.run(demonstrate(Settings(data=folder / f"demo-{kind}", database_url=where)))
        told = "   ".join(f"{name} {value:.0f}" for name, value in found.items())
        print(f"  {kind:10s} {told}")


def counties(folder: Path, pg_url: str) -> None:
    """Thousands of people: how the time grows with people, and with years of history."""
    sizes = {
        "1,000 people": County(1_000),
        "1,000 people, 5 years": County(1_000, earlier=19),
        "10,000 people": County(10_000),
    }
    print(f"\nThe engine alone: {engine_us():.0f} µs for a standing of {PER_QUARTER} days")
    for number, (size, county) in enumerate(sizes.items()):
        for kind in ("SQLite", "PostgreSQL"):
            where = ""
            if kind == "PostgreSQL":
                asyncio.run(run_sql(pg_url, f"CREATE DATABASE county{number}"))
                where = pg_url.replace("/postgres?", f"/county{number}?")
            settings = Settings(data=folder / f"county-{number}-{kind}", database_url=where)
            people = asyncio.run(load_county(settings, county))
            print(f"\nA county of {size}, {kind}, ms:", flush=True)
            for name, value in asyncio.run(county_times(settings, county, people)).items():
                print(f"  {name:42s} {value:8.1f}", flush=True)


def log_costs(folder: Path, pg_url: str) -> None:
    """What the append to the log costs 16 writers of one county."""
    asyncio.run(run_sql(pg_url, "CREATE DATABASE log"))
    settings = Settings(data=folder / "log", database_url=pg_url.replace("/postgres?", "/log?"))
    token = asyncio.run(prepare(settings))
    compare_log(settings, token, serving, lambda port, token: load(port, token, "")["per_s"])


def verification(folder: Path, pg_url: str) -> None:
    """A log of a million leaves verified by the command, on both databases."""
    print("\nzhucun ledger verify --without-bytes:", flush=True)
    asyncio.run(run_sql(pg_url, "CREATE DATABASE verified"))
    for kind, where in (("SQLite", ""), ("PostgreSQL", pg_url.replace("/postgres?", "/verified?"))):
        settings = Settings(data=folder / f"verify-{kind}", database_url=where)
        asyncio.run(prepare(settings))
        measure_verify(settings, kind)


PARTS = {
    "check-ins": compare,
    "demo": quotas,
    "county": counties,
    "log": log_costs,
    "verify": verification,
}


def main() -> None:
    """All of it, or the parts named."""
    asked = sys.argv[1:] or list(PARTS)
    if unknown := [name for name in asked if name not in PARTS]:
        raise SystemExit(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    with (
        tempfile.TemporaryDirectory(prefix="zhucun-bench-") as folder,
        postgres.cluster(*DURABLE) as pg_url,
    ):
        for name in asked:
            PARTS[name](Path(folder), pg_url)


if __name__ == "__main__":
    main()
