"""Flags as their readers see them, and what they mean for the records that they are on."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.core.clock import now
from app.core.paging import PageQuery
from app.org.models import Unit
from app.postings.schemas import PersonOut
from app.postings.scope import Caller, Clause
from app.reviews import others, service, sight
from app.reviews.finding import WEIGHTY, Weight
from app.reviews.models import Flag, FlagAnswer, FlagAppeal, FlagDecision
from app.reviews.schemas import (
    AnswerOut,
    AppealOut,
    DecisionOut,
    FlaggedOut,
    FlagOut,
    MayOut,
    RaisedOut,
    RecordState,
)
from app.reviews.states import AGAINST, MOVES, UNDECIDED, Move, State, decidable
from app.reviews.words import CHECKS


def of_flags(flags: Iterable[tuple[str, str]]) -> RecordState:
    """What these flags (state, weight) make of their record: one against it is enough."""
    state: RecordState = "counted"
    for told, weight in flags:
        if told in AGAINST:
            return "not_counted"
        if told in UNDECIDED and weight in WEIGHTY:
            state = "in_review"
    return state


def against(record_kind: str, record: Any) -> ColumnElement[bool]:
    """The record (by id column) was decided not to count."""
    return _flagged(record_kind, record, col(Flag.state).in_(AGAINST))


def under_review(record_kind: str, record: Any) -> ColumnElement[bool]:
    """A reviewer's word on the record (by id column) is awaited; one against it may stand, too."""
    return _flagged(
        record_kind, record, col(Flag.state).in_(UNDECIDED), col(Flag.weight).in_(WEIGHTY)
    )


def _flagged(record_kind: str, record: Any, *conditions: Clause) -> ColumnElement[bool]:
    return exists().where(
        col(Flag.record_kind) == record_kind, col(Flag.record_id) == record, *conditions
    )


async def states_of(
    session: AsyncSession, record_kind: str, ids: Sequence[UUID]
) -> dict[UUID, RecordState]:
    """What the flags make of these records; a record without any is left out, and counts."""
    if not ids:
        return {}
    return await _states(session, record_kind, col(Flag.record_id).in_(ids))


async def record_states(
    session: AsyncSession, record_kind: str, people: Sequence[UUID], first: date, last: date
) -> dict[UUID, RecordState]:
    """As ``states_of``, for the records of these people about these days (inclusive)."""
    of = and_(col(Flag.author_id).in_(people), col(Flag.day).between(first, last))
    return await _states(session, record_kind, of)


async def _states(
    session: AsyncSession, record_kind: str, of: ColumnElement[bool]
) -> dict[UUID, RecordState]:
    query = select(col(Flag.record_id), col(Flag.state), col(Flag.weight)).where(
        col(Flag.record_kind) == record_kind, of
    )
    found: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
    for record, state, weight in (await session.exec(query)).all():
        found[record].append((state, weight))
    return {record: of_flags(flags) for record, flags in found.items()}


@dataclass(frozen=True, slots=True)
class Flagged:
    """What a record's own reply says of its flags."""

    state: RecordState = "counted"
    flags: tuple[RaisedOut, ...] = ()


#: of a record that no check had anything to say about
UNFLAGGED = Flagged()


async def flagged(
    session: AsyncSession, record_kind: str, ids: Sequence[UUID]
) -> dict[UUID, Flagged]:
    """The flags of these records and what they make of them; silent ones are left out."""
    if not ids:
        return {}
    query = select(Flag).where(
        col(Flag.record_kind) == record_kind,
        col(Flag.record_id).in_(ids),
        col(Flag.silent).is_(False),
    )
    found: dict[UUID, list[Flag]] = defaultdict(list)
    for flag in (await session.exec(query.order_by(col(Flag.code)))).all():
        found[flag.record_id].append(flag)
    return {
        record: Flagged(of_flags((f.state, f.weight) for f in flags), tuple(raised(flags)))
        for record, flags in found.items()
    }


def raised(flags: Iterable[Flag]) -> list[RaisedOut]:
    """Flags as a record's own reply tells them; silent ones are put before nobody."""
    return [
        RaisedOut(id=flag.id, code=flag.code, says=CHECKS[flag.code].says(flag.evidence))
        for flag in flags
        if not flag.silent
    ]


async def reasons_of(session: AsyncSession, records: Iterable[UUID]) -> dict[UUID, str]:
    """Why each of these records was decided not to count, in the words of the last decision."""
    query = (
        select(col(Flag.record_id), col(FlagDecision.reason))
        .join(FlagDecision, col(FlagDecision.flag_id) == col(Flag.id))
        .where(
            col(Flag.record_id).in_(list(records)),
            col(Flag.state).in_(AGAINST),
            col(FlagDecision.decision) == Move.does_not_count.value,
        )
        .order_by(col(FlagDecision.decided_at))
    )
    return dict((await session.exec(query)).all())


async def page(
    session: AsyncSession, caller: Caller, paging: PageQuery, *wanted: Clause
) -> tuple[list[FlagOut], str | None]:
    """Flags that the caller may see and that are wanted, the latest raised first."""
    query = _query(caller).where(*wanted)
    order = (col(Flag.raised_at), col(Flag.id))
    query = paging.onward(query, *order, descending=True)
    rows, following = paging.cut(
        list((await session.exec(query)).all()), lambda row: (row[0].raised_at, row[0].id)
    )
    return await _dressed(session, caller, rows), following


async def one(session: AsyncSession, caller: Caller, key: UUID, at: datetime) -> FlagOut | None:
    """One flag that the caller may see; ``may`` as of this moment."""
    rows = (await session.exec(_query(caller).where(col(Flag.id) == key))).all()
    return (await _dressed(session, caller, rows, at))[0] if rows else None


