"""Writing submissions: versions, decisions, withdrawals. What was sent never changes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.clock import civil_day
from app.core.errors import Forbidden, InvalidBody, NotFound, Problem
from app.ledger import service as ledger
from app.postings.scope import Caller
from app.records import service as records
from app.records.errors import refused
from app.records.models import Conflict
from app.records.service import Fate, Put
from app.submissions import naming, sight
from app.submissions.errors import StepRefused, SubmissionDiffers, SubmissionReplaced
from app.submissions.kinds import KINDS
from app.submissions.models import Decision, Submission
from app.submissions.schemas import SubmissionIn
from app.submissions.states import IllegalStep, State, Step, after
from app.submissions.subjects import Subject, subject_of

#: what a later version keeps of the one it replaces, by column, with the field of the body
KEPT = {
    "kind": "kind",
    "unit": "unit",
    "organisation_id": "organisation",
    "person_id": "person",
    "for_period": "for_period",
    "village": "village",
    "event": "event",
}
NO_PREVIOUS = "没有找到要更正的材料(replaces),或不是由您报送的。请核对材料编号。"
OWN = "不能办理自己报送的材料,请由上一级的其他管理员办理。"


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a PUT; ``problem`` is to be *returned*: what was kept is committed."""

    put: Put[Submission]
    problem: Problem | None = None


async def put_submission(
    session: AsyncSession,
    caller: Caller,
    submission_id: UUID,
    body: SubmissionIn,
    received_at: datetime,
) -> Sent:
    """Keep a version once, under the id that the phone made."""
    stood = await session.get(Submission, submission_id)
    if stood is not None and stood.author_id != caller.id:
        return _told(Put(Fate.taken, None))
    if stood is not None:
        # what stands is its author's to repeat, whatever has become of posts and versions since
        return await _keep(session, caller, _again(stood, body, received_at), body)
    day = civil_day(body.written_at)
    subject = await subject_of(session, caller, body, KINDS[body.kind], day, body.village)
    previous = await _previous(session, caller, body)
    row = _row(caller, submission_id, body, received_at, (subject, previous))
    if previous is not None:
        newest = await newest_of(session, previous)
        if newest.id not in (previous.id, submission_id):
            told = SubmissionReplaced(f"{SubmissionReplaced.detail}最新版本:{newest.id}")
            return await _refuse(session, row, body, newest, told)
        try:
            after(State(previous.state), step_of(body))
        except IllegalStep as error:
            told_step = StepRefused(f"{error}您写的内容已保存在“冲突”中。")
            return await _refuse(session, row, body, previous, told_step)
    return await _keep(session, caller, row, body)


def step_of(body: SubmissionIn) -> Step:
    """What the body asks for."""
    return Step.save if body.draft else Step.submit


async def decide(
    session: AsyncSession,
    caller: Caller,
    submission_id: UUID,
    step: Step,
    remark: str,
    at: datetime,
) -> None:
    """The receiver accepts or returns the newest version. Told twice is told once."""
    row = await _locked(session, caller, submission_id)
    if not await sight.receives(session, caller, row):
        raise Forbidden("这份材料不由您接收。请由上一级管理员(调研文章由复核员)办理。")
    if caller.id in await _authors(session, row):
        raise Forbidden(OWN)
    if await _repeats(session, caller, row, step, remark):
        return
    await _take(session, caller, row, step, remark, at)


async def withdraw(
    session: AsyncSession, caller: Caller, submission_id: UUID, reason: str, at: datetime
) -> None:
    """The author of the newest version takes it back while it is not accepted. Twice is once."""
    row = await _locked(session, caller, submission_id)
    if row.author_id != caller.id:
        raise Forbidden("只有报送人本人可以撤回材料;如内容有误,请由接收人退回。")
    if row.state != State.withdrawn:
        await _take(session, caller, row, Step.withdraw, reason, at)


async def newest_of(session: AsyncSession, row: Submission) -> Submission:
    """The version of this chain that no other has replaced."""
    chain = await chain_of(session, row)
    replaced = {version.replaces for version in chain}
    return next(version for version in chain if version.id not in replaced)


async def chain_of(session: AsyncSession, row: Submission) -> list[Submission]:
    """Every version of a submission, the earliest first."""
    query = select(Submission).where(
        or_(col(Submission.root) == row.chain, col(Submission.id) == row.chain)
    )
    found = await session.exec(query.order_by(col(Submission.received_at), col(Submission.id)))
    return list(found.all())


