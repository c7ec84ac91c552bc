"""Check-ins, withdrawn ones as withdrawn."""

from datetime import timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.checkins.models import CheckIn, Withdrawal
from app.policy import records
from app.quotas.facts.window import Collected, Window


async def check_ins(session: AsyncSession, window: Window, found: Collected) -> None:
    """From one day before: the ten-minute rule looks back over midnight."""
    query = (
        select(
            col(CheckIn.person_id),
            col(CheckIn.id),
            col(CheckIn.kind),
            col(CheckIn.village),
            col(CheckIn.household_id),
            col(CheckIn.captured_at),
            col(CheckIn.received_at),
            col(CheckIn.day),
            col(Withdrawal.check_in_id),
        )  # type: ignore[call-overload]  # nine columns; the overloads end at four
        .outerjoin(Withdrawal, col(Withdrawal.check_in_id) == col(CheckIn.id))
        .where(
            col(CheckIn.person_id).in_(window.people),
            col(CheckIn.day).between(window.first - timedelta(days=1), window.last),
        )
    )
    for person, row_id, kind, village, household, at, received, day, gone in (
        await session.exec(query)
    ).all():
        found[person].check_ins.append(
            records.CheckIn(
                str(row_id),
                kind,
                village,
                str(household) if household else None,
                at,
                received,
                day,
                "withdrawn" if gone else "counted",
            )
        )
