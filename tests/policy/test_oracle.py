"""An oracle that shares no code with the engine: days as sets, every definition spelled out.

ZHUCUN_ORACLE_CASES sets how many random histories are tried (nightly: 5000).
"""

import os
import random
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction
from math import ceil

import pytest

from app.policy.engine import evaluate
from app.policy.loader import load_pack
from app.policy.periods import parse
from app.policy.records import CheckIn, Diary, History, Household, MakeUp, Post, RecordState
from app.policy.standing import Standing

HISTORIES = int(os.environ.get("ZHUCUN_ORACLE_CASES", "300"))
EIGHT = timezone(timedelta(hours=8))
STATES: list[RecordState] = ["counted", "in_review", "withdrawn", "not_counted"]
QUARTERS = [(2018, 4), (2019, 1), (2020, 1), (2023, 4), (2024, 1), (2024, 2), (2026, 4)]


@dataclass
class World:
    """One random person: records, the quarter asked, the moment and the settings."""

    history: History
    quarter: tuple[int, int]
    at: datetime
    per_day: int | None
    grace: int


def days_between(first: date, last: date) -> list[date]:
    found = []
    while first <= last:
        found.append(first)
        first += timedelta(days=1)
    return found


def months_of(year: int, months: list[int]) -> list[date]:
    first, last = date(year, months[0], 1), date(year, months[-1], monthrange(year, months[-1])[1])
    return days_between(first, last)


