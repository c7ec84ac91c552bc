"""Asking, deciding, taking back, coming back earlier. What was asked never changes."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.checkins.errors import NoSuchVillage
from app.core.clock import civil_day
from app.core.days import in_words
from app.core.errors import Forbidden, InvalidBody, NotFound
from app.ledger import service as ledger
from app.org.models import Unit
from app.photos.naming import Naming, name_photos_in
from app.postings.scope import Caller, Held
from app.records import service as records
from app.records.service import Fate, Put
from app.requests import sight, weighing
from app.requests.errors import RequestMoveIllegal
from app.requests.models import (
    LEAVE,
    MAKE_UP,
    Leave,
    LeaveReturn,
    MakeUp,
    RequestDecision,
    RequestWithdrawal,
)
from app.requests.schemas import DecisionIn, LeaveIn, MakeUpIn
from app.requests.states import Decision, IllegalStep, Place, State, Step, after, step_of
from app.requests.weighing import Weighed

OWN = "不能决定自己的申请,请由其他管理员决定。"
NOT_YOURS = "这份申请不由您决定。乡镇管理员决定本乡镇人员的申请,较长的由县级管理员决定。"
TWICE = "乡镇一级的意见是您提出的,县级的决定须由另一个人作出。"
WITH_COUNTY = "乡镇已同意并报县,现在由县级管理员决定;乡镇不能再改。"
R = TypeVar("R", Leave, MakeUp)


async def put_leave(
    session: AsyncSession, caller: Caller, leave_id: UUID, body: LeaveIn, received_at: datetime
) -> Put[Leave]:
    """Keep a request for leave once, under the id that the phone made."""
    day = leave_day(caller.postings, body.first, civil_day(received_at))
    row = Leave(
        id=leave_id,
        county=_county(caller, day),
        author_id=caller.id,
        kind=body.kind.value,
        first=body.first,
        last=body.last,
        reason=body.reason,
        day=day,
        written_at=body.written_at,
        received_at=received_at,
        digest=body.digest(),
    )
    told = body.model_dump(mode="json", by_alias=True)
    return await _put(session, row, LEAVE, told)


async def put_make_up(
    session: AsyncSession, caller: Caller, make_up_id: UUID, body: MakeUpIn, received_at: datetime
) -> Put[MakeUp]:
    """Keep a make-up once, whatever its day; its photos may come later.

    Raises NoSuchVillage for a village that does not exist.
    """
    if await session.get(Unit, body.village) is None:
        raise NoSuchVillage
    row = MakeUp(
        id=make_up_id,
        county=body.village[:6],
        author_id=caller.id,
        day=body.day,
        village=body.village,
        reason=body.reason,
        evidence=list(body.evidence),
        written_at=body.written_at,
        received_at=received_at,
        digest=body.digest(),
    )
    put = await _put(session, row, MAKE_UP, body.model_dump(mode="json"))
    if put.fate is Fate.created:
        # who sees the make-up sees its photos: by author, day and village as any record
        naming = Naming(MAKE_UP, row.id, row.county, caller.id, row.day, row.village)
        await name_photos_in(session, naming, body.evidence)
    return put


async def _put(session: AsyncSession, row: R, kind: str, told: dict[str, Any]) -> Put[R]:
    return await records.put(
        session,
        row,
        kind=kind,
        author_id=row.author_id,
        author_column="author_id",
        body=told,
        received_at=row.received_at,
    )


def leave_day(postings: Sequence[Held], first: date, asked: date) -> date:
    """The day whose postings say who decides: the first, else that of asking, where one is held."""
    held = (day for day in (first, asked) if any(posting.on(day) for posting in postings))
    return next(held, first)


def _county(caller: Caller, day: date) -> str:
    """The county whose log takes it: that of the post held on this day."""
    held = [posting.county for posting in caller.postings if posting.on(day)]
    return held[0] if held else caller.home()


async def decide(
    session: AsyncSession,
    caller: Caller,
    table: type[R],
    request_id: UUID,
    body: DecisionIn,
    at: datetime,
) -> None:
    """The township or the county says yes or no. Told twice is told once.

    Raises NotFound, Forbidden (one's own; not one's to decide) and RequestMoveIllegal.
    """
    row = await _locked(session, caller, table, request_id)
    if row.author_id == caller.id:
        raise Forbidden(OWN)
    weighed = await _weighed(session, row)
    place = sight.place_of(caller, weighed.units, village_of(row))
    if place is None:
        raise Forbidden(NOT_YOURS)
    said = await _said(session, row)
    if _repeats(said, caller, place, body):
        return
    _check(row, weighed, place, body, said, caller)
    try:
        state = after(State(row.state), step_of(body.decision, place, weighed.needs))
    except IllegalStep as error:
        raise RequestMoveIllegal(str(error)) from error
    decision = RequestDecision(
        county=row.county,
        request_kind=kind_of(row),
        request_id=row.id,
        place=place.value,
        decision=body.decision.value,
        reason=body.reason.strip(),
        marks=[mark.code for mark in weighed.marks],
        by_id=caller.id,
        decided_at=at,
    )
    session.add(decision)
    row.state, row.decided_at = state.value, at
    await ledger.append(session, row, "revise", caller.id, at)
    await ledger.append(session, decision, "create", caller.id, at)


def _check(
    row: Leave | MakeUp,
    weighed: Weighed,
    place: Place,
    body: DecisionIn,
    said: Sequence[RequestDecision],
    caller: Caller,
) -> None:
    """RequestMoveIllegal or Forbidden where this word cannot be said now by this person."""
    if row.state == State.with_county and place is Place.township:
        raise RequestMoveIllegal(WITH_COUNTY)
    if row.state == State.with_county and any(each.by_id == caller.id for each in said):
        raise Forbidden(TWICE)
    if body.decision is Decision.approve and weighed.bar is not None:
        raise RequestMoveIllegal(f"{weighed.bar.says}。")


async def withdraw(
    session: AsyncSession,
    caller: Caller,
    table: type[R],
    request_id: UUID,
    reason: str,
    at: datetime,
) -> None:
    """The author takes a request back while nobody has decided it. Twice is once."""
    row = await _locked(session, caller, table, request_id)
    if row.author_id != caller.id:
        raise Forbidden("只有申请人本人可以撤回申请。")
    if row.state == State.withdrawn:
        return
    try:
        row.state = after(State(row.state), Step.withdraw).value
    except IllegalStep as error:
        hint = "已批准的请假可以“提前销假”。" if row.state == State.approved else ""
        raise RequestMoveIllegal(f"{error}{hint}") from error
    withdrawal = RequestWithdrawal(
        county=row.county,
        request_id=row.id,
        request_kind=kind_of(row),
        author_id=caller.id,
        reason=reason.strip(),
        withdrawn_at=at,
    )
    session.add(withdrawal)
    await ledger.append(session, row, "revise", caller.id, at)
    await ledger.append(session, withdrawal, "create", caller.id, at)


async def come_back(
    session: AsyncSession, caller: Caller, leave_id: UUID, back_on: date, at: datetime
) -> None:
    """The author is back before an approved leave ends; said once, the same again is the same."""
    row = await _locked(session, caller, Leave, leave_id)
    if row.author_id != caller.id:
        raise Forbidden("只有申请人本人可以销假。")
    try:
        after(State(row.state), Step.come_back)
    except IllegalStep as error:
        raise RequestMoveIllegal(str(error)) from error
    stood = await session.get(LeaveReturn, leave_id)
    if stood is not None and stood.back_on == back_on:
        return
    if stood is not None:
        raise RequestMoveIllegal(
            f"这次请假已于{in_words(stood.back_on, row.first)}销假;需要更改请重新申请。"
        )
    if not row.first <= back_on <= row.last:
        span = f"{in_words(row.first)}至{in_words(row.last, row.first)}"
        why = f"应在{span}之间(回村的日期,请假到前一天为止)"
        fault = {"where": "back_on", "why": why, "kind": "value_error"}
        raise InvalidBody(f"内容有误:back_on {why}。", errors=[fault])
    back = LeaveReturn(
        county=row.county,
        leave_id=leave_id,
        author_id=caller.id,
        back_on=back_on,
        returned_at=at,
    )
    session.add(back)
    await ledger.append(session, back, "create", caller.id, at)


def kind_of(row: Leave | MakeUp) -> str:
    """The kind of record."""
    return LEAVE if isinstance(row, Leave) else MAKE_UP


def village_of(row: Leave | MakeUp) -> str | None:
    """The village that a request names."""
    return row.village if isinstance(row, MakeUp) else None


async def _weighed(session: AsyncSession, row: Leave | MakeUp) -> Weighed:
    if isinstance(row, Leave):
        return (await weighing.leaves(session, [row]))[row.id]
    return (await weighing.make_ups(session, [row]))[row.id]


async def _said(session: AsyncSession, row: Leave | MakeUp) -> Sequence[RequestDecision]:
    query = select(RequestDecision).where(
        col(RequestDecision.request_kind) == kind_of(row),
        col(RequestDecision.request_id) == row.id,
    )
    return (await session.exec(query)).all()


def _repeats(
    said: Sequence[RequestDecision], caller: Caller, place: Place, body: DecisionIn
) -> bool:
    """Whether this very word was said already: its reply may have been lost."""
    told = (caller.id, place.value, body.decision.value, body.reason.strip())
    return any((each.by_id, each.place, each.decision, each.reason) == told for each in said)


async def _locked(session: AsyncSession, caller: Caller, table: type[R], request_id: UUID) -> R:
    """A request in the caller's sight: of two who decide on it, one comes second."""
    query = select(table).where(col(table.id) == request_id, sight.visible(caller, table))
    found: R | None = (await session.exec(query.with_for_update())).one_or_none()
    if found is None:
        raise NotFound
    return found
