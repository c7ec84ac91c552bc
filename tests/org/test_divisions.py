"""Importing units: repeatable, renamed, ended, reopened, each change logged; or nothing at all."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select
from typer.testing import CliRunner

from app.core.db import Database
from app.core.tables import HOUSE
from app.ledger.models import LedgerHead, LedgerLeaf
from app.ledger.service import entry
from app.org import divisions
from app.org.cli import app as cli
from app.org.division_list import ImportRefused, read
from app.org.divisions import Report, bring_up_to_date
from app.org.models import Level, Unit
from tests.org.lists import SHIPPED, a_list, village, write_folder

FIRST = datetime(2026, 11, 21, 4, tzinfo=UTC)
LATER = FIRST + timedelta(days=30)


async def _import(
    db: Database,
    tmp_path: Path,
    content: dict[str, Any],
    under: str = "360321",
    at: datetime = FIRST,
    **options: Any,
) -> Report:
    folder = write_folder(tmp_path / "list", content)
    async with db.writing() as session:
        return await bring_up_to_date(
            session, read(folder, under), under, actor="test", at=at, **options
        )


async def _units(db: Database) -> dict[str, Unit]:
    async with db.reading() as session:
        return {unit.code: unit for unit in (await session.exec(select(Unit))).all()}


async def _leaves(db: Database) -> list[LedgerLeaf]:
    async with db.reading() as session:
        order = (col(LedgerLeaf.log), col(LedgerLeaf.seq))
        return list((await session.exec(select(LedgerLeaf).order_by(*order))).all())


async def test_the_real_county_loads_with_a_leaf_for_every_unit(db: Database) -> None:
    async with db.writing() as session:
        report = await bring_up_to_date(
            session, read(SHIPPED, "360321"), "360321", actor="test", at=FIRST
        )
    assert report.lines() == [
        "省级:新增 1,改名 0,撤销 0,恢复 0,未变 0",
        "地级:新增 1,改名 0,撤销 0,恢复 0,未变 0",
        "县级:新增 1,改名 0,撤销 0,恢复 0,未变 0",
        "乡级:新增 13,改名 0,撤销 0,恢复 0,未变 0",
        "村级:新增 163,改名 0,撤销 0,恢复 0,未变 0",
    ]
    units = await _units(db)
    assert units["360321101"].name == "琴亭镇"
    assert units["360321101"].parent == "360321"
    assert {unit.county for unit in units.values()} == {HOUSE, "360321"}
    assert [code for code, unit in units.items() if unit.county == HOUSE] == ["36", "3603"]
    leaves = await _leaves(db)
    assert {leaf.row_id for leaf in leaves} == set(units)
    async with db.reading() as session:
        heads = (await session.exec(select(LedgerHead.log, LedgerHead.size))).all()
    assert dict(heads) == {HOUSE: 2, "360321": 177}
    # each leaf is the one that this very row makes
    for leaf in leaves:
        assert leaf.leaf == entry(units[leaf.row_id], "create", "test", FIRST)["leaf"]


async def test_again_changes_nothing(db: Database, tmp_path: Path) -> None:
    await _import(db, tmp_path, a_list())
    before = await _leaves(db)
    report = await _import(db, tmp_path, a_list(), at=LATER)
    assert report.unchanged.total() == 8
    assert report == Report(unchanged=report.unchanged)
    assert await _leaves(db) == before


async def test_only_units_under_the_code_and_its_ancestors_are_touched(
    db: Database, tmp_path: Path
) -> None:
    await _import(db, tmp_path, a_list(), "360321101")
    assert sorted(await _units(db)) == [
        "36", "3603", "360321", "360321101", "360321101001", "360321101002",
    ]  # fmt: skip
    await _import(db, tmp_path, a_list(), "37")
    smaller = a_list()
    smaller["villages"].pop(0)
    report = await _import(db, tmp_path, smaller, "360321102")
    assert (report.ended.total(), report.added.total()) == (0, 2)


async def test_renamed_vanished_new_and_reappeared_units(db: Database, tmp_path: Path) -> None:
    await _import(db, tmp_path, a_list())
    other = a_list()
    other["streets"][1]["name"] = "路口街道"
    other["villages"][1] = village("360321101003", "新村")
    report = await _import(db, tmp_path, other, at=LATER)
    assert report.renamed == {Level.township: 1}
    assert report.ended == report.added == {Level.village: 1}
    assert report.unchanged.total() == 6
    units = await _units(db)
    assert units["360321102"].name == "路口街道"
    assert units["360321101002"].valid_to == date(2026, 12, 21)
    assert [(leaf.row_id, leaf.kind, leaf.rev) for leaf in (await _leaves(db))[-3:]] == [
        ("360321101003", "create", 1),
        ("360321102", "revise", 2),
        ("360321101002", "end", 2),
    ]
    back = await _import(db, tmp_path, a_list(), at=LATER + timedelta(days=30))
    assert back.reopened == back.ended == {Level.village: 1}
    units = await _units(db)
    assert units["360321101002"].valid_to is None
    assert units["360321101002"].rev == 3
    last = {leaf.row_id: leaf for leaf in await _leaves(db)}["360321101002"]
    assert last.leaf == entry(units["360321101002"], "revise", "test", last.received_at)["leaf"]


async def test_a_unit_that_stays_away_is_ended_once(db: Database, tmp_path: Path) -> None:
    await _import(db, tmp_path, a_list())
    smaller = a_list()
    smaller["villages"].pop(0)
    assert (await _import(db, tmp_path, smaller, at=LATER)).ended.total() == 1
    again = await _import(db, tmp_path, smaller, at=LATER + timedelta(days=1))
    assert again.ended.total() == 0
    assert (await _units(db))["360321101001"].valid_to == date(2026, 12, 21)


async def test_ancestors_are_renamed_but_never_ended(db: Database, tmp_path: Path) -> None:
    await _import(db, tmp_path, a_list())
    other = a_list()
    other["cities"][0]["name"] = "萍乡新市"
    report = await _import(db, tmp_path, other, "360321102", at=LATER)
    assert report.renamed == {Level.city: 1}
    assert not report.ended


async def test_a_list_that_looks_cut_is_refused_unless_meant(db: Database, tmp_path: Path) -> None:
    await _import(db, tmp_path, a_list())
    cut = a_list() | {"villages": []}
    with pytest.raises(ImportRefused, match="村级:现有 3 个单位中有 3 个不在文件中"):
        await _import(db, tmp_path, cut, at=LATER)
    assert all(unit.valid_to is None for unit in (await _units(db)).values())
    report = await _import(db, tmp_path, cut, at=LATER, may_end_most=True)
    assert report.ended == {Level.village: 3}


async def test_units_go_in_batches(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(divisions, "BATCH", 7)
    monkeypatch.setattr(divisions, "BATCH_IN", 7)
    large = a_list()
    large["villages"] = [village(f"360321101{n:03d}", f"{n}村") for n in range(40)]
    report = await _import(db, tmp_path, large)
    assert report.added[Level.village] == 40
    large["villages"] = [entry | {"name": "改名"} for entry in large["villages"]]
    report = await _import(db, tmp_path, large, at=LATER)
    assert report.renamed[Level.village] == 40
    leaves = [leaf for leaf in await _leaves(db) if leaf.log == "360321"]
    assert [leaf.seq for leaf in leaves] == list(range(83))
    assert {leaf.rev for leaf in leaves[43:]} == {2}


def _run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["import", *arguments])
    return result.exit_code, result.output


def test_the_command_reports_and_repeats(
    database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ZHUCUN_DATABASE_URL", database_url)
    monkeypatch.setenv("ZHUCUN_DATA", str(tmp_path))
    assert _run(str(SHIPPED), "--under", "360321101")[0] == 0
    code, said = _run(str(SHIPPED), "--under", "360321")
    assert code == 0
    assert said.splitlines()[3] == "乡级:新增 12,改名 0,撤销 0,恢复 0,未变 1"


def test_the_command_refuses_a_broken_file_and_changes_nothing(
    database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ZHUCUN_DATABASE_URL", database_url)
    monkeypatch.setenv("ZHUCUN_DATA", str(tmp_path))
    broken = a_list()
    del broken["streets"][1]
    file = tmp_path / "broken.json"
    file.write_text(json.dumps(broken))
    code, said = _run(str(file), "--under", "36")
    assert code == 1
    assert "broken.json 的 villages 第 3 项(code='360321102001')" in said
    assert _run(str(SHIPPED), "--under", "360321101")[1].splitlines()[0].startswith("省级:新增 1")


def test_the_command_on_an_empty_file_says_how_to_begin(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ZHUCUN_DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    monkeypatch.setenv("ZHUCUN_DATA", str(tmp_path))
    code, said = _run(str(SHIPPED), "--under", "360321")
    assert (code, "zhucun migrate" in said) == (1, True)
