"""What the auditor's page asks for: checkpoints, a record's proof, what was last verified."""

import asyncio
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.core.clock import now
from app.core.db import Database
from app.core.settings import Settings
from app.ledger import verifications
from app.ledger.kept import Kept
from app.ledger.keys import signer
from app.ledger.nightly import Nightly
from app.ledger.sealing import seal
from scripts import verify as auditor
from tests.factories import make_cadre
from tests.ledger.test_audit import LOG, disarmed, findings, house
from tests.ledger.test_tamper import fences

__all__ = ["house"]
NIGHT = datetime.combine(now().date(), time(18, 30), UTC)  # half past two in Shanghai


async def auditor_of_the_county(app: FastAPI) -> dict[str, str]:
    """Somebody who examines the county's log; the headers of their requests."""
    return (await make_cadre(app, "AU", LOG, "审计"))[1]


async def test_every_checkpoint_newest_first(app: FastAPI, db: Database, client: Any) -> None:
    _, headers = await make_cadre(app)
    for _ in range(3):
        await fences(db, 2)
        await seal(db, signer(app.state.settings), now(), kept=None)
    at = f"/api/v1/ledger/{LOG}/checkpoints"
    first = (await client.get(at, params={"limit": 2}, headers=headers)).json()
    rest = (await client.get(at, params={"cursor": first["next"]}, headers=headers)).json()
    told = [*first["items"], *rest["items"]]
    assert [each["number"] for each in told] == [2, 1, 0]
    assert rest["next"] is None
    keys = [str(signer(app.state.settings).verifier(LOG))]
    for each in told:
        assert auditor.read_note(each["note"], keys)[1:] == (
            each["size"],
            bytes.fromhex(each["root"]),
        )


async def test_the_auditor_of_the_county_gets_a_record_s_proof(
    app: FastAPI, db: Database, client: Any, tmp_path: Path
) -> None:
    _, cadre = await make_cadre(app)
    headers = await auditor_of_the_county(app)
    await fences(db, 300)
    async with db.engine.connect() as connection:
        query = text("SELECT row_id FROM ledger WHERE table_name = 'fences' AND seq = 271")
        row_id = (await connection.execute(query)).scalar_one()
    asked: dict[str, Any] = {"params": {"table": "fences", "id": row_id}, "headers": headers}
    at = f"/api/v1/ledger/{LOG}/record"
    assert (await client.get(at, **asked)).status_code == 404  # nothing is signed yet
    await seal(db, signer(app.state.settings), now(), kept=None)
    got = await client.get(at, **asked)
    assert got.status_code == 200
    file = tmp_path / "proof.json"
    file.write_bytes(got.content)
    key = str(signer(app.state.settings).verifier(LOG))
    assert auditor.main(["--proof", str(file), "--key", key]) == 0
    assert (await client.get(at, **(asked | {"headers": cadre}))).status_code == 404
    away = f"/api/v1/ledger/{LOG[:-1]}2/record"
    assert (await client.get(away, **asked)).status_code == 404


async def test_what_was_last_verified_is_shown(
    app: FastAPI, db: Database, client: Any, house: Settings
) -> None:
    _, cadre = await make_cadre(app)
    headers = await auditor_of_the_county(app)
    await fences(db, 3)
    assert findings("--keep") == (0, [])
    await disarmed(db, "UPDATE fences SET radius_m = 9999 WHERE name = '围栏1'")
    assert findings("--keep", "--without-bytes")[0] == 1
    at = f"/api/v1/ledger/{LOG}/verifications"
    for asks, listed in ((headers, 1), (cadre, 0)):
        newest, first = (await client.get(at, headers=asks)).json()["items"]
        assert (first["found"], first["bytes_read"], first["by"]) == (0, True, "by_hand")
        assert (newest["found"], newest["elsewhere"], newest["bytes_read"]) == (1, 0, False)
        assert [each["table"] for each in newest["findings"]] == ["fences"] * listed
    other = await client.get("/api/v1/ledger/000000/verifications", headers=headers)
    assert other.json()["items"][0]["elsewhere"] == 1


async def test_a_last_checkpoint_that_vanishes_is_missed(db: Database, house: Settings) -> None:
    ours, kept = signer(house), Kept.of(house)
    for _ in range(2):
        await fences(db, 3)
        await seal(db, ours, now(), kept=kept)
    assert [noted.number for noted in kept.all() if noted.log == LOG] == [1]
    assert findings() == (0, [])
    await disarmed(
        db,
        f"DELETE FROM checkpoints WHERE log = '{LOG}' AND number = 1",
        "UPDATE fences SET radius_m = 9999 WHERE name = '围栏1'",
    )
    code, found = findings()
    assert code == 1
    assert (f"{LOG}:1", 2) in {(each["id"], each["code"]) for each in found}
    # the next one takes its number, and cannot take its place
    await fences(db, 1)
    await seal(db, ours, now() + timedelta(seconds=2), kept=kept)
    assert [noted.number for noted in kept.all() if noted.log == LOG] == [1, 1]
    assert (f"{LOG}:1", 2) in {(each["id"], each["code"]) for each in findings()[1]}


async def test_a_verification_runs_at_night_and_once(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    if db.dialect == "postgresql":
        return  # a process of its own is slow to start, and knows no difference
    settings = Settings(data=tmp_path, database_url=database_url)
    await fences(db, 3)
    nightly = Nightly()
    assert await nightly.look(db, settings, NIGHT.replace(hour=4)) == "not now"
    assert "began" in await nightly.look(db, settings, NIGHT)
    assert nightly._running is not None
    await asyncio.wait_for(nightly._running.wait(), 60)
    assert await nightly.look(db, settings, NIGHT) == "the logs are verified"
    async with db.reading() as session:
        (seen,) = await verifications.of_log(session, LOG)
    assert (seen.row.by, seen.found, seen.row.bytes_read) == ("nightly", 0, False)
    assert await nightly.look(db, settings, NIGHT) == "not now"


async def test_what_a_night_found_is_an_error_of_the_worker(db: Database, house: Settings) -> None:
    failing = Nightly((sys.executable, "-c", "raise SystemExit(1)"))
    assert "began" in await failing.look(db, house, NIGHT)
    assert failing._running is not None
    await failing._running.wait()
    with pytest.raises(LookupError, match="1"):
        await failing.look(db, house, NIGHT)
    lasting = Nightly((sys.executable, "-c", "import time; time.sleep(60)"))
    assert "began" in await lasting.look(db, house, NIGHT)
    assert "being" in await lasting.look(db, house, NIGHT)
    await lasting.stop()
    assert "began" in await lasting.look(db, house, NIGHT)
    await lasting.stop()
