"""The life of a submission, as one table: which step is taken from where, and what comes of it.

A chain of versions has the state of its newest version. ``save`` and ``submit`` make a version,
``accept`` and ``return`` are the receiver's, ``withdraw`` is the author's.
"""

from enum import StrEnum


class State(StrEnum):
    """Where a version stands, with the Chinese term."""

    draft = "draft"  # 草稿
    submitted = "submitted"  # 已提交
    returned = "returned"  # 已退回
    accepted = "accepted"  # 已接收
    withdrawn = "withdrawn"  # 已撤回


class Step(StrEnum):
    """What can be done to a submission."""

    save = "save"  # 存草稿
    submit = "submit"  # 提交
    accept = "accept"  # 接收
    send_back = "return"  # 退回
    withdraw = "withdraw"  # 撤回


STATES_ZH = {
    State.draft: "草稿",
    State.submitted: "已提交",
    State.returned: "已退回",
    State.accepted: "已接收",
    State.withdrawn: "已撤回",
}
STEPS_ZH = {
    Step.save: "存为草稿",
    Step.submit: "提交",
    Step.accept: "接收",
    Step.send_back: "退回",
    Step.withdraw: "撤回",
}
#: None stands for a submission of which nothing is there yet.
MOVES: dict[State | None, dict[Step, State]] = {
    None: {Step.save: State.draft, Step.submit: State.submitted},
    State.draft: {
        Step.save: State.draft,
        Step.submit: State.submitted,
        Step.withdraw: State.withdrawn,
    },
    State.submitted: {
        Step.submit: State.submitted,
        Step.accept: State.accepted,
        Step.send_back: State.returned,
        Step.withdraw: State.withdrawn,
    },
    State.returned: {Step.submit: State.submitted, Step.withdraw: State.withdrawn},
    State.accepted: {},
    State.withdrawn: {},
}


class IllegalStep(ValueError):
    """This step is not taken from there; the message says so in the reader's words."""

    def __init__(self, state: State | None, step: Step) -> None:
        self.state, self.step = state, step
        allowed = "、".join(STEPS_ZH[each] for each in MOVES[state]) or "无"
        where = STATES_ZH[state] if state else "尚未建立"
        super().__init__(f"{where}的材料不能{STEPS_ZH[step]};现在可以办理的:{allowed}。")


def after(state: State | None, step: Step) -> State:
    """The state that the step leads to; `IllegalStep` where it may not be taken."""
    if step not in MOVES[state]:
        raise IllegalStep(state, step)
    return MOVES[state][step]
