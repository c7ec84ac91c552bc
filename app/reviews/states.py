"""The way of a flag, as one table: who moves it from where, and what comes of it. Pure.

A flag changes nothing by itself. One reviewer ends it in the author's favour; against the author
it takes two, and the second only after the author has spoken or let the time for it pass.
"""

from enum import StrEnum


class State(StrEnum):
    """Where a flag stands, with the Chinese term."""

    open = "open"  # 待复核
    second_needed = "second_needed"  # 待第二人复核
    kept = "kept"  # 计入
    kept_with_note = "kept_with_note"  # 计入并备注
    not_counted = "not_counted"  # 不计入
    appealed = "appealed"  # 申诉中
    upheld = "upheld"  # 申诉后仍不计入
    silent = "silent"  # 只作统计


class Move(StrEnum):
    """What can be done to a flag: the author answers and appeals, a reviewer decides."""

    answer = "answer"
    appeal = "appeal"
    counts = "counts"
    counts_with_note = "counts_with_note"
    does_not_count = "does_not_count"


STATES_ZH = {
    State.open: "待复核",
    State.second_needed: "待第二人复核",
    State.kept: "已定:计入",
    State.kept_with_note: "已定:计入并备注",
    State.not_counted: "已定:不计入",
    State.appealed: "申诉中",
    State.upheld: "申诉后仍不计入",
    State.silent: "只作统计",
}
MOVES_ZH = {
    Move.answer: "说明情况",
    Move.appeal: "申诉",
    Move.counts: "定为计入",
    Move.counts_with_note: "定为计入并备注",
    Move.does_not_count: "定为不计入",
}
_END_WELL = {Move.counts: State.kept, Move.counts_with_note: State.kept_with_note}
MOVES: dict[State, dict[Move, State]] = {
    State.open: {
        Move.answer: State.open,
        **_END_WELL,
        Move.does_not_count: State.second_needed,
    },
    State.second_needed: {
        Move.answer: State.second_needed,
        **_END_WELL,
        Move.does_not_count: State.not_counted,
    },
    State.not_counted: {Move.appeal: State.appealed},
    State.appealed: {**_END_WELL, Move.does_not_count: State.upheld},
    State.kept: {},
    State.kept_with_note: {},
    State.upheld: {},
    State.silent: {},
}
DECISIONS = (Move.counts, Move.counts_with_note, Move.does_not_count)
#: nobody has said the last word yet: the record counts
UNDECIDED = (State.open, State.second_needed, State.appealed)
#: the record does not count
AGAINST = (State.not_counted, State.upheld)
#: somebody decided, for or against
DECIDED = (State.kept, State.kept_with_note, *AGAINST)


class IllegalMove(ValueError):
    """This is not done from there; the message says so in the reader's words."""

    def __init__(self, state: State, move: Move) -> None:
        self.state, self.move = state, move
        possible = "、".join(MOVES_ZH[each] for each in MOVES[state]) or "无"
        super().__init__(
            f"这条疑点现在是“{STATES_ZH[state]}”,不能{MOVES_ZH[move]};现在可以办理的:{possible}。"
        )


def after(state: State, move: Move) -> State:
    """The state that the move leads to; `IllegalMove` where it cannot be made."""
    if move not in MOVES[state]:
        raise IllegalMove(state, move)
    return MOVES[state][move]


def decidable(state: State) -> bool:
    """Whether a reviewer's word is awaited."""
    return Move.counts in MOVES[state]
