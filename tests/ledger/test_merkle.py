"""The tree: published vectors, proofs of random trees, and two implementations that agree."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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

#: the leaves of the test vectors of Certificate Transparency, and the heads of their trees
INPUTS = [
    bytes.fromhex(told)
    for told in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
HEADS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
#: published inclusion and consistency proofs over these leaves
PATHS = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
GROWTH = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


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
