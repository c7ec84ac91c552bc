"""The manual for clerks stays true, and the engine stays pure."""

import ast
import json
import re
import sys
from pathlib import Path

from app.policy.case_duties import ALL_READERS
from app.policy.check import check
from app.policy.interpretation import settings
from app.policy.loader import PACKS, load_pack, shipped
from app.policy.pack import COVERS, METRICS, PRORATES
from app.policy.periods import LENGTHS
from app.policy.standing import STATES

ROOT = Path(__file__).parents[2]
MANUAL = (ROOT / "docs" / "policy-packs.md").read_text(encoding="utf-8")


def test_the_manual_lists_every_setting_with_default_and_question() -> None:
    for setting in settings().values():
        default = json.dumps(setting.default).strip('"')
        row = re.search(rf"^\| `{setting.name}` \| (.*?) \|.*\| (.*?) \|.*\|$", MANUAL, re.M)
        assert row is not None, setting.name
        assert default in row[1]
        assert row[2] == setting.question


def test_the_manual_names_every_word_a_pack_or_case_may_use() -> None:
    for word in (*METRICS, *COVERS, *PRORATES, *LENGTHS, *STATES, *ALL_READERS, *shipped()):
        assert f"`{word}`" in MANUAL, word


def test_the_manual_accounts_for_all_ninety_rules() -> None:
    named = set(re.findall(r"R\d\d", MANUAL))
    assert named == {f"R{number:02d}" for number in range(1, 91)}
    later = set(re.findall(r"R\d\d", MANUAL.split("rules still to come")[1]))
    there = {rule_id[:3] for pack_id in shipped() for rule_id in load_pack(pack_id).rules}
    assert (later & there, later | there) == (set(), named)


def test_the_examples_of_the_manual_hold(tmp_path: Path) -> None:
    for name in ("pack.yaml", "cases.yaml"):
        (text,) = re.findall(rf"```yaml\n(# {name}\n.*?)```", MANUAL, re.S)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert check([tmp_path / "pack.yaml", tmp_path / "cases.yaml"]).failed == ()


def test_the_engine_imports_nothing_but_itself_the_standard_library_and_yaml() -> None:
    allowed = {*sys.stdlib_module_names, "yaml"} - {"random", "os", "sqlite3", "socket"}
    # cli.py is no part of the engine: it speaks to the person at the machine
    for file in set(PACKS.parent.rglob("*.py")) - {PACKS.parent / "cli.py"}:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                assert name.startswith("app.policy") or name.split(".")[0] in allowed, (file, name)


def test_no_clock_is_read() -> None:
    for file in PACKS.parent.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"\.(now|today|utcnow)\(", text), file
