"""Small division lists for tests, in both shapes of the national one."""

import json
import tempfile
from pathlib import Path
from typing import Any

import app.org
from app.org.division_list import Division, read

SHIPPED = Path(app.org.__file__).parent / "data" / "units-360321.json"
PARENTS = {
    "provinces": None,
    "cities": "provinceCode",
    "areas": "cityCode",
    "streets": "areaCode",
    "villages": "streetCode",
}


def a_list() -> dict[str, Any]:
    """A county with two townships and three villages, and another province beside it."""
    return {
        "source": "test",
        "provinces": _entries("provinces", ("36", "江西省"), ("37", "山东省")),
        "cities": _entries("cities", ("3603", "萍乡市"), ("3701", "济南市")),
        "areas": _entries("areas", ("360321", "莲花县"), ("370101", "市辖区")),
        "streets": _entries(
            "streets", ("360321101", "琴亭镇"), ("360321102", "路口镇"), ("370101001", "街道")
        ),
        "villages": _entries(
            "villages",
            ("360321101001", "一村"),
            ("360321101002", "二村"),
            ("360321102001", "三村"),
            ("370101001001", "居委会"),
        ),
    }


def _entries(name: str, *units: tuple[str, str]) -> list[dict[str, str]]:
    digits = {"cities": 2, "areas": 4, "streets": 6, "villages": 9}
    parent = PARENTS[name]
    return [
        {"code": code, "name": called} | ({parent: code[: digits[name]]} if parent else {})
        for code, called in units
    ]


def village(code: str, name: str) -> dict[str, str]:
    """One entry of ``villages``."""
    return _entries("villages", (code, name))[0]


def write_folder(folder: Path, content: dict[str, Any], *, indent: int | None = None) -> Path:
    """The same list as the npm package's folder of five files."""
    folder.mkdir(exist_ok=True)
    for name in PARENTS:
        text = json.dumps(content[name], ensure_ascii=False, indent=indent)
        (folder / f"{name}.json").write_text(text)
    return folder


def read_list(content: dict[str, Any], under: str) -> list[Division]:
    """What ``read`` gives for this list."""
    with tempfile.TemporaryDirectory() as folder:
        return read(write_folder(Path(folder), content), under)
