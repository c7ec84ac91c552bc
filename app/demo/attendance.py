"""On which days a cadre was there, and what the phone sent: each story played out.

Numbers are chosen so that the story comes true on whatever day the demonstration is loaded; in
the first days of a quarter some outcomes are not possible yet (nobody is late on its first day).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import ceil
from random import Random

from app.checkins.models import Kind
from app.core.geo import Point
from app.demo import places
from app.demo.people import Cadre, Household, Village, moved_on
from app.demo.span import Span, at, days, holidays, some
from app.policy.periods import Period
from app.postings.models import Post

NEEDED = 50  # R01 of p0-village-leader; the stories are told around it
#: the county town: seen from most villages, outside of their fences
AWAY_M = (6_000.0, 2_500.0)


@dataclass(frozen=True, slots=True)
class Tap:
    """One press of the button. ``said_at`` is the phone's clock, ``fast`` how far it is ahead.

    ``accuracy_m`` None = no fix.
    """

    said_at: datetime
    kind: Kind
    village: str
    point: Point
    accuracy_m: float | None
    received_at: datetime
    household: Household | None = None
    note: str = ""
    withdrawn: str = ""
    photo: bool = False
    again: bool = False
    fast: timedelta = timedelta()

    @property
    def day(self) -> date:
        """Its civil day."""
        return self.said_at.date()


Around = dict[str, Village]


def stays(cadre: Cadre, around: Around, span: Span) -> list[Tap]:
    """Everything a first secretary, team leader or member sent, in order of arrival."""
    taps: list[Tap] = []
    for day in _days_there(cadre, span):
        code = _village_on(cadre, day)
        if code is not None:
            taps += _day(cadre, around[code], day)
    taps = _asked_about(cadre, around, span, _told(cadre, around, span, taps))
    return _arrived([_late(cadre, span, tap) for tap in taps], span)


def _asked_about(cadre: Cadre, around: Around, span: Span, taps: list[Tap]) -> list[Tap]:
    """What the flags of ``reviewed`` are on: outside, in two places at once, one fix on three days."""

    def last(days_ago: int) -> int:
        day = span.today - timedelta(days=days_ago)
        return max((n for n, tap in enumerate(taps) if tap.day <= day), default=0)

    if not taps or cadre.username not in ("first_secretary", "team_leader"):
        return taps
    if cadre.username == "first_secretary":
        n = last(2)
        far = places.moved(around[taps[n].village].centre, 2_900, 1_700)
        taps[n] = replace(taps[n], point=far, accuracy_m=24.0)
        return taps
    same = sorted({tap.day: n for n, tap in enumerate(taps[: last(28) + 1])}.values())[-3:]
    for n in same:
        taps[n] = replace(taps[n], point=taps[same[0]].point, accuracy_m=12.0)
    first = replace(taps[last(14)], accuracy_m=15.0)
    taps[last(14)] = first
    away = places.moved(first.point, 36_000, 21_000)
    later = timedelta(minutes=4)
    said, received = first.said_at + later, first.received_at + later
    return [*taps, replace(first, point=away, said_at=said, received_at=received)]


def _village_on(cadre: Cadre, day: date) -> str | None:
    for spell in cadre.spells:
        if spell.since <= day and (spell.until is None or day <= spell.until):
            return spell.unit
    return None


def _days_there(cadre: Cadre, span: Span) -> list[date]:
    """The days of both quarters on which they were in the village, before accidents."""
    dice, story = cadre.dice, cadre.story.key
    away = _away(cadre, span)
    before = [day for day in days(span.before.first, span.before.last) if day not in away]
    now = [day for day in days(span.now.first, span.yesterday) if day not in away]
    since = cadre.spells[0].since
    held = [day for day in before if day >= since]
    wanted = _wanted_before(story, dice)
    if since > span.before.first:  # prorated: as many as are asked of the days held
        owed = (span.before.last - since).days + 1
        wanted = ceil(NEEDED * owed / span.before.days) + dice.randrange(4)
    return some(dice, held, wanted) + some(dice, now, _wanted_now(cadre, span))


def _wanted_before(story: str, dice: Random) -> int:
    """Stay days of the quarter that is over."""
    match story:
        case "ahead":
            return dice.randrange(66, 80)
        case "behind":
            return dice.randrange(18, 39)
        case "slow":
            return dice.randrange(50, 54)
        case "edge_met":
            return 50
        case "edge_missed":
            return 49
        case _:
            return dice.randrange(51, 63)


def _wanted_now(cadre: Cadre, span: Span) -> int:
    """Stay days of the running quarter, up to yesterday."""
    dice, story, there = cadre.dice, cadre.story.key, span.elapsed
    match story:
        case "ahead":
            wanted = round(there * dice.uniform(0.84, 0.96))
        case "slow":  # more than four fifths of what is left are needed, but not all
            short = max(span.left * 4 // 5 + 1, ceil(span.left * 0.92))
            wanted = NEEDED - min(short, span.left)
        case "behind":  # more than is left
            wanted = NEEDED - span.left - dice.randrange(2, 9)
        case "last_day":  # all but one of what is owed up to today
            wanted = ceil(NEEDED * (there + 1) / span.now.days) - 1
        case "no_end":  # three days are left, four are missing
            wanted = ceil(NEEDED * (there + 3) / span.now.days) - 4
        case _:
            wanted = round(there * dice.uniform(0.58, 0.70))
    return max(0, min(wanted, there))


def _away(cadre: Cadre, span: Span) -> set[date]:
    """Days on which the story says that nobody was there."""
    return {day for gap in _gaps(cadre.story.key, span) for day in gap}


def _gaps(story: str, span: Span) -> list[list[date]]:
    match story:
        case "two_weeks_gone":
            begin = _window(span, 14) + timedelta(days=4)
            return [days(begin, begin + timedelta(days=13))]
        case "holiday_gap":
            return holidays(span)
        case _:
            return []


def _window(span: Span, length: int) -> date:
    """The first day of a stretch that is over: in this quarter when it is old enough."""
    if span.elapsed >= length + 10:
        return span.now.first
    return span.before.first + timedelta(days=30)


def _day(cadre: Cadre, village: Village, day: date) -> list[Tap]:
    """What one ordinary day in the village sends."""
    dice, story = cadre.dice, cadre.story.key
    first = _tap(cadre, village, at(day, dice.randrange(7, 11), dice.randrange(60), _second(dice)))
    taps, counts = [first], story.startswith("edge")
    if story == "double_taps" and dice.random() < 0.5:
        later = first.said_at + timedelta(seconds=dice.randrange(70, 500))
        taps.append(_tap(cadre, village, later))
    if not counts and dice.random() < 0.05:
        hour = dice.randrange(14, 19)
        taps.append(_tap(cadre, village, at(day, hour, dice.randrange(60), _second(dice))))
    if not counts and village.households and dice.random() < 0.05:
        when = at(day, dice.randrange(11, 14), dice.randrange(60), _second(dice))
        taps.append(_visit(cadre, village, dice.choice(village.households), when))
    if dice.random() < 0.03:
        when = at(day, 19, dice.randrange(60), _second(dice))
        taps.append(replace(_tap(cadre, village, when), kind=Kind.departure))
    return taps


def _second(dice: Random) -> int:
    return dice.randrange(60)


def _tap(cadre: Cadre, village: Village, when: datetime) -> Tap:
    """A presence check-in in the village, with a fix as this person's phone gives it."""
    dice = cadre.dice
    accuracy = _accuracy(cadre.story.key, dice)
    stray = min(accuracy or 0, 250)
    point = places.near(places.near(village.centre, dice, 350), dice, stray)
    return Tap(when, Kind.presence, village.code, point, accuracy, when)


