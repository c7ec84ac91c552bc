"""Reads one rule of a pack, strictly: which keys go with which metric, thresholds and bounds."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import cast

from app.policy import vocabulary
from app.policy.due_reading import need_clause, read_due
from app.policy.pack import (
    AGGREGATES,
    COVERS,
    METRICS,
    PRORATES,
    STAYS,
    UNIT_LEVELS,
    WEEKDAYS,
    Aggregate,
    Covers,
    DatedValue,
    Metric,
    Parameter,
    Prorate,
    Rule,
    Stay,
    UnitLevel,
    Weekday,
)
from app.policy.periods import LENGTHS, Length
from app.policy.reading import Item
from app.policy.vocabulary import read_kind
from app.policy.writing import need_writers

_KEYS = (
    "title", "posts", "subjects", "each", "unit_level", "only_in", "per", "metric", "covers",
    "kinds", "counts", "every_kind", "each_event", "distinct", "in_village", "reports_from", "stay",
    "households", "weekday", "figure", "also_attendances", "aggregate", "at_least", "exactly",
    "at_most", "due", "prorate", "info", "advisory", "facts",
)  # fmt: skip
_ONLY: dict[str, tuple[Metric, ...]] = {
    "covers": ("coverage_ratio",),
    "kinds": ("activation_ratio", "postings"),
    "counts": ("submissions", "activities", "qualified_visits"),
    "every_kind": ("submissions",),
    "each_event": ("submissions",),
    "distinct": ("submissions",),
    "in_village": ("activities",),
    "reports_from": ("activities",),
    "stay": ("qualified_visits",),
    "households": ("qualified_visits",),
    "weekday": ("household_visits",),
    "figure": ("value",),
    "also_attendances": ("value",),
    "aggregate": ("value",),
}
_NEEDS: dict[Metric, str] = {
    "coverage_ratio": "covers",
    "activation_ratio": "kinds",
    "postings": "kinds",
    "submissions": "counts",
    "activities": "counts",
}
_UNITS: dict[Metric, tuple[str, ...] | None] = {
    "stay_days": ("days",),
    "workday_ratio": ("workdays", "days"),
    "checkin_count": ("times",),
    "household_visits": ("visits",),
    "qualified_visits": ("visits",),
    "diaries": ("diaries",),
    "submissions": ("submissions", "kinds", "villages", "reports"),
    "activities": ("activities", "meetings", "times"),
    "value": None,
    "activation_ratio": ("percent",),
    "coverage_ratio": ("percent",),
    "postings": ("people", "persons", "postings"),
}
_ALL_UNITS = "reporting_units"
_MOST_PERCENT = 100


def read_rule(rule_id: str, item: Item, parameters: Mapping[str, Parameter]) -> Rule:
    """A rule from its entry; raises `Fault`."""
    name = f"rule {rule_id}"
    fields = item.fields(name, _KEYS, ("title", "per", "metric"))
    metric = cast(Metric, fields["metric"].choice("metric", METRICS))
    _fitting_keys(name, item, fields, metric)
    posts, subjects = _binding(name, item, fields)
    rule = Rule(
        id=rule_id,
        title=fields["title"].text("title"),
        posts=posts,
        subjects=subjects,
        per=cast(Length, fields["per"].choice("per", LENGTHS)),
        metric=metric,
        at_least=_thresholds(name, item, fields, metric, parameters),
        prorate=_prorate(name, fields, metric),
        due=read_due(name, fields["due"], "each_event" in fields) if "due" in fields else None,
        facts=tuple(entry.text("a fact") for entry in _entries(fields, "facts")),
        each_village="each" in fields and bool(fields["each"].choice("each", ("village",))),
        unit_level=cast(UnitLevel | None, _choice(fields, "unit_level", UNIT_LEVELS)),
        only_in=_only_in(fields, parameters),
        info=_flag(fields, "info"),
        advisory=_flag(fields, "advisory"),
    )
    rule = _of_metric(rule, fields, parameters)
    need_writers(name, rule, fields)
    if rule.each_event and (rule.due is None or rule.due.form != "after_event"):
        raise item.fault(
            f"{name} asks for an entry for each event but has no `due: {{after_event: …}}`",
            "each event has a due day of its own",
            "add `due: {after_event: 7, clause: …}`",
        )
    return rule


def _of_metric(rule: Rule, fields: dict[str, Item], parameters: Mapping[str, Parameter]) -> Rule:
    """The keys that belong to one metric."""
    lists: dict[Metric, vocabulary.List] = {"submissions": "submissions"}
    of = lists.get(rule.metric, "activities")
    counts = [read_kind(entry, "a kind", of) for entry in _entries(fields, "counts")]
    each_event = fields.get("each_event")
    figure = fields.get("figure")
    also = fields.get("also_attendances")
    return replace(
        rule,
        covers=_covers(fields),
        counts=(*counts, *_kinds(fields, "kinds", "posts")),
        every_kind=_flag(fields, "every_kind"),
        each_event=read_kind(each_event, "each_event", "activities") if each_event else None,
        distinct_village="distinct" in fields
        and bool(fields["distinct"].choice("distinct", ("village",))),
        in_village=_flag(fields, "in_village"),
        reports_from=_reports_from(fields, parameters),
        stay=cast(Stay, _choice(fields, "stay", STAYS) or "any"),
        households=_positive(fields, "households"),
        weekday=cast(Weekday | None, _choice(fields, "weekday", WEEKDAYS)),
        figure=read_kind(figure, "figure", "figures") if figure else None,
        also_attendances=read_kind(also, "also_attendances", "activities") if also else None,
        aggregate=cast(Aggregate, _choice(fields, "aggregate", AGGREGATES) or "sum"),
    )


def _fitting_keys(name: str, item: Item, fields: dict[str, Item], metric: Metric) -> None:
    for key, metrics in _ONLY.items():
        if key in fields and metric not in metrics:
            raise fields[key].fault(
                f"{name} with metric {metric} has `{key}`",
                "it would be silently ignored",
                f"use {key} with {' or '.join(metrics)} only",
            )
    needed = _NEEDS.get(metric)
    if needed is not None and needed not in fields:
        raise item.fault(
            f"{name} with metric {metric} has no `{needed}`",
            "it would not be known what to count",
            f"add `{needed}: …`",
        )


def _binding(
    name: str, item: Item, fields: dict[str, Item]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Post kinds and kinds of organisations; one of the two lists at least."""
    posts = _kinds(fields, "posts", "posts")
    subjects = _kinds(fields, "subjects", "subjects")
    if not posts and not subjects:
        raise fields.get("posts", fields.get("subjects", item)).fault(
            f"{name} binds no posts", "nobody would owe it", "list post kinds, for example [FS, TM]"
        )
    return posts, subjects


