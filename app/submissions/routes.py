"""Submissions and figures over HTTP."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.core.clock import now
from app.core.db import Db, ReadDb
from app.core.http import SIGNED_IN, ProblemResponse, can_fail, refuse
from app.core.paging import Page, Paging
from app.core.wire import UnitCode
from app.postings.scope import Viewer
from app.records.errors import IdTaken, refused
from app.submissions import choices, figures, reading, service
from app.submissions.errors import (
    FigureDiffers,
    StepRefused,
    SubmissionDiffers,
    SubmissionReplaced,
)
from app.submissions.schemas import (
    DecisionIn,
    FigureIn,
    FigureOut,
    Kind,
    KindsOut,
    Name,
    Period,
    SubmissionIn,
    SubmissionLine,
    SubmissionOut,
    WithdrawalIn,
)
from app.submissions.states import State

router = APIRouter(tags=["submissions 报送"])
UNIT = Query(description="报送单位,含其下级")


@router.put(
    "/submissions/{submission_id}",
    response_model=SubmissionOut,
    responses={
        201: {"model": SubmissionOut, "description": "Recorded"},
        200: {"description": "The same body stood already"},
        **SIGNED_IN,
        **can_fail(SubmissionDiffers, SubmissionReplaced, StepRefused, IdTaken),
    },
)
async def put_submission(
    submission_id: UUID, body: SubmissionIn, viewer: Viewer, session: Db, response: Response
) -> SubmissionOut | ProblemResponse:
    """Keep a version once, under the id that the phone made; ``replaces`` makes a later version."""
    sent = await service.put_submission(session, viewer, submission_id, body, now())
    if sent.problem:
        return refuse(sent.problem)
    response.status_code = sent.put.fate.value
    return await reading.one(session, viewer, submission_id)


@router.get("/submissions", responses=SIGNED_IN)
async def list_submissions(
    viewer: Viewer,
    session: ReadDb,
    paging: Paging,
    unit: Annotated[UnitCode | None, UNIT] = None,
    organisation: UUID | None = None,
    person: UUID | None = None,
    kind: Kind | None = None,
    for_period: Period | None = None,
    state: State | None = None,
) -> Page[SubmissionLine]:
    """Newest versions of the submissions that the caller may read, what came last first."""
    asked = reading.Asked(unit, organisation, person, kind, for_period, state)
    items, following = await reading.page(session, viewer, paging, asked)
    return Page(items=items, next=following)


@router.get("/submissions/kinds", responses=SIGNED_IN)
async def list_kinds(viewer: Viewer, session: ReadDb) -> KindsOut:
    """What the caller may write today, and for whom: the choices of a form."""
    return await choices.choices(session, viewer)


@router.get("/submissions/{submission_id}", responses=SIGNED_IN)
async def get_submission(submission_id: UUID, viewer: Viewer, session: ReadDb) -> SubmissionOut:
    """One version of a submission, with all versions and decisions that the caller may read."""
    return await reading.one(session, viewer, submission_id)


@router.post(
    "/submissions/{submission_id}/decision",
    responses={**SIGNED_IN, **can_fail(SubmissionReplaced, StepRefused)},
)
async def decide_submission(
    submission_id: UUID, body: DecisionIn, viewer: Viewer, session: Db
) -> SubmissionOut:
    """Accept the newest version, or return it with a remark; never one's own."""
    await service.decide(session, viewer, submission_id, body.step, body.remark, now())
    return await reading.one(session, viewer, submission_id)


@router.post(
    "/submissions/{submission_id}/withdrawal",
    responses={**SIGNED_IN, **can_fail(SubmissionReplaced, StepRefused)},
)
async def withdraw_submission(
    submission_id: UUID, body: WithdrawalIn, viewer: Viewer, session: Db
) -> SubmissionOut:
    """Take one's own submission back while it is not accepted: kept, and no longer counted."""
    await service.withdraw(session, viewer, submission_id, body.reason, now())
    return await reading.one(session, viewer, submission_id)


@router.put(
    "/figures/{figure_id}",
    response_model=FigureOut,
    responses={
        201: {"model": FigureOut, "description": "Recorded"},
        200: {"description": "The same body stood already"},
        **SIGNED_IN,
        **can_fail(FigureDiffers, IdTaken),
    },
)
async def put_figure(
    figure_id: UUID, body: FigureIn, viewer: Viewer, session: Db, response: Response
) -> FigureOut | ProblemResponse:
    """Report a figure as of a day, once, under the id that the phone made."""
    put = await figures.put_figure(session, viewer, figure_id, body, now())
    if problem := refused(put.fate, FigureDiffers):
        return refuse(problem)
    response.status_code = put.fate.value
    return await figures.one(session, viewer, figure_id)


@router.get("/figures", responses=SIGNED_IN)
async def list_figures(
    viewer: Viewer,
    session: ReadDb,
    paging: Paging,
    unit: Annotated[UnitCode | None, UNIT] = None,
    organisation: UUID | None = None,
    person: UUID | None = None,
    name: Name | None = None,
    since: Annotated[date | None, Query(alias="from", description="数据日期起(含)")] = None,
    until: Annotated[date | None, Query(alias="to", description="数据日期止(含)")] = None,
) -> Page[FigureOut]:
    """Reported figures that the caller may read, the latest day first."""
    asked = figures.Asked(unit, organisation, person, name, since, until)
    items, following = await figures.page(session, viewer, paging, asked)
    return Page(items=items, next=following)


@router.get("/figures/{figure_id}", responses=SIGNED_IN)
async def get_figure(figure_id: UUID, viewer: Viewer, session: ReadDb) -> FigureOut:
    """One reported figure."""
    return await figures.one(session, viewer, figure_id)


@router.post("/figures/{figure_id}/withdrawal", responses=SIGNED_IN)
async def withdraw_figure(
    figure_id: UUID, body: WithdrawalIn, viewer: Viewer, session: Db
) -> FigureOut:
    """Take one's own figure back, with a reason: it is kept and no longer counts."""
    await figures.withdraw(session, viewer, figure_id, body.reason, now())
    return await figures.one(session, viewer, figure_id)
