"""What is read from the tables is exactly the history that was written into them."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, get_args
from uuid import UUID

import pytest

from app.auth.models import User
from app.core.db import Database
from app.core.ids import new_id
from app.households.models import PlanItem
from app.policy.engine import evaluate
from app.policy.loader import load_pack
from app.policy.pack import METRICS
from app.policy.periods import SHANGHAI, containing
from app.policy.records import (
    CheckIn,
    CheckInKind,
    Diary,
    History,
    Household,
    Leave,
    LeaveKind,
    MakeUp,
    Post,
)
from app.policy.standing import Standing
from app.quotas import facts
from app.quotas.facts import Window
from app.requests.models import LeaveReturn
from tests.factories import make_unit, make_user
from tests.quotas.rows import (
    COUNTY,
    NEXT_VILLAGE,
    OTHER_TOWNSHIP_VILLAGE,
    PACK,
    VILLAGE,
    add,
    at,
    days,
    leave,
    make_up,
    portrait,
    tap,
    withdrawn,
    written,
)

FIRST, LAST, ON = date(2026, 7, 1), date(2026, 9, 30), date(2026, 9, 20)
#: of requests; withdrawn ones are nobody's record and are not read
STATES = ("submitted", "with_county", "approved", "approved", "refused")
VILLAGES = (VILLAGE, VILLAGE, NEXT_VILLAGE, OTHER_TOWNSHIP_VILLAGE)


def random_history(random: Random) -> History:
    """Posts, check-ins, diaries with corrections, and households of one quarter."""
    start = datetime(2026, 7, 1, tzinfo=SHANGHAI)

    def moment() -> datetime:
        return start + timedelta(minutes=random.randrange(92 * 1440))

    def day() -> date:
        return FIRST + timedelta(days=random.randrange(92))

    def maybe(value: date) -> date | None:
        return value if random.random() < 0.5 else None

    households = tuple(
        Household(
            str(new_id()),
            FIRST - timedelta(days=random.randrange(400)),
            random.choice([None, ON, LAST]),
            date(2014, 1, 1),
            random.choice([None, None, ON - timedelta(days=3)]),
            maybe(day()),
            maybe(day()),
            maybe(day()),
        )
        for _ in range(random.randrange(6))
    )
    check_ins = []
    for _ in range(random.randrange(60)):
        made = moment()
        household = random.choice(households).id if households and random.random() < 0.4 else None
        kind: CheckInKind = "household" if household else random.choice(get_args(CheckInKind)[::2])
        check_ins.append(
            CheckIn(
                str(new_id()),
                kind,
                random.choice(VILLAGES),
                household,
                made,
                made + timedelta(hours=random.choice([0, 0, 100, 500])),
                made.date(),
                random.choice(["counted", "counted", "counted", "withdrawn"]),
            )
        )
    diaries: list[Diary] = []
    for _ in range(random.randrange(6)):
        made = moment()
        diaries.append(
            Diary(
                str(new_id()),
                made.date() - timedelta(days=random.randrange(20)),
                made,
                made + timedelta(hours=random.choice([0, 10, 100])),
                random.choice([None, *_last_versions(diaries)]),
            )
        )
    posts = (
        Post("FS", VILLAGE, date(2026, 3, 1), maybe(day())),
        Post("HC", NEXT_VILLAGE, date(2026, 5, 2), None),
    )
    leaves = []
    for _ in range(random.randrange(4)):
        away, word = day(), random.choice(get_args(LeaveKind))
        until = min(LAST, away + timedelta(days=random.randrange(9)))
        leaves.append(Leave(str(new_id()), away, until, word, random.choice(STATES)))
    make_ups = tuple(
        MakeUp(str(new_id()), random.choice(VILLAGES), day(), random.choice(STATES))
        for _ in range(random.randrange(4))
    )
    return History(posts, tuple(check_ins), make_ups, tuple(leaves), tuple(diaries), households)


def _last_versions(diaries: list[Diary]) -> list[str]:
    replaced = {diary.replaces for diary in diaries}
    return [diary.id for diary in diaries if diary.id not in replaced]


def in_order(history: History) -> History:
    """The same records in one order: the engine does not look at it."""
    return replace(
        history,
        check_ins=tuple(sorted(history.check_ins, key=lambda c: c.id)),
        leaves=tuple(sorted(history.leaves, key=lambda r: r.id)),
        make_ups=tuple(sorted(history.make_ups, key=lambda r: r.id)),
        diaries=tuple(sorted(history.diaries, key=lambda d: d.id)),
        households=tuple(sorted(history.households, key=lambda h: h.id)),
    )


async def read(db: Database, people: list[UUID], **over: date) -> dict[UUID, History]:
    window = Window(
        people,
        over.get("first", FIRST),
        over.get("last", LAST),
        over.get("on", ON),
        frozenset(METRICS),
    )
    async with db.reading() as session:
        posts = await facts.posts(session, people)
        found = await facts.histories(session, window)
    return {p: in_order(replace(found[p], posts=tuple(posts.get(p, ())))) for p in people}


def is_poor(check_in: CheckIn, history: History) -> bool:
    """The household visited is on the register of poor ones that day; without one nothing is said."""
    return check_in.household is None or any(
        h.id == check_in.household
        and (h.active_first or date.min) <= check_in.day <= (h.active_last or date.max)
        for h in history.households
    )


def standings(history: History) -> list[Standing | None]:
    """What the engine says of every rule, as of ``ON``."""
    pack, asked = load_pack(PACK), at(date(2026, 11, 20))
    return [
        evaluate(pack, rule.id, history, containing(rule.per, ON), asked, on=ON)
        for rule in pack.rules.values()
    ]


async def make_people(db: Database, count: int) -> list[User]:
    for village in VILLAGES:
        await make_unit(db, village)
    return [await make_user(db, f"干部{n}") for n in range(count)]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_history_comes_back_from_the_database_as_it_was(db: Database, seed: int) -> None:
    people = await make_people(db, 4)
    told = {person.id: random_history(Random(seed * 10 + n)) for n, person in enumerate(people)}
    for person in people:
        await add(db, *written(person, told[person.id]))

    found = await read(db, list(told))

    for person_id, history in told.items():
        paired = tuple(
            h for h in history.households if h.paired_last is None or h.paired_last >= ON
        )
        assert found[person_id] == in_order(
            replace(
                history,
                check_ins=tuple(replace(c, poor=is_poor(c, history)) for c in history.check_ins),
                households=paired,
                unrecorded=frozenset({"income_plan", "project"}),
            )
        )
        assert standings(found[person_id]) == standings(in_order(history))


async def test_the_day_before_the_window_comes_along_and_no_other(db: Database) -> None:
    (person,) = await make_people(db, 1)
    await add(db, *days(person, date(2026, 6, 29), 3), tap(person, at(date(2026, 10, 1))))

    history = (await read(db, [person.id]))[person.id]

    assert sorted(c.day for c in history.check_ins) == [date(2026, 6, 30), date(2026, 7, 1)]


async def test_only_what_the_metrics_look_at_is_read(db: Database) -> None:
    (person,) = await make_people(db, 1)
    await add(db, *written(person, random_history(Random(7))))
    window = Window([person.id], FIRST, LAST, ON, frozenset({"diaries"}))

    async with db.reading() as session:
        history = (await facts.histories(session, window))[person.id]

    assert history.check_ins == ()
    assert history.households == ()
    assert history.diaries


async def test_versions_of_a_diary_come_together_wherever_they_lie(db: Database) -> None:
    (person,) = await make_people(db, 1)
    one, two, three = (str(new_id()) for _ in range(3))
    spring, summer = at(date(2026, 3, 5)), at(date(2026, 8, 5))
    chain = (
        Diary(one, date(2026, 3, 2), spring, spring),
        Diary(two, date(2026, 8, 2), summer, summer, one),
        Diary(three, date(2025, 8, 2), at(date(2026, 11, 5)), at(date(2026, 11, 5)), two),
    )
    await add(db, *written(person, History((), diaries=chain)))

    assert (await read(db, [person.id]))[person.id].diaries == chain


HOUSEHOLD = Household(str(new_id()), date(2026, 1, 1), active_first=date(2014, 1, 1))


async def coverage(db: Database, person: User) -> tuple[date | None, date | None, date | None]:
    (found,) = (await read(db, [person.id]))[person.id].households
    return found.plan, found.portrait, found.position


async def test_a_good_visit_places_a_household(db: Database) -> None:
    (person,) = await make_people(db, 1)
    await add(db, *written(person, History((), households=(HOUSEHOLD,))))
    visit: dict[str, Any] = {
        "kind": "household",
        "household_id": UUID(HOUSEHOLD.id),
        "lat_e7": 1,
        "lon_e7": 1,
    }
    good: dict[str, Any] = {**visit, "accuracy_mm": 20_000, "place": "inside"}
    early = tap(person, at(date(2026, 7, 1)), **good)
    await add(
        db,
        early,
        withdrawn(early),
        tap(person, at(date(2026, 7, 2)), **{**good, "accuracy_mm": 0}),
        tap(person, at(date(2026, 7, 3)), **{**good, "accuracy_mm": 900_000}),
        tap(person, at(date(2026, 7, 4)), **{**good, "place": "outside"}),
        tap(person, at(date(2026, 7, 5)), **{**good, "kind": "departure"}),
    )
    assert await coverage(db, person) == (None, None, None)

    await add(db, *(tap(person, at(date(2026, 7, day)), **good) for day in (9, 8)))

    assert await coverage(db, person) == (None, None, date(2026, 7, 8))


async def test_a_phone_ahead_of_time_makes_a_portrait_no_later_than_its_arrival(
    db: Database,
) -> None:
    (person,) = await make_people(db, 1)
    await add(db, *written(person, History((), households=(HOUSEHOLD,))))
    key = UUID(HOUSEHOLD.id)
    await add(db, portrait(person, key, at(date(2027, 1, 1)), at(date(2026, 8, 1), "00:30")))
    assert (await coverage(db, person))[1] == date(2026, 8, 1)

    await add(db, portrait(person, key, at(date(2026, 7, 3)), at(date(2026, 8, 9))))

    assert (await coverage(db, person))[1] == date(2026, 7, 3)


async def test_a_plan_holds_from_its_first_item_until_all_are_dropped(db: Database) -> None:
    (person,) = await make_people(db, 1)
    await add(db, *written(person, History((), households=(HOUSEHOLD,))))

    def item(day: int, **over: Any) -> PlanItem:
        return PlanItem(
            county=COUNTY,
            id=new_id(),
            household_id=UUID(HOUSEHOLD.id),
            author_id=person.id,
            text="修路",
            created_on=date(2026, 7, day),
            received_at=at(date(2026, 7, day)),
            **over,
        )

    await add(db, item(1, dropped_on=ON))
    assert (await coverage(db, person))[0] is None
    await add(db, item(2, dropped_on=ON + timedelta(days=1)), item(3, done_on=date(2026, 7, 9)))
    assert (await coverage(db, person))[0] == date(2026, 7, 2)


async def test_leave_ends_with_the_return_and_a_withdrawn_request_is_nobodys(db: Database) -> None:
    user = await make_user(db)
    await make_unit(db, VILLAGE)
    span = (date(2026, 7, 6), date(2026, 7, 10))
    told = {
        state: Leave(str(new_id()), *span, "trip", state) for state in ("approved", "withdrawn")
    }
    early, never = (Leave(str(new_id()), *span) for _ in range(2))
    gone = MakeUp(str(new_id()), VILLAGE, span[0], "withdrawn")
    await add(db, *(leave(user, one) for one in (*told.values(), early, never)))
    back = {early.id: date(2026, 7, 8), never.id: span[0]}
    await add(
        db,
        make_up(user, gone),
        *(
            LeaveReturn(
                county=COUNTY,
                leave_id=UUID(key),
                author_id=user.id,
                back_on=day,
                returned_at=at(day),
            )
            for key, day in back.items()
        ),
    )
    found = (await read(db, [user.id]))[user.id]
    assert set(found.leaves) == {told["approved"], replace(early, last=date(2026, 7, 7))}
    assert found.make_ups == ()
