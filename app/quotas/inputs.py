"""The digest of what the engine was given 依据摘要: same records, same digest. No SQL."""

import hashlib
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any

import orjson

from app.ledger.canonical import canonical
from app.policy.calendar import Calendar
from app.policy.records import History
from app.quotas.standings import Bound


def inputs_of(history: History, bound: Iterable[Bound], at: datetime) -> bytes:
    """SHA-256 over the records known at this moment, the posts and the working days; their order
    and repetitions do not matter, as they do not to the engine.
    """
    rules = list(bound)
    told: dict[str, Any] = {
        field.name: _alike(getattr(history, field.name), at)
        for field in fields(history)
        if field.name not in ("posts", "workdays")
    }
    told["posts"] = _alike({post for each in rules for post in each.posts}, at)
    told["workdays"] = sorted({_workdays(each) for each in rules})
    return hashlib.sha256(canonical(told)).digest()


def digest_of(value: Any) -> bytes:
    """SHA-256 of plain JSON with sorted keys."""
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).digest()


def digest_of_rule(rule: Any) -> str:
    """SHA-256 (hex) of a rule as the program has it."""
    return hashlib.sha256(repr(_ordered(rule)).encode()).hexdigest()


def _alike(records: Iterable[Any], at: datetime) -> list[str]:
    known = (r for r in records if getattr(r, "received_at", at) <= at)
    return sorted({canonical(_plain(record)).hex() for record in known})


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, float):
        return repr(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _workdays(bound: Bound) -> str:
    """The days that differ from their weekdays, in the years of the period and the one after: a
    due day may roll into it.
    """
    calendar: Calendar = bound.calendar
    years = range(bound.period.first.year, bound.period.last.year + 2)
    told = {
        str(year): {str(day): off for day, off in calendar.years[year].items()}
        for year in years
        if year in calendar.years
    }
    return digest_of(told).hex()


def _ordered(value: Any) -> Any:
    """A value whose ``repr`` says the same for the same: mappings in the order of their keys."""
    if is_dataclass(value):
        return [(field.name, _ordered(getattr(value, field.name))) for field in fields(value)]
    if isinstance(value, dict):
        return sorted((str(key), _ordered(item)) for key, item in value.items())
    if isinstance(value, tuple | list):
        return [_ordered(item) for item in value]
    return str(value) if isinstance(value, date) else value
