"""Edits past the program, by somebody who rules the database: no triggers, no foreign keys.

Tables and columns are drawn from the database's own catalogue. What is left out stands in
``SPARED``, each with its reason; whatever is not there has to be found and named.
"""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import MetaData, Table, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.core.db import make_engine
from app.core.ids import new_id
from app.examining import logged
from app.ledger.canonical import commitment
from app.ledger.merkle import hash_leaf
from app.ledger.models import LedgerLeaf
from app.ledger.verify import Leaf, key_of

SAME = "an index over another column, kept for finding; what the record says stands in the record"
TIDY = "housekeeping of the service; no record, nobody's figures"
SPARED: dict[tuple[str, str], str] = {
    ("alembic_version", "*"): "the version of the tables; a wrong one stops the service",
    ("throttles", "*"): "failed sign-ins of the last minutes",
    ("digests", "*"): "reminders are not evidence: they are made from records and removed again",
    ("notices", "*"): "reminders are not evidence",
    ("notice_preferences", "*"): "how somebody likes to be reminded",
    ("reminder_days", "*"): TIDY,
    ("cells_built", "*"): "a cache, counted again from the records; zhucun recount drops it",
    ("person_cells", "*"): "a cache, counted again from the records",
    ("ledger_verifications", "*"): (
        "what the service last said of itself, for the page: an auditor verifies himself"
    ),
    ("check_cursors", "*"): "where the worker's checks go on; each record was judged at its write, too",
    ("village_centres", "*"): (
        "medians, computed anew from the check-ins; what follows from one is logged as a silence"
    ),
    ("diary_prints", "*"): "derived from the diary, whose text is logged; see decision 0012",
    ("diary_bands", "*"): "an index over the prints",
    ("diary_commons", "*"): "counted from the prints",
    ("photo_removals", "*"): TIDY,
    ("file_removals", "*"): TIDY,
    ("file_uses", "*"): SAME,
    **{
        ("photos", name): (
            "read off the bytes, which their own name (SHA-256) proves; see docs/evidence.md"
        )
        for name in (
            "size", "media_type", "width", "height", "exif_at", "exif_lat_e7", "exif_lon_e7",
            "stored_at", "offered_at", "phash64", "dhash256",
        )
    },
    **{
        ("files", name): "read off the bytes, which their own name (SHA-256) proves"
        for name in ("size", "media_type", "stored_at", "offered_at")
    },
    ("sign_ins", "used"): "moves with every refresh; begin and end of a sign-in are logged",
    ("sign_ins", "seen_at"): "moves with every refresh",
    ("activities", "clock"): "the phone's own clock: shown, counted nowhere",
    ("diaries", "clock"): "the phone's own clock: shown, counted nowhere",
    ("submissions", "clock"): "the phone's own clock: shown, counted nowhere",
    ("household_portraits", "digest"): "compares a repeated upload; the content has its own leaf",
    ("household_positions", "digest"): "compares a repeated upload; the content has its own leaf",
    ("plan_items", "received_at"): "the leaf itself says when it arrived",
    ("conflicts", "body"): (
        "kept for a person to compare, counted nowhere; what it meant has its digest in the leaf, "
        "its bytes as a phone sent them (floats) have no canonical form"
    ),
}  # fmt: skip
#: rows that may be added or removed unseen, though their columns are watched
SPARED_ROWS: dict[tuple[str, str], str] = {
    ("photos", "insert"): "bytes that nobody uploaded open to nobody",
    ("files", "insert"): "bytes that nobody uploaded open to nobody",
}
#: rows of a table that are left out by one of their values
SPARED_KINDS: dict[str, tuple[str, frozenset[str]]] = {
    # no check compares them; a household's village and a document's person may change later
    "photo_uses": ("record_kind", frozenset({"household_portrait", "submission", "figure"})),
}
#: rows that are a part of another, by whose id they are named
PART_OF = {
    "photo_uses": "record_id",
    "closed_standings": "closing_id",
    "activity_attendees": "activity_id",
    "activity_organisations": "activity_id",
}
KINDS = ("change", "change", "change", "back-date", "delete", "insert", "swap", "rewrite")


@dataclass(frozen=True, slots=True)
class Edit:
    """What was done, to which table, and by which names it may be found."""

    kind: str
    table: str
    column: str
    names: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    def __str__(self) -> str:
        return f"{self.kind} {self.table}.{self.column} {sorted(self.names)}"


