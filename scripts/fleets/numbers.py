"""The parameters of both fleets, and how they are drawn."""

import math
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import yaml

FILE = Path(__file__).with_name("parameters.yaml")
Numbers = Mapping[str, Any]


def load() -> dict[str, Any]:
    """``parameters.yaml``, which says where each number comes from."""
    found: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


def dice_of(*names: object) -> Random:
    """Dice of their own for whoever or whatever these name: adding one person moves no other."""
    return Random(":".join(str(name) for name in names))  # noqa: S311  a simulation, no secrets


def even(dice: Random, span: Numbers) -> float:
    """Evenly in ``from`` … ``to``."""
    return dice.uniform(span["from"], span["to"])


def whole(dice: Random, span: Numbers) -> int:
    """A whole number in ``from`` … ``to``, both included."""
    return dice.randint(span["from"], span["to"])


def log_even(dice: Random, span: Numbers) -> float:
    """Evenly on a logarithmic scale."""
    return math.exp(dice.uniform(math.log(span["from"]), math.log(span["to"])))


def choice(dice: Random, options: Numbers) -> Any:
    """One of ``choose``, with the ``share`` of each where there is one."""
    return dice.choices(options["choose"], options.get("share"))[0]


def rayleigh(dice: Random, sigma: float) -> float:
    """The length of an error whose two parts are normal."""
    return sigma * math.sqrt(-2 * math.log(1 - dice.random()))
