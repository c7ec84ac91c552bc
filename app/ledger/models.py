"""The append-only log: one table for all counties, one sequence per log."""

from typing import Any
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import LargeBinary, UniqueConstraint
from sqlmodel import Field

from app.core.ids import new_id
from app.core.tables import JsonB, Table


class LedgerHead(Table, table=True):
    """How long a log is; locked by whoever appends."""

    __tablename__ = "ledger_heads"

    log: str = Field(primary_key=True, max_length=6)
    size: int = Field(default=0)


class LedgerLeaf(Table, table=True):
    """One write. ``log`` is a county code or ``000000``; ``seq`` starts at 0 and has no gaps.

    Triggers refuse UPDATE and DELETE. ``commitment`` covers salt and payload, which stay with the
    row named by ``table_name``, ``row_id`` and ``rev``; ``leaf`` is the RFC 6962 leaf hash.
    """

    __tablename__ = "ledger"

    log: str = Field(primary_key=True, max_length=6)
    seq: int = Field(primary_key=True)
    v: int = Field(default=1)
    kind: str = Field(max_length=16)
    table_name: str = Field(max_length=32)
    row_id: str = Field(max_length=64, index=True)
    rev: int
    actor: str = Field(max_length=36)
    received_at: AwareDatetime
    commitment: bytes = Field(max_length=32, sa_type=LargeBinary)
    leaf: bytes = Field(max_length=32, sa_type=LargeBinary)


class LedgerCheckpoint(Table, table=True):
    """A signed head of a log. ``number`` has no gaps, so that a removed one is missed.

    Triggers refuse UPDATE and DELETE. ``note`` is the signed note (``ledger.checkpoint``), ``key``
    the public key to it, ``frontier`` what the next checkpoint grows from (``merkle.Frontier``).
    """

    __tablename__ = "checkpoints"
    __table_args__ = (UniqueConstraint("log", "size"),)

    log: str = Field(primary_key=True, max_length=6)
    number: int = Field(primary_key=True)
    size: int
    root: bytes = Field(max_length=32, sa_type=LargeBinary)
    frontier: bytes = Field(sa_type=LargeBinary)
    made_at: AwareDatetime
    key: str = Field(max_length=120)
    note: str


class LedgerTile(Table, table=True):
    """The root over the 256 leaves from ``number`` · 256 on: proofs read it instead of them."""

    __tablename__ = "ledger_tiles"

    log: str = Field(primary_key=True, max_length=6)
    number: int = Field(primary_key=True)
    root: bytes = Field(max_length=32, sa_type=LargeBinary)


class LedgerVerification(Table, table=True):
    """That the logs were verified: when, by what, and what was found.

    Only a note for the pages: whoever rules the database can write here what they like. An auditor
    runs the verification himself. ``counts`` has the findings per log, ``findings`` the first of
    them; ``ended_at`` is empty while it runs, and stays so when it broke off.
    """

    __tablename__ = "ledger_verifications"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    began_at: AwareDatetime = Field(index=True)
    ended_at: AwareDatetime | None = None
    by: str = Field(max_length=16)
    bytes_read: bool
    leaves: int = Field(default=0)
    counts: dict[str, int] = Field(default_factory=dict, sa_type=JsonB)
    findings: list[dict[str, Any]] = Field(default_factory=list, sa_type=JsonB)
