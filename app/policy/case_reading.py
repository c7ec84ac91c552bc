"""Reads a case from YAML, strictly: who owes, when, under which settings, and what is expected."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from app.policy import vocabulary
from app.policy.case_duties import accounts_of, read_record
from app.policy.case_fields import dates, span, text
from app.policy.case_records import CaseRecords
from app.policy.cases import ABSENT, DAYS, FIELDS, FLAGS, NUMBERS, Case, Expectation, standing_of
from app.policy.engine import PeriodMismatch
from app.policy.interpretation import BadSetting, read_overrides, split
from app.policy.pack import Pack, SettingValue, UnknownRule
from app.policy.periods import BadPeriod, Period, parse, start_of
from app.policy.reading import Item, Scalar
from app.policy.records import Post
from app.policy.standing import STATES, Subject
from app.policy.vocabulary import read_kind

_CASE_KEYS = (
    "name", "note", "pack", "post", "posts", "subject", "period", "at", "settings", "parameters",
    "effective_from", "assume_days", "records", "expect",
)  # fmt: skip
_POST_KEYS = ("kind", "village", "unit", "from", "to")
_SUBJECT_KEYS = ("kind", "unit", "village", "id", "name", "from", "to")
_NO_DAY = date(1970, 1, 1)


def read_case(item: Item, find_pack: Callable[[str], Pack | None]) -> Case:
    """A case from one entry of a case file; raises `Fault`."""
    fields = item.fields("算例", _CASE_KEYS, ("pack", "period", "expect"))
    pack = _pack(fields["pack"], find_pack)
    period = _period(fields["period"])
    posts, subject = _owing(item, fields)
    records = CaseRecords(posts, period, organisation=subject is not None)
    for entry in fields["records"].items("records") if "records" in fields else ():
        read_record(records, entry)
    history = replace(records.history(), accounts=accounts_of(records))
    expect = _expectations(fields["expect"])
    rules = [rule for rule_id in expect if rule_id in pack.rules for rule in pack.shapes(rule_id)]
    # where the place is what the rule asks for, a foreign village must stay a foreign one
    if subject is not None and not any(rule.in_village for rule in rules):
        history = replace(history, posts=_serving(fields["subject"], posts, records.villages))
    case = Case(
        file=item.file,
        name=_name(item, fields),
        pack=pack,
        history=history,
        period=period.key,
        at=start_of(_NO_DAY),
        settings=_settings(fields, pack),
        effective_from=fields["effective_from"].day("effective_from")
        if "effective_from" in fields
        else None,
        expect=expect,
        lines={rule_id: entry.line for rule_id, entry in fields["expect"].fields("expect").items()},
        subject=subject,
        assume_days=frozenset(dates(fields["assume_days"], "assume_days"))
        if "assume_days" in fields
        else (),
    )
    if "at" in fields:
        return replace(case, at=fields["at"].moment("at"))
    return _at_the_latest(item, case, period, records.latest)


def _pack(item: Item, find_pack: Callable[[str], Pack | None]) -> Pack:
    pack_id = item.text("pack")
    pack = find_pack(pack_id)
    if pack is None:
        raise item.fault(
            f"没有政策包 `{pack_id}`",
            "算例要用它的规则",
            "请核对编号，或者把它的 `pack.yaml` 放在本文件旁边",
        )
    return pack


def _name(item: Item, fields: dict[str, Item]) -> str:
    return (
        " ".join(fields["name"].text("name").split()) if "name" in fields else f"line {item.line}"
    )


def _owing(item: Item, fields: dict[str, Item]) -> tuple[tuple[Post, ...], Subject | None]:
    """The posts of a person, or the organisation as the one post it is to the engine."""
    named = [key for key in ("post", "posts", "subject") if key in fields]
    if len(named) != 1:
        raise item.fault(
            "算例要在 `post`、`posts`、`subject` 中恰好写一个",
            "该做什么要看任职或单位",
            "请写 `post: {kind: FS, village: A, from: 2018-01-01, to: null}` 或 "
            "`subject: {kind: helper_unit, unit: U}`",
        )
    if named == ["subject"]:
        return _subject(fields["subject"])
    entries = [fields["post"]] if "post" in fields else fields["posts"].items("posts")
    if not entries:
        raise fields["posts"].fault("`posts` 是空的", "该做什么要看任职", "请至少写一个任职")
    return tuple(_post(entry) for entry in entries), None


def _post(item: Item) -> Post:
    fields = item.fields("post", _POST_KEYS, ("kind",))
    place = fields.get("village", fields.get("unit"))
    if place is None:
        raise item.fault("`post` 没有写 `village`", "只有在那个村的签到才算", "请补上 `village: A`")
    kind = read_kind(fields["kind"], "kind", "posts")
    return Post(kind, place.text("village"), *span(item, fields, "post"))


def _subject(item: Item) -> tuple[tuple[Post, ...], Subject]:
    fields = item.fields("subject", _SUBJECT_KEYS, ("kind",))
    kind = read_kind(fields["kind"], "kind", "subjects")
    unit = text(fields, "village") or text(fields, "unit")
    if unit is None:
        raise item.fault("`subject` 没有写 `unit`", "要知道是哪一个单位", "请补上 `unit: U`")
    subject = Subject(kind, text(fields, "id") or unit, text(fields, "name") or unit)
    return (Post(kind, unit, *span(item, fields, "subject")),), subject


def _serving(item: Item, posts: tuple[Post, ...], named: set[str]) -> tuple[Post, ...]:
    """The villages an organisation serves, where the case names it by a unit that is no village.

    Then the villages of its records are those it serves.
    """
    (post,) = posts
    by_village = isinstance(item.value, dict) and "village" in item.value
    if vocabulary.subjects()[post.kind].unit or by_village or post.unit in named or not named:
        return posts
    return tuple(replace(post, unit=village) for village in sorted(named))


def _period(item: Item) -> Period:
    key = item.text("period")
    try:
        return parse(key, _NO_DAY)
    except BadPeriod as error:
        raise item.fault(f"`period` 写的 `{key}` 不能用", str(error), "请改正") from None


def _settings(fields: dict[str, Item], pack: Pack) -> Mapping[str, SettingValue]:
    """Settings and the pack's parameters, which may stand under either key."""
    found: dict[str, SettingValue] = {}
    for key in ("settings", "parameters"):
        if key not in fields:
            continue
        item = fields[key]
        entries = item.fields(key)
        blanks = {name: entry for name, entry in entries.items() if name in pack.parameters}
        others = {name: entry for name, entry in entries.items() if name not in blanks}
        if others:
            found.update(read_overrides(replace(item, value=others), key, pack.parameters))
        for name, entry in blanks.items():
            found[name] = _parameter(name, entry, pack)
    return found