def make_world(seed: int) -> World:
    dice = random.Random(seed)
    year, quarter = dice.choice(QUARTERS)
    span = months_of(year, [quarter * 3 - 2, quarter * 3 - 1, quarter * 3])
    begin = datetime(span[0].year, span[0].month, span[0].day, tzinfo=EIGHT)
    at = begin + timedelta(minutes=dice.randrange(-3 * 1440, (len(span) + 60) * 1440))
    posts = [
        Post(
            dice.choice(["FS", "TM", "HC", "HC", "AG"]),
            dice.choice("AAB"),
            first := span[0] + timedelta(days=dice.randrange(-60, 2 * len(span) // 3)),
            dice.choice([None, first + timedelta(days=dice.randrange(0, 120))]),
        )
        for _ in range(dice.randrange(1, 4))
    ]
    history = History(
        tuple(posts),
        check_ins=tuple(check_ins(dice, begin, len(span))),
        make_ups=tuple(
            MakeUp(
                f"m{n}", dice.choice("AB"), dice.choice(span), dice.choice(["approved", "pending"])
            )
            for n in range(dice.randrange(6))
        ),
        diaries=tuple(diaries(dice, begin, len(span))),
        households=tuple(households(dice, span)),
    )
    return World(
        history, (year, quarter), at, dice.choice([None, None, 1, 2]), dice.choice([0, 0, 1, 3])
    )


def check_ins(dice: random.Random, begin: datetime, length: int) -> list[CheckIn]:
    moments: list[datetime] = []
    for _ in range(dice.choice([5, 60, 200])):
        near = moments and dice.random() < 0.3
        base = dice.choice(moments) if near else begin
        reach = 21 if near else length * 1440
        moments.append(base + timedelta(minutes=dice.randrange(-20, reach)))
    return [
        CheckIn(
            f"c{dice.randrange(len(moments) * 20)}" if dice.random() < 0.05 else f"c{number}",
            dice.choice(["presence", "presence", "presence", "household", "departure"]),
            dice.choice("AAAAAABC"),
            dice.choice([None, None, "h1"]),
            moment.astimezone(dice.choice([UTC, EIGHT])),
            moment + timedelta(minutes=number % 7, days=dice.choice([0, 0, 0, 12])),
            moment.date(),
            dice.choices(STATES, (12, 1, 1, 1))[0],
        )
        for number, moment in enumerate(moments)
    ]


def diaries(dice: random.Random, begin: datetime, length: int) -> list[Diary]:
    found = []
    for number in range(dice.randrange(6)):
        written = begin + timedelta(minutes=dice.randrange(-1440, (length + 5) * 1440))
        received = written + timedelta(hours=dice.choice([-1, 0, 5, 71, 72, 73, 200]))
        work = written.date() - timedelta(days=dice.randrange(-1, 6))
        found.append(Diary(f"d{number}", work, written, received))
    return found


def households(dice: random.Random, span: list[date]) -> list[Household]:
    return [
        Household(
            f"h{number}",
            paired_first=dice.choice(span) - timedelta(days=60),
            paired_last=dice.choice([None, dice.choice(span)]),
            active_last=dice.choice([None, None, dice.choice(span)]),
            portrait=dice.choice([None, dice.choice(span) - timedelta(days=50)]),
        )
        for number in range(dice.randrange(4))
    ]


def posted_days(world: World, kinds: set[str], span: list[date]) -> set[date]:
    return {
        day
        for day in span
        for post in world.history.posts
        if post.kind in kinds and post.first <= day and (post.last or date.max) >= day
    }


def right_place(world: World, kinds: set[str], day: date, village: str) -> bool:
    return any(
        post.kind in kinds and post.unit == village and post.first <= day <= (post.last or date.max)
        for post in world.history.posts
    )


def valid_check_ins(world: World) -> list[CheckIn]:
    """Known at the time, one per id, not decided away, in the right village, not of the future."""
    today = world.at.astimezone(EIGHT).date()
    found = []
    for one in world.history.check_ins:
        same = [c for c in world.history.check_ins if c.id == one.id and c.received_at <= world.at]
        if one not in same or one is not min(same, key=lambda c: c.received_at):
            continue
        fine = one.state in ("counted", "in_review") and one.day <= today
        if fine and right_place(world, {"FS", "TM", "TL"}, one.day, one.village):
            found.append(one)
    return sorted(found, key=lambda c: (c.at, c.id))


def oracle_days(world: World, span: list[date]) -> set[date]:
    today = world.at.astimezone(EIGHT).date()
    proved = {c.day for c in valid_check_ins(world)} | {
        m.day
        for m in world.history.make_ups
        if m.state == "approved"
        and m.day <= today
        and right_place(world, {"FS", "TM", "TL"}, m.day, m.village)
    }
    return proved & set(span)


def oracle_counts(world: World, span: list[date]) -> list[date]:
    counted: list[CheckIn] = []
    for one in valid_check_ins(world):
        if one.kind == "departure":
            continue
        near = [
            c
            for c in counted
            if (c.village, c.household) == (one.village, one.household)
            and (one.at - c.at).total_seconds() <= 600
        ]
        full = world.per_day and sum(c.day == one.day for c in counted) >= world.per_day
        if not near and not full:
            counted.append(one)
    return [c.day for c in counted if c.day in set(span)]


def oracle_diaries(world: World, span: list[date]) -> tuple[list[date], int]:
    """Work dates of those on time, and how many were late."""
    today = world.at.astimezone(EIGHT).date()
    posted, on_time, late = posted_days(world, {"HC"}, span), [], 0
    for diary in world.history.diaries:
        hours = (diary.received_at - diary.written_at).total_seconds() / 3600
        moment = diary.received_at if hours > 72 or hours < 0 else diary.written_at
        shown = moment.astimezone(EIGHT).date()
        if diary.received_at > world.at or diary.work_date not in posted:
            continue
        if diary.work_date > today or shown > today:
            continue
        if shown > span[-1] + timedelta(days=world.grace):
            late += 1
        else:
            on_time.append(diary.work_date)
    return on_time, late


def expected_left(world: World, posted: set[date], counted: set[date]) -> int:
    today = world.at.astimezone(EIGHT).date()
    return sum(day > today or (day == today and day not in counted) for day in posted)


def running_state(world: World, short: int, left: int, posted: set[date], *, daily: bool) -> str:
    today = world.at.astimezone(EIGHT).date()
    if daily and short > left:
        return "unreachable"
    tight = Fraction(short) > Fraction(4, 5) * left if daily else today > max(posted) - timedelta(7)
    return "at_risk" if tight else "on_track"


def ask(world: World, rule: str, period: str) -> Standing | None:
    settings = {"max_counted_per_day": world.per_day, "grace_days": world.grace}
    return evaluate(
        load_pack("p0-village-leader"),
        rule,
        world.history,
        parse(period, world.at.astimezone(EIGHT).date()),
        world.at,
        settings=settings,
    )


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_quarter_rules_agree_with_the_oracle(seed: int) -> None:
    world = make_world(seed)
    year, quarter = world.quarter
    span = months_of(year, [quarter * 3 - 2, quarter * 3 - 1, quarter * 3])
    posted = posted_days(world, {"FS", "TM", "TL"}, span)
    proved, counts = oracle_days(world, span), oracle_counts(world, span)
    today = world.at.astimezone(EIGHT).date()
    for rule, have, days, daily in (
        ("R01", len(proved), proved, True),
        ("R02", len(counts), set(counts), world.per_day == 1),
    ):
        standing = ask(world, rule, f"{year}-Q{quarter}")
        if not posted:
            assert standing is None
            continue
        assert standing is not None
        need = ceil(Fraction(50 * len(posted), len(span)))
        left = expected_left(world, posted, days)
        if have >= need:
            state = "met"
        elif today > span[-1]:
            state = "not_met"
        else:
            state = running_state(world, need - have, left, posted, daily=daily)
        assert (standing.have, standing.need, standing.state) == (have, need, state)
        assert standing.days_left == left
        assert standing.remaining == max(0, need - have)
        assert standing.can_miss == (max(0, left - max(0, need - have)) if daily else None)
        assert {c.day for c in standing.counted} == days


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_diaries_agree_with_the_oracle(seed: int) -> None:
    world = make_world(seed)
    year, month = world.quarter[0], world.quarter[1] * 3 - seed % 3
    span = months_of(year, [month])
    posted = posted_days(world, {"HC"}, span)
    standing = ask(world, "R04", f"{year}-{month:02d}")
    if not posted:
        assert standing is None
        return
    assert standing is not None
    on_time, late = oracle_diaries(world, span)
    today = world.at.astimezone(EIGHT).date()
    if len(posted) * 2 < len(span):
        state = "not_assessed"
    elif on_time:
        state = "met"
    elif today > span[-1] + timedelta(days=world.grace):
        state = "late" if late else "not_met"
    else:
        state = running_state(world, 1, 0, posted, daily=False)
    assert (standing.have, standing.state) == (len(on_time), state)
    assert standing.days_left == expected_left(world, posted, set(on_time))


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_coverage_agrees_with_the_oracle(seed: int) -> None:
    world = make_world(seed)
    today = world.at.astimezone(EIGHT).date()
    standing = ask(world, "R06", "standing")
    if not posted_days(world, {"HC"}, [today]):
        assert standing is None
        return
    assert standing is not None
    own = {
        h.id: h.portrait is not None and h.portrait <= today
        for h in world.history.households
        if today in days_between(h.paired_first, h.paired_last or today)
        and (h.active_last is None or h.active_last >= today)
    }
    done = sum(own.values())
    state = "not_assessed" if not own else "met" if done == len(own) else "not_met"
    assert (standing.have, standing.need, standing.state) == (done, len(own), state)
    assert len(standing.counted) <= done
    assert {n.record for n in standing.not_counted} == {h for h, fine in own.items() if not fine}
