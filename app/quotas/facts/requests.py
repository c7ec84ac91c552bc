"""Leaves and make-ups, with their states: the engine says what counts."""

from datetime import date, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.policy import records
from app.quotas.facts.window import Collected, Window
from app.requests.models import Kind, Leave, LeaveReturn, MakeUp
from app.requests.states import State

_DAY = timedelta(days=1)


async def requests(session: AsyncSession, window: Window, found: Collected) -> None:
    """Those of persons; a withdrawn request is nobody's record any more and left out.

    A leave that its author ended earlier lasts to the day before the return; one that ended
    before it began never was.
    """
    leaves = (
        select(Leave, col(LeaveReturn.back_on))
        .outerjoin(LeaveReturn, col(LeaveReturn.leave_id) == col(Leave.id))
        .where(
            col(Leave.author_id).in_(window.people),
            col(Leave.state) != State.withdrawn.value,
            col(Leave.first) <= window.last,
            col(Leave.last) >= window.first,
        )
    )
    for row, back_on in (await session.exec(leaves)).all():
        last = _until(row, back_on)
        if row.first <= last:
            kind: records.LeaveKind = Kind(row.kind).value
            leave = records.Leave(str(row.id), row.first, last, kind, row.state)
            found[row.author_id].leaves.append(leave)
    make_ups = select(MakeUp).where(
        col(MakeUp.author_id).in_(window.people),
        col(MakeUp.state) != State.withdrawn.value,
        col(MakeUp.day).between(window.first, window.last),
    )
    for asked in (await session.exec(make_ups)).all():
        made = records.MakeUp(str(asked.id), asked.village, asked.day, asked.state)
        found[asked.author_id].make_ups.append(made)


def _until(row: Leave, back_on: date | None) -> date:
    return row.last if back_on is None else back_on - _DAY
