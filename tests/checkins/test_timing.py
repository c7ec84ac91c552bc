"""The time of a record: honest clocks of every kind, and edited values. Drill: simulate clocks."""

import os
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from app.checkins.timing import EQUAL, GOOD_FOR, Timed, bracket, says_of
from app.core.clock import SHANGHAI, civil_day
from tests.checkins.phones import (
    Capture,
    Contact,
    Event,
    Made,
    Phone,
    Wait,
    phones,
    play,
    shaken,
    steady,
)

TRACES = int(os.environ.get("CLOCK_TRACES", "150"))
drill = settings(
    max_examples=TRACES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
seeded = seed(int(os.environ.get("CLOCK_SEED", "20261122")))
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)


@dataclass(frozen=True)
class Said:
    """The phone's part."""

    anchor_seen_at: datetime | None
    elapsed_ms: int | None = None


def judged(made: Made) -> Timed:
    """As the service judges it."""
    assert made.received_at is not None
    said = Said(made.anchor_seen_at, made.elapsed_ms)
    return bracket(said, made.anchor, made.captured_at, made.received_at, made.phone_now)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@seeded
@drill
@given(phones, shaken)
def test_the_true_time_is_inside_the_bounds_whatever_was_done_to_the_clock(
    phone: Phone, events: list[Event]
) -> None:
    for made in play(phone, [Contact(1, 1, lost=False), *events, Capture()]):
        known = judged(made)
        assert known.lower is None or known.lower <= made.true
        assert made.true <= known.upper
        if known.state == "proven":
            assert known.day == civil_day(made.true)
        # what only an edited value can do
        assert known.contradiction is None or known.contradiction.kind != "elapsed"


@seeded
@drill
@given(phones, steady)
def test_a_clock_that_is_always_wrong_contradicts_nothing_and_its_day_is_right(
    phone: Phone, events: list[Event]
) -> None:
    for made in play(phone, [*events, Capture()]):
        known = judged(made)
        assert known.contradiction is None
        assert known.lower is None or known.lower <= made.true <= known.upper
        if made.anchor is not None:
            assert abs(known.best - made.true) <= EQUAL
            assert known.day == civil_day(known.best)
            if made.true - made.anchor <= GOOD_FOR - minutes(1):
                assert known.state != "unproven"


@seeded
@drill
@given(phones, st.floats(1, 10 * 86_400), st.floats(1, 3 * 86_400), st.data())
def test_edited_values_contradict_each_other(
    phone: Phone, before: float, after: float, data: st.DataObject
) -> None:
    life: list[Event] = [
        Contact(1, 1, lost=False), Wait(before, asleep=False), Capture(), Wait(after, asleep=True),
    ]  # fmt: skip
    made = play(phone, life)[0]
    assert judged(made).contradiction is None
    # a day earlier than its own anchor and page allow
    more = data.draw(st.floats(1_000, 400 * 86_400), label="seconds")
    back = replace(made, captured_at=made.captured_at - timedelta(seconds=more))
    found = judged(back).contradiction
    assert found is not None
    assert (found.code, found.kind) == ("clock-contradiction", "before")
    # later than it arrived
    ahead = replace(made, captured_at=made.captured_at + timedelta(seconds=after + more))
    found = judged(ahead).contradiction
    assert found is not None
    assert (found.code, found.kind) == ("clock-contradiction", "after")
    # a page that was open for longer than there was time for
    assert made.elapsed_ms is not None
    long = (before + after) * 1000 * 1.01 + 60_000 + more * 1000
    found = judged(replace(made, elapsed_ms=int(long))).contradiction
    assert found is not None
    assert found.kind == "elapsed"
    # a clock set back for the record and still so when it is sent
    shift = timedelta(seconds=-more)
    assert made.phone_now is not None
    moved = replace(back, phone_now=made.phone_now + shift)
    found = judged(moved).contradiction
    assert found is not None
    assert found.code == "clock-changed"


def test_one_page_narrows_the_bounds_to_a_proven_day() -> None:
    issued = NOON - timedelta(days=1)  # the day before, at noon
    seen = issued + timedelta(seconds=1)
    captured = seen + timedelta(hours=20)
    elapsed = int(timedelta(hours=20) / timedelta(milliseconds=1))
    known = bracket(Said(seen, elapsed), issued, captured, NOON, NOON)
    assert (known.state, known.day) == ("proven", date(2026, 11, 21))
    assert known.lower == issued + timedelta(hours=20) * 1999 / 2000
    # after a reload the page's clock says nothing: the phone's is believed, not proven
    known = bracket(Said(seen), issued, captured, NOON, NOON)
    assert (known.state, known.lower) == ("claimed", issued)


