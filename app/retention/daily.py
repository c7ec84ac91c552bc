"""The daily job 留存: what is older than its class allows is coarsened, blanked or erased.

Everything logged keeps its leaf: a coarsened check-in is a new revision of kind ``coarsen``, so
that the record stays provable, with village, day and the verdict on its place as they were.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, and_, or_, update
from sqlmodel import col, select

from app.activities.models import Activity
from app.auth.models import SignIn, SignInRefusal
from app.checkins.models import CheckIn
from app.core.clock import SHANGHAI, civil_day
from app.core.crypto import Sealer, Unreadable
from app.core.db import Database
from app.core.settings import Settings
from app.households.models import Member
from app.households.position import GOOD_ACCURACY_MM
from app.ledger import service as ledger
from app.org.geofence import Place
from app.photos.models import Photo
from app.records.models import Conflict
from app.retention.classes import classes
from app.retention.erasing import MEMBER_BLANK, NAMELESS
from app.retention.rows import Removal, found, table_of

#: a hundredth of a degree: 1.1 km from north to south, 1 km from west to east in the south of China
STEP_E7 = 100_000
COARSE_MM = 1_000_000
BATCH = 200
ACTOR = "retention"
COARSEN = "coarsen"
HOUSEHOLD = "household"
ADULT_FROM = 14
Enough: TypeAlias = Callable[[], bool]
Model: TypeAlias = type[CheckIn] | type[Activity]


@dataclass(frozen=True, slots=True)
class Done:
    """How many of each."""

    coarsened: int = 0
    erased: int = 0
    blanked: int = 0


async def run(
    base: Database, settings: Settings, at: datetime, enough: Enough = lambda: False
) -> Done:
    """Everything that is due; broken off, the next run goes on."""
    today = civil_day(at)
    coarsened = erased = blanked = 0
    if (day := classes()["position"].before(today, settings)) is not None:
        coarsened = await _coarsen(base, CheckIn, day, at, enough)
        coarsened += await _coarsen(base, Activity, day, at, enough)
        blanked = await _exif(base, day)
        before = col(Conflict.received_at) < _midnight(day)
        erased = await _erase(base, "conflicts", before, at, enough)
    if (day := classes()["sign_in"].before(today, settings)) is not None:
        ended = or_(col(SignIn.ended_at) < _midnight(day), col(SignIn.expires_at) < _midnight(day))
        erased += await _erase(base, "sign_ins", ended, at, enough)
        tried = col(SignInRefusal.at) < _midnight(day)
        erased += await _erase(base, "sign_in_refusals", tried, at, enough)
    blanked += await _members(base, settings, at, enough)
    return Done(coarsened, erased, blanked)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI)


async def _coarsen(base: Database, model: Model, before: date, at: datetime, enough: Enough) -> int:
    """Round positions, and forget which phone it was and how its clock ran."""
    table: Any = model
    due = and_(col(table.day) < before, or_(*_too_exact(model)))
    done = 0
    while not enough():
        async with base.writing() as session:
            query = select(model).where(due).order_by(col(table.day)).limit(BATCH)
            rows: list[Any] = list((await session.exec(query)).all())
            for row in rows:
                _round(row)
            await ledger.append_many(session, rows, COARSEN, ACTOR, at)
        done += len(rows)
        if len(rows) < BATCH:
            break
    return done


def _too_exact(model: Model) -> list[ColumnElement[bool]]:
    """What a row may not have any more; a fix that places a household is the household's own."""
    table: Any = model
    exact = or_(col(table.lat_e7) % STEP_E7 != 0, col(table.lon_e7) % STEP_E7 != 0)
    told = [col(table.clock).is_not(None)]
    if model is CheckIn:
        elsewhere = or_(
            col(CheckIn.kind) != HOUSEHOLD,
            col(CheckIn.place) == Place.outside.value,
            col(CheckIn.accuracy_mm).is_(None),
            ~col(CheckIn.accuracy_mm).between(1, GOOD_ACCURACY_MM),
        )
        exact = and_(exact, elsewhere)
        told += [col(CheckIn.client).is_not(None), col(CheckIn.device_id).is_not(None)]
    return [and_(col(table.lat_e7).is_not(None), exact), *told]


