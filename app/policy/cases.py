"""Cases 算例: sentences in YAML that say what a policy means, read, evaluated and compared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.policy.case_records import CaseRecords
from app.policy.engine import PeriodMismatch, evaluate
from app.policy.interpretation import interpret, read_overrides
from app.policy.pack import Pack, SettingValue, UnknownRule
from app.policy.periods import BadPeriod, Period, civil_day, parse, start_of
from app.policy.reading import Item, Scalar
from app.policy.records import History, Post
from app.policy.standing import STATES, Standing

ABSENT = "absent"
_CASE_KEYS = (
    "name", "note", "pack", "post", "posts", "subject", "period", "at", "settings",
    "effective_from", "records", "expect",
)  # fmt: skip
_NUMBERS = ("have", "need", "full_need", "remaining", "days_left", "can_miss", "percent")
_FIELDS = (*_NUMBERS, "state", "unit", "due", "why")
_POST_KEYS = ("kind", "village", "unit", "from", "to")

Expectation = Mapping[str, Scalar] | None


@dataclass(frozen=True, slots=True)
class Case:
    """One case, ready to be evaluated; an expectation of None means ``absent``."""

    file: str
    name: str
    pack: Pack
    history: History
    period: str
    at: datetime
    settings: Mapping[str, SettingValue]
    effective_from: date | None
    expect: Mapping[str, Expectation]


def failures(case: Case) -> list[str]:
    """One line per rule whose expectation does not hold: file, case, rule, expected, got."""
    found = (
        (rule_id, _compare(case, rule_id, expected)) for rule_id, expected in case.expect.items()
    )
    return [f"{case.file}: {case.name}: {rule_id}: {text}" for rule_id, text in found if text]


def read_case(item: Item, find_pack: Callable[[str], Pack | None]) -> Case:
    """A case from one entry of a case file; raises `Fault`."""
    fields = item.fields("the case", _CASE_KEYS, ("pack", "period", "expect"))
    pack_id = fields["pack"].text("pack")
    pack = find_pack(pack_id)
    if pack is None:
        raise fields["pack"].fault(
            f"there is no pack `{pack_id}`",
            "the case needs its rules",
            "check the pack's id or put its pack.yaml beside this file",
        )
    if "subject" in fields:
        raise fields["subject"].fault(
            "`subject` is not read by this version yet",
            "rules of organisations come with a later pack",
            "leave such cases out until then",
        )
    records = CaseRecords(_posts(item, fields))
    for entry in fields["records"].items("records") if "records" in fields else ():
        records.read(entry)
    settings = read_overrides(fields["settings"]) if "settings" in fields else {}
    expect = _expectations(fields["expect"])
    return Case(
        file=item.file,
        name=_name(item, fields),
        pack=pack,
        history=records.history(),
        period=_period_key(fields["period"]),
        at=_at(item, fields, pack, settings, tuple(expect), records.latest),
        settings=settings,
        effective_from=fields["effective_from"].day("effective_from")
        if "effective_from" in fields
        else None,
        expect=expect,
    )


def _name(item: Item, fields: dict[str, Item]) -> str:
    return (
        " ".join(fields["name"].text("name").split()) if "name" in fields else f"line {item.line}"
    )


def _posts(item: Item, fields: dict[str, Item]) -> tuple[Post, ...]:
    if ("post" in fields) == ("posts" in fields):
        raise item.fault(
            "the case needs either `post` or `posts`",
            "what is owed follows from the posting",
            "write `post: {kind: FS, village: A, from: 2018-01-01, to: null}`",
        )
    entries = [fields["post"]] if "post" in fields else fields["posts"].items("posts")
    if not entries:
        raise fields["posts"].fault(
            "`posts` is empty", "what is owed follows from the posting", "write at least one post"
        )
    return tuple(_post(entry) for entry in entries)


def _post(item: Item) -> Post:
    fields = item.fields("the post", _POST_KEYS, ("kind",))
    place = fields.get("village", fields.get("unit"))
    if place is None:
        raise item.fault(
            "the post has no `village`", "only check-ins there count", "add `village: A`"
        )
    first = (
        date.min if "from" not in fields or fields["from"].is_null else fields["from"].day("from")
    )
    last = None if "to" not in fields or fields["to"].is_null else fields["to"].day("to")
    if last is not None and last < first:
        raise item.fault(
            "the post ends before it begins", "it holds no day", "write the earlier day in `from`"
        )
    return Post(fields["kind"].text("kind"), place.text("village"), first, last)


def _period_key(item: Item) -> str:
    key = item.text("period")
    try:
        parse(key, date.max)
    except BadPeriod as error:
        raise item.fault(f"period `{key}` does not exist", str(error), "correct the key") from None
    return key


def _at(
    item: Item,
    fields: dict[str, Item],
    pack: Pack,
    settings: Mapping[str, SettingValue],
    rule_ids: tuple[str, ...],
    latest: datetime | None,
) -> datetime:
    """When the standing is asked.

    By default the latest of the day after the period ends, the day after the due date, and one
    second after the latest time in the records.
    """
    if "at" in fields:
        return fields["at"].moment("at")
    found = [latest + timedelta(seconds=1)] if latest is not None else []
    key = _period_key(fields["period"])
    rules = [pack.rules[rule_id] for rule_id in rule_ids if rule_id in pack.rules]
    if key not in ("standing", "once"):
        end = parse(key).last
        grace = interpret(pack.settings, settings).whole("grace_days")
        late = grace if any(rule.metric == "diaries" for rule in rules) else 0
        found.append(start_of(end + timedelta(days=1 + late)))
    found.extend(
        start_of(rule.due.on + timedelta(days=1)) for rule in rules if rule.due and rule.due.on
    )
    if not found:
        raise item.fault(
            "the case has no `at`",
            "nothing in it says when it is asked",
            "add `at: 2018-07-05T00:00:00+08:00`",
        )
    return max(found)


def _expectations(item: Item) -> dict[str, Expectation]:
    found: dict[str, Expectation] = {}
    for rule_id, entry in item.fields("expect").items():
        found[rule_id] = None if entry.value == ABSENT else _expected(rule_id, entry)
    if not found:
        raise item.fault(
            "`expect` is empty",
            "the case would try nothing",
            "write `R01: {have: 49, state: not_met}`",
        )
    return found


def _expected(rule_id: str, entry: Item) -> dict[str, Scalar]:
    found: dict[str, Scalar] = {}
    for name, item in entry.fields(f"the expectation of {rule_id}", _FIELDS).items():
        if item.is_null:
            found[name] = None
        elif name == "due":
            found[name] = item.day(name).isoformat()
        elif name == "state":
            found[name] = item.choice(name, STATES)
        elif name in _NUMBERS:
            value = item.scalar(name)
            if isinstance(value, str | bool):
                raise item.fault(
                    f"{name} `{item.value}` is no number", "numbers are compared", "write digits"
                )
            found[name] = value
        else:
            found[name] = item.text(name)
    return found


def _compare(case: Case, rule_id: str, expected: Expectation) -> str | None:
    """What differs, as ``expected …, got …``; None when the expectation holds."""
    try:
        period: Period = parse(case.period, civil_day(case.at))
        standing = evaluate(
            case.pack,
            rule_id,
            case.history,
            period,
            case.at,
            settings=case.settings,
            effective_from=case.effective_from,
        )
    except (PeriodMismatch, UnknownRule) as error:
        return f"expected {_words(expected)}, got no standing: {error}"
    if standing is None or expected is None:
        if standing is None and expected is None:
            return None
        got = ABSENT if standing is None else f"state={standing.state} have={standing.have}"
        return f"expected {_words(expected)}, got {got}"
    got_fields = {name: _got(standing, name) for name in expected}
    wrong = {name: value for name, value in expected.items() if value != got_fields[name]}
    if not wrong:
        return None
    return f"expected {_words(wrong)}, got {_words({name: got_fields[name] for name in wrong})}"


def _got(standing: Standing, name: str) -> Scalar:
    value: Scalar | date = getattr(standing, name)
    return value.isoformat() if isinstance(value, date) else value


def _words(fields: Expectation) -> str:
    if fields is None:
        return ABSENT
    return (
        " ".join(f"{name}={'null' if value is None else value}" for name, value in fields.items())
        or "a standing"
    )
