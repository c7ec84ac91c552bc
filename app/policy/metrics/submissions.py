"""Submissions 报送: plans, reports, summaries, ledgers and circulars, each for a period."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.policy import vocabulary
from app.policy.calendar import CalendarMissing
from app.policy.metrics.asking import (
    Ask,
    Tally,
    by_day,
    decided,
    effective,
    elsewhere,
    known,
    refusal,
    refused,
    refused_late,
)
from app.policy.periods import civil_day
from app.policy.records import History, Submission
from app.policy.standing import NotCounted

_UNDONE = {"draft": "draft", "returned": "returned", "withdrawn": "withdrawn"}


@dataclass(frozen=True, slots=True)
class _Handed:
    """What was handed in for the period, on its effective day."""

    submission: Submission
    day: date


def submissions(history: History, ask: Ask) -> Tally:
    """What was handed in for this period on time (M13, M20, M21); later ones are late."""
    not_counted: list[NotCounted] = []
    handed = list(_handed_in(history, ask, not_counted))
    if ask.rule.each_event is not None:
        return _each_event(history, ask, handed, not_counted)
    on_time, late = list[_Handed](), list[_Handed]()
    for one in handed:
        if ask.due is None or one.day <= ask.due:
            on_time.append(one)
        else:
            late.append(one)
            not_counted.append(refused_late(one.submission.id, one.day, ask.due, one.day))
    days: dict[date, list[str]] = {}
    for one in on_time:
        days.setdefault(one.day, []).append(one.submission.id)
    counted = by_day(days)
    if ask.rule.every_kind:
        return Tally(
            len(on_time),
            counted,
            tuple(not_counted),
            len(late),
            parts=_per_kind(ask, on_time),
            late_parts=_per_kind(ask, late),
        )
    if ask.rule.distinct_village:
        villages = {h.submission.village for h in on_time}
        more = {h.submission.village for h in late} - villages
        return Tally(len(villages), counted, tuple(not_counted), len(more))
    return Tally(len(on_time), counted, tuple(not_counted), len(late))


def _per_kind(ask: Ask, handed: Iterable[_Handed]) -> dict[str, int]:
    found = dict.fromkeys(ask.rule.counts, 0)
    for one in handed:
        found[one.submission.kind] += 1
    return found


def _handed_in(history: History, ask: Ask, not_counted: list[NotCounted]) -> Iterable[_Handed]:
    """The submissions for this period that are in; the others are refused with their reason."""
    for submission, moment in _latest_versions(history, ask):
        day = civil_day(moment)
        code = _UNDONE.get(submission.state) or _misplaced(submission, ask)
        if code is None and day > ask.on:
            code = "future"
        if code is None and not _accepted(submission, ask):
            code = "not_accepted"
        if code is None:
            yield _Handed(submission, day)
        else:
            not_counted.append(refused(submission.id, day, code))


def _misplaced(submission: Submission, ask: Ask) -> str | None:
    """Where the village matters: it is none of the subject's, or is not told."""
    village = submission.village
    if ask.rule.distinct_village and village is None:
        return "no_place"
    if ask.rule.each_village and village is not None:
        return None if any(post.takes_in(village) for post in ask.posts) else "other_village"
    return None


def _accepted(submission: Submission, ask: Ask) -> bool:
    term = vocabulary.submissions().get(submission.kind)
    if term is None or not term.accepted:
        return True
    day = submission.accepted_on
    return submission.state == "accepted" and (day is None or day <= ask.on)


def _latest_versions(history: History, ask: Ask) -> list[tuple[Submission, datetime]]:
    """Each submission of the rule's kinds once: its last known version, with its effective time.

    A version that was handed in lends its time to what replaces it; a draft was not handed in,
    and with ``after_return`` new_time neither was what came back.
    """
    kinds, key = ask.rule.counts, ask.period.key
    all_known = {s.id: s for s in known(history.submissions, ask.at)}
    replaced = {s.replaces for s in all_known.values()}
    anew = ask.reading.values["after_return"] == "new_time"
    any_period = ask.period.length in ("standing", "once")
    found: list[tuple[Submission, datetime]] = []
    for submission in all_known.values():
        about = any_period or submission.for_period == key
        if submission.id in replaced or submission.kind not in kinds or not about:
            continue
        moment = effective(submission.written_at, submission.received_at, ask)
        version, seen = submission, {submission.id}
        while version.replaces in all_known and version.replaces not in seen:
            version = all_known[version.replaces]
            seen.add(version.id)
            if version.state == "returned" and anew:
                break
            fits = any_period or version.for_period == key
            if (
                fits
                and version.kind == submission.kind
                and version.state not in ("draft", "withdrawn")
            ):
                moment = min(moment, effective(version.written_at, version.received_at, ask))
        found.append((submission, moment))
    return sorted(found, key=lambda pair: (pair[1], pair[0].id))


