"""Rules of the house that no linter knows."""

import configparser
import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
MOST_LINES = 400
#: files that are longer, each with its reason
LONGER = {
    "app/demo/records.py": "every kind of record of the demonstration, one function each",
    "app/demo/attendance.py": "every kind of accident and story on the way, one function each",
}
BINARY = {".png", ".jpg", ".webp", ".ico", ".woff2", ".gz"}

MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:home|root|Users|work)/\w")
INDEX = re.compile(r"--(?:extra-)?index-url|--find-links|registry=http|\"resolved\": *\"http")
#: spelt so that this file does not hold what it looks for
LEFT_OVER = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX")) + r"(?!\w)")


def tracked() -> list[Path]:
    """The files of this repository as it stands on the disk."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def words() -> list[tuple[Path, str]]:
    """Tracked text files with what they hold."""
    return [(file, read(file)) for file in tracked() if file.suffix not in BINARY]


def test_files_stay_short() -> None:
    long = {
        str(file.relative_to(ROOT)): lines
        for file in (ROOT / "app").rglob("*.py")
        if (lines := len(read(file).splitlines())) > MOST_LINES
    }
    assert long.keys() <= LONGER.keys(), f"longer than {MOST_LINES} lines: {long}"


def test_no_file_names_a_machine_or_an_index() -> None:
    for file, body in words():
        if file == Path(__file__):
            continue
        for number, line in enumerate(body.splitlines(), start=1):
            where = f"{file.relative_to(ROOT)}:{number}"
            assert not MACHINE_PATHS.search(line), where
            assert not INDEX.search(line), where


def test_locks_are_hashed_and_name_no_host() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        body = read(ROOT / name)
        assert "://" not in body
        pinned = re.findall(r"^[\w.-]+==", body, re.M)
        assert len(re.findall(r"^[\w.-]+==\S+(?: ;[^\\\n]*)? \\\n    --hash=", body, re.M)) == len(
            pinned
        )


def test_what_runs_is_pinned_as_what_is_tested() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^([\w.-]+==[^\s;]+)", read(ROOT / name), re.M))

    assert pins("requirements.txt") <= pins("requirements-dev.txt")


def test_scripts_are_programs() -> None:
    for file in tracked():
        if file.parent.name in ("scripts", ".ci") and not file.suffix:
            assert os.access(file, os.X_OK), f"{file.name} is not executable"
            assert read(file).startswith("#!/usr/bin/env "), file.name


def test_ci_runs_the_whole_suite_and_nothing_else() -> None:
    lines = [line for line in read(ROOT / ".ci/run").splitlines() if not line.startswith("#")]
    assert lines == ['exec "$(dirname "$0")/../scripts/test"']


def test_every_folder_of_the_house_is_in_the_import_contract() -> None:
    contract = configparser.ConfigParser()
    contract.read(ROOT / ".importlinter", encoding="utf-8")
    house = contract["importlinter:contract:house"]
    listed = {name.strip() for line in house["layers"].splitlines() for name in line.split("|")}
    there = {file.parent.name for file in (ROOT / "app").glob("*/__init__.py")}
    assert house.getboolean("exhaustive")
    assert there <= listed, f"not in .importlinter: {there - listed}"


def test_every_service_is_held_to_know_no_http() -> None:
    contract = configparser.ConfigParser()
    contract.read(ROOT / ".importlinter", encoding="utf-8")
    held = set(contract["importlinter:contract:services"]["source_modules"].split())
    there = {f"app.{file.parent.name}.service" for file in (ROOT / "app").glob("*/service.py")}
    apart = {"app.ledger.service", "app.demo.service"}  # below HTTP, and beside it
    assert there - apart <= held, f"not in .importlinter: {there - apart - held}"


def test_no_half_done_marks() -> None:
    for file, body in words():
        for number, line in enumerate(body.splitlines(), start=1):
            assert not LEFT_OVER.search(line), f"{file.relative_to(ROOT)}:{number}"


def test_secrets_and_data_are_not_in_the_repository() -> None:
    ignored = read(ROOT / ".gitignore").split()
    assert {"var/", ".venv/", ".env"} <= set(ignored)
    for file in tracked():
        assert file.name not in (".env", "secrets.json", "demo-logins.json"), file
