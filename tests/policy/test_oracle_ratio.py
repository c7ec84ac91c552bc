"""A second oracle without engine code: years of days, two-thirds months and visits, as plain sets.

5,000 random histories over leap years and year ends; a failure names its seed.
ZHUCUN_ORACLE_SEED moves the seeds, ZHUCUN_ORACLE_WORLDS sets how many are tried.
"""

import json
import os
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction
from math import ceil
from pathlib import Path

import pytest

from app.policy.engine import evaluate
from app.policy.loader import read_pack
from app.policy.periods import parse
from app.policy.reading import read_file
from app.policy.records import CheckIn, History, Household, Leave, MakeUp, Post, RecordState
from app.policy.standing import Standing

START = int(os.environ.get("ZHUCUN_ORACLE_SEED", "0"))
WORLDS = int(os.environ.get("ZHUCUN_ORACLE_WORLDS", "5000"))
CHUNKS = 10
EIGHT = timezone(timedelta(hours=8))
HERE = Path(__file__).parent
PACK = read_pack(read_file(HERE / "trial.yaml"))
MONTHS = [(2019, 12), (2020, 1), (2020, 2), (2024, 2), (2018, 2), (2023, 10), (2026, 5), (2025, 12)]
STATES: list[RecordState] = [
    "counted",
    "counted",
    "counted",
    "in_review",
    "withdrawn",
    "not_counted",
]


def off_days() -> dict[date, bool]:
    """The notices read once more, without the engine's calendar."""
    file = HERE.parents[1] / "app" / "policy" / "calendars" / "2004-2026.json"
    years = json.loads(file.read_text(encoding="utf-8"))
    return {date.fromisoformat(d["date"]): d["isOffDay"] for year in years for d in year["days"]}


OFF = off_days()


def works(day: date) -> bool:
    return not OFF.get(day, day.isoweekday() > 5)


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(n) for n in range((last - first).days + 1)]


def month_days(year: int, month: int) -> list[date]:
    return [
        d
        for d in days(date(year, month, 1), date(year, month, 1) + timedelta(31))
        if d.month == month
    ]


@dataclass
class World:
    history: History
    month: tuple[int, int]
    at: datetime
    settings: dict[str, str | int | float | bool | None]

    @property
    def today(self) -> date:
        return self.at.astimezone(EIGHT).date()


def make_world(seed: int) -> World:
    dice = random.Random(seed)
    year, month = dice.choice(MONTHS)
    span = month_days(year, month)
    begin = datetime(year, month, 1, tzinfo=EIGHT)
    posts = []
    for _ in range(dice.randrange(1, 4)):
        first = span[0] + timedelta(dice.choice([-40, -40, -3, 0, dice.randrange(len(span))]))
        last = dice.choice([None, None, first + timedelta(dice.randrange(0, 60))])
        posts.append(Post(dice.choice(["FS", "CL", "TL", "HC"]), dice.choice("AAB"), first, last))
    history = History(
        tuple(posts),
        check_ins=tuple(make_check_ins(dice, begin, len(span))),
        make_ups=tuple(
            MakeUp(
                f"m{n}", dice.choice("AB"), dice.choice(span), dice.choice(["approved", "pending"])
            )
            for n in range(dice.randrange(4))
        ),
        leaves=tuple(make_leaves(dice, span)),
        households=tuple(
            Household(
                f"h{n}",
                span[0] - timedelta(dice.choice([30, -5])),
                dice.choice([None, None, span[-1] - timedelta(9)]),
                poor=dice.random() < 0.8,
            )
            for n in range(dice.randrange(4))
        ),
    )
    settings: dict[str, str | int | float | bool | None] = {
        "ratio_numerator": dice.choice(["all_days", "all_days", "workdays"]),
        "leave": dice.choice(["recorded", "deduct_workdays"]),
        "half_day_hours": dice.choice([3.5, 4]),
        "households_per": dice.choice(["visit", "visit", "month"]),
        "visits_per_date": dice.choice([1, 1, 2]),
        "hc_visits_per": dice.choice(["person", "person", "household"]),
    }
    at = begin + timedelta(minutes=dice.randrange(-1440, (len(span) + 12) * 1440))
    return World(history, (year, month), at, settings)


