"""The real product under a fleet: its services, its database, its checks; only the clock is played.

What arrives is handed to the services in the order of its arrival, with the moment of its arrival.
Left out is what checks do not look at: sign-ins, HTTP, and the bytes in the photo store.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from app import tables as _every_table  # noqa: F401  so that foreign keys are known
from app.auth.anchors import Anchors
from app.auth.models import User
from app.checkins import judging
from app.checkins import service as check_ins
from app.checkins.schemas import CheckInIn
from app.checks import service as checks
from app.core import migrate
from app.core.clock import civil_day
from app.core.db import Database
from app.core.settings import Settings
from app.core.tables import HOUSE
from app.demo.book import Book
from app.demo.people import uuid
from app.demo.service import divisions_of
from app.diaries import service as diaries
from app.diaries.schemas import DiaryIn
from app.households.models import Household
from app.org import models as org
from app.org.divisions import bring_up_to_date
from app.photos.models import Photo, Upload
from app.policy.periods import parse
from app.postings.models import Pairing, Posting
from app.postings.scope import Caller, Held
from app.quotas.adoptions import adopt
from app.quotas.counting import count, people_of
from app.quotas.standings import Asked
from scripts.fleets.acts import Event, Sent, Uploaded
from scripts.fleets.fleet import ONE, Fleet
from scripts.fleets.honest import moment
from scripts.fleets.land import COUNTY, Person
from scripts.fleets.numbers import dice_of
from scripts.fleets.sending import Rows

PACK = "p0-village-leader"
ACTOR = "fleet"
BEFORE = timedelta(days=30)
#: (person, rule) -> have, and the days that count
Credits = dict[tuple[UUID, str], tuple[float, frozenset[date]]]


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a fleet plays."""

    base: Database
    anchors: Anchors
    settings: Settings


async def set_up(fleet: Fleet, folder: Path, anchors: Anchors) -> Stage:
    """An empty installation in this folder, with the land, its people and the county's pack."""
    settings = Settings(data=folder, database_url="")
    await migrate.upgrade(settings.database)
    base = Database(settings.database)
    opened = fleet.opened - BEFORE
    book = _book(fleet, opened)
    async with base.writing() as session:
        divisions = divisions_of(COUNTY)
        await bring_up_to_date(session, divisions, COUNTY, actor=ACTOR, at=opened)
        await adopt(session, PACK, COUNTY, "模拟", by="模拟", at=opened, actor=ACTOR)
        await book.write(session)
    return Stage(base, anchors, settings)


def _book(fleet: Fleet, opened: datetime) -> Book:
    book, since = Book(), (opened - BEFORE).date()
    for village in fleet.land.villages:
        book.add(
            org.Fence, ACTOR, opened, county=COUNTY, unit=village.code, name="村委会",
            lat_e7=village.anchor.lat_e7, lon_e7=village.anchor.lon_e7, radius_m=village.radius_m,
        )  # fmt: skip
        for number, home in enumerate(village.homes):
            book.add(
                Household, ACTOR, opened, id=home.id, county=COUNTY, village=village.code,
                number=f"{village.code}{number:04d}", head=home.head, since=since,
            )  # fmt: skip
    for person in fleet.land.people:
        book.add(
            User, ACTOR, opened, id=person.id, county=HOUSE, name=person.name, created_at=opened
        )
        book.add(
            Posting, ACTOR, opened, id=posting_of(person), county=COUNTY, person_id=person.id,
            unit=person.village.code, kind=person.post.value, since=since, reason="模拟",
        )  # fmt: skip
        for home in person.own:
            book.add(
                Pairing, ACTOR, opened, county=COUNTY, person_id=person.id,
                household_id=home.id, since=since,
            )  # fmt: skip
    return book


def posting_of(person: Person) -> UUID:
    """The id of a person's posting."""
    return uuid(dice_of("posting", person.id))


