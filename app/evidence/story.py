"""What the readable page tells, and the cells that its sections share."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any
from uuid import UUID

from app.core.tables import Logged
from app.evidence.gathering import Record, Records
from app.policy.periods import Period
from app.quotas.models import ClosedStanding, Closing
from app.quotas.schemas import StandingOut
from app.reviews.models import Flag


@dataclass(slots=True)
class Story:
    """What the page tells: about whom, for whom, and everything that was gathered."""

    person: UUID
    name: str
    period: Period
    by: str
    made_at: datetime
    export: UUID
    records: Records
    standings: list[StandingOut] = field(default_factory=list)
    #: what is in force and could not be counted, one sentence each
    left_out: list[str] = field(default_factory=list)
    closed: list[tuple[Closing, list[ClosedStanding]]] = field(default_factory=list)
    units: dict[str, str] = field(default_factory=dict)
    households: dict[UUID, str] = field(default_factory=dict)
    #: of each photo that the records name, the file in the pack; None where the bytes never came
    pictures: dict[str, str | None] = field(default_factory=dict)
    originals: bool = False

    def unit(self, code: str | None) -> str:
        """A unit by its name."""
        return self.units.get(code, code) if code else "—"

    def verdicts(self) -> dict[str, str | None]:
        """Of each record that a standing names: None where it counted, else why it did not."""
        out: dict[str, str | None] = {
            one.record: one.why for each in self.standings for one in each.not_counted
        }
        counted = (day.records for each in self.standings for day in each.counted)
        return out | dict.fromkeys(record for records in counted for record in records)


def number_of(story: Story, flag: UUID) -> int:
    """The number under which the page speaks of a flag."""
    order = sorted(rows_of(story, Flag), key=lambda row: (row["day"], row["raised_at"], row["id"]))
    return next(number for number, row in enumerate(order, start=1) if row["id"] == flag)


def pictures(story: Story, hashes: Iterable[str] | None) -> str:
    """The thumbnails of a record's photos."""
    out = []
    for sha256 in hashes or ():
        file = story.pictures.get(sha256)
        shown = (
            f'<img src="{escape(file)}" alt="照片 {sha256[:8]}">'
            if file
            else '<span class="small">照片未上传</span>'
        )
        out.append(f"<figure>{shown}<figcaption>{escape(sha256[:12])}</figcaption></figure>")
    return f'<div class="pics">{"".join(out)}</div>' if out else ""


def mark(record: Record) -> str:
    """The cell that says which record it is and where the log tells of it."""
    seqs = "、".join(str(leaf.seq) for leaf in record.leaves)
    return f'<td class="id">{escape(record.id)}<br>条目 {record.log}/{seqs}</td>'


def rows_of(story: Story, model: type[Logged]) -> list[Any]:
    return [record.row for record in story.records.of(model)]


def header(*names: str) -> str:
    cells = "".join(f"<th>{name}</th>" for name in names)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>"