def _parameter(name: str, item: Item, pack: Pack) -> SettingValue:
    value: SettingValue
    if isinstance(item.value, list):
        value = ",".join(entry.text("村的代码") for entry in item.value)
    elif pack.parameters[name].villages and not item.is_null:
        value = item.text(f"参数 `{name}`")
    else:
        value = item.scalar(f"参数 `{name}`")
    try:
        split(pack, {name: value})
    except BadSetting:
        raise item.fault(
            f"参数 `{name}` 不能写 `{value}`",
            f"它说的是“{pack.parameters[name].says}”",
            f"请改为：{pack.parameters[name].allowed}",
        ) from None
    return value


def _at_the_latest(item: Item, case: Case, period: Period, latest: datetime | None) -> Case:
    """The default of ``at``: the latest of the day after the period ends, the day after the due
    day, and one second after the latest time in the records.
    """
    found = [latest + timedelta(seconds=1)] if latest is not None else []
    if period.length not in ("standing", "once"):
        found.append(start_of(period.last + timedelta(days=1)))
    asked = replace(case, at=max(found, default=start_of(_NO_DAY)))
    for rule_id in case.expect:
        due = _due(asked, rule_id)
        if due is not None:
            found.append(start_of(due + timedelta(days=1)))
    if not found:
        raise item.fault(
            "算例没有写 `at`",
            "从别处也看不出是什么时候查询",
            "请补上 `at: 2018-07-05T00:00:00+08:00`",
        )
    return replace(case, at=max(found))


def _due(case: Case, rule_id: str) -> date | None:
    """The due day of the standing; what cannot be asked is told later."""
    try:
        rules = case.pack.shapes(rule_id)
        standing = standing_of(case, rule_id)
    except (PeriodMismatch, UnknownRule, BadSetting):
        return None
    if standing is not None:
        return standing.due
    return next((rule.due.on for rule in rules if rule.due and rule.due.on), None)


def _expectations(item: Item) -> dict[str, Expectation]:
    found: dict[str, Expectation] = {}
    for rule_id, entry in item.fields("expect").items():
        found[rule_id] = None if entry.value == ABSENT else _expected(rule_id, entry)
    if not found:
        raise item.fault(
            "`expect` 是空的",
            "这样什么也没有核对",
            "请写上 `R01: {have: 49, state: not_met}` 这样的结果",
        )
    return found


def _expected(rule_id: str, entry: Item) -> dict[str, Scalar]:
    found: dict[str, Scalar] = {}
    for name, item in entry.fields(f"`expect` 的 {rule_id}", FIELDS).items():
        if item.is_null:
            found[name] = None
        elif name in DAYS:
            found[name] = item.day(name).isoformat()
        elif name == "state":
            found[name] = item.choice(name, STATES)
        elif name in FLAGS:
            found[name] = item.flag(name)
        elif name in NUMBERS:
            value = item.scalar(name)
            if isinstance(value, str | bool):
                raise item.fault(
                    f"`{name}` 写的 `{item.value}` 不是数", "结果要按数比较", "请只写数字"
                )
            found[name] = value
        else:
            found[name] = item.text(name)
    return found
