"""What ``zhucun policy check [FILE.yaml …]`` does 核对算例: packs load, cases hold; no database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.policy.calendar import national
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
    packs: int = 0

    @property
    def ok(self) -> bool:
        """True when everything could be read and every expectation holds."""
        return not self.failed

    @property
    def lines(self) -> tuple[str, ...]:
        """What the command prints: the failures, or one line when there are none."""
        if self.failed or self.cases:
            return self.failed or (f"ok: {self.cases} cases hold",)
        read = "1 pack reads well" if self.packs == 1 else f"{self.packs} packs read well"
        return (f"ok: {read}; no case was tried",)


def check(files: Sequence[Path] = ()) -> Checked:
    """Checks case files and pack files; without files all shipped packs and their cases.

    A case may name a shipped pack, a pack given in the same call, or the pack.yaml beside it.
    """
    try:
        national()  # a broken calendar would else be told once for each case
    except Fault as fault:
        return Checked((fault.one_line,), 0)
    given = tuple(files) or tuple(
        PACKS / pack_id / name for pack_id in shipped() for name in ("pack.yaml", "cases.yaml")
    )
    roots: list[tuple[Path, Item]] = []
    packs: dict[str, Pack] = {}
    failed: list[str] = []
    broken: set[Path] = set()  # packs whose mistake is told already
    for path in given:
        try:
            root = read_file(path, _shown(path))
            if isinstance(root.value, dict) and root.value.keys().isdisjoint(("period", "expect")):
                pack = read_pack(root)
                packs[pack.id] = pack
            else:
                roots.append((path, root))
        except Fault as fault:
            failed.append(fault.one_line)
            broken.add(path.resolve())
    cases = 0
    for path, root in roots:
        for lines in _check_cases(path, root, packs, broken):
            cases += 1
            failed.extend(lines)
    return Checked(tuple(failed), cases, len(packs))


def _check_cases(
    path: Path, root: Item, packs: dict[str, Pack], broken: set[Path]
) -> Iterator[list[str]]:
    """The failures of each case in turn; a case that cannot be read fails alone."""
    place = path.with_name("pack.yaml")
    if place.resolve() in broken:
        return
    try:
        beside = _pack_beside(place)
    except Fault as fault:
        broken.add(place.resolve())
        yield [fault.one_line]
        return
    try:
        entries = [root] if isinstance(root.value, dict) else root.items("算例文件")
        if not entries:
            raise root.fault("算例文件是空的", "这样什么也没有核对", "请写上算例")
    except Fault as fault:
        yield [fault.one_line]
        return

    def find(pack_id: str) -> Pack | None:
        if beside is not None and beside.id == pack_id:
            return beside
        return packs.get(pack_id) or (load_pack(pack_id) if pack_id in shipped() else None)

    for entry in entries:
        try:
            yield failures(read_case(entry, find))
        except Fault as fault:
            yield [f"{fault.one_line}（算例：{_name(entry)}）"]


def _pack_beside(place: Path) -> Pack | None:
    """The pack.yaml of a clerk's own folder, next to the cases."""
    return read_pack(read_file(place, _shown(place))) if place.is_file() else None


def _shown(path: Path) -> str:
    """Shipped files by pack and name, others as given."""
    return f"{path.parent.name}/{path.name}" if path.parent.parent == PACKS else str(path)


def _name(entry: Item) -> str:
    name = entry.value.get("name") if isinstance(entry.value, dict) else None
    return (
        " ".join(name.value.split())
        if name and isinstance(name.value, str)
        else f"第 {entry.line} 行"
    )
