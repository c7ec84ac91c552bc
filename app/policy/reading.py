"""Strict YAML reading 严格读取: YAML 1.2 words, no repeated keys, and the line of every mistake.

PyYAML follows YAML 1.1, where ``on``, ``yes`` and ``2018-06-20`` are not strings and a repeated
key silently wins. Here PyYAML only parses; `Item` gives each scalar its YAML 1.2 meaning.
"""

import difflib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import yaml

from app.policy.periods import SHANGHAI

_WHOLE = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NEAR = 0.65  # of 1: `grace` is near grace_days, `meetings` is not near postings
_PLAIN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map")}
_Loader: type[yaml.BaseLoader] | type[yaml.CBaseLoader] = getattr(
    yaml, "CBaseLoader", yaml.BaseLoader
)

Scalar = str | int | float | bool | None


class Fault(ValueError):
    """A mistake in a file a clerk wrote: ``file:line: what, why, how to mend``."""

    def __init__(self, file: str, line: int, what: str, why: str, mend: str) -> None:
        super().__init__(f"{file}:{line}: {what}, {why}, {mend}")
        self.file = file
        self.line = line

    @property
    def one_line(self) -> str:
        """The sentence without the line breaks that a text of the file may bring in."""
        return " ".join(str(self).split())


@dataclass(frozen=True, slots=True)
class Item:
    """One node of a file with its place: a scalar's text, a list or a mapping of items."""

    file: str
    line: int
    value: "str | list[Item] | dict[str, Item]"
    plain: bool = True

    def fault(self, what: str, why: str, mend: str) -> Fault:
        """A fault at this place, to be raised."""
        return Fault(self.file, self.line, what, why, mend)

    @property
    def is_null(self) -> bool:
        """True for an unquoted ``null``, ``~`` or nothing."""
        return self.plain and isinstance(self.value, str) and _WORDS.get(self.value, 0) is None

    def fields(
        self, what: str, allowed: Collection[str] | None = None, required: Collection[str] = ()
    ) -> "dict[str, Item]":
        """The mapping, its keys checked; ``allowed`` None = any key."""
        if not isinstance(self.value, dict):
            raise self.fault(
                f"{what} is not a mapping", "its parts have names", "write `name: value` lines"
            )
        for key, item in self.value.items():
            if allowed is not None and key not in allowed:
                raise item.fault(
                    f"{what} has an unknown key `{key}`",
                    "it would be silently ignored",
                    choose(key, allowed, ", ".join(sorted(allowed))),
                )
        for key in required:
            if key not in self.value:
                raise self.fault(
                    f"{what} has no `{key}`", "it cannot be read without", f"add `{key}: …`"
                )
        return self.value

    def items(self, what: str) -> "list[Item]":
        """The list; a fault when it is none."""
        if not isinstance(self.value, list):
            raise self.fault(
                f"{what} is not a list",
                "it may have several entries",
                "write `- entry` lines or [a, b]",
            )
        return self.value

    def text(self, what: str) -> str:
        """The text of a scalar as written, also of a number."""
        if not isinstance(self.value, str) or self.is_null or not self.value.strip():
            raise self.fault(
                f"{what} is empty or no text", "a text is expected", "write one line of text"
            )
        return self.value

    def scalar(self, what: str) -> Scalar:
        """A scalar in its YAML 1.2 meaning: null, true, false, whole number, number or text."""
        if not isinstance(self.value, str):
            raise self.fault(
                f"{what} is a list or mapping", "one value is expected", "write one value"
            )
        if not self.plain:
            return self.value
        if self.value in _WORDS:
            return _WORDS[self.value]
        if _WHOLE.fullmatch(self.value):
            return int(self.value)
        return float(self.value) if _NUMBER.fullmatch(self.value) else self.value

    def whole(self, what: str) -> int:
        """A whole number."""
        found = self.scalar(what)
        if isinstance(found, bool) or not isinstance(found, int):
            raise self.fault(
                f"{what} `{self.value}` is no whole number",
                "rules compare whole numbers",
                "write digits only",
            )
        return found

    def flag(self, what: str) -> bool:
        """True or false."""
        found = self.scalar(what)
        if not isinstance(found, bool):
            raise self.fault(
                f"{what} is not true or false", "it is a yes-or-no question", "write true or false"
            )
        return found

    def day(self, what: str) -> date:
        """A civil day, written YYYY-MM-DD."""
        text = self.text(what)
        try:
            if len(text) == 10:
                return date.fromisoformat(text)
        except ValueError:
            pass
        raise self.fault(
            f"{what} `{text}` is no date",
            "no such day can be compared",
            "write an existing day as YYYY-MM-DD",
        )

    def moment(self, what: str) -> datetime:
        """An aware time (RFC 3339); without offset it is Asia/Shanghai."""
        text = self.text(what)
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise self.fault(
                f"{what} `{text}` is no time",
                "no such moment can be compared",
                "write it as 2018-04-02T15:00:00+08:00",
            ) from None
        return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)

    def choice(self, what: str, allowed: Collection[str]) -> str:
        """One word out of a closed list."""
        text = self.text(what)
        if text not in allowed:
            raise self.unknown(what, allowed, ", ".join(allowed))
        return text

    def unknown(self, what: str, words: Collection[str], told: str) -> Fault:
        """The fault of a word outside a closed list; ``told`` is the list as a clerk reads it."""
        text = self.text(what)
        mend = choose(text, words, told)
        return self.fault(f"{what} `{text}` is not known", "it is read from a closed list", mend)


