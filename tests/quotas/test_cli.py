"""``zhucun policy`` and ``zhucun quotas`` as typed at the machine."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from typer.testing import CliRunner, Result

from app.auth.cli import run
from app.auth.models import User
from app.cli import app
from app.core.clock import now
from app.core.db import Database
from app.policy.loader import load_pack
from app.policy.periods import parse
from app.quotas.closing import Order, close
from app.quotas.closing_schemas import ClosedStandingOut
from app.quotas.lines import closed_lines, lines_of
from app.quotas.models import Adoption
from app.quotas.schemas import StandingOut, StandingsOut, SubjectOut
from tests.factories import make_unit, make_user
from tests.quotas.rows import COUNTY, NEXT_VILLAGE, PACK, VILLAGE, add, days, posting

Zhucun = Callable[..., Result]


@pytest.fixture
def zhucun(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Zhucun:
    """``zhucun …`` on the test's database."""
    monkeypatch.setenv("ZHUCUN_DATABASE_URL", database_url)
    monkeypatch.setenv("ZHUCUN_DATA", str(tmp_path / "var"))
    runner = CliRunner()
    return lambda *words: runner.invoke(app, list(words))


@pytest.fixture
def secretary(database_url: str) -> User:
    """A first secretary with fifty days in the first quarter of 2026, and a colleague with none."""

    async def make() -> User:
        db = Database(database_url)
        for village in (VILLAGE, NEXT_VILLAGE):
            await make_unit(db, village)
        user = await make_user(db, "王书记", username="wang")
        other = await make_user(db, "赵书记")
        await add(
            db,
            posting(user, "FS", VILLAGE, date(2025, 1, 1)),
            posting(other, "FS", NEXT_VILLAGE, date(2025, 1, 1)),
            *days(user, date(2026, 1, 1), 50),
        )
        await db.dispose()
        return user

    return asyncio.run(make())


def adopt(zhucun: Zhucun, *more: str) -> Result:
    return zhucun("policy", "adopt", PACK, "--unit", COUNTY, "--basis", "县委办〔2018〕1 号", *more)


def test_after_adoption_a_person_and_a_unit_have_standings(zhucun: Zhucun, secretary: User) -> None:
    before = zhucun("quotas", "wang", "--period", "2026-Q1")
    assert (before.exit_code, "未启用" in before.output) == (0, True)
    done = adopt(zhucun, "--by", "张局长")
    assert done.exit_code == 0, done.output
    assert done.output.startswith(f"{COUNTY} 启用 {PACK} {load_pack(PACK).version}")
    assert zhucun("policy", "adopted").output == done.output

    for who in ("WANG", str(secretary.id)):
        person = zhucun("quotas", who, "--period", "2026-Q1")
        assert "50/50 met" in person.output
    unit = zhucun("quotas", COUNTY, "--period", "2026-Q1").output
    assert "王书记\tR01 50/50 met  R02 50/50 met" in unit
    assert "赵书记\tR01 0/50 not_met  R02 0/50 not_met" in unit


def test_json_is_what_the_interface_gives(zhucun: Zhucun, secretary: User) -> None:
    adopt(zhucun)
    person = json.loads(zhucun("quotas", "wang", "--period", "2026-Q1", "--json").stdout)
    unit = json.loads(zhucun("quotas", VILLAGE, "--period", "2026-Q1", "--json").stdout)

    r01: dict[str, Any] = person["items"][0]
    assert r01["period"] == {"key": "2026-Q1", "from": "2026-01-01", "to": "2026-03-31"}
    assert len(r01["counted"]) == 50
    (row,) = unit["rows"]
    assert row["person"] == {"id": str(secretary.id), "name": "王书记"}
    for evidence in ("counted", "not_counted", "settings", "subject", "asks"):
        del r01[evidence]
    assert row["cells"]["R01"] == r01


def test_the_figures_of_a_day_in_the_past(zhucun: Zhucun, secretary: User) -> None:
    adopt(zhucun)
    told = zhucun("quotas", "wang", "--period", "2026-Q1", "--on", "2026-01-31", "--json").stdout

    assert [item["have"] for item in json.loads(told)["items"]] == [31, 31]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("quotas", "nobody", "--period", "2026-Q1"), "nobody"),
        (("quotas", "360399", "--period", "2026-Q1"), "360399"),
        (("quotas", "wang", "--period", "2026-Q7"), "2026-Q4"),
        (("policy", "adopt", "p9", "--unit", COUNTY, "--basis", "文件"), "p9"),
        (("policy", "adopt", PACK, "--unit", "360399", "--basis", "文件"), "360399"),
        (("policy", "adopt", PACK, "--unit", COUNTY, "--basis", " "), "basis"),
        (("policy", "show", "p9"), PACK),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_1(
    zhucun: Zhucun, secretary: User, words: tuple[str, ...], says: str
) -> None:
    result = zhucun(*words)

    assert result.exit_code == 1
    assert result.stdout == ""
    assert says in result.stderr
    assert len(result.stderr.splitlines()) == 1