def _accuracy(story: str, dice: Random) -> float | None:
    """What the phone vouches for, in metres."""
    if story == "zero_accuracy":
        return 0.0
    if story == "weak_gps":
        roll = dice.random()
        if roll < 0.25:
            return None
        return round(dice.uniform(300, 1000) if roll < 0.7 else dice.uniform(1001, 3000), 1)
    return None if dice.random() < 0.01 else round(dice.uniform(5, 45), 1)


def _visit(cadre: Cadre, village: Village, household: Household, when: datetime) -> Tap:
    """A household check-in at its door."""
    dice = cadre.dice
    accuracy = _accuracy(cadre.story.key, dice)
    if household.hidden:
        accuracy = round(dice.uniform(150, 400), 1)
    point = places.near(household.place, dice, 15)
    return Tap(when, Kind.household, village.code, point, accuracy, when, household)


def _told(cadre: Cadre, around: Around, span: Span, taps: list[Tap]) -> list[Tap]:
    """The accident that makes the story."""
    tell = _ACCIDENTS.get(cadre.story.key)
    return taps if tell is None or not taps else tell(cadre, around, span, taps)


Accident = Callable[[Cadre, Around, Span, list[Tap]], list[Tap]]


def _extra(cadre: Cadre, around: Around, span: Span, taps: list[Tap]) -> Tap:
    """A tap on a day without any, two thirds into the running quarter or into the last one."""
    taken = {tap.day for tap in taps}
    period = span.now if span.elapsed > 20 else span.before
    last = min(period.last, span.yesterday)
    free = [
        day
        for day in days(period.first, last)
        if day not in taken and _village_on(cadre, day) is not None
    ]
    day = free[len(free) * 2 // 3] if free else last
    code = _village_on(cadre, day) or cadre.village
    return _tap(cadre, around[code], at(day, 10, 12, 30))


def _after_gap(words: str) -> Accident:
    """The first check-in after the (latest) gap explains it."""

    def tell(cadre: Cadre, _around: Around, span: Span, taps: list[Tap]) -> list[Tap]:
        gaps = _gaps(cadre.story.key, span)
        if not gaps:
            return taps
        first, last = gaps[-1][0], gaps[-1][-1]
        back = next((n for n, tap in enumerate(taps) if tap.day > last), None)
        if back is None:
            return taps
        note = words.format(
            first=f"{first.month}月{first.day}日", last=f"{last.month}月{last.day}日"
        )
        return [*taps[:back], replace(taps[back], note=note), *taps[back + 1 :]]

    return tell


def _moved(cadre: Cadre, around: Around, span: Span, taps: list[Tap]) -> list[Tap]:
    """Once more in the old village after the move."""
    day = moved_on(span) + timedelta(days=3)
    if len(cadre.spells) < 2 or day > span.yesterday:
        return taps
    old = around[cadre.spells[0].unit]
    return [*taps, replace(_tap(cadre, old, at(day, 15, 20)), note="回原村交接资料。")]


def _wrong_village(cadre: Cadre, around: Around, span: Span, taps: list[Tap]) -> list[Tap]:
    """In the own village, with the neighbour's name chosen."""
    wrong = _extra(cadre, around, span, taps)
    others = [code for code in around if code != wrong.village and code[:9] == wrong.village[:9]]
    return [*taps, replace(wrong, village=others[0])] if others else taps


def _outside(cadre: Cadre, around: Around, span: Span, taps: list[Tap]) -> list[Tap]:
    """The right village, from the county town."""
    tap = _extra(cadre, around, span, taps)
    far = places.moved(tap.point, *AWAY_M)
    note = "上午在县城为村里办理项目手续,在办事处签到。"
    return [*taps, replace(tap, point=far, accuracy_m=12.0, note=note)]


def _took_back(cadre: Cadre, around: Around, span: Span, taps: list[Tap]) -> list[Tap]:
    """A tap by mistake, withdrawn."""
    tap = _extra(cadre, around, span, taps)
    return [*taps, replace(tap, withdrawn="误点,当天在县里培训,没有到村。")]


def _five_more(cadre: Cadre, around: Around, span: Span, taps: list[Tap]) -> list[Tap]:
    """49 days and 54 times: on five days a second check-in hours later."""
    last = [tap for tap in taps if tap.day <= span.before.last and tap.kind is Kind.presence]
    seconds = [
        _tap(cadre, around[tap.village], tap.said_at + timedelta(hours=7)) for tap in last[3:28:5]
    ]
    return [*taps, *seconds]


def _fast_clock(_cadre: Cadre, _around: Around, span: Span, taps: list[Tap]) -> list[Tap]:
    """In the last three weeks the phone's clock is three hours fast."""
    since = span.yesterday - timedelta(days=20)
    fast = timedelta(hours=3)
    return [
        replace(tap, said_at=tap.said_at + fast, fast=fast)
        if tap.day >= since and (tap.said_at + fast).date() == tap.day
        else tap
        for tap in taps
    ]


_ACCIDENTS: dict[str, Accident] = {
    "two_weeks_gone": _after_gap("{first}至{last}因父亲住院请假回家照料,已口头向乡镇报告。"),
    "holiday_gap": _after_gap("{first}至{last}放假回家,节后返村。"),
    "moved": _moved,
    "wrong_village": _wrong_village,
    "outside_once": _outside,
    "took_back": _took_back,
    "edge_missed": _five_more,
    "fast_clock": _fast_clock,
}


def _late(cadre: Cadre, span: Span, tap: Tap) -> Tap:
    """When the server gets it: at once, with the next signal, or after weeks."""
    if cadre.story.key == "weeks_late":
        begin = _window(span, 24)
        end = begin + timedelta(days=21)
        if begin <= tap.day < end:
            return replace(tap, received_at=at(end, 20, 5) + (tap.said_at - at(begin, 0)) / 1000)
    dice = cadre.dice
    if dice.random() < 0.1:
        return replace(
            tap, received_at=tap.received_at + timedelta(minutes=dice.randrange(20, 540))
        )
    return replace(tap, received_at=tap.received_at + timedelta(seconds=dice.randrange(2, 50)))


def _arrived(taps: Iterable[Tap], span: Span) -> list[Tap]:
    """Those that the server has, the first received first."""
    there = [tap for tap in taps if tap.received_at <= span.end]
    return sorted(there, key=lambda tap: (tap.received_at, tap.said_at))


def visits(cadre: Cadre, around: Around, span: Span) -> Iterator[tuple[Period, list[Tap]]]:
    """A helper's household check-ins, month by month: half of the households in turn."""
    dice, village = cadre.dice, around[cadre.village]
    since = cadre.spells[-1].since
    twice = cadre.story.key == "many_then_none"
    for number, month in enumerate(span.months):
        free = [day for day in days(month.first, min(month.last, span.yesterday)) if day >= since]
        taps: list[Tap] = []
        for turn, day in enumerate(some(dice, free, 2 if twice or dice.random() < 0.2 else 1)):
            own = cadre.households[(number + turn) % 2 :: 2] or cadre.households
            taps += _round(cadre, village, own, day)
        yield month, _arrived([_late(cadre, span, tap) for tap in taps], span)


def _round(cadre: Cadre, village: Village, own: list[Household], day: date) -> list[Tap]:
    """From door to door on one day."""
    dice = cadre.dice
    when = at(day, dice.randrange(8, 15), dice.randrange(60), _second(dice))
    taps = []
    for household in own:
        taps.append(_visit(cadre, village, household, when))
        when += timedelta(minutes=dice.randrange(25, 50), seconds=_second(dice))
    return taps


#: of those whom the other documents bind: visits a month, households seen on each, hour of leaving
TOURS = {
    Post.CL: (4, 6, 13),
    Post.AT: (6, 10, 17),
    Post.AG: (5, 2, 16),
    Post.LL: (1, 3, 13),
    Post.CS: (1, 2, 13),
}


def rounds(cadre: Cadre, around: Around, span: Span) -> list[Tap]:
    """A village leader's, on two days of each month through some of the villages; other leaders'."""
    taps: list[Tap] = []
    for month in span.months:
        if cadre.kind is Post.VC:
            taps += _through(cadre, around, month, span)
        elif cadre.kind in TOURS:
            taps += _tours(cadre, around, month, span)
    return _arrived([_late(cadre, span, tap) for tap in taps], span)


def _through(cadre: Cadre, around: Around, month: Period, span: Span) -> Iterator[Tap]:
    dice = cadre.dice
    for day in some(dice, days(month.first, min(month.last, span.yesterday)), 2):
        when = at(day, 9, dice.randrange(60), _second(dice))
        for spell in cadre.spells[dice.randrange(2) :]:
            yield _tap(cadre, around[spell.unit], when)
            when += timedelta(minutes=dice.randrange(40, 90))


def _tours(cadre: Cadre, around: Around, month: Period, span: Span) -> Iterator[Tap]:
    """Mornings or days in one village each, from arrival to leaving, with households seen between."""
    dice, (many, seen, leaves) = cadre.dice, TOURS[cadre.kind]
    units = [spell.unit for spell in cadre.spells]
    villages = [v for code, v in around.items() if any(code.startswith(unit) for unit in units)]
    wanted = many - (dice.random() < 0.25)  # now and then one is missing
    for day in some(dice, days(month.first, min(month.last, span.yesterday)), wanted):
        village = dice.choice(villages)
        when = at(day, 8, dice.randrange(10, 50), _second(dice))
        yield _tap(cadre, village, when)
        for household in dice.sample(village.households, min(seen, len(village.households))):
            when += timedelta(minutes=dice.randrange(25, 40), seconds=_second(dice))
            yield _visit(cadre, village, household, when)
        leaving = at(day, leaves, dice.randrange(10, 59), _second(dice))
        yield _tap(cadre, village, max(leaving, when + timedelta(minutes=10)))
