"""The service as it is, but a check-in appends nothing to the log: only to measure what that costs.

This replacement is made in the benchmark's own process; nothing in the product can switch it on.
"""

from typing import Any

from fastapi import FastAPI
from sqlalchemy import literal, select

from app.checkins import service
from app.checkins.models import CheckIn
from app.core.prebuilt import Statement
from app.ledger import once
from app.ledger.once import Also, InsertOnce
from app.main import create_app as the_service
from app.photos.naming import naming_insert


def without_log(insert: InsertOnce, *also: Also) -> InsertOnce:
    """The same insert on PostgreSQL, with neither head nor leaf; its receipts say 0."""
    model = CheckIn
    new = once._row(model, "postgresql").returning(*once._key(model)).cte("new")
    own = [build("postgresql", new).cte(f"also_{n}") for n, build in enumerate(also)]
    statement: Any = select(literal(0).label("seq")).select_from(new)
    insert._whole = Statement(statement.add_cte(*own))
    return insert


def create_app() -> FastAPI:
    """The service without its append."""
    without_log(service._insert, naming_insert)
    return the_service()
