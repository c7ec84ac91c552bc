"""Requests as their readers see them: a few SELECTs for a page, however many are on it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.core.clock import civil_day
from app.core.days import in_words
from app.core.errors import NotFound
from app.core.paging import PageQuery
from app.ledger import service as ledger
from app.org.models import Unit
from app.photos.models import Upload
from app.postings import scope
from app.postings.models import Posting
from app.postings.schemas import PersonOut
from app.postings.scope import Caller, Clause
from app.records.schemas import ReceiptOut
from app.requests import sight, weighing
from app.requests.models import Kind, Leave, MakeUp, RequestDecision, RequestWithdrawal
from app.requests.schemas import DecidedOut, LeaveOut, MakeUpOut, MakeUpsOut
from app.requests.service import kind_of, village_of
from app.requests.states import MOVES, WAITING, Decision, Place, State, Step
from app.requests.weighing import Weighed

R = TypeVar("R", Leave, MakeUp)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is asked for."""

    person: UUID | None = None
    unit: str | None = None
    state: State | None = None
    since: date | None = None
    until: date | None = None
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around the requests of a page."""

    names: dict[UUID, str]
    decisions: dict[UUID, list[DecidedOut]]
    withdrawn: dict[UUID, str]
    receipts: dict[UUID, Any]
    weighed: dict[UUID, Weighed]


async def leaves(
    session: AsyncSession, caller: Caller, paging: PageQuery, asked: Asked, at: datetime
) -> tuple[list[LeaveOut], str | None]:
    """Visible leaves, what came last first."""
    rows, following = await _page(session, caller, paging, asked, (Leave, at))
    return await leaves_shown(session, caller, rows), following


async def make_ups(
    session: AsyncSession, caller: Caller, paging: PageQuery, asked: Asked, at: datetime
) -> MakeUpsOut:
    """Visible make-ups, what came last first; what holds for the caller's own next one."""
    rows, following = await _page(session, caller, paging, asked, (MakeUp, at))
    items = await make_ups_shown(session, caller, rows)
    terms = await weighing.terms(session, caller.id, civil_day(at))
    return MakeUpsOut(items=items, next=following, terms=terms)


async def leave(session: AsyncSession, caller: Caller, leave_id: UUID) -> LeaveOut:
    """One leave in the caller's sight."""
    return (await leaves_shown(session, caller, [await _one(session, caller, Leave, leave_id)]))[0]


async def make_up(session: AsyncSession, caller: Caller, make_up_id: UUID) -> MakeUpOut:
    """One make-up in the caller's sight."""
    row = await _one(session, caller, MakeUp, make_up_id)
    return (await make_ups_shown(session, caller, [row]))[0]


async def _one(session: AsyncSession, caller: Caller, table: type[R], request_id: UUID) -> R:
    query = select(table).where(col(table.id) == request_id, sight.visible(caller, table))
    found: R | None = (await session.exec(query)).one_or_none()
    if found is None:
        raise NotFound
    return found


async def _page(
    session: AsyncSession,
    caller: Caller,
    paging: PageQuery,
    asked: Asked,
    which: tuple[type[R], datetime],
) -> tuple[list[R], str | None]:
    table, at = which
    wanted = _wanted(table, asked)
    if asked.waiting:
        wanted.append(sight.waiting(caller, table, at))
    query = select(table).where(sight.visible(caller, table), *wanted)
    query = paging.onward(query, col(table.received_at), col(table.id), descending=True)
    rows: list[R] = list((await session.exec(query)).all())
    return paging.cut(rows, lambda row: (row.received_at, row.id))


def _wanted(table: type[Leave] | type[MakeUp], asked: Asked) -> list[Clause]:
    begins, ends = (
        (col(Leave.first), col(Leave.last))
        if table is Leave
        else (col(MakeUp.day), col(MakeUp.day))
    )
    wanted: list[Clause] = []
    if asked.person is not None:
        wanted.append(col(table.author_id) == asked.person)
    if asked.unit is not None:
        inside = scope.inside(col(Posting.unit), [asked.unit])
        wanted.append(scope.posted(col(table.author_id), col(table.day), inside))
    if asked.state is not None:
        wanted.append(col(table.state) == asked.state.value)
    if asked.since is not None:
        wanted.append(ends >= asked.since)
    if asked.until is not None:
        wanted.append(begins <= asked.until)
    return wanted


async def leaves_shown(
    session: AsyncSession, caller: Caller, rows: Sequence[Leave]
) -> list[LeaveOut]:
    """These leaves on the wire."""
    around = await _around(session, rows, await weighing.leaves(session, rows))
    return [
        LeaveOut(
            **_shared(caller, row, around),
            kind=Kind(row.kind),
            first=row.first,
            last=row.last,
            days=_days(row, around.weighed[row.id].back_on),
            back_on=around.weighed[row.id].back_on,
        )
        for row in rows
    ]


def _days(row: Leave, back_on: date | None) -> int:
    """Civil days away: to the day before one was back, none where that was the first day."""
    return (row.last - row.first).days + 1 if back_on is None else (back_on - row.first).days


