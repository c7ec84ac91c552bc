"""The life of a request, as one table: which step is taken from where, and what comes of it.

A draft lives on the phone only. ``approve`` by the township is final for what the township decides
alone; for the rest it is ``forward`` 同意并报县, and the county decides. The county's word is
always final. ``come_back`` 销假 ends an approved leave earlier and leaves it approved.
"""

from enum import StrEnum


class State(StrEnum):
    """Where a request stands, with the Chinese term."""

    submitted = "submitted"  # 待乡镇审批
    with_county = "with_county"  # 待县级审批
    approved = "approved"  # 已批准
    refused = "refused"  # 未批准
    withdrawn = "withdrawn"  # 已撤回


class Step(StrEnum):
    """What can be done to a request."""

    submit = "submit"  # 提交
    approve = "approve"  # 批准
    forward = "forward"  # 同意并报县
    refuse = "refuse"  # 不批准
    withdraw = "withdraw"  # 撤回
    come_back = "come_back"  # 提前销假


class Place(StrEnum):
    """Whose word it is."""

    township = "township"  # 乡镇
    county = "county"  # 县


class Decision(StrEnum):
    """What an approver says."""

    approve = "approve"
    refuse = "refuse"


STATES_ZH = {
    State.submitted: "待乡镇审批",
    State.with_county: "待县级审批",
    State.approved: "已批准",
    State.refused: "未批准",
    State.withdrawn: "已撤回",
}
STEPS_ZH = {
    Step.submit: "提交",
    Step.approve: "批准",
    Step.forward: "同意并报县",
    Step.refuse: "不批准",
    Step.withdraw: "撤回",
    Step.come_back: "提前销假",
}
#: None stands for a request of which nothing is there yet.
MOVES: dict[State | None, dict[Step, State]] = {
    None: {Step.submit: State.submitted},
    State.submitted: {
        Step.approve: State.approved,
        Step.forward: State.with_county,
        Step.refuse: State.refused,
        Step.withdraw: State.withdrawn,
    },
    State.with_county: {
        Step.approve: State.approved,
        Step.refuse: State.refused,
        Step.withdraw: State.withdrawn,
    },
    State.approved: {Step.come_back: State.approved},
    State.refused: {},
    State.withdrawn: {},
}
#: states in which somebody has still to decide
WAITING = (State.submitted, State.with_county)
#: states that stand for an absence or a day, or may come to
ALIVE = (*WAITING, State.approved)


class IllegalStep(ValueError):
    """This step is not taken from there; the message says so in the reader's words."""

    def __init__(self, state: State | None, step: Step) -> None:
        self.state, self.step = state, step
        allowed = "、".join(STEPS_ZH[each] for each in MOVES[state]) or "无"
        where = STATES_ZH[state] if state else "尚未提交"
        super().__init__(f"“{where}”的申请不能{STEPS_ZH[step]};现在可以办理的:{allowed}。")


def step_of(decision: Decision, by: Place, needs: Place) -> Step:
    """What a decision of this place is, for a request that needs this place's word."""
    if decision is Decision.refuse:
        return Step.refuse
    return Step.forward if by is Place.township and needs is Place.county else Step.approve


def after(state: State | None, step: Step) -> State:
    """The state that the step leads to; `IllegalStep` where it may not be taken."""
    if step not in MOVES[state]:
        raise IllegalStep(state, step)
    return MOVES[state][step]
