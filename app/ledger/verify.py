"""What must hold of a log and of the rows that it tells of. Pure: ``app.examining`` reads.

A leaf's hash follows from its fields; leaves are numbered without gaps; the tree over them is the
one that each checkpoint signed; each row is the one that its last leaf commits to. Each thing that
does not hold is a `Finding`; the lowest code found is the exit code of ``zhucun ledger verify``.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import Any, NamedTuple

from app.ledger.canonical import canonical, commitment
from app.ledger.checkpoint import BadNote, Verifier, opened, read
from app.ledger.merkle import HASH_BYTES, Frontier, root_of

TILE = 256
ERASE = "erase"
HEADS, CHECKPOINTS, TILES, LEDGER = "ledger_heads", "checkpoints", "ledger_tiles", "ledger"


class Code(IntEnum):
    """What is wrong, by the contract's exit codes."""

    altered = 1
    missing = 2
    unlogged = 3
    fork = 4
    signature = 5
    bytes = 6


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold: ``id`` is the row's key in ``table``."""

    code: Code
    table: str
    id: str
    says: str
    log: str = ""
    seq: int | None = None


class Leaf(NamedTuple):
    """A row of the table ``ledger``, its columns in this order."""

    log: str
    seq: int
    v: int
    kind: str
    table: str
    id: str
    rev: int
    actor: str
    received_at: Any
    commitment: bytes
    leaf: bytes

    def data(self) -> bytes:
        """The bytes that the leaf hash is over: canonical JSON that a person can read."""
        told = {
            "v": self.v,
            "kind": self.kind,
            "table": self.table,
            "id": self.id,
            "rev": self.rev,
            "actor": self.actor,
            "received_at": self.received_at,
            "commit": self.commitment,
        }
        return canonical(told)


@dataclass(frozen=True, slots=True)
class Point:
    """A size at which somebody says what the root was: a checkpoint, wherever it was kept."""

    size: int
    root: bytes
    where: str
    frontier: bytes | None = None


class CheckpointRow(NamedTuple):
    """A row of the table ``checkpoints``, its columns in this order."""

    log: str
    number: int
    size: int
    root: bytes
    frontier: bytes
    made_at: Any
    key: str
    note: str


def stored_points(
    rows: Iterable[CheckpointRow], keys: Sequence[Verifier]
) -> tuple[list[Point], list[Finding]]:
    """The checkpoints of one log that stand in the database, and what is wrong with them."""
    points, found = list[Point](), list[Finding]()
    for expected, row in enumerate(rows):
        name = f"{row.log}:{row.number}"
        if row.number != expected:
            says = f"checkpoint {expected} of log {row.log} is missing"
            found.append(Finding(Code.missing, CHECKPOINTS, f"{row.log}:{expected}", says, row.log))
            break
        try:
            said = opened(row.note, keys)
        except BadNote as error:
            found.append(Finding(Code.signature, CHECKPOINTS, name, str(error), row.log))
            continue
        told = (row.log, row.size, bytes(row.root), row.made_at)
        if told != (said.log, said.size, said.root, said.made_at) or not _holds(row, keys):
            says = "the row is not what its signed note says"
            found.append(Finding(Code.altered, CHECKPOINTS, name, says, row.log))
        points.append(Point(said.size, said.root, name, bytes(row.frontier)))
    return points, found


def noted_points(
    log: str,
    noted: Iterable[tuple[int, str]],
    rows: Sequence[CheckpointRow],
    keys: Sequence[Verifier],
) -> tuple[list[Point], list[Finding]]:
    """The signed checkpoints (number, note) that the data folder has and the database has not."""
    stored = {row.number: row.note for row in rows}
    points, found = list[Point](), list[Finding]()
    for number, note in noted:
        if stored.get(number) == note:
            continue
        name = f"{log}:{number}"
        try:
            said = opened(note, keys)
        except BadNote as error:
            says = f"the note in the data folder: {error}"
            found.append(Finding(Code.signature, CHECKPOINTS, name, says, log))
            continue
        says = f"checkpoint {number} of log {log} was signed here and is not in the database"
        found.append(Finding(Code.missing, CHECKPOINTS, name, says, log, said.size))
        points.append(Point(said.size, said.root, f"the data folder's {log}.{number}"))
    return points, found


