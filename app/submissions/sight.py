"""Which submissions, figures and their photos and files a caller sees, and who receives what."""

from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.org.models import OrganisationVillage
from app.photos.models import PhotoUse
from app.postings import scope
from app.postings.scope import Caller, Clause, Sight
from app.submissions.kinds import KINDS
from app.submissions.models import Figure, FileUse, Submission

SUBMISSION, FIGURE = "submission", "figure"


def submissions(caller: Caller) -> Clause:
    """Submissions one wrote or acts for; and those below oneself, but for drafts."""
    sent = col(Submission.draft).is_(False)
    return or_(own(caller, Submission), and_(sent, _below(caller, Submission)))


def figures(caller: Caller) -> Clause:
    """Figures one wrote or acts for, and those below oneself."""
    return or_(own(caller, Figure), _below(caller, Figure))


def own(caller: Caller, table: type[Submission] | type[Figure]) -> Clause:
    """What the caller wrote, or acts for the subject of."""
    return or_(
        col(table.author_id) == caller.id,
        col(table.unit).in_(caller.acting_units()),
        scope.acting_for(caller, col(table.organisation_id)),
    )


def _below(caller: Caller, table: type[Submission] | type[Figure]) -> Clause:
    codes = caller.units(Sight.PEOPLE)
    return scope.organisations(caller, col(table.organisation_id), col(table.seat), codes)


def photos(caller: Caller) -> Clause:
    """Uses of photos by submissions and figures that the caller sees."""
    return or_(*_named(caller, col(PhotoUse.record_id)))


def files(caller: Caller) -> Clause:
    """Uses of files by submissions and figures that the caller sees."""
    return or_(*_named(caller, col(FileUse.record_id)))


def _named(caller: Caller, record: Any) -> tuple[Clause, Clause]:
    return (
        record.in_(select(col(Submission.id)).where(submissions(caller))),
        record.in_(select(col(Figure.id)).where(figures(caller))),
    )


async def receives(session: AsyncSession, caller: Caller, row: Submission) -> bool:
    """Whether the caller accepts or returns this: the level above, or a reviewer (M49).

    An administration's own papers go to the level above it; those of an organisation or a person
    to the administrator of the place, or of a village that the organisation serves.
    """
    sight = Sight.REVIEW if KINDS[row.kind].accepted else Sight.RECEIVE
    codes = caller.units(sight)
    if row.unit is not None and sight is Sight.RECEIVE:
        codes = [code for code in codes if len(code) < len(row.unit)]
    if any(row.seat.startswith(code) for code in codes):
        return True
    return row.organisation_id is not None and await _serves_in(session, row.organisation_id, codes)


async def _serves_in(session: AsyncSession, organisation: UUID, codes: list[str]) -> bool:
    query = select(
        exists().where(
            col(OrganisationVillage.organisation_id) == organisation,
            scope.inside(col(OrganisationVillage.village), codes),
        )
    )
    return bool((await session.exec(query)).one())
