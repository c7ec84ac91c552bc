"""Checks what zhucun's ``ledger export``, ``ledger proof`` and ``evidence`` wrote, without zhucun.

Python 3.8 or newer and nothing else; no line of it is shared with the product.

    python3 verify.py DIR [--key VERIFIER …] [--checkpoint FILE …]
    python3 verify.py PACK.zip [--key VERIFIER …] [--checkpoint FILE …]
    python3 verify.py --proof FILE [--key VERIFIER …] [--checkpoint FILE …]
    python3 verify.py --consistency FILE --checkpoint OLD --checkpoint NEW --key VERIFIER

DIR holds one folder per log (C2SP tlog-tiles), PACK.zip is an evidence pack, packed or unpacked. Give the public keys that you noted at the first
time as ``--key``: without any, the keys beside the data are taken, and then whoever made up the
data may have made up the key as well. ``--checkpoint`` are checkpoints that you kept. Exit code 0
when everything holds, 1 when not (one line each), 2 when something cannot be read.
"""

# ruff: noqa: UP006, UP031, UP035, UP045, RUF005, B905  # an auditor's Python may be older than ours

import argparse
import base64
import hashlib
import json
import struct
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

WIDTH = 256

# --- Ed25519, RFC 8032, 5.1 ------------------------------------------------------------------
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = Tuple[int, int, int, int]
NEUTRAL: Point = (0, 1, 1, 0)


def _plus(a: Point, b: Point) -> Point:
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    i, j, k, m = f - e, h - g, h + g, f + e
    return (i * j % P, k * m % P, j * k % P, i * m % P)


def _times(number: int, point: Point) -> Point:
    out = NEUTRAL
    while number:
        if number & 1:
            out = _plus(out, point)
        point, number = _plus(point, point), number >> 1
    return out


def _x_of(y: int, odd: int) -> Optional[int]:
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and odd):
        return None
    return P - x if x & 1 != odd else x


def _point(raw: bytes) -> Optional[Point]:
    told = int.from_bytes(raw, "little")
    y, odd = told & ((1 << 255) - 1), told >> 255
    x = _x_of(y, odd)
    return None if x is None else (x, y, 1, x * y % P)


_BASE_Y = 4 * pow(5, P - 2, P) % P
_BASE_X = _x_of(_BASE_Y, 0) or 0
BASE: Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % P)


def ed25519_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature of the message is that of this key."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, nonce = _point(public), _point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or nonce is None or scalar >= ORDER:
        return False
    hashed = hashlib.sha512(signature[:32] + public + message).digest()
    left = _times(scalar, BASE)
    right = _plus(nonce, _times(int.from_bytes(hashed, "little") % ORDER, key))
    same_x = (left[0] * right[2] - right[0] * left[2]) % P == 0
    return same_x and (left[1] * right[2] - right[1] * left[2]) % P == 0


