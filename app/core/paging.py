"""Keyset paging: a cursor names the last row seen, so that no page repeats or skips one."""

import base64
import binascii
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import orjson
from fastapi import Depends, Query
from pydantic import BaseModel
from sqlalchemy import ColumnElement, and_, or_, true

from app.core.errors import InvalidBody

LIMIT, MOST = 50, 200
T = TypeVar("T")
Q = TypeVar("Q")
BAD_CURSOR = "cursor 无效,请从第一页重新开始。"


class Page(BaseModel, Generic[T]):
    """One page of a list; ``next`` is the cursor of the following page, or null at the end."""

    items: list[T]
    next: str | None = None


class PageQuery:
    """``limit`` and ``cursor`` of a request."""

    def __init__(self, limit: int = LIMIT, cursor: str | None = None) -> None:
        self.limit = limit
        self.after: list[Any] | None = _read(cursor) if cursor else None

    def instant(self, part: int) -> datetime:
        """A part of the cursor as an instant."""
        return self._part(part, datetime.fromisoformat)

    def uuid(self, part: int) -> UUID:
        """A part of the cursor as an id."""
        return self._part(part, UUID)

    def text(self, part: int) -> str:
        """A part of the cursor as text."""
        return self._part(part, str)

    def day(self, part: int) -> date:
        """A part of the cursor as a civil day."""
        return self._part(part, date.fromisoformat)

    def number(self, part: int) -> int:
        """A part of the cursor as a whole number, which it holds as text."""
        return self._part(part, int)

    def onward(self, query: Q, *order: Any, descending: bool = False) -> Q:
        """Order by these columns, begin behind the cursor, fetch one row more than the page.

        The cursor holds one part per column; compared column by column, because row values
        would lose the columns' own conversion of instants and ids.
        """
        paged: Any = query
        steps: list[ColumnElement[bool]] = []
        equal: ColumnElement[bool] = true()
        for part, column in enumerate(order if self.after is not None else ()):
            value = self._value(part, _kind_of(column))
            steps.append(and_(equal, column < value if descending else column > value))
            equal = and_(equal, column == value)
        if steps:
            paged = paged.where(or_(*steps))
        directed = [column.desc() for column in order] if descending else order
        ordered: Q = paged.order_by(*directed).limit(self.limit + 1)
        return ordered

    def _value(self, part: int, kind: type) -> Any:
        if issubclass(kind, datetime):
            return self.instant(part)
        if issubclass(kind, date):
            return self.day(part)
        if issubclass(kind, int):
            return self.number(part)
        return self.uuid(part) if issubclass(kind, UUID) else self.text(part)

    def _part(self, part: int, read: Callable[[str], T]) -> T:
        try:
            value = (self.after or [])[part]
            if not isinstance(value, str):
                raise TypeError
            return read(value)
        except (IndexError, TypeError, ValueError) as error:
            raise InvalidBody(BAD_CURSOR) from error

    def cut(self, rows: list[T], key: Any) -> tuple[list[T], str | None]:
        """The page out of ``limit + 1`` fetched rows, and the next cursor made by ``key(row)``."""
        if len(rows) <= self.limit:
            return rows, None
        page = rows[: self.limit]
        return page, _write(key(page[-1]))


def _kind_of(column: Any) -> type:
    """What the column holds; a decorated type (instants in UTC) is asked for what it decorates."""
    decorated = column.type
    held: type = getattr(decorated, "impl_instance", decorated).python_type
    return held


def _page(
    limit: Annotated[int, Query(ge=1, le=MOST, description="每页条数")] = LIMIT,
    cursor: Annotated[str | None, Query(description="上一页的 next")] = None,
) -> PageQuery:
    return PageQuery(limit, cursor)


Paging = Annotated[PageQuery, Depends(_page)]


def _write(key: tuple[Any, ...]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(key, default=str)).decode().rstrip("=")


def _read(cursor: str) -> list[Any]:
    try:
        key = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise InvalidBody(BAD_CURSOR) from error
    if not isinstance(key, list):
        raise InvalidBody(BAD_CURSOR)
    return key
