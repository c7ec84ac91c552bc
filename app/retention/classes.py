"""The classes of personal data and what erasing does, read from the two files beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from app.core.settings import Settings

_HERE = Path(__file__).parent
DAYS_IN_MONTH = 30.4375


@dataclass(frozen=True, slots=True)
class Kept:
    """A class of data: its columns, how long it is kept, what happens then and on what basis.

    ``keep`` holds ``days`` or ``months``, as a number or as the name of a setting; empty where
    only an order ends it.
    """

    name: str
    fields: tuple[str, ...]
    keep: Mapping[str, Any]
    then: str
    basis: str
    note: str = ""

    def before(self, today: date, settings: Settings) -> date | None:
        """Older than this day is too old; None where nothing is done."""
        for unit, told in self.keep.items():
            number = getattr(settings, told) if isinstance(told, str) else told
            if number:
                days = number * DAYS_IN_MONTH if unit == "months" else number
                return today - timedelta(days=round(days))
        return None


@dataclass(frozen=True, slots=True)
class Gone:
    """Rows that go: by a column that names the person, or through one that names other rows.

    ``unless``: tables whose remaining records still need what the row names.
    """

    table: str
    by: str = ""
    through: str = ""
    of: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Blanked:
    """Rows that stay, and what their personal columns become; ``now`` is the moment."""

    table: str
    by: str
    to: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an order to erase a person does."""

    gone: dict[str, Gone]
    blanked: dict[str, Blanked]
    kept: dict[str, str]


@cache
def classes() -> dict[str, Kept]:
    """All classes by name."""
    return {
        name: Kept(name, tuple(told.pop("fields")), **told)
        for name, told in _read("retention.yaml").items()
    }


@cache
def plan() -> Plan:
    """The plan of erasing a person."""
    told = _read("erasure.yaml")
    gone = {name: _gone(name, each) for name, each in told["gone"].items()}
    blanked = {name: Blanked(name, **each) for name, each in told["blanked"].items()}
    return Plan(gone, blanked, told["kept"])


def _gone(name: str, told: Mapping[str, Any]) -> Gone:
    of, unless = tuple(told.get("of", ())), tuple(told.get("unless", ()))
    return Gone(name, told.get("by", ""), told.get("through", ""), of, unless)


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((_HERE / name).read_text(encoding="utf-8"))
    return found