def make_check_ins(dice: random.Random, begin: datetime, length: int) -> list[CheckIn]:
    found = []
    for n in range(dice.choice([3, 25, 60])):
        day, village = dice.randrange(-2, length + 2), dice.choice("AAAAB")
        at = begin + timedelta(days=day, minutes=dice.choice([0, 480, 510, 700, 720, 1020, 1439]))
        household = f"h{dice.randrange(14)}" if dice.random() < 0.2 else None
        found.append(make_check_in(dice, f"c{n}", at, village, household))
    for n in range(dice.randrange(8)):
        day, village = dice.randrange(length), dice.choice("AAAB")
        start = begin + timedelta(days=day, hours=dice.randrange(6, 12))
        hours = dice.choice([3, 3.5, 4, 7, 8, 13])
        number = dice.choice([5, 6, 6, 10, 12, 13])
        for k in range(number + 2):
            at = start + timedelta(hours=hours) * k / (number + 1)
            household = f"h{k}" if 0 < k <= number else None
            found.append(make_check_in(dice, f"s{n}-{k}", at, village, household))
    return found


def make_check_in(
    dice: random.Random, name: str, at: datetime, village: str, household: str | None
) -> CheckIn:
    state = dice.choice(STATES) if dice.random() < 0.1 else "counted"
    return CheckIn(
        name,
        "household" if household else dice.choice(["presence", "departure"]),
        village,
        household,
        at.astimezone(dice.choice([UTC, EIGHT])),
        at + timedelta(days=dice.choice([0, 0, 0, 0, 3])),
        at.astimezone(EIGHT).date(),
        state,
        poor=dice.random() < 0.97,
    )


def make_leaves(dice: random.Random, span: list[date]) -> list[Leave]:
    found = []
    for n in range(dice.randrange(3)):
        first = dice.choice(span) - timedelta(3)
        last = first + timedelta(dice.choice([0, 4, 30]))
        found.append(
            Leave(f"l{n}", first, last, state=dice.choice(["approved", "approved", "asked"]))
        )
    return found


def posted(world: World, kind: str, span: Iterable[date]) -> set[date]:
    return {
        day
        for day in span
        for p in world.history.posts
        if p.kind == kind and p.first <= day <= (p.last or date.max)
    }


def in_place(world: World, kind: str, day: date, village: str) -> bool:
    return any(
        p.kind == kind and p.unit == village and p.first <= day <= (p.last or date.max)
        for p in world.history.posts
    )


def valid(world: World, kind: str, span: set[date]) -> list[CheckIn]:
    return [
        c
        for c in world.history.check_ins
        if c.received_at <= world.at
        and c.state in ("counted", "in_review")
        and c.day <= world.today
        and c.day in span
        and in_place(world, kind, c.day, c.village)
    ]


def present(world: World, span: set[date]) -> set[date]:
    return {c.day for c in valid(world, "FS", span)} | {
        m.day
        for m in world.history.make_ups
        if m.state == "approved" and m.day <= world.today and m.day in span
        if in_place(world, "FS", m.day, m.village)
    }


def ask(world: World, rule: str, key: str) -> Standing | None:
    return evaluate(PACK, rule, world.history, parse(key), world.at, settings=world.settings)


def daily_state(short: int, useful: list[date], today: date, last: date) -> str:
    if short <= 0:
        return "met"
    if today > last:
        return "not_met"
    if short > len(useful):
        return "unreachable"
    return "at_risk" if Fraction(short) > Fraction(4, 5) * len(useful) else "on_track"


def check_year(world: World) -> None:
    year = world.month[0]
    span = days(date(year, 1, 1), date(year, 12, 31))
    here = posted(world, "FS", span)
    standing = ask(world, "DAYS", str(year))
    if not here:
        assert standing is None
        return
    assert standing is not None
    have = present(world, set(span))
    need = ceil(Fraction(60 * len(here), len(span)))
    left = sorted(d for d in here if d > world.today or (d == world.today and d not in have))
    state = daily_state(need - len(have), left, world.today, span[-1])
    assert (standing.have, standing.need, standing.state) == (len(have), need, state)
    assert (standing.days_left, {c.day for c in standing.counted}) == (len(left), have)
    check_change(standing, left, need - len(have))


def check_change(standing: Standing, useful: list[date], short: int) -> None:
    assert standing.can_miss == max(0, len(useful) - max(0, short))
    expected = useful[-short] if standing.state in ("on_track", "at_risk") else None
    assert standing.change_by == expected


