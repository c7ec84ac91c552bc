"""Kinds of submissions and names of figures, from the vocabulary, and who may write which."""

from collections.abc import Mapping

from app.policy import vocabulary
from app.policy.vocabulary import Term

KINDS: Mapping[str, Term] = vocabulary.submissions()
FIGURES: Mapping[str, Term] = vocabulary.figures()
#: what an administrative unit is to the policies, by the digits of its code
UNIT_SUBJECTS: dict[int, tuple[str, ...]] = {
    12: ("village", "village_branch"),
    9: ("township", "office"),
    6: ("county", "county_office"),
    4: ("city",),
}


def known_kind(kind: str) -> str:
    """The kind itself; ValueError, with all there are, for another word."""
    return _known(kind, KINDS, "这种报送材料")


def known_figure(name: str) -> str:
    """The name itself; ValueError, with all there are, for another word."""
    return _known(name, FIGURES, "这项上报数据")


def writes_for_unit(term: Term, code: str) -> bool:
    """Whether a unit of this level writes it."""
    return not set(UNIT_SUBJECTS.get(len(code), ())).isdisjoint(term.writers)


def writers_named(term: Term) -> str:
    """Who writes it, in words; posts by their two letters."""
    subjects = vocabulary.subjects()
    return "、".join(subjects[w].zh if w in subjects else w for w in term.writers)


def _known(word: str, words: Mapping[str, Term], what: str) -> str:
    if word not in words:
        listed = "、".join(f"{term.id}({term.zh})" for term in words.values())
        raise ValueError(f"没有“{word[:40]}”{what},请从这些中选一种:{listed}")
    return word
