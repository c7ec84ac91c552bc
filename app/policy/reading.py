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
_CLOSED: dict[type[OSError], str] = {
    FileNotFoundError: "没有这个文件",
    IsADirectoryError: "这是一个文件夹",
    NotADirectoryError: "路径中间的一段不是文件夹",
    PermissionError: "没有读取它的权限",
}
# what the parser says, in a clerk's words; the C parser and the Python one word it differently
_NO_YAML = (
    ("mapping values are not allowed", "多了一个冒号，或者缩进不对，或者上一行的冒号后面少了空格"),
    ("',' or ']'", "方括号 `[` 没有配上 `]`，或者中间少了逗号"),
    ("',' or '}'", "花括号 `{` 没有配上 `}`，或者中间少了逗号"),
    ("':'", "名称后面少了冒号，或者冒号后面少了空格"),
    (
        "cannot start any token",
        "这里不能用这个字符，常见的是用制表符 Tab 缩进，或者以 @、%、` 开头而没有加引号",
    ),
    ("'-' indicator", "列表的各项 `-` 没有对齐，或者中间混进了别的行"),
    ("expected <block end>", "这一行的缩进与上文对不齐"),
    ("expected key", "这一行的缩进与上文对不齐，或者引号后面多了文字"),
    ("unexpected end of stream", "引号没有配对"),
    ("expected node content", "多了一个括号或者逗号"),
    ("undefined alias", "引用 `*` 所指的内容前面没有写过"),
    ("unknown escape", "双引号里用了反斜杠 `\\`"),
    ("expected <document start>", "前面的内容已经结束，后面多出了一段"),
    ("another document", "一个文件里用 `---` 分成了几份"),
)
_PLAIN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map")}
_Loader: type[yaml.BaseLoader] | type[yaml.CBaseLoader] = getattr(
    yaml, "CBaseLoader", yaml.BaseLoader
)

Scalar = str | int | float | bool | None


class Fault(ValueError):
    """A mistake in a file a clerk wrote: ``file:line: what, why, how to mend``."""

    def __init__(self, file: str, line: int, what: str, why: str, mend: str) -> None:
        super().__init__(f"{file}:{line}: {what}，{why}，{mend}")
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
                f"{said(what)}没有写成“名称: 值”的样子",
                "这里的每一项都要有名称",
                "请逐行写 `名称: 值`",
            )
        for key, item in self.value.items():
            if allowed is not None and key not in allowed:
                raise item.fault(
                    f"{said(what)}里有不认识的项 `{key}`",
                    "照此读取会被悄悄漏掉",
                    choose(key, allowed, "、".join(sorted(allowed))),
                )
        for key in required:
            if key not in self.value:
                raise self.fault(
                    f"{said(what)}缺少 `{key}`", "少了它就读不下去", f"请补上 `{key}: …`"
                )
        return self.value

    def items(self, what: str) -> "list[Item]":
        """The list; a fault when it is none."""
        if not isinstance(self.value, list):
            raise self.fault(
                f"{said(what)}不是列表", "这里可以不止一项", "请逐行写 `- 某项`，或者写成 `[a, b]`"
            )
        return self.value

    def text(self, what: str) -> str:
        """The text of a scalar as written, also of a number."""
        if not isinstance(self.value, str) or self.is_null or not self.value.strip():
            raise self.fault(
                f"{said(what)}是空的或者不是文字", "这里要有一行文字", "请写上一行文字"
            )
        return self.value

    def scalar(self, what: str) -> Scalar:
        """A scalar in its YAML 1.2 meaning: null, true, false, whole number, number or text."""
        if not isinstance(self.value, str):
            raise self.fault(
                f"{said(what)}写成了列表或者几项内容", "这里只能有一个值", "请只写一个值"
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
                f"{said(what)}写的 `{self.value}` 不是整数",
                "规则只比较整数",
                "请只写数字，不加引号和单位",
            )
        return found

    def flag(self, what: str) -> bool:
        """True or false."""
        found = self.scalar(what)
        if not isinstance(found, bool):
            raise self.fault(
                f"{said(what)}不是 `true` 或 `false`", "这里只问是或不是", "请写 `true` 或 `false`"
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
            f"{said(what)}写的 `{text}` 不是日期",
            "没有这样的日子可以比较",
            "请写一个确有的日子，写法是 `YYYY-MM-DD`，如 `2018-06-20`",
        )

    def moment(self, what: str) -> datetime:
        """An aware time (RFC 3339); without offset it is Asia/Shanghai."""
        text = self.text(what)
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise self.fault(
                f"{said(what)}写的 `{text}` 不是时间",
                "没有这样的时刻可以比较",
                "请写成 `2018-04-02T15:00:00+08:00` 的样子",
            ) from None
        return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)

    def choice(self, what: str, allowed: Collection[str]) -> str:
        """One word out of a closed list."""
        text = self.text(what)
        if text not in allowed:
            raise self.unknown(what, allowed, "、".join(allowed))
        return text

    def unknown(self, what: str, words: Collection[str], told: str) -> Fault:
        """The fault of a word outside a closed list; ``told`` is the list as a clerk reads it."""
        text = self.text(what)
        what = f"{said(what)}写的 `{text}` 不在可用的词里"
        return self.fault(what, "这里只认固定的几个词", choose(text, words, told))