def _thresholds(
    name: str,
    item: Item,
    fields: dict[str, Item],
    metric: Metric,
    parameters: Mapping[str, Parameter],
) -> tuple[DatedValue, ...]:
    if ("at_least" in fields) == ("exactly" in fields):
        raise item.fault(
            f"{name} has {'two thresholds' if 'exactly' in fields else 'no `at_least`'}",
            "it would not be known what is owed",
            "write one of `at_least: {YYYY-MM-DD: {value, unit, clause}}` and `exactly: …`",
        )
    key = "exactly" if "exactly" in fields else "at_least"
    values = _values(name, key, fields[key], metric, parameters)
    if key == "exactly":
        return tuple(replace(value, at_most=value.value) for value in values)
    if "at_most" not in fields:
        return values
    bound = fields["at_most"]
    if not isinstance(bound.value, dict):
        most = bound.whole("at_most")
        return tuple(_bounded(value, most, bound) for value in values)
    bounds = _values(name, "at_most", bound, metric, parameters)
    return tuple(_bounded(value, _in_force(bounds, value.first), bound) for value in values)


def _in_force(bounds: tuple[DatedValue, ...], day: date) -> int | None:
    return next((b.value for b in reversed(bounds) if b.first <= day), None)


def _bounded(value: DatedValue, most: int | None, item: Item) -> DatedValue:
    if most is not None and value.value is not None and most < value.value:
        raise item.fault(
            f"at_most is {most}, less than at_least",
            "nobody could meet it",
            "write the larger number in at_most",
        )
    return replace(value, at_most=most)


def _values(
    name: str, key: str, item: Item, metric: Metric, parameters: Mapping[str, Parameter]
) -> tuple[DatedValue, ...]:
    found: list[DatedValue] = []
    for written, entry in item.fields(f"{key} of {name}").items():
        first = Item(entry.file, entry.line, written).day(f"the first day of a value of {name}")
        what = f"the value of {name} from {written}"
        fields = entry.fields(what, ("value", "of", "figures", "unit", "clause"))
        need_clause(what, entry)
        entry.fields(what, None, ("unit",) if "figures" in fields else ("value", "unit"))
        unit = _unit(fields["unit"], metric)
        clause = fields["clause"].text("clause")
        if "figures" in fields:
            found.append(
                DatedValue(first, None, unit, clause, figures=_figures(what, fields, metric))
            )
            continue
        value, parameter = _number(what, fields["value"], unit, parameters)
        of = _of(what, entry, fields, metric, value)
        found.append(DatedValue(first, value, unit, clause, of=of, parameter=parameter))
    if not found:
        raise item.fault(
            f"{name} has no value",
            "nothing could be compared",
            "add `YYYY-MM-DD: {value, unit, clause}`",
        )
    return tuple(sorted(found, key=lambda value: value.first))


def _unit(item: Item, metric: Metric) -> str:
    allowed = _UNITS[metric]
    return item.text("unit") if allowed is None else item.choice("unit", allowed)