def test_a_phone_years_behind_gets_the_day_of_the_service() -> None:
    wrong = timedelta(days=-1500)
    issued = NOON - timedelta(days=2)
    captured = NOON - timedelta(days=1)
    known = bracket(Said(issued + wrong), issued, captured + wrong, NOON, NOON + wrong)
    assert (known.state, known.day) == ("claimed", civil_day(captured))
    assert known.best == captured
    assert known.offset_ms == 1500 * 86_400_000


def test_without_an_anchor_only_what_arrives_at_once_is_believed() -> None:
    for late, state in [
        (minutes(9), "claimed"),
        (minutes(11), "unproven"),
        (-minutes(3), "unproven"),
    ]:
        known = bracket(None, None, NOON - late, NOON)
        assert (known.state, known.lower, known.contradiction) == (state, None, None)
    # far from its arrival: a state, never an accusation
    known = bracket(Said(None), None, NOON - timedelta(days=9), NOON, NOON)
    assert (known.state, known.contradiction, known.day) == ("unproven", None, date(2026, 11, 12))


def test_an_anchor_older_than_fourteen_days_bounds_the_time_and_accuses_nobody() -> None:
    issued = NOON - timedelta(days=20)
    known = bracket(Said(issued), issued, NOON - timedelta(days=3), NOON, NOON)
    assert (known.state, known.lower, known.contradiction) == ("unproven", issued, None)
    moved = bracket(Said(issued), issued, NOON - timedelta(days=300), NOON, NOON)
    assert (moved.state, moved.contradiction) == ("unproven", None)
    # made while it was good, it stays good however late it arrives
    young = bracket(Said(issued), issued, NOON - timedelta(days=10), NOON, NOON)
    assert young.state == "claimed"


def test_a_clock_put_right_between_the_contacts_is_named_with_its_seconds() -> None:
    issued = NOON - timedelta(days=3)
    known = bracket(Said(issued), issued, NOON - timedelta(days=1), NOON, NOON - timedelta(hours=5))
    assert known.contradiction is not None
    assert (known.contradiction.code, known.contradiction.kind) == ("clock-changed", "moved")
    assert known.contradiction.seconds == 5 * 3600
    assert (known.state, known.day) == ("unproven", date(2026, 11, 20))


def test_a_clock_put_right_without_signal_leaves_the_day_open() -> None:
    """Twelve hours fast, used at 15:00, put right that night, sent six days later, on a new page.

    Nothing tells whether the visit was before or after the clock was put right: the day is that
    of the phone, which is wrong here. It is a state and a named change, and the bounds hold the truth.
    """
    fast, true = timedelta(hours=12), datetime(2026, 11, 15, 7, tzinfo=UTC)
    anchor, arrival = true - timedelta(hours=5), true + timedelta(days=6)
    timed = bracket(Said(anchor + fast), anchor, true + fast, arrival, arrival)
    assert timed.day == civil_day(true) + timedelta(days=1)
    assert (timed.state, timed.lower, timed.upper) == ("unproven", anchor, arrival)
    assert timed.contradiction is not None
    told = timed.contradiction
    assert (told.code, told.kind, told.seconds) == ("clock-changed", "moved", 12 * 3600)
    kept = bracket(Said(anchor + fast), anchor, true + fast, arrival, arrival + fast)
    assert (kept.day, kept.state) == (civil_day(true), "claimed"), "left alone it is put right"


def test_a_proven_day_stands_against_a_clock_that_says_otherwise() -> None:
    issued = NOON - timedelta(hours=2)
    known = bracket(Said(issued), issued, NOON - timedelta(days=40), NOON, NOON)
    assert (known.state, known.day) == ("proven", civil_day(NOON))
    assert known.contradiction is not None
    assert known.lower is not None
    assert known.lower <= known.best <= known.upper


@pytest.mark.parametrize(
    "wild", [datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)]
)
def test_dates_at_the_end_of_the_calendar_are_dates_too(wild: datetime) -> None:
    issued = NOON - minutes(5)
    for seen in (wild, NOON):
        for captured in (wild, NOON):
            for now in (wild, NOON, None):
                known = bracket(Said(seen, 2**53), issued, captured, NOON, now)
                assert known.lower == issued


def test_the_words_say_what_is_known() -> None:
    since, until = NOON - timedelta(hours=1), NOON
    assert "证明在2026-11-21 11:00 至 12:00 之间" in says_of("proven", since, until)
    assert "证明约 2026-11-21 12:00,日期" in says_of("proven", until, until)
    assert says_of("claimed", since - timedelta(days=1), until).startswith("手机时钟与服务器一致")
    assert "采信手机时间" in says_of("claimed", None, until)
    for lower in (None, since):
        assert "未证实" in says_of("unproven", lower, until)
    assert SHANGHAI.key == "Asia/Shanghai"
