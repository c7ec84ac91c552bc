"""What happens to the records of a county while somebody asks for its figures, step by step at random."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from random import Random
from typing import Any

from sqlmodel import col, select

from app.checkins.models import CheckIn, Withdrawal
from app.core.clock import now, today
from app.core.db import Database
from app.core.ids import new_id
from app.diaries.models import Diary
from app.households.models import Household, PlanItem
from app.ledger.service import append_many
from app.policy.records import Leave, MakeUp
from app.postings.models import Pairing, Posting
from app.requests import models as requests
from app.reviews.finding import About, Finding
from app.reviews.models import Flag
from app.reviews.service import raise_flags
from app.reviews.states import DECIDED, MOVES, Move, State, after
from tests.quotas.conftest import Person
from tests.quotas.rows import (
    COUNTY,
    NEXT_VILLAGE,
    OTHER_TOWNSHIP_VILLAGE,
    VILLAGE,
    at,
    diary,
    in_force,
    leave,
    make_up,
    portrait,
    position,
    posting,
    tap,
    withdrawn,
)

ACTOR = "test"


async def write(db: Database, *rows: Any, kind: str = "create") -> None:
    """As the product does: rows and leaves in one transaction."""
    async with db.writing() as session:
        for row in rows:
            if kind == "create":
                session.add(row)
                await session.flush()
            else:
                row = await session.merge(row)
            await append_many(session, [row], kind, ACTOR, now())


Step = Callable[[Database, Random, Person], Awaitable[None]]


def _day(random: Random) -> date:
    return date(2026, 7, 1) + timedelta(days=random.randrange(92))


async def _checks_in(db: Database, random: Random, person: Person) -> None:
    village = random.choice([VILLAGE, NEXT_VILLAGE, OTHER_TOWNSHIP_VILLAGE])
    await write(db, tap(person.user, at(_day(random), f"{random.randrange(8, 20):02}:00"), village))


async def _withdraws(db: Database, random: Random, person: Person) -> None:
    gone = select(Withdrawal.check_in_id)
    query = select(CheckIn).where(
        col(CheckIn.person_id) == person.user.id, col(CheckIn.id).not_in(gone)
    )
    async with db.reading() as session:
        rows = (await session.exec(query.order_by(col(CheckIn.id)))).all()
    if rows:
        await write(db, withdrawn(random.choice(rows)))


async def _writes_a_diary(db: Database, random: Random, person: Person) -> None:
    day = _day(random)
    await write(db, diary(person.user, day, at(day + timedelta(days=random.randrange(3)))))


async def _gets_a_post(db: Database, random: Random, person: Person) -> None:
    village = random.choice([VILLAGE, NEXT_VILLAGE, OTHER_TOWNSHIP_VILLAGE])
    await write(db, posting(person.user, random.choice(["FS", "HC"]), village, _day(random)))


async def _leaves_a_post(db: Database, random: Random, person: Person) -> None:
    query = select(Posting).where(
        col(Posting.person_id) == person.user.id, col(Posting.until).is_(None)
    )
    async with db.reading() as session:
        row = (await session.exec(query.order_by(col(Posting.id)))).first()
    if row is not None:
        row.until = max(_day(random), row.since)
        await write(db, row, kind="end")


async def _is_paired(db: Database, random: Random, person: Person) -> None:
    key = new_id()
    household = Household(
        id=key, county=COUNTY, village=VILLAGE, number=key.hex[-8:], head="刘户主",
        since=date(2020, 1, 1),
    )  # fmt: skip
    pairing = Pairing(
        county=COUNTY, person_id=person.user.id, household_id=key, since=date(2026, 1, 1)
    )
    await write(db, household, pairing)


def work(what: str, person: Person, household: Household, day: date) -> Any:
    fix = {"lat_e7": 271300000, "lon_e7": 1139600000, "accuracy_mm": 9000, "datum": "wgs84"}
    if what == "portrait":
        return portrait(person.user, household.id, at(day))
    if what == "position":
        return position(person.user, household.id, at(day))
    if what == "plan":
        return PlanItem(
            county=COUNTY, household_id=household.id, author_id=person.user.id, id=new_id(),
            text="联系合作社", created_on=day, received_at=at(day),
        )  # fmt: skip
    return tap(
        person.user, at(day), household.village, kind="household", household_id=household.id,
        no_fix_reason=None, fixed_at=at(day), **fix,
    )  # fmt: skip


WORK = ("portrait", "position", "plan", "visit")


async def _works_for_a_household(db: Database, random: Random, person: Person) -> None:
    """Whoever writes it, it is the helpers' figure that moves."""
    async with db.reading() as session:
        query = select(Household).order_by(col(Household.id).desc())
        households = (await session.exec(query)).all()
    if households:
        what = random.choice(WORK)
        await write(db, work(what, person, random.choice(households[:3]), _day(random)))


