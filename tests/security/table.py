"""Reading matrix.yaml: what a row expects of a caller."""

from pathlib import Path
from typing import Any

import yaml

from tests.security.world import Caller

FILE = Path(__file__).with_name("matrix.yaml")
_READ = yaml.safe_load(FILE.read_text(encoding="utf-8"))
GROUPS: dict[str, list[str]] = _READ["groups"]
ROWS: dict[str, dict[str, Any]] = _READ["routes"]
#: The post behind those who are more than it.
POST_OF = {"author": "FS", "helper": "HC", "former_helper": "HC"}
AWAY = ("sibling", "parent", "expired", "nobody")


def route_of(row: str) -> str:
    """The route of a row, without the words that tell two rows of one route apart."""
    return row.partition(" (")[0]


def expected(row: dict[str, Any], caller: Caller) -> int | str:
    """The status, ``shown`` or ``hidden`` that the table gives for this caller."""
    if "open" in row:
        return _word(row["open"])
    if caller.kind == "anonymous":
        return 401
    if "anyone" in row:
        return _word(row["anyone"])
    kind = POST_OF.get(caller.kind, caller.kind)
    if "gate" in row and (kind not in GROUPS[row["gate"]] or caller.relation == "expired"):
        return 403
    if caller.relation in row:
        return _word(row[caller.relation])
    if caller.relation in AWAY:
        return 404
    if caller.kind in row:
        return _word(row[caller.kind])
    held = next((row[group] for group in row if group in GROUPS and kind in GROUPS[group]), None)
    return _word(row.get("else", 404) if held is None else held)


def _word(value: Any) -> int | str:
    if not isinstance(value, int) and value not in ("shown", "hidden"):
        raise ValueError(f"matrix.yaml: {value!r} is neither a status nor shown nor hidden")
    told: int | str = value
    return told