async def _take(
    session: AsyncSession, caller: Caller, row: Submission, step: Step, remark: str, at: datetime
) -> None:
    newest = await newest_of(session, row)
    if newest.id != row.id:
        raise SubmissionReplaced(f"这份材料已有更新的版本,请打开最新版本办理:{newest.id}")
    try:
        row.state = after(State(row.state), step).value
    except IllegalStep as error:
        raise StepRefused(str(error)) from error
    row.decided_at = at
    decision = Decision(
        county=row.county,
        submission_id=row.id,
        step=step.value,
        remark=remark.strip(),
        by_id=caller.id,
        decided_at=at,
    )
    session.add(decision)
    await ledger.append(session, row, "revise", caller.id, at)
    await ledger.append(session, decision, "create", caller.id, at)


async def _repeats(
    session: AsyncSession, caller: Caller, row: Submission, step: Step, remark: str
) -> bool:
    """Whether this very decision was made already: its reply may have been lost."""
    query = (
        select(Decision)
        .where(col(Decision.submission_id) == row.id)
        .order_by(col(Decision.decided_at).desc())
    )
    last = (await session.exec(query)).first()
    return last is not None and (last.step, last.remark, last.by_id) == (
        step.value,
        remark.strip(),
        caller.id,
    )


async def _authors(session: AsyncSession, row: Submission) -> set[UUID]:
    return {version.author_id for version in await chain_of(session, row)}


async def _locked(session: AsyncSession, caller: Caller, submission_id: UUID) -> Submission:
    """A version in the caller's sight: of two who decide on it, one comes second."""
    query = select(Submission).where(col(Submission.id) == submission_id, sight.submissions(caller))
    found = (await session.exec(query.with_for_update())).one_or_none()
    if found is None:
        raise NotFound
    return found


async def _previous(session: AsyncSession, caller: Caller, body: SubmissionIn) -> Submission | None:
    """The version to be replaced, locked, if it is about the same as the body."""
    if body.replaces is None:
        return None
    query = select(Submission).where(col(Submission.id) == body.replaces, sight.submissions(caller))
    found = (await session.exec(query.with_for_update())).one_or_none()
    if found is None:
        raise NotFound(NO_PREVIOUS)
    other = [
        field for column, field in KEPT.items() if getattr(found, column) != getattr(body, field)
    ]
    if other:
        why = "与原材料不一致;更正只能改标题、正文和附件,其他请撤回后用新编号重报"
        faults = [{"where": field, "why": why, "kind": "value_error"} for field in other]
        raise InvalidBody(f"内容有误:{other[0]}{why}。", errors=faults)
    return found


def _row(
    caller: Caller,
    submission_id: UUID,
    body: SubmissionIn,
    received_at: datetime,
    about: tuple[Subject, Submission | None],
) -> Submission:
    subject, previous = about
    return Submission(
        id=submission_id,
        author_id=caller.id,
        received_at=received_at,
        root=previous.chain if previous else None,
        **subject.columns(),
        **told_by(body),
    )


def _again(stood: Submission, body: SubmissionIn, received_at: datetime) -> Submission:
    """The body as a row beside the one that stands under its id: only digests are compared."""
    return Submission(
        id=stood.id,
        author_id=stood.author_id,
        county=stood.county,
        seat=stood.seat,
        received_at=received_at,
        unit=body.unit,
        organisation_id=body.organisation,
        person_id=body.person,
        **told_by(body),
    )


def told_by(body: SubmissionIn) -> dict[str, Any]:
    """The columns that the body itself fills."""
    return {
        "kind": body.kind,
        "for_period": body.for_period,
        "title": body.title,
        "text": body.text,
        "files": list(body.files),
        "village": body.village,
        "event": body.event,
        "written_at": body.written_at,
        "draft": body.draft,
        "state": after(None, step_of(body)).value,
        "replaces": body.replaces,
        "clock": body.clock.model_dump(mode="json") if body.clock else None,
        "digest": body.digest(),
    }


async def _keep(session: AsyncSession, caller: Caller, row: Submission, body: SubmissionIn) -> Sent:
    put = await records.put(
        session,
        row,
        kind=sight.SUBMISSION,
        author_id=caller.id,
        author_column="author_id",
        body=body.model_dump(mode="json"),
        received_at=row.received_at,
    )
    if put.fate is Fate.created:
        named = naming.Named(sight.SUBMISSION, row.id, row.county, caller.id)
        await naming.name_in(session, named, civil_day(row.written_at), body.files)
    return _told(put)


def _told(put: Put[Submission]) -> Sent:
    return Sent(put, refused(put.fate, SubmissionDiffers))


async def _refuse(
    session: AsyncSession,
    row: Submission,
    body: SubmissionIn,
    stands: Submission,
    problem: Problem,
) -> Sent:
    """Keep what was written beside the version that stands."""
    conflict = Conflict(
        county=stands.county,
        record_kind=sight.SUBMISSION,
        record_id=stands.id,
        author_id=row.author_id,
        body=body.model_dump(mode="json"),
        received_at=row.received_at,
        digest=row.digest,
    )
    await records.keep(session, conflict)
    return Sent(Put(Fate.differs, stands), problem)
