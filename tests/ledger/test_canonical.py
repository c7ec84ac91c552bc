"""The canonical form: one spelling for equal values, on every machine."""

import hashlib
import json
import math
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ledger.canonical import canonical, commitment, digest, leaf_hash

TEXT = st.text(st.characters(codec="utf-8"))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def _nfc(value: object) -> object:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [_nfc(item) for item in value]
    if isinstance(value, dict):
        return {_nfc(key): _nfc(item) for key, item in value.items()}
    return value


@given(PLAIN)
def test_the_standard_library_writes_the_same_bytes(value: object) -> None:
    text = json.dumps(_nfc(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert canonical(value) == text.encode()


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-720, 720))
def test_an_instant_is_the_same_in_every_zone(instant: datetime, minutes: int) -> None:
    try:
        elsewhere = instant.astimezone(timezone(timedelta(minutes=minutes)))
    except OverflowError:
        return  # the first or last day that a datetime can name
    assert canonical(elsewhere) == canonical(instant)


def test_known_spellings() -> None:
    value = {
        "b": UUID("019AA2B0-0000-7000-8000-000000000001"),
        "a": date(2026, 11, 21),
        "c": datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC),
        "d": b"\x00\xff",
        "e": [None, True, "驻村"],
    }
    assert canonical(value).decode() == (
        '{"a":"2026-11-21","b":"019aa2b0-0000-7000-8000-000000000001","c":1000005,"d":"00ff",'
        '"e":[null,true,"驻村"]}'
    )


@pytest.mark.parametrize(
    "value",
    [1.0, math.nan, datetime(2026, 1, 1), {"x": 0.5}, object(), {1, 2}],  # noqa: DTZ001  # naive on purpose
)
def test_what_two_machines_could_spell_differently_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical(value)


def test_composed_and_decomposed_text_are_equal() -> None:
    assert digest({"note": "e\u0301"}) == digest({"note": "\u00e9"})


def test_the_hashes_are_what_the_house_says() -> None:
    payload, salt = {"note": "走访"}, b"s" * 16
    told = canonical(payload)
    assert commitment(salt, payload) == hashlib.sha256(salt + told).digest()
    assert leaf_hash(payload) == hashlib.sha256(b"\x00" + told).digest()
