"""What each check's finding says, read from ``words.yaml``. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any, Literal, get_args

import yaml

from app.reviews.finding import Evidence, Weight

FILE = Path(__file__).with_name("words.yaml")
Language = Literal["zh", "en"]
_UNKNOWN = {"zh": "(未知)", "en": "(unknown)"}
_JOINED = {"zh": "、", "en": ", "}


class BadWords(ValueError):
    """``words.yaml`` does not say what it must."""


@dataclass(frozen=True, slots=True)
class Words:
    """A check in one language: ``says`` has the names of evidence in braces."""

    title: str
    says: str
    proves: str
    cannot: str


@dataclass(frozen=True, slots=True)
class Check:
    """A check that flags: how much it weighs, its numbers, and its words by language."""

    code: str
    weight: Weight
    evidence: dict[str, str]
    words: dict[Language, Words]

    def says(self, evidence: Evidence, language: Language = "zh") -> str:
        """The sentence with this evidence in it; a number that is missing is told as unknown."""
        told = {name: _told(evidence.get(name), language) for name in self.evidence}
        return self.words[language].says.format_map(told)


def _told(value: int | str | list[int] | list[str] | None, language: Language) -> str:
    if value is None:
        return _UNKNOWN[language]
    if isinstance(value, list):
        return _JOINED[language].join(str(each) for each in value)
    return str(value)


def _check(code: str, told: Mapping[str, Any]) -> Check:
    if set(told) != {"weight", "evidence", "zh", "en"}:
        raise BadWords(f"{code}: needs weight, evidence, zh, en; has {', '.join(told)}")
    if told["weight"] not in get_args(Weight):
        raise BadWords(f"{code}: weight {told['weight']} is none of {', '.join(get_args(Weight))}")
    words = {language: Words(**told[language]) for language in get_args(Language)}
    for language, each in words.items():
        named = {name for _, name, _, _ in Formatter().parse(each.says) if name is not None}
        if stray := named - set(told["evidence"]):
            raise BadWords(f"{code}.{language}: {', '.join(stray)} stands in no evidence")
    return Check(code, told["weight"], dict(told["evidence"]), words)


#: every check that flags, by code
CHECKS: dict[str, Check] = {
    code: _check(code, told)
    for code, told in yaml.safe_load(FILE.read_text(encoding="utf-8")).items()
}