def policy(*words: str, **over: Any) -> subprocess.CompletedProcess[str]:
    """``zhucun policy …`` with nothing but the pure packages imported."""
    code = f"""
import sys
from app.policy.cli import app
try:
    app({list(words)!r})
finally:
    heavy = [name for name in ("sqlalchemy", "fastapi", "app.core.settings") if name in sys.modules]
    assert not heavy, heavy
"""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, **over)


def test_packs_are_listed_shown_and_checked_without_a_database() -> None:
    listed, shown = policy("list").stdout, policy("show", PACK).stdout

    assert f"{PACK}\t{load_pack(PACK).version}\t" in listed
    for word in (
        "R01 每季度驻村50天以上",
        "岗位 FS TM TL",
        "至少 50 days",
        "二(五)3",
        "2018-06-20",
    ):
        assert word in shown
    checked = policy("check")
    assert (checked.returncode, checked.stderr) == (0, "")


def test_a_case_that_does_not_hold_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        f"""
- name: 一天都没有
  pack: {PACK}
  post: {{kind: FS, village: A, from: 2018-01-01, to: null}}
  period: 2026-Q1
  expect: {{R01: {{have: 1, state: not_met}}}}
""",
        encoding="utf-8",
    )
    checked = policy("check", str(file))

    assert checked.returncode == 1
    (line,) = checked.stdout.splitlines()
    for word in (str(file), "一天都没有", "R01", "have=1", "have=0"):
        assert word in line


def test_a_closed_period_as_it_was_closed(zhucun: Zhucun, secretary: User) -> None:
    adopt(zhucun)
    missing = zhucun("quotas", "wang", "--period", "2026-Q1", "--as-closed")
    assert missing.exit_code == 1
    assert "没有封存记录" in missing.stderr

    order = Order(VILLAGE, parse("2026-Q1"), secretary.id, now())
    run(lambda base: close(base, order))

    person = json.loads(
        zhucun("quotas", "wang", "--period", "2026-Q1", "--as-closed", "--json").stdout
    )
    unit = json.loads(
        zhucun("quotas", VILLAGE, "--period", "2026-Q1", "--as-closed", "--json").stdout
    )
    told = zhucun("quotas", VILLAGE, "--period", "2026-Q1", "--as-closed").stdout

    assert person == unit
    assert {row["standing"]["rule"]: row["standing"]["state"] for row in person}["R01"] == "met"
    assert "R01 50/50 met" in told
    listed = zhucun("policy", "closed", "--recompute")
    assert listed.exit_code == 0
    assert f"{VILLAGE} 2026-Q1 第 1 版" in listed.stdout
    assert "核对一致" in listed.stdout


def test_an_adoption_with_all_its_parts(zhucun: Zhucun, secretary: User) -> None:
    made = zhucun(
        "policy", "adopt", PACK, "--unit", VILLAGE[:6], "--basis", "", "--document", "实施方案",
        "--number", "莲办字〔2018〕33号", "--issued-by", "县委办公室", "--level", "county",
        "--valid-from", "2018-06-20", "--set", "grace_days=3", "--advisory", "R02",
    )  # fmt: skip
    assert made.exit_code == 0, made.stderr
    assert "实施方案,莲办字〔2018〕33号,县委办公室" in made.stdout

    for option, value in (("--set", "grace_days"), ("--parameter", "x=3"), ("--advisory", "R99")):
        refused = zhucun(
            "policy", "adopt", PACK, "--unit", VILLAGE[:6], "--basis", "文件", option, value
        )
        assert refused.exit_code == 1
        assert value.split("=")[0] in refused.stderr


@pytest.mark.parametrize("told", [VILLAGE, f"[{VILLAGE}]", f"{VILLAGE},{NEXT_VILLAGE}"])
def test_villages_of_a_parameter_are_typed_as_one_types_them(
    zhucun: Zhucun, secretary: User, told: str
) -> None:
    def plan(villages: str) -> Result:
        return zhucun(
            "policy", "adopt", "p4-stationing", "--unit", COUNTY, "--basis", "文件",
            "--parameter", f"exit_villages={villages}",
        )  # fmt: skip

    assert plan(told).exit_code == 0, plan(told).stderr
    refused = plan(f"[{VILLAGE}, 360321101999]")
    assert refused.exit_code == 1
    assert "360321101999" in refused.stderr


