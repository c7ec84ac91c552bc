"""The real product under a fleet: its services, its database, its checks; only the clock is played.

What arrives is handed to the services in the order of its arrival, with the moment of its arrival.
Left out is what checks do not look at: sign-ins, HTTP, and the bytes in the photo store.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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
from app.photos.shelf import PHOTOS
from app.policy.periods import parse
from app.postings.models import Pairing, Posting
from app.postings.scope import Caller, Held
from app.quotas.adoptions import adopt
from app.quotas.counting import count, people_of
from app.quotas.standings import Asked
from app.uploads import service as uploads
from app.uploads.shelf import Uploader
from scripts.fleets import pictures
from scripts.fleets.acts import Event, Sent, Uploaded
from scripts.fleets.fleet import Fleet
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


def caller(fleet: Fleet, person: Person, device: str, at: datetime) -> Caller:
    """Who is asking, as the service finds it out at each request."""
    since = (fleet.opened - 2 * BEFORE).date()
    held = Held(posting_of(person), person.village.code, person.post, since, None, COUNTY)
    return Caller(person.id, person.name, person.id, civil_day(at), (held,), device)


async def play(stage: Stage, fleet: Fleet, events: Sequence[Event], rows: Rows) -> None:
    """Everything in the order of its arrival; the worker's checks at the end of each day."""
    today = events[0].received_at.date() if events else fleet.first
    for event in events:
        if event.received_at.date() != today:
            await checks.run(stage.base, stage.anchors, event.received_at)
            today = event.received_at.date()
        if isinstance(event, Uploaded):
            await _upload(stage, fleet, event, rows)
        else:
            await _take(stage, fleet, event)
    if events:
        await checks.run(stage.base, stage.anchors, events[-1].received_at + timedelta(days=1))


async def _take(stage: Stage, fleet: Fleet, sent: Sent) -> None:
    person = fleet.land.people[sent.person]
    asking = caller(fleet, person, sent.device, sent.received_at)
    if isinstance(sent.body, DiaryIn):
        async with stage.base.writing() as session:
            await diaries.put_diary(session, asking, sent.id, sent.body, sent.received_at)
        return
    await check_in(stage, asking, sent, sent.body)


async def check_in(stage: Stage, asking: Caller, sent: Sent, body: CheckInIn) -> None:
    """What the route does, with the simulated moment."""
    arrival = check_ins.Arrival(sent.received_at, stage.anchors, sent.phone_now)
    async with stage.base.direct() as direct:
        done = await check_ins.record(direct, asking, sent.id, body, arrival)
        found = await judging.on_arrival(direct, done)
    await judging.flags_of(stage.base, done, found)


async def _upload(stage: Stage, fleet: Fleet, event: Uploaded, rows: Rows) -> None:
    person = fleet.land.people[event.person]
    row = pictures.photo(rows[event.shot], event.received_at)
    async with stage.base.writing() as session:
        uploader = Uploader(person.id, COUNTY)
        await uploads.record(session, PHOTOS, row, uploader, event.received_at)


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
