"""Submissions as they go over the wire."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.ledger import service as ledger
from app.org.models import Organisation, Unit
from app.postings.schemas import PersonOut
from app.postings.scope import Caller
from app.records.schemas import ReceiptOut
from app.submissions import naming, sight
from app.submissions.kinds import KINDS
from app.submissions.models import Decision, Figure, Submission
from app.submissions.schemas import DecisionOut, SubmissionLine, SubmissionOut, VersionOut
from app.submissions.service import chain_of
from app.submissions.states import MOVES, State, Step

Named = tuple[Submission, str, str]


def with_names(table: type[Submission] | type[Figure]) -> Any:
    """Rows with the names of their authors and subjects."""
    person = aliased(User)
    subject = func.coalesce(col(Unit.name), col(Organisation.name), person.name)
    return (
        select(table, col(User.name), subject)
        .join(User, col(User.id) == col(table.author_id))
        .outerjoin(Unit, col(Unit.code) == col(table.unit))
        .outerjoin(Organisation, col(Organisation.id) == col(table.organisation_id))
        .outerjoin(person, col(person.id) == col(table.person_id))
    )


def subject_shown(row: Submission | Figure, subject: str) -> dict[str, Any]:
    """The fields that say whose it is."""
    return {
        "unit": row.unit,
        "organisation": row.organisation_id,
        "person": row.person_id,
        "subject_name": subject,
    }


def line(row: Submission, author: str, subject: str) -> SubmissionLine:
    """A version in a list."""
    return SubmissionLine(**_line(row, author, subject))


def _line(row: Submission, author: str, subject: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "kind_name": KINDS[row.kind].zh,
        "for_period": row.for_period,
        "title": row.title,
        "village": row.village,
        "event": row.event,
        "files": row.files,
        "author": PersonOut(id=row.author_id, name=author),
        "written_at": row.written_at,
        "received_at": row.received_at,
        "state": State(row.state),
        "decided_at": row.decided_at,
        "replaces": row.replaces,
        **subject_shown(row, subject),
    }


async def shown(session: AsyncSession, caller: Caller, found: Named) -> SubmissionOut:
    """One version with its attachments, its chain and what the caller may do with it."""
    row, author, subject = found
    chain = await chain_of(session, row)
    mine = row.author_id == caller.id or await _acts(session, caller, row)
    told = [v for v in chain if mine or not v.draft]
    replaced_by = next((v.id for v in chain if v.replaces == row.id), None)
    receipt = await ledger.receipt_of(session, str(Submission.__tablename__), row.id)
    return SubmissionOut(
        **_line(row, author, subject),
        text=row.text,
        attached=await naming.attached(session, row.author_id, row.files),
        replaced_by=replaced_by,
        versions=[
            VersionOut(
                id=v.id,
                author=v.author_id,
                state=State(v.state),
                written_at=v.written_at,
                received_at=v.received_at,
            )
            for v in told
        ],
        decisions=await _decisions(session, [v.id for v in told]),
        steps=[] if replaced_by else await _steps(session, caller, row, chain, mine=mine),
        receipt=ReceiptOut.of(receipt),
    )


async def _acts(session: AsyncSession, caller: Caller, row: Submission) -> bool:
    query = select(Submission.id).where(col(Submission.id) == row.id, sight.own(caller, Submission))
    return (await session.exec(query)).first() is not None


async def _decisions(session: AsyncSession, versions: Sequence[UUID]) -> list[DecisionOut]:
    query = (
        select(Decision, col(User.name))
        .join(User, col(User.id) == col(Decision.by_id))
        .where(col(Decision.submission_id).in_(versions))
        .order_by(col(Decision.decided_at), col(Decision.id))
    )
    return [
        DecisionOut(
            version=made.submission_id,
            step=Step(made.step),
            remark=made.remark,
            by=PersonOut(id=made.by_id, name=name),
            at=made.decided_at,
        )
        for made, name in (await session.exec(query)).all()
    ]


async def _steps(
    session: AsyncSession, caller: Caller, row: Submission, chain: list[Submission], *, mine: bool
) -> list[Step]:
    """What the state allows, of that what this caller may do."""
    may: set[Step] = set()
    if mine:
        may |= {Step.save, Step.submit}
    if row.author_id == caller.id:
        may.add(Step.withdraw)
    if caller.id not in {v.author_id for v in chain} and await sight.receives(session, caller, row):
        may |= {Step.accept, Step.send_back}
    return [step for step in MOVES[State(row.state)] if step in may]
