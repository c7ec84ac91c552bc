"""The worked examples of the policies, through the database: rows in, standings out.

The examples of 2018 that lie before the rules began are tried in the same quarter of 2026, which
has as many days.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.policy.records import History, Household
from app.policy.standing import Standing
from tests.quotas.conftest import People, Person
from tests.quotas.rows import (
    COUNTY,
    NEXT_VILLAGE,
    OTHER_COUNTY_VILLAGE,
    OTHER_TOWNSHIP_VILLAGE,
    VILLAGE,
    at,
    days,
    diary,
    in_force,
    portrait,
    position,
    tap,
    withdrawn,
    written,
)


def result(standing: Standing) -> tuple[int, int | None, str]:
    return standing.have, standing.need, standing.state


def reasons(standing: Standing) -> dict[str, str]:
    return {told.record: told.code for told in standing.not_counted}


@pytest.mark.parametrize(("count", "state"), [(50, "met"), (49, "not_met")])
async def test_x1_fifty_days_of_a_quarter(secretary: Person, count: int, state: str) -> None:
    rows = days(secretary.user, date(2026, 1, 1), count)
    await secretary.did(*rows)

    r01 = (await secretary.standings("2026-Q1"))["R01"]

    assert result(r01) == (count, 50, state)
    assert [(c.day, *c.records) for c in r01.counted] == [(row.day, str(row.id)) for row in rows]
    assert (r01.clause.article, r01.remaining) == ("二(五)3", 50 - count)


async def test_x2_two_check_ins_on_a_day_are_one_day_and_two_times(secretary: Person) -> None:
    afternoons = [tap(secretary.user, at(date(2026, 4, n), "15:00")) for n in (2, 3, 4)]
    await secretary.did(*days(secretary.user, date(2026, 4, 1), 49), *afternoons)

    found = await secretary.standings("2026-Q2")

    assert result(found["R01"]) == (49, 50, "not_met")
    assert result(found["R02"]) == (52, 50, "met")


async def test_x3_two_devices_four_minutes_apart_are_one_check_in(secretary: Person) -> None:
    first, other = (tap(secretary.user, at(date(2026, 4, 2), t)) for t in ("09:00", "09:04"))
    await secretary.did(first, other)

    found = await secretary.standings("2026-Q2")

    assert (found["R01"].have, found["R02"].have) == (1, 1)
    assert reasons(found["R02"]) == {str(other.id): "near_repeat"}
    assert [c.records for c in found["R01"].counted] == [(str(first.id), str(other.id))]


async def test_ten_minutes_reach_over_the_end_of_a_quarter(secretary: Person) -> None:
    late, early = at(date(2026, 3, 31), "23:55"), at(date(2026, 4, 1), "00:04")
    await secretary.did(tap(secretary.user, late), tap(secretary.user, early))

    found = await secretary.standings("2026-Q2")

    assert (found["R01"].have, found["R02"].have) == (1, 0)


async def test_x4_midnight_in_shanghai_parts_two_quarters(secretary: Person) -> None:
    late, early = at(date(2026, 3, 31), "23:59"), at(date(2026, 4, 1), "00:10")
    assert late.utctimetuple()[:3] == early.utctimetuple()[:3] == (2026, 3, 31)
    await secretary.did(tap(secretary.user, late), tap(secretary.user, early))

    for quarter, day in (("2026-Q1", date(2026, 3, 31)), ("2026-Q2", date(2026, 4, 1))):
        found = await secretary.standings(quarter)
        assert [c.day for c in found["R01"].counted] == [day]
        assert found["R02"].have == 1


@pytest.mark.parametrize(("count", "state"), [(26, "met"), (25, "not_met")])
async def test_x12_a_post_of_half_a_quarter_owes_half(
    people: People, count: int, state: str
) -> None:
    newcomer = await people(("FS", VILLAGE, date(2026, 5, 16)))
    await newcomer.did(*days(newcomer.user, date(2026, 5, 16), count))

    r01 = (await newcomer.standings("2026-Q2"))["R01"]

    assert result(r01) == (count, 26, state)
    assert r01.full_need == 50


async def test_x16_a_diary_after_midnight_is_late_and_not_of_the_next_month(
    helper: Person,
) -> None:
    row = diary(helper.user, date(2026, 4, 28), at(date(2026, 5, 1), "00:01"))
    await helper.did(row)

    april = (await helper.standings("2026-04"))["R04"]
    may = (await helper.standings("2026-05"))["R04"]

    assert result(april) == (0, 1, "late")
    assert reasons(april) == {str(row.id): "late"}
    assert result(may) == (0, 1, "not_met")
    assert reasons(may) == {str(row.id): "other_period"}


async def test_x18_two_diaries_in_a_month_do_not_serve_the_next(helper: Person) -> None:
    await helper.did(*(diary(helper.user, date(2026, 4, n), at(date(2026, 4, n))) for n in (3, 9)))

    assert result((await helper.standings("2026-04"))["R04"]) == (2, 1, "met")
    assert result((await helper.standings("2026-05"))["R04"]) == (0, 1, "not_met")


async def test_check_ins_count_however_late_they_arrive(secretary: Person) -> None:
    rows = days(secretary.user, date(2026, 1, 1), 50)
    for row in rows:
        row.received_at = at(date(2026, 4, 20))
    await secretary.did(*rows)

    assert (await secretary.standings("2026-Q1"))["R01"].state == "met"


@pytest.mark.parametrize(("hours", "state"), [(72, "met"), (73, "late")])
async def test_a_diary_written_offline_has_72_hours(helper: Person, hours: int, state: str) -> None:
    made = at(date(2026, 4, 30), "20:00")
    await helper.did(
        diary(helper.user, date(2026, 4, 30), made, received_at=made + timedelta(hours=hours))
    )

    assert (await helper.standings("2026-04"))["R04"].state == state


async def test_a_corrected_diary_stays_one_and_keeps_its_time(helper: Person) -> None:
    first = diary(helper.user, date(2026, 4, 28), at(date(2026, 4, 29)))
    second = diary(helper.user, date(2026, 4, 27), at(date(2026, 5, 6)), instead_of=first)
    await helper.did(first, second)

    r04 = (await helper.standings("2026-04"))["R04"]

    assert result(r04) == (1, 1, "met")
    assert [c.records for c in r04.counted] == [(str(second.id),)]


async def test_a_diary_turned_into_one_of_another_month_was_not_handed_in_before(
    helper: Person,
) -> None:
    first = diary(helper.user, date(2026, 3, 28), at(date(2026, 3, 29)))
    second = diary(helper.user, date(2026, 4, 28), at(date(2026, 5, 6)), instead_of=first)
    await helper.did(first, second)

    assert result((await helper.standings("2026-03"))["R04"]) == (0, 1, "not_met")
    assert result((await helper.standings("2026-04"))["R04"]) == (0, 1, "late")


async def test_what_does_not_count_is_named_with_its_reason(secretary: Person) -> None:
    day = date(2026, 4, 1)
    other = tap(secretary.user, at(day), NEXT_VILLAGE)
    gone = tap(secretary.user, at(day, "11:00"))
    leaving = tap(secretary.user, at(day, "18:00"), kind="departure")
    early = tap(secretary.user, at(date(2026, 6, 30)))
    await secretary.did(other, gone, withdrawn(gone), leaving, early)

    found = await secretary.standings("2026-Q2", on=date(2026, 6, 29))

    expected = {
        str(other.id): "other_village",
        str(gone.id): "withdrawn",
        str(early.id): "future",
    }
    assert reasons(found["R01"]) == expected
    assert reasons(found["R02"]) == {**expected, str(leaving.id): "departure"}
    assert all(told.why for told in found["R02"].not_counted)
    assert (found["R01"].have, found["R02"].have) == (1, 0)


async def test_days_before_the_posting_do_not_count(people: People) -> None:
    newcomer = await people(("FS", VILLAGE, date(2026, 5, 16)))
    await newcomer.did(*days(newcomer.user, date(2026, 5, 14), 3))

    r01 = (await newcomer.standings("2026-Q2"))["R01"]

    assert [c.day for c in r01.counted] == [date(2026, 5, 16)]
    assert set(reasons(r01).values()) == {"no_posting"}


async def test_days_in_two_villages_are_summed_each_in_its_own_time(people: People) -> None:
    moved = await people(
        ("FS", VILLAGE, date(2025, 1, 1), date(2026, 5, 15)),
        ("TL", OTHER_TOWNSHIP_VILLAGE, date(2026, 5, 16)),
    )
    user = moved.user
    await moved.did(
        *days(user, date(2026, 4, 1), 20),
        *days(user, date(2026, 5, 16), 30, OTHER_TOWNSHIP_VILLAGE),
        *days(user, date(2026, 6, 20), 5),  # back in the old village: no longer theirs
    )

    found = await moved.standings("2026-Q2")

    assert result(found["R01"]) == (50, 50, "met")
    assert set(reasons(found["R01"]).values()) == {"other_village"}


async def test_days_in_a_county_without_the_pack_are_not_its_days(people: People) -> None:
    moved = await people(
        ("FS", OTHER_COUNTY_VILLAGE, date(2025, 1, 1), date(2026, 5, 15)),
        ("FS", VILLAGE, date(2026, 5, 16)),
    )
    await moved.did(
        *days(moved.user, date(2026, 5, 1), 15, OTHER_COUNTY_VILLAGE),
        *days(moved.user, date(2026, 5, 16), 26),
    )

    assert result((await moved.standings("2026-Q2"))["R01"]) == (26, 26, "met")


async def test_who_holds_two_posts_owes_both_with_the_same_records(people: People) -> None:
    both = await people(("FS", VILLAGE, date(2025, 1, 1)), ("HC", VILLAGE, date(2025, 1, 1)))

    found = {**await both.standings("2026-Q2"), **await both.standings("2026-05")}

    assert set(found) == {"R01", "R02", "R04"}


async def test_two_posts_of_one_rule_are_one_standing(people: People) -> None:
    both = await people(("TM", VILLAGE, date(2025, 1, 1)), ("TL", NEXT_VILLAGE, date(2026, 1, 1)))
    await both.did(
        *days(both.user, date(2026, 4, 1), 10), *days(both.user, date(2026, 4, 6), 10, NEXT_VILLAGE)
    )

    found = await both.standings("2026-Q2")

    assert set(found) == {"R01", "R02"}
    assert (found["R01"].have, found["R01"].need) == (15, 50)


async def test_a_quarter_in_which_the_rule_begins_is_shown_and_not_assessed(
    secretary: Person,
) -> None:
    await secretary.did(*days(secretary.user, date(2018, 4, 1), 49))

    assert result((await secretary.standings("2018-Q2"))["R01"]) == (49, 50, "not_assessed")
    assert (await secretary.standings("2018-Q3"))["R01"].state == "not_met"


async def test_a_year_without_working_day_calendar_matters_to_no_rule_of_days(
    secretary: Person,
) -> None:
    found = await secretary.standings("2027-Q1", on=date(2027, 1, 5))

    assert {rule: s.state for rule, s in found.items()} == {"R01": "on_track", "R02": "on_track"}


def household(**over: Any) -> Household:
    return Household(str(uuid4()), date(2026, 1, 1), active_first=date(2014, 1, 1), **over)


async def test_households_are_covered_one_by_one(helper: Person) -> None:
    done, bare = household(plan=date(2026, 5, 1)), household()
    left = household(paired_last=date(2026, 5, 31))
    ended = household(active_last=date(2026, 5, 31))
    key = UUID(done.id)
    await helper.did(
        *written(helper.user, History((), households=(done, bare, left, ended))),
        portrait(helper.user, key, at(date(2026, 5, 2))),
        position(helper.user, UUID(bare.id), at(date(2026, 5, 3))),
    )

    found = await helper.standings("standing", on=date(2026, 6, 1))

    assert {r: s.have for r, s in found.items()} == {"R05": 1, "R06": 1, "R07": 1}
    assert result(found["R05"]) == (1, 2, "not_met")
    assert reasons(found["R06"]) == {bare.id: "no_portrait"}
    assert reasons(found["R07"]) == {done.id: "no_position"}
    assert found["R05"].period.key == "standing"

    before = await helper.standings("standing", on=date(2026, 5, 1))
    assert {r: (s.have, s.need) for r, s in before.items()} == {
        "R05": (1, 4),
        "R06": (0, 4),
        "R07": (0, 4),
    }


async def test_a_helper_without_households_is_not_assessed(helper: Person) -> None:
    found = await helper.standings("standing")

    assert {s.state for s in found.values()} == {"not_assessed"}


async def test_settings_of_the_adoption_are_used_and_printed(secretary: Person) -> None:
    await in_force(secretary.db, COUNTY, settings={"max_counted_per_day": 1})
    await secretary.did(
        *days(secretary.user, date(2026, 4, 1), 2),
        tap(secretary.user, at(date(2026, 4, 1), "15:00")),
    )

    r02 = (await secretary.standings("2026-Q2"))["R02"]

    assert r02.have == 2
    assert r02.settings["max_counted_per_day"] == 1