def _holds(row: CheckpointRow, keys: Sequence[Verifier]) -> bool:
    return row.key in {str(key) for key in keys}


def kept_points(
    notes: Mapping[str, str], keys: Sequence[Verifier]
) -> tuple[dict[str, list[Point]], list[Finding]]:
    """Checkpoints that somebody kept (name → note), by log, and those that prove nothing."""
    points, found = dict[str, list[Point]](), list[Finding]()
    for name, note in notes.items():
        try:
            said = opened(note, keys)
        except BadNote as error:
            log = _log_of(note)
            found.append(Finding(Code.signature, CHECKPOINTS, name, str(error), log))
            continue
        points.setdefault(said.log, []).append(Point(said.size, said.root, name))
    return points, found


def _log_of(note: str) -> str:
    try:
        return read(note).log
    except BadNote:
        return ""


def forks(log: str, points: Iterable[Point]) -> list[Finding]:
    """Two signed checkpoints of one size that say different things."""
    seen, found = dict[int, Point](), list[Finding]()
    for point in points:
        other = seen.setdefault(point.size, point)
        if other.root != point.root:
            says = f"signed another tree of {point.size} leaves than {other.where}"
            found.append(Finding(Code.fork, CHECKPOINTS, point.where, says, log, point.size))
    return found


#: The leaf hashes of a tile as they were exported, for its number; None where nothing was.
Exported = Callable[[int], bytes | None]


class LogCheck:
    """One log, leaf by leaf in the order of their numbers."""

    def __init__(
        self,
        log: str,
        points: Iterable[Point],
        tiles: Mapping[int, bytes],
        exported: Exported | None = None,
    ) -> None:
        """``points`` signed heads, ``tiles`` the stored roots of tiles, by number."""
        self.log = log
        self.counts = dict[str, int]()
        self._points = sorted(points, key=lambda point: point.size)
        self._signed = max((p.size for p in self._points if p.frontier is not None), default=0)
        self._next, self._fits, self._forked = 0, 0, False
        self._tree = Frontier()
        self._stored, self._exported = tiles, exported
        self._tile = list[Leaf]()
        self._whole = True

    def take(self, leaf: Leaf) -> Iterator[Finding]:
        """What is wrong with the next leaf."""
        size = self._tree.size
        if leaf.seq != size and self._whole:
            self._whole = False  # behind a gap no tree can be compared any more
            says = f"the log has no leaf {size}; the next is {leaf.seq}"
            yield Finding(Code.missing, LEDGER, f"{self.log}:{size}", says, self.log, size)
        self.counts[leaf.table] = self.counts.get(leaf.table, 0) + 1
        stored = bytes(leaf.leaf)
        if hashlib.sha256(b"\x00" + leaf.data()).digest() != stored:
            says = f"leaf {leaf.seq} is not what its hash says"
            yield Finding(Code.altered, leaf.table, leaf.id, says, self.log, leaf.seq)
        if not self._whole:
            return
        self._tree.append(stored)
        self._tile.append(leaf)
        yield from self._points_here()
        if len(self._tile) == TILE:
            yield from self._tile_ends()

    def end(self, head: int | None) -> Iterator[Finding]:
        """What is wrong with the whole; ``head`` is the size that the database remembers."""
        size = self._tree.size
        if self._tile and self._whole:
            yield from self._tile_ends()
        if self._whole and head != size:
            code = Code.missing if (head or 0) > size else Code.altered
            says = f"the head says {head} leaves, there are {size}"
            yield Finding(code, HEADS, self.log, says, self.log, size)
        if self._whole:
            for point in self._points[self._next :]:
                says = f"checkpoint {point.where} signed {point.size} leaves, there are {size}"
                yield Finding(Code.missing, LEDGER, f"{self.log}:{size}", says, self.log, size)
                break
            for number in sorted(self._stored):
                if not 0 <= number < self._signed // TILE:
                    name = f"{self.log}:{number}"
                    says = "a tile that no checkpoint covers"
                    yield Finding(Code.unlogged, TILES, name, says, self.log)

    def _points_here(self) -> Iterator[Finding]:
        while self._next < len(self._points) and self._points[self._next].size <= self._tree.size:
            point = self._points[self._next]
            self._next += 1
            if point.size != self._tree.size:
                continue  # size 0: the empty tree says nothing
            if point.root != self._tree.root():
                if not self._forked:
                    self._forked = True
                    says = (
                        f"the leaves {self._fits} to {point.size - 1} are not those that "
                        f"checkpoint {point.where} signed"
                    )
                    yield Finding(
                        Code.fork, CHECKPOINTS, point.where, says, self.log, point.size - 1
                    )
                continue
            self._fits = point.size
            if point.frontier is not None and point.frontier != self._tree.dump():
                says = "the stored frontier is not that of its tree"
                yield Finding(Code.altered, CHECKPOINTS, point.where, says, self.log)

    def _tile_ends(self) -> Iterator[Finding]:
        number, tile = self._tile[0].seq // TILE, self._tile
        self._tile = []
        if len(tile) == TILE and number < self._signed // TILE:
            stored, name = self._stored.get(number), f"{self.log}:{number}"
            if stored is None:
                yield Finding(Code.missing, TILES, name, "the root of a tile is missing", self.log)
            elif bytes(stored) != root_of(bytes(leaf.leaf) for leaf in tile):
                yield Finding(Code.altered, TILES, name, "not the root of its leaves", self.log)
        old = self._exported(number) if self._exported is not None else None
        for place, leaf in enumerate(tile if old is not None else ()):
            was = (old or b"")[place * HASH_BYTES : (place + 1) * HASH_BYTES]
            if was and was != bytes(leaf.leaf):
                says = f"leaf {leaf.seq} is not the one that was exported"
                yield Finding(Code.altered, leaf.table, leaf.id, says, self.log, leaf.seq)


