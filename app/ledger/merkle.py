"""The tree of RFC 6962 over a log's leaf hashes: heads, proofs, and who checks them. Pure.

A range ``(start, end)`` stands for the subtree over the leaves from ``start`` up to and without
``end``. The proofs are told as ranges first: whoever has leaves, or hashes of whole subtrees, can
then fetch what they need and no more.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence

Range = tuple[int, int]
EMPTY = hashlib.sha256().digest()
HASH_BYTES = 32


def hash_leaf(data: bytes) -> bytes:
    """SHA-256(0x00 ‖ data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """The largest power of two below ``size``, which is at least 2."""
    return 1 << ((size - 1).bit_length() - 1)


class Frontier:
    """A growing tree, kept as the roots of its whole subtrees: one for each bit of its size."""

    __slots__ = ("_roots", "size")

    def __init__(self, size: int = 0, roots: Sequence[bytes] = ()) -> None:
        """``roots`` from the largest subtree to the smallest; ValueError when they do not fit."""
        if size < 0 or len(roots) != size.bit_count():
            raise ValueError(f"{len(roots)} subtrees make no tree of {size} leaves")
        if any(len(root) != HASH_BYTES for root in roots):
            raise ValueError("a subtree's root has 32 bytes")
        self.size = size
        self._roots = list(roots)

    @classmethod
    def load(cls, size: int, stored: bytes) -> "Frontier":
        """What ``dump`` wrote."""
        starts = range(0, len(stored), HASH_BYTES)
        return cls(size, [stored[start : start + HASH_BYTES] for start in starts])

    def dump(self) -> bytes:
        """All roots, the largest subtree's first."""
        return b"".join(self._roots)

    def append(self, leaf: bytes) -> None:
        """One more leaf hash."""
        node, size = leaf, self.size
        while size & 1:
            node = hash_node(self._roots.pop(), node)
            size >>= 1
        self._roots.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The head of the tree (RFC 6962, 2.1)."""
        if not self._roots:
            return EMPTY
        node = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            node = hash_node(left, node)
        return node


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The head over these leaf hashes, or over roots of subtrees of one size."""
    tree = Frontier()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The subtrees whose roots prove leaf ``index`` in the tree of ``size``, lowest first."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    start, end, path = 0, size, list[Range]()
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency_ranges(first: int, second: int) -> list[Range]:
    """The subtrees whose roots prove the tree of ``first`` a beginning of that of ``second``."""
    if not 0 < first <= second:
        raise ValueError(f"no consistency proof from {first} to {second}")
    start, end, whole, path = 0, second, True, list[Range]()
    while first != end:
        middle = start + split(end - start)
        if first <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start, whole = middle, False
    if not whole:
        path.append((start, end))
    return path[::-1]


def proof(ranges: Iterable[Range], root: Callable[[int, int], bytes]) -> list[bytes]:
    """The hashes of a proof, when ``root(start, end)`` knows the root of a range."""
    return [root(start, end) for start, end in ranges]


def includes(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether ``path`` proves ``leaf`` at ``index`` in the tree of this size and root."""
    if not 0 <= index < size or any(len(node) != HASH_BYTES for node in [leaf, root, *path]):
        return False
    hashes = iter(path)
    node, index, last = leaf, index, size - 1
    for sibling in hashes:
        if last == 0:
            return False
        if index & 1 or index == last:
            node = hash_node(sibling, node)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = hash_node(node, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and node == root


def is_consistent(
    first: int, second: int, path: Sequence[bytes], old_root: bytes, new_root: bytes
) -> bool:
    """Whether ``path`` proves that the tree of ``first`` leaves is how that of ``second`` begins."""
    if not 0 < first <= second or any(len(n) != HASH_BYTES for n in [old_root, new_root, *path]):
        return False
    if first == second:
        return not path and old_root == new_root
    hashes: Iterator[bytes] = iter(path if first & (first - 1) else [old_root, *path])
    seed = next(hashes, None)
    if seed is None:
        return False
    index, last = first - 1, second - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    old = new = seed
    for node in hashes:
        if last == 0:
            return False
        if index & 1 or index == last:
            old, new = hash_node(node, old), hash_node(node, new)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            new = hash_node(new, node)
        index, last = index >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root
