"""The checks on a check-in: each a named finding with its numbers, or nothing. Pure.

None of them refuses or decides. Each compares the record with others that arrived before it, so
that of two records that cannot both be true the later one is asked about, at the write and at any
later look alike. No fix, a coarse fix, no accuracy and no anchor are silent: what is not known
accuses nobody.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from app.checkins.limits import Limits
from app.checkins.timing import SHANGHAI, Contradiction, Timed
from app.core.geo import Point, distance_m
from app.org.geofence import MARGIN_M
from app.reviews.finding import Evidence, Finding

OUTSIDE, FUTURE, TRAVEL = "outside-fence", "future-time", "impossible-travel"
IDENTICAL, JITTER, DEVICE = "identical-fix", "zero-jitter", "shared-device"
PHOTO = "photo-reused"
#: ids of other records that a finding names; more would not be read
MOST_NAMED = 10
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Fixed(Protocol):
    """A check-in with its position and the bracket of its time."""

    @property
    def id(self) -> UUID: ...
    @property
    def person_id(self) -> UUID: ...
    @property
    def day(self) -> date: ...
    @property
    def village(self) -> str: ...
    @property
    def household_id(self) -> UUID | None: ...
    @property
    def lat_e7(self) -> int | None: ...
    @property
    def lon_e7(self) -> int | None: ...
    @property
    def accuracy_mm(self) -> int | None: ...
    @property
    def time_from(self) -> datetime | None: ...
    @property
    def time_to(self) -> datetime | None: ...


class Placed(Fixed, Protocol):
    """A check-in with what the fences said of it."""

    @property
    def place(self) -> str: ...
    @property
    def captured_at(self) -> datetime: ...
    @property
    def received_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Other:
    """Another check-in that arrived before the one in question."""

    id: UUID
    person_id: UUID
    day: date
    village: str
    household_id: UUID | None = None
    lat_e7: int | None = None
    lon_e7: int | None = None
    accuracy_mm: int | None = None
    time_from: datetime | None = None
    time_to: datetime | None = None
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a check-in; all of it arrived before.

    ``near``: own ones of the days around it; ``same_fix``: own ones at the very same position and
    accuracy; ``same_device``: anybody's of its day from its device; ``same_photo``: each with
    the SHA-256 that both name.
    """

    near: Sequence[Other] = ()
    same_fix: Sequence[Other] = ()
    same_device: Sequence[Other] = ()
    same_photo: Sequence[tuple[str, Other]] = field(default=())


@dataclass(frozen=True, slots=True)
class Known:
    """What the moment of the write knew beside the record: the clocks, and how far it lies outside.

    ``timed`` is None where the clocks were not judged, ``sent_at`` the phone's clock when it sent;
    ``beyond_m`` is measured from the nearest fence's edge, None where no fence was asked;
    ``at_door``: at the place that was set by hand for the household that it visits.
    """

    timed: Timed | None = None
    sent_at: datetime | None = None
    beyond_m: int | None = None
    at_door: bool = False


def findings(seen: Placed, known: Known, around: Around, limits: Limits) -> list[Finding]:
    """Everything that the checks find on one check-in."""
    odd = known.timed.contradiction if known.timed else None
    found = [
        outside(seen, known.beyond_m) if not known.at_door else None,
        clock(seen, known.timed, odd) if known.timed and odd else None,
        # a clock that is known to have moved explains a capture after the arrival
        future(seen, known, limits) if not odd else None,
        travel(seen, around.near, limits),
        identical_fix(seen, around.same_fix, limits),
        photo_reused(seen, around.same_photo),
        shared_device(seen, around.same_device, limits),
    ]
    told = [each for each in found if each is not None]
    # too weak to be said alone; beside the identical fix it would say the same once more
    weak = zero_jitter(seen, around.same_fix, limits) if told else None
    if weak and all(each.code != IDENTICAL for each in told):
        told.append(weak)
    return told