def choose(word: str, words: Collection[str], told: str) -> str:
    """How to mend a word outside a closed list: the nearest one first, where one is near."""
    folded = {known.casefold(): known for known in words}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=_NEAR)
    return (
        f"did you mean `{folded[near[0]]}`? Otherwise use one of {told}"
        if near
        else f"use one of {told}"
    )


def read_file(path: Path, name: str | None = None) -> Item:
    """The root item of a YAML file; raises `Fault`."""
    name = name or str(path)
    try:
        return read_text(path.read_text(encoding="utf-8"), name)
    except OSError as error:
        raise Fault(
            name,
            1,
            "the file cannot be opened",
            error.strerror or "unknown reason",
            "check its name and its rights",
        ) from None
    except UnicodeDecodeError:
        raise Fault(
            name, 1, "the file is not UTF-8", "other encodings garble Chinese", "save it as UTF-8"
        ) from None


def read_text(text: str, name: str) -> Item:
    """The root item of a YAML text; raises `Fault`."""
    try:
        node = yaml.compose(text, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise Fault(
            name,
            line,
            "this is not YAML",
            error.problem or "it cannot be parsed",
            "check the indentation, the colons and the quotes of this line",
        ) from None
    except yaml.YAMLError as error:
        raise Fault(
            name,
            1,
            "this is not YAML",
            " ".join(str(error).split()),
            "remove the characters that YAML does not allow",
        ) from None
    if node is None:
        raise Fault(
            name, 1, "the file is empty", "there is nothing to read", "write something or remove it"
        )
    return _item(node, name, ())


def _item(node: yaml.Node, name: str, above: tuple[int, ...]) -> Item:
    line = node.start_mark.line + 1
    if id(node) in above:
        raise Fault(
            name, line, "an alias contains itself", "it would never end", "write the part out"
        )
    if node.tag not in _PLAIN_TAGS:
        raise Fault(
            name,
            line,
            f"the tag {node.tag} is not allowed",
            "plain values are enough here",
            "remove the tag",
        )
    above = (*above, id(node))
    if isinstance(node, yaml.ScalarNode):
        return Item(name, line, node.value, plain=not node.style)
    if isinstance(node, yaml.SequenceNode):
        return Item(name, line, [_item(child, name, above) for child in node.value])
    return Item(name, line, dict(_pairs(node, name, above)))


def _pairs(node: yaml.Node, name: str, above: tuple[int, ...]) -> Iterator[tuple[str, Item]]:
    seen: dict[str, int] = {}
    for key, child in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise Fault(
                name, line, "a key is a list or mapping", "keys are names or dates", "write a name"
            )
        if key.value in seen:
            raise Fault(
                name,
                line,
                f"the key `{key.value}` is repeated",
                f"it is already on line {seen[key.value]} and one would be lost",
                "keep one of them",
            )
        seen[key.value] = line
        yield key.value, replace(_item(child, name, above), line=line)
