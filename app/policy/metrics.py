"""What counts 计入 and what does not 不计入: one function per metric, each answering with a `Tally`.

Nothing here knows the threshold; the engine compares. Reason codes and their sentences are in
`sentences.REASONS`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol, TypeVar

from app.policy.interpretation import Interpretation
from app.policy.pack import Metric, Rule
from app.policy.periods import civil_day
from app.policy.records import CheckIn, Diary, History, Household, Post
from app.policy.sentences import REASONS
from app.policy.standing import CountedDay, NotCounted


@dataclass(frozen=True, slots=True)
class Ask:
    """What a metric is asked: the rule, the window of days, as of when, and how to read it.

    ``posts`` are the person's postings of the kinds the rule binds; ``due`` is the last day on
    which something is still on time; records received after ``at`` are not known yet.
    """

    rule: Rule
    first: date
    last: date
    on: date
    at: datetime
    due: date | None
    posts: tuple[Post, ...]
    reading: Interpretation


@dataclass(frozen=True, slots=True)
class Tally:
    """What was found: ``have`` on time, ``late`` after the due day, ``total`` households owed."""

    have: int
    counted: tuple[CountedDay, ...]
    not_counted: tuple[NotCounted, ...]
    late: int = 0
    total: int | None = None


class _Received(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def received_at(self) -> datetime: ...


_R = TypeVar("_R", bound=_Received)


def tally(history: History, ask: Ask) -> Tally:
    """What the rule's metric finds in the history."""
    return _METRICS[ask.rule.metric](history, ask)


def stay_days(history: History, ask: Ask) -> Tally:
    """Distinct civil days proved by a check-in of any kind or an approved make-up (M2, M5, M44)."""
    days: dict[date, list[CheckIn]] = {}
    refused: list[NotCounted] = []
    for check_in in sorted(_known(history.check_ins, ask.at), key=_by_time):
        if ask.first <= check_in.day <= ask.last:
            code = _refusal(check_in, ask)
            if code is None:
                days.setdefault(check_in.day, []).append(check_in)
            else:
                refused.append(_no(check_in.id, check_in.day, code))
    if ask.reading.values["stay_day"] == "two_check_ins":
        days = _long_enough(days, ask.reading.number("stay_day_hours"), refused)
    proofs = {day: [c.id for c in found] for day, found in days.items()}
    for make_up in sorted(
        {m.id: m for m in history.make_ups}.values(), key=lambda m: (m.day, m.id)
    ):
        if ask.first <= make_up.day <= ask.last:
            code = None if make_up.state == "approved" else "make_up_not_approved"
            code = code or _elsewhere(make_up.day, make_up.village, ask)
            if code is None:
                proofs.setdefault(make_up.day, []).append(make_up.id)
            else:
                refused.append(_no(make_up.id, make_up.day, code))
    return Tally(len(proofs), _by_day(proofs), tuple(refused))


def checkin_count(history: History, ask: Ask) -> Tally:
    """Presence and household check-ins, near repeats left out (M3); departures are none.

    The last counted one may lie before the period: a repeat over midnight adds nothing.
    """
    window = timedelta(minutes=ask.reading.whole("repeat_minutes"))
    most = ask.reading.limit("max_counted_per_day")
    last_counted: dict[tuple[str, str | None], datetime] = {}
    days: dict[date, list[str]] = {}
    refused: list[NotCounted] = []
    for check_in in sorted(_known(history.check_ins, ask.at), key=_by_time):
        place = (check_in.village, check_in.household)
        before = last_counted.get(place)
        code = "departure" if check_in.kind == "departure" else _refusal(check_in, ask)
        if code is None and before is not None and check_in.at - before <= window:
            code = "near_repeat"
        if code is None and most is not None and len(days.get(check_in.day, ())) >= most:
            code = "day_full"
        if code is None:
            last_counted[place] = check_in.at
            days.setdefault(check_in.day, []).append(check_in.id)
        elif ask.first <= check_in.day <= ask.last:
            refused.append(_no(check_in.id, check_in.day, code))
    inside = {day: ids for day, ids in days.items() if ask.first <= day <= ask.last}
    return Tally(sum(map(len, inside.values())), _by_day(inside), tuple(refused))


def diaries(history: History, ask: Ask) -> Tally:
    """Diaries by work date, on time by their effective time (M13, M14); one per cadre (M15)."""
    days: dict[date, list[str]] = {}
    refused: list[NotCounted] = []
    late = 0
    for diary, effective in _latest_versions(history.diaries, ask):
        written = civil_day(effective)
        if not ask.first <= diary.work_date <= ask.last:
            if ask.first <= written <= ask.last:
                refused.append(_no(diary.id, diary.work_date, "other_period"))
            continue
        code = _decided(diary.state) or _elsewhere(diary.work_date, None, ask)
        if code is None and max(diary.work_date, written) > ask.on:
            code = "future"
        if code is None and ask.due is not None and written > ask.due:
            code, late = "late", late + 1
        if code is None:
            days.setdefault(diary.work_date, []).append(diary.id)
        else:
            refused.append(_no(diary.id, diary.work_date, code))
    return Tally(sum(map(len, days.values())), _by_day(days), tuple(refused), late=late)


