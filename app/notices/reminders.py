"""Which reminder a standing is worth on a day. Pure: the calendar of ``reminders.yaml`` as code.

A reminder is never typed by anybody and never ranks: it follows from one standing, the day, and
the line of the calendar that fits. Met, excused and not assessed standings are left in peace;
what can no longer be reached is said once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from app.policy.calendar import Calendar, CalendarMissing
from app.policy.pack import METRICS, Rule
from app.policy.periods import LENGTHS
from app.policy.standing import Standing

Word = Literal["due", "unsubmitted", "pace", "unreachable", "visit_day"]
WORDS: tuple[Word, ...] = get_args(Word)
RestDays = Literal["public_holiday", "rest_day"]
FILE = Path(__file__).with_name("reminders.yaml")
ONCE = "once"
#: more than a due day ever moves over holidays (M21)
ROLLED = timedelta(days=20)
AFTER_DUE = "after_due"
#: thresholds, each with the first day on which it has come; a standing without a due day has none
_FORMS: dict[str, Callable[[Standing, int], date | None]] = {
    "from_day": lambda standing, n: standing.period.first + timedelta(days=n - 1),
    "after_end": lambda standing, n: standing.period.last + timedelta(days=n),
    "days_before": lambda standing, n: standing.due and standing.due - timedelta(days=n),
}


class BadReminders(ValueError):
    """The calendar's file does not say what it must."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A standing and who owes it: the person themselves, or an organisation they act for.

    ``subject`` is the organisation's id or code (empty: the person), ``unit`` where it is owed,
    ``workdays`` the calendar that holds there.
    """

    rule: Rule
    standing: Standing
    unit: str
    workdays: Calendar
    subject: str = ""
    subject_name: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the calendar; empty ``per`` and ``metrics`` fit everything."""

    kind: Word
    source: str
    per: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    info: bool = False
    closes: Literal["inside", "later"] | None = None
    thresholds: tuple[tuple[str, int], ...] = ()
    after_due: int | None = None
    exact: bool = False
    not_on: RestDays | None = None

    def fits(self, rule: Rule) -> bool:
        """Whether this line speaks of such a rule at all."""
        return (
            self.info == rule.info
            and (not self.per or rule.per in self.per)
            and (not self.metrics or rule.metric in self.metrics)
            and (self.closes is None or (self.closes == "later") == _closes_later(rule))
        )

    def reached(self, standing: Standing, on: date) -> str | None:
        """The threshold that has come last; None while none has."""
        if self.kind == "unreachable":
            return ONCE
        if self.after_due is not None:
            late = (on - standing.due).days if standing.due else 0
            return AFTER_DUE if 0 < late <= self.after_due else None
        begun = [
            (first, f"{form}-{number}")
            for form, number in self.thresholds
            if (first := _FORMS[form](standing, number)) is not None
            and (first == on if self.exact else first <= on)
        ]
        return max(begun)[1] if begun else None

    def speaks_of(self, standing: Standing, on: date) -> bool:
        """Whether the standing is in a state for this line."""
        open_still = standing.due is not None and on <= standing.due
        match self.kind:
            case "unreachable":
                return standing.state == "unreachable"
            case "visit_day":
                return standing.have == 0
            case "pace":
                return open_still and _behind(standing)
            case _ if self.after_due is not None:
                return standing.state == "not_met"
            case _:
                return open_still and standing.state in ("on_track", "at_risk")


