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
from app.policy.reading import Item, choose, keys
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
    name = f"规则 {rule_id}"
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
        facts=tuple(entry.text("facts") for entry in _entries(fields, "facts")),
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
            f"{name} 写了 `each_event` 却没有写 `due: {{after_event: …}}`",
            "每件事各有自己的期限",
            "请补上 `due: {after_event: 7, clause: …}`",
        )
    return rule


def _of_metric(rule: Rule, fields: dict[str, Item], parameters: Mapping[str, Parameter]) -> Rule:
    """The keys that belong to one metric."""
    lists: dict[Metric, vocabulary.List] = {"submissions": "submissions"}
    of = lists.get(rule.metric, "activities")
    counts = [read_kind(entry, "counts", of) for entry in _entries(fields, "counts")]
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
                f"{name} 用指标 `{metric}` 时不能写 `{key}`",
                "照此读取会被悄悄漏掉",
                f"`{key}` 只与 {keys(metrics)} 一起用",
            )
    needed = _NEEDS.get(metric)
    if needed is not None and needed not in fields:
        raise item.fault(
            f"{name} 用指标 `{metric}` 时缺少 `{needed}`",
            "不知道该数什么",
            f"请补上 `{needed}: …`",
        )


def _binding(
    name: str, item: Item, fields: dict[str, Item]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Post kinds and kinds of organisations; one of the two lists at least."""
    posts = _kinds(fields, "posts", "posts")
    subjects = _kinds(fields, "subjects", "subjects")
    if not posts and not subjects:
        raise fields.get("posts", fields.get("subjects", item)).fault(
            f"{name} 没有写由谁承担",
            "这样谁也不用做",
            "请写上岗位或单位，例如 `posts: [FS, TM]` 或 `subjects: [helper_unit]`",
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
            f"{name} {'把 `at_least` 和 `exactly` 都写了' if 'exactly' in fields else '缺少 `at_least`'}",
            "不知道到底要求多少",
            "请在 `at_least: {YYYY-MM-DD: {value, unit, clause}}` 和 `exactly: …` 中写一个",
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
            f"`at_most` 是 {most}，比 `at_least` 还小",
            "这样谁也做不到",
            "请在 `at_most` 写较大的数",
        )
    return replace(value, at_most=most)


def _values(
    name: str, key: str, item: Item, metric: Metric, parameters: Mapping[str, Parameter]
) -> tuple[DatedValue, ...]:
    found: list[DatedValue] = []
    for written, entry in item.fields(f"{name} 的 `{key}`").items():
        first = Item(entry.file, entry.line, written).day(f"{name} 的起始日期")
        what = f"{name} 自 {written} 起的标准"
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
            f"{name} 的 `{key}` 里没有数值",
            "没有标准可以比较",
            "请补上 `YYYY-MM-DD: {value, unit, clause}`",
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
            f"{what}是 {value}",
            "这样什么也不要求",
            "请写 1 以上的整数；文件上数字缺失的，写 `null`",
        )
    if unit == "percent" and value > _MOST_PERCENT:
        raise item.fault(f"{what}是 {value}%", "这样谁也做不到", "请写 100 以内的数")
    return value, None


def _of(
    what: str, entry: Item, fields: dict[str, Item], metric: Metric, value: int | None
) -> int | None:
    if ("of" in fields) != (metric == "workday_ratio"):
        raise fields.get("of", entry).fault(
            f"{what}用指标 `{metric}` 时{'不能写' if 'of' in fields else '缺少'} `of`",
            "只有工作日的几分之几才用 `value` 和 `of` 来写",
            "请只在 `workday_ratio` 里写 `value: 2, of: 3`",
        )
    if "of" not in fields:
        return None
    of = fields["of"].whole("of")
    if of < max(value or 1, 1):
        raise fields["of"].fault(
            f"{what}是 `value: {fields['value'].value}, of: {of}`",
            "要求的天数比总天数还多",
            "请写成 `value: 2, of: 3` 的样子",
        )
    return of


def _figures(what: str, fields: dict[str, Item], metric: Metric) -> dict[str, int]:
    item = fields["figures"]
    if metric != "value" or "value" in fields:
        raise item.fault(
            f"{what}不能写 `figures`",
            "几项数量并列只用于指标 `value`，也不再另写一个 `value`",
            "请去掉其中一个",
        )
    found: dict[str, int] = {}
    for written, entry in item.fields("figures").items():
        name = read_kind(Item(entry.file, entry.line, written), "figures", "figures")
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
            f"{name} 用指标 `{metric}` 时不能写 `prorate: {found}`",
            "`prorate: workdays` 与 `workday_ratio` 只能配在一起用",
            f"请写 `prorate: {usual}`",
        )
    return cast(Prorate, found)


def _only_in(fields: dict[str, Item], parameters: Mapping[str, Parameter]) -> str | None:
    if "only_in" not in fields:
        return None
    names = [name for name, parameter in parameters.items() if parameter.villages]
    item = fields["only_in"]
    if not names:
        raise item.fault(
            f"没有参数 `{item.text('only_in')}`",
            "管哪些村要由一个列出村的参数来定",
            f"请在政策包的 `parameters` 里加上 `{item.value}: {{says: …, villages: true, default: null}}`",
        )
    return item.choice("only_in", names)


def _reports_from(fields: dict[str, Item], parameters: Mapping[str, Parameter]) -> str | None:
    """The parameter that says how many units report; ``all`` is `reporting_units`."""
    if "reports_from" not in fields:
        return None
    item = fields["reports_from"]
    name = _ALL_UNITS if item.text("reports_from") == "all" else item.text("reports_from")
    if name not in parameters or parameters[name].villages:
        raise item.fault(
            f"没有参数 `{name}`",
            "有多少单位要汇报，是文件的留白",
            f"请在政策包的 `parameters` 里加上 `{name}: {{says: …, default: null}}`",
        )
    return name


def _covers(fields: dict[str, Item]) -> tuple[Covers, ...]:
    if "covers" not in fields:
        return ()
    item = fields["covers"]
    entries = item.items("covers") if isinstance(item.value, list) else [item]
    found = tuple(cast(Covers, entry.choice("covers", COVERS)) for entry in entries)
    if not found:
        raise item.fault(
            "`covers` 是空的", "这样什么也不要求", choose("", COVERS, "、".join(COVERS))
        )
    return found


def _entries(fields: dict[str, Item], key: str) -> list[Item]:
    return fields[key].items(key) if key in fields else []


def _kinds(fields: dict[str, Item], key: str, of: vocabulary.List) -> tuple[str, ...]:
    return tuple(read_kind(entry, key, of) for entry in _entries(fields, key))


def _choice(fields: dict[str, Item], key: str, allowed: tuple[str, ...]) -> str | None:
    return fields[key].choice(key, allowed) if key in fields else None


def _flag(fields: dict[str, Item], key: str) -> bool:
    return key in fields and fields[key].flag(key)


def _positive(fields: dict[str, Item], key: str) -> int:
    if key not in fields:
        return 0
    found = fields[key].whole(key)
    if found < 1:
        raise fields[key].fault(f"`{key}` 是 {found}", "这样什么也不要求", "请写 1 以上的整数")
    return found
