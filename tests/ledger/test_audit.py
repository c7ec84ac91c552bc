"""``zhucun ledger verify | export | proof`` and the auditor's program, on real databases."""

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from typer.testing import CliRunner, Result

from app.audit import app as command_line
from app.core.clock import now
from app.core.db import Database
from app.core.settings import Settings
from app.core.storage import store_of
from app.ledger.keys import signer
from app.ledger.sealing import BrokenCheckpoint, newest, seal
from app.ledger.tiles import name_of
from app.org.models import Fence
from app.photos.shelf import key
from scripts import verify as auditor
from tests.conftest import apart
from tests.factories import make_cadre
from tests.ledger.test_tamper import fences
from tests.photos.pictures import photo, sha

LOG = "360321"


@pytest.fixture
def house(
    db: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """The settings by which a command finds this database."""
    monkeypatch.setenv("ZHUCUN_DATABASE_URL", database_url)
    monkeypatch.setenv("ZHUCUN_DATA", str(tmp_path / "var"))
    return Settings()


def command(*words: str) -> Result:
    """The command line, in a thread of its own: the tests' loop runs."""
    out: list[Result] = []

    async def run() -> None:
        out.append(await _thread(lambda: CliRunner().invoke(command_line, list(words))))

    apart(run())
    return out[0]


async def _thread(work: Any) -> Any:
    return await asyncio.to_thread(work)


async def disarmed(db: Database, *statements: str) -> None:
    """As a superuser who has taken the triggers off."""
    async with db.engine.begin() as connection:
        if db.dialect == "postgresql":
            await connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            query = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for name in (await connection.execute(query)).scalars().all():
                await connection.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            await connection.execute(text(statement))


def findings(*words: str) -> tuple[int, list[dict[str, Any]]]:
    """Exit code and findings of a verification."""
    said = command("verify", "--json", *words)
    assert said.exception is None or isinstance(said.exception, SystemExit), said.exception
    return said.exit_code, json.loads(said.stdout)["findings"]


async def test_a_clean_log_is_clean_before_and_after_its_checkpoints(
    db: Database, house: Settings
) -> None:
    assert findings() == (0, [])
    await fences(db, 520)
    assert findings() == (0, [])
    assert await seal(db, signer(house), now(), kept=None) == 2
    assert await seal(db, signer(house), now(), kept=None) == 0
    await fences(db, 3)
    assert await seal(db, signer(house), now(), kept=None) == 1
    assert findings() == (0, [])
    async with db.reading() as session:
        last = await newest(session, LOG)
    assert last is not None
    assert (last.number, last.size) == (1, 3 + 523)


@pytest.mark.parametrize(
    ("statement", "code", "table"),
    [
        ("UPDATE fences SET radius_m = 9999 WHERE name = '围栏7'", 1, "fences"),
        ("DELETE FROM fences WHERE name = '围栏7'", 2, "fences"),
        ("DELETE FROM ledger WHERE log = '360321' AND seq = 9", 2, "ledger"),
        ("UPDATE ledger_heads SET size = size + 1 WHERE log = '360321'", 2, "ledger_heads"),
        ("UPDATE checkpoints SET note = replace(note, 'made 2', 'made 1')", 5, "checkpoints"),
        ("DELETE FROM checkpoints WHERE log = '360321' AND number = 0", 2, "checkpoints"),
    ],
)
async def test_each_kind_of_edit_has_its_exit_code(
    db: Database, house: Settings, statement: str, code: int, table: str
) -> None:
    await fences(db, 20)
    await seal(db, signer(house), now(), kept=None)
    await fences(db, 1)
    await seal(db, signer(house), now(), kept=None)
    await disarmed(db, statement)
    got, found = findings()
    assert got == code
    assert table in {each["table"] for each in found}


async def test_a_row_that_nobody_logged_is_found(db: Database, house: Settings) -> None:
    await fences(db, 3)
    columns = "county, rev, salt, unit, name, lat_e7, lon_e7, radius_m, invented"
    stray = "00000000-0000-7000-8000-000000000007"
    spelt = stray if db.dialect == "postgresql" else stray.replace("-", "")
    copied = f"INSERT INTO fences (id, {columns}) SELECT '{spelt}', {columns} FROM fences LIMIT 1"
    await disarmed(db, copied)
    code, found = findings()
    assert (code, [(each["table"], each["id"]) for each in found]) == (3, [("fences", stray)])


async def test_a_value_that_cannot_be_read_is_named(db: Database, house: Settings) -> None:
    await fences(db, 3)
    if db.dialect == "postgresql":
        return  # keeps its columns' types
    await disarmed(db, "UPDATE fences SET valid_to = 'yesterday' WHERE name = '围栏1'")
    code, found = findings()
    assert (code, [each["table"] for each in found]) == (1, ["fences"])


async def test_changed_and_lost_photo_bytes_are_found(
    app: FastAPI, db: Database, client: Any, house: Settings
) -> None:
    _, headers = await make_cadre(app)
    both = [photo(seed=1), photo(seed=2)]
    for data in both:
        told = headers | {"content-type": "image/jpeg"}
        sent = await client.put(f"/api/v1/photos/{sha(data)}", content=data, headers=told)
        assert sent.status_code == 201
    root = store_of(house).root
    assert root is not None
    (root / key(sha(both[0]), "original")).write_bytes(both[0][:-1] + b"x")
    (root / key(sha(both[1]), "original")).unlink()
    code, found = findings()
    assert code == 6
    assert {(each["table"], each["id"]) for each in found} == {
        ("photos", sha(data)) for data in both
    }
    assert findings("--without-bytes") == (0, [])


async def test_history_written_anew_does_not_fit_a_kept_checkpoint(
    db: Database, house: Settings, tmp_path: Path
) -> None:
    await fences(db, 20)
    assert command("export", str(tmp_path / "out")).exit_code == 0
    kept = tmp_path / "kept"
    kept.write_text((tmp_path / "out" / LOG / "checkpoint").read_text())
    await disarmed(
        db,
        "DELETE FROM ledger",
        "DELETE FROM ledger_heads",
        "DELETE FROM checkpoints",
        "DELETE FROM ledger_tiles",
        "DELETE FROM fences",
        "DELETE FROM units",
    )
    shutil.rmtree(house.data / "checkpoints")  # the house's own notes of what it signed
    await fences(db, 20)  # the same sizes, another history, properly signed
    assert command("export", str(tmp_path / "new")).exit_code == 0
    assert findings() == (0, [])
    code, found = findings("--checkpoint", str(kept))
    assert code == 4
    assert {each["id"] for each in found} == {str(kept)}
    code, found = findings("--tiles", str(tmp_path / "out"))
    assert code == 1
    assert {each["table"] for each in found if each["code"] == 1} == {"fences", "units"}
    assert command("export", str(tmp_path / "out")).exit_code == 4


async def test_a_log_shorter_than_a_kept_checkpoint_misses_leaves(
    db: Database, house: Settings, tmp_path: Path
) -> None:
    await fences(db, 20)
    assert command("export", str(tmp_path / "out")).exit_code == 0
    await disarmed(
        db,
        "DELETE FROM ledger WHERE log = '360321' AND seq > 9",
        "UPDATE ledger_heads SET size = 10 WHERE log = '360321'",
        "DELETE FROM checkpoints",
        "DELETE FROM fences WHERE name NOT IN ('围栏0')",
    )
    code, found = findings("--tiles", str(tmp_path / "out"))
    assert code == 2
    assert any("20" in each["says"] or "signed" in each["says"] for each in found)


async def test_a_checkpoint_of_somebody_else_is_a_bad_signature(
    db: Database, house: Settings, tmp_path: Path
) -> None:
    await fences(db, 2)
    other = tmp_path / "other"
    stranger = signer(Settings(data=tmp_path / "elsewhere"))
    other.write_text(stranger.sign(LOG, 5, bytes(32), now()))
    code, found = findings("--checkpoint", str(other))
    assert (code, [each["id"] for each in found]) == (5, [str(other)])
    assert command("verify", "--checkpoint", str(tmp_path / "none")).exit_code == 2


async def test_the_worker_builds_nothing_on_an_altered_checkpoint(
    db: Database, house: Settings
) -> None:
    await fences(db, 20)
    await seal(db, signer(house), now(), kept=None)
    await disarmed(db, "UPDATE checkpoints SET frontier = root WHERE log = '360321'")
    await fences(db, 1)
    with pytest.raises(BrokenCheckpoint, match=LOG):
        await seal(db, signer(house), now(), kept=None)


async def test_the_database_itself_refuses_to_change_a_checkpoint(
    db: Database, house: Settings
) -> None:
    await fences(db, 300)
    await seal(db, signer(house), now(), kept=None)
    for table in ("checkpoints", "ledger_tiles"):
        for statement in (f"UPDATE {table} SET number = 99", f"DELETE FROM {table}"):
            with pytest.raises(Exception, match="append-only"):
                async with db.engine.begin() as connection:
                    await connection.execute(text(statement))


async def test_an_export_is_checked_without_us(
    db: Database, house: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    await fences(db, 600)
    assert command("export", str(folder)).exit_code == 0
    await fences(db, 5)
    assert command("export", str(folder)).exit_code == 0  # the same folder grows
    program = Path(auditor.__file__)
    done = await _thread(
        lambda: subprocess.run([sys.executable, "-I", program, folder], check=False)
    )
    assert done.returncode == 0
    ours = str(signer(house).verifier(LOG))
    house_key = str(signer(house).verifier("000000"))
    assert auditor.main([str(folder), "--key", ours, "--key", house_key]) == 0
    assert "no --key" not in capsys.readouterr().out.splitlines()[-1]
    for file in sorted((folder / LOG).rglob("*")):
        if (
            not file.is_file()
            or file.name == "verifier"
            or (
                ".p" in file.parent.name
                and file.name not in {path.name for path in newest_parts(folder / LOG)}
            )
        ):
            continue
        was = file.read_bytes()
        file.write_bytes(bytes([was[0] ^ 1]) + was[1:])
        assert auditor.main([str(folder), "--key", ours, "--key", house_key]) != 0, file
        file.write_bytes(was)


def newest_parts(log: Path) -> list[Path]:
    """The unfinished tiles of the newest size; those of earlier sizes are read by nobody."""
    size = int((log / "checkpoint").read_text().splitlines()[1])
    return [path for path in log.rglob("*.p/*") if path.name in {str(size % 256), str(size // 256)}]


async def test_a_proof_of_a_row_is_checked_without_us(
    db: Database, house: Settings, tmp_path: Path
) -> None:
    await fences(db, 300)
    async with db.engine.connect() as connection:
        query = text("SELECT row_id FROM ledger WHERE table_name = 'fences' AND seq = 271")
        row_id = (await connection.execute(query)).scalar_one()
    said = command("proof", "fences", row_id, "--content")
    assert said.exit_code == 0
    file = tmp_path / "proof.json"
    file.write_text(said.stdout)
    assert auditor.main(["--proof", str(file), "--key", str(signer(house).verifier(LOG))]) == 0
    # columns that came later are no part of what an older leaf committed to
    with pytest.MonkeyPatch.context() as later:
        later.setattr(Fence, "LEAF", {**Fence.LEAF, 2: (*Fence.LEAF[1], "county")})
        again = command("proof", "fences", row_id, "--content")
    assert json.loads(again.stdout)["content"] == json.loads(said.stdout)["content"]
    told = json.loads(said.stdout)
    told["content"]["payload"] = told["content"]["payload"].replace("围栏", "园栏")
    file.write_text(json.dumps(told))
    assert auditor.main(["--proof", str(file)]) == 1
    assert command("proof", "fences", "no-such-row").exit_code == 1


async def test_proofs_over_the_interface(app: FastAPI, db: Database, client: Any) -> None:
    _, headers = await make_cadre(app)
    at = f"/api/v1/ledger/{LOG}"
    none = await client.get(f"{at}/checkpoint", headers=headers)
    assert (none.status_code, none.json()["code"]) == (409, "not-checkpointed")
    await fences(db, 530)
    ours = signer(app.state.settings)
    await seal(db, ours, now(), kept=None)
    first = (await client.get(f"{at}/checkpoint", headers=headers)).json()
    await fences(db, 270)
    await seal(db, ours, now(), kept=None)
    second = (await client.get(f"{at}/checkpoint", headers=headers)).json()
    keys = [str(ours.verifier(LOG))]
    assert second["key"] == keys[0]
    for told in (first, second):
        assert auditor.read_note(told["note"], keys)[1:] == (
            told["size"],
            bytes.fromhex(told["root"]),
        )
    for seq in (0, 255, 256, 511, 600, second["size"] - 1):
        got = (await client.get(f"{at}/proof", params={"seq": seq}, headers=headers)).json()
        path = [bytes.fromhex(node) for node in got["path"]]
        leaf, root = bytes.fromhex(got["leaf"]), bytes.fromhex(second["root"])
        assert auditor.inclusion_holds(leaf, seq, got["size"], path, root)
    between = {"from": first["size"], "to": second["size"]}
    got = (await client.get(f"{at}/consistency", params=between, headers=headers)).json()
    assert (got["from"], got["to"]) == (first["size"], second["size"])
    assert auditor.consistency_holds(
        first["size"],
        second["size"],
        [bytes.fromhex(node) for node in got["path"]],
        bytes.fromhex(first["root"]),
        bytes.fromhex(second["root"]),
    )
    for query, status in (
        ("proof?seq=99999", 409),
        ("consistency?from=9&to=8", 422),
        ("consistency?from=1&to=99999", 409),
    ):
        assert (await client.get(f"{at}/{query}", headers=headers)).status_code == status
    away = await client.get("/api/v1/ledger/360322/checkpoint", headers=headers)
    assert away.status_code == 404


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    made = signer(settings)
    file = tmp_path / "log.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.glob("*key*")] == ["log.key"]
    assert signer(Settings(data=tmp_path)).public == made.public
    file.write_text("")
    with pytest.raises(ValueError, match="holds no key"):
        signer(settings)


@pytest.mark.parametrize(("number", "path"), [(0, "000"), (67, "067"), (1234067, "x001/x234/067")])
def test_tiles_lie_where_the_layout_says(number: int, path: str) -> None:
    assert name_of(number) == path
    assert auditor.tile_file(Path(), "0", number, 256) == Path(f"tile/0/{path}")