def _query(caller: Caller) -> Any:
    return (
        select(Flag, col(User.name), col(Unit.name), sight.can_decide(caller).label("awaits"))
        .join(User, col(User.id) == col(Flag.author_id))
        .outerjoin(Unit, col(Unit.code) == col(Flag.village))
        .where(sight.visible(caller))
        .add_columns(sight.taken_back().label("gone"))
    )


@dataclass(frozen=True, slots=True)
class _Said:
    answers: Mapping[UUID, list[FlagAnswer]]
    decisions: Mapping[UUID, list[tuple[FlagDecision, str]]]
    appeals: Mapping[UUID, FlagAppeal]
    states: Mapping[tuple[str, UUID], RecordState]
    #: of the records that the evidence names, those that the caller may read
    readable: set[UUID]


async def _dressed(
    session: AsyncSession, caller: Caller, rows: Sequence[Any], at: datetime | None = None
) -> list[FlagOut]:
    """These flags with all that was said to them: five SELECTs, however many they are."""
    if not rows:
        return []
    said = await _everything(session, caller, [flag for flag, *_ in rows])
    return [
        _shown(
            flag,
            (name, village),
            said,
            _may(caller, flag, at or now(), awaits=awaits, gone=gone),
            gone=gone,
        )
        for flag, name, village, awaits, gone in rows
    ]


async def _everything(session: AsyncSession, caller: Caller, flags: list[Flag]) -> _Said:
    keys = [flag.id for flag in flags]
    answers: dict[UUID, list[FlagAnswer]] = defaultdict(list)
    of_flag = select(FlagAnswer).where(col(FlagAnswer.flag_id).in_(keys))
    for each in (await session.exec(of_flag.order_by(col(FlagAnswer.said_at)))).all():
        answers[each.flag_id].append(each)
    decisions: dict[UUID, list[tuple[FlagDecision, str]]] = defaultdict(list)
    voiced = (
        select(FlagDecision, col(User.name))
        .join(User, col(User.id) == col(FlagDecision.decided_by))
        .where(col(FlagDecision.flag_id).in_(keys))
        .order_by(col(FlagDecision.round), col(FlagDecision.place))
    )
    for decision, name in (await session.exec(voiced)).all():
        decisions[decision.flag_id].append((decision, name))
    appeals = select(FlagAppeal).where(col(FlagAppeal.flag_id).in_(keys))
    beside = select(
        col(Flag.record_kind), col(Flag.record_id), col(Flag.state), col(Flag.weight)
    ).where(col(Flag.record_id).in_({flag.record_id for flag in flags}))
    states: dict[tuple[str, UUID], list[tuple[str, str]]] = defaultdict(list)
    for kind, record, state, weight in (await session.exec(beside)).all():
        states[kind, record].append((state, weight))
    return _Said(
        answers,
        decisions,
        {each.flag_id: each for each in (await session.exec(appeals)).all()},
        {record: of_flags(each) for record, each in states.items()},
        await others.readable(
            session, caller, (key for flag in flags for key in others.named(flag.evidence))
        ),
    )


def _may(caller: Caller, flag: Flag, at: datetime, *, awaits: bool, gone: bool) -> MayOut:
    state, own = State(flag.state), flag.author_id == caller.id and not gone
    objects = service.appeal_until(flag)
    return MayOut(
        answer=own and Move.answer in MOVES[state] and at <= service.answer_until(flag),
        decide=awaits and decidable(state),
        appeal=own and objects is not None and at <= objects,
    )


def _shown(
    flag: Flag, names: tuple[str, str | None], said: _Said, may: MayOut, *, gone: bool
) -> FlagOut:
    name, village = names
    check = CHECKS[flag.code]
    words = check.words["zh"]
    weight: Weight = flag.weight  # type: ignore[assignment]  # the table's check says so
    appeal = said.appeals.get(flag.id)
    return FlagOut(
        id=flag.id,
        code=flag.code,
        weight=weight,
        title=words.title,
        says=check.says(flag.evidence),
        proves=words.proves,
        cannot=words.cannot,
        evidence=others.limited(flag.evidence, said.readable),
        record=FlaggedOut(
            kind=flag.record_kind,
            id=flag.record_id,
            day=flag.day,
            village=flag.village,
            village_name=village,
            person=PersonOut(id=flag.author_id, name=name),
        ),
        raised_at=flag.raised_at,
        answer_until=service.answer_until(flag),
        appeal_until=service.appeal_until(flag),
        state=State(flag.state),
        withdrawn=gone,
        record_state="not_counted" if gone else said.states[flag.record_kind, flag.record_id],
        answers=[
            AnswerOut(id=each.id, text=each.text, photos=each.photos, at=each.said_at)
            for each in said.answers.get(flag.id, ())
        ],
        decisions=[_decision(each, by) for each, by in said.decisions.get(flag.id, ())],
        appeal=AppealOut(text=appeal.text, photos=appeal.photos, at=appeal.said_at)
        if appeal
        else None,
        may=may,
    )


def _decision(row: FlagDecision, by: str) -> DecisionOut:
    return DecisionOut(
        round=row.round,
        place=row.place,
        decision=row.decision,  # type: ignore[arg-type]  # the table's check says so
        reason=row.reason,
        by=PersonOut(id=row.decided_by, name=by),
        at=row.decided_at,
    )


def in_unit(code: str, posted_there: Clause) -> Clause:
    """Flags on records of people posted in the unit that day, or that name a village in it."""
    return or_(posted_there, col(Flag.village).startswith(code))