def outside(seen: Placed, beyond_m: int | None) -> Finding | None:
    """Beyond every fence of the village, by more than the fix's own error and the margin."""
    if seen.place != "outside" or seen.accuracy_mm is None:
        return None
    accuracy_m = _metres(seen.accuracy_mm)
    evidence: Evidence = {"accuracy_m": accuracy_m, "margin_m": MARGIN_M}
    if beyond_m is not None:
        evidence["distance_m"] = beyond_m
        evidence["beyond_m"] = max(0, beyond_m - accuracy_m - MARGIN_M)
    return Finding(OUTSIDE, "high", evidence)


def clock(seen: Placed, timed: Timed, odd: Contradiction) -> Finding:
    """Clock values that cannot all be true, or a clock that was moved between two contacts."""
    evidence: Evidence = {
        "kind": odd.kind,
        "captured": _told(seen.captured_at),
        "upper": _told(timed.upper),
    }
    if timed.lower is not None:
        evidence["lower"] = _told(timed.lower)
    if odd.code == "clock-changed":
        return Finding(odd.code, "medium", {**evidence, "moved_s": odd.seconds})
    return Finding(odd.code, "high", {**evidence, "gap_s": odd.seconds})


def future(seen: Placed, known: Known, limits: Limits) -> Finding | None:
    """Captured after the server had it, and no constantly wrong clock explains that.

    The clock is taken as it was at the anchor, or as it was when the record was sent: whichever
    puts the capture earlier.
    """
    ahead = seen.captured_at - seen.received_at
    if known.timed and known.timed.offset_ms is not None:
        ahead = min(ahead, ahead + timedelta(milliseconds=known.timed.offset_ms))
    if known.sent_at is not None:
        ahead = min(ahead, seen.captured_at - known.sent_at)
    if ahead <= timedelta(seconds=limits.future_s):
        return None
    told = {"captured": _told(seen.captured_at), "received": _told(seen.received_at)}
    return Finding(FUTURE, "medium", {**told, "ahead_s": int(ahead.total_seconds())})


def travel(seen: Fixed, others: Iterable[Other], limits: Limits) -> Finding | None:
    """Two positions that nobody can have travelled between, however the times are taken.

    The distance is lessened by both accuracies; the time is the widest that both brackets leave.
    Asked of the nearest in time alone, so that one wrong fix is held against one later record at
    most, and not against each that follows; of two as near the one that arrived last.
    """
    spans = [(_widest_s(seen, other), other) for other in others if _point(other) is not None]
    bounded = [(span, o) for span, o in spans if span is not None and o.accuracy_mm is not None]
    if not bounded:
        return None
    soonest = min(span for span, _ in bounded)
    nearest = max((other for span, other in bounded if span == soonest), key=_arrival)
    return _journey(seen, nearest, limits)


def _journey(seen: Fixed, other: Other, limits: Limits) -> Finding | None:
    here, there = _point(seen), _point(other)
    seconds = _widest_s(seen, other)
    if here is None or there is None or seconds is None:
        return None
    if seen.accuracy_mm is None or other.accuracy_mm is None:
        return None
    away = distance_m(here, there)
    least = away - (seen.accuracy_mm + other.accuracy_mm) / 1000
    # 3.6 km/h = 1 m/s; compared as a product, so that no time at all is simply too fast
    if least < limits.travel_least_m or least * 3.6 <= limits.travel_kmh * seconds:
        return None
    kmh = round(least * 3.6 / max(seconds, 1))
    return Finding(
        TRAVEL,
        "high",
        {
            "other": str(other.id),
            "other_day": other.day.isoformat(),
            "distance_m": int(least),
            "minutes": 0 if seconds < 60 else math.ceil(seconds / 60),
            "speed_kmh": kmh,
        },
    )


