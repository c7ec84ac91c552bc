"""How alike two texts are in their wording, by the runs of four characters they share. Pure.

A text becomes the set of its four-character shingles, each a 32-bit hash. Two sets are compared
exactly (Jaccard); to find the few worth comparing among many, each is told in sixteen bands of
four minimal hashes: sets that are 0.8 alike share a band in 99.98 of 100 cases, sets that are 0.2
alike in 2.5 of 100.
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
BANDS, ROWS = 16, 4
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


def bands(found: frozenset[int]) -> list[int]:
    """Sixteen signed 64-bit numbers; none for an empty set."""
    if not found:
        return []
    least = [min(map(mask.__xor__, found)) for mask in MASKS]
    return [
        int.from_bytes(
            blake2b(
                struct.pack(">B4I", band, *least[band * ROWS : (band + 1) * ROWS]), digest_size=8
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
