"""The canonical form is the bytes that the standard library would write, on every value we log."""

import json
import unicodedata
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.auth.models import User
from app.core.tables import HOUSE
from app.ledger.canonical import canonical
from app.ledger.service import entry, entry_of

text = st.text(st.characters(codec="utf-8"))
plain: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | text,
    lambda inner: st.lists(inner) | st.dictionaries(text, inner),
)


def _composed(value: Any) -> Any:
    match value:
        case str():
            return unicodedata.normalize("NFC", value)
        case list():
            return [_composed(item) for item in value]
        case dict():
            return {_composed(key): _composed(item) for key, item in value.items()}
        case _:
            return value


@given(plain)
def test_it_is_what_the_standard_library_writes(value: Any) -> None:
    written = json.dumps(
        _composed(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    assert canonical(value) == written.encode()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (datetime(2026, 11, 21, 1, 2, 3, 4, tzinfo=UTC), "1795222923000004"),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (b"\x00\xff", '"00ff"'),
        ({"村": "一\n村", "a": [None, True, -1]}, '{"a":[null,true,-1],"村":"一\\n村"}'),
        ("e\u0301", '"é"'),
    ],
)
def test_the_form_of_each_kind(value: Any, written: str) -> None:
    assert canonical(value) == written.encode()


@pytest.mark.parametrize("value", [1.5, {"a": 1.0}, datetime(2026, 1, 1), object(), {1, 2}])  # noqa: DTZ001  without a zone on purpose
def test_what_has_no_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical(value)


def test_a_row_and_its_values_make_the_same_leaf() -> None:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    user = User(county=HOUSE, name="张三", created_at=at)
    assert entry(user, "create", "cli", at) == entry_of(
        User, user.model_dump(), "create", "cli", at
    )