def _widest_s(a: Fixed, b: Fixed) -> float | None:
    """The longest time that can lie between both; None where nothing bounds it."""
    if a.time_from is None or a.time_to is None or b.time_from is None or b.time_to is None:
        return None
    return max((b.time_to - a.time_from).total_seconds(), (a.time_to - b.time_from).total_seconds())


def identical_fix(seen: Fixed, same: Sequence[Other], limits: Limits) -> Finding | None:
    """Bit for bit the same precise position and accuracy on several days."""
    if seen.accuracy_mm is None or seen.accuracy_mm >= limits.identical_accuracy_m * 1000:
        return None
    alike = [other for other in same if _fix(other) == _fix(seen)]
    days = {seen.day, *(other.day for other in alike)}
    if seen.lat_e7 is None or len(days) < limits.identical_days:
        return None
    return Finding(
        IDENTICAL,
        "high",
        {
            "days": len(days),
            "accuracy_m": _metres(seen.accuracy_mm),
            "dates": [each.isoformat() for each in sorted(days - {seen.day})[-MOST_NAMED:]],
            "others": _named(alike),
        },
    )


def zero_jitter(seen: Fixed, same: Sequence[Other], limits: Limits) -> Finding | None:
    """Many fixes without a change in any digit: a weak sign, told only beside others."""
    alike = [other for other in same if _fix(other) == _fix(seen)]
    if seen.lat_e7 is None or seen.accuracy_mm is None or len(alike) + 1 < limits.jitter_fixes:
        return None
    return Finding(JITTER, "low", {"fixes": len(alike) + 1, "others": _named(alike)})


def shared_device(seen: Fixed, same: Iterable[Other], limits: Limits) -> Finding | None:
    """Other accounts checked in from this very device on the same day: told once to each person.

    An own record that arrived when that was so already has been asked about in its turn.
    """
    others, accounts = [], {seen.person_id}
    for other in sorted(same, key=_arrival):
        if other.person_id != seen.person_id:
            others.append(other)
            accounts.add(other.person_id)
        elif len(accounts) >= limits.device_accounts:
            return None
    if len(accounts) < limits.device_accounts:
        return None
    return Finding(DEVICE, "medium", {"accounts": len(accounts), "others": _named(others)})


def _arrival(of: Other) -> tuple[bool, datetime, UUID]:
    """The order of arrival; what is not known to have arrived later was there first."""
    return of.received_at is not None, of.received_at or _LONG_AGO, of.id


def photo_reused(seen: Fixed, same: Iterable[tuple[str, Other]]) -> Finding | None:
    """A photo that another visit names already, byte for byte."""
    found = [(sha256, other) for sha256, other in same if not _one_visit(seen, other)]
    if not found:
        return None
    sha256, first = min(found, key=lambda each: (each[1].day, each[1].id))
    return Finding(
        PHOTO,
        "high",
        {
            "other": str(first.id),
            "other_day": first.day.isoformat(),
            "sha256": sha256,
            "records": len({other.id for _, other in found}),
        },
    )


def _one_visit(a: Fixed, b: Other) -> bool:
    """Taps of one visit: the same day and village, and not two different households.

    Whoever goes together, or taps for the village and for the household, shows one picture twice.
    """
    if a.id == b.id:
        return True
    doors = {a.household_id, b.household_id} - {None}
    return a.day == b.day and a.village == b.village and len(doors) <= 1


def _point(of: Fixed) -> Point | None:
    return None if of.lat_e7 is None or of.lon_e7 is None else Point(of.lat_e7, of.lon_e7)


def _fix(of: Fixed) -> tuple[int | None, int | None, int | None]:
    return of.lat_e7, of.lon_e7, of.accuracy_mm


def _told(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def _metres(millimetres: int) -> int:
    return round(millimetres / 1000)


def _named(others: Iterable[Other]) -> list[str]:
    return list(dict.fromkeys(str(other.id) for other in others))[:MOST_NAMED]