async def make_ups_shown(
    session: AsyncSession, caller: Caller, rows: Sequence[MakeUp]
) -> list[MakeUpOut]:
    """These make-ups on the wire."""
    around = await _around(session, rows, await weighing.make_ups(session, rows))
    villages = select(col(Unit.code), col(Unit.name)).where(
        col(Unit.code).in_({row.village for row in rows})
    )
    names = dict((await session.exec(villages)).all())
    uploaded = await _uploaded(session, rows)
    return [
        MakeUpOut(
            **_shared(caller, row, around),
            day=row.day,
            village=row.village,
            village_name=names[row.village],
            evidence=row.evidence,
            evidence_missing=[p for p in row.evidence if (row.author_id, p) not in uploaded],
        )
        for row in rows
    ]


def _shared(caller: Caller, row: Leave | MakeUp, around: _Around) -> dict[str, Any]:
    weighed = around.weighed[row.id]
    return {
        "id": row.id,
        "person": PersonOut(id=row.author_id, name=around.names[row.author_id]),
        "reason": row.reason,
        "state": State(row.state),
        "written_at": row.written_at,
        "received_at": row.received_at,
        "marks": weighed.marks,
        "needs": weighed.needs,
        "next": following(row, weighed),
        "may": may(caller, row, weighed),
        "decisions": around.decisions[row.id],
        "withdrawn": around.withdrawn.get(row.id),
        "receipt": ReceiptOut.of(around.receipts[row.id]),
    }


def following(row: Leave | MakeUp, weighed: Weighed) -> str:
    """What comes next, in a sentence."""
    match State(row.state):
        case State.submitted if not weighed.units and isinstance(row, Leave):
            return "当天没有任职登记,没有人可以批准;请联系管理员核对任职。"
        case State.submitted if weighed.is_countys:
            return "等待另一位县级管理员决定;本县没有别人时,请上级指定一位。"
        case State.submitted if weighed.needs is Place.county:
            return "等待乡镇提出意见,然后由县级决定。"
        case State.submitted:
            return "等待乡镇管理员决定。"
        case State.with_county:
            return "乡镇已同意,等待县级管理员决定。"
        case State.approved if isinstance(row, MakeUp):
            return "已计入驻村天数的依据(不计签到次数)。"
        case State.approved if isinstance(row, Leave) and weighed.back_on is not None:
            return _back(row, weighed.back_on)
        case State.approved:
            return "已记为请假、公出或培训;提前回村请销假。"
        case State.refused:
            return "没有批准,原因见下;情况有变可以重新申请。"
        case State.withdrawn:
            return "已由本人撤回,留作记录。"


def _back(row: Leave, back_on: date) -> str:
    """What remains of a leave whose author came back earlier."""
    day, days = in_words(back_on, row.first), _days(row, back_on)
    if not days:
        return f"第一天({day})已回村销假,这次记 0 天,不占请假天数。"
    return f"已于{day}回村销假,记 {days} 天(到前一天为止)。"


def may(caller: Caller, row: Leave | MakeUp, weighed: Weighed) -> list[Step]:
    """The steps that the caller can take now."""
    state = State(row.state)
    if row.author_id == caller.id:
        own = [Step.withdraw]
        if isinstance(row, Leave) and weighed.back_on is None:
            own.append(Step.come_back)
        return [step for step in own if step in MOVES[state]]
    place = sight.place_of(caller, weighed.units, village_of(row))
    if place is None or state not in WAITING:
        return []
    if place is Place.township and state is State.with_county:
        return []
    yes = Step.forward if (place, weighed.needs) == (Place.township, Place.county) else Step.approve
    return [Step.refuse] if weighed.bar is not None else [yes, Step.refuse]


async def _around(
    session: AsyncSession, rows: Sequence[Leave | MakeUp], weighed: dict[UUID, Weighed]
) -> _Around:
    if not rows:
        return _Around({}, {}, {}, {}, {})
    ids, kind = [row.id for row in rows], kind_of(rows[0])
    said = (
        select(RequestDecision, col(User.name))
        .join(User, col(User.id) == col(RequestDecision.by_id))
        .where(col(RequestDecision.request_kind) == kind, col(RequestDecision.request_id).in_(ids))
        .order_by(col(RequestDecision.decided_at))
    )
    decisions: dict[UUID, list[DecidedOut]] = defaultdict(list)
    for each, name in (await session.exec(said)).all():
        told = DecidedOut(
            place=Place(each.place),
            decision=Decision(each.decision),
            reason=each.reason,
            by=PersonOut(id=each.by_id, name=name),
            at=each.decided_at,
        )
        decisions[each.request_id].append(told)
    gone = select(col(RequestWithdrawal.request_id), col(RequestWithdrawal.reason)).where(
        col(RequestWithdrawal.request_kind) == kind, col(RequestWithdrawal.request_id).in_(ids)
    )
    people = select(col(User.id), col(User.name)).where(
        col(User.id).in_({row.author_id for row in rows})
    )
    return _Around(
        names=dict((await session.exec(people)).all()),
        decisions=decisions,
        withdrawn=dict((await session.exec(gone)).all()),
        receipts=await ledger.receipts_of(session, str(type(rows[0]).__tablename__), ids),
        weighed=weighed,
    )


async def _uploaded(session: AsyncSession, rows: Sequence[MakeUp]) -> set[tuple[UUID, str]]:
    """Whose bytes of which photos are there."""
    named = {photo for row in rows for photo in row.evidence}
    if not named:
        return set()
    query = select(col(Upload.user_id), col(Upload.sha256)).where(
        col(Upload.user_id).in_({row.author_id for row in rows}), col(Upload.sha256).in_(named)
    )
    return set((await session.exec(query)).all())
