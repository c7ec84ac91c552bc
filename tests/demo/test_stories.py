"""Every story comes true, on whatever day the demonstration is loaded. No database."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.checkins import service as checkins
from app.checkins.models import CheckIn
from app.checkins.timing import Timed
from app.core.geo import Point, distance_m
from app.demo import words
from app.demo.people import Cadre, settle
from app.demo.places import COUNTY_CENTRE, RADIUS_M
from app.demo.service import divisions_of, townships_of
from app.demo.span import Span, at, days, holidays
from app.demo.stories import EVERY, HELPERS, STATIONED, Story, cast, told
from app.org.models import Fence
from app.policy.periods import Period, containing
from app.policy.standing import State
from tests.demo.played import ANCHORS, COUNTY, Played

MIDDLE = date(2026, 11, 21)
DAYS = (MIDDLE, date(2026, 10, 1), date(2026, 12, 31), date(2027, 2, 28))


@pytest.fixture(scope="module")
def played() -> Played:
    """琴亭镇 as loaded in the middle of a quarter."""
    return Played(MIDDLE)


def _periods(played: Played, rule: str) -> list[Period]:
    if rule in ("R01", "R02"):
        return [played.span.before, played.span.now]
    if rule == "R04":
        return [*played.span.whole_months, containing("month", played.span.today)]
    return [containing("standing", played.span.today)]


def _states(played: Played, cadres: Iterator[Cadre]) -> set[State]:
    return {
        standing.state
        for cadre in cadres
        for rule in ("R01", "R02", "R04", "R05", "R06", "R07")
        for period in _periods(played, rule)
        if (standing := played.standing(cadre, rule, period)) is not None
    }


@pytest.mark.parametrize("today", DAYS)
def test_every_state_of_a_standing_occurs(today: date) -> None:
    """All but ``excused``: this pack has no working-day rule, and only those excuse."""
    played = Played(today)
    wanted: set[State] = {
        "met", "on_track", "at_risk", "unreachable", "not_met", "late", "not_assessed",
    }  # fmt: skip
    if played.span.elapsed < 6:
        wanted -= {"unreachable"}  # nothing is out of reach yet
    if played.span.left == 1:
        wanted -= {"on_track"}  # on the last day who is still short is at risk
    assert _states(played, played.population.cadres()) >= wanted


@pytest.mark.parametrize("today", DAYS)
def test_nothing_lies_outside_the_days_told_of(today: date) -> None:
    played = Played(today)
    span = played.span
    for row in played.rows(CheckIn):
        assert span.before.first <= row["day"] <= span.yesterday
        assert row["received_at"] <= at(span.yesterday, 23, 59, 59)
    assert {row["day"] for row in played.rows(CheckIn)} >= {span.yesterday, span.before.first}


def test_the_same_seed_and_day_are_the_same_people_and_records(played: Played) -> None:
    again = Played(MIDDLE)
    own = ("id", "person_id", "captured_at", "received_at", "lat_e7", "place", "digest")
    for one, other in zip(played.rows(CheckIn), again.rows(CheckIn), strict=True):
        assert [one[name] for name in own] == [other[name] for name in own]
    other_seed = Played(MIDDLE, seed=2)
    assert {c.name for c in played.population.cadres()} != {
        c.name for c in other_seed.population.cadres()
    }


def test_every_story_is_told_by_somebody(played: Played) -> None:
    there = {cadre.story.key for cadre in played.population.cadres()}
    assert {story.key for story in (*STATIONED, *HELPERS)} <= there


@pytest.mark.parametrize(
    ("story", "have", "state"),
    [
        ("edge_met", 50, "met"),
        ("edge_missed", 49, "not_met"),
        ("behind", None, "not_met"),
        ("slow", None, "met"),
        ("ahead", None, "met"),
        ("steady", None, "met"),
        ("newcomer", None, "met"),
    ],
)
def test_days_of_the_quarter_before(
    played: Played, story: str, have: int | None, state: State
) -> None:
    for cadre in played.of(story, "FS", "TL", "TM"):
        standing = played.standing(cadre, "R01", played.span.before)
        assert standing is not None
        assert standing.state == state
        assert have is None or standing.have == have


@pytest.mark.parametrize(
    ("story", "state"),
    [
        ("steady", "on_track"),
        ("slow", "at_risk"),
        ("behind", "unreachable"),
        ("last_day", "at_risk"),
        ("no_end", "unreachable"),
    ],
)
def test_days_of_the_running_quarter(played: Played, story: str, state: State) -> None:
    for cadre in played.of(story, "FS", "TL", "TM"):
        standing = played.standing(cadre, "R01", played.span.now)
        assert standing is not None
        assert standing.state == state


def test_49_days_with_54_check_ins(played: Played) -> None:
    for cadre in played.of("edge_missed"):
        standing = played.standing(cadre, "R02", played.span.before)
        assert standing is not None
        assert (standing.have, standing.state) == (54, "met")


def test_the_newcomer_owes_a_part(played: Played) -> None:
    for cadre in played.of("newcomer", "FS", "TL", "TM"):
        standing = played.standing(cadre, "R01", played.span.before)
        assert standing is not None
        assert standing.need is not None
        assert standing.need < (standing.full_need or 0)


@pytest.mark.parametrize(
    ("story", "code"),
    [
        ("moved", "other_village"),
        ("wrong_village", "other_village"),
        ("took_back", "withdrawn"),
    ],
)
def test_what_does_not_count_has_its_reason(played: Played, story: str, code: str) -> None:
    for cadre in played.of(story):
        reasons = {
            refused.code
            for period in (played.span.before, played.span.now)
            if (standing := played.standing(cadre, "R01", period)) is not None
            for refused in standing.not_counted
        }
        assert reasons == {code}


def test_double_taps_add_no_count(played: Played) -> None:
    for cadre in played.of("double_taps"):
        standing = played.standing(cadre, "R02", played.span.before)
        assert standing is not None
        assert "near_repeat" in {refused.code for refused in standing.not_counted}


def _of(played: Played, story: str) -> list[dict[str, object]]:
    people = {cadre.id for cadre in played.of(story, "FS", "TL", "TM")}
    return [dict(row) for row in played.rows(CheckIn) if row["person_id"] in people]


def test_places_are_what_the_stories_say(played: Played) -> None:
    assert {row["place"] for row in _of(played, "outside_once")} >= {"inside", "outside"}
    weak = _of(played, "weak_gps")
    assert {row["place"] for row in weak} >= {"near", "unknown"}
    assert None in {row["lat_e7"] for row in weak}
    assert {row["accuracy_mm"] for row in _of(played, "zero_accuracy")} == {0}
    ordinary = _of(played, "steady")
    fenced = [row for row in ordinary if row["distance_m"] is not None]
    # one of the listed secretary's lies outside: the one that a flag is on
    assert sum(row["place"] != "inside" for row in fenced) <= 1


def test_weeks_late_still_counts_on_its_day(played: Played) -> None:
    late = [
        row
        for row in played.rows(CheckIn)
        if row["received_at"] - row["captured_at"] > timedelta(days=7)
    ]
    assert len(late) >= 5
    assert {row["person_id"] for row in late} == {cadre.id for cadre in played.of("weeks_late")}


def _timed(row: Mapping[str, Any]) -> Timed:
    return checkins.time_again(ANCHORS, CheckIn.model_construct(**row))


def test_most_times_are_proven_and_none_is_contradicted(played: Played) -> None:
    states = Counter(row["time_state"] for row in played.rows(CheckIn))
    assert states["proven"] > 0.8 * states.total()
    assert set(states) == {"proven", "claimed", "unproven"}
    for row in played.rows(CheckIn)[::20]:
        again = _timed(row)
        assert again.contradiction is None
        assert (again.state, again.day) == (row["time_state"], row["day"])


def test_a_long_valley_proves_nothing(played: Played) -> None:
    """The phone's clock is believed for two weeks after the last contact."""
    late = [
        row
        for row in played.rows(CheckIn)
        if row["received_at"] - row["captured_at"] > timedelta(days=1)
    ]
    assert {row["time_state"] for row in late} == {"claimed", "unproven"}


