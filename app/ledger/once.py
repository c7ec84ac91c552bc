"""Insert a row once, with its leaf, by prebuilt statements: the busiest path of the product.

PostgreSQL does all of it in one statement, so that the head of the log is locked for no round
trip at all; SQLite, which knows no INSERT inside WITH, takes three in one transaction.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import FromClause, String, bindparam, literal, select, true
from sqlalchemy.dialects import postgresql
from sqlmodel import SQLModel, col

from app.core.db import insert_for
from app.core.prebuilt import Direct, Statement
from app.core.tables import Logged
from app.ledger.models import LedgerHead, LedgerLeaf
from app.ledger.service import Receipt, entry

#: Builds one more INSERT for a dialect, out of the fresh row (``new``) where it is given.
Also = Callable[[str, FromClause | None], Any]


class InsertOnce:
    """``await insert_once(direct, row, …)``: the receipt, or None when the key was taken.

    ``also`` are inserts that belong to the row, such as the photos it names.
    """

    def __init__(self, model: type[Logged], *also: Also) -> None:
        self._whole = Statement(_with_leaf(model, also))
        self._steps = [
            Statement(_row(model, "sqlite").returning(*_key(model))),
            *(Statement(build("sqlite", None)) for build in also),
            Statement(_grown("sqlite")),
            Statement(_next_leaf()),
        ]

    async def __call__(
        self, direct: Direct, row: Logged, actor: UUID, received_at: datetime, **also: Any
    ) -> Receipt | None:
        """Insert the row, what belongs to it, and its leaf, unless the key is taken."""
        leaf = entry(row, "create", actor, received_at)
        values = _prefixed(type(row), row.__dict__) | _prefixed(LedgerLeaf, leaf)
        values |= {"log": row.county, **also}
        if direct.dialect.name == "sqlite":
            found = await direct.series(*((step, values) for step in self._steps))
        else:
            found = await direct.rows(self._whole, **values)
        return Receipt(row.county, found[0]["seq"], leaf["leaf"]) if found else None


def _name(model: type[SQLModel], column: str) -> str:
    return f"{model.__tablename__}_{column}"


def _binds(model: type[SQLModel], but: str = "") -> dict[str, Any]:
    table = model.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    return {
        column.key: bindparam(_name(model, column.key), type_=column.type)
        for column in table.columns
        if column.key != but
    }


def _prefixed(model: type[SQLModel], values: dict[str, Any]) -> dict[str, Any]:
    return {_name(model, key): value for key, value in values.items()}


def _key(model: type[SQLModel]) -> list[Any]:
    return list(model.__table__.primary_key.columns)  # type: ignore[attr-defined]


def _row(model: type[Logged], dialect: str) -> Any:
    return (
        insert_for(dialect, model)
        .values(**_binds(model))
        .on_conflict_do_nothing(index_elements=_key(model))
    )


def _grown(dialect: str, only_if: Any = None) -> Any:
    """One more leaf in the log ``:log``; its size afterwards."""
    one = select(bindparam("log", type_=String()), literal(1))
    source = one.where(true()) if only_if is None else one.select_from(only_if)
    return (
        insert_for(dialect, LedgerHead)
        .from_select(["log", "size"], source)
        .on_conflict_do_update(index_elements=["log"], set_={"size": col(LedgerHead.size) + 1})
        .returning(col(LedgerHead.size))
    )


def _next_leaf() -> Any:
    """The leaf at the position that its log has just grown by."""
    told = _binds(LedgerLeaf, but="seq")
    last = select(*told.values(), col(LedgerHead.size) - 1).where(
        col(LedgerHead.log) == bindparam("log", type_=String())
    )
    leaf = insert_for("sqlite", LedgerLeaf).from_select([*told, "seq"], last)
    return leaf.returning(col(LedgerLeaf.seq))


def _with_leaf(model: type[Logged], also: tuple[Also, ...]) -> Any:
    """Row, its own, head and leaf as one PostgreSQL statement; no row when the key is taken."""
    new = _row(model, "postgresql").returning(*_key(model)).cte("new")
    head = _grown("postgresql", new).cte("head")
    told = _binds(LedgerLeaf, but="seq")
    leaf = postgresql.insert(LedgerLeaf).from_select(
        [*told, "seq"], select(*told.values(), (head.c.size - 1).label("seq")).select_from(head)
    )
    own = [build("postgresql", new).cte(f"also_{n}") for n, build in enumerate(also)]
    return leaf.add_cte(*own).returning(col(LedgerLeaf.seq))
