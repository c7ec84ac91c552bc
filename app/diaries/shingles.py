"""How alike two texts are in their wording, by the runs of four characters they share. Pure.

A text becomes the set of its four-character shingles, each a 32-bit hash. Two sets are compared
exactly: what of both is in both (Jaccard), and what of the smaller is in the larger. To find the
few worth comparing among many, each is told in 24 bands of three minimal hashes: sets that are 0.5
alike (Jaccard) share a band in 96 of 100 cases, sets that are 0.1 alike in 2.4 of 100.
"""

import struct
import unicodedata
from collections.abc import Collection, Iterable
from hashlib import blake2b
from random import Random

WIDTH = 4
#: shorter texts are not compared: there are only so many ways to say a little
SHORTEST = 40
#: as few shingles as may be left when common phrases are taken out
FEWEST = 20
BANDS, ROWS = 24, 3
_dice = Random(20261122)  # noqa: S311  fixed for good: bands of years must meet
MASKS = [_dice.getrandbits(32) for _ in range(BANDS * ROWS)]


def plain(text: str) -> str:
    """Letters and digits only, in one width and case: spaces and punctuation tell nothing."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def shingles(text: str) -> frozenset[int]:
    """The text's shingles; empty when it is too short to be compared."""
    letters = plain(text)
    if len(letters) < SHORTEST:
        return frozenset()
    runs = {letters[start : start + WIDTH] for start in range(len(letters) - WIDTH + 1)}
    return frozenset(
        int.from_bytes(blake2b(run.encode(), digest_size=4).digest(), "big") for run in runs
    )


def telling(found: Collection[int], commons: frozenset[int]) -> frozenset[int]:
    """What is left without common phrases; empty when that is too little to compare."""
    left = frozenset(found) - commons
    return left if len(left) >= FEWEST else frozenset()


def jaccard(one: frozenset[int], other: frozenset[int]) -> float:
    """The share of shingles that both have; 0 where there are none."""
    both = len(one & other)
    return both / (len(one) + len(other) - both) if both else 0.0


def held(one: frozenset[int], other: frozenset[int]) -> float:
    """The share of the smaller set that the larger one has, too; 0 where there are none.

    A copy with a sentence more still has all of what was copied.
    """
    both = len(one & other)
    return both / min(len(one), len(other)) if both else 0.0


def bands(found: frozenset[int]) -> list[int]:
    """As many signed 64-bit numbers as there are bands; none for an empty set."""
    if not found:
        return []
    least = [min(map(mask.__xor__, found)) for mask in MASKS]
    return [
        int.from_bytes(
            blake2b(
                struct.pack(f">B{ROWS}I", band, *least[band * ROWS : (band + 1) * ROWS]),
                digest_size=8,
            ).digest(),
            "big",
            signed=True,
        )
        for band in range(BANDS)
    ]


def packed(found: Iterable[int]) -> bytes:
    """A set as bytes, sorted: four bytes each."""
    row = sorted(found)
    return struct.pack(f">{len(row)}I", *row)


def unpacked(told: bytes) -> frozenset[int]:
    """The set again."""
    return frozenset(struct.unpack(f">{len(told) // 4}I", told))