class Told(NamedTuple):
    """What is needed of a leaf to check its row."""

    log: str
    seq: int
    v: int
    kind: str
    rev: int
    commitment: bytes


def check_row(
    table: str,
    key: str,
    row: Mapping[str, Any],
    leaves: Sequence[Told],
    columns: Mapping[int, tuple[str, ...]],
) -> Iterator[Finding]:
    """What is wrong with a row that stands; ``leaves`` are all of its own, in order."""
    if not leaves:
        yield Finding(Code.unlogged, table, key, "no leaf tells of this row", str(row["county"]))
        return
    last = leaves[-1]
    revs = [leaf.rev for leaf in leaves]
    says = ""
    if any(later <= earlier for earlier, later in pairwise(revs)):
        says = "its leaves do not tell of one revision after the other"
    elif last.kind == ERASE:
        yield Finding(Code.unlogged, table, key, "erased, and there again", last.log, last.seq)
        return
    elif row["rev"] != last.rev:
        says = f"the row is revision {row['rev']}, its last leaf tells of {last.rev}"
    elif row["county"] != last.log:
        says = f"the row stands in {row['county']}, its leaf in log {last.log}"
    elif not _committed(row, last, columns):
        says = f"revision {last.rev} is not the one that was logged"
    if says:
        yield Finding(Code.altered, table, key, says, last.log, last.seq)


def _committed(row: Mapping[str, Any], leaf: Told, columns: Mapping[int, tuple[str, ...]]) -> bool:
    names = columns.get(leaf.v)
    if names is None:
        return False
    try:
        found = commitment(row["salt"], {name: row[name] for name in names})
    except TypeError:  # no canonical form: nothing of ours was ever stored so
        return False
    return found == bytes(leaf.commitment)


def vanished(table: str, key: str, leaves: Sequence[Told]) -> Finding | None:
    """What is wrong with a row that does not stand: nothing when its erasure is logged."""
    last = leaves[-1]
    if last.kind == ERASE:
        return None
    says = f"leaf {last.seq} tells of revision {last.rev} of a row that is not there"
    return Finding(Code.missing, table, key, says, last.log, last.seq)


def exit_code(found: Iterable[Finding]) -> int:
    """0 when nothing was found, else the lowest code."""
    return min((finding.code.value for finding in found), default=0)


def key_of(values: Sequence[Any]) -> str:
    """A row's key as leaves write it."""
    return ":".join(str(value) for value in values)
