"""What a check found on one record: a name, a weight, and the numbers that show it. Pure."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias
from uuid import UUID

Weight: TypeAlias = Literal["low", "medium", "high"]
#: what puts a record into review; a low one alone never does
WEIGHTY: tuple[Weight, ...] = ("medium", "high")
#: Whole numbers, words, and lists of them: what the log can commit to, and a person can read.
Evidence: TypeAlias = dict[str, int | str | list[int] | list[str]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's result. ``code`` and the keys of ``evidence`` are those of ``words.yaml``.

    A finding refuses nothing and decides nothing: it becomes a flag that a person looks at.
    """

    code: str
    weight: Weight
    evidence: Evidence = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class About:
    """The record that findings are about, and by what it is found and seen.

    ``county`` is the record's own, ``day`` its civil day, ``village`` None where it names none.
    """

    record_kind: str
    record_id: UUID
    county: str
    author_id: UUID
    day: date
    village: str | None = None
