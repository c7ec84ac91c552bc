"""Announcing, drawing, recording. Nothing here takes a record out of the count."""

import secrets
from calendar import monthrange
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import exists, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.checkins.models import CheckIn, Kind, Withdrawal
from app.checkins.service import RECORD_KIND
from app.core.clock import civil_day
from app.core.days import in_words
from app.core.errors import Forbidden, NotFound
from app.ledger import service as ledger
from app.org.divisions import county_of
from app.org.models import Unit
from app.postings.models import Posting
from app.postings.scope import Caller, Sight, inside, posted
from app.reviews.reading import against
from app.spotchecks import drawing
from app.spotchecks.errors import (
    OwnSpotCheck,
    SpotCheckAnnounced,
    SpotCheckMonth,
    SpotCheckRecorded,
    SpotCheckTooEarly,
)
from app.spotchecks.models import SpotCheck, SpotCheckItem, SpotCheckList, item_id
from app.spotchecks.schemas import AnnounceIn, ResultIn

#: months back from this one that can be looked into; ahead, only to announce, one
BACK, AHEAD = 12, 1
#: of the codes of units, from the widest to the village
DIGITS = (2, 4, 6, 9, 12)


async def announce(
    session: AsyncSession, viewer: Caller, body: AnnounceIn, at: datetime
) -> SpotCheck:
    """Make the seed and put it into the log, before anything is drawn by it."""
    _reviewer(viewer, body.unit)
    if not await _alone(session, body.unit):
        raise NotFound
    month, now_ = date.fromisoformat(f"{body.month}-01"), civil_day(at)
    ago = (now_.year - month.year) * 12 + now_.month - month.month
    if not -AHEAD <= ago <= BACK:
        raise SpotCheckMonth
    await _need_unannounced(session, viewer, body.unit, body.month)
    row = SpotCheck(
        county=county_of(body.unit),
        unit=body.unit,
        month=body.month,
        share_percent=body.share_percent,
        seed=secrets.token_hex(32),
        announced_by=viewer.id,
        announced_at=at,
    )
    session.add(row)
    await ledger.append(session, row, "create", viewer.id, at)
    return row


async def _alone(session: AsyncSession, unit: str) -> bool:
    """Let one announce at a time, here, above and below; False where there is no such unit."""
    above = [unit[:digits] for digits in DIGITS if digits <= len(unit)]
    query = select(col(Unit.code)).where(col(Unit.code).in_(above)).order_by(col(Unit.code))
    # not the keys: records that name these units go on being written
    return unit in (await session.exec(query.with_for_update(key_share=True))).all()


async def _need_unannounced(session: AsyncSession, viewer: Caller, unit: str, month: str) -> None:
    """Of each unit one draw; of units one in another each draws for itself, by a seed of its own.

    A second draw of the same days by the same person would be a second choice, whichever unit it
    is made for: that one somebody else announces.
    """
    above = [unit[:digits] for digits in DIGITS if digits <= len(unit)]
    query = (
        select(SpotCheck, col(Unit.name), col(User.name))
        .join(Unit, col(Unit.code) == col(SpotCheck.unit))
        .join(User, col(User.id) == col(SpotCheck.announced_by))
        .where(
            col(SpotCheck.month) == month,
            or_(col(SpotCheck.unit).in_(above), inside(col(SpotCheck.unit), [unit])),
        )
        .order_by(col(SpotCheck.unit))
    )
    stands = (await session.exec(query)).all()
    for row, name, by in sorted(stands, key=lambda each: each[0].unit != unit):
        day = in_words(civil_day(row.announced_at))
        if row.unit == unit:
            raise SpotCheckAnnounced(SpotCheckAnnounced.SAME.format(name=name, by=by, day=day))
        if row.announced_by == viewer.id:
            raise SpotCheckAnnounced(SpotCheckAnnounced.OWN.format(name=name, day=day))


async def draw(session: AsyncSession, viewer: Caller, key: UUID, at: datetime) -> SpotCheck:
    """Freeze the list and draw from it, once; asked again, what was drawn stands."""
    row = await session.get(SpotCheck, key, with_for_update=True)
    _reviewer(viewer, row.unit if row else None)
    if row is None:
        raise NotFound
    if row.drawn_at is not None:
        return row
    first = date.fromisoformat(f"{row.month}-01")
    last = first.replace(day=monthrange(first.year, first.month)[1])
    if civil_day(at) <= last:
        raise SpotCheckTooEarly
    lines = await stay_days(session, row.unit, first, last)
    text = drawing.listed(lines)
    row.drawn_by, row.drawn_at = viewer.id, at
    row.population, row.list_digest = len(lines), drawing.digest(text)
    session.add(SpotCheckList(county=row.county, spot_check_id=row.id, lines=text))
    items = items_of(row, drawing.drawn(row.seed, lines, row.share_percent))
    session.add_all(items)
    await ledger.append(session, row, "revise", viewer.id, at)
    await ledger.append_many(session, items, "create", viewer.id, at)
    return row


def items_of(row: SpotCheck, drawn: list[str]) -> list[SpotCheckItem]:
    """A row for each line that was drawn."""
    items = []
    for position, told in enumerate(drawn):
        person, village, day = drawing.parts(told)
        items.append(
            SpotCheckItem(
                id=item_id(row.id, told),
                county=row.county,
                spot_check_id=row.id,
                position=position,
                person_id=person,
                village=village,
                day=day,
            )
        )
    return items


async def stay_days(session: AsyncSession, unit: str, first: date, last: date) -> list[str]:
    """The lines of the stay days in this unit and time that have a check-in which counts now."""
    posted_there = posted(
        col(CheckIn.person_id),
        col(CheckIn.day),
        col(CheckIn.village).startswith(col(Posting.unit)),
    )
    query = (
        select(col(CheckIn.person_id), col(CheckIn.village), col(CheckIn.day))
        .where(
            inside(col(CheckIn.village), [unit]),
            col(CheckIn.day).between(first, last),
            col(CheckIn.kind).in_([Kind.presence.value, Kind.household.value]),
            ~exists().where(col(Withdrawal.check_in_id) == col(CheckIn.id)),
            ~against(RECORD_KIND, col(CheckIn.id)),
            posted_there,
        )
        .distinct()
    )
    return sorted(drawing.line(*told) for told in (await session.exec(query)).all())


async def record(
    session: AsyncSession, viewer: Caller, key: UUID, body: ResultIn, at: datetime
) -> SpotCheckItem:
    """What one reviewer found, once; the same again is the same success."""
    item = await session.get(SpotCheckItem, key, with_for_update=True)
    check = await session.get(SpotCheck, item.spot_check_id) if item else None
    _reviewer(viewer, check.unit if check else None)
    if item is None:
        raise NotFound
    if item.person_id == viewer.id:
        raise OwnSpotCheck
    if item.found is not None:
        told = (item.way, item.found, item.note, item.recorded_by)
        if told != (body.way.value, body.found.value, body.note, viewer.id):
            raise SpotCheckRecorded
        return item
    item.way, item.found, item.note = body.way.value, body.found.value, body.note
    item.recorded_by, item.recorded_at = viewer.id, at
    await ledger.append(session, item, "revise", viewer.id, at)
    return item


def _reviewer(viewer: Caller, unit: str | None) -> None:
    """Who is no reviewer anywhere is told so; elsewhere than in their units nothing is there."""
    if not viewer.units(Sight.REVIEW):
        raise Forbidden
    if unit is None or not viewer.over(unit, Sight.REVIEW):
        raise NotFound