@dataclass(slots=True)
class _Event:
    """Something of the period that asks for its own entry."""

    ids: set[str]
    day: date
    due: date
    answer: _Handed | None = None

    @property
    def on_time(self) -> bool:
        return self.answer is not None and self.answer.day <= self.due


def _each_event(
    history: History, ask: Ask, handed: list[_Handed], not_counted: list[NotCounted]
) -> Tally:
    """Each event of the period answered by an entry of its own, within its days (M23)."""
    try:
        events = _events(history, ask)
    except CalendarMissing:
        return Tally(0, (), tuple(not_counted), not_assessed="calendar_missing")
    free = [h for h in handed if not _answer_named(h, events)]
    free = [h for h in free if not _answer_first(h, events, in_time=True)]
    free = [h for h in free if not _answer_first(h, events, in_time=False)]
    not_counted.extend(refused(h.submission.id, h.day, "no_event") for h in free)
    days: dict[date, list[str]] = {}
    for event in events:
        if event.answer is None:
            code = "event_open" if ask.on <= event.due else "event_unanswered"
            not_counted.append(refused(min(event.ids), event.day, code))
        elif event.on_time:
            days.setdefault(event.answer.day, []).append(event.answer.submission.id)
        else:
            answer = event.answer
            late = refused_late(answer.submission.id, answer.day, event.due, answer.day)
            not_counted.append(late)
    lost = sum(not event.on_time and event.due < ask.on for event in events)
    return Tally(
        sum(event.on_time for event in events),
        by_day(days),
        tuple(not_counted),
        late=sum(event.answer is not None and not event.on_time for event in events),
        asked=len(events),
        due=max((event.due for event in events), default=None),
        not_assessed=None if events else "no_event",
        note=f"其中{lost}项已过期限" if lost else "",
        lost=lost,
    )


def _events(history: History, ask: Ask) -> list[_Event]:
    """Activities of the kind in the period; a day with check-ins alone is a visit too."""
    after = ask.rule.due.day if ask.rule.due else 0
    found: list[_Event] = []
    for activity in sorted(known(history.activities, ask.at), key=lambda a: (a.day, a.id)):
        inside = ask.first <= activity.day <= ask.last and activity.day <= ask.on
        wanted = activity.kind == ask.rule.each_event and decided(activity.state) is None
        if inside and wanted and elsewhere(activity.day, activity.village, ask) is None:
            due = ask.roll(activity.day + timedelta(days=after))
            found.append(_Event({activity.id}, activity.day, due))
    told = {event.day for event in found}
    days: dict[date, set[str]] = {}
    for check_in in known(history.check_ins, ask.at):
        inside = ask.first <= check_in.day <= ask.last and check_in.day not in told
        if inside and refusal(check_in, ask) is None:
            days.setdefault(check_in.day, set()).add(check_in.id)
    for day, ids in days.items():
        found.append(_Event(ids, day, ask.roll(day + timedelta(days=after))))
    return sorted(found, key=lambda event: (event.day, min(event.ids)))


def _answer_named(handed: _Handed, events: list[_Event]) -> bool:
    for event in events:
        if handed.submission.event in event.ids and event.answer is None:
            event.answer = handed
            return True
    return False


def _answer_first(handed: _Handed, events: list[_Event], *, in_time: bool) -> bool:
    """The earliest open event this entry can answer; nothing is entered before it happened."""
    if handed.submission.event is not None:
        return False
    for event in sorted(events, key=lambda e: e.due):
        fits = event.day <= handed.day and (not in_time or handed.day <= event.due)
        if event.answer is None and fits:
            event.answer = handed
            return True
    return False
