"""Reads a pack from YAML, strictly: every mistake is a `Fault` with its line and how to mend it."""

from functools import cache
from pathlib import Path

from app.policy.interpretation import read_overrides, settings
from app.policy.pack import Pack, Parameter, Source
from app.policy.reading import Item, read_file
from app.policy.rules import read_rule

PACKS = Path(__file__).with_name("packs")

_PACK_KEYS = ("pack", "version", "title", "source", "settings", "parameters", "rules")
_SOURCE_KEYS = ("file", "issued", "level")


def shipped() -> list[str]:
    """The ids of the packs that come with the program."""
    return sorted(path.parent.name for path in PACKS.glob("*/pack.yaml"))


@cache
def load_pack(pack_id: str) -> Pack:
    """A shipped pack; raises `KeyError` for an unknown id and `Fault` for a mistake in the file."""
    if pack_id not in shipped():
        raise KeyError(pack_id)
    return read_installed(PACKS / pack_id / "pack.yaml", pack_id, f"{pack_id}/pack.yaml")


def read_installed(path: Path, pack_id: str, shown: str) -> Pack:
    """A pack out of its folder, whose name it must have; raises `Fault`."""
    root = read_file(path, shown)
    pack = read_pack(root)
    if pack.id != pack_id:
        raise root.fields("政策包")["pack"].fault(
            f"政策包自称 `{pack.id}`",
            "程序按文件夹的名称找政策包",
            f"请写 `pack: {pack_id}`，或者给文件夹改名",
        )
    return pack


def read_pack(root: Item) -> Pack:
    """A pack from its file's root; raises `Fault`."""
    fields = root.fields("政策包", _PACK_KEYS, ("pack", "version", "title", "source", "rules"))
    source = fields["source"].fields("source", _SOURCE_KEYS, _SOURCE_KEYS)
    rules = fields["rules"].fields("rules")
    if not rules:
        raise fields["rules"].fault("`rules` 里没有规则", "这样什么也不要求", "请写上规则")
    parameters = _parameters(fields["parameters"]) if "parameters" in fields else {}
    return Pack(
        id=fields["pack"].text("pack"),
        version=fields["version"].text("version"),
        title=fields["title"].text("title"),
        source=Source(*(source[key].text(key) for key in _SOURCE_KEYS)),
        settings=read_overrides(fields["settings"]) if "settings" in fields else {},
        rules={rule_id: read_rule(rule_id, item, parameters) for rule_id, item in rules.items()},
        parameters=parameters,
    )


def _parameters(item: Item) -> dict[str, Parameter]:
    """The blanks of the document, set by the adoption."""
    found: dict[str, Parameter] = {}
    for name, entry in item.fields("parameters").items():
        what = f"参数 `{name}`"
        if name in settings():
            raise entry.fault(f"{what} 与一项口径设置同名", "两者会分不清", "请换一个名称")
        fields = entry.fields(what, ("says", "default", "villages"), ("says",))
        villages = "villages" in fields and fields["villages"].flag("villages")
        parameter = Parameter(name, fields["says"].text("says"), villages=villages)
        if "default" in fields and not fields["default"].is_null:
            default = fields["default"]
            given = (
                tuple(code.text("村的代码") for code in default.items("default"))
                if villages
                else default.whole("default")
            )
            if not parameter.allows(given):
                raise default.fault(
                    f"{what} 的 `default` 写的是 `{default.value}`",
                    "这样什么也不要求",
                    f"请改为：{parameter.allowed}",
                )
            parameter = Parameter(name, parameter.says, given, villages)
        found[name] = parameter
    return found