def _number(
    what: str, item: Item, unit: str, parameters: Mapping[str, Parameter]
) -> tuple[int | None, str | None]:
    """A number, a blank (null), or the name of the parameter that stands for it."""
    if item.is_null:
        return None, None
    if isinstance(item.value, str) and item.value in parameters:
        return None, item.value
    value = item.whole("value")
    if value < 1:
        raise item.fault(
            f"{what} is {value}",
            "nothing would be owed",
            "write 1 or more, or null when the document lost the number",
        )
    if unit == "percent" and value > _MOST_PERCENT:
        raise item.fault(f"{what} is {value} percent", "nobody could meet it", "write 100 or less")
    return value, None


def _of(
    what: str, entry: Item, fields: dict[str, Item], metric: Metric, value: int | None
) -> int | None:
    if ("of" in fields) != (metric == "workday_ratio"):
        raise fields.get("of", entry).fault(
            f"{what} with metric {metric} has {'an' if 'of' in fields else 'no'} `of`",
            "a fraction of the working days is written as value and of",
            "write `value: 2, of: 3` with workday_ratio only",
        )
    if "of" not in fields:
        return None
    of = fields["of"].whole("of")
    if of < max(value or 1, 1):
        raise fields["of"].fault(
            f"{what} is {value} of {of}", "more days than there are would be owed", "write 2 of 3"
        )
    return of


def _figures(what: str, fields: dict[str, Item], metric: Metric) -> dict[str, int]:
    item = fields["figures"]
    if metric != "value" or "value" in fields:
        raise item.fault(
            f"{what} has `figures`", "several figures stand alone, with metric value", "remove one"
        )
    found: dict[str, int] = {}
    for written, entry in item.fields("figures").items():
        name = read_kind(Item(entry.file, entry.line, written), "a figure", "figures")
        found[name], _ = cast(tuple[int, None], _number(what, entry, "", {}))
    return found


def _prorate(name: str, fields: dict[str, Item], metric: Metric) -> Prorate:
    """Two-thirds rules follow the working days of the posting; nothing else can."""
    usual = "workdays" if metric == "workday_ratio" else "none"
    if "prorate" not in fields:
        return cast(Prorate, usual)
    found = fields["prorate"].choice("prorate", PRORATES)
    if (found == "workdays") != (metric == "workday_ratio"):
        raise fields["prorate"].fault(
            f"{name} with metric {metric} has `prorate: {found}`",
            "workdays belongs to workday_ratio and to nothing else",
            f"write {usual}",
        )
    return cast(Prorate, found)


def _only_in(fields: dict[str, Item], parameters: Mapping[str, Parameter]) -> str | None:
    if "only_in" not in fields:
        return None
    names = [name for name, parameter in parameters.items() if parameter.villages]
    return fields["only_in"].choice("only_in", names)


def _reports_from(fields: dict[str, Item], parameters: Mapping[str, Parameter]) -> str | None:
    """The parameter that says how many units report; ``all`` is `reporting_units`."""
    if "reports_from" not in fields:
        return None
    item = fields["reports_from"]
    name = _ALL_UNITS if item.text("reports_from") == "all" else item.text("reports_from")
    if name not in parameters or parameters[name].villages:
        raise item.fault(
            f"there is no parameter `{name}`",
            "how many units report is a blank of the document",
            f"add `{name}: {{says: …, default: null}}` to the pack's parameters",
        )
    return name


def _covers(fields: dict[str, Item]) -> tuple[Covers, ...]:
    if "covers" not in fields:
        return ()
    item = fields["covers"]
    entries = item.items("covers") if isinstance(item.value, list) else [item]
    found = tuple(cast(Covers, entry.choice("covers", COVERS)) for entry in entries)
    if not found:
        raise item.fault("covers is empty", "nothing would be asked", f"use {', '.join(COVERS)}")
    return found


def _entries(fields: dict[str, Item], key: str) -> list[Item]:
    return fields[key].items(key) if key in fields else []


_SINGULAR: dict[vocabulary.List, str] = {"posts": "a post kind", "subjects": "a subject"}


def _kinds(fields: dict[str, Item], key: str, of: vocabulary.List) -> tuple[str, ...]:
    return tuple(read_kind(entry, _SINGULAR[of], of) for entry in _entries(fields, key))


def _choice(fields: dict[str, Item], key: str, allowed: tuple[str, ...]) -> str | None:
    return fields[key].choice(key, allowed) if key in fields else None


def _flag(fields: dict[str, Item], key: str) -> bool:
    return key in fields and fields[key].flag(key)


def _positive(fields: dict[str, Item], key: str) -> int:
    if key not in fields:
        return 0
    found = fields[key].whole(key)
    if found < 1:
        raise fields[key].fault(f"{key} is {found}", "nothing would be asked", "write 1 or more")
    return found