def coverage_ratio(history: History, ask: Ask) -> Tally:
    """Own households, paired and active on the last day (M29), that have what the rule covers."""
    own: dict[str, Household] = {}
    for household in history.households:
        if household.is_own_on(ask.last):
            own.setdefault(household.id, household)
    days: dict[date, list[str]] = {}
    refused: list[NotCounted] = []
    for _, household in sorted(own.items()):
        done = getattr(household, ask.rule.covers[0])
        if isinstance(done, date) and done <= ask.on:
            days.setdefault(done, []).append(household.id)
        else:
            refused.append(_no(household.id, None, f"no_{ask.rule.covers[0]}"))
    return Tally(len(own) - len(refused), _by_day(days), tuple(refused), total=len(own))


_METRICS: dict[Metric, Callable[[History, Ask], Tally]] = {
    "stay_days": stay_days,
    "checkin_count": checkin_count,
    "diaries": diaries,
    "coverage_ratio": coverage_ratio,
}


def _known(records: Iterable[_R], at: datetime) -> list[_R]:
    """The records received by then; of several with one id the first received (M3)."""
    found: dict[str, _R] = {}
    for record in records:
        if record.received_at <= at:
            other = found.get(record.id)
            if other is None or record.received_at < other.received_at:
                found[record.id] = record
    return list(found.values())


def _refusal(check_in: CheckIn, ask: Ask) -> str | None:
    code = _decided(check_in.state) or _elsewhere(check_in.day, check_in.village, ask)
    return code or ("future" if check_in.day > ask.on else None)


def _decided(state: str) -> str | None:
    return {"withdrawn": "withdrawn", "not_counted": "decided"}.get(state)


def _elsewhere(day: date, village: str | None, ask: Ask) -> str | None:
    """Why the day or place is none of the posting's (M38); with no village only the day is asked."""
    posts = [post for post in ask.posts if post.holds_on(day)]
    if not posts:
        return "no_posting"
    if village is None or any(post.takes_in(village) for post in posts):
        return "future" if day > ask.on else None
    return "other_village"


def _long_enough(
    days: dict[date, list[CheckIn]], hours: float, refused: list[NotCounted]
) -> dict[date, list[CheckIn]]:
    """Only the days with two check-ins in one village so many hours apart (M2, alternative)."""
    kept: dict[date, list[CheckIn]] = {}
    for day, found in days.items():
        villages: dict[str, list[datetime]] = {}
        for check_in in found:
            villages.setdefault(check_in.village, []).append(check_in.at)
        if any(max(t) - min(t) >= timedelta(hours=hours) for t in villages.values()):
            kept[day] = found
        else:
            refused.extend(_no(check_in.id, day, "stay_too_short") for check_in in found)
    return kept


def _latest_versions(records: Iterable[Diary], ask: Ask) -> list[tuple[Diary, datetime]]:
    """Each diary once: its last known version, with the effective time of its first version.

    Only versions about this period lend their time: a diary turned into one about another month
    was not handed in for it before.
    """
    known = {diary.id: diary for diary in _known(records, ask.at)}
    replaced = {diary.replaces for diary in known.values()}
    found: list[tuple[Diary, datetime]] = []
    for diary in known.values():
        if diary.id in replaced:
            continue
        effective, version, seen = _effective(diary, ask), diary, {diary.id}
        while version.replaces in known and version.replaces not in seen:
            version = known[version.replaces]
            seen.add(version.id)
            if ask.first <= version.work_date <= ask.last:
                effective = min(effective, _effective(version, ask))
        found.append((diary, effective))
    return sorted(found, key=lambda pair: (pair[1], pair[0].id))


def _effective(diary: Diary, ask: Ask) -> datetime:
    """The written time if it arrived soon enough, else the receipt; never after the receipt (M13)."""
    allowed = timedelta(hours=ask.reading.number("late_sync_hours"))
    soon = diary.received_at - diary.written_at <= allowed
    return min(diary.written_at, diary.received_at) if soon else diary.received_at


def _no(record: str, day: date | None, code: str) -> NotCounted:
    return NotCounted(record, day, code, REASONS[code])


def _by_time(check_in: CheckIn) -> tuple[datetime, str]:
    return check_in.at, check_in.id


def _by_day(days: dict[date, list[str]]) -> tuple[CountedDay, ...]:
    return tuple(CountedDay(day, tuple(ids)) for day, ids in sorted(days.items()))
