"""Reads a pack from YAML, strictly: every mistake is a `Fault` with its line and how to mend it."""

from functools import cache
from pathlib import Path
from typing import cast

from app.policy.interpretation import read_overrides
from app.policy.pack import (
    COVERS,
    METRICS,
    PRORATES,
    Covers,
    DatedValue,
    Due,
    Metric,
    Pack,
    Prorate,
    Rule,
    Source,
)
from app.policy.periods import LENGTHS, Length
from app.policy.reading import Item, read_file

PACKS = Path(__file__).with_name("packs")

_PACK_KEYS = ("pack", "version", "title", "source", "settings", "rules")
_RULE_KEYS = (
    "title", "posts", "per", "metric", "covers", "at_least", "due", "prorate", "facts",
)  # fmt: skip
_UNITS: dict[Metric, str] = {
    "stay_days": "days",
    "checkin_count": "times",
    "diaries": "diaries",
    "coverage_ratio": "percent",
}  # the other metrics follow with the loader


def shipped() -> list[str]:
    """The ids of the packs that come with the program."""
    return sorted(path.parent.name for path in PACKS.glob("*/pack.yaml"))


@cache
def load_pack(pack_id: str) -> Pack:
    """A shipped pack; raises `KeyError` for an unknown id and `Fault` for a mistake in the file."""
    if pack_id not in shipped():
        raise KeyError(pack_id)
    return read_pack(read_file(PACKS / pack_id / "pack.yaml", f"{pack_id}/pack.yaml"))


def read_pack(root: Item) -> Pack:
    """A pack from its file's root; raises `Fault`."""
    fields = root.fields("the pack", _PACK_KEYS, ("pack", "version", "title", "source", "rules"))
    source = fields["source"].fields(
        "source", ("file", "issued", "level"), ("file", "issued", "level")
    )
    rules = fields["rules"].fields("rules")
    if not rules:
        raise fields["rules"].fault("the pack has no rules", "it would ask nothing", "add a rule")
    return Pack(
        id=fields["pack"].text("pack"),
        version=fields["version"].text("version"),
        title=fields["title"].text("title"),
        source=Source(*(source[key].text(key) for key in ("file", "issued", "level"))),
        settings=read_overrides(fields["settings"]) if "settings" in fields else {},
        rules={rule_id: _rule(rule_id, item) for rule_id, item in rules.items()},
    )


def _rule(rule_id: str, item: Item) -> Rule:
    name = f"rule {rule_id}"
    fields = item.fields(name, _RULE_KEYS, ("title", "posts", "per", "metric", "at_least"))
    metric = cast(Metric, fields["metric"].choice("metric", METRICS))
    posts = tuple(post.text("a post kind") for post in fields["posts"].items("posts"))
    if not posts:
        raise fields["posts"].fault(
            f"{name} binds no posts", "nobody would owe it", "list post kinds, for example [FS, TM]"
        )
    if ("covers" in fields) != (metric == "coverage_ratio"):
        raise item.fault(
            f"{name} with metric {metric} {'has' if 'covers' in fields else 'has no'} `covers`",
            "coverage_ratio alone asks what is covered",
            f"use covers with coverage_ratio: {', '.join(COVERS)}",
        )
    return Rule(
        id=rule_id,
        title=fields["title"].text("title"),
        posts=posts,
        per=cast(Length, fields["per"].choice("per", LENGTHS)),
        metric=metric,
        at_least=_values(name, fields["at_least"], metric),
        prorate=cast(
            Prorate,
            fields["prorate"].choice("prorate", PRORATES) if "prorate" in fields else "none",
        ),
        covers=(cast(Covers, fields["covers"].choice("covers", COVERS)),)
        if "covers" in fields
        else (),
        due=_due(name, fields["due"]) if "due" in fields else None,
        facts=tuple(fact.text("a fact") for fact in fields["facts"].items("facts"))
        if "facts" in fields
        else (),
    )


def _values(name: str, item: Item, metric: Metric) -> tuple[DatedValue, ...]:
    found: list[DatedValue] = []
    for written, entry in item.fields(f"at_least of {name}").items():
        first = Item(entry.file, entry.line, written).day(f"the first day of a value of {name}")
        what = f"the value of {name} from {written}"
        fields = entry.fields(what, ("value", "unit", "clause"))
        _need_clause(what, entry)
        entry.fields(what, None, ("value", "unit"))
        unit = fields["unit"].choice("unit", (_UNITS[metric],))
        value = None if fields["value"].is_null else fields["value"].whole("value")
        if value is not None and value < 1:
            raise fields["value"].fault(
                f"{what} is {value}",
                "nothing would be owed",
                "write 1 or more, or null when the document lost the number",
            )
        found.append(DatedValue(first, value, unit, fields["clause"].text("clause")))
    if not found:
        raise item.fault(
            f"{name} has no value",
            "nothing could be compared",
            "add `YYYY-MM-DD: {value, unit, clause}`",
        )
    return tuple(sorted(found, key=lambda value: value.first))


def _due(name: str, item: Item) -> Due:
    what = f"the due day of {name}"
    fields = item.fields(what, ("on", "clause"), ("on",))
    _need_clause(what, item)
    return Due(fields["clause"].text("clause"), on=fields["on"].day(what))


def _need_clause(what: str, item: Item) -> None:
    fields = item.fields(what)
    if "clause" not in fields or fields["clause"].is_null:
        raise item.fault(
            f"{what} has no clause",
            "every number must name the article it comes from",
            "add `clause: …`, for example 二(五)3",
        )