def caller(fleet: Fleet, sent: Sent) -> Caller:
    """Who is asking, as the service finds it out at each request."""
    person, since = fleet.land.people[sent.person], (fleet.opened - 2 * BEFORE).date()
    held = Held(posting_of(person), person.village.code, person.post, since, None, COUNTY)
    day = civil_day(sent.received_at)
    return Caller(person.id, person.name, person.id, day, (held,), sent.device)


async def play(stage: Stage, fleet: Fleet, events: Sequence[Event], rows: Rows) -> None:
    """Everything in the order of its arrival, and the worker's checks at the end of each day.

    Check-ins are taken one by one as the route does. The bytes of a day's photos, and then its
    diaries, are written together before the checks: nothing but these looks at them.
    """
    shelf = _Shelf()
    for day, arrived in groupby(events, key=lambda event: event.received_at.date()):
        pictures_of_day: list[Uploaded] = []
        diaries_of_day: list[Sent] = []
        for event in arrived:
            if isinstance(event, Uploaded):
                pictures_of_day.append(event)
            elif isinstance(event.body, DiaryIn):
                diaries_of_day.append(event)
            else:
                asking = caller(fleet, event)
                await check_in(stage, asking, event, event.body)
        async with stage.base.writing() as session:
            await shelf.book(fleet, pictures_of_day, rows).write(session)
            for sent in diaries_of_day:
                if isinstance(sent.body, DiaryIn):
                    asking = caller(fleet, sent)
                    await diaries.put_diary(session, asking, sent.id, sent.body, sent.received_at)
        await checks.run(stage.base, stage.anchors, moment(day + ONE, 8))


class _Shelf:
    """What has been uploaded: the rows of uploads, each once, as ``uploads.service`` writes them."""

    def __init__(self) -> None:
        self.held: set[str] = set()
        self.uploaded: set[tuple[str, int]] = set()

    def book(self, fleet: Fleet, events: Iterable[Uploaded], rows: Rows) -> Book:
        """The rows of these uploads that are new, with their leaves."""
        book = Book()
        for event in events:
            row, at = rows[event.shot], event.received_at
            sha256, person = row["sha256"], fleet.land.people[event.person]
            if sha256 not in self.held:
                self.held.add(sha256)
                book.beside(Photo, **row, stored_at=at, offered_at=at)
            if (sha256, event.person) not in self.uploaded:
                self.uploaded.add((sha256, event.person))
                told = {"sha256": sha256, "user_id": person.id, "uploaded_at": at}
                book.add(Upload, person.id, at, county=COUNTY, **told)
        return book


async def check_in(stage: Stage, asking: Caller, sent: Sent, body: CheckInIn) -> None:
    """What the route does, with the simulated moment."""
    arrival = check_ins.Arrival(sent.received_at, stage.anchors, sent.phone_now)
    async with stage.base.direct() as direct:
        done = await check_ins.record(direct, asking, sent.id, body, arrival)
        found = await judging.on_arrival(direct, done)
    await judging.flags_of(stage.base, done, found)


async def credits(stage: Stage, fleet: Fleet) -> Credits:
    """What the quotas of the quarter give everybody, and for which days."""
    last = fleet.first + timedelta(days=fleet.days + 8)
    period = parse(f"{fleet.first.year}-Q{(fleet.first.month + 2) // 3}", last)
    at = fleet.opened + timedelta(days=fleet.days + 9)
    asked = Asked.about(min(last, period.last), at, period)
    found: Credits = {}
    async with stage.base.reading() as session:
        people, _ = await people_of(session, COUNTY, asked)
        for row, standings in zip(people, await count(session, people, asked), strict=True):
            for one in standings:
                days = frozenset(counted.day for counted in one.counted)
                found[row.id, one.rule] = float(one.have or 0), days
    return found


async def credits_without_flags(stage: Stage, fleet: Fleet) -> Credits:
    """The same after every flag was taken away; nothing else may be asked of this stage after it."""
    async with stage.base.writing() as session:
        await (await session.connection()).execute(text("DELETE FROM flags"))
    return await credits(stage, fleet)
