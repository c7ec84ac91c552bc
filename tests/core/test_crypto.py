"""Sealed columns, blind index, masks."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.crypto import (
    KEY_ID_BYTES,
    Sealer,
    Unreadable,
    masked_id,
    masked_phone,
    normalised,
)

SECRET, OTHER = "a-secret-of-more-than-32-characters-0", "a-newer-one-of-more-than-32-letters-1"
ROW, NEXT = UUID(int=1), UUID(int=2)
NUMBER = "360321199001011234"
PLACE = ("household_members", "id_number", ROW)


def test_what_was_sealed_opens_in_its_place() -> None:
    sealer = Sealer(SECRET)
    assert sealer.open(sealer.seal(NUMBER, *PLACE), *PLACE) == NUMBER


def test_sealed_bytes_tell_nothing_and_differ_each_time() -> None:
    sealer = Sealer(SECRET)
    first, second = sealer.seal(NUMBER, *PLACE), sealer.seal(NUMBER, *PLACE)
    assert first != second
    assert NUMBER.encode() not in first
    assert NUMBER[6:14].encode() not in first


@pytest.mark.parametrize(
    "elsewhere",
    [
        ("household_members", "id_number", NEXT),
        ("household_members", "phone", ROW),
        ("others", "id_number", ROW),
    ],
)
def test_a_value_moved_elsewhere_does_not_open(elsewhere: tuple[str, str, UUID]) -> None:
    sealer = Sealer(SECRET)
    with pytest.raises(Unreadable, match="moved"):
        sealer.open(sealer.seal(NUMBER, *PLACE), *elsewhere)


@given(st.integers(min_value=KEY_ID_BYTES, max_value=49), st.integers(min_value=1, max_value=255))
def test_any_altered_byte_is_noticed(position: int, flip: int) -> None:
    sealer = Sealer(SECRET)
    sealed = bytearray(sealer.seal(NUMBER, *PLACE))
    sealed[position] ^= flip
    with pytest.raises(Unreadable):
        sealer.open(bytes(sealed), *PLACE)


@pytest.mark.parametrize("length", [0, 3, 4, 10, 16, 31])
def test_a_cut_value_is_unreadable_not_a_crash(length: int) -> None:
    sealer = Sealer(SECRET)
    with pytest.raises(Unreadable):
        sealer.open(sealer.seal(NUMBER, *PLACE)[:length], *PLACE)


def test_after_a_rotation_old_values_open_and_new_ones_bear_the_new_key() -> None:
    old = Sealer(SECRET)
    sealed = old.seal(NUMBER, *PLACE)
    new = Sealer(OTHER, older=[SECRET])
    assert new.open(sealed, *PLACE) == NUMBER
    assert not new.is_current(sealed)
    again = new.seal(NUMBER, *PLACE)
    assert new.is_current(again)
    with pytest.raises(Unreadable, match="key"):
        old.open(again, *PLACE)


def test_the_index_finds_one_spelling_and_every_key() -> None:
    old, new = Sealer(SECRET), Sealer(OTHER, older=[SECRET])
    assert old.index("36032119900101123x") == old.index("３６０３２１ 19900101-123X")
    assert old.index(NUMBER) != old.index(NUMBER[:-1] + "5")
    assert new.indexes(NUMBER) == [new.index(NUMBER), old.index(NUMBER)]
    assert new.index(NUMBER) != old.index(NUMBER)


def test_normalised() -> None:
    assert normalised(" 3603 2119-9001 0112 3x ") == "36032119900101123X"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (masked_id(NUMBER), "3603**********1234"),
        (masked_id("360321900101123"), "3603*******1123"),
        (masked_phone("13812345678"), "138****5678"),
        (masked_phone("07997212345"), "079****2345"),
        (masked_phone("110"), "***"),
        (masked_phone("1234567"), "*******"),
        (masked_phone("72123456"), "********"),
    ],
)
def test_masks(shown: str, expected: str) -> None:
    assert shown == expected


@given(st.text(alphabet="0123456789X", max_size=25))
def test_a_mask_never_shows_more_than_eight_and_always_hides_four(number: str) -> None:
    for shown in (masked_id(number), masked_phone(number)):
        assert len(shown) == len(number)
        hidden = shown.count("*")
        assert hidden >= min(4, len(number))