async def _household_ends(db: Database, random: Random, person: Person) -> None:
    async with db.reading() as session:
        query = select(Household).where(col(Household.until).is_(None)).order_by(col(Household.id))
        row = (await session.exec(query)).first()
    if row is not None:
        row.until = today() - timedelta(days=1)
        await write(db, row, kind="end")


async def _asks(db: Database, random: Random, person: Person) -> None:
    day, state = _day(random), random.choice(["submitted", "approved"])
    if random.random() < 0.5:
        told = Leave(str(new_id()), day, day + timedelta(days=random.randrange(6)), "leave", state)
        await write(db, leave(person.user, told))
    else:
        await write(db, make_up(person.user, MakeUp(str(new_id()), VILLAGE, day, state)))


async def _is_answered(db: Database, random: Random, person: Person) -> None:
    """A word on whatever waits, or a return from leave."""
    async with db.reading() as session:
        asked = (await session.exec(select(requests.MakeUp))).all()
        away = select(requests.Leave).where(
            col(requests.Leave.id).not_in(select(requests.LeaveReturn.leave_id))
        )
        leaves = (await session.exec(away)).all()
    for row in asked:
        if row.state == "submitted":
            row.state = random.choice(["approved", "refused", "withdrawn"])
            await write(db, row, kind="revise")
            return
    if leaves:
        gone = random.choice(leaves)
        back = requests.LeaveReturn(
            county=COUNTY,
            leave_id=gone.id,
            author_id=gone.author_id,
            back_on=gone.last,
            returned_at=at(gone.last),
        )
        await write(db, back)


async def is_flagged(db: Database, random: Random, person: Person) -> None:
    """A check finds something on a check-in or a diary."""
    row: CheckIn | Diary | None
    async with db.reading() as session:
        if random.random() < 0.7:
            mine = select(CheckIn).where(col(CheckIn.person_id) == person.user.id)
            rows = (await session.exec(mine.order_by(col(CheckIn.id)))).all()
            row, kind = random.choice(rows) if rows else None, "check_in"
        else:
            own = select(Diary).where(col(Diary.author_id) == person.user.id)
            written = (await session.exec(own.order_by(col(Diary.id)))).all()
            row, kind = random.choice(written) if written else None, "diary"
    if row is None:
        return
    day, village = (row.day, row.village) if isinstance(row, CheckIn) else (row.work_date, None)
    about = About(kind, row.id, COUNTY, person.user.id, day, village)
    code = "outside-fence" if kind == "check_in" else "diary-alike"
    async with db.writing() as session:
        await raise_flags(session, about, [Finding(code, "high")], now())


async def is_decided(db: Database, random: Random, person: Person) -> None:
    """A reviewer's word or an appeal moves a flag: each way that the states allow, against included."""
    async with db.writing() as session:
        query = select(Flag).order_by(col(Flag.raised_at), col(Flag.id)).with_for_update()
        flags = [row for row in (await session.exec(query)).all() if MOVES[State(row.state)]]
        if not flags:
            return
        row = random.choice(flags)
        state, harsh = State(row.state), Move.does_not_count  # which takes two words
        open_ways = [harsh] if harsh in MOVES[state] and random.random() < 0.7 else MOVES[state]
        moved = after(state, random.choice(list(open_ways)))
        row.state, row.decided_at = moved.value, now() if moved in DECIDED else None
        session.add(row)
        await append_many(session, [row], "decide", ACTOR, now())


async def _another_reading(db: Database, random: Random, person: Person) -> None:
    unit = random.choice([COUNTY, VILLAGE[:9]])
    await in_force(
        db,
        unit,
        settings={"repeat_minutes": random.randrange(60), "leave": "deduct_workdays"},
        at=now(),
    )


STEPS: tuple[Step, ...] = (
    _checks_in, _checks_in, _withdraws, _writes_a_diary, _gets_a_post, _leaves_a_post, _is_paired,
    _works_for_a_household, _works_for_a_household, _household_ends, _another_reading,
    _asks, _is_answered, is_flagged, is_flagged, is_decided, is_decided, is_decided,
)  # fmt: skip
#: those that many may do at the same moment without minding each other
AT_ONCE = tuple(
    step for step in STEPS if step not in (_household_ends, _another_reading, _is_answered)
)
