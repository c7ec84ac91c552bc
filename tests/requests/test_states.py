"""The table of moves, and the numbers that say who decides."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.requests.rules import days_in_a_row, rules
from app.requests.states import (
    MOVES,
    WAITING,
    Decision,
    IllegalStep,
    Place,
    State,
    Step,
    after,
    step_of,
)

DAY = date(2026, 11, 20)
STEPS = {
    None: {"submit"},
    State.submitted: {"approve", "forward", "refuse", "withdraw"},
    State.with_county: {"approve", "refuse", "withdraw"},
    State.approved: {"come_back"},
    State.refused: set(),
    State.withdrawn: set(),
}


@pytest.mark.parametrize("state", [None, *State])
@pytest.mark.parametrize("step", Step)
def test_every_move_is_legal_or_named(state: State | None, step: Step) -> None:
    if step.value in STEPS[state]:
        assert after(state, step) in State
        return
    with pytest.raises(IllegalStep, match="现在可以办理的"):
        after(state, step)


def test_nothing_leaves_a_final_state_and_every_waiting_one_ends() -> None:
    for state in State:
        onward = {to for to in MOVES[state].values() if to is not state}
        assert bool(onward) == (state in WAITING)


@pytest.mark.parametrize(
    ("by", "needs", "step"),
    [
        (Place.township, Place.township, Step.approve),
        (Place.township, Place.county, Step.forward),
        (Place.county, Place.township, Step.approve),
        (Place.county, Place.county, Step.approve),
    ],
)
def test_whose_yes_is_the_last_word(by: Place, needs: Place, step: Step) -> None:
    assert step_of(Decision.approve, by, needs) is step
    assert step_of(Decision.refuse, by, needs) is Step.refuse


@pytest.mark.parametrize(("kind", "days"), [("leave", 3), ("trip", 7), ("training", 15)])
def test_a_day_more_and_the_county_decides(kind: str, days: int) -> None:
    assert not rules().is_long(kind, days)
    assert rules().is_long(kind, days + 1)


def test_what_touches_is_one_absence() -> None:
    def span(first: int, last: int) -> tuple[date, date]:
        return date(2026, 11, first), date(2026, 11, last)

    assert days_in_a_row(*span(3, 5), []) == 3
    assert days_in_a_row(*span(3, 5), [span(6, 8)]) == 6
    assert days_in_a_row(*span(3, 5), [span(7, 8)]) == 3
    assert days_in_a_row(*span(3, 5), [span(9, 10), span(6, 8), span(1, 2)]) == 10
    assert days_in_a_row(*span(3, 5), [span(4, 4)]) == 3


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 6)), min_size=1, max_size=8))
def test_in_a_row_is_the_same_from_whichever_end(spans: list[tuple[int, int]]) -> None:
    """Against a set of days: the run of consecutive days that holds the first span."""
    told = [(DAY + timedelta(days=a), DAY + timedelta(days=a + n)) for a, n in spans]
    days = {a + timedelta(days=n) for a, b in told for n in range((b - a).days + 1)}
    first, last = told[0]
    while first - timedelta(days=1) in days:
        first -= timedelta(days=1)
    while last + timedelta(days=1) in days:
        last += timedelta(days=1)
    assert days_in_a_row(*told[0], told[1:]) == (last - first).days + 1


@pytest.mark.parametrize(
    ("received", "written", "in_time"),
    [(7, None, True), (8, None, False), (10, 7, True), (11, 7, False), (9, 8, False), (7, 9, True)],
)
def test_in_time(received: int, written: int | None, *, in_time: bool) -> None:
    """Days after the day; written in time it may arrive three days later (M13)."""
    arrived = DAY + timedelta(days=received)
    wrote = None if written is None else DAY + timedelta(days=written)
    assert rules().in_time(DAY, arrived, wrote) is in_time
