"""What came of a fleet: flags per rule, credits lost, cheats found."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlmodel import col, select

from app.checkins.models import CheckIn
from app.core.db import Database
from app.reviews.models import Flag
from app.reviews.words import CHECKS
from scripts.fleets.acts import Event, Look, Sent
from scripts.fleets.drive import Credits

WEIGHTY = ("medium", "high")


@dataclass
class Figures:
    """``flagged``: records per code; the other counts are of records, days and cheater-days."""

    records: int = 0
    flagged: Counter[str] = field(default_factory=Counter)
    any: int = 0
    weighty: int = 0
    high: int = 0
    lost: int = 0
    days_moved: int = 0
    days_gained: int = 0
    states: Counter[str] = field(default_factory=Counter)
    cheats: dict[str, "Found"] = field(default_factory=dict)
    samples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


@dataclass
class Found:
    """Of one kind of cheat: days on which it was done, and how they were found."""

    days: int = 0
    aimed: int = 0
    weighty: int = 0
    any: int = 0
    foiled: int = 0
    neither: int = 0

    def share(self, number: int) -> float:
        """As a share of the days."""
        return number / self.days if self.days else 0.0


async def measure(base: Database, events: Sequence[Event], aims: dict[str, list[str]]) -> Figures:
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
    for record, own in by_record.items():
        if record not in sent:
            continue
        for code in {flag.code for flag in own}:
            figures.flagged[code] += 1
            if len(figures.samples[code]) < 400:
                evidence = next(flag.evidence for flag in own if flag.code == code)
                figures.samples[code].append(f"{sent[record].person} {record} {evidence}")
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
    for (kind, _, _), records in days.items():
        found = figures.cheats.setdefault(kind, Found())
        own = [flag for record in records for flag in by_record.get(record, [])]
        aimed = any(flag.code in aims[kind] for flag in own)
        weighty = any(flag.weight in WEIGHTY for flag in own)
        foiled = kind == "clock_jump" and all(
            record in stood and stood[record][0] != _claimed(sent[record]) for record in records
        )
        found.days += 1
        found.aimed += aimed
        found.any += bool(own)
        found.weighty += weighty
        found.foiled += foiled
        found.neither += not (weighty or foiled)


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
