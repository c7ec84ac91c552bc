"""What the checks measure by: the numbers of ``checks.yaml``, each with its source and reason."""

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("checks.yaml")


class BadLimits(ValueError):
    """The file does not say what it must."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Whole numbers, each in the unit that its name ends in; what they mean stands in the file."""

    door_beyond_m: int
    future_s: int
    travel_kmh: int
    travel_least_m: int
    travel_days: int
    identical_days: int
    identical_accuracy_m: int
    identical_window_days: int
    jitter_fixes: int
    device_accounts: int
    datum_least_m: int
    datum_most_m: int
    datum_accuracy_m: int
    datum_agree_percent: int
    datum_turn_percent: int
    datum_fixes: int
    datum_days: int
    datum_window_days: int
    centre_fixes: int
    centre_people: int
    centre_away_m: int


def read(text: str) -> Limits:
    """The limits of such a file; `BadLimits` names what is missing, unknown or without a reason."""
    told: dict[str, dict[str, Any]] = yaml.safe_load(text)["limits"]
    wanted = {each.name for each in fields(Limits)}
    if odd := wanted ^ told.keys():
        raise BadLimits(f"missing or unknown: {', '.join(sorted(odd))}")
    for name, entry in told.items():
        if set(entry) != {"value", "source", "why"} or not all(entry.values()):
            raise BadLimits(f"{name} needs a value, its source and why")
        if type(entry["value"]) is not int or entry["value"] <= 0:
            raise BadLimits(f"{name} must be a whole number above 0")
    return Limits(**{name: entry["value"] for name, entry in told.items()})


@cache
def shipped() -> Limits:
    """The limits that this version ships."""
    return read(FILE.read_text(encoding="utf-8"))
