"""The table of states, every cell of it, written here once more by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.submissions.states import MOVES, IllegalStep, State, Step, after

LEGAL = {
    (None, "save"): "draft",
    (None, "submit"): "submitted",
    ("draft", "save"): "draft",
    ("draft", "submit"): "submitted",
    ("draft", "withdraw"): "withdrawn",
    ("submitted", "submit"): "submitted",
    ("submitted", "accept"): "accepted",
    ("submitted", "return"): "returned",
    ("submitted", "withdraw"): "withdrawn",
    ("returned", "submit"): "submitted",
    ("returned", "withdraw"): "withdrawn",
}


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("state", [None, *State])
def test_each_cell(state: State | None, step: Step) -> None:
    wanted = LEGAL.get((state.value if state else None, step.value))
    if wanted is not None:
        assert after(state, step) == wanted
        return
    with pytest.raises(IllegalStep) as refused:
        after(state, step)
    assert (refused.value.state, refused.value.step) == (state, step)


def test_a_refusal_names_the_state_the_step_and_what_is_possible() -> None:
    with pytest.raises(IllegalStep, match="已接收的材料不能退回;现在可以办理的:无"):
        after(State.accepted, Step.send_back)
    with pytest.raises(IllegalStep, match="已退回的材料不能接收;现在可以办理的:提交、撤回"):
        after(State.returned, Step.accept)


@given(st.lists(st.sampled_from(Step), max_size=12))
def test_however_one_walks(steps: list[Step]) -> None:
    """What ended never moves again, and nothing is accepted that was not sent right before."""
    state: State | None = None
    for step in steps:
        if step not in MOVES[state]:
            continue
        before, state = state, after(state, step)
        assert before not in (State.accepted, State.withdrawn)
        assert state is not State.accepted or before is State.submitted
        assert state is not State.draft or before in (None, State.draft)