class NotPossible(Exception):
    """This draw changes nothing; draw again."""


class Superuser:
    """Draws edits and makes them inside a transaction that is rolled back."""

    def __init__(self, url: str, seed: int) -> None:
        self.engine: AsyncEngine = make_engine(url, foreign_keys=False).execution_options(
            sqlite_begin="IMMEDIATE"
        )
        self.draw = random.Random(seed)
        self.tables: list[Table] = []

    async def catalogue(self) -> dict[str, set[str]]:
        """Every table of the database with its columns."""
        found = MetaData()
        async with self.engine.connect() as connection:
            await connection.run_sync(found.reflect)
        return {table.name: set(table.columns.keys()) for table in found.sorted_tables}

    async def look(self) -> None:
        """Read the catalogue: tables that hold rows."""
        found = MetaData()
        async with self.engine.connect() as connection:
            await connection.run_sync(found.reflect)
            for table in found.sorted_tables:
                if (table.name, "*") in SPARED:
                    continue
                count = await connection.execute(select(func.count()).select_from(table))
                if count.scalar_one():
                    self.tables.append(table)

    @asynccontextmanager
    async def edited(self) -> AsyncIterator[tuple[Edit, AsyncConnection]]:
        """One edit; the connection sees it until the block ends."""
        while True:
            async with self.engine.connect() as connection, connection.begin() as transaction:
                try:
                    await self._disarm(connection)
                    edit = await self._edit(connection)
                except (NotPossible, DBAPIError):
                    await transaction.rollback()
                    continue
                yield edit, connection
                await transaction.rollback()
                return

    async def _disarm(self, connection: AsyncConnection) -> None:
        if connection.dialect.name == "postgresql":
            await connection.execute(text("SET LOCAL session_replication_role = replica"))
            return
        query = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for name in (await connection.execute(query)).scalars().all():
            await connection.execute(text(f"DROP TRIGGER {name}"))

    async def _edit(self, connection: AsyncConnection) -> Edit:
        kind, table = self.draw.choice(KINDS), self.draw.choice(self.tables)
        if (table.name, kind) in SPARED_ROWS:
            raise NotPossible
        rows = [dict(row) for row in (await connection.execute(select(table))).mappings()]
        if (spared := SPARED_KINDS.get(table.name)) is not None:
            rows = [row for row in rows if row[spared[0]] not in spared[1]]
        if not rows:
            raise NotPossible
        self.draw.shuffle(rows)
        match kind:
            case "delete":
                await connection.execute(delete(table).where(_is(table, rows[0])))
                return Edit(kind, table.name, "*", _names(table, rows[0]))
            case "insert":
                return await self._insert(connection, table, rows[0])
            case "swap":
                return await self._swap(connection, table, rows)
            case "rewrite":
                return await self._rewrite(connection, table, rows[0])
            case _:
                return await self._change(connection, kind, table, rows[0])

    def _column(self, table: Table, row: dict[str, Any], kinds: Sequence[type] = ()) -> str:
        names = [
            column.name
            for column in table.columns
            if (table.name, column.name) not in SPARED
            and (not kinds or isinstance(row[column.name], tuple(kinds)))
        ]
        if not names:
            raise NotPossible
        return self.draw.choice(names)

    async def _change(
        self, connection: AsyncConnection, kind: str, table: Table, row: dict[str, Any]
    ) -> Edit:
        name = self._column(table, row, (date,) if kind == "back-date" else ())
        new = {**row, name: self._other(row[name], table.c[name].type.python_type)}
        await connection.execute(update(table).where(_is(table, row)).values(**{name: new[name]}))
        return Edit(kind, table.name, name, _names(table, row) | _names(table, new))

    async def _insert(self, connection: AsyncConnection, table: Table, row: dict[str, Any]) -> Edit:
        new = dict(row)
        for column in table.primary_key.columns:
            if column.name not in ("log", "closing_id", "activity_id"):
                new[column.name] = self._other(row[column.name], column.type.python_type)
        await connection.execute(insert(table).values(**new))
        return Edit("insert", table.name, "*", _names(table, new))

    async def _swap(
        self, connection: AsyncConnection, table: Table, rows: list[dict[str, Any]]
    ) -> Edit:
        keys = {column.name for column in table.primary_key.columns}
        name = self._column(table, rows[0])
        other = next((row for row in rows if row[name] != rows[0][name]), None)
        if other is None or name in keys:
            raise NotPossible
        for row, value in ((rows[0], other[name]), (other, rows[0][name])):
            await connection.execute(update(table).where(_is(table, row)).values(**{name: value}))
        return Edit("swap", table.name, name, _names(table, rows[0]) | _names(table, other))

    async def _rewrite(
        self, connection: AsyncConnection, table: Table, row: dict[str, Any]
    ) -> Edit:
        """A change with commitment and leaf hash made anew: the database agrees with itself."""
        model = next((each for each in logged() if each.__tablename__ == table.name), None)
        if model is None:
            raise NotPossible
        typed: Table = model.__table__  # type: ignore[attr-defined]
        keys = {column.name for column in typed.primary_key.columns}
        names = [name for name in model.LEAF[max(model.LEAF)] if name not in keys]
        name = self.draw.choice([name for name in names if name != "county"])
        same = _is(typed, _typed(typed, row))
        old = dict((await connection.execute(select(typed).where(same))).mappings().one())
        new = {**old, name: self._other(old[name], typed.c[name].type.python_type)}
        await connection.execute(update(typed).where(same).values(**{name: new[name]}))
        key = key_of([old[each.name] for each in typed.primary_key.columns])
        ledger: Table = LedgerLeaf.__table__  # type: ignore[attr-defined]
        query = select(ledger).where(
            ledger.c.row_id == key, ledger.c.table_name == table.name, ledger.c.rev == old["rev"]
        )
        leaf = Leaf._make((await connection.execute(query)).one())
        payload = {each: new[each] for each in model.LEAF[leaf.v]}
        forged = leaf._replace(commitment=commitment(bytes(old["salt"]), payload))
        await connection.execute(
            update(ledger)
            .where(ledger.c.log == leaf.log, ledger.c.seq == leaf.seq)
            .values(commitment=forged.commitment, leaf=hash_leaf(forged.data()))
        )
        return Edit("rewrite", table.name, name, frozenset({(table.name, key)}))

    def _other(self, value: Any, kind: type) -> Any:
        """Another value of the same kind."""
        draw = self.draw
        if value is None:
            made = {int: 7, str: "7", datetime: datetime.now().astimezone(), date: date(2020, 1, 1)}
            if kind not in made:
                raise NotPossible
            return made[kind]
        match value:
            case bool():
                return not value
            case int():
                return value + draw.choice((-1, 1, 7, 1000))
            case UUID():
                return new_id()
            case datetime() | date():
                return value - timedelta(days=draw.randint(1, 400))
            case bytes() | memoryview() if len(value):
                raw = bytearray(value)
                raw[draw.randrange(len(raw))] ^= 1 << draw.randrange(8)
                return bytes(raw)
            case list():
                return value[:-1] if value and draw.random() < 0.5 else [*value, "7"]
            case dict():
                return {**value, "7": 7}
            case str() if value:
                place = draw.randrange(len(value))
                letter = draw.choice([each for each in "0123456789abcdef" if each != value[place]])
                return value[:place] + letter + value[place + 1 :]
            case str():
                return "7"
        raise NotPossible


def _typed(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """The key as the model's own types want it: the catalogue knows no UUID on SQLite."""
    out = dict(row)
    for column in table.primary_key.columns:
        if column.type.python_type is UUID and isinstance(row[column.name], str):
            out[column.name] = UUID(row[column.name])
    return out


def _is(table: Table, row: dict[str, Any]) -> Any:
    keys = [column == row[column.name] for column in table.primary_key.columns]
    same = keys[0]
    for each in keys[1:]:
        same &= each
    return same


def _names(table: Table, row: dict[str, Any]) -> frozenset[tuple[str, str]]:
    """Table and id by which a finding may name this row."""
    name = table.name
    if name == "ledger":  # by its number, or by the row that it tells of
        return frozenset({(name, f"{row['log']}:{row['seq']}"), (row["table_name"], row["row_id"])})
    if (part := PART_OF.get(name)) is not None:
        return frozenset({(name, _spelt(row[part]))})
    return frozenset({(name, key_of([_spelt(row[c.name]) for c in table.primary_key.columns]))})


def _spelt(value: Any) -> str:
    told = str(value)
    if len(told) == 32 and all(each in "0123456789abcdef" for each in told):
        return str(UUID(told))
    return told
