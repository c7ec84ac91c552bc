"""Histories as the engine knows them, written into the tables as the phones would have."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from app.auth.models import User
from app.checkins.models import CheckIn, Withdrawal
from app.core.db import Database
from app.core.ids import new_id
from app.diaries.models import Diary
from app.households.models import Household, PlanItem, Portrait, Position
from app.policy import records
from app.policy.periods import SHANGHAI, civil_day
from app.policy.records import History
from app.postings.models import Pairing, Posting
from app.quotas.adoptions import adopt
from app.requests.models import Leave, MakeUp

PACK = "p0-village-leader"
COUNTY, VILLAGE, NEXT_VILLAGE = "360321", "360321101201", "360321101202"
OTHER_TOWNSHIP_VILLAGE, OTHER_COUNTY_VILLAGE = "360321102201", "360322101201"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def add(db: Database, *rows: Any) -> None:
    """Write rows in this order; the log is other tests' matter."""
    async with db.writing() as session:
        for _, alike in groupby(rows, type):
            session.add_all(alike)
            await session.flush()


async def in_force(db: Database, unit: str = COUNTY, **over: Any) -> None:
    """The pack adopted in a unit, long ago unless said."""
    async with db.writing() as session:
        await adopt(
            session,
            over.pop("pack", PACK),
            unit,
            over.pop("basis", "县委办〔2018〕1 号,中共莲花县委办公室"),
            by="张局长",
            at=over.pop("at", LONG_AGO),
            **over,
        )


def posting(person: User, kind: str, unit: str, first: date, last: date | None = None) -> Posting:
    """A posting row."""
    return Posting(
        county=unit[:6], person_id=person.id, unit=unit, kind=kind, since=first, until=last
    )


def at(day: date, clock: str = "09:00") -> datetime:
    """A moment of a civil day in Shanghai."""
    return datetime.combine(day, time.fromisoformat(clock), SHANGHAI)


def tap(person: User, moment: datetime, village: str = VILLAGE, **over: Any) -> CheckIn:
    """A check-in row; ``received_at`` defaults to the moment itself."""
    told = {
        "county": village[:6],
        "id": new_id(),
        "kind": "presence",
        "received_at": moment,
        "place": "unknown",
        "no_fix_reason": "timeout",
        "digest": b"",
        **over,
    }
    return CheckIn(
        person_id=person.id,
        village=village,
        day=civil_day(moment),
        captured_at=moment,
        **told,
    )


def days(person: User, first: date, count: int, village: str = VILLAGE) -> list[CheckIn]:
    """A check-in at nine on each of so many days running."""
    return [tap(person, at(first + timedelta(days=n)), village) for n in range(count)]


def diary(
    person: User,
    work_date: date,
    written: datetime,
    instead_of: Diary | None = None,
    **over: Any,
) -> Diary:
    """A diary row, received when written unless said."""
    told = {
        "replaces": instead_of.id if instead_of else None,
        "root": instead_of.chain if instead_of else None,
        "id": new_id(),
        "received_at": written,
        "digest": b"",
        **over,
    }
    return Diary(
        county=COUNTY,
        author_id=person.id,
        work_date=work_date,
        text="走访三户,商量冬季管护。",
        written_at=written,
        **told,
    )


def written(person: User, history: History) -> list[Any]:
    """Every row of a history, in an order that foreign keys allow. Ids are UUIDs as text."""
    rows: list[Any] = [
        posting(person, post.kind, post.unit, post.first, post.last) for post in history.posts
    ]
    for household in history.households:
        rows.extend(_household(person, household))
    for check_in in history.check_ins:
        rows.extend(_check_in(person, check_in))
    versions: dict[str | None, Diary] = {}
    for told in history.diaries:
        versions[told.id] = _diary(person, told, versions.get(told.replaces))
    rows.extend(versions.values())
    rows.extend(leave(person, told) for told in history.leaves)
    rows.extend(make_up(person, told) for told in history.make_ups)
    return rows


def leave(person: User, told: records.Leave) -> Leave:
    """A leave row in the state that is told."""
    return Leave(
        county=COUNTY,
        id=UUID(told.id),
        author_id=person.id,
        kind=told.kind,
        first=told.first,
        last=told.last,
        day=told.first,
        reason="培训",
        received_at=at(told.first),
        state=told.state,
        digest=b"",
    )


def make_up(person: User, told: records.MakeUp) -> MakeUp:
    """A make-up row in the state that is told."""
    return MakeUp(
        county=COUNTY,
        id=UUID(told.id),
        author_id=person.id,
        day=told.day,
        village=told.village,
        reason="手机送修",
        received_at=at(told.day),
        state=told.state,
        digest=b"",
    )


def _household(person: User, told: records.Household) -> list[Any]:
    key = UUID(told.id)
    told_since = told.active_first or date(2014, 1, 1)
    common: dict[str, Any] = {"county": COUNTY, "household_id": key, "author_id": person.id}
    rows: list[Any] = [
        Household(
            id=key,
            county=COUNTY,
            village=VILLAGE,
            number=key.hex[-8:],
            head="刘户主",
            since=told_since,
            until=told.active_last,
        ),
        Pairing(
            county=COUNTY,
            person_id=person.id,
            household_id=key,
            since=told.paired_first,
            until=told.paired_last,
        ),
    ]
    if told.plan is not None:
        rows.append(
            PlanItem(
                **common,
                id=new_id(),
                text="联系合作社",
                created_on=told.plan,
                received_at=at(told.plan),
            )
        )
    if told.portrait is not None:
        rows.append(portrait(person, key, at(told.portrait)))
    if told.position is not None:
        rows.append(position(person, key, at(told.position)))
    return rows


def portrait(
    person: User, household: UUID, taken: datetime, received: datetime | None = None
) -> Portrait:
    """A portrait row."""
    return Portrait(
        county=COUNTY,
        id=new_id(),
        household_id=household,
        author_id=person.id,
        photo="0" * 64,
        consent_by="刘户主",
        consent_on=civil_day(taken),
        consent_how="signed",
        taken_at=taken,
        received_at=received or taken,
        digest=b"",
    )


def position(person: User, household: UUID, set_at: datetime) -> Position:
    """A position set by hand."""
    return Position(
        county=COUNTY,
        id=new_id(),
        household_id=household,
        author_id=person.id,
        lat_e7=271300000,
        lon_e7=1139600000,
        datum="wgs84",
        set_at=set_at,
        received_at=set_at,
        digest=b"",
    )


def _check_in(person: User, told: records.CheckIn) -> list[Any]:
    row = tap(
        person,
        told.at,
        told.village,
        id=UUID(told.id),
        kind=told.kind,
        household_id=UUID(told.household) if told.household else None,
        received_at=told.received_at,
    )
    return [row, withdrawn(row)] if told.state == "withdrawn" else [row]


def withdrawn(row: CheckIn) -> Withdrawal:
    """The author takes a check-in back."""
    return Withdrawal(
        county=row.county,
        check_in_id=row.id,
        author_id=row.person_id,
        reason="选错了村",
        withdrawn_at=row.received_at,
    )


def _diary(person: User, told: records.Diary, instead_of: Diary | None) -> Diary:
    return diary(
        person,
        told.work_date,
        told.written_at,
        instead_of,
        id=UUID(told.id),
        received_at=told.received_at,
    )
