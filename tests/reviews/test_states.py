"""The table of moves: every pair of state and move, legal or refused by name; words of every check."""

import re
from itertools import product
from string import Formatter

import pytest

from app.reviews.finding import Evidence
from app.reviews.states import (
    AGAINST,
    DECIDED,
    MOVES_ZH,
    STATES_ZH,
    UNDECIDED,
    IllegalMove,
    Move,
    State,
    after,
    decidable,
)
from app.reviews.words import CHECKS, FILE

#: written down a second time on purpose, from the design and not from the program
LEGAL = {
    ("open", "answer"): "open",
    ("open", "counts"): "kept",
    ("open", "counts_with_note"): "kept_with_note",
    ("open", "does_not_count"): "second_needed",
    ("second_needed", "answer"): "second_needed",
    ("second_needed", "counts"): "kept",
    ("second_needed", "counts_with_note"): "kept_with_note",
    ("second_needed", "does_not_count"): "not_counted",
    ("not_counted", "appeal"): "appealed",
    ("appealed", "counts"): "kept",
    ("appealed", "counts_with_note"): "kept_with_note",
    ("appealed", "does_not_count"): "upheld",
}


@pytest.mark.parametrize(("state", "move"), list(product(State, Move)))
def test_every_move_is_legal_or_refused_naming_state_and_what_is_possible(
    state: State, move: Move
) -> None:
    expected = LEGAL.get((state.value, move.value))
    if expected is not None:
        assert after(state, move) == expected
        return
    with pytest.raises(IllegalMove) as refused:
        after(state, move)
    said = str(refused.value)
    assert STATES_ZH[state] in said
    assert MOVES_ZH[move] in said
    possible = [MOVES_ZH[Move(m)] for (s, m) in LEGAL if s == state.value]
    assert all(each in said for each in possible)
    assert possible or "无" in said


def test_no_single_voice_goes_against_the_author_in_the_first_review() -> None:
    reached = {after(State.open, move) for move in Move if ("open", move.value) in LEGAL}
    assert not reached & set(AGAINST)
    assert {s for s in State if decidable(s)} == set(UNDECIDED)
    assert set(UNDECIDED) | set(DECIDED) | {State.silent} == set(State)


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_a_check_says_its_numbers_in_both_languages_and_what_it_cannot_prove(check: object) -> None:
    assert isinstance(check, type(CHECKS["outside-fence"]))
    for language, words in check.words.items():
        for kind, sentences in words.says.items():
            for sentence in sentences:
                named = {name for _, name, _, _ in Formatter().parse(sentence) if name}
                assert named
                # spans and lengths may change their unit: as long as they are short, they do not
                numbers: dict[str, int | str | list[int] | list[str]] = {
                    name: 70 + n for n, name in enumerate(check.evidence) if name in named
                }
                said = check.says(numbers | ({"kind": kind} if kind else {}), language)
                assert all(str(numbers[name]) in said for name in named), said
                assert "{" not in said
                assert not re.search("作弊|造假|违规|cheat|fraud", said)
        assert words.proves
        assert words.cannot
        assert not re.search("作弊|造假|违规|cheat|fraud", words.proves + words.title)
    assert "未知" in check.says({})
    assert "unknown" in check.says({}, "en")


@pytest.mark.parametrize(
    ("metres", "zh", "en"),
    [
        (9999, "离本村范围 9999 米,", "9999 m from"),
        (10_000, "离本村范围约 10 公里,", "about 10 km from"),
        (29_023, "离本村范围约 29 公里,", "about 29 km from"),
    ],
)
def test_far_is_told_in_kilometres(metres: int, zh: str, en: str) -> None:
    check = CHECKS["outside-fence"]
    told: Evidence = {"distance_m": metres, "accuracy_m": 15, "beyond_m": 200}
    assert zh in check.says(told)
    assert en in check.says(told, "en")


def test_a_speed_beyond_any_car_is_told_roughly() -> None:
    check = CHECKS["impossible-travel"]
    assert "需要每小时 262 公里才能到达" in check.says({"speed_kmh": 262})
    assert "两次之间不到 1 分钟" in check.says({"minutes": 0})
    assert "两次之间最多 3 分钟" in check.says({"minutes": 3})
    assert "需要远超任何车辆的速度才能到达" in check.says({"speed_kmh": 12_345})
    assert "that takes a speed far beyond any car" in check.says({"speed_kmh": 12_345}, "en")


def test_the_village_is_bounded_by_one_word() -> None:
    assert "围栏" not in FILE.read_text(encoding="utf-8")


def test_the_codes_are_those_of_the_design() -> None:
    assert {code: check.weight for code, check in CHECKS.items()} == {
        "outside-fence": "high", "clock-contradiction": "high", "clock-changed": "medium",
        "future-time": "medium", "impossible-travel": "high", "identical-fix": "high",
        "zero-jitter": "low", "shared-device": "medium", "photo-reused": "high",
        "photo-alike": "medium", "exif-contradiction": "medium", "diary-alike": "medium",
    }  # fmt: skip
