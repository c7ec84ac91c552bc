"""Reading submissions: the newest versions of what the caller sees."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.errors import NotFound
from app.core.paging import PageQuery
from app.postings import scope
from app.postings.scope import Caller
from app.submissions import showing, sight
from app.submissions.models import Submission
from app.submissions.schemas import SubmissionLine, SubmissionOut
from app.submissions.states import State


@dataclass(frozen=True, slots=True)
class Asked:
    """Filters of a list; ``unit`` holds for all that is filed there and below."""

    unit: str | None = None
    organisation: UUID | None = None
    person: UUID | None = None
    kind: str | None = None
    for_period: str | None = None
    state: State | None = None

    def clauses(self) -> list[ColumnElement[bool]]:
        """The filters as SQL."""
        equal = {
            "organisation_id": self.organisation,
            "person_id": self.person,
            "kind": self.kind,
            "for_period": self.for_period,
            "state": self.state.value if self.state else None,
        }
        out = [getattr(Submission, name) == value for name, value in equal.items() if value]
        if self.unit is not None:
            out.append(scope.inside(col(Submission.seat), [self.unit]))
        return out


def newest_version() -> ColumnElement[bool]:
    """No other version has replaced this one."""
    newer = aliased(Submission)
    return ~exists().where(col(newer.replaces) == col(Submission.id))


async def page(
    session: AsyncSession, caller: Caller, paging: PageQuery, asked: Asked
) -> tuple[list[SubmissionLine], str | None]:
    """The newest versions, what came last first."""
    query = showing.with_names(Submission).where(
        sight.submissions(caller), newest_version(), *asked.clauses()
    )
    order = (col(Submission.received_at), col(Submission.id))
    found = await session.exec(paging.onward(query, *order, descending=True))
    rows, following = paging.cut(list(found.all()), lambda r: (r[0].received_at, r[0].id))
    return [showing.line(*row) for row in rows], following


async def one(session: AsyncSession, caller: Caller, submission_id: UUID) -> SubmissionOut:
    """Any version in sight; ``NotFound`` otherwise."""
    query = showing.with_names(Submission).where(
        sight.submissions(caller), col(Submission.id) == submission_id
    )
    found = (await session.exec(query)).first()
    if found is None:
        raise NotFound
    return await showing.shown(session, caller, found)
