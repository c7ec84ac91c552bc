"""Reading a division list: both shapes, every fault named with its place and its mending."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.org import division_list
from app.org.division_list import ImportRefused, ancestors_of, read
from app.org.models import DIGITS, Level
from tests.org.lists import SHIPPED, a_list, write_folder

Spoil = Callable[[dict[str, Any]], object]


def _file(tmp_path: Path, content: Any) -> Path:
    file = tmp_path / "units.json"
    file.write_text(json.dumps(content, ensure_ascii=False))
    return file


def test_the_shipped_county_is_whole() -> None:
    found = read(SHIPPED, "360321")
    counted = {level: sum(unit.level is level for unit in found) for level in Level}
    assert counted == {"province": 1, "city": 1, "county": 1, "township": 13, "village": 163}
    assert [unit.name for unit in found[:3]] == ["江西省", "萍乡市", "莲花县"]


@pytest.mark.parametrize("code", ["", "3", "3603211", "36032a", "三六", "36 "])
def test_what_is_no_code_is_refused(tmp_path: Path, code: str) -> None:
    with pytest.raises(ImportRefused, match="2、4、6、9 或 12 位数字"):
        read(_file(tmp_path, a_list()), code)


@pytest.mark.parametrize(
    ("under", "codes"),
    [
        ("360321101001", ["36", "3603", "360321", "360321101", "360321101001"]),
        ("360321102", ["36", "3603", "360321", "360321102", "360321102001"]),
        ("37", ["37", "3701", "370101", "370101001", "370101001001"]),
    ],
)
def test_a_part_of_a_list(tmp_path: Path, under: str, codes: list[str]) -> None:
    assert [unit.code for unit in read(_file(tmp_path, a_list()), under)] == codes


def test_a_folder_reads_like_a_file(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "list", a_list())
    assert read(folder, "36") == read(_file(tmp_path, a_list()), "36")


@given(chunk=st.integers(1, 200), indent=st.sampled_from([None, 2]))
def test_a_folder_reads_alike_however_it_is_cut(
    tmp_path_factory: pytest.TempPathFactory, chunk: int, indent: int | None
) -> None:
    folder = write_folder(tmp_path_factory.mktemp("list"), a_list(), indent=indent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(division_list, "_CHUNK", chunk)
        assert len(read(folder, "36")) == 8


@pytest.mark.parametrize(
    ("spoil", "where", "what"),
    [
        (lambda d: d["villages"][1].update(code="36032110100"), "villages 第 2 项", "12 位数字"),
        (lambda d: d["villages"][1].update(code=360321101002), "villages 第 2 项", "要加引号"),
        (lambda d: d["villages"][1].update(code="36032110100２"), "villages 第 2 项", "12 位数字"),
        (lambda d: d["villages"][1].pop("code"), "villages 第 2 项", "12 位数字"),
        (lambda d: d["villages"][1].update(name=" "), "villages 第 2 项", "name 为空"),
        (lambda d: d["villages"][1].update(name=None), "villages 第 2 项", "name 为空"),
        (lambda d: d["villages"][1].update(name="村" * 65), "villages 第 2 项", "超过 64 字"),
        (lambda d: d["villages"][1].update(name="上\n村"), "villages 第 2 项", "控制字符"),
        (lambda d: d["villages"].append(d["villages"][0]), "villages 第 5 项", "重复"),
        (lambda d: d["villages"].insert(0, "琴亭村"), "villages 第 1 项", "不是 {code, name, …}"),
        (
            lambda d: d["villages"][1].update(streetCode="360321102"),
            "villages 第 2 项",
            "不以上级代码(streetCode='360321102')开头",
        ),
        (lambda d: d["villages"][1].pop("streetCode"), "villages 第 2 项", "不以上级代码"),
        (lambda d: d["villages"][1].update(streetCode=""), "villages 第 2 项", "不以上级代码"),
        (
            lambda d: d["villages"][1].update(streetCode="3603211"),
            "villages 第 2 项",
            "上级单位(streetCode='3603211')不在文件中",
        ),
        (
            lambda d: d["streets"].pop(1),
            "villages 第 3 项(code='360321102001')",
            "上级单位(streetCode='360321102')不在文件中",
        ),
        (lambda d: d["cities"].pop(1), "areas 第 2 项(code='370101')", "不在文件中"),
    ],
)
def test_a_broken_entry_is_named(tmp_path: Path, spoil: Spoil, where: str, what: str) -> None:
    content = a_list()
    spoil(content)
    for path in (_file(tmp_path, content), write_folder(tmp_path / "list", content)):
        with pytest.raises(ImportRefused) as refused:
            read(path, "360321")
        first = str(refused.value).splitlines()[0]
        assert where in first
        assert what in first
        assert str(refused.value).endswith("未作任何更改。")


def test_many_faults_are_counted_not_all_told(tmp_path: Path) -> None:
    content = a_list()
    content["villages"] = [{"code": "x"} for _ in range(25)]
    with pytest.raises(ImportRefused, match="另有 15 处") as refused:
        read(_file(tmp_path, content), "36")
    assert len(str(refused.value).splitlines()) == 12


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"provinces": [', "第 1 行第 16 列不是有效的 JSON"),
        ("[]", "缺少列表 provinces"),
        ('{"provinces": {}}', "缺少列表 provinces"),
        ('{"provinces": []}', "缺少列表 cities"),
    ],
)
def test_a_file_that_is_no_list(tmp_path: Path, content: str, says: str) -> None:
    file = tmp_path / "units.json"
    file.write_text(content)
    with pytest.raises(ImportRefused, match=says):
        read(file, "36")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "villages.json:第 1 项起不是有效的 JSON 数组"),
        (b'{"code": 1}', "第 1 项起不是有效的 JSON 数组"),
        (b'[{"code": "360321101001", "na', "第 1 项起不是有效的 JSON 数组"),
        (b'[{"code": "1"} {"code": ]', "第 2 项起不是有效的 JSON 数组"),
        ("[".encode("utf-16"), "不是 UTF-8 文本"),
    ],
)
def test_a_folder_with_a_broken_file(tmp_path: Path, content: bytes, says: str) -> None:
    folder = write_folder(tmp_path / "list", a_list())
    (folder / "villages.json").write_bytes(content)
    with pytest.raises(ImportRefused, match=says):
        read(folder, "36")


def test_a_missing_file_and_an_incomplete_folder(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="无法读取文件"):
        read(tmp_path / "none.json", "36")
    folder = write_folder(tmp_path / "list", a_list())
    (folder / "areas.json").unlink()
    with pytest.raises(ImportRefused, match=r"areas\.json:无法读取文件.*文件夹须含"):
        read(folder, "36")


def test_a_unit_that_the_file_does_not_hold(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="没有代码为 510703 的单位"):
        read(_file(tmp_path, a_list()), "510703")


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "list", a_list())
    villages = folder / "villages.json"
    villages.write_bytes(b"\xef\xbb\xbf" + villages.read_bytes())
    assert len(read(folder, "36")) == 8


def test_names_are_trimmed_and_composed(tmp_path: Path) -> None:
    content = copy.deepcopy(a_list())
    content["villages"][0]["name"] = " cafe\u0301村 "
    assert "café村" in {unit.name for unit in read(_file(tmp_path, content), "36")}


@given(st.from_regex(r"[0-9]{12}", fullmatch=True))
def test_ancestors_are_the_prefixes_of_every_level(code: str) -> None:
    assert [len(above) for above in ancestors_of(code)] == list(DIGITS)[:-1]
    assert all(code.startswith(above) for above in ancestors_of(code))
