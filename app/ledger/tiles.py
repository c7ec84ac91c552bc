"""A log as static files, in the layout of C2SP tlog-tiles, and proofs as one JSON object.

``<folder>/<log>/checkpoint`` is the newest signed note, ``checkpoints/<size>`` every one;
``tile/<level>/<number>`` holds 256 hashes, ``tile/entries/<number>`` the leaves' own bytes, each
with its length (two bytes, high byte first) before it. The last, unfinished file of a level ends
with ``.p/<width>``. ``verifier`` is the public key. Nothing in it tells what a record says.
"""

from collections.abc import Iterator
from pathlib import Path

from app.ledger.merkle import root_of
from app.ledger.verify import Leaf

TILE = 256


class OtherHistory(ValueError):
    """The folder holds an export of another history of this log: a fork."""


def name_of(number: int) -> str:
    """A tile's number as a path: 1234067 is ``x001/x234/067``."""
    parts = [f"{number % 1000:03}"]
    while number := number // 1000:
        parts.append(f"x{number % 1000:03}")
    return "/".join(reversed(parts))


def tile_path(level: int | str, number: int, width: int = TILE) -> str:
    """Where a tile of this level (or ``entries``) lies."""
    partial = "" if width == TILE else f".p/{width}"
    return f"tile/{level}/{name_of(number)}{partial}"


class Writer:
    """One log's files, written leaf by leaf in order; what is there already must be the same."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._size = 0
        self._entries = bytearray()
        self._levels: list[list[bytes]] = [[]]
        self._done: list[int] = [0]

    def take(self, leaf: Leaf) -> None:
        """The next leaf."""
        data = leaf.data()
        self._entries += len(data).to_bytes(2, "big") + data
        self._size += 1
        if self._size % TILE == 0:
            self._write("entries", self._size // TILE - 1, TILE, bytes(self._entries))
            self._entries.clear()
        self._add(0, bytes(leaf.leaf))

    def end(self) -> None:
        """Write what is unfinished."""
        if width := self._size % TILE:
            self._write("entries", self._size // TILE, width, bytes(self._entries))
        for level, hashes in enumerate(self._levels):
            if hashes:
                self._write(level, self._done[level], len(hashes), b"".join(hashes))

    def _add(self, level: int, node: bytes) -> None:
        if level == len(self._levels):
            self._levels.append([])
            self._done.append(0)
        hashes = self._levels[level]
        hashes.append(node)
        if len(hashes) == TILE:
            self._write(level, self._done[level], TILE, b"".join(hashes))
            self._add(level + 1, root_of(hashes))
            self._done[level] += 1
            hashes.clear()

    def _write(self, level: int | str, number: int, width: int, data: bytes) -> None:
        write_once(self.folder / tile_path(level, number, width), data)


def write_once(file: Path, data: bytes) -> None:
    """Write a file that never changes; OtherHistory when it stands with other bytes."""
    if file.exists():
        if file.read_bytes() != data:
            raise OtherHistory(str(file))
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_bytes(data)
    fresh.replace(file)


def exported_leaves(folder: Path, number: int) -> bytes | None:
    """The leaf hashes of a tile as they were exported; the longest of unfinished ones."""
    whole = folder / tile_path(0, number)
    if whole.is_file():
        return whole.read_bytes()
    parts = whole.with_name(whole.name + ".p")
    widths = sorted(int(file.name) for file in parts.glob("[0-9]*")) if parts.is_dir() else []
    return (parts / str(widths[-1])).read_bytes() if widths else None


def exported_notes(folder: Path) -> Iterator[tuple[str, str]]:
    """Every signed note of an export of all logs: its file and its text."""
    for log in sorted(folder.iterdir()):
        for file in sorted([*log.glob("checkpoint"), *log.glob("checkpoints/*")]):
            yield str(file), file.read_text(encoding="utf-8")
