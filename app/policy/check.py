"""What ``zhucun policy check [FILE.yaml …]`` does 核对算例: packs load, cases hold; no database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.policy.case_reading import read_case
from app.policy.cases import failures
from app.policy.loader import PACKS, load_pack, read_pack, shipped
from app.policy.pack import Pack
from app.policy.reading import Fault, Item, read_file


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome: one line per failed expectation or mistake; ``ok`` is exit code 0."""

    failed: tuple[str, ...]
    cases: int

    @property
    def ok(self) -> bool:
        """True when everything could be read and every expectation holds."""
        return not self.failed

    @property
    def lines(self) -> tuple[str, ...]:
        """What the command prints: the failures, or one line when there are none."""
        return self.failed or (f"ok: {self.cases} cases hold",)


def check(files: Sequence[Path] = ()) -> Checked:
    """Checks case files and pack files; without files all shipped packs and their cases.

    A case may name a shipped pack, a pack given in the same call, or the pack.yaml beside it.
    """
    given = tuple(files) or tuple(
        PACKS / pack_id / name for pack_id in shipped() for name in ("pack.yaml", "cases.yaml")
    )
    roots: list[tuple[Path, Item]] = []
    packs: dict[str, Pack] = {}
    failed: list[str] = []
    for path in given:
        try:
            root = read_file(path, _shown(path))
            if isinstance(root.value, dict) and "rules" in root.value:
                pack = read_pack(root)
                packs[pack.id] = pack
            else:
                roots.append((path, root))
        except Fault as fault:
            failed.append(_one_line(fault))
    cases = 0
    for path, root in roots:
        for line in _check_cases(path, root, packs):
            cases += 1
            failed.extend(line)
    return Checked(tuple(failed), cases)


def _check_cases(path: Path, root: Item, packs: dict[str, Pack]) -> Iterator[list[str]]:
    """The failures of each case in turn; a case that cannot be read fails alone."""

    try:
        beside = _pack_beside(path)
        entries = [root] if isinstance(root.value, dict) else root.items("the file of cases")
    except Fault as fault:
        yield [_one_line(fault)]
        return

    def find(pack_id: str) -> Pack | None:
        if beside is not None and beside.id == pack_id:
            return beside
        return packs.get(pack_id) or (load_pack(pack_id) if pack_id in shipped() else None)

    for entry in entries:
        try:
            yield failures(read_case(entry, find))
        except Fault as fault:
            yield [f"{_one_line(fault)} (case: {_name(entry)})"]


def _pack_beside(path: Path) -> Pack | None:
    """The pack.yaml of a clerk's own folder, next to the cases."""
    beside = path.with_name("pack.yaml")
    return read_pack(read_file(beside, _shown(beside))) if beside.is_file() else None


def _shown(path: Path) -> str:
    """Shipped files by pack and name, others as given."""
    return f"{path.parent.name}/{path.name}" if path.parent.parent == PACKS else str(path)


def _name(entry: Item) -> str:
    name = entry.value.get("name") if isinstance(entry.value, dict) else None
    return (
        " ".join(name.value.split())
        if name and isinstance(name.value, str)
        else f"line {entry.line}"
    )


def _one_line(fault: Fault) -> str:
    return " ".join(str(fault).split())
