"""Flags and checks over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlmodel import col

from app.core.clock import now
from app.core.db import Db, ReadDb
from app.core.errors import NotFound
from app.core.http import SIGNED_IN, can_fail
from app.core.paging import Page, Paging
from app.core.wire import UnitCode
from app.postings.models import Posting
from app.postings.scope import Clause, Viewer, inside, posted
from app.records.errors import IdTaken
from app.reviews import precision, reading, service, sight
from app.reviews.errors import (
    AnswerStillOpen,
    FlagDecided,
    FlagMoveIllegal,
    OwnLine,
    OwnRecord,
    SameReviewer,
    TooLate,
)
from app.reviews.models import Flag
from app.reviews.schemas import AnswerIn, AppealIn, CheckOut, DecisionIn, FlagOut, VoiceIn
from app.reviews.states import State

router = APIRouter(tags=["flags 疑点与复核"])


@router.get("/flags", responses=SIGNED_IN)
async def list_flags(
    viewer: Viewer,
    session: ReadDb,
    paging: Paging,
    unit: Annotated[
        UnitCode | None, Query(description="作者当日任职单位或记录所在的村,含下级")
    ] = None,
    state: Annotated[
        list[State] | None, Query(description="可重复;不填为除“只作统计”(silent)以外的全部")
    ] = None,
    person: Annotated[UUID | None, Query(description="谁的记录")] = None,
    record: Annotated[UUID | None, Query(description="哪条记录")] = None,
    awaiting: Annotated[bool, Query(description="只看等我复核的")] = False,
) -> Page[FlagOut]:
    """Flags on records that the caller may read, the latest raised first."""
    wanted: list[Clause] = [col(Flag.state).in_(state) if state else col(Flag.silent).is_(False)]
    if unit is not None:
        there = posted(col(Flag.author_id), col(Flag.day), inside(col(Posting.unit), [unit]))
        wanted.append(reading.in_unit(unit, there))
    if person is not None:
        wanted.append(col(Flag.author_id) == person)
    if record is not None:
        wanted.append(col(Flag.record_id) == record)
    if awaiting:
        wanted.append(sight.awaiting(viewer))
    items, following = await reading.page(session, viewer, paging, *wanted)
    return Page(items=items, next=following)


@router.get("/flags/{flag_id}", responses=SIGNED_IN)
async def get_flag(flag_id: UUID, viewer: Viewer, session: ReadDb) -> FlagOut:
    """One flag with its evidence and everything that was said to it."""
    found = await reading.one(session, viewer, flag_id, now())
    if found is None:
        raise NotFound
    return found


@router.post(
    "/flags/{flag_id}/answer",
    responses={**SIGNED_IN, **can_fail(FlagMoveIllegal, TooLate, IdTaken)},
)
async def answer_flag(flag_id: UUID, body: AnswerIn, viewer: Viewer, session: Db) -> FlagOut:
    """Say what there is to say to a flag on one's own record, within 14 days, as often as needed."""
    await service.answer(session, viewer, flag_id, body, now())
    return await get_flag(flag_id, viewer, session)


@router.post(
    "/flags/{flag_id}/decision",
    responses={
        **SIGNED_IN,
        **can_fail(FlagMoveIllegal, FlagDecided, AnswerStillOpen, SameReviewer),
        403: can_fail(OwnRecord, OwnLine)[403],
    },
)
async def decide_flag(flag_id: UUID, body: DecisionIn, viewer: Viewer, session: Db) -> FlagOut:
    """Decide a flag as a reviewer outside the author's line; against the author it takes two."""
    await service.decide(session, viewer, flag_id, body, now())
    return await get_flag(flag_id, viewer, session)


@router.post(
    "/flags/{flag_id}/appeal", responses={**SIGNED_IN, **can_fail(FlagMoveIllegal, TooLate)}
)
async def appeal_flag(flag_id: UUID, body: AppealIn, viewer: Viewer, session: Db) -> FlagOut:
    """Object to a decision against oneself, within 14 days; a third reviewer decides."""
    await service.appeal(session, viewer, flag_id, body, now())
    return await get_flag(flag_id, viewer, session)


@router.get("/checks", responses=SIGNED_IN)
async def list_checks(
    viewer: Viewer,
    session: ReadDb,
    unit: Annotated[UnitCode, Query(description="在哪个单位,含其下级")],
) -> list[CheckOut]:
    """How often each check flagged in a unit, and how often reviewers found that it was right."""
    return await precision.checks(session, viewer, unit)


@router.post("/checks/{code}/silence", responses=SIGNED_IN)
async def silence_check(code: str, body: VoiceIn, viewer: Viewer, session: Db) -> list[CheckOut]:
    """Let a check only count in a unit from now on, with a reason."""
    await precision.silence(session, viewer, code, body.unit, body.reason, now())
    return await precision.checks(session, viewer, body.unit)


@router.post("/checks/{code}/voice", responses=SIGNED_IN)
async def voice_check(code: str, body: VoiceIn, viewer: Viewer, session: Db) -> list[CheckOut]:
    """Give a silenced check its voice back in a unit, with a reason."""
    await precision.give_voice(session, viewer, code, body.unit, body.reason, now())
    return await precision.checks(session, viewer, body.unit)
