"""Submissions with all versions of their chains, and reported figures."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.clock import civil_day
from app.policy import records
from app.policy.periods import start_of
from app.quotas.facts.window import Collected, Window, ref_of
from app.submissions.models import Figure, FigureWithdrawal, Submission


async def submissions(session: AsyncSession, window: Window, found: Collected) -> None:
    """What was handed in for a period of these years, or in these days for another one.

    A version that was replaced must be known wherever it lies: it lends the newest one the time
    at which the work was first handed in, and is itself counted no more.
    """
    begin, end = start_of(window.first), start_of(window.last + timedelta(days=1))
    arrived = (
        and_(column >= begin, column < end)
        for column in (col(Submission.written_at), col(Submission.received_at))
    )
    years = range(window.first.year, window.last.year + 1)
    chains = select(func.coalesce(col(Submission.root), col(Submission.id))).where(
        window.owned(
            col(Submission.person_id), col(Submission.organisation_id), col(Submission.unit)
        ),
        or_(
            *(col(Submission.for_period).startswith(str(year)) for year in years),
            col(Submission.for_period).in_(("standing", "once")),
            *arrived,
        ),
    )
    query = select(Submission).where(
        or_(col(Submission.id).in_(chains), col(Submission.root).in_(chains))
    )
    for row in (await session.exec(query)).all():
        decided = civil_day(row.decided_at) if row.decided_at else None
        found[ref_of(row.person_id, row.organisation_id, row.unit)].submissions.append(
            records.Submission(
                id=str(row.id),
                kind=row.kind,
                for_period=row.for_period,
                village=row.village,
                written_at=row.written_at,
                received_at=row.received_at,
                replaces=str(row.replaces) if row.replaces else None,
                # a version that was only kept hands nothing in, whatever became of it later
                state="draft" if row.draft else row.state,  # type: ignore[arg-type]  # checked words
                accepted_on=decided if row.state == "accepted" else None,
                event=str(row.event) if row.event else None,
            )
        )


async def figures(session: AsyncSession, window: Window, found: Collected) -> None:
    """The figures of these days and, of each name, the last one before them that still holds."""
    query: Any = (
        select(Figure, col(FigureWithdrawal.figure_id))
        .outerjoin(FigureWithdrawal, col(FigureWithdrawal.figure_id) == col(Figure.id))
        .where(
            window.owned(col(Figure.person_id), col(Figure.organisation_id), col(Figure.unit)),
            or_(
                col(Figure.day).between(window.first, window.last),
                and_(
                    col(Figure.day) == _last_before(window.first),
                    col(FigureWithdrawal.figure_id).is_(None),
                ),
            ),
        )
    )
    for row, gone in (await session.exec(query)).all():
        found[ref_of(row.person_id, row.organisation_id, row.unit)].figures.append(
            records.Figure(
                id=str(row.id),
                name=row.name,
                day=row.day,
                amount=row.amount,
                received_at=row.received_at,
                state="withdrawn" if gone else "counted",
            )
        )


def _last_before(first: date) -> Any:
    """The day of the same subject's last figure of the same name before the window."""
    other = aliased(Figure)
    gone = select(col(FigureWithdrawal.figure_id))
    same = or_(
        col(other.person_id) == col(Figure.person_id),
        col(other.organisation_id) == col(Figure.organisation_id),
        col(other.unit) == col(Figure.unit),
    )
    return (
        select(func.max(col(other.day)))
        .where(
            same,
            col(other.name) == col(Figure.name),
            col(other.day) < first,
            col(other.id).not_in(gone),
        )
        .correlate(Figure)
        .scalar_subquery()
    )
