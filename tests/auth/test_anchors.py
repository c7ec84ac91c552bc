"""Time anchors: opaque, and good for one user on one device."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from app.auth.anchors import Anchor, Anchors
from app.core.ids import new_id

SECRET = "a secret of the tests, long enough for them"
AT = datetime(2026, 11, 21, 1, 2, 3, 456_789, tzinfo=UTC)
ISSUED = AT.replace(microsecond=456_000)
USER, OTHER = new_id(), new_id()


@pytest.fixture
def anchors() -> Anchors:
    return Anchors(SECRET)


@pytest.mark.parametrize("device", ["phone", "", "驻村手机" * 16])
def test_an_anchor_says_to_whom_and_when(anchors: Anchors, device: str) -> None:
    anchor = anchors.issue(USER, device, AT)
    assert anchors.read(anchor) == Anchor(USER, device, ISSUED)
    assert anchors.issued_to(USER, device, anchor) == ISSUED
    assert len(anchor) <= 2000  # as long as the wire takes it
    assert Anchors(SECRET).read(anchor) is not None  # it outlives a restart of the service


def test_of_another_user_or_device_it_is_none(anchors: Anchors) -> None:
    anchor = anchors.issue(USER, "phone", AT)
    assert anchors.issued_to(OTHER, "phone", anchor) is None
    assert anchors.issued_to(USER, "other phone", anchor) is None
    assert anchors.issued_to(USER, None, anchor) is None


def test_no_other_secret_reads_it(anchors: Anchors) -> None:
    assert Anchors(SECRET + "!").read(anchors.issue(USER, "phone", AT)) is None


def test_no_bit_of_it_can_be_changed(anchors: Anchors) -> None:
    anchor = anchors.issue(USER, "phone", AT)
    raw = base64.urlsafe_b64decode(anchor + "=" * (-len(anchor) % 4))
    for place in range(len(raw)):
        for bit in range(8):
            forged = bytearray(raw)
            forged[place] ^= 1 << bit
            told = base64.urlsafe_b64encode(forged).decode().rstrip("=")
            assert anchors.read(told) is None


def test_the_device_cannot_be_cut_off(anchors: Anchors) -> None:
    """The signature is over the whole: a longer name is no shorter one with another signature."""
    anchor = anchors.issue(USER, "phone", AT + timedelta(seconds=1))
    assert all(anchors.read(anchor[:length]) is None for length in range(len(anchor)))


@pytest.mark.parametrize(
    "given", [None, "", "x", "=", "驻村", "A" * 44, "A" * 2000, "====", " ", "\ud800"]
)
def test_what_is_no_anchor_is_none(anchors: Anchors, given: str | None) -> None:
    assert anchors.read(given) is None
