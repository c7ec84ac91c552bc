"""Cases 算例: sentences in YAML that say what a policy means, read, evaluated and compared."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from app.policy.engine import PeriodMismatch, evaluate
from app.policy.interpretation import BadSetting
from app.policy.pack import Pack, Rule, SettingValue, UnknownRule
from app.policy.periods import Length, Period, civil_day, parse
from app.policy.reading import Scalar
from app.policy.records import History
from app.policy.standing import Standing, State, Subject
from app.policy.vocabulary import called

ABSENT = "absent"
NUMBERS = (
    "have", "need", "full_need", "remaining", "days_left", "can_miss", "percent", "late", "at_most",
)  # fmt: skip
DAYS = ("due", "change_by")
FLAGS = ("prorated", "info", "advisory")
FIELDS = (*NUMBERS, *DAYS, *FLAGS, "state", "unit", "why")

_EXAMPLES: dict[Length, str] = {
    "week": "2026-W47",
    "month": "2026-11",
    "two_months": "2026-B6",
    "quarter": "2026-Q4",
    "half_year": "2026-H2",
    "year": "2026",
    "standing": "standing",
    "once": "once",
}
Expectation = Mapping[str, Scalar] | None
_WORST: tuple[State, ...] = (
    "not_met", "late", "unreachable", "at_risk", "on_track", "not_assessed", "excused", "met",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """One case, ready to be evaluated; an expectation of None means ``absent``.

    ``lines`` are those of the file on which each expectation stands.
    """

    file: str
    name: str
    pack: Pack
    history: History
    period: str
    at: datetime
    settings: Mapping[str, SettingValue]
    effective_from: date | None
    expect: Mapping[str, Expectation]
    lines: Mapping[str, int]
    subject: Subject | None = None
    assume_days: Collection[date] = ()


def failures(case: Case) -> list[str]:
    """One line per rule whose expectation does not hold: file and line, case, rule, expected, got."""
    found = (
        (rule_id, _compare(case, rule_id, expected)) for rule_id, expected in case.expect.items()
    )
    return [
        f"{case.file}:{case.lines[rule_id]}: {case.name}: {rule_id}: {text}"
        for rule_id, text in found
        if text
    ]


def shape(pack: Pack, rule_id: str, history: History, period: Period) -> Rule:
    """The rule under this R-number that binds the case's posts and has the period's length.

    Raises `UnknownRule`.
    """
    shapes = pack.shapes(rule_id)
    kinds = {post.kind for post in history.posts}

    def fits(rule: Rule) -> tuple[bool, bool, bool]:
        return rule.per == period.length, not kinds.isdisjoint(rule.binds), rule.id == rule_id

    return max(shapes, key=fits)


def standing_of(case: Case, rule_id: str) -> Standing | None:
    """What the engine answers; of a rule owed for each village, the village that stands worst."""
    period = parse(case.period, civil_day(case.at))
    rule = shape(case.pack, rule_id, case.history, period)
    histories = [case.history]
    units = {post.unit for post in case.history.posts}
    if rule.each_village and len(units) > 1:
        posts = case.history.posts
        histories = [
            replace(case.history, posts=tuple(post for post in posts if post.unit == unit))
            for unit in sorted(units)
        ]
    found = [
        evaluate(
            case.pack,
            rule.id,
            history,
            period,
            case.at,
            settings=case.settings,
            effective_from=case.effective_from,
            subject=case.subject,
            assume_days=case.assume_days,
        )
        for history in histories
    ]
    standings = [standing for standing in found if standing is not None]
    return min(standings, key=lambda s: _WORST.index(s.state), default=None)


def _compare(case: Case, rule_id: str, expected: Expectation) -> str | None:
    """What differs, as ``expected …, got …``; None when the expectation holds."""
    try:
        standing = standing_of(case, rule_id)
    except UnknownRule as error:
        mend = f"请从这些里选：{'、'.join(case.pack.rules)}"
        return f"expected {_words(expected)}, got no standing: {error}，{mend}"
    except PeriodMismatch as error:
        per = _rule(case, rule_id).per
        mend = f"请写 `period: {_EXAMPLES[per]}` 这样的 `{per}`"
        return f"expected {_words(expected)}, got no standing: {error}，{mend}"
    except BadSetting as error:
        return f"expected {_words(expected)}, got no standing: {error}"
    if standing is None:
        told = f"got {ABSENT}: {_unbound(case, _rule(case, rule_id))}"
        return None if expected is None else f"expected {_words(expected)}, {told}"
    if expected is None:
        return f"expected {ABSENT}, got state={standing.state} have={standing.have}"
    got_fields = {name: _got(standing, name) for name in expected}
    wrong = {name: value for name, value in expected.items() if value != got_fields[name]}
    if not wrong:
        return None
    return f"expected {_words(wrong)}, got {_words({name: got_fields[name] for name in wrong})}"


def _rule(case: Case, rule_id: str) -> Rule:
    return shape(case.pack, rule_id, case.history, parse(case.period, civil_day(case.at)))


def _unbound(case: Case, rule: Rule) -> str:
    """Why the rule asks nothing of the case's posts or organisation, and where to look."""
    binds = "、".join(called(kind) for kind in rule.binds)
    kinds = dict.fromkeys(post.kind for post in case.history.posts)
    if kinds.keys().isdisjoint(rule.binds):
        about = "、".join(called(kind) for kind in kinds)
        return f"规则 {rule.id} 由 {binds} 承担，算例写的是 {about}"
    where = "请看任职的 `from` 和 `to`，以及规则的 `unit_level` 和 `only_in`"
    return f"规则 {rule.id} 由 {binds} 承担，但 {case.period} 轮不到这一个，{where}"


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