def _places(row: Any) -> bool:
    """Whether its fix says where the visited household is: ``households.reading.GOOD_FIX``."""
    good = row.accuracy_mm is not None and 1 <= row.accuracy_mm <= GOOD_ACCURACY_MM
    visit = isinstance(row, CheckIn) and row.kind == HOUSEHOLD
    return visit and good and row.place != Place.outside


def _round(row: Any) -> None:
    """One row, coarser; the digest of the body it came in could be searched for the old position."""
    row.clock = None
    if isinstance(row, CheckIn):
        row.client, row.device_id = None, None
    row.digest = os.urandom(32)
    if row.lat_e7 is None or _places(row):
        return
    row.lat_e7, row.lon_e7 = _coarse(row.lat_e7), _coarse(row.lon_e7)
    row.accuracy_mm = max(row.accuracy_mm or 0, COARSE_MM)
    if row.distance_m is not None:
        row.distance_m = round(row.distance_m / 1000) * 1000


def _coarse(value: int) -> int:
    return round(value / STEP_E7) * STEP_E7


async def _exif(base: Database, before: date) -> int:
    """What was read off the pictures; the originals keep it, and nobody is ever served one."""
    told = or_(
        col(Photo.exif_at).is_not(None),
        col(Photo.exif_lat_e7).is_not(None),
        col(Photo.exif_lon_e7).is_not(None),
    )
    async with base.writing() as session:
        done = await session.exec(
            update(Photo)
            .where(col(Photo.stored_at) < _midnight(before), told)
            .values(exif_at=None, exif_lat_e7=None, exif_lon_e7=None)
        )
        return int(done.rowcount)


async def _erase(base: Database, name: str, due: Any, at: datetime, enough: Enough) -> int:
    """Rows that go, a batch at a time, each with its leaf."""
    table, done = table_of(name), 0
    key = next(iter(table.primary_key.columns))
    while not enough():
        async with base.writing() as session:
            connection = await session.connection()
            ids = (await connection.execute(select(key).where(due).limit(BATCH))).scalars().all()
            rows = await found(session, table, key.in_(ids)) if ids else []
            removal = Removal(session, ACTOR, at)
            await removal.remove(table, rows, key.in_(ids))
            await ledger.append_leaves(session, removal.leaves)
        done += len(rows)
        if len(rows) < BATCH:
            break
    return done


async def _members(base: Database, settings: Settings, at: datetime, enough: Enough) -> int:
    """Members who left their household: minors soon, grown ones later."""
    today, sealer = civil_day(at), Sealer(settings.field_key.get_secret_value())
    grown, minors = (classes()[name].before(today, settings) for name in ("member", "minor"))
    table = table_of("household_members")
    left = and_(
        col(Member.until).is_not(None),
        col(Member.until) < max(filter(None, (grown, minors)), default=date.min),
        col(Member.name) != NAMELESS,
    )
    done = 0
    async with base.reading() as session:
        rows = await found(session, table, left)
    due = [
        row
        for row in rows
        if (day := minors if _is_minor(row, sealer, today) else grown) is not None
        and row["until"] < day
    ]
    for start in range(0, len(due), BATCH):
        if enough():
            break
        async with base.writing() as session:
            removal = Removal(session, ACTOR, at)
            await removal.blank(table, due[start : start + BATCH], MEMBER_BLANK)
            await ledger.append_leaves(session, removal.leaves)
        done += len(due[start : start + BATCH])
    return done


def _is_minor(row: Any, sealer: Sealer, today: date) -> bool:
    """By the birth date in the ID number; who has none is taken for grown, and kept no longer."""
    if row["id_number"] is None:
        return False
    try:
        number = sealer.open(bytes(row["id_number"]), "household_members", "id_number", row["id"])
        born = datetime.strptime(number[6:14], "%Y%m%d").replace(tzinfo=SHANGHAI).date()
    except (Unreadable, ValueError):
        return False
    return born > today - timedelta(days=round(ADULT_FROM * 365.25))
