"""The engine 计算引擎: records in, standings out.

What a caller writes::

    pack = load_pack("p0-village-leader")                      # app.policy.loader, cached
    history = History(posts=(…), check_ins=(…), diaries=(…))    # app.policy.records
    period = periods.parse("2026-Q4")                           # or periods.containing("quarter", day)
    standing = evaluate(pack, "R01", history, period, at=now)   # Standing, or None

* ``at`` (aware) is the moment of asking: records received after it do not exist yet. ``on`` is
  the civil day the answer is for, by default the day of ``at``; for ``?on=DATE`` pass at=now,
  on=DATE, so that a record of that day counts although it arrived later.
* None = no posting of the rule's kinds touches the period: nothing is owed.
* ``settings`` are overrides (an adoption's, a case's) over the pack's and the defaults, and the
  pack's parameters; ``effective_from`` replaces the rule's first date (for example the day of
  adoption).
* ``subject`` names the organisation; rules with ``each_village`` are asked once per village, with
  the posts of that village alone.
* ``assume_days``: as if these days were spent in the village 如果; nothing is stored.
* Errors: `UnknownRule`, `PeriodMismatch`, `BadSetting`.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from app.policy.calendar import CalendarMissing
from app.policy.deadlines import due_day, literal_day
from app.policy.interpretation import Interpretation, interpret, split
from app.policy.metrics import tally
from app.policy.metrics.asking import Ask, Tally
from app.policy.owed import Owed, Stretch, bound, owed, stretches
from app.policy.pace import Pace, pace
from app.policy.pack import Pack, ParameterValue, Rule, SettingValue
from app.policy.periods import Period, civil_day, containing
from app.policy.records import History, Leave
from app.policy.sentences import Facts, why
from app.policy.standing import Clause, Standing, Subject

_STANDING_UNITS = {"coverage_ratio": "households", "activation_ratio": "people"}


class PeriodMismatch(ValueError):
    """The period has another length than the rule asks for."""


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
    subject: Subject | None = None,
    assume_days: Collection[date] = (),
) -> Standing | None:
    """The standing of one person or organisation under one rule in one period, or None."""
    rule, day = pack.rule(rule_id), on or civil_day(at)
    if rule.per == period.length and rule.per in ("standing", "once"):
        period = containing(rule.per, day)
    given, parameters = split(pack, settings or {})
    only_in = parameters.get(rule.only_in) if rule.only_in else None
    posts = bound(rule, history.posts, only_in)
    posted = stretches(posts, period.first, period.last)
    if not posted:
        return None
    if rule.per != period.length:
        raise PeriodMismatch(
            f"规则 {rule.id} 按 `{rule.per}` 计，{period.key} 却是 `{period.length}`"
        )
    reading = interpret(pack.settings, given)
    begins = effective_from or rule.effective_from
    first = period.first
    if first < begins and reading.values["first_assessed_period"] == "prorate":
        since = stretches(posts, begins, period.last)
        first, posted = (begins, since) if since else (first, posted)
    due, calendar_missing = _due(rule, period, reading, history)
    ask = Ask(
        rule,
        rule.value_on(period.first),
        period,
        first,
        period.last,
        day,
        at,
        due,
        posts,
        reading,
        history.workdays,
        parameters,
        assume_days,
    )
    found = tally(history, ask)
    reason = _not_assessed(ask, begins > first, calendar_missing)
    stands = owed(ask, history, posted, found, reason)
    return _standing(pack, history, ask, found, stands, posted, begins, subject)


def _due(
    rule: Rule, period: Period, reading: Interpretation, history: History
) -> tuple[date | None, bool]:
    """The due day, and whether it could not roll for want of a calendar."""
    try:
        return due_day(rule, period, reading, history.workdays), False
    except CalendarMissing:
        return literal_day(rule.due, period, reading) if rule.due else None, True


def _not_assessed(ask: Ask, begins_inside: bool, calendar_missing: bool) -> str | None:
    """The reasons that follow from the rule, the period and the adoption alone (M31, M32, M51)."""
    if ask.rule.info:
        return "information"
    if begins_inside:
        return "begins_inside"
    if ask.rule.only_in and ask.parameters.get(ask.rule.only_in) is None:
        return "missing_parameter"
    return "calendar_missing" if calendar_missing else None


def _standing(
    pack: Pack,
    history: History,
    ask: Ask,
    found: Tally,
    stands: Owed,
    posted: list[Stretch],
    begins: date,
    subject: Subject | None,
) -> Standing:
    rule, value = ask.rule, ask.value
    if found.due is not None:
        ask = ask.with_due(found.due)
    going = pace(ask, found, stands, posted)
    base = stands.need if found.total is None else found.total
    units = {post.unit for post in ask.posts}
    return Standing(
        rule=rule.id,
        pack=pack.id,
        version=pack.version,
        title=rule.title,
        period=ask.period,
        have=stands.have,
        need=stands.need,
        full_need=stands.full_need,
        unit=_STANDING_UNITS.get(rule.metric, value.unit),
        state=going.state,
        clause=Clause(pack.title, value.clause),
        remaining=going.remaining,
        days_left=going.days_left,
        can_miss=going.can_miss,
        why=why(_facts(history, ask, found, stands, going, begins)),
        counted=found.counted,
        not_counted=found.not_counted,
        settings={**ask.reading.touching(rule.metric), **_asked_parameters(ask)},
        due=ask.due,
        percent=1000 * stands.have // base / 10 if base else None,
        subject=subject,
        village=units.pop() if rule.each_village and len(units) == 1 else None,
        late=stands.late,
        prorated=_prorated(stands),
        change_by=going.change_by,
        at_most=stands.at_most,
        not_assessed=stands.not_assessed,
        info=rule.info,
        advisory=rule.advisory,
    )


def _prorated(stands: Owed) -> bool:
    return stands.need is not None and stands.need != stands.full_need


def _asked_parameters(ask: Ask) -> dict[str, SettingValue]:
    """The blanks of the document that this rule needs, with what the adoption gave."""
    names = (ask.rule.reports_from, ask.rule.only_in, ask.value.parameter)
    return {name: _told(ask.parameters.get(name)) for name in names if name}


def _told(value: ParameterValue) -> SettingValue:
    return ", ".join(value) if isinstance(value, tuple) else value


def _facts(
    history: History, ask: Ask, found: Tally, stands: Owed, going: Pace, begins: date
) -> Facts:
    """What the sentence may mention."""
    away = _away(history, ask)
    return Facts(
        rule=ask.rule,
        value=ask.value,
        period=ask.period,
        state=going.state,
        running=ask.due is not None and ask.on <= ask.due,
        have=stands.have,
        need=stands.need,
        full_need=stands.full_need,
        at_most=stands.at_most,
        total=found.total,
        late=stands.late,
        workdays=stands.workdays,
        posted_days=stands.days,
        days_left=going.days_left,
        can_miss=going.can_miss,
        due=ask.due,
        not_assessed=stands.not_assessed,
        begins=begins,
        leave_days=sum(stretch.days for stretch in stretches(away, ask.first, ask.last)),
        leave_kinds=tuple(sorted({leave.kind for leave in away})),
        deducted=ask.reading.values["leave"] == "deduct_workdays",
        assumed=sum(counted.assumed for counted in found.counted),
        note=found.note,
        reported=bool(found.counted),
    )


def _away(history: History, ask: Ask) -> list[Leave]:
    """Approved leaves, trips and trainings that touch the window (M11)."""
    return [
        leave
        for leave in history.leaves
        if leave.state == "approved" and leave.first <= ask.last and leave.last >= ask.first
    ]
