"""Prebuilt statements: Core expressions compiled once and run on the driver's own connection.

The busiest paths (who is asking, what does this check-in meet, write it once) run a handful of
statements thousands of times. Compiling and wrapping each one anew costs more than the database
does; ``Statement`` does it once per dialect and keeps SQLAlchemy's own conversion of each value.
``core.lanes`` has the connections to run them on.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, Executable, FromClause, func
from sqlalchemy.sql.compiler import SQLCompiler

Convert = Callable[[Any], Any] | None
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Built:
    """SQL of one dialect, its binds in order, its result columns."""

    sql: str
    binds: tuple[tuple[str, Any, Convert], ...]
    columns: tuple[tuple[str, Convert], ...]

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """The values as the driver wants them; a bind that is not named keeps its literal."""
        out = []
        for name, default, convert in self.binds:
            value = values.get(name, default)
            out.append(value if convert is None else convert(value))
        return out

    def rows(self, fetched: Iterable[Sequence[Any]]) -> list[Row]:
        """One dictionary per row, values converted as SQLAlchemy would."""
        return [
            {
                key: value if convert is None else convert(value)
                for (key, convert), value in zip(self.columns, row, strict=True)
            }
            for row in fetched
        ]


class Statement:
    """One Core statement, ready to run; its named binds are the arguments of ``Direct.rows``.

    No expanding ``IN`` and no Python-side column defaults: every value is a bind.
    """

    def __init__(self, clause: Executable) -> None:
        self._clause = clause
        self._built: dict[str, Built] = {}

    def built(self, dialect: Dialect) -> Built:
        """The compiled form for this dialect, made at first use."""
        found = self._built.get(dialect.name)
        if found is None:
            found = self._built[dialect.name] = _build(self._clause, dialect)
        return found


def _build(clause: Any, dialect: Dialect) -> Built:
    compiled: SQLCompiler = clause.compile(dialect=dialect)
    binds = []
    for name in compiled.positiontup or ():
        bind = compiled.binds[name]
        convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
        binds.append((name, None if bind.required else bind.value, convert))
    columns = tuple(
        (column.key, column.type.dialect_impl(dialect).result_processor(dialect, None))
        for column in clause.exported_columns
    )
    return Built(compiled.string, tuple(binds), columns)


def each(dialect: str, array: Any) -> tuple[FromClause, Any, Any]:
    """A JSON array of texts as rows: (the FROM clause, its value, its position from 0)."""
    if dialect == "postgresql":
        rows = func.jsonb_array_elements_text(array).table_valued("value", with_ordinality="n")
        derived = rows.render_derived()
        return derived, derived.c.value, derived.c.n - 1
    found = func.json_each(array).table_valued("key", "value")
    return found, found.c.value, found.c.key


Step = tuple[Statement, Mapping[str, Any]]


class Direct(ABC):
    """A connection to run prebuilt statements on."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    @abstractmethod
    async def rows(self, statement: Statement, **values: Any) -> list[Row]:
        """Run one statement, which commits by itself unless a transaction is around it."""

    @abstractmethod
    async def series(self, *steps: Step) -> list[Row]:
        """Run the steps as one transaction; the last one's rows.

        When the first returns no row, nothing else is run and nothing comes back.
        """

    async def row(self, statement: Statement, **values: Any) -> Row | None:
        """The first row, or None."""
        found = await self.rows(statement, **values)
        return found[0] if found else None
