"""A check-in is judged right after its write: the record first, always.

Whatever fails here is told to the log by its kind and left to the worker (``app.checks``), which
judges every check-in once more. A check refuses nothing and delays nothing that it does not find.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlmodel.ext.asyncio.session import AsyncSession

from app.checkins import limits
from app.checkins.around import around
from app.checkins.checks import Known, findings
from app.checkins.doors import at_door
from app.checkins.models import CheckIn, Place
from app.checkins.service import RECORD_KIND, Recorded, beyond_m
from app.checkins.timing import Timed
from app.core.db import Database
from app.core.errors import trace
from app.core.prebuilt import Direct
from app.records.service import Fate
from app.reviews.finding import About, Finding
from app.reviews.reading import UNFLAGGED, Flagged, flagged
from app.reviews.service import raise_flags

log = logging.getLogger("zhucun")


async def judged(direct: Direct, row: CheckIn, timed: Timed) -> list[Finding]:
    """What the checks find on a stored check-in, by what had arrived before it."""
    by = limits.shipped()
    told: dict[str, Any] = row.clock or {}
    sent = told.get("sent_at")
    outside = row.place == Place.outside.value
    known = Known(
        timed,
        None if sent is None else datetime.fromisoformat(sent),
        await beyond_m(direct, row) if outside else None,
        await at_door(direct, row, by) if outside else False,
    )
    return findings(row, known, await around(direct, row, by), by)


def about(row: CheckIn) -> About:
    """The check-in as flags know it."""
    return About(RECORD_KIND, row.id, row.county, row.person_id, row.day, row.village)


async def on_arrival(direct: Direct, done: Recorded) -> Sequence[Finding]:
    """What is found on a check-in that was just made true; nothing where a check fails."""
    if done.fate is not Fate.created or done.row is None or done.timed is None:
        return ()
    try:
        return await judged(direct, done.row, done.timed)
    except Exception as error:
        log.error("a check-in is left to the worker's checks\n%s", trace(error))
        return ()


async def flags_of(base: Database, done: Recorded, found: Sequence[Finding]) -> Flagged:
    """The flags of a check-in for its reply: raised in a transaction of their own, or stood already."""
    if not found and done.fate is not Fate.same:
        return UNFLAGGED
    try:
        if not found:
            async with base.reading() as session:
                return await _standing(session, done)
        async with base.writing() as session:
            return await _raised(session, done, found)
    except Exception as error:
        log.error("flags are left to the worker\n%s", trace(error))
        return UNFLAGGED


async def flags_within(session: AsyncSession, direct: Direct, done: Recorded) -> Flagged:
    """As both above, inside the transaction of a batch: in a savepoint, so that it spoils nothing."""
    if done.row is None:
        return UNFLAGGED
    try:
        async with session.begin_nested():
            if done.fate is Fate.same:
                return await _standing(session, done)
            if done.timed is None:
                return UNFLAGGED
            found = await judged(direct, done.row, done.timed)
            return await _raised(session, done, found) if found else UNFLAGGED
    except (OperationalError, InterfaceError, ConnectionError):
        raise  # the database is away, and the batch with it
    except Exception as error:
        log.error("a check-in is left to the worker's checks\n%s", trace(error))
        return UNFLAGGED


async def _raised(session: AsyncSession, done: Recorded, found: Sequence[Finding]) -> Flagged:
    if done.row is None:
        raise ValueError(f"nothing stands after {done.fate}")
    await raise_flags(session, about(done.row), found, done.row.received_at)
    return await _standing(session, done)


async def _standing(session: AsyncSession, done: Recorded) -> Flagged:
    if done.row is None:
        raise ValueError(f"nothing stands after {done.fate}")
    return (await flagged(session, RECORD_KIND, [done.row.id])).get(done.row.id, UNFLAGGED)
