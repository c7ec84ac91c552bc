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
#: from here on metres are told as kilometres, and speeds as beyond any car
FAR_M, FAST_KMH = 10_000, 1000
_LENGTH = {"zh": (" {} 米", "约 {} 公里"), "en": ("{} m", "about {} km")}
_MINUTES = {
    "zh": ("不到 1 分钟", "最多 {} 分钟"),
    "en": ("less than a minute", "at most {} minutes"),
}
_LITTLE_MORE = {"zh": ("不到 1 分钟", "约 1 分钟"), "en": ("less than a minute", "about 1 min")}
#: a span of time in the largest unit of which it holds two: from so many seconds on, in that unit
_SPANS = {
    "zh": ((172_800, 86_400, "约 {} 天"), (7_200, 3_600, "约 {} 小时"), (120, 60, "约 {} 分钟")),
    "en": (
        (172_800, 86_400, "about {} days"),
        (7_200, 3_600, "about {} h"),
        (120, 60, "about {} min"),
    ),
}
_SECONDS = {"zh": " {} 秒", "en": "{} s"}
_SPEED = {
    "zh": ("每小时 {} 公里", "远超任何车辆的速度"),
    "en": ("{} km/h", "a speed far beyond any car"),
}


class BadWords(ValueError):
    """``words.yaml`` does not say what it must."""


@dataclass(frozen=True, slots=True)
class Words:
    """A check in one language: ``says`` has the names of evidence in braces.

    By the evidence's ``kind``, or under ``""`` where it has none: sentences, of which the first is
    told whose evidence is all there, and the last one else.
    """

    title: str
    says: Mapping[str, tuple[str, ...]]
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
        """The sentence for this evidence; a number that is missing is told as unknown."""
        by_kind = self.words[language].says
        sentences = by_kind.get(str(evidence.get("kind", ""))) or list(by_kind.values())[-1]
        whole = (each for each in sentences if _named(each) <= evidence.keys())
        told = {name: _told(name, evidence.get(name), language) for name in self.evidence}
        return next(whole, sentences[-1]).format_map(told)


def _named(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def _told(name: str, value: int | str | list[int] | list[str] | None, language: Language) -> str:
    """A value with its unit, where the name ends in that of a length or a speed."""
    if value is None:
        return _UNKNOWN[language]
    if isinstance(value, list):
        return _JOINED[language].join(str(each) for each in value)
    if isinstance(value, int) and name.endswith("_m"):
        far = value >= FAR_M
        return _LENGTH[language][far].format(round(value / 1000) if far else value)
    if isinstance(value, int) and name == "minutes":
        return _MINUTES[language][value > 0].format(value)
    if isinstance(value, int) and name.endswith("_minutes"):
        return _span(60 * value, language) if value > 1 else _LITTLE_MORE[language][value]
    if isinstance(value, int) and name.endswith("_s"):
        return _span(value, language)
    if isinstance(value, int) and name.endswith("_kmh"):
        fast = value > FAST_KMH
        return _SPEED[language][fast].format(value)
    return str(value)


def _span(seconds: int, language: Language) -> str:
    for least, unit, words in _SPANS[language]:
        if seconds >= least:
            return words.format(round(seconds / unit))
    return _SECONDS[language].format(seconds)


def _sentences(told: object) -> Mapping[str, tuple[str, ...]]:
    if isinstance(told, dict):
        return {kind: _sentences(each)[""] for kind, each in told.items()}
    return {"": tuple(told) if isinstance(told, list) else (str(told),)}


def _check(code: str, told: Mapping[str, Any]) -> Check:
    if set(told) != {"weight", "evidence", "zh", "en"}:
        raise BadWords(f"{code}: needs weight, evidence, zh, en; has {', '.join(told)}")
    if told["weight"] not in get_args(Weight):
        raise BadWords(f"{code}: weight {told['weight']} is none of {', '.join(get_args(Weight))}")
    words: dict[Language, Words] = {}
    for language in get_args(Language):
        words[language] = Words(**{**told[language], "says": _sentences(told[language]["says"])})
    for language, each in words.items():
        named = {name for of in each.says.values() for one in of for name in _named(one)}
        if stray := named - set(told["evidence"]):
            raise BadWords(f"{code}.{language}: {', '.join(stray)} stands in no evidence")
    return Check(code, told["weight"], dict(told["evidence"]), words)


#: every check that flags, by code
CHECKS: dict[str, Check] = {
    code: _check(code, told)
    for code, told in yaml.safe_load(FILE.read_text(encoding="utf-8")).items()
}
