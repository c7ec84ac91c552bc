"""Facts of units and organisations, and of what is handed in and reported: one SELECT each."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from app.activities.models import Activity, ActivityAttendee, ActivityWithdrawal
from app.auth.models import SignIn, User
from app.core.db import Database
from app.core.ids import new_id
from app.households.models import Household
from app.policy.loader import load_pack, shipped
from app.policy.records import History
from app.postings.models import Pairing
from app.quotas import facts
from app.quotas.facts import Window
from app.submissions.models import Figure, FigureWithdrawal, Submission
from tests.factories import make_unit, make_user
from tests.quotas.rows import (
    COUNTY,
    NEXT_VILLAGE,
    OTHER_TOWNSHIP_VILLAGE,
    VILLAGE,
    add,
    at,
    diary,
    portrait,
    posting,
    tap,
    withdrawn,
)

FIRST, LAST, ON = date(2026, 9, 1), date(2026, 9, 30), date(2026, 9, 30)
TOWNSHIP = VILLAGE[:9]
RULES = [rule for pack in shipped() for rule in load_pack(pack).rules.values()]


@pytest.fixture
async def clerk(db: Database) -> User:
    """Three villages and somebody who writes."""
    for village in (VILLAGE, NEXT_VILLAGE, OTHER_TOWNSHIP_VILLAGE):
        await make_unit(db, village)
    return await make_user(db, "文书")


async def read(db: Database, *units: str, **over: Any) -> dict[Any, History]:
    window = Window.of(RULES, first=FIRST, last=LAST, on=ON, units=units, **over)
    async with db.reading() as session:
        return dict(await facts.histories(session, window))


def submission(author: User, kind: str, period: str, **over: Any) -> Submission:
    told = {
        "id": new_id(), "county": COUNTY, "author_id": author.id, "seat": VILLAGE, "title": "材料",
        "text": "内容", "written_at": at(FIRST), "received_at": at(FIRST), "state": "submitted",
        "draft": False, "digest": b"", **over,
    }  # fmt: skip
    return Submission(kind=kind, for_period=period, **told)


def figure(author: User, name: str, day: date, amount: int, **over: Any) -> Figure:
    told = {
        "id": new_id(), "county": COUNTY, "author_id": author.id, "seat": VILLAGE,
        "received_at": at(day), "digest": b"", **over,
    }  # fmt: skip
    return Figure(name=name, day=day, amount=amount, **told)


async def test_submissions_come_with_their_chain_and_to_whom_they_belong(
    db: Database, clerk: User
) -> None:
    first = submission(clerk, "month_report", "2026-09", unit=VILLAGE, draft=True, state="draft",
                       written_at=at(date(2025, 1, 1)), received_at=at(date(2025, 1, 1)))  # fmt: skip
    second = submission(
        clerk, "month_report", "2026-09", unit=VILLAGE, replaces=first.id, root=first.id,
        state="accepted", decided_at=at(date(2026, 9, 9)), event=new_id(), village=VILLAGE,
    )  # fmt: skip
    own = submission(clerk, "target_letter", "2026", person_id=clerk.id)
    past = {"written_at": at(date(2024, 5, 5)), "received_at": at(date(2024, 5, 5))}
    old = submission(clerk, "month_report", "2024-05", unit=VILLAGE, **past)
    late = submission(clerk, "month_report", "2024-06", unit=VILLAGE)
    elsewhere = submission(clerk, "month_report", "2026-09", unit=NEXT_VILLAGE)
    await add(db, first, second, own, old, late, elsewhere)

    found = await read(db, VILLAGE, people=[clerk.id])

    told = {each.id: each for each in found[VILLAGE].submissions}
    assert set(told) == {str(row.id) for row in (first, second, late)}
    assert told[str(first.id)].state == "draft"
    newest = told[str(second.id)]
    assert (newest.state, newest.accepted_on, newest.replaces, newest.village) == (
        "accepted", date(2026, 9, 9), str(first.id), VILLAGE,
    )  # fmt: skip
    assert newest.event == str(second.event)
    assert [each.id for each in found[clerk.id].submissions] == [str(own.id)]


async def test_figures_of_the_days_and_the_last_one_before_that_still_holds(
    db: Database, clerk: User
) -> None:
    area = "night_school_area_m2"
    before = [figure(clerk, area, date(2026, month, 1), month, unit=VILLAGE) for month in (5, 6, 7)]
    inside = figure(clerk, area, date(2026, 9, 5), 9, unit=VILLAGE)
    other = figure(clerk, "varieties", date(2026, 2, 1), 3, unit=VILLAGE)
    elsewhere = figure(clerk, area, date(2026, 8, 1), 8, unit=NEXT_VILLAGE)
    gone = [
        FigureWithdrawal(county=COUNTY, figure_id=row.id, author_id=clerk.id, reason="错",
                         withdrawn_at=at(FIRST))
        for row in (before[2], inside)
    ]  # fmt: skip
    await add(db, *before, inside, other, elsewhere, *gone)

    found = (await read(db, VILLAGE))[VILLAGE].figures

    assert {(each.name, each.amount, each.state) for each in found} == {
        (area, 6, "counted"), (area, 9, "withdrawn"), ("varieties", 3, "counted"),
    }  # fmt: skip


async def test_activities_of_a_unit_and_of_who_attended(db: Database, clerk: User) -> None:
    def held(day: date, **over: Any) -> Activity:
        told = {
            "id": new_id(), "county": COUNTY, "author_id": clerk.id, "kind": "training",
            "unit": TOWNSHIP, "held_at": at(day), "day": day, "village": VILLAGE, "place": "inside",
            "attendances": 31, "written_at": at(day), "received_at": at(day), "digest": b"", **over,
        }  # fmt: skip
        return Activity(**told)

    inside = held(date(2026, 9, 3), reports=[VILLAGE, NEXT_VILLAGE])
    dropped, august = held(date(2026, 9, 4)), held(date(2026, 8, 31))
    attended = [
        ActivityAttendee(county=COUNTY, activity_id=row.id, person_id=clerk.id, position=0, day=row.day)
        for row in (inside, august)
    ]  # fmt: skip
    gone = ActivityWithdrawal(
        county=COUNTY,
        activity_id=dropped.id,
        author_id=clerk.id,
        reason="错",
        withdrawn_at=at(LAST),
    )
    await add(db, inside, dropped, august, *attended, gone)

    found = await read(db, TOWNSHIP, people=[clerk.id])

    assert {(a.id, a.state, a.reports, a.attendances) for a in found[TOWNSHIP].activities} == {
        (str(inside.id), "counted", 2, 31), (str(dropped.id), "withdrawn", None, 31),
    }  # fmt: skip
    assert [a.id for a in found[clerk.id].activities] == [str(inside.id)]


async def test_accounts_and_staff_of_every_unit_above_a_post(db: Database, clerk: User) -> None:
    idle = await make_user(db, "未开通")
    opened = SignIn(user_id=clerk.id, device_id="d", device_name="手机", seen_at=at(FIRST),
                    started_at=at(date(2026, 8, 30), "23:30"), expires_at=at(LAST))  # fmt: skip
    later = SignIn(user_id=clerk.id, device_id="d", device_name="手机", seen_at=at(FIRST),
                   started_at=at(LAST), expires_at=at(LAST))  # fmt: skip
    await add(
        db,
        posting(clerk, "FS", VILLAGE, date(2018, 1, 1)),
        posting(idle, "HC", OTHER_TOWNSHIP_VILLAGE, date(2018, 1, 1), date(2026, 9, 15)),
        posting(idle, "VC", VILLAGE, date(2018, 1, 1), date(2026, 8, 31)),
        opened,
        later,
        tap(clerk, at(date(2026, 9, 2))),
        tap(clerk, at(date(2026, 9, 2), "18:00")),
        tap(clerk, at(date(2026, 8, 31))),
        diary(clerk, date(2026, 9, 1), at(date(2026, 9, 4), "00:10")),
    )

    found = await read(db, VILLAGE, COUNTY)

    (account,) = found[VILLAGE].accounts
    assert (account.kind, account.unit, account.opened) == ("FS", VILLAGE, date(2026, 8, 30))
    assert account.used == (date(2026, 9, 2), date(2026, 9, 4))
    assert {(a.person, a.opened, a.used) for a in found[COUNTY].accounts} == {
        (str(clerk.id), account.opened, account.used), (str(idle.id), None, ()),
    }  # fmt: skip
    assert {(s.person, s.last) for s in found[COUNTY].staff} == {
        (str(clerk.id), None), (str(idle.id), date(2026, 9, 15)),
    }  # fmt: skip


async def test_who_has_used_an_account_has_opened_it(db: Database, clerk: User) -> None:
    await add(
        db,
        posting(clerk, "FS", VILLAGE, date(2018, 1, 1)),
        tap(clerk, at(date(2026, 9, 2))),
        tap(clerk, at(date(2026, 9, 5))),
    )

    (account,) = (await read(db, VILLAGE))[VILLAGE].accounts

    assert (account.opened, len(account.used)) == (date(2026, 9, 2), 2)


async def test_households_of_a_unit_with_the_times_of_their_helpers(
    db: Database, clerk: User
) -> None:
    def household(number: str, village: str = VILLAGE, **over: Any) -> Household:
        told = {"county": COUNTY, "head": "刘户主", "since": date(2014, 1, 1), **over}
        return Household(id=new_id(), village=village, number=number, **told)

    helped, alone = household("1"), household("2", poor=False)
    ended, other = household("3", until=date(2026, 9, 29)), household("4", OTHER_TOWNSHIP_VILLAGE)
    pairings = [
        Pairing(county=COUNTY, person_id=clerk.id, household_id=helped.id, since=since, until=until)
        for since, until in (
            (date(2020, 1, 1), date(2020, 12, 31)),
            (date(2026, 1, 1), None),
        )
    ]
    await add(
        db, helped, alone, ended, other, *pairings,
        portrait(clerk, helped.id, at(date(2026, 5, 5))),
    )  # fmt: skip

    found = await read(db, TOWNSHIP, COUNTY)

    told = {each.id: each for each in found[TOWNSHIP].households}
    assert set(told) == {str(helped.id), str(alone.id)}
    first = told[str(helped.id)]
    assert [(s.first, s.last) for s in first.helpers] == [
        (date(2020, 1, 1), date(2020, 12, 31)),
        (date(2026, 1, 1), None),
    ]
    assert (first.portrait, first.poor, first.is_own_on(ON)) == (date(2026, 5, 5), True, True)
    assert (told[str(alone.id)].helpers, told[str(alone.id)].poor) == ((), False)
    assert str(other.id) in {each.id for each in found[COUNTY].households}


async def test_visits_of_liaison_leaders_are_events_of_their_village(
    db: Database, clerk: User
) -> None:
    leader = await make_user(db, "联系领导")
    visits = [
        tap(leader, at(date(2026, 9, 3))),
        tap(leader, at(date(2026, 9, 4)), NEXT_VILLAGE),
        tap(leader, at(date(2026, 9, 20))),
        tap(clerk, at(date(2026, 9, 3))),
    ]
    taken_back = tap(leader, at(date(2026, 9, 5)))
    await add(
        db,
        posting(leader, "LL", VILLAGE, date(2020, 1, 1), date(2026, 9, 10)),
        *visits,
        taken_back,
        withdrawn(taken_back),
    )

    found = (await read(db, VILLAGE))[VILLAGE].check_ins

    assert {(c.id, c.state) for c in found} == {
        (str(visits[0].id), "counted"), (str(taken_back.id), "withdrawn"),
    }  # fmt: skip


async def test_the_number_of_selects_does_not_grow_with_the_subjects(
    db: Database, clerk: User
) -> None:
    seen: list[str] = []

    def count(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            seen.append(statement)

    people = [await make_user(db, f"干部{n}") for n in range(5)]
    await add(db, *(posting(each, "FS", VILLAGE, FIRST - timedelta(days=9)) for each in people))
    event.listen(db.engine.sync_engine, "before_cursor_execute", count)
    try:
        sizes = []
        for some, units in ((people[:1], (VILLAGE,)), (people, (VILLAGE, NEXT_VILLAGE, COUNTY))):
            seen.clear()
            await read(db, *units, people=[each.id for each in some])
            sizes.append(len(seen))
    finally:
        event.remove(db.engine.sync_engine, "before_cursor_execute", count)

    assert sizes[0] == sizes[1] <= 18  # leave, make-ups and what was decided on flags included