@dataclass(frozen=True, slots=True)
class Reminder:
    """What one person is to be told about one standing, and under which key it was said."""

    kind: Word
    threshold: str
    owed: Owed
    not_on: RestDays | None = None

    @property
    def key(self) -> tuple[str, str, str, str, str, str]:
        """Subject, pack, rule, period, kind, threshold: the same is never said twice."""
        standing = self.owed.standing
        place = (self.owed.subject, standing.pack, standing.rule, standing.period.key)
        return (*place, self.kind, self.threshold)

    def rests(self, on: date) -> bool:
        """Whether the day is one on which this is not said.

        Of a year that has no calendar yet no holiday is known, so that the reminder is given.
        """
        calendar = self.owed.workdays
        if self.not_on == "public_holiday":
            return calendar.years.get(on.year, {}).get(on, False)
        if self.not_on == "rest_day":
            try:
                return not calendar.is_working(on)
            except CalendarMissing:
                return False
        return False


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole calendar."""

    lines: tuple[Line, ...]
    kept_days: int

    def reminder(self, owed: Owed, on: date) -> Reminder | None:
        """The one reminder that a standing is worth on this day; None = nothing to say."""
        standing = owed.standing
        if standing.state in ("met", "excused", "late") or standing.advisory:
            return None
        if standing.state == "not_assessed" and not owed.rule.info:
            return None
        for line in self.lines:
            if line.fits(owed.rule) and line.speaks_of(standing, on):
                threshold = line.reached(standing, on)
                if threshold is not None:
                    told = Reminder(line.kind, threshold, owed, line.not_on)
                    return None if told.rests(on) else told
        return None

    def looks_back(self, rule: Rule, last: date, on: date) -> bool:
        """Whether a period that ended on ``last`` may still be spoken of: only to save work."""
        lines = [line for line in self.lines if line.fits(rule)]
        later = rule.due.day if rule.due is not None and _closes_later(rule) else 0
        after = max((line.after_due or 0 for line in lines), default=0)
        if not later and not after:
            return False
        return on <= last + timedelta(days=later + after) + ROLLED

    def reminders(self, owed: Iterable[Owed], on: date) -> list[Reminder]:
        """Those of several standings, what is due first on top."""
        found = [told for each in owed if (told := self.reminder(each, on)) is not None]
        return sorted(found, key=lambda told: (told.owed.standing.due or date.max, told.key))


def _closes_later(rule: Rule) -> bool:
    return rule.due is not None and rule.due.form == "after_end" and rule.due.day > 0


def _behind(standing: Standing) -> bool:
    """At risk, or more is left to do than there are days."""
    more = standing.remaining is not None and standing.remaining > standing.days_left
    return standing.state == "at_risk" or (standing.state == "on_track" and more)


@cache
def shipped() -> Plan:
    """The calendar that comes with this version; raises `BadReminders`."""
    return read(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def read(told: Any) -> Plan:
    """A calendar from its YAML; raises `BadReminders` naming the line."""
    try:
        lines = tuple(_line(number, line) for number, line in enumerate(told["reminders"], 1))
        kept_days = told["kept_days"]
    except (KeyError, TypeError) as error:
        raise BadReminders(f"{FILE.name}: needs reminders and kept_days ({error})") from error
    if not isinstance(kept_days, int) or kept_days < 1:
        raise BadReminders(f"{FILE.name}: kept_days is a whole number from 1")
    return Plan(lines, kept_days)


def _line(number: int, told: Mapping[str, Any]) -> Line:
    words = dict(told)
    where = f"{FILE.name}: reminder {number}"
    thresholds = tuple((form, n) for form in _FORMS for n in _numbers(where, words.pop(form, [])))
    after_due = _numbers(where, words.pop("after_due", []))
    per, metrics = tuple(words.pop("per", ())), tuple(words.pop("metrics", ()))
    try:
        line = Line(
            per=per,
            metrics=metrics,
            thresholds=thresholds,
            after_due=after_due[0] if after_due else None,
            **words,
        )
    except TypeError as error:
        raise BadReminders(f"{where}: {error}") from error
    strange = (set(per) - set(LENGTHS)) | (set(metrics) - set(METRICS)) | ({line.kind} - set(WORDS))
    if strange:
        raise BadReminders(f"{where}: unknown word {', '.join(sorted(map(str, strange)))}")
    if line.not_on not in (None, *get_args(RestDays)) or line.closes not in (
        None,
        "inside",
        "later",
    ):
        raise BadReminders(f"{where}: not_on or closes has an unknown word")
    if line.kind != "unreachable" and not thresholds and after_due == []:
        raise BadReminders(f"{where}: says no day")
    return line


def _numbers(where: str, told: object) -> list[int]:
    if isinstance(told, list) and all(type(n) is int and n >= 1 for n in told):
        return told
    raise BadReminders(f"{where}: days are lists of whole numbers from 1")
