"""Many records in one request: each stands alone in a savepoint, all are committed at once."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlmodel.ext.asyncio.session import AsyncSession

from app.activities import service as activities
from app.activities import showing as activity_showing
from app.activities.errors import ActivityDiffers
from app.activities.schemas import ActivityIn
from app.checkins import judging
from app.checkins import reading as check_in_reading
from app.checkins import service as check_ins
from app.checkins.errors import CheckInDiffers
from app.checkins.schemas import CheckInIn
from app.checkins.service import Arrival
from app.core.db import Database
from app.core.errors import Problem, ProblemOut, Unexpected, faulty, trace
from app.diaries import service as diaries
from app.diaries import showing as diary_showing
from app.diaries.schemas import DiaryIn
from app.households import service as households
from app.households import showing as household_showing
from app.households.errors import PortraitDiffers, PositionDiffers
from app.households.schemas import PortraitIn, PositionIn
from app.postings.scope import Caller
from app.records.errors import refused
from app.records.service import keep
from app.requests import reading as request_reading
from app.requests import service as requests
from app.requests.errors import LeaveDiffers, MakeUpDiffers
from app.requests.schemas import LeaveIn, MakeUpIn
from app.submissions import figures
from app.submissions import reading as submission_reading
from app.submissions import service as submissions
from app.submissions.errors import FigureDiffers
from app.submissions.schemas import FigureIn, SubmissionIn
from app.sync.errors import UnknownKind
from app.sync.schemas import SyncRecord, SyncResult

log = logging.getLogger("zhucun")
B = TypeVar("B", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Batch:
    """What every record of a request shares."""

    base: Database
    session: AsyncSession
    caller: Caller
    arrival: Arrival

    @property
    def at(self) -> datetime:
        """When the request arrived."""
        return self.arrival.at


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one record, as its own PUT would have answered."""

    status: int
    shown: BaseModel | None = None
    problem: Problem | None = None


Take = Callable[[Batch, UUID, dict[str, Any]], Awaitable[Taken]]


async def take_all(batch: Batch, records: list[SyncRecord]) -> list[SyncResult]:
    """One result per record, in their order; a refused one leaves nothing but its kept conflict."""
    return [await _take(batch, record) for record in records]


async def _take(batch: Batch, record: SyncRecord) -> SyncResult:
    try:
        take = TAKES.get(record.kind)
        if take is None:
            raise UnknownKind
        async with batch.session.begin_nested():
            taken = await take(batch, record.id, record.body)
        if taken.problem is not None:
            return _refused(record.id, taken.problem)
        body = taken.shown.model_dump(mode="json", by_alias=True) if taken.shown else None
        return SyncResult(id=record.id, status=taken.status, body=body)
    except Problem as problem:
        return _refused(record.id, problem)
    except (OperationalError, InterfaceError, ConnectionError):
        raise  # the database is away: nothing of this request stands, the phone keeps it all
    except Exception as error:
        log.error("defect in a synced %s\n%s", record.kind, trace(error))
        return _refused(record.id, Unexpected())


def _refused(record_id: UUID, problem: Problem) -> SyncResult:
    told = ProblemOut.model_validate(problem.body())
    return SyncResult(id=record_id, status=problem.status, problem=told)


def _read(model: type[B], body: dict[str, Any]) -> B:
    """The body in its wire shape, or the 422 that its own PUT would answer."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise faulty(error.errors()) from error


async def _check_in(batch: Batch, record_id: UUID, body: dict[str, Any]) -> Taken:
    told = _read(CheckInIn, body)
    direct = batch.base.direct_in(batch.session)
    done = await check_ins.record(direct, batch.caller, record_id, told, batch.arrival)
    if done.conflict is not None:
        await keep(batch.session, done.conflict)
    if problem := refused(done.fate, CheckInDiffers):
        return Taken(problem.status, problem=problem)
    flags = await judging.flags_within(batch.session, direct, done)
    return Taken(done.fate.value, check_in_reading.of_recorded(done, batch.caller, flagged=flags))


async def _diary(batch: Batch, record_id: UUID, body: dict[str, Any]) -> Taken:
    told = _read(DiaryIn, body)
    put = await diaries.put_diary(batch.session, batch.caller, record_id, told, batch.at)
    if problem := diaries.problem(put, record_id):
        return Taken(problem.status, problem=problem)
    return Taken(put.fate.value, await diary_showing.recorded(batch.session, put))


async def _portrait(batch: Batch, record_id: UUID, body: dict[str, Any]) -> Taken:
    told = _read(PortraitIn, body)
    put = await households.put_portrait(batch.session, batch.caller, record_id, told, batch.at)
    if problem := refused(put.fate, PortraitDiffers):
        return Taken(problem.status, problem=problem)
    return Taken(put.fate.value, await household_showing.portrait_recorded(batch.session, put))


async def _position(batch: Batch, record_id: UUID, body: dict[str, Any]) -> Taken:
    told = _read(PositionIn, body)
    put = await households.put_position(batch.session, batch.caller, record_id, told, batch.at)
    if problem := refused(put.fate, PositionDiffers):
        return Taken(problem.status, problem=problem)
    return Taken(put.fate.value, household_showing.position_recorded(put))


async def _activity(batch: Batch, record_id: UUID, body: dict[str, Any]) -> Taken:
    told = _read(ActivityIn, body)
    put = await activities.put_activity(batch.session, batch.caller, record_id, told, batch.at)
    if problem := refused(put.fate, ActivityDiffers):
        return Taken(problem.status, problem=problem)
    return Taken(put.fate.value, await activity_showing.recorded(batch.session, put))


async def _submission(batch: Batch, record_id: UUID, body: dict[str, Any]) -> Taken:
    told = _read(SubmissionIn, body)
    sent = await submissions.put_submission(batch.session, batch.caller, record_id, told, batch.at)
    if sent.problem:
        return Taken(sent.problem.status, problem=sent.problem)
    shown = await submission_reading.one(batch.session, batch.caller, record_id)
    return Taken(sent.put.fate.value, shown)


async def _figure(batch: Batch, record_id: UUID, body: dict[str, Any]) -> Taken:
    told = _read(FigureIn, body)
    put = await figures.put_figure(batch.session, batch.caller, record_id, told, batch.at)
    if problem := refused(put.fate, FigureDiffers):
        return Taken(problem.status, problem=problem)
    return Taken(put.fate.value, await figures.one(batch.session, batch.caller, record_id))


async def _leave(batch: Batch, record_id: UUID, body: dict[str, Any]) -> Taken:
    told = _read(LeaveIn, body)
    put = await requests.put_leave(batch.session, batch.caller, record_id, told, batch.at)
    if problem := refused(put.fate, LeaveDiffers):
        return Taken(problem.status, problem=problem)
    shown = await request_reading.leave(batch.session, batch.caller, record_id)
    return Taken(put.fate.value, shown)


async def _make_up(batch: Batch, record_id: UUID, body: dict[str, Any]) -> Taken:
    told = _read(MakeUpIn, body)
    put = await requests.put_make_up(batch.session, batch.caller, record_id, told, batch.at)
    if problem := refused(put.fate, MakeUpDiffers):
        return Taken(problem.status, problem=problem)
    shown = await request_reading.make_up(batch.session, batch.caller, record_id)
    return Taken(put.fate.value, shown)


TAKES: dict[str, Take] = {
    "activity": _activity,
    "check_in": _check_in,
    "diary": _diary,
    "figure": _figure,
    "household_portrait": _portrait,
    "household_position": _position,
    "leave": _leave,
    "make_up": _make_up,
    "submission": _submission,
}
