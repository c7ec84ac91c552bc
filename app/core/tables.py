"""What tables of all domains share: naming of constraints, column helpers, the logged row."""

import os
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, LargeBinary, MetaData
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING
metadata: MetaData = SQLModel.metadata

#: JSON on SQLite, JSONB on PostgreSQL. Key order is not kept: never hash what comes back.
JsonB = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

#: Log and tenant of rows that belong to no county: users, settings, units above a county.
HOUSE = "000000"


def one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    """A check that a text column holds one of the enumeration's words.

    Enumerations are stored as text, because SQLModel would make a native type of member names.
    """
    listed = ", ".join(f"'{word.value}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def new_salt() -> bytes:
    """16 random bytes."""
    return os.urandom(16)


class Table(SQLModel):
    """Any table: importing it has set the naming convention."""


class Row(Table):
    """A tenant row: ``county`` is the 6-digit code that shards data and log, or ``HOUSE``."""

    county: str = Field(max_length=6)


class Logged(Row):
    """A row whose every revision has a leaf in the log.

    ``LEAF`` lists, per version of the canonical form, the columns that the commitment covers: a
    column added later goes into a new version, so that old leaves stay valid. ``salt`` (16 random
    bytes, new with each revision) stays beside the row and out of the log: erasing the row with
    its salt leaves a leaf that tells nothing.
    """

    LEAF: ClassVar[dict[int, tuple[str, ...]]] = {}

    rev: int = Field(default=1)
    salt: bytes = Field(default_factory=new_salt, max_length=16, sa_type=LargeBinary)

    def leaf_fields(self, version: int) -> dict[str, Any]:
        """The committed columns of this row in canonical version ``version``."""
        return {name: getattr(self, name) for name in self.LEAF[version]}