def check_ratio(world: World) -> None:
    year, month = world.month
    span = month_days(year, month)
    here = posted(world, "FS", span)
    standing = ask(world, "RATIO", f"{year}-{month:02d}")
    if not here:
        assert standing is None
        return
    assert standing is not None
    only = world.settings["ratio_numerator"] == "workdays"
    have = {d for d in present(world, set(span)) if works(d) or not only}
    owed = {d for d in here if works(d)}
    if world.settings["leave"] == "deduct_workdays":
        owed -= {
            d for x in world.history.leaves if x.state == "approved" for d in days(x.first, x.last)
        }
    need, full = ceil(Fraction(2 * len(owed), 3)), ceil(Fraction(2 * sum(map(works, span)), 3))
    left = sorted(d for d in here if d > world.today or (d == world.today and d not in have))
    useful = [d for d in left if works(d) or not only]
    state = daily_state(need - len(have), useful, world.today, span[-1]) if owed else "excused"
    got = (standing.have, standing.need, standing.full_need, standing.state, standing.days_left)
    assert got == (len(have), need, full, state, len(left))
    check_change(standing, useful, need - len(have))


def visits(world: World, kind: str, hours: float, asked: int, most: int) -> int:
    """Visits of the month, counted village by village and date by date."""
    by_month = world.settings["households_per"] == "month"
    places: dict[tuple[date, str], list[CheckIn]] = defaultdict(list)
    for c in valid(world, kind, set(month_days(*world.month))):
        places[c.day, c.village].append(c)
    total, met = 0, set()
    for found in places.values():
        length = max(c.at for c in found) - min(c.at for c in found)
        homes = {c.household for c in found if c.household and c.poor}
        times = 0
        while times < most and length >= timedelta(hours=hours) * (times + 1):
            if not by_month and len(homes) < asked * (times + 1):
                break
            times += 1
        total += times
        met |= homes if times else set()
    return 0 if by_month and len(met) < asked else total


def check_visits(world: World) -> None:
    year, month = world.month
    span = month_days(year, month)
    half, most = world.settings["half_day_hours"], world.settings["visits_per_date"]
    assert isinstance(half, float | int)
    assert isinstance(most, int)
    for rule, kind, number, have in (
        ("HALF", "CL", 4, visits(world, "CL", half, 6, most)),
        ("WHOLE", "TL", 6, visits(world, "TL", 7, 10, 1)),
    ):
        here = posted(world, kind, span)
        standing = ask(world, rule, f"{year}-{month:02d}")
        if not here:
            assert standing is None
            continue
        assert standing is not None
        need = ceil(Fraction(number * len(here), len(span)))
        assert (standing.have, standing.need) == (have, need)
        check_state(world, standing, have >= need, max(here), span[-1])


def check_state(world: World, standing: Standing, met: bool, end: date, last: date) -> None:
    tight = world.today > end - timedelta(7)
    running = "at_risk" if tight else "on_track"
    assert standing.state == ("met" if met else "not_met" if world.today > last else running)


def check_homes(world: World) -> None:
    year, month = world.month
    span = month_days(year, month)
    here = posted(world, "HC", span)
    standing = ask(world, "HOME", f"{year}-{month:02d}")
    if not here:
        assert standing is None
        return
    assert standing is not None
    own = {h.id: h for h in world.history.households if h.poor}
    seen = {
        (c.household, c.day)
        for c in valid(world, "HC", set(span))
        if c.kind == "household" and c.household in own and c.poor
        if own[c.household].paired_first <= c.day <= (own[c.household].paired_last or date.max)
    }
    each = ceil(Fraction(4 * len(here), len(span)))
    asked = min(world.today, span[-1])
    homes = [h for h in own.values() if h.paired_first <= asked <= (h.paired_last or date.max)]
    have, need = len(seen), each
    if world.settings["hc_visits_per"] == "household":
        have = sum(min(each, sum(h.id == name for name, _ in seen)) for h in homes)
        need = each * len(homes)
    assert (standing.have, standing.need) == (have, need)
    if need:
        check_state(world, standing, have >= need, max(here), span[-1])
    else:
        assert standing.state == "not_assessed"


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_engine_agrees_with_the_oracle(chunk: int) -> None:
    for seed in range(START + chunk, START + WORLDS, CHUNKS):
        world = make_world(seed)
        try:
            check_year(world)
            check_ratio(world)
            check_visits(world)
            check_homes(world)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
