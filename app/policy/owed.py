"""What is owed 要求: the threshold after proration, and the reasons not to assess."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from app.policy.calendar import CalendarMissing
from app.policy.metrics.asking import Ask, Tally
from app.policy.pack import DatedValue, ParameterValue, Rule
from app.policy.records import History, Leave, Post

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Posted days from ``first`` to ``last``, both inclusive."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """Calendar days."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Owed:
    """The threshold and what stands against it.

    ``days`` are the posted days; ``workdays`` those that are working days, for two-thirds rules.
    ``not_assessed`` is a key of the sentences; ``excused``: nothing is owed.
    """

    have: int
    late: int
    need: int | None
    full_need: int | None
    at_most: int | None
    days: int
    not_assessed: str | None
    workdays: int | None = None
    excused: bool = False


def stretches(posts: Iterable[Post | Leave], first: date, last: date) -> list[Stretch]:
    """The posted days inside the window as merged stretches, in order."""
    cut = sorted((max(post.first, first), min(post.last or last, last)) for post in posts)
    found: list[Stretch] = []
    for begin, end in cut:
        if begin > end:
            continue
        if found and begin <= found[-1].last + _DAY:
            found[-1] = Stretch(found[-1].first, max(found[-1].last, end))
        else:
            found.append(Stretch(begin, end))
    return found


def bound(rule: Rule, posts: Iterable[Post], among: ParameterValue | None) -> tuple[Post, ...]:
    """The posts the rule binds: by kind, by the level of their unit, by the villages it names."""
    return tuple(
        post
        for post in posts
        if post.kind in rule.binds
        and (rule.unit_level is None or _level(post.unit) in (rule.unit_level, None))
        and (not isinstance(among, tuple) or post.unit in among)
    )


_LEVELS = {2: "province", 4: "city", 6: "county", 9: "township", 12: "village"}


def _level(unit: str) -> str | None:
    """The level of a division code; None for anything else."""
    return _LEVELS.get(len(unit)) if unit.isdigit() else None


def owed(
    ask: Ask, history: History, posted: list[Stretch], found: Tally, reason: str | None
) -> Owed:
    """The threshold after proration (M10, M11); ``reason``: why it is not assessed, if known."""
    days = sum(stretch.days for stretch in posted)
    at_most = ask.value.at_most
    value = threshold(ask.value, ask.parameters)
    if ask.rule.metric == "workday_ratio" and value is not None:
        return _of_workdays(ask, history, posted, found, reason, value)
    if value is None:
        missing = "missing_parameter" if ask.value.parameter else "no_value"
        return Owed(found.have, found.late, None, None, at_most, days, reason or missing)
    have, late = found.have, found.late
    full = value if found.total is None else _ceil(value * found.total, 100)
    full = full if found.asked is None else found.asked
    need = _ceil(full * days, ask.period.days) if ask.rule.prorate == "posting" else full
    if found.parts is not None:
        if ask.rule.every_kind:
            have, late = _kinds_done(found, need)
            full = need = len(found.parts)
        else:
            have = sum(min(number, need) for number in found.parts.values())
            full, need = full * len(found.parts), need * len(found.parts)
    reason = reason or found.not_assessed or _too_short(ask, days, posted)
    return Owed(have, late, need, full, at_most, days, reason)


def threshold(value: DatedValue, parameters: object) -> int | None:
    """The number of the document, or the one the adoption gave for its blank."""
    if value.parameter is None:
        return 1 if value.figures else value.value
    given = parameters.get(value.parameter) if isinstance(parameters, dict) else None
    return given if isinstance(given, int) else None


def _kinds_done(found: Tally, each: int) -> tuple[int, int]:
    """Kinds handed in as often as asked, and those that are so only with the late ones."""
    parts, late = found.parts or {}, found.late_parts or {}
    done = {kind for kind, number in parts.items() if number >= each}
    at_last = {kind for kind, number in parts.items() if number + late.get(kind, 0) >= each}
    return len(done), len(at_last - done)


def _too_short(ask: Ask, days: int, posted: list[Stretch]) -> str | None:
    due = ask.due if ask.rule.due is not None else None
    if ask.rule.metric == "submissions" and due is not None:
        if due < posted[0].first:
            return "due_before_posting"
        if posted[-1].last < min(due, ask.period.last):
            return "due_after_posting"
    if ask.rule.prorate == "half_period":
        least = ask.reading.whole("half_period_percent")
        return "short_posting" if 100 * days < least * ask.period.days else None
    return None


def _of_workdays(
    ask: Ask,
    history: History,
    posted: list[Stretch],
    found: Tally,
    reason: str | None,
    value: int,
) -> Owed:
    """ceil(value · W ÷ of) over the working days W inside the posting (M7, M8), whole numbers only.

    With ``deduct_workdays`` the working days of approved leave are taken off W; the full need is
    that of the undivided period without leave.
    """
    of, days = ask.value.of or 1, sum(stretch.days for stretch in posted)
    try:
        whole = ask.calendar.working_days(ask.period.first, ask.period.last)
        workdays = sum(ask.calendar.working_days(s.first, s.last) for s in posted)
        if ask.reading.values["leave"] == "deduct_workdays":
            workdays -= _leave_workdays(ask, history, posted)
    except CalendarMissing:
        return Owed(found.have, 0, None, None, None, days, reason or "calendar_missing")
    return Owed(
        found.have,
        0,
        _ceil(value * workdays, of),
        _ceil(value * whole, of),
        None,
        days,
        reason or found.not_assessed,
        workdays,
        excused=workdays == 0,
    )


def _leave_workdays(ask: Ask, history: History, posted: list[Stretch]) -> int:
    approved = [leave for leave in history.leaves if leave.state == "approved"]
    return sum(
        ask.calendar.working_days(leave.first, leave.last)
        for stretch in posted
        for leave in stretches(approved, stretch.first, stretch.last)
    )


def _ceil(a: int, b: int) -> int:
    return -(-a // b)
