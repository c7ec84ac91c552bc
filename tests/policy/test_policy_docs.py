"""The manual for clerks stays true, and the engine stays pure."""

import ast
import json
import re
import sys
from pathlib import Path

import pytest

from app.policy.case_duties import ALL_READERS
from app.policy.case_reading import _CASE_KEYS
from app.policy.cases import FIELDS
from app.policy.check import check
from app.policy.due_reading import _KEYS as _DUE_KEYS
from app.policy.interpretation import settings
from app.policy.loader import _PACK_KEYS, _SOURCE_KEYS, PACKS, load_pack, shipped
from app.policy.pack import COVERS, METRICS, PRORATES
from app.policy.periods import LENGTHS
from app.policy.rules import _KEYS as _RULE_KEYS
from app.policy.standing import STATES

ROOT = Path(__file__).parents[2]
MANUAL = (ROOT / "docs" / "policy-packs.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "docs" / "policy-packs.zh.md").read_text(encoding="utf-8")
both = pytest.mark.parametrize("manual", [MANUAL, CHINESE], ids=["english", "chinese"])


def code_of(manual: str) -> list[str]:
    """What a manual sets as code, without comments: the lines of its blocks, and its spans."""
    block = re.compile(r"^```\w*\n(.*?)^```$", re.M | re.S)
    spans = re.findall(r"`([^`\n]+)`", block.sub("", manual))
    return [
        re.sub(r"\s*#.*", "", line) for line in "".join(block.findall(manual)).splitlines()
    ] + spans


def keys_of(manual: str) -> set[str]:
    """Every key, metric, setting and word that a manual names as it is typed."""
    guide = manual.split("## Rules that are shipped")[0]
    return set(re.findall(r"(?<![\w.])[A-Za-z]\w*", "\n".join(code_of(guide)), re.A))


@both
def test_the_manual_lists_every_setting_with_default_and_question(manual: str) -> None:
    for setting in settings().values():
        default = json.dumps(setting.default).strip('"')
        row = re.search(rf"^\| `{setting.name}` \| (.*?) \|.*\| (.*?) \| (.*) \|$", manual, re.M)
        assert row is not None, setting.name
        assert default in row[1]
        assert row[2] == setting.question
        assert re.split(", |、", row[3]) == list(setting.metrics)
        for choice in set(setting.choices) - {setting.default}:
            assert f"`{choice}`" in row[0], choice


@both
def test_the_manual_names_every_word_a_pack_or_case_may_use(manual: str) -> None:
    for word in (*METRICS, *COVERS, *PRORATES, *LENGTHS, *STATES, *ALL_READERS, *shipped()):
        assert f"`{word}`" in manual, word
    keys = {*_PACK_KEYS, *_SOURCE_KEYS, *_RULE_KEYS, *_DUE_KEYS, *_CASE_KEYS, *FIELDS}
    assert keys <= keys_of(manual)


def test_the_two_manuals_name_the_same_keys_metrics_settings_and_words() -> None:
    told = {"FILE", "LINE", "CASE", "RULE"}  # the shape of a line, in Chinese on the Chinese page
    assert keys_of(MANUAL) - told == keys_of(CHINESE)
    assert len(keys_of(CHINESE)) > 300


def test_the_two_manuals_show_the_same_examples() -> None:
    shown = [
        [re.sub(r"\s*#.*", "", block) for block in re.findall(r"^```\w*\n.*?^```$", m, re.M | re.S)]
        for m in (MANUAL, CHINESE)
    ]
    assert shown[0] == shown[1]
    assert len(shown[0]) == 5


def test_the_two_manuals_lead_to_each_other() -> None:
    assert "(policy-packs.zh.md)" in MANUAL[:200]
    assert "(policy-packs.md)" in CHINESE[:200]


def test_the_manual_accounts_for_all_ninety_rules() -> None:
    named = set(re.findall(r"R\d\d", MANUAL))
    assert named == {f"R{number:02d}" for number in range(1, 91)}
    later = set(re.findall(r"R\d\d", MANUAL.split("rules still to come")[1]))
    there = {rule_id[:3] for pack_id in shipped() for rule_id in load_pack(pack_id).rules}
    assert (later & there, later | there) == (set(), named)


@both
def test_the_examples_of_the_manual_hold(manual: str, tmp_path: Path) -> None:
    for name in ("pack.yaml", "cases.yaml"):
        (text,) = re.findall(rf"```yaml\n(# {name}\n.*?)```", manual, re.S)
        (tmp_path / name).write_text(text, encoding="utf-8")
    checked = check([tmp_path / "pack.yaml", tmp_path / "cases.yaml"])
    assert checked.failed == ()
    assert "\n".join(checked.lines) in manual


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
