"""What must hold for every history: more never counts less, order and splits change nothing."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from app.policy.engine import evaluate
from app.policy.loader import load_pack
from app.policy.periods import SHANGHAI, parse
from app.policy.records import CheckIn, CheckInKind, Diary, History, Post
from app.policy.standing import Standing

PACK = load_pack("p0-village-leader")
START = datetime(2024, 1, 1, tzinfo=SHANGHAI)
QUARTER, MONTH = parse("2024-Q1"), parse("2024-02")
AFTER = datetime(2024, 6, 1, tzinfo=SHANGHAI)
KINDS: tuple[CheckInKind, ...] = ("presence", "household", "departure")
RULES = [("R01", QUARTER), ("R02", QUARTER), ("R04", MONTH)]

moments = st.integers(0, QUARTER.days * 1440 - 1).map(lambda n: START + timedelta(minutes=n))
villages = st.sampled_from(["A", "A", "B"])


@st.composite
def check_ins(draw: st.DrawFn) -> CheckIn:
    at = draw(moments)
    kind = draw(st.sampled_from(KINDS))
    household = draw(st.sampled_from([None, "h1"]))
    return CheckIn(f"c{draw(st.uuids())}", kind, draw(villages), household, at, at, at.date())


@st.composite
def diaries(draw: st.DrawFn) -> Diary:
    at = draw(moments)
    work = at.date() - timedelta(days=draw(st.integers(0, 5)))
    return Diary(f"d{draw(st.uuids())}", work, at, at)


@st.composite
def posts(draw: st.DrawFn) -> Post:
    first = START.date() + timedelta(days=draw(st.integers(-30, QUARTER.days - 1)))
    last = draw(st.none() | st.integers(0, 100).map(lambda n: first + timedelta(days=n)))
    return Post(draw(st.sampled_from(["FS", "HC"])), draw(villages), first, last)


histories = st.builds(
    History,
    posts=st.lists(posts(), min_size=1, max_size=3).map(tuple),
    check_ins=st.lists(check_ins(), max_size=25).map(tuple),
    diaries=st.lists(diaries(), max_size=5).map(tuple),
)


def standings(history: History, at: datetime = AFTER) -> list[Standing | None]:
    return [evaluate(PACK, rule, history, period, at) for rule, period in RULES]


def have(history: History) -> list[int]:
    return [standing.have if standing else 0 for standing in standings(history)]


@settings(deadline=None)
@given(histories, check_ins(), diaries())
def test_one_more_record_never_lowers_what_counts(
    history: History, check_in: CheckIn, diary: Diary
) -> None:
    more = replace(
        history,
        check_ins=(*history.check_ins, check_in),
        diaries=(*history.diaries, diary),
    )
    assert all(a <= b for a, b in zip(have(history), have(more), strict=True))


@settings(deadline=None)
@given(histories, st.randoms(use_true_random=False), moments)
def test_the_order_of_records_does_not_matter(history: History, dice: Random, at: datetime) -> None:
    turned = History(
        posts=tuple(dice.sample(history.posts, len(history.posts))),
        check_ins=tuple(dice.sample(history.check_ins, len(history.check_ins))),
        diaries=tuple(dice.sample(history.diaries, len(history.diaries))),
    )
    assert standings(turned, at) == standings(history, at)


@settings(deadline=None)
@given(histories, st.integers(0, 120), moments)
def test_a_posting_split_in_two_adjacent_ones_changes_nothing(
    history: History, cut: int, at: datetime
) -> None:
    whole, *others = history.posts
    day = whole.first + timedelta(days=cut)
    if whole.last is not None and day >= whole.last:
        return
    halves = (replace(whole, last=day), replace(whole, first=day + timedelta(days=1)))
    split = replace(history, posts=(*halves, *others))
    assert standings(split, at) == standings(history, at)


@settings(deadline=None)
@given(histories, check_ins())
def test_the_same_record_twice_is_one(history: History, check_in: CheckIn) -> None:
    once = replace(history, check_ins=(*history.check_ins, check_in))
    again = replace(check_in, received_at=check_in.received_at + timedelta(days=1))
    twice = replace(history, check_ins=(*history.check_ins, check_in, check_in, again))
    assert standings(twice) == standings(once)


@settings(deadline=None)
@given(histories, moments)
def test_numbers_fit_together(history: History, at: datetime) -> None:
    for standing in standings(history, at):
        if standing is None or standing.need is None or standing.full_need is None:
            continue
        assert 0 < standing.need <= standing.full_need
        assert standing.remaining == max(0, standing.need - standing.have)
        assert (standing.state == "met") <= (standing.have >= standing.need)
        assert 0 <= standing.days_left <= standing.period.days
        days = [counted.day for counted in standing.counted]
        assert days == sorted(set(days))
        assert all(standing.period.first <= day <= standing.period.last for day in days)
        assert all(isinstance(day, date) for day in days)
        assert standing.why.endswith("。")
