"""Makes ``vectors.json``: proofs that hold and proofs that must not, for every program that checks.

    python -m tests.ledger.vectors > tests/ledger/vectors.json

The leaves, heads and paths of ``published`` are those of Certificate Transparency's tests; what
follows is made here, with an own tree, and altered in every place. The product, the auditor's
program and the phone app are tried on the same file.
"""

import json
import random
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.ledger.checkpoint import Signer
from app.ledger.merkle import consistency_ranges, hash_leaf, inclusion_ranges, proof, root_of

FILE = Path(__file__).with_name("vectors.json")
SIZES = (1, 2, 3, 7, 8, 64, 257, 700)
MADE = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SECRET, STRANGER = "the vectors' key, of 32 characters", "another key for vectors, of 32 char"


def _hex(nodes: list[bytes]) -> list[str]:
    return [node.hex() for node in nodes]


def _turned(node: str, draw: random.Random) -> str:
    place = draw.randrange(256)
    return (int(node, 16) ^ (1 << place)).to_bytes(32, "big").hex()


def _altered(path: list[str], draw: random.Random) -> list[list[str]]:
    """The path with one bit of one node turned, each once; one more, one fewer, two swapped."""
    out = [
        [*path[:place], _turned(node, draw), *path[place + 1 :]] for place, node in enumerate(path)
    ]
    out.append([*path, "00" * 32])
    if path:
        out += [path[:-1], path[1:], [path[0][:-2], *path[1:]]]
    if len(path) > 1 and path[0] != path[1]:
        out.append([path[1], path[0], *path[2:]])
    return [each for each in out if each != path]


def inclusion(draw: random.Random, hashes: list[bytes]) -> dict[str, Any]:
    """One proof that holds and what must not hold of it."""
    size = len(hashes)
    index = draw.randrange(size)
    path = _hex(proof(inclusion_ranges(index, size), lambda start, end: root_of(hashes[start:end])))
    good: dict[str, Any] = {"leaf": hashes[index].hex(), "index": index, "size": size, "path": path}
    good["root"] = root_of(hashes).hex()
    broken = [{**good, "path": each} for each in _altered(path, draw)]
    broken += [{**good, name: _turned(good[name], draw)} for name in ("leaf", "root")]
    broken += [{**good, "index": each} for each in (-1, index + 1, size) if each != index]
    return {"good": good, "broken": broken}


def consistency(draw: random.Random, hashes: list[bytes]) -> dict[str, Any]:
    """As ``inclusion``, of a tree that grew."""
    size = len(hashes)
    old = draw.randint(1, size)
    path = _hex(proof(consistency_ranges(old, size), lambda s, e: root_of(hashes[s:e])))
    good: dict[str, Any] = {
        "from": old,
        "to": size,
        "path": path,
        "old": root_of(hashes[:old]).hex(),
    }
    good["new"] = root_of(hashes).hex()
    broken = [{**good, "path": each} for each in _altered(path, draw)]
    broken += [{**good, name: _turned(good[name], draw)} for name in ("old", "new")]
    broken += [{**good, "from": 0}, {**good, "from": size + 1}]
    if old > 1:
        broken.append({**good, "from": old - 1})
    return {"good": good, "broken": broken}


def notes(hashes: list[bytes]) -> dict[str, Any]:
    """Signed checkpoints, and texts that are none, or are signed by nobody known."""
    ours, stranger = Signer(SECRET), Signer(STRANGER)
    note = ours.sign("360321", len(hashes), root_of(hashes), MADE)
    lines = note.split("\n")
    named = stranger.sign("360321", 8, bytes(32), MADE).replace(
        stranger.installation, ours.installation
    )
    return {
        "key": str(ours.verifier("360321")),
        "other": str(stranger.verifier("360321")),
        "good": note,
        "size": len(hashes),
        "root": root_of(hashes).hex(),
        "wrongly_signed": [
            note.replace("made 2026", "made 2025"),
            note.replace("\n700\n", "\n701\n"),
            note.replace("/360321\n", "/360322\n", 1),
            named,
            stranger.sign("360321", 700, root_of(hashes), MADE),
        ],
        "no_notes": [
            "",
            note[:-1],
            note.replace("\n\n", "\n"),
            note.replace("\n700\n", "\n0700\n"),
            note.replace("\n700\n", "\n-7\n"),
            note.replace(lines[2], lines[2][:-4]),
            note.replace("—", "-"),
            "\n".join([*lines[:2], "", *lines[2:]]),
        ],
    }


def made() -> dict[str, Any]:
    """All that is made, the same at every run."""
    draw = random.Random(6962)  # the same numbers at every run are the point
    trees = [[hash_leaf(n.to_bytes(4, "big")) for n in range(size)] for size in SIZES]
    return {
        "inclusion": [inclusion(draw, tree) for tree in trees],
        "consistency": [consistency(draw, tree) for tree in trees],
        "notes": notes(trees[-1]),
    }


def load() -> dict[str, Any]:
    """The file."""
    told: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return told


if __name__ == "__main__":
    told = {"published": load()["published"], **made()}
    sys.stdout.write(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
