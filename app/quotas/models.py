"""Which pack is in force where, on what basis; and what stood when a period was closed."""

from datetime import date
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from app.core.ids import new_id
from app.core.tables import JsonB, Logged, Row, one_of


class IssuingLevel(StrEnum):
    """Rank of the body that issued a document 发文机关级别; empty where nobody said."""

    unsaid = ""
    national = "national"
    province = "province"
    city = "city"
    county = "county"
    township = "township"


class Adoption(Logged, table=True):
    """A unit adopts a version of a pack 政策包启用 for its subtree; without one no rule is in force.

    ``basis`` is the legal basis in one sentence; ``document``, ``number``, ``issuing_body``,
    ``issuing_level``, ``valid_from`` and ``valid_until`` are its parts where they were told.
    ``parameters`` fills what the document left blank, ``advisory`` names the rules that are
    shown and not assessed. Never rewritten: only ``until`` may be set later.
    """

    __tablename__ = "adoptions"
    __table_args__ = (one_of("issuing_level", IssuingLevel),)
    LEAF: ClassVar = {
        1: (
            "id",
            "unit",
            "pack",
            "version",
            "basis",
            "settings",
            "adopted_by",
            "adopted_at",
            "since",
            "until",
        ),
        2: (
            "id", "unit", "pack", "version", "basis", "document", "number", "issuing_body",
            "issuing_level", "valid_from", "valid_until", "settings", "parameters", "advisory",
            "adopted_by", "adopted_at", "since", "until",
        ),
    }  # fmt: skip

    id: UUID = Field(default_factory=new_id, primary_key=True)
    unit: str = Field(foreign_key="units.code", max_length=12, index=True)
    pack: str = Field(max_length=64)
    version: str = Field(max_length=16)
    basis: str = Field(max_length=500)
    document: str = Field(default="", max_length=200)
    number: str = Field(default="", max_length=100)
    issuing_body: str = Field(default="", max_length=100)
    issuing_level: str = Field(default="", max_length=8)
    valid_from: date | None = None
    valid_until: date | None = None
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=JsonB)
    parameters: dict[str, Any] = Field(default_factory=dict, sa_type=JsonB)
    advisory: list[str] = Field(default_factory=list, sa_type=JsonB)
    adopted_by: str = Field(max_length=64)
    adopted_at: AwareDatetime
    since: date | None = None
    until: date | None = None


class Closing(Logged, table=True):
    """A period closed 考核封存 for a unit's subtree, by a named administrator: one version of it.

    ``as_of`` and ``closed_at`` are the day and the moment that the snapshot answers for, ``packs``
    the packs, adoptions, settings and digests it was computed with. ``digest`` is the SHA-256 over
    all its standings, so that this row's leaf commits to every one of them.
    """

    __tablename__ = "closings"
    __table_args__ = (UniqueConstraint("unit", "period", "version"),)
    LEAF: ClassVar = {
        1: (
            "id", "unit", "period", "first", "last", "version", "as_of", "closed_by", "closed_at",
            "note", "packs", "standings", "digest",
        )
    }  # fmt: skip

    id: UUID = Field(default_factory=new_id, primary_key=True)
    unit: str = Field(foreign_key="units.code", max_length=12)
    period: str = Field(max_length=16)
    first: date
    last: date
    version: int
    as_of: date
    closed_by: UUID = Field(foreign_key="users.id")
    closed_at: AwareDatetime
    note: str = Field(default="", max_length=500)
    packs: list[dict[str, Any]] = Field(default_factory=list, sa_type=JsonB)
    standings: int
    digest: bytes = Field(max_length=32, sa_type=LargeBinary)


class ClosedStanding(Row, table=True):
    """One standing as it was closed: the result, its settings and the digest of its records.

    Not logged by itself: the digest of its `Closing` is. ``subject`` is the id of a person or an
    organisation, or a unit's code; ``village`` is empty unless the rule is asked of each village.
    """

    __tablename__ = "closed_standings"
    __table_args__ = (
        Index("ix_closed_standings_subject", "subject", "closing_id"),
        Index("ix_closed_standings_place", "closing_id", "unit", "kind", "name", "subject"),
    )

    closing_id: UUID = Field(primary_key=True, foreign_key="closings.id")
    subject_kind: str = Field(primary_key=True, max_length=24)
    subject: str = Field(primary_key=True, max_length=36)
    pack: str = Field(primary_key=True, max_length=64)
    rule: str = Field(primary_key=True, max_length=16)
    village: str = Field(primary_key=True, max_length=12)
    name: str = Field(max_length=200)
    unit: str = Field(max_length=12)
    kind: str = Field(max_length=24)
    state: str = Field(max_length=16)
    standing: dict[str, Any] = Field(sa_type=JsonB)
    inputs: bytes = Field(max_length=32, sa_type=LargeBinary)


class ErasedStanding(Row, table=True):
    """What is left of a closed standing whose person was erased: its digest, which tells nothing.

    With it the digest of the closing can still be computed, so that an erased standing is told
    from an altered one. ``erasure_id`` is the order that it followed.
    """

    __tablename__ = "erased_standings"

    closing_id: UUID = Field(primary_key=True, foreign_key="closings.id")
    digest: bytes = Field(primary_key=True, max_length=32, sa_type=LargeBinary)
    erasure_id: UUID = Field(index=True)


class CellsBuilt(Row, table=True):
    """Up to which positions of the logs (``heads``) the cells of a county, period and day are true.

    Derived; ``turn`` grows with each writing, so that of two writers one does. ``rules`` lists
    what the numbers in the cells stand for.
    """

    __tablename__ = "cells_built"

    county: str = Field(primary_key=True, max_length=6)
    period: str = Field(primary_key=True, max_length=12)
    day: date = Field(primary_key=True)
    turn: int = 0
    heads: dict[str, Any] = Field(sa_type=JsonB)
    rules: list[Any] = Field(sa_type=JsonB)


class PersonCells(Row, table=True):
    """A person's cells of one period as of one day, under the unit of their latest post.

    Derived. ``states`` has one letter for each numbered rule, so that a summary is one GROUP BY.
    """

    __tablename__ = "person_cells"

    county: str = Field(primary_key=True, max_length=6)
    period: str = Field(primary_key=True, max_length=12)
    day: date = Field(primary_key=True)
    person_id: UUID = Field(primary_key=True, foreign_key="users.id")
    unit: str = Field(max_length=12)
    kind: str = Field(max_length=2)
    states: str
    cells: list[Any] = Field(sa_type=JsonB)
