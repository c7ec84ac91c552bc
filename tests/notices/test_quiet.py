"""Quiet hours in Shanghai, from instants in UTC."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from app.core.settings import Settings
from app.notices.quiet import Quiet

NIGHT = Quiet.of("21:00-07:00")


def at(hour: int, minute: int = 0) -> datetime:
    """A moment of 22 November by its hour in UTC; in Shanghai eight hours later."""
    return datetime(2026, 11, 22, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "quiet"),
    [(at(12, 59), False), (at(13), True), (at(18), True), (at(22, 59), True), (at(23), False)],
)
def test_over_midnight_the_first_minute_is_quiet_and_the_last_is_not(
    moment: datetime, quiet: bool
) -> None:
    assert NIGHT.holds(moment) is quiet


def test_within_a_day_and_never() -> None:
    noon = Quiet.of("12:00-14:00")
    assert noon.holds(at(5))
    assert not noon.holds(at(6))
    assert not Quiet.of("").holds(at(18))
    assert not Quiet.of("07:00-07:00").holds(at(23))


def test_the_last_moment_that_was_not_quiet() -> None:
    assert NIGHT.last_awake(at(5)) == at(5)
    assert NIGHT.last_awake(at(14)) == at(12, 59)
    assert NIGHT.last_awake(at(20)) == at(12, 59)


@pytest.mark.parametrize("told", ["9-7", "21:00", "25:00-07:00", "21:60-07:00", "21:00-07:00 "])
def test_a_setting_that_is_no_span_is_refused(told: str) -> None:
    with pytest.raises(ValidationError, match="quiet_hours"):
        Settings(quiet_hours=told)
