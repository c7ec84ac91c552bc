"""Check-ins, withdrawn ones as withdrawn, reviewed ones as reviewed."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.checkins.models import CheckIn, Withdrawal
from app.checkins.service import RECORD_KIND
from app.households.models import Household
from app.policy import records
from app.postings.models import Post, Posting
from app.postings.scope import inside
from app.quotas.changes import parts
from app.quotas.facts.window import Collected, Window
from app.reviews import reading as reviews
from app.reviews.schemas import RecordState

_COLUMNS = (
    CheckIn.id,
    CheckIn.kind,
    CheckIn.village,
    CheckIn.household_id,
    CheckIn.captured_at,
    CheckIn.received_at,
    CheckIn.day,
    Withdrawal.check_in_id,
)


async def check_ins(session: AsyncSession, window: Window, found: Collected) -> None:
    """Those of persons, from one day before: the ten-minute rule looks back over midnight."""
    visits = window.asks("household_visits", "qualified_visits")
    query = _query(col(CheckIn.person_id), registered=visits).where(
        col(CheckIn.person_id).in_(window.people),
        col(CheckIn.day).between(window.first - timedelta(days=1), window.last),
    )
    reviewed = await reviews.record_states(
        session, RECORD_KIND, window.people, window.first - timedelta(days=1), window.last
    )
    for person, *told in (await session.exec(query)).all():
        found[person].check_ins.append(_check_in(told, reviewed))


async def leaders_visits(session: AsyncSession, window: Window, found: Collected) -> None:
    """Check-ins in villages by their liaison leaders: each visit is an event to be entered (R64)."""
    posted = (
        col(Posting.person_id) == col(CheckIn.person_id),
        col(Posting.kind) == Post.LL.value,
        col(Posting.since) <= col(CheckIn.day),
        or_(col(Posting.until).is_(None), col(Posting.until) >= col(CheckIn.day)),
        col(CheckIn.village).startswith(col(Posting.unit)),
    )
    leading = select(col(Posting.id)).where(*posted).correlate(CheckIn).exists()
    query = _query(col(CheckIn.village), registered=False).where(
        inside(col(CheckIn.village), window.roots()),
        col(CheckIn.day).between(window.first, window.last),
        leading,
    )
    rows = (await session.exec(query)).all()
    reviewed = {
        record: state
        for part in parts([row[1] for row in rows])
        for record, state in (await reviews.states_of(session, RECORD_KIND, part)).items()
    }
    for village, *told in rows:
        check_in = _check_in(told, reviewed)
        for unit in window.holders(village):
            found[unit].check_ins.append(check_in)


def _query(ref: Any, *, registered: bool) -> Any:
    """Beside each check-in whether its household was registered as poor that day, if that is asked."""
    columns = [col(column) for column in _COLUMNS]
    query = select(ref, *columns).select_from(CheckIn)
    query = query.outerjoin(Withdrawal, col(Withdrawal.check_in_id) == col(CheckIn.id))
    if not registered:
        return query
    poor = and_(
        col(Household.poor),
        col(Household.since) <= col(CheckIn.day),
        or_(col(Household.until).is_(None), col(Household.until) >= col(CheckIn.day)),
    )
    return query.outerjoin(Household, col(Household.id) == col(CheckIn.household_id)).add_columns(
        poor.label("poor")
    )


def _check_in(told: list[Any], reviewed: Mapping[UUID, RecordState]) -> records.CheckIn:
    row_id, kind, village, household, at, received, day, gone, *poor = told
    return records.CheckIn(
        str(row_id),
        kind,
        village,
        str(household) if household else None,
        at,
        received,
        day,
        "withdrawn" if gone else reviewed.get(row_id, "counted"),
        bool(poor[0]) if household and poor else True,
    )
