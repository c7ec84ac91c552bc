"""What must hold of every metric: more never counts less, order and adjacent postings change nothing."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TypeVar

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app.policy.engine import evaluate
from app.policy.loader import read_pack
from app.policy.pack import Rule, SettingValue
from app.policy.periods import SHANGHAI, Period, containing
from app.policy.reading import read_file
from app.policy.records import (
    Account,
    Activity,
    CheckIn,
    CheckInKind,
    Diary,
    Figure,
    History,
    Household,
    Post,
    Span,
    Staff,
    Submission,
    SubmissionState,
)
from app.policy.standing import Standing

# a failing history is large; that its text is long must not hide what failed
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

PACK = read_pack(read_file(Path(__file__).with_name("trial.yaml")))
START = datetime(2024, 2, 1, tzinfo=SHANGHAI)
LENGTH = 60
LATER = datetime(2025, 6, 1, tzinfo=SHANGHAI)
DAY = date(2024, 2, 20)
KINDS: tuple[CheckInKind, ...] = ("presence", "household", "departure")
STATES: tuple[SubmissionState, ...] = ("submitted", "accepted")
GIVEN: dict[str, SettingValue] = {"reporting_units": 2, "exit_villages": "A,B"}

# no shrinking: a history of every kind of record takes minutes to shrink; the seed tells enough
TRY = settings(deadline=None, max_examples=25, phases=(Phase.explicit, Phase.reuse, Phase.generate))
R = TypeVar("R")
P = TypeVar("P", Post, Account, Staff)

moments = st.integers(0, LENGTH * 1440 - 1).map(lambda n: START + timedelta(minutes=n))
days = st.integers(0, LENGTH - 1).map(lambda n: START.date() + timedelta(days=n))
villages = st.sampled_from(["A", "A", "B"])
names = st.uuids().map(str)
kinds = sorted({kind for rule in PACK.rules.values() for kind in rule.binds})
written = [k for rule in PACK.rules.values() if rule.metric == "submissions" for k in rule.counts]
meetings = [k for rule in PACK.rules.values() if rule.metric == "activities" for k in rule.counts]


@st.composite
def check_ins(draw: st.DrawFn) -> CheckIn:
    at, kind = draw(moments), draw(st.sampled_from(KINDS))
    household = draw(st.sampled_from([None, "h1", "h2"]))
    return CheckIn(draw(names), kind, draw(villages), household, at, at, at.date())


@st.composite
def submissions(draw: st.DrawFn) -> Submission:
    at, kind = draw(moments), draw(st.sampled_from(written))
    lengths = [r.per for r in PACK.rules.values() if kind in r.counts]
    key = containing(draw(st.sampled_from(lengths)), draw(days)).key
    state = draw(st.sampled_from(STATES))
    return Submission(draw(names), kind, key, draw(villages), at, at, None, state, at.date())


@st.composite
def activities(draw: st.DrawFn) -> Activity:
    kind = draw(st.sampled_from([*meetings, "leader_visit", "training", "research_trip"]))
    at = draw(moments)
    people, reports = draw(st.integers(0, 9)), draw(st.sampled_from([None, 1, 2, 3]))
    return Activity(draw(names), kind, at.date(), draw(villages), people, reports, at)


@st.composite
def figures(draw: st.DrawFn) -> Figure:
    name = draw(st.sampled_from(["persons_trained", "varieties", "new_professional_farmers"]))
    at = draw(moments)
    return Figure(draw(names), name, at.date(), draw(st.integers(0, 90)), at)


@st.composite
def posts(draw: st.DrawFn) -> tuple[Post, ...]:
    """One posting of every kind at the same time, so that every rule has something to say."""
    first = START.date() + timedelta(days=draw(st.integers(-90, LENGTH - 1)))
    last = draw(st.none() | st.integers(0, 100).map(lambda n: first + timedelta(days=n)))
    unit = draw(villages)
    return tuple(Post(kind, unit, first, last) for kind in kinds)


spans = st.tuples(days, st.none() | st.integers(0, 90)).map(
    lambda pair: Span(pair[0], None if pair[1] is None else pair[0] + timedelta(days=pair[1]))
)
diaries = st.builds(lambda n, at: Diary(n, at.date(), at, at), names, moments)
households = st.builds(
    lambda n, span, plan: Household(n, span.first, span.last, plan=plan, helpers=(span,)),
    st.sampled_from(["h1", "h2", "h3"]),
    spans,
    st.none() | days,
)
accounts = st.builds(
    lambda n, span, opened, used: Account(n, "FS", "A", span.first, span.last, opened, tuple(used)),
    st.sampled_from("pqr"),
    spans,
    st.none() | days,
    st.lists(days, max_size=4),
)
staff = st.builds(
    lambda n, span: Staff(n, "VC", "A", span.first, span.last), st.sampled_from("pqr"), spans
)
histories = st.builds(
    History,
    posts=st.lists(posts(), min_size=1, max_size=2).map(lambda some: sum(some, ())),
    check_ins=st.lists(check_ins(), max_size=20).map(tuple),
    diaries=st.lists(diaries, max_size=3).map(tuple),
    households=st.lists(households, max_size=3).map(tuple),
    submissions=st.lists(submissions(), max_size=8).map(tuple),
    activities=st.lists(activities(), max_size=8).map(tuple),
    figures=st.lists(figures(), max_size=4).map(tuple),
    accounts=st.lists(accounts, max_size=4).map(tuple),
    staff=st.lists(staff, max_size=4).map(tuple),
)


def split(record: P, cut: int) -> list[P]:
    """Two adjacent stretches of one; itself when it ends before the cut."""
    day = record.first + timedelta(days=cut)
    if record.last is not None and day >= record.last:
        return [record]
    return [replace(record, last=day), replace(record, first=day + timedelta(days=1))]


def asked() -> list[tuple[Rule, Period]]:
    return [(rule, containing(rule.per, DAY)) for rule in PACK.rules.values()]


def standings(history: History, at: datetime = LATER) -> list[Standing | None]:
    return [
        evaluate(PACK, rule.id, history, period, at, settings=GIVEN) for rule, period in asked()
    ]


def differing(one: list[Standing | None], other: list[Standing | None]) -> list[str]:
    """The rules of which two answers are not the same."""
    rules = [rule.id for rule, _ in asked()]
    return [rule for rule, a, b in zip(rules, one, other, strict=True) if a != b]


def have(history: History) -> list[int]:
    return [standing.have if standing else 0 for standing in standings(history)]


@TRY
@given(histories, check_ins(), diaries, submissions(), activities(), figures())
def test_one_more_record_never_lowers_what_counts(
    history: History,
    check_in: CheckIn,
    diary: Diary,
    submission: Submission,
    activity: Activity,
    figure: Figure,
) -> None:
    before = have(history)
    for more in (
        replace(history, check_ins=(*history.check_ins, check_in)),
        replace(history, diaries=(*history.diaries, diary)),
        replace(history, submissions=(*history.submissions, submission)),
        replace(history, activities=(*history.activities, activity)),
        replace(history, figures=(*history.figures, figure)),
    ):
        assert all(a <= b for a, b in zip(before, have(more), strict=True))


def shuffled(history: History, dice: Random) -> History:
    def turn(records: tuple[R, ...]) -> tuple[R, ...]:
        return tuple(dice.sample(records, len(records)))

    return replace(
        history,
        posts=turn(history.posts),
        check_ins=turn(history.check_ins),
        diaries=turn(history.diaries),
        submissions=turn(history.submissions),
        activities=turn(history.activities),
        figures=turn(history.figures),
        accounts=turn(history.accounts),
        staff=turn(history.staff),
    )


@TRY
@given(histories, st.integers(0, 10**6).map(Random), moments)
def test_the_order_of_records_does_not_matter(history: History, dice: Random, at: datetime) -> None:
    assert differing(standings(shuffled(history, dice), at), standings(history, at)) == []


@TRY
@given(histories, st.integers(0, 120), moments)
def test_a_posting_split_in_two_adjacent_ones_changes_nothing(
    history: History, cut: int, at: datetime
) -> None:
    halves = tuple(half for post in history.posts for half in split(post, cut))
    assert differing(standings(replace(history, posts=halves), at), standings(history, at)) == []


@TRY
@given(histories, st.integers(0, 60), moments)
def test_accounts_and_staff_split_in_two_adjacent_ones_change_nothing(
    history: History, cut: int, at: datetime
) -> None:
    cut_up = replace(
        history,
        accounts=tuple(half for account in history.accounts for half in split(account, cut)),
        staff=tuple(half for one in history.staff for half in split(one, cut)),
    )
    assert differing(standings(cut_up, at), standings(history, at)) == []


@TRY
@given(histories, moments)
def test_the_same_records_twice_are_one(history: History, at: datetime) -> None:
    twice = replace(
        history,
        check_ins=history.check_ins * 2,
        submissions=history.submissions * 2,
        activities=history.activities * 2,
        figures=history.figures * 2,
    )
    assert differing(standings(twice, at), standings(history, at)) == []


@TRY
@given(histories, moments, st.lists(days, max_size=20))
def test_numbers_and_sentences_fit_together(
    history: History, at: datetime, assumed: list[date]
) -> None:
    for (rule, period), standing in zip(asked(), standings(history, at), strict=True):
        if standing is None:
            continue
        assert standing.why.endswith("。")
        assert "None" not in standing.why
        assert (standing.state == "not_assessed") == (standing.not_assessed is not None)
        assert standing.days_left >= 0
        if standing.need is not None:
            assert standing.remaining == max(0, standing.need - standing.have)
        more = evaluate(PACK, rule.id, history, period, at, settings=GIVEN, assume_days=assumed)
        assert more is not None
        assert more.have >= standing.have
        marked = {counted.day for counted in more.counted if counted.assumed}
        assert marked <= set(assumed)
        assert len(marked) == more.have - standing.have
