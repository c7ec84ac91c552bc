"""Settings 口径设置: how the open questions of the documents are read, with a default for each.

The defaults are data (``interpretation.yaml``); a standing prints those that touch its metric.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.policy.pack import Pack, ParameterValue, SettingValue
from app.policy.reading import Item, read_file

_KINDS = ("choice", "whole", "number", "flag")
_SAYS = {
    "whole": "不小于 0 的整数",
    "number": "不小于 0 的数",
    "flag": "`true` 或者 `false`",
}


class BadSetting(ValueError):
    """A setting that does not exist or does not allow this value."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One question with its default, allowed values and the metrics it touches."""

    name: str
    default: SettingValue
    kind: str
    choices: tuple[str, ...]
    question: str
    metrics: tuple[str, ...]
    says: str

    @property
    def allowed(self) -> str:
        """The allowed values in words."""
        choices = " 或者 ".join(f"`{choice}`" for choice in self.choices)
        words = choices if self.kind == "choice" else _SAYS[self.kind]
        return f"{words}，或者 `null`" if self.default is None else words

    def allows(self, value: object) -> bool:
        """True when the value may be given to this setting."""
        if value is None:
            return self.default is None
        if self.kind == "choice":
            return value in self.choices
        if self.kind == "flag" or isinstance(value, bool):
            return self.kind == "flag" and isinstance(value, bool)
        wanted = int if self.kind == "whole" else (int, float)
        return isinstance(value, wanted) and value >= 0


@dataclass(frozen=True, slots=True)
class Interpretation:
    """All settings with the values that hold for one evaluation."""

    values: Mapping[str, SettingValue]

    def whole(self, name: str) -> int:
        """A setting of kind ``whole`` that is not null."""
        value = self.values[name]
        assert isinstance(value, int)  # noqa: S101  what `allows` has let in
        return value

    def number(self, name: str) -> float:
        """A setting of kind ``number`` that is not null."""
        value = self.values[name]
        assert isinstance(value, int | float)  # noqa: S101  what `allows` has let in
        return value

    def limit(self, name: str) -> int | None:
        """A setting of kind ``whole`` where null means no limit."""
        return None if self.values[name] is None else self.whole(name)

    def touching(self, metric: str) -> dict[str, SettingValue]:
        """The settings that a standing of this metric prints."""
        return {name: self.values[name] for name in _names_touching(metric)}


def settings() -> Mapping[str, Setting]:
    """Every setting by name."""
    return _load()


def interpret(*layers: Mapping[str, SettingValue]) -> Interpretation:
    """The defaults, overridden by each layer in turn (pack, adoption, case); raises `BadSetting`."""
    known = _load()
    values: dict[str, SettingValue] = {name: setting.default for name, setting in known.items()}
    for layer in layers:
        for name, value in layer.items():
            if name not in known:
                raise BadSetting(f"没有口径设置 `{name}`")
            if not known[name].allows(value):
                raise BadSetting(
                    f"口径设置 `{name}` 不能是 {value!r}，请改为：{known[name].allowed}"
                )
            values[name] = value
    return Interpretation(values)


def split(
    pack: Pack, given: Mapping[str, SettingValue | ParameterValue]
) -> tuple[dict[str, SettingValue], dict[str, ParameterValue]]:
    """What an adoption or a case gives, parted into settings and the pack's parameters.

    Parameters not given have the pack's default; a list of villages may be given as text parted by
    commas. Raises `BadSetting` for a parameter's value; settings are looked at by `interpret`.
    """
    settings: dict[str, SettingValue] = {}
    parameters = {name: parameter.default for name, parameter in pack.parameters.items()}
    for name, value in given.items():
        parameter = pack.parameters.get(name)
        if parameter is None:
            settings[name] = None if isinstance(value, tuple) else value
            continue
        if parameter.villages and isinstance(value, str):
            value = tuple(code.strip() for code in value.split(",") if code.strip())
        if not parameter.allows(value):
            raise BadSetting(f"参数 `{name}` 不能是 {value!r}，请改为：{parameter.allowed}")
        parameters[name] = tuple(value) if isinstance(value, list | tuple) else _whole(value)
    return settings, parameters


def _whole(value: SettingValue) -> int | None:
    return value if isinstance(value, int) else None


def read_overrides(
    item: Item, key: str = "settings", parameters: Collection[str] = ()
) -> dict[str, SettingValue]:
    """A ``settings:`` mapping of a pack or a case; raises `Fault`.

    ``key`` and ``parameters``: what the file calls the mapping, and what else it might have meant.
    """
    found: dict[str, SettingValue] = {}
    for name, entry in item.fields(key, (*parameters, *_load())).items():
        value, setting = entry.scalar(f"口径设置 `{name}`"), _load()[name]
        if not setting.allows(value):
            raise entry.fault(
                f"口径设置 `{name}` 不能写 `{entry.value}`",
                f"这一问（{setting.question}）没有这个答案",
                f"请改为：{setting.allowed}",
            )
        found[name] = value
    return found


@cache
def _load() -> dict[str, Setting]:
    root = read_file(Path(__file__).with_name("interpretation.yaml"), "interpretation.yaml")
    return {name: _setting(name, item) for name, item in root.fields("口径设置").items()}


def _setting(name: str, item: Item) -> Setting:
    keys = ("default", "kind", "choices", "question", "metrics", "says")
    fields = item.fields(name, keys, ("default", "question", "metrics", "says"))
    choices = fields["choices"].items("choices") if "choices" in fields else []
    kind = fields["kind"].choice("kind", _KINDS) if "kind" in fields else "choice"
    return Setting(
        name,
        fields["default"].scalar("default"),
        kind,
        tuple(choice.text("choices") for choice in choices),
        fields["question"].text("question"),
        tuple(metric.text("metrics") for metric in fields["metrics"].items("metrics")),
        fields["says"].text("says"),
    )


@cache
def _names_touching(metric: str) -> tuple[str, ...]:
    return tuple(name for name, setting in _load().items() if metric in setting.metrics)
