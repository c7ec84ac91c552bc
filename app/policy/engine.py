"""The engine 计算引擎: records in, standings out.

What a caller writes::

    pack = load_pack("p0-village-leader")                      # app.policy.loader, cached
    history = History(posts=(…), check_ins=(…), diaries=(…))    # app.policy.records
    period = periods.parse("2026-Q4")                           # or periods.containing("quarter", day)
    standing = evaluate(pack, "R01", history, period, at=now)   # Standing, or None

* ``at`` (aware) is the moment of asking: records received after it do not exist yet. ``on`` is
  the civil day the answer is for, by default the day of ``at``; for ``?on=DATE`` pass at=now,
  on=DATE, so that a record of that day counts although it arrived later.
* None = the person has no posting of the rule's kinds that touches the period: nothing is owed.
* ``settings`` are overrides (an adoption's, a case's) over the pack's and the defaults;
  ``effective_from`` replaces the rule's first date (for example the day of adoption).
* Errors: `UnknownRule`, `PeriodMismatch`, `BadSetting`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.policy.interpretation import Interpretation, interpret
from app.policy.metrics import Ask, Tally, tally
from app.policy.pack import Pack, Rule, SettingValue
from app.policy.periods import Period, civil_day, containing
from app.policy.records import History, Post
from app.policy.sentences import Facts, why
from app.policy.standing import Clause, Standing, State

_STANDING_UNITS = {"coverage_ratio": "households"}


class PeriodMismatch(ValueError):
    """The period has another length than the rule asks for."""


@dataclass(frozen=True, slots=True)
class _Span:
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class _Owed:
    """What is owed: the threshold, the days it is owed for, and why it is not assessed, if so."""

    need: int | None
    full_need: int | None
    days: int
    not_assessed: str | None


@dataclass(frozen=True, slots=True)
class _Pace:
    """Where the person stands and what is left; ``can_miss`` in days, None where days do not bind."""

    state: State
    remaining: int | None
    days_left: int
    can_miss: int | None


def evaluate(
    pack: Pack,
    rule_id: str,
    history: History,
    period: Period,
    at: datetime,
    *,
    on: date | None = None,
    settings: Mapping[str, SettingValue] | None = None,
    effective_from: date | None = None,
) -> Standing | None:
    """The standing of one person under one rule in one period; None when no posting touches it."""
    rule, day = pack.rule(rule_id), on or civil_day(at)
    if rule.per == period.length and rule.per in ("standing", "once"):
        period = containing(rule.per, day)
    posts = tuple(post for post in history.posts if post.kind in rule.posts)
    posted = _posted(posts, period.first, period.last)
    if not posted:
        return None
    if rule.per != period.length:
        raise PeriodMismatch(f"rule {rule.id} is per {rule.per}; {period.key} is a {period.length}")
    reading = interpret(pack.settings, settings or {})
    begins = effective_from or rule.effective_from
    first = period.first
    if first < begins and reading.values["first_assessed_period"] == "prorate":
        since = _posted(posts, begins, period.last)
        first, posted = (begins, since) if since else (first, posted)
    ask = Ask(rule, first, period.last, day, at, _due(rule, period, reading), posts, reading)
    found = tally(history, ask)
    owed = _owed(rule, period, posted, found, reading, begins if begins > first else None)
    return _standing(pack, period, history, ask, found, owed, posted, begins)


def _posted(posts: tuple[Post, ...], first: date, last: date) -> list[_Span]:
    """The posted days inside the window as merged spans, in order."""
    cut = sorted((max(post.first, first), min(post.last or last, last)) for post in posts)
    spans: list[_Span] = []
    for begin, end in cut:
        if begin > end:
            continue
        if spans and begin <= spans[-1].last + timedelta(days=1):
            spans[-1] = _Span(spans[-1].first, max(spans[-1].last, end))
        else:
            spans.append(_Span(begin, end))
    return spans


def _due(rule: Rule, period: Period, reading: Interpretation) -> date | None:
    """The last day on which the rule can be fulfilled; None = a standing rule without a due day."""
    if rule.due is not None:
        return rule.due.on
    if rule.per in ("standing", "once"):
        return None
    grace = reading.whole("grace_days") if rule.metric == "diaries" else 0
    return period.last + timedelta(days=grace)


def _owed(
    rule: Rule,
    period: Period,
    posted: list[_Span],
    found: Tally,
    reading: Interpretation,
    begins_after: date | None,
) -> _Owed:
    """The threshold after proration (M10), and the reasons not to assess (M31, M51)."""
    value = rule.value_on(period.first).value
    days = sum(span.days for span in posted)
    if value is None:
        return _Owed(None, None, days, "no_value")
    full = value if found.total is None else _ceil(value * found.total, 100)
    need = _ceil(full * days, period.days) if rule.prorate == "posting" else full
    reason = None
    if begins_after is not None:
        reason = "begins_inside"
    elif found.total == 0:
        reason = "no_household"
    elif rule.prorate == "half_period":
        least = reading.whole("half_period_percent")
        reason = "short_posting" if 100 * days < least * period.days else None
    return _Owed(need, full, days, reason)


def _ceil(a: int, b: int) -> int:
    return -(-a // b)


def _state(ask: Ask, found: Tally, owed: _Owed, days_left: int, end: date) -> State:
    if owed.not_assessed is not None or owed.need is None:
        return "not_assessed"
    short = owed.need - found.have
    if short <= 0:
        return "met"
    if ask.due is None or ask.on > ask.due:
        return "late" if found.late >= short else "not_met"
    if _once_a_day(ask):
        if short > days_left:
            return "unreachable"
        return (
            "at_risk"
            if 100 * short > ask.reading.whole("at_risk_percent") * days_left
            else "on_track"
        )
    last_days = timedelta(days=ask.reading.whole("at_risk_last_days"))
    return "at_risk" if end - ask.on < last_days else "on_track"


def _once_a_day(ask: Ask) -> bool:
    """True for metrics that grow at most once a day: only they can become unreachable."""
    if ask.rule.metric == "checkin_count":
        return ask.reading.limit("max_counted_per_day") == 1
    return ask.rule.metric == "stay_days"


def _days_left(ask: Ask, posted: list[_Span], found: Tally) -> tuple[int, date]:
    """Days still to use and the last of them.

    Posted days after ``on``, plus ``on`` itself if nothing is counted on it yet. A standing rule
    has the days until it is due.
    """
    if ask.rule.per in ("standing", "once") and ask.due is not None:
        posted = _posted(ask.posts, ask.on, ask.due)
    left = sum(
        (s.last - max(s.first - timedelta(days=1), ask.on)).days for s in posted if s.last > ask.on
    )
    today = any(s.first <= ask.on <= s.last for s in posted)
    if today and all(counted.day != ask.on for counted in found.counted):
        left += 1
    return left, posted[-1].last if posted else ask.on


def _pace(ask: Ask, found: Tally, owed: _Owed, posted: list[_Span]) -> _Pace:
    days_left, end = _days_left(ask, posted, found)
    remaining = None if owed.need is None else max(0, owed.need - found.have)
    can_miss = max(0, days_left - (remaining or 0)) if _once_a_day(ask) else None
    return _Pace(_state(ask, found, owed, days_left, end), remaining, days_left, can_miss)


def _standing(
    pack: Pack,
    period: Period,
    history: History,
    ask: Ask,
    found: Tally,
    owed: _Owed,
    posted: list[_Span],
    begins: date,
) -> Standing:
    rule, value = ask.rule, ask.rule.value_on(period.first)
    pace = _pace(ask, found, owed, posted)
    base = owed.need if found.total is None else found.total
    return Standing(
        rule=rule.id,
        pack=pack.id,
        version=pack.version,
        title=rule.title,
        period=period,
        have=found.have,
        need=owed.need,
        full_need=owed.full_need,
        unit=_STANDING_UNITS.get(rule.metric, value.unit),
        state=pace.state,
        clause=Clause(pack.title, value.clause),
        remaining=pace.remaining,
        days_left=pace.days_left,
        can_miss=pace.can_miss,
        why=why(_facts(period, history, ask, found, owed, pace, begins)),
        counted=found.counted,
        not_counted=found.not_counted,
        settings=ask.reading.touching(rule.metric),
        due=ask.due,
        percent=1000 * found.have // base / 10 if base else None,
    )


def _facts(
    period: Period,
    history: History,
    ask: Ask,
    found: Tally,
    owed: _Owed,
    pace: _Pace,
    begins: date,
) -> Facts:
    """What the sentence may mention."""
    return Facts(
        metric=ask.rule.metric,
        covers=ask.rule.covers[0] if ask.rule.covers else None,
        period=period,
        state=pace.state,
        running=ask.due is not None and ask.on <= ask.due,
        have=found.have,
        need=owed.need,
        full_need=owed.full_need,
        total=found.total,
        late=found.late,
        owed_days=owed.days,
        days_left=pace.days_left,
        can_miss=pace.can_miss,
        not_assessed=owed.not_assessed,
        begins=begins,
        leave_days=_leave_days(history, ask),
    )


def _leave_days(history: History, ask: Ask) -> int:
    """Civil days of approved leave in the window, shown only (M11)."""
    spans = tuple(
        Post("", "", leave.first, leave.last)
        for leave in history.leaves
        if leave.state == "approved"
    )
    return sum(span.days for span in _posted(spans, ask.first, ask.last))
