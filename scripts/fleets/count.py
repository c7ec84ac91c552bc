"""What came of a fleet: flags per rule, credits lost, cheats found."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlmodel import col, select

from app.checkins.models import CheckIn
from app.checkins.schemas import CheckInIn
from app.core.db import Database
from app.core.geo import at, distance_m
from app.reviews.models import Flag
from app.reviews.words import CHECKS
from scripts.fleets.acts import Event, Look, Sent
from scripts.fleets.drive import Credits
from scripts.fleets.fleet import Fleet

WEIGHTY = ("medium", "high")
MOST_SAMPLES = 400
#: their evidence names records that share one value: all of them are decided on together
SAME_VALUE = ("identical-fix", "zero-jitter")


@dataclass
class Figures:
    """``flagged``: records per code; the other counts are of records, days and cheater-days.

    A silent flag (a silenced check, a village whose fence is suspended) is shown to nobody and
    changes nothing: it is counted in ``silent`` alone.
    """

    records: int = 0
    flagged: Counter[str] = field(default_factory=Counter)
    any: int = 0
    weighty: int = 0
    high: int = 0
    lost: int = 0
    silent: int = 0
    days_moved: int = 0
    states: Counter[str] = field(default_factory=Counter)
    cheats: dict[str, "Found"] = field(default_factory=dict)
    causes: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, other: "Figures") -> None:
        """Count another run with this one."""
        for name in ("records", "any", "weighty", "high", "lost", "silent", "days_moved"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("flagged", "states", "causes"):
            getattr(self, name).update(getattr(other, name))
        for kind, found in other.cheats.items():
            self.cheats.setdefault(kind, Found()).add(found)
        for code, told in other.samples.items():
            self.samples.setdefault(code, []).extend(told)


@dataclass
class Found:
    """Of one kind of cheat: days on which it was done, and how they were found.

    ``own``: a record of the day carries the flag aimed at it; ``aimed``: it does, or the evidence of
    such a flag on another day names a record of this one. A reviewer sees the records that the
    evidence names beside the flagged one, and so finds the first days of a fix that is repeated.
    ``weighty`` and ``any`` count flags on the day's own records only. ``foiled``: nothing of it was
    filed under the day that it was to fill. ``caught``: found, by ``aimed`` or ``weighty``, or foiled.
    """

    days: int = 0
    own: int = 0
    aimed: int = 0
    weighty: int = 0
    any: int = 0
    foiled: int = 0
    caught: int = 0

    def add(self, other: "Found") -> None:
        """Count the days of another run with these."""
        for name in ("days", "own", "aimed", "weighty", "any", "foiled", "caught"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def share(self, number: int) -> float:
        """As a share of the days."""
        return number / self.days if self.days else 0.0


async def measure(
    base: Database, fleet: Fleet, events: Sequence[Event], aims: dict[str, list[str]]
) -> Figures:
    """Read the flags and days that stand, and hold them against the truth."""
    sent = {e.id: e for e in events if isinstance(e, Sent) and not e.again}
    async with base.reading() as session:
        flags = list((await session.exec(select(Flag))).all())
        told = select(col(CheckIn.id), col(CheckIn.day), col(CheckIn.time_state))
        stood = {row[0]: (row[1], row[2]) for row in (await session.exec(told)).all()}
    figures = Figures(records=len(sent))
    by_record: dict[UUID, list[Flag]] = defaultdict(list)
    for flag in flags:
        by_record[flag.record_id].append(flag)
    for record, flagged in by_record.items():
        own = [flag for flag in flagged if not flag.silent]
        figures.silent += len(own) < len(flagged)
        if record not in sent or not own:
            continue
        for flag in own:
            figures.flagged[flag.code] += 1
            samples = figures.samples.setdefault(flag.code, [])
            if len(samples) < MOST_SAMPLES:
                samples.append(f"person {sent[record].person}, {flag.day}: {flag.evidence}")
            if flag.code == "outside-fence":
                figures.causes[cause(fleet, sent[record])] += 1
        figures.any += 1
        figures.weighty += any(flag.weight in WEIGHTY for flag in own)
        figures.high += any(flag.weight == "high" for flag in own)
    for record, (day, state) in stood.items():
        truth = sent[record].truth
        if isinstance(truth, Look) and not truth.cheat:
            figures.states[state] += 1
            figures.days_moved += day != truth.day
    _cheats(figures, sent, by_record, stood, aims)
    return figures


def cause(fleet: Fleet, one: Sent) -> str:
    """Why a check-in was seen outside of its village, by what is true."""
    look, body = one.truth, one.body
    if not isinstance(look, Look) or not isinstance(body, CheckInIn) or body.fix is None:
        return "not a check-in"
    if look.cheat:
        return "cheat"
    village = next(v for v in fleet.land.villages if v.code == look.village)
    if village.gcj:
        return "the village's map is shifted"
    if look.household is not None and distance_m(look.point, village.anchor) > village.radius_m:
        return "at the door of a household outside"
    if distance_m(look.point, village.anchor) > village.radius_m + 50:
        return "they were outside"
    away = distance_m(look.point, at(body.fix.lat, body.fix.lon))
    return f"fix wrong by {'more than twice' if away > 2 * (body.fix.accuracy_m or 0) else 'up to twice'} its accuracy"


def _cheats(
    figures: Figures,
    sent: dict[UUID, Sent],
    by_record: dict[UUID, list[Flag]],
    stood: dict[UUID, tuple[date, str]],
    aims: dict[str, list[str]],
) -> None:
    days: dict[tuple[str, int, date], list[UUID]] = defaultdict(list)
    for record, one in sent.items():
        if one.truth.cheat:
            days[one.truth.cheat, one.person, one.truth.day].append(record)
    named = _named(by_record)
    for (kind, _, _), records in days.items():
        found = figures.cheats.setdefault(kind, Found())
        own = [f for record in records for f in by_record.get(record, []) if not f.silent]
        carried = any(flag.code in aims[kind] for flag in own)
        aimed = carried or any((record, code) in named for record in records for code in aims[kind])
        weighty = any(flag.weight in WEIGHTY for flag in own)
        foiled = kind == "clock_jump" and all(
            record in stood and stood[record][0] != _claimed(sent[record]) for record in records
        )
        found.days += 1
        found.own += carried
        found.aimed += aimed
        found.any += bool(own)
        found.weighty += weighty
        found.foiled += foiled
        found.caught += aimed or weighty or foiled


def _named(by_record: dict[UUID, list[Flag]]) -> set[tuple[UUID, str]]:
    """The records that the evidence of other records' flags names, each with the flag's code.

    Only where the evidence says that both are one value: for a pair of which one may be honest
    (an old picture and its original) the other one is no cheat's.
    """
    found: set[tuple[UUID, str]] = set()
    for flags in by_record.values():
        for flag in flags:
            others = flag.evidence.get("others")
            if flag.code in SAME_VALUE and not flag.silent and isinstance(others, list):
                found |= {(UUID(str(other)), flag.code) for other in others}
    return found


def _claimed(one: Sent) -> date:
    return one.truth.claimed if isinstance(one.truth, Look) else one.truth.day


def lost(with_flags: Credits, without: Credits) -> list[str]:
    """Credits that flags alone have taken: there must be none."""
    out = []
    for key, (have, days) in without.items():
        now, now_days = with_flags.get(key, (0.0, frozenset()))
        if now != have or now_days != days:
            out.append(f"{key[1]} of {key[0]}: {have} without flags, {now} with them")
    return out


def codes() -> list[str]:
    """Every code there is, as the product lists them."""
    return list(CHECKS)
