"""A pack is whole, says what the records say, and gives away every changed byte."""

import hashlib
import json
import random
import zipfile
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel import select

from app.core.clock import now
from app.core.db import Database
from app.core.settings import Settings
from app.evidence.models import Export
from app.evidence.proofs import Tree
from app.ledger.kept import Kept
from app.ledger.merkle import hash_leaf, inclusion_ranges, proof, root_of
from app.ledger.models import LedgerCheckpoint, LedgerLeaf, LedgerTile
from scripts import verify as auditor
from tests.evidence.desk import V1, Person, adopt_pack, make_person, period
from tests.factories import make_cadre

MUTATIONS = 60


@pytest.fixture
async def person(app: FastAPI, client: httpx.AsyncClient, db: Database) -> Person:
    """Somebody with records, under a pack."""
    found = await make_person(app, client)
    await adopt_pack(db)
    return found


async def fetch(
    client: httpx.AsyncClient, person: Person, headers: dict[str, str], **query: str
) -> httpx.Response:
    """Ask for the pack of this quarter."""
    told = {"period": period(), **query}
    return await client.get(f"{V1}/people/{person.user.id}/evidence", params=told, headers=headers)


def wrongs(where: Path, keys: list[str] | None = None) -> list[str]:
    """What the auditor's program says, with what it cannot read."""
    found: list[str] = []
    try:
        auditor.check_pack(where, keys or [], {}, found)
    except (auditor.Unreadable, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        found.append(str(error))
    return found


def every_file(folder: Path) -> list[Path]:
    """All files below a folder."""
    return sorted(file for file in folder.rglob("*") if file.is_file())


async def test_a_pack_holds_everything_and_is_checked_offline(
    client: httpx.AsyncClient, db: Database, person: Person, tmp_path: Path
) -> None:
    answer = await fetch(client, person, person.headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    disposition = answer.headers["content-disposition"]
    file = tmp_path / "pack.zip"
    file.write_bytes(answer.content)
    assert auditor.main([str(file)]) == 0
    with zipfile.ZipFile(file) as packed:
        names = packed.namelist()
        assert names == sorted(names)
        assert {info.date_time for info in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        page = packed.read("index.html").decode()
        manifest = packed.read("manifest.json")
    tables = {name.split("/")[1] for name in names if name.startswith("records/")}
    assert tables >= {
        "postings", "pairings", "check_ins", "diaries", "activities", "flags", "flag_answers",
        "flag_decisions", "adoptions", "fences", "photo_uploads",
    }  # fmt: skip
    assert f"photos/{person.photo}.webp" in names
    assert not [name for name in names if name.startswith("originals/")]
    assert any(name.startswith("packs/p0-village-leader-") for name in names)
    for told in (
        "段金根",
        "段金根走访三户",
        "定位在村外",
        "当天送老人去市医院",
        "有病历为证",
        "复核员甲",
    ):
        assert told in page
    for kept_out in ("复核人乙", "刘户主", "<script", "http://", "https://", "password"):
        assert kept_out not in page, kept_out
    async with db.reading() as session:
        (export,) = (await session.exec(select(Export))).all()
    assert bytes(export.digest) == hashlib.sha256(manifest).digest()
    assert (export.county, export.by) == ("360321", str(person.user.id))
    # nobody in the file's name: the period, and what the log knows the pack by
    name = f"zhucun-evidence-{period()}-{bytes(export.digest).hex()[:8]}.zip"
    assert disposition == f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}"
    assert str(person.user.id)[-12:] not in disposition


async def test_the_checkpoints_that_a_pack_makes_are_kept_outside_of_the_database(
    client: httpx.AsyncClient, db: Database, person: Person, settings: Settings
) -> None:
    await fetch(client, person, person.headers)
    async with db.reading() as session:
        rows = (await session.exec(select(LedgerCheckpoint))).all()
    newest = {row.log: row.note for row in sorted(rows, key=lambda row: row.number)}
    assert {noted.log: noted.note for noted in Kept.of(settings).all()} == newest
    assert "360321" in newest


async def test_every_changed_byte_is_found_and_its_file_named(
    client: httpx.AsyncClient, person: Person, tmp_path: Path
) -> None:
    answer = await fetch(client, person, person.headers)
    folder = tmp_path / "pack"
    with zipfile.ZipFile(BytesIO(answer.content)) as packed:
        packed.extractall(folder)
    assert wrongs(folder) == []
    files = every_file(folder)
    short = [file for file in files if file.suffix in (".checkpoint", ".key")]
    draw = random.Random(5)
    places = [(file, at) for file in short for at in range(0, file.stat().st_size, 7)]
    places += [(file, draw.randrange(file.stat().st_size)) for file in files]
    places += [
        (file, draw.randrange(file.stat().st_size)) for file in draw.choices(files, k=MUTATIONS)
    ]
    for file, at in places:
        was = file.read_bytes()
        other = draw.choice([value for value in range(256) if value != was[at]])
        file.write_bytes(was[:at] + bytes([other]) + was[at + 1 :])
        name = file.relative_to(folder).as_posix()
        found = wrongs(folder)
        assert any(name in line for line in found), (name, at, was[at], other, found)
        file.write_bytes(was)
    assert wrongs(folder) == []


async def test_a_file_more_or_less_is_found(
    client: httpx.AsyncClient, person: Person, tmp_path: Path
) -> None:
    answer = await fetch(client, person, person.headers)
    folder = tmp_path / "pack"
    with zipfile.ZipFile(BytesIO(answer.content)) as packed:
        packed.extractall(folder)
    (folder / "records" / "check_ins" / "more.json").write_text("{}")
    assert any("more.json" in line for line in wrongs(folder))
    (folder / "records" / "check_ins" / "more.json").unlink()
    one = next((folder / "records" / "diaries").iterdir())
    data = one.read_bytes()
    one.unlink()
    assert any(one.name in line for line in wrongs(folder))
    one.write_bytes(data)
    stranger = "zhucun.0/360321+00000000+AQ=="
    assert any("key" in line for line in wrongs(folder, [stranger]))
    doubled = tmp_path / "doubled.zip"
    with zipfile.ZipFile(doubled, "w") as out, zipfile.ZipFile(BytesIO(answer.content)) as packed:
        for name in packed.namelist():
            out.writestr(name, packed.read(name))
        with pytest.warns(UserWarning, match="Duplicate name"):
            out.writestr("index.html", packed.read("index.html"))
    assert any("index.html: is in the pack more than once" in line for line in wrongs(doubled))


def _central(data: bytes) -> int:
    """Where the list of files begins."""
    return int.from_bytes(data[-6:-2], "little")


async def test_bytes_that_belong_to_no_file_are_found(
    client: httpx.AsyncClient, person: Person, tmp_path: Path
) -> None:
    """Before, between, behind, in remarks: a pack is these files and nothing else."""
    data = (await fetch(client, person, person.headers)).content
    file = tmp_path / "pack.zip"
    file.write_bytes(data)
    assert wrongs(file) == []
    with zipfile.ZipFile(BytesIO(data)) as packed:
        second = sorted(info.header_offset for info in packed.infolist())[1]
        one = packed.read("export.json")
    middle, more = _central(data), b"<html>another pack</html>"

    def remarked() -> bytes:
        return data[:-2] + len(more).to_bytes(2, "little") + more

    for where, changed in {
        "before its first file": more + data,
        "behind its end": data + more,
        "where the list of its files": data[: len(data) - 22] + more + data[len(data) - 22 :],
        "behind its files": data[:middle] + more + data[middle:],
        "between or behind its files": data[:second] + more + data[second:],
        "remark": remarked(),
    }.items():
        file.write_bytes(changed)
        found = wrongs(file)
        assert any(where in line for line in found), (where, found)
        told = [line for line in found if "altered, added to or packed anew" in line]
        assert told, (where, found)
        assert told[0].startswith("pack.zip: byte ")
        assert auditor.main([str(file)]) in (1, 2), where
    # a ZIP without a fault, in which one name stands for two files
    file.write_bytes(_doubled(data, "export.json", one))
    assert any("export.json: is in the pack more than once" in line for line in wrongs(file))
    assert auditor.main([str(file)]) == 1
    # a whole second pack behind the first: readers begin at the end and see that one
    file.write_bytes(data + data)
    assert any("altered, added to" in line for line in wrongs(file))


def _doubled(data: bytes, name: str, content: bytes) -> bytes:
    """The ZIP with one more file of a name that it has."""
    out = BytesIO(data)
    told = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    told.external_attr = 0o644 << 16
    with zipfile.ZipFile(out, "a") as packed, pytest.warns(UserWarning, match="Duplicate name"):
        packed.writestr(told, content, zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()


async def test_every_changed_byte_of_the_zip_itself_is_found(
    client: httpx.AsyncClient, person: Person, tmp_path: Path
) -> None:
    data = (await fetch(client, person, person.headers)).content
    file, draw, middle = tmp_path / "pack.zip", random.Random(11), _central(data)
    # headers and the list at the end, byte for byte; of the files' own bytes some
    with zipfile.ZipFile(BytesIO(data)) as packed:
        head = packed.infolist()[0]
    places = [*range(head.header_offset, 40), *range(middle, middle + 60), *range(-22, 0)]
    places += [draw.randrange(middle) for _ in range(MUTATIONS)]
    for at in places:
        at %= len(data)
        changed = bytearray(data)
        changed[at] ^= 1 << draw.randrange(8)
        file.write_bytes(changed)
        found: list[str] = []
        auditor.check_zip(file, found)
        # what is packed is told by its own hashes
        assert found or wrongs(file), (at, at - middle)
    file.write_bytes(data[: len(data) // 2])
    found = []
    auditor.check_zip(file, found)
    assert any("its end is missing" in line for line in found), found


async def test_who_may_take_it_away_and_originals_go_to_the_auditor_only(
    app: FastAPI, client: httpx.AsyncClient, db: Database, person: Person, tmp_path: Path
) -> None:
    _, leader = await make_cadre(app, "TL", name="队长")
    _, office = await make_cadre(app, "TA", "360321101", name="乡镇")
    _, other = await make_cadre(app, "TA", "360321102", name="别乡")
    _, audit = await make_cadre(app, "AU", "360321", name="审计")
    assert (await fetch(client, person, other)).status_code == 404
    assert (await fetch(client, person, leader)).status_code == 403
    assert (await fetch(client, person, office)).status_code == 200
    for headers in (person.headers, office):
        assert (await fetch(client, person, headers, originals="true")).status_code == 403
    async with db.reading() as session:
        assert len((await session.exec(select(Export))).all()) == 1  # refusals take nothing away
    answer = await fetch(client, person, audit, originals="true")
    assert answer.status_code == 200, answer.text
    file = tmp_path / "pack.zip"
    file.write_bytes(answer.content)
    assert auditor.main([str(file)]) == 0
    with zipfile.ZipFile(file) as packed:
        original = packed.read(f"originals/{person.photo}.jpg")
        assert "审计员" in packed.read("index.html").decode()
    assert hashlib.sha256(original).hexdigest() == person.photo
    for told in ("standing", "2026-Q9", "once"):
        assert (await fetch(client, person, audit, period=told)).status_code == 422


async def test_a_record_altered_in_the_database_is_found_in_the_pack(
    client: httpx.AsyncClient, db: Database, person: Person, tmp_path: Path
) -> None:
    async with db.engine.begin() as connection:
        await connection.execute(text("UPDATE diaries SET text = '改过'"))
    answer = await fetch(client, person, person.headers)
    file = tmp_path / "pack.zip"
    file.write_bytes(answer.content)
    found = wrongs(file)
    assert found == [f"records/diaries/{person.diary}.json: is not what the log says that it was"]
    with zipfile.ZipFile(file) as packed:
        assert "有记录与记录簿不符" in packed.read("index.html").decode()
        told = json.loads(packed.read(f"records/diaries/{person.diary}.json"))
    assert told["payload"]["text"] == "改过"


@pytest.mark.parametrize("size", [1, 256, 700, 1300])
async def test_paths_of_a_tree_read_in_tiles_are_those_of_the_whole_tree(
    db: Database, size: int
) -> None:
    log, at = "990000", now()
    hashes = [hash_leaf(str(number).encode()) for number in range(size)]
    rows = [
        {
            "log": log, "seq": seq, "v": 1, "kind": "create", "table_name": "t", "row_id": "x",
            "rev": 1, "actor": "t", "received_at": at, "commitment": b"", "leaf": leaf,
        }
        for seq, leaf in enumerate(hashes)
    ]  # fmt: skip
    tiles = [
        {"log": log, "number": number, "root": root_of(hashes[number * 256 : number * 256 + 256])}
        for number in range(size // 256)
    ]
    async with db.engine.begin() as connection:
        await connection.execute(LedgerLeaf.__table__.insert(), rows)  # type: ignore[attr-defined]
        if tiles:
            await connection.execute(LedgerTile.__table__.insert(), tiles)  # type: ignore[attr-defined]
    asked = sorted({0, size // 2, size - 1, min(size - 1, 256), min(size - 1, 300)})
    tree = Tree(log, size)
    async with db.reading() as session:
        await tree.read(session, asked)
    for seq in asked:
        whole = proof(inclusion_ranges(seq, size), lambda start, end: root_of(hashes[start:end]))
        assert tree.path(seq) == whole, (size, seq)
