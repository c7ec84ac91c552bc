"""The canonical form of a row and the hashes over it. Pure.

Version 1: a JSON object with sorted keys, no spaces, UTF-8, text in NFC; numbers are integers
only (a float is refused, because two databases need not print it alike); instants are
microseconds since 1970 UTC; dates ``YYYY-MM-DD``; UUIDs lower-case with dashes; bytes hex.
"""

import hashlib
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _text(value: str) -> str:
    return value if value.isascii() else unicodedata.normalize("NFC", value)


def _instant(value: datetime) -> int:
    if value.tzinfo is None:
        raise TypeError("an instant without time zone has no canonical form")
    since = value - _EPOCH
    return (since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds


_AS_IS = frozenset({type(None), bool, int})
_PLAIN: dict[type, Callable[[Any], Any]] = {
    type(None): lambda value: value,
    bool: lambda value: value,
    int: lambda value: value,
    str: _text,
    UUID: str,
    datetime: _instant,
    date: date.isoformat,
    bytes: bytes.hex,
    memoryview: lambda value: bytes(value).hex(),
    list: lambda value: [_plain(item) for item in value],
    tuple: lambda value: [_plain(item) for item in value],
    dict: lambda value: {
        # most names and columns stand for themselves: no call of a function for them
        key if key.isascii() else _text(key): (
            item
            if (kind := type(item)) in _AS_IS or (kind is str and item.isascii())
            else _plain(item)
        )
        for key, item in value.items()
    },
}


def _plain(value: Any) -> Any:
    """The value in JSON's own types. Subclasses (a driver's UUID, a text enum) go by their base."""
    known = _PLAIN.get(type(value))
    if known is None:
        known = next((_PLAIN[kind] for kind in type(value).__mro__ if kind in _PLAIN), None)
        if known is None:
            raise TypeError(f"{type(value).__name__} has no canonical form: {value!r}")
    return known(value)


def canonical(value: Any) -> bytes:
    """The one way to write this value as bytes; TypeError where there is none.

    The same bytes as the standard library's ``json.dumps(…, ensure_ascii=False, sort_keys=True,
    separators=(",", ":"))``, which an auditor's program can use.
    """
    return orjson.dumps(_plain(value), option=orjson.OPT_SORT_KEYS)


def digest(value: Any) -> bytes:
    """SHA-256 of the canonical form: equal bodies have equal digests."""
    return hashlib.sha256(canonical(value)).digest()


def commitment(salt: bytes, payload: dict[str, Any]) -> bytes:
    """SHA-256(salt ‖ canonical payload): binds to the payload and, without the salt, hides it."""
    return hashlib.sha256(salt + canonical(payload)).digest()


def leaf_hash(entry: dict[str, Any]) -> bytes:
    """The RFC 6962 leaf hash of a log entry: SHA-256(0x00 ‖ canonical entry)."""
    return hashlib.sha256(b"\x00" + canonical(entry)).digest()