def test_a_fast_clock_is_put_right(played: Played) -> None:
    fast = [row for row in _of(played, "fast_clock") if row["captured_at"] > row["received_at"]]  # type: ignore[operator]  # both are instants
    assert {row["time_state"] for row in fast} <= {"proven", "claimed"}
    for row in fast:
        timed = _timed(row)
        assert timed.offset_ms is not None
        assert abs(timed.offset_ms + 3 * 3_600_000) < 1_000
        assert timed.best <= timed.upper


def test_fast_clocks_run_ahead_of_the_arrival(played: Played) -> None:
    assert any(
        row["captured_at"] > row["received_at"]  # type: ignore[operator]  # both are instants
        for row in _of(played, "fast_clock")
    )


@pytest.mark.parametrize("story", ["two_weeks_gone", "holiday_gap"])
def test_gaps_are_explained_in_a_note(played: Played, story: str) -> None:
    assert len([row for row in _of(played, story) if "月" in str(row["note"])]) == len(
        played.of(story)
    )


def test_the_national_day_is_a_holiday_gap(played: Played) -> None:
    gap = holidays(played.span)[-1]
    assert set(days(date(2026, 10, 1), date(2026, 10, 7))) <= set(gap)
    assert not [row for row in _of(played, "holiday_gap") if row["day"] in gap]