def choose(word: str, words: Collection[str], told: str) -> str:
    """How to mend a word outside a closed list: the nearest one first, where one is near."""
    folded = {known.casefold(): known for known in words}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=_NEAR)
    told = f"请从这些里选：{told}"
    return f"是不是想写 `{folded[near[0]]}`？如果不是，{told}" if near else told


def said(what: str) -> str:
    """How a sentence names a thing: a key as it is typed, in backticks; words of ours as they are."""
    word = f"`{what}`" if what.isascii() and what.isidentifier() else what
    return f"{word} " if word[-1].isascii() else word


def keys(words: Collection[str]) -> str:
    """Keys of which one is meant, each as it is typed."""
    return " 或 ".join(f"`{word}`" for word in words)


def read_file(path: Path, name: str | None = None) -> Item:
    """The root item of a YAML file; raises `Fault`."""
    name = name or str(path)
    try:
        return read_text(path.read_text(encoding="utf-8"), name)
    except OSError as error:
        raise Fault(
            name,
            1,
            "文件打不开",
            _why_closed(error),
            "请核对文件名、所在的文件夹和读取权限",
        ) from None
    except UnicodeDecodeError:
        raise Fault(
            name, 1, "文件不是 UTF-8 编码", "用别的编码，汉字会成乱码", "请另存为 UTF-8 编码"
        ) from None


def _why_closed(error: OSError) -> str:
    return _CLOSED.get(type(error)) or error.strerror or "原因不明"


def _why_no_yaml(problem: str | None) -> str:
    told = next((says for word, says in _NO_YAML if word in (problem or "")), None)
    return told or f"照这样写读不下去（{problem or '原因不明'}）"


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
            "这里不合 YAML 的写法",
            _why_no_yaml(error.problem),
            "请看这一行和上一行的缩进、冒号、括号和引号",
        ) from None
    except yaml.YAMLError:
        found = yaml.reader.Reader.NON_PRINTABLE.search(text)
        raise Fault(
            name,
            text.count("\n", 0, found.start()) + 1 if found else 1,
            "这里不合 YAML 的写法",
            f"有一个 YAML 不许用的字符{f'（编号 {ord(found[0]):#06x}）' if found else ''}",
            "请把这个字符删去",
        ) from None
    if node is None:
        raise Fault(name, 1, "文件是空的", "没有可读的内容", "请写上内容，或者删去这个文件")
    return _item(node, name, ())


def _item(node: yaml.Node, name: str, above: tuple[int, ...]) -> Item:
    line = node.start_mark.line + 1
    if id(node) in above:
        raise Fault(name, line, "引用 `*` 里又包含它自己", "这样永远读不完", "请把这一段照写出来")
    if node.tag not in _PLAIN_TAGS:
        raise Fault(
            name,
            line,
            f"不能用标记 `{node.tag}`",
            "这里只需要普通的值",
            "请把标记删去",
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
                name, line, "名称写成了列表或者几项内容", "名称只能是一个词或日期", "请写一个名称"
            )
        if key.value in seen:
            raise Fault(
                name,
                line,
                f"`{key.value}` 重复了",
                f"第 {seen[key.value]} 行已经写过，两处会丢掉一处",
                "请只留一处",
            )
        seen[key.value] = line
        yield key.value, replace(_item(child, name, above), line=line)