# --- the tree, RFC 6962, 2.1 -----------------------------------------------------------------
def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry."""
    return hashlib.sha256(b"\0" + entry).digest()


def _pair(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def tree_root(hashes: List[bytes]) -> bytes:
    """The root over leaf hashes, level by level: an odd one out goes up as it is."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    row = list(hashes)
    while len(row) > 1:
        pairs = [_pair(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        row = pairs + row[len(row) - len(row) % 2 :]
    return row[0]


def _half(count: int) -> int:
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def root_by_inclusion(leaf: bytes, at: int, size: int, path: List[bytes]) -> Optional[bytes]:
    """The root that an inclusion proof leads to; None when it has not the right length."""
    if size < 1 or not 0 <= at < size:
        return None
    if size == 1:
        return None if path else leaf
    if not path:
        return None
    half, last = _half(size), path[-1]
    if at < half:
        below = root_by_inclusion(leaf, at, half, path[:-1])
        return None if below is None else _pair(below, last)
    below = root_by_inclusion(leaf, at - half, size - half, path[:-1])
    return None if below is None else _pair(last, below)


def inclusion_holds(leaf: bytes, at: int, size: int, path: List[bytes], root: bytes) -> bool:
    """Whether the leaf stands at this number of the tree."""
    if any(len(node) != 32 for node in [leaf, root] + path):
        return False
    return root_by_inclusion(leaf, at, size, path) == root


def _both(
    old: int, size: int, path: List[bytes], whole: bool, old_root: bytes
) -> Optional[Tuple[bytes, bytes]]:
    """The old and the new root of a subtree that a consistency proof leads to."""
    if old == size:
        if whole:
            return None if path else (old_root, old_root)
        return (path[0], path[0]) if len(path) == 1 else None
    if not path:
        return None
    half, last = _half(size), path[-1]
    if old <= half:
        found = _both(old, half, path[:-1], whole, old_root)
        return None if found is None else (found[0], _pair(found[1], last))
    found = _both(old - half, size - half, path[:-1], False, old_root)
    return None if found is None else (_pair(last, found[0]), _pair(last, found[1]))


def consistency_holds(
    old: int, size: int, path: List[bytes], old_root: bytes, new_root: bytes
) -> bool:
    """Whether the tree of ``size`` leaves begins with the one of ``old`` leaves."""
    if not 0 < old <= size or any(len(node) != 32 for node in [old_root, new_root] + path):
        return False
    return _both(old, size, path, True, old_root) == (old_root, new_root)


# --- signed notes, C2SP ----------------------------------------------------------------------
class Unreadable(Exception):
    """Not what it should be; the message says what."""


def _raw(told: str) -> bytes:
    try:
        raw = base64.b64decode(told.encode("ascii"), validate=True)
    except ValueError:
        raise Unreadable("not base64: %r" % told[:60]) from None
    if base64.b64encode(raw).decode() != told:  # the last bits can be spelled in several ways
        raise Unreadable("not the one spelling of base64: %r" % told[:60])
    return raw


def read_key(told: str) -> Tuple[str, bytes, bytes]:
    """Name, key id and public key of ``name+id+base64``."""
    parts = told.strip().split("+", 2)
    raw = _raw(parts[2]) if len(parts) == 3 else b""
    if len(raw) != 33 or raw[0] != 1:
        raise Unreadable("not an Ed25519 verifier key: %r" % told[:60])
    made = hashlib.sha256(parts[0].encode() + b"\n" + raw).digest()[:4]
    if made.hex() != parts[1]:
        raise Unreadable("the key id of %s is wrong" % parts[0])
    return parts[0], made, raw[1:]


def read_note(note: str, keys: List[str]) -> Tuple[str, int, bytes]:
    """Origin, size and root of a checkpoint that one of the keys has signed."""
    cut = note.rfind("\n\n")
    lines = note[:cut].split("\n") if cut > 0 else []
    if len(lines) < 3 or not lines[1].isdigit() or not note.endswith("\n"):
        raise Unreadable("not a checkpoint")
    root, known = _raw(lines[2]), [read_key(key) for key in keys]
    if len(root) != 32:
        raise Unreadable("not a checkpoint: the root has not 32 bytes")
    for line in note[cut + 2 :].split("\n"):
        words = line.split(" ")
        if len(words) != 3 or words[0] != "\u2014" or words[1] != lines[0]:
            continue
        signature = _raw(words[2])
        for name, key_id, public in known:
            if name == words[1] and signature[:4] == key_id:
                if ed25519_holds(public, note[: cut + 1].encode(), signature[4:]):
                    return lines[0], int(lines[1]), root
                raise Unreadable("the signature of %s is wrong" % name)
    raise Unreadable("no known key has signed the checkpoint of %s" % lines[0])


# --- exported logs ---------------------------------------------------------------------------
def tile_file(folder: Path, level: str, number: int, width: int) -> Path:
    """Where a tile lies."""
    digits, parts = "%03d" % number, []  # type: Tuple[str, List[str]]
    while len(digits) % 3:
        digits = "0" + digits
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    name = "/".join(["x" + part for part in parts[:-1]] + parts[-1:])
    return folder / "tile" / level / (name if width == WIDTH else "%s.p/%d" % (name, width))


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        raise Unreadable("%s is missing" % file) from None


def entries_of(data: bytes) -> Iterator[bytes]:
    """The entries of a bundle."""
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        if at + 2 + length > len(data):
            raise Unreadable("a bundle of entries is cut off")
        yield data[at + 2 : at + 2 + length]
        at += 2 + length


def read_leaves(folder: Path, size: int, wrong: List[str]) -> List[bytes]:
    """All leaf hashes of a log; entries that do not hash to them go into ``wrong``."""
    hashes = []  # type: List[bytes]
    for number in range((size + WIDTH - 1) // WIDTH):
        width = min(WIDTH, size - number * WIDTH)
        tile = _bytes(tile_file(folder, "0", number, width))
        found = [tile[at : at + 32] for at in range(0, len(tile), 32)]
        bundle = list(entries_of(_bytes(tile_file(folder, "entries", number, width))))
        if len(found) != width or len(bundle) != width:
            wrong.append("%s: tile %d has not %d leaves" % (folder.name, number, width))
        for place, (entry, told) in enumerate(zip(bundle, found)):
            if leaf_hash(entry) != told:
                what = "%s: leaf %d is not what its hash says: %s"
                wrong.append(what % (folder.name, number * WIDTH + place, _named(entry)))
        hashes += found
    return hashes


def _named(entry: bytes) -> str:
    try:
        told = json.loads(entry)
        return "table=%s id=%s rev=%s" % (told["table"], told["id"], told["rev"])
    except (ValueError, KeyError, TypeError):
        return "unreadable"


def check_levels(folder: Path, hashes: List[bytes], wrong: List[str]) -> None:
    """The upper tiles are the roots of those below."""
    row, level = hashes, 0
    while len(row) >= WIDTH:
        whole = len(row) // WIDTH
        row = [tree_root(row[at * WIDTH : (at + 1) * WIDTH]) for at in range(whole)]
        level += 1
        for number in range((len(row) + WIDTH - 1) // WIDTH):
            part = row[number * WIDTH : (number + 1) * WIDTH]
            if _bytes(tile_file(folder, str(level), number, len(part))) != b"".join(part):
                what = "%s: tile %d of level %d is not the roots of those below"
                wrong.append(what % (folder.name, number, level))


class _Growing:
    """Roots at rising sizes, without starting anew each time."""

    def __init__(self, hashes: List[bytes]) -> None:
        self.hashes, self.size = hashes, 0
        self.parts = []  # type: List[Tuple[int, bytes]]

    def root(self, size: int) -> bytes:
        for leaf in self.hashes[self.size : size]:
            self.parts.append((1, leaf))
            while len(self.parts) > 1 and self.parts[-1][0] == self.parts[-2][0]:
                (count, right), (_, left) = self.parts.pop(), self.parts.pop()
                self.parts.append((2 * count, _pair(left, right)))
        self.size = size
        if not self.parts:
            return tree_root([])
        out = self.parts[-1][1]
        for _, left in reversed(self.parts[:-1]):
            out = _pair(left, out)
        return out


def check_log(
    folder: Path, keys: List[str], kept: Dict[str, str], wrong: List[str]
) -> Tuple[str, int]:
    """One log of an export, with the checkpoints that somebody kept; its origin and size."""
    origin, size, root = read_note(_bytes(folder / "checkpoint").decode(), keys)
    if origin.rpartition("/")[2] != folder.name:
        wrong.append("%s: its checkpoint is that of %s" % (folder.name, origin))
    hashes = read_leaves(folder, size, wrong)
    check_levels(folder, hashes, wrong)
    points = [(size, root, "checkpoint")]
    notes = {str(file): file.read_text("utf-8") for file in folder.glob("checkpoints/*")}
    notes.update(kept)
    for name, note in notes.items():
        if note.split("\n", 1)[0] != origin and name in kept:
            continue  # of another log
        try:
            points.append(read_note(note, keys)[1:] + (name,))
        except Unreadable as error:
            wrong.append("%s: %s: %s" % (folder.name, name, error))
    growing = _Growing(hashes)
    for told, head, name in sorted(points):
        if told > len(hashes):
            wrong.append(
                "%s: %s covers %d leaves, there are %d" % (folder.name, name, told, len(hashes))
            )
        elif growing.root(told) != head:
            wrong.append(
                "%s: the first %d leaves are not those that %s signed" % (folder.name, told, name)
            )
    return origin, size


def check_export(
    folder: Path, keys: List[str], kept: Dict[str, str], wrong: List[str]
) -> List[Tuple[str, int]]:
    """Every log of an export."""
    logs = sorted(entry for entry in folder.iterdir() if (entry / "checkpoint").exists())
    if not logs:
        raise Unreadable("%s holds no exported log" % folder)
    out = []
    for log in logs:
        own = keys or [_bytes(log / "verifier").decode()]
        out.append(check_log(log, own, kept, wrong))
    known = {origin for origin, _ in out}
    for name, note in kept.items():
        if note.split("\n", 1)[0] not in known:
            wrong.append("%s: no exported log has its origin" % name)
    return out


# --- proofs ----------------------------------------------------------------------------------
def check_proof(
    told: Dict[str, Any], keys: List[str], kept: Dict[str, str], wrong: List[str]
) -> int:
    """The leaves of one row; how many were proved."""
    origin, size, root = read_note(told["checkpoint"], keys or [told["key"]])
    if origin.rpartition("/")[2] != told["log"]:
        wrong.append("the checkpoint is that of %s" % origin)
    for each in told["proofs"]:
        entry, path = each["entry"].encode(), [bytes.fromhex(node) for node in each["path"]]
        if not inclusion_holds(leaf_hash(entry), each["seq"], size, path, root):
            wrong.append("leaf %d is not in the tree of the checkpoint" % each["seq"])
        said = json.loads(entry)
        if (said["table"], said["id"]) != (told["table"], told["id"]):
            wrong.append("leaf %d tells of another row: %s" % (each["seq"], _named(entry)))
    content = told.get("content")
    if content and told["proofs"]:
        hashed = hashlib.sha256(bytes.fromhex(content["salt"]) + content["payload"].encode())
        if json.loads(told["proofs"][-1]["entry"])["commit"] != hashed.hexdigest():
            wrong.append("the content is not the one that its last leaf commits to")
    for name, note in kept.items():
        try:
            old = read_note(note, keys or [told["key"]])
        except Unreadable as error:
            wrong.append("%s: %s" % (name, error))
            continue
        if old[1] == size and old[2] != root:
            wrong.append("%s signed another tree of the same size" % name)
    return len(told["proofs"])


def check_growth(told: Dict[str, Any], keys: List[str], kept: Dict[str, str]) -> bool:
    """Whether the answer of ``/consistency`` proves that one kept checkpoint grew from another."""
    notes = [read_note(note, keys) for note in kept.values()]
    old = [note for note in notes if note[1] == told["from"]]
    new = [note for note in notes if note[1] == told["to"]]
    if not old or not new or old[0][0] != new[0][0]:
        raise Unreadable(
            "give the two checkpoints of one log, of %(from)s and %(to)s leaves" % told
        )
    path = [bytes.fromhex(node) for node in told["path"]]
    return consistency_holds(old[0][1], new[0][1], path, old[0][2], new[0][2])


# --- the ZIP of a pack -----------------------------------------------------------------------
#: what begins a file, its line in the list at the end, that list's own end, and its two for sizes above 4 GB
LOCAL, LISTED, END, END64, FIND64 = b"PK\3\4", b"PK\1\2", b"PK\5\6", b"PK\6\6", b"PK\6\7"
#: of every file in a pack: 1 January 1980, 00:00, and read by all, written by its owner
MOMENT, RIGHTS = (0, 33), 0o644 << 16
#: written instead of a number that is too large for its place; places of files are taken for too large from here on
BEYOND32, BEYOND16, LARGE = 0xFFFFFFFF, 0xFFFF, 2**31


class Altered(Exception):
    """Bytes of a ZIP that the house did not write; the message says which."""


class _Walk:
    """A ZIP read from its first byte to its last, as the house writes one: nothing else may stand in it.

    Programs that open a ZIP begin at its end and skip whatever no file claims, so that another file,
    or a second pack, could stand before, between or behind.
    """

    def __init__(self, file: Any) -> None:
        self.file, self.at = file, 0
        self.size = file.seek(0, 2)
        file.seek(0)

    def take(self, length: int) -> bytes:
        found = self.file.read(length)  # type: bytes
        if len(found) != length:
            raise Altered("its end is missing")
        self.at += length
        return found

    def is_next(self, mark: bytes) -> bool:
        found = self.file.read(4)
        self.file.seek(self.at)
        return bool(found == mark)

    def skip(self, length: int) -> None:
        if self.at + length > self.size:
            raise Altered("its end is missing")
        self.at += length
        self.file.seek(self.at)

    def need(self, told: bool, what: str) -> None:
        if not told:
            raise Altered(what)


def _packed_file(walk: _Walk) -> Dict[str, Any]:
    """One file: its header, then its bytes."""
    at = walk.at
    head = struct.unpack("<4s5H3I2H", walk.take(30))
    name = walk.take(head[9])
    told = {"name": name, "at": at, "head": head[1:9]}  # type: Dict[str, Any]
    shown = name.decode("utf-8", "replace")
    walk.need(head[2] in (0, 0x800) and head[3] in (0, 8), "%s is packed in another way" % shown)
    walk.need(head[4:6] == MOMENT, "%s has another time" % shown)
    walk.need(head[1] in (20, 45), "%s is of another version" % shown)
    walk.need(head[10] == 0, "found %d bytes beside the name of %s" % (head[10], shown))
    if head[3] == 0:
        walk.need(head[7] == head[8], "%s has two lengths" % shown)
        walk.skip(head[7])
    else:
        _deflated(walk, head[7], head[8], shown)
    return told


def _deflated(walk: _Walk, packed: int, length: int, shown: str) -> None:
    """Compressed bytes, to their last one: what follows their end is read by nobody."""
    unpack, left, out = zlib.decompressobj(-15), packed, 0
    while left:
        part = walk.take(min(left, 1 << 20))
        left -= len(part)
        walk.need(not unpack.eof, "found bytes behind the end of %s" % shown)
        while part:
            try:
                out += len(unpack.decompress(part, 1 << 20))
            except zlib.error:
                raise Altered("%s cannot be unpacked" % shown) from None
            walk.need(out <= length, "%s is longer than it says" % shown)
            part = unpack.unconsumed_tail
        walk.need(not unpack.unused_data, "found bytes behind the end of %s" % shown)
    out += len(unpack.flush())
    walk.need(unpack.eof and out == length, "%s is not as long as it says" % shown)


def _listed_file(walk: _Walk, told: Dict[str, Any]) -> None:
    """A file's line in the list: it says what stands before the file."""
    shown = told["name"].decode("utf-8", "replace")
    head = struct.unpack("<4s6H3I5H2I", walk.take(46))
    name, extra, note = walk.take(head[10]), walk.take(head[11]), head[12]
    walk.need(note == 0, "found %d bytes of a remark beside %s" % (note, shown))
    far = told["at"] >= LARGE
    version = 45 if far else told["head"][0]
    same = name == told["name"] and head[2:10] == (version,) + told["head"][1:]
    walk.need(same, "the list at its end tells of %s otherwise than the file itself" % shown)
    # the system, and the version that wrote it
    walk.need(
        head[1] >> 8 in (0, 3) and head[1] & 255 in (20, 45), "%s is of another version" % shown
    )
    walk.need(head[13:16] == (0, 0, RIGHTS), "%s has other rights" % shown)
    where, more = head[16], b""
    if where == BEYOND32 and far:
        where, more = told["at"], struct.pack("<HHQ", 1, 8, told["at"])
    walk.need(extra == more, "found %d bytes beside the name of %s" % (len(extra), shown))
    walk.need(where == told["at"], "the list at its end seeks %s elsewhere" % shown)


def _ending(walk: _Walk, count: int, start: int) -> None:
    """The end of the list, and of everything: how many files, and where the list begins."""
    length, at = walk.at - start, walk.at
    if walk.is_next(END64):
        head = struct.unpack("<4sQ2H2I4Q", walk.take(56))
        whole = head[1] == 44 and head[4:6] == (0, 0) and head[6:] == (count, count, length, start)
        walk.need(whole and head[2:4] == (45, 45), "its end says otherwise than its files")
        found = struct.unpack("<4sIQI", walk.take(20))
        walk.need(found == (FIND64, 0, at, 1), "its end says otherwise than its files")
    walk.need(walk.is_next(END), "found other bytes where the list of its files ends")
    head = struct.unpack("<4s4H2IH", walk.take(22))
    many = min(count, BEYOND16)
    told = (0, 0, many, many, min(length, BEYOND32), min(start, BEYOND32), 0)
    walk.need(head[7] == 0, "found a remark of %d bytes behind its files" % head[7])
    walk.need(head[1:] == told, "its end says otherwise than its files")
    walk.need(walk.at == walk.size, "found %d bytes behind its end" % (walk.size - walk.at))


def check_zip(where: Path, wrong: List[str]) -> None:
    """Whether every byte of the ZIP belongs to a file of it, or to the list of them."""
    with where.open("rb") as file:
        walk, files = _Walk(file), []  # type: _Walk, List[Dict[str, Any]]
        try:
            while walk.is_next(LOCAL):
                files.append(_packed_file(walk))
            start = walk.at
            walk.need(bool(files), "found other bytes before its first file")
            for told in files:
                walk.need(walk.is_next(LISTED), "found other bytes between or behind its files")
                _listed_file(walk, told)
            walk.need(
                not walk.is_next(LISTED),
                "its list names a file more than once, or one that is not there",
            )
            _ending(walk, len(files), start)
        except Altered as error:
            what = (
                "%s: byte %d: %s; the file was altered, added to or packed anew after it was made"
            )
            wrong.append(what % (where.name, walk.at, error))


# --- evidence packs --------------------------------------------------------------------------
class Pack:
    """The files of an evidence pack, by name; what is wrong is told with the file's name."""

    def __init__(self, where: Path, wrong: List[str]) -> None:
        self.wrong, self.zip = wrong, None  # type: List[str], Optional[zipfile.ZipFile]
        self.folder = where
        if where.is_dir():
            found = [file for file in sorted(where.rglob("*")) if file.is_file()]
            self.names = [file.relative_to(where).as_posix() for file in found]
        else:
            check_zip(where, wrong)
            self.zip = zipfile.ZipFile(where)
            self.names = self.zip.namelist()
            for name in sorted(name for name in set(self.names) if self.names.count(name) > 1):
                self.say(name, "is in the pack more than once: it was added to after it was made")

    def say(self, name: str, what: str) -> None:
        """Something does not hold."""
        self.wrong.append("%s: %s" % (name, what))

    def read(self, name: str) -> Optional[bytes]:
        """A file; None, and a word about it, when it cannot be read."""
        try:
            if self.zip is not None:
                return self.zip.read(name)
            return (self.folder / name).read_bytes()
        except (KeyError, OSError, zipfile.BadZipFile, zlib.error, ValueError, EOFError) as error:
            self.say(name, "cannot be read: %s" % error)
            return None

    def told(self, name: str) -> Any:
        """A JSON file in its one spelling; None, and a word about it, when it is not."""
        data = self.read(name)
        if data is None:
            return None
        try:
            found = json.loads(data.decode("utf-8"))
        except (ValueError, RecursionError):
            return self.say(name, "is no JSON")
        if spelled(found) != data:
            return self.say(name, "is not spelled as it was written")
        return found


def spelled(value: Any) -> bytes:
    """The canonical form: sorted keys, no spaces, UTF-8."""
    try:
        told = json.dumps(
            value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
        )
        return told.encode("utf-8")
    except (ValueError, TypeError, RecursionError):
        return b""


def _hex(told: str) -> bytes:
    raw = bytes.fromhex(told)
    if raw.hex() != told:
        raise ValueError("not the one spelling of hex")
    return raw


#: what these raise when a file is not what it should be
ODD = (ValueError, KeyError, TypeError, AttributeError, IndexError)


class PackRecord:
    """One record of a pack: its committed columns, and the leaves that tell of it."""

    def __init__(self, pack: Pack, name: str) -> None:
        self.name, self.log = name, ""
        self.payload = {}  # type: Dict[str, Any]
        self.leaves = []  # type: List[Tuple[int, bytes]]
        told = pack.told(name)
        if told is None:
            return
        try:
            self._read(pack, told)
        except ODD as error:
            pack.say(name, "is no record: %s" % error)

    def _read(self, pack: Pack, told: Dict[str, Any]) -> None:
        if set(told) != {"table", "id", "log", "salt", "payload", "leaves"}:
            raise ValueError("its parts are %s" % ", ".join(sorted(told)))
        self.log, self.payload, rev = told["log"], told["payload"], 0
        for leaf in told["leaves"]:
            entry = json.loads(leaf["entry"])
            self.leaves.append((leaf["seq"], leaf["entry"].encode("utf-8")))
            if (entry["table"], entry["id"]) != (told["table"], told["id"]):
                pack.say(self.name, "leaf %d tells of another row" % leaf["seq"])
            if entry["rev"] <= rev:
                pack.say(self.name, "its leaves do not tell of one revision after the other")
            rev = entry["rev"]
        committed = json.loads(told["leaves"][-1]["entry"])["commit"]
        if hashlib.sha256(_hex(told["salt"]) + spelled(self.payload)).hexdigest() != committed:
            pack.say(self.name, "is not what the log says that it was")


MANIFEST, EXPORT, FORMAT = "manifest.json", "export.json", "zhucun-evidence-1"


def check_pack(where: Path, keys: List[str], kept: Dict[str, str], wrong: List[str]) -> int:
    """An evidence pack; how many records it holds."""
    pack = Pack(where, wrong)
    proofs = [name for name in pack.names if name.startswith("proofs/")]
    listed = check_manifest(pack, set(proofs) | {MANIFEST, EXPORT})
    names = [name for name in listed if name.startswith("records/")]
    records = [PackRecord(pack, name) for name in names]
    export = PackRecord(pack, EXPORT)
    manifest = pack.read(MANIFEST) or b""
    if export.payload.get("digest") != hashlib.sha256(manifest).hexdigest():
        pack.say(MANIFEST, "is not the list of files that was logged when the pack was made")
    check_paths(pack, records + [export], sorted(proofs), keys, kept)
    check_pictures(pack, listed, records)
    check_closings(pack, listed, records)
    return len(records)


def check_manifest(pack: Pack, beside: Set[str]) -> List[str]:
    """The files that the manifest lists, each with the bytes that it says."""
    told = pack.told(MANIFEST)
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise Unreadable("%s: not the list of files of an evidence pack" % MANIFEST)
    listed = told["files"]
    for name in sorted(set(pack.names) - set(listed) - beside):
        pack.say(name, "is not a file that was in the pack when it was made")
    for name in sorted(listed):
        data = pack.read(name)
        if data is not None and hashlib.sha256(data).hexdigest() != listed[name]:
            pack.say(name, "was changed after the pack was made")
    return sorted(listed)


def check_paths(
    pack: Pack, records: List[PackRecord], files: List[str], keys: List[str], kept: Dict[str, str]
) -> None:
    """Every leaf of every record stands in the tree of a signed checkpoint."""
    trees = {}  # type: Dict[str, Tuple[int, bytes, Dict[str, List[str]]]]
    for log in sorted({record.log for record in records if record.log}):
        found = read_tree(pack, log, keys, kept)
        if found is not None:
            trees[log] = found
    used = {"proofs/%s.%s" % (log, end) for log in trees for end in ("json", "checkpoint", "key")}
    for name in sorted(set(files) - used):
        pack.say(name, "belongs to no record")
    left = {(log, seq) for log in trees for seq in trees[log][2]}
    for record in records:
        if record.log not in trees:
            continue
        size, root, paths = trees[record.log]
        for seq, entry in record.leaves:
            left.discard((record.log, str(seq)))
            try:
                path = [_hex(node) for node in paths[str(seq)]]
                holds = inclusion_holds(leaf_hash(entry), seq, size, path, root)
            except ODD:
                holds = False
            if not holds:
                what = "leaf %s is not in the tree of the checkpoint (proofs/%s.json)"
                pack.say(record.name, what % (seq, record.log))
    for log, stray in sorted(left):
        pack.say("proofs/%s.json" % log, "proves leaf %s, which no record names" % stray)


def read_tree(
    pack: Pack, log: str, keys: List[str], kept: Dict[str, str]
) -> Optional[Tuple[int, bytes, Dict[str, List[str]]]]:
    """Size and root of the log's checkpoint in the pack, and the paths to it."""
    names = ["proofs/%s.%s" % (log, end) for end in ("checkpoint", "key", "json")]
    note, key, paths = pack.read(names[0]), pack.read(names[1]), pack.told(names[2])
    if note is None or key is None or paths is None:
        return None
    name = names[1]
    try:
        beside = key.decode("ascii")
        if beside != beside.strip() + "\n":
            raise Unreadable("not one line")
        read_key(beside)
        if keys and read_key(beside) not in [read_key(each) for each in keys]:
            raise Unreadable("is none of the keys that you gave")
        name = names[0]
        origin, size, root = read_note(note.decode("utf-8"), keys or [beside])
        if origin.rpartition("/")[2] != log:
            raise Unreadable("is the checkpoint of %s" % origin)
        if note.count(b"\n") != note.decode("utf-8").rstrip("\n").count("\n") + 1:
            raise Unreadable("ends with more than one line end")
        name = names[2]
        if (paths["log"], paths["size"]) != (log, size) or set(paths) != {"log", "size", "paths"}:
            raise Unreadable("is not about the checkpoint beside it")
        name = names[0]
        check_kept(pack, name, origin, size, root, keys or [beside], kept)
        return size, root, dict(paths["paths"])
    except (Unreadable, UnicodeDecodeError) as error:
        pack.say(name, str(error))
    except ODD as error:
        pack.say(name, "cannot be understood: %s" % error)
    return None


def check_kept(
    pack: Pack,
    name: str,
    origin: str,
    size: int,
    root: bytes,
    keys: List[str],
    kept: Dict[str, str],
) -> None:
    """Whether a checkpoint that somebody kept says another root for the same size."""
    for file, note in kept.items():
        if note.split("\n", 1)[0] == origin:
            old = read_note(note, keys)
            if old[1] == size and old[2] != root:
                pack.say(name, "%s signed another tree of the same size" % file)


def check_pictures(pack: Pack, listed: List[str], records: List[PackRecord]) -> None:
    """Each picture is one that a record names; an original is its own hash."""
    named = set()  # type: Set[str]
    for record in records:
        for column in ("photos", "evidence"):
            value = record.payload.get(column)
            for each in value if isinstance(value, list) else ():
                named.add(str(each))
    for name in listed:
        folder, _, rest = name.partition("/")
        if folder not in ("photos", "originals"):
            continue
        sha256 = rest.partition(".")[0]
        if sha256 not in named:
            pack.say(name, "no record names this photo")
        if folder == "originals":
            data = pack.read(name)
            if data is not None and hashlib.sha256(data).hexdigest() != sha256:
                pack.say(name, "is not the photo whose hash the record names")


def check_closings(pack: Pack, listed: List[str], records: List[PackRecord]) -> None:
    """A person's closed standings are among those whose digest was logged; so are the packs."""
    closed = {r.payload.get("id"): r for r in records if r.name.startswith("records/closings/")}
    for key in sorted(str(each) for each in closed):
        name = "closings/%s.json" % key
        told, payload = pack.told(name), closed[key].payload
        try:
            summed = told["summed"].encode("utf-8")
            if hashlib.sha256(summed).hexdigest() != payload["digest"]:
                pack.say(name, "is not what the digest of the closing is over")
            rows = json.loads(told["summed"])["rows"]
            for own in told["own"]:
                if hashlib.sha256(own.encode("utf-8")).hexdigest() not in rows:
                    pack.say(name, "a standing is none of those that were closed")
            for each in payload["packs"]:
                rules = "packs/%s-%s.yaml" % (each["pack"], each["version"])
                if rules in listed:
                    data = pack.read(rules) or b""
                    if hashlib.sha256(data).hexdigest() != each["digest"]:
                        pack.say(rules, "is not the text by which the period was closed")
        except ODD as error:
            pack.say(name, "cannot be understood: %s" % error)


def is_pack(where: Optional[Path]) -> bool:
    """Whether it is an evidence pack, packed or unpacked, and no exported log."""
    return where is not None and (where.is_file() or (where / MANIFEST).exists())


def main(arguments: Optional[List[str]] = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Checks an exported log or a proof of zhucun.")
    parser.add_argument("folder", nargs="?", type=Path, help="an exported log or an evidence pack")
    parser.add_argument("--proof", type=Path, help="what zhucun ledger proof wrote")
    parser.add_argument("--consistency", type=Path, help="what /ledger/…/consistency answered")
    parser.add_argument("--key", action="append", default=[], help="a public key that you noted")
    parser.add_argument("--checkpoint", action="append", default=[], type=Path)
    asked = parser.parse_args(arguments)
    if [asked.folder, asked.proof, asked.consistency].count(None) != 2:
        parser.error("give a folder, --proof FILE or --consistency FILE")
    if asked.consistency is not None and not asked.key:
        parser.error("give the public key: --key VERIFIER")
    wrong = []  # type: List[str]
    try:
        kept = {str(file): _bytes(file).decode() for file in asked.checkpoint}
        if asked.consistency is not None:
            if not check_growth(json.loads(_bytes(asked.consistency).decode()), asked.key, kept):
                wrong.append("the later checkpoint did not grow from the earlier one")
        elif asked.proof is not None:
            told = json.loads(_bytes(asked.proof).decode())
            print("%d leaves proved" % check_proof(told, asked.key, kept, wrong))
        elif is_pack(asked.folder):
            print("%d records" % check_pack(asked.folder, asked.key, kept, wrong))
        else:
            for origin, size in check_export(asked.folder, asked.key, kept, wrong):
                print("%s: %d leaves" % (origin, size))
    except (Unreadable, OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        for line in wrong:
            print(line)
        print("cannot be checked: %s" % error)
        return 2
    for line in wrong:
        print(line)
    if not asked.key:
        print("no --key given: the key beside the data was taken, its owner is not proved")
    print("WRONG" if wrong else "good")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
