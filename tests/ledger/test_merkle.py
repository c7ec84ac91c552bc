"""The tree: published vectors, proofs of random trees, and two implementations that agree."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ledger.checkpoint import BadNote, Verifier, opened
from app.ledger.merkle import (
    EMPTY,
    Frontier,
    consistency_ranges,
    hash_leaf,
    includes,
    inclusion_ranges,
    is_consistent,
    proof,
    root_of,
)
from scripts import verify as auditor
from tests.ledger.vectors import load, made

VECTORS = load()
#: the leaves of the test vectors of Certificate Transparency, and the heads of their trees
INPUTS = [bytes.fromhex(told) for told in VECTORS["published"]["leaves"]]
HEADS: list[str] = VECTORS["published"]["heads"]
#: published inclusion and consistency proofs over these leaves
PATHS = {(e["index"], e["size"]): e["path"] for e in VECTORS["published"]["inclusion"]}
GROWTH = {(e["from"], e["to"]): e["path"] for e in VECTORS["published"]["consistency"]}


def path_of(hashes: list[bytes], index: int, size: int) -> list[bytes]:
    return proof(inclusion_ranges(index, size), lambda start, end: root_of(hashes[start:end]))


def growth_of(hashes: list[bytes], old: int, size: int) -> list[bytes]:
    return proof(consistency_ranges(old, size), lambda start, end: root_of(hashes[start:end]))


def included(leaf: bytes, at: int, size: int, path: list[bytes], root: bytes) -> bool:
    """What both say; they may not differ."""
    ours = includes(leaf, at, size, path, root)
    assert ours == auditor.inclusion_holds(leaf, at, size, path, root)
    return ours


def consistent(old: int, size: int, path: list[bytes], was: bytes, root: bytes) -> bool:
    """What both say; they may not differ."""
    ours = is_consistent(old, size, path, was, root)
    assert ours == auditor.consistency_holds(old, size, path, was, root)
    return ours


def test_the_published_heads() -> None:
    hashes = [hash_leaf(data) for data in INPUTS]
    assert [auditor.leaf_hash(data) for data in INPUTS] == hashes
    assert root_of([]) == EMPTY == auditor.tree_root([])
    assert EMPTY.hex().startswith("e3b0c44298fc1c149afbf4c8996fb924")
    for size, head in enumerate(HEADS, start=1):
        assert root_of(hashes[:size]).hex() == head
        assert auditor.tree_root(hashes[:size]).hex() == head


@pytest.mark.parametrize(("index", "size"), PATHS)
def test_the_published_inclusion_proofs(index: int, size: int) -> None:
    hashes = [hash_leaf(data) for data in INPUTS]
    path = [bytes.fromhex(node) for node in PATHS[index, size]]
    assert path_of(hashes, index, size) == path
    assert included(hashes[index], index, size, path, bytes.fromhex(HEADS[size - 1]))


@pytest.mark.parametrize(("old", "size"), GROWTH)
def test_the_published_consistency_proofs(old: int, size: int) -> None:
    hashes = [hash_leaf(data) for data in INPUTS]
    path = [bytes.fromhex(node) for node in GROWTH[old, size]]
    assert growth_of(hashes, old, size) == path
    assert consistent(old, size, path, *(bytes.fromhex(HEADS[n - 1]) for n in (old, size)))


def _flips(nodes: list[bytes], bit: int) -> list[list[bytes]]:
    """The nodes with one bit of one of them turned, each of them once; one more, one fewer."""
    out = []
    for place, node in enumerate(nodes):
        turned = (int.from_bytes(node, "big") ^ (1 << bit)).to_bytes(32, "big")
        out.append([*nodes[:place], turned, *nodes[place + 1 :]])
    return [*out, [*nodes, bytes(32)], *([nodes[:-1], nodes[1:]] if nodes else [])]


def test_the_vectors_are_those_that_are_made() -> None:
    assert {name: VECTORS[name] for name in ("inclusion", "consistency", "notes")} == made()


def _inclusion(told: dict[str, Any]) -> bool:
    leaf, root = bytes.fromhex(told["leaf"]), bytes.fromhex(told["root"])
    path = [bytes.fromhex(node) for node in told["path"]]
    return included(leaf, told["index"], told["size"], path, root)


def _consistency(told: dict[str, Any]) -> bool:
    old, new = bytes.fromhex(told["old"]), bytes.fromhex(told["new"])
    path = [bytes.fromhex(node) for node in told["path"]]
    return consistent(told["from"], told["to"], path, old, new)


@pytest.mark.parametrize(
    ("kind", "holds"), [("inclusion", _inclusion), ("consistency", _consistency)]
)
def test_the_vectors(kind: str, holds: Callable[[dict[str, Any]], bool]) -> None:
    for tree in VECTORS[kind]:
        assert holds(tree["good"])
        for broken in tree["broken"]:
            assert not holds(broken), broken


def test_the_vectors_notes() -> None:
    told = VECTORS["notes"]
    key = Verifier.parse(told["key"])
    said = opened(told["good"], [key])
    assert (said.size, said.root.hex()) == (told["size"], told["root"])
    assert auditor.read_note(told["good"], [told["key"]])[1:] == (said.size, said.root)
    for broken in (*told["wrongly_signed"], *told["no_notes"]):
        with pytest.raises(BadNote):
            opened(broken, [key])
        with pytest.raises(auditor.Unreadable):
            auditor.read_note(broken, [told["key"]])


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_each_proof_holds_and_no_altered_one_does(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 700))
    hashes = [hash_leaf(n.to_bytes(4, "big")) for n in range(size)]
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    bit, root, was = data.draw(st.integers(0, 255)), root_of(hashes), root_of(hashes[:old])
    path, growth = path_of(hashes, index, size), growth_of(hashes, old, size)
    assert included(hashes[index], index, size, path, root)
    assert consistent(old, size, growth, was, root)
    for other in _flips([hashes[index], root, *path], bit)[: 2 + len(path)]:
        assert not included(other[0], index, size, other[2:], other[1])
    for other in _flips(path, bit):
        assert not included(hashes[index], index, size, other, root)
    for other in _flips([was, root, *growth], bit)[: 2 + len(growth)]:
        assert not consistent(old, size, other[2:], other[0], other[1])
    for other in _flips(growth, bit):
        assert not consistent(old, size, other, was, root)
    elsewhere = data.draw(st.integers(-1, size + 1))
    if elsewhere != index:
        assert not included(hashes[index], elsewhere, size, path, root)


@given(st.integers(0, 900), st.integers(0, 900))
@settings(max_examples=60, deadline=None)
def test_a_frontier_that_was_stored_grows_on(first: int, more: int) -> None:
    hashes = [hash_leaf(n.to_bytes(4, "big")) for n in range(first + more)]
    tree = Frontier()
    for leaf in hashes[:first]:
        tree.append(leaf)
    again = Frontier.load(tree.size, tree.dump())
    assert len(tree.dump()) == 32 * first.bit_count()
    for leaf in hashes[first:]:
        again.append(leaf)
    assert again.root() == auditor.tree_root(hashes)


@pytest.mark.parametrize(("size", "stored"), [(1, b""), (3, bytes(32)), (-1, b""), (1, bytes(31))])
def test_a_frontier_that_does_not_fit_is_refused(size: int, stored: bytes) -> None:
    with pytest.raises(ValueError, match=r"subtree"):
        Frontier.load(size, stored)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 2)])
def test_no_proof_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_ranges(index, size)


@pytest.mark.parametrize(("old", "size"), [(0, 3), (4, 3)])
def test_no_proof_of_a_growth_that_never_was(old: int, size: int) -> None:
    with pytest.raises(ValueError, match="consistency"):
        consistency_ranges(old, size)