def test_duties_of_a_unit_are_told_in_lines_and_as_json(zhucun: Zhucun, secretary: User) -> None:
    adopt(zhucun)
    found = json.loads(
        zhucun("quotas", VILLAGE, "--period", "2026-01", "--duties", "--json").stdout
    )
    told = zhucun("quotas", VILLAGE, "--period", "2026-01", "--duties").stdout

    assert found["period"]["key"] == "2026-01"
    assert told.startswith("2026-01,截至")
    assert len(told.splitlines()) >= 1 + len(found["rules"])


def test_a_unit_as_closed_shows_the_same_kind_of_rows_as_now(
    zhucun: Zhucun, secretary: User
) -> None:
    for pack in ("p4-stationing", PACK):
        zhucun("policy", "adopt", pack, "--unit", COUNTY, "--basis", "文件")
    order = Order(COUNTY, parse("2026-01"), secretary.id, now())
    run(lambda base: close(base, order))

    def subjects(*more: str) -> list[Any]:
        told = zhucun("quotas", COUNTY, "--period", "2026-01", "--json", *more)
        assert told.exit_code == 0, told.stderr
        found = json.loads(told.stdout)
        if isinstance(found, list):
            return sorted({(row["subject"]["kind"], row["subject"]["id"]) for row in found})
        if "--duties" in more:
            return sorted({(row["subject"]["kind"], row["subject"]["id"]) for row in found["rows"]})
        return sorted({("person", row["person"]["id"]) for row in found["rows"]})

    people, own = subjects("--as-closed"), subjects("--as-closed", "--duties")
    assert people == subjects()
    assert own == subjects("--duties")
    assert (("person", str(secretary.id)) in people, len(own) > 1) == (True, True)

    order = Order(COUNTY, parse("2026-Q1"), secretary.id, now())
    run(lambda base: close(base, order))
    words = ("quotas", NEXT_VILLAGE, "--period", "2026-Q1", "--as-closed", "--duties")
    assert "没有封存记录" in zhucun(*words).stderr


def test_where_nothing_of_that_kind_was_closed_the_line_says_so(
    zhucun: Zhucun, secretary: User
) -> None:
    adopt(zhucun)
    order = Order(VILLAGE, parse("2026-Q1"), secretary.id, now())
    run(lambda base: close(base, order))
    told = zhucun("quotas", VILLAGE, "--period", "2026-Q1", "--as-closed", "--duties")
    assert (told.exit_code, told.stdout) == (0, "封存的结果中没有职责。看人员请去掉 --duties。\n")


def test_lines_name_the_pack_where_two_have_one_rule_id(zhucun: Zhucun, secretary: User) -> None:
    adopt(zhucun)
    found = json.loads(zhucun("quotas", "wang", "--period", "2026-Q1", "--json").stdout)
    item = found["items"][0]
    item["period"]["from_"] = item["period"].pop("from")
    mine = StandingOut.model_validate(item)
    other = mine.model_copy(update={"pack": "p9-other"})
    alone = lines_of(StandingsOut(items=[mine]))
    both = lines_of(StandingsOut(items=[mine, other]))
    assert alone[0].startswith("R01 ")
    assert [line.split(" ")[0] for line in both] == [f"{PACK}/R01", "p9-other/R01"]

    closed = ClosedStandingOut(
        subject=SubjectOut(kind="person", id="1", name="王书记"),
        unit=VILLAGE, kind="FS", standing=mine, settings={}, inputs="",
    )  # fmt: skip
    twin = closed.model_copy(update={"standing": other})
    told = closed_lines([closed, twin])
    assert (f"\t{PACK}/R01 " in told[0], "\tp9-other/R01 " in told[1]) == (True, True)


def test_the_doctor_names_an_adopted_version_that_is_not_shipped(
    zhucun: Zhucun, database_url: str, secretary: User
) -> None:
    adopt(zhucun)
    assert f"{PACK} {load_pack(PACK).version}" in zhucun("doctor").stdout

    async def age() -> None:
        db = Database(database_url)
        async with db.writing() as session:
            for row in (await session.exec(select(Adoption))).all():
                row.version = "0.0.1"
                session.add(row)
        await db.dispose()

    asyncio.run(age())
    told = zhucun("doctor")
    assert told.exit_code == 1
    assert f"程序中没有已启用的 {PACK} 0.0.1" in told.stdout
    for subject in ("wang", "360321101"):
        left = zhucun("quotas", subject, "--period", "2026-Q1")
        assert (left.exit_code, f"启用的政策包 {PACK} 0.0.1 不在本程序中" in left.stdout) == (
            0,
            True,
        )