@pytest.mark.parametrize(
    ("story", "state"),
    [
        ("steady", "met"),
        ("forgot", "not_met"),
        ("many_then_none", "not_met"),
        ("late_diary", "late"),
        ("eve", "met"),
        ("corrected", "met"),
        ("newcomer", "not_assessed"),
        ("unwritten", "met"),
    ],
)
def test_diaries_of_the_last_whole_month(played: Played, story: str, state: State) -> None:
    for helper in played.of(story, "HC"):
        standing = played.standing(helper, "R04", played.span.whole_months[-1])
        assert standing is not None
        assert standing.state == state, helper.name


def test_two_diaries_in_one_month_and_one_corrected(played: Played) -> None:
    for story, month, have in (("many_then_none", -2, 2), ("corrected", -1, 1)):
        for helper in played.of(story):
            standing = played.standing(helper, "R04", played.span.whole_months[month])
            assert standing is not None
            assert standing.have == have


@pytest.mark.parametrize(
    ("story", "rule"), [("no_plan", "R05"), ("no_portrait", "R06"), ("no_position", "R07")]
)
def test_one_household_lacks_something(played: Played, story: str, rule: str) -> None:
    today = containing("standing", played.span.today)
    for helper in played.of(story):
        standing = played.standing(helper, rule, today)
        assert standing is not None
        assert (standing.state, len(standing.not_counted)) == ("not_met", 1)
    for helper in played.of("unwritten"):
        standing = played.standing(helper, rule, today)
        assert standing is not None
        assert standing.state == "met"


def test_villages_lie_in_the_county_and_hardly_overlap() -> None:
    towns = townships_of(divisions_of(COUNTY))
    everybody = settle(towns, COUNTY, Span(MIDDLE), 1, of=len(towns))
    centres = [village.centre for village in everybody.villages]
    assert len(centres) == 163
    assert max(distance_m(centre, COUNTY_CENTRE) for centre in centres) < 30_000
    # two circles of a kilometre may touch, but nobody's centre is in another village
    assert min(distance_m(a, b) for a, b in combinations(centres, 2)) > RADIUS_M


def test_every_fence_is_marked_invented(played: Played) -> None:
    assert {row["invented"] for row in played.rows(Fence)} == {True}


def test_the_part_of_a_county_is_the_same_as_in_the_whole(played: Played) -> None:
    larger = Played(MIDDLE, townships=2)
    names = [cadre.name for village in played.population.villages for cadre in village.stationed]
    assert names == [
        cadre.name for village in larger.population.villages[:23] for cadre in village.stationed
    ]


@pytest.mark.parametrize("seed", range(50))
def test_numbers_belong_to_nobody(seed: int) -> None:
    dice = Random(seed)
    number = words.id_number(dice, date(1960, 1, 1) + timedelta(days=seed * 97))
    weights = [2 ** (17 - place) % 11 for place in range(17)]
    total = sum(int(d) * w for d, w in zip(number[:17], weights, strict=True))
    right = "10X98765432"[total % 11]
    assert number.startswith("999999")
    assert len(number) == 18
    assert number[17] != right
    assert words.phone(dice).startswith("111")


@pytest.mark.parametrize("stories", [STATIONED, HELPERS])
def test_each_special_story_comes_once_a_round(stories: tuple[Story, ...]) -> None:
    special = [story.key for story in stories if story.special]
    dealt = [cast(stories, number, Random(number)) for number in range(EVERY * len(special))]
    assert sorted(story.key for story in dealt if story.special) == sorted(special)


def test_every_story_stands_in_the_docs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "demo.md").read_text(encoding="utf-8")
    for story in (*STATIONED, *HELPERS):
        assert f"| {story.title} | {story.says} |" in page
    assert len(told()) == len(STATIONED) + len(HELPERS)


def test_a_span_knows_its_quarters() -> None:
    span = Span(date(2027, 1, 1))
    assert (span.before.key, span.now.key, span.elapsed, span.left) == ("2026-Q4", "2027-Q1", 0, 90)
    assert [month.key for month in span.months] == ["2026-10", "2026-11", "2026-12"]
    assert span.whole_months == span.months
    assert isinstance(COUNTY_CENTRE, Point)
