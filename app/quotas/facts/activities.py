"""Activities, once for every person, organisation and unit that they bind."""

from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.activities.models import (
    Activity,
    ActivityAttendee,
    ActivityOrganisation,
    ActivityWithdrawal,
)
from app.policy import records
from app.quotas.facts.window import Collected, Window


async def activities(session: AsyncSession, window: Window, found: Collected) -> None:
    """Those attended by a person, those that name an organisation, those of a unit itself."""
    person, organisation = (
        col(ActivityAttendee.person_id),
        col(ActivityOrganisation.organisation_id),
    )
    queries = []
    if window.people:
        queries.append(
            _query(person)
            .join(ActivityAttendee, col(ActivityAttendee.activity_id) == col(Activity.id))
            .where(
                person.in_(window.people),
                col(ActivityAttendee.day).between(window.first, window.last),
            )
        )
    if window.organisations:
        queries.append(
            _query(organisation)
            .join(ActivityOrganisation, col(ActivityOrganisation.activity_id) == col(Activity.id))
            .where(
                organisation.in_(window.organisations),
                col(ActivityOrganisation.day).between(window.first, window.last),
            )
        )
    if window.units:
        queries.append(
            _query(col(Activity.unit)).where(
                col(Activity.unit).in_(window.units),
                col(Activity.day).between(window.first, window.last),
            )
        )
    for query in queries:
        for ref, row_id, kind, day, village, attendances, reports, received, gone in (
            await session.exec(query)
        ).all():
            found[ref].activities.append(
                records.Activity(
                    id=str(row_id),
                    kind=kind,
                    day=day,
                    village=village,
                    attendances=attendances,
                    reports=len(reports) if reports else None,
                    received_at=received,
                    state="withdrawn" if gone else "counted",
                )
            )


def _query(ref: Any) -> Any:
    columns = (
        Activity.id,
        Activity.kind,
        Activity.day,
        Activity.village,
        Activity.attendances,
        Activity.reports,
        Activity.received_at,
        ActivityWithdrawal.activity_id,
    )
    return (
        select(ref, *map(col, columns))
        .select_from(Activity)
        .outerjoin(ActivityWithdrawal, col(ActivityWithdrawal.activity_id) == col(Activity.id))
    )
