"""Which stay days a seed draws from a list. Pure; anyone can repeat it with a SHA-256 program.

The list has one line per stay day, ``PERSON VILLAGE DAY``, sorted, each line ended by a line feed;
its digest is the SHA-256 of that file. A line's lot is the SHA-256 of ``SEED LINE`` (the seed in
hex, a space, the line without its line feed). The smallest lots, as many as the share asks for,
are drawn, in the order of their lots. Nothing else goes into it: neither order nor clock.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID


def line(person: UUID, village: str, day: date) -> str:
    """One stay day as the list has it."""
    return f"{person} {village} {day.isoformat()}"


def parts(told: str) -> tuple[UUID, str, date]:
    """Person, village and day of a line."""
    person, village, day = told.split(" ")
    return UUID(person), village, date.fromisoformat(day)


def listed(lines: Iterable[str]) -> str:
    """The whole list as one text; no stay day is in it twice."""
    return "".join(f"{told}\n" for told in sorted(set(lines)))


def digest(text: str) -> str:
    """What the log is told of the list, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def commitment(seed: str) -> str:
    """What is told of a seed before the draw: the SHA-256 of its hex digits, in hex."""
    return hashlib.sha256(seed.encode()).hexdigest()


def size(population: int, share_percent: int) -> int:
    """How many are drawn: the share, rounded up."""
    return -(-population * share_percent // 100)


def lot(seed: str, told: str) -> str:
    """A line's lot, in hex."""
    return hashlib.sha256(f"{seed} {told}".encode()).hexdigest()


def drawn(seed: str, lines: Sequence[str], share_percent: int) -> list[str]:
    """The lines drawn, by their lots."""
    return sorted(lines, key=lambda told: lot(seed, told))[: size(len(lines), share_percent)]
