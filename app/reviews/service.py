"""Raising flags; what authors and reviewers say to them. Every word is kept and logged."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.clock import SHANGHAI
from app.core.db import insert
from app.core.errors import Forbidden, NotFound
from app.core.ids import new_id
from app.ledger import service as ledger
from app.photos.naming import Naming, name_photos_in
from app.postings.scope import Caller, Clause
from app.records.errors import IdTaken
from app.reviews import sight
from app.reviews.errors import (
    AnswerStillOpen,
    FlagDecided,
    FlagMoveIllegal,
    OwnLine,
    OwnRecord,
    SameReviewer,
    TooLate,
)
from app.reviews.finding import About, Finding
from app.reviews.models import CheckSilence, Flag, FlagAnswer, FlagAppeal, FlagDecision, flag_id
from app.reviews.schemas import AnswerIn, AppealIn, DecisionIn
from app.reviews.states import DECIDED, MOVES_ZH, STATES_ZH, IllegalMove, Move, State, after
from app.reviews.words import CHECKS

#: the author speaks within it after the flag was raised, and objects within it after a decision
TERM = timedelta(days=14)
ANSWER, APPEAL = "flag_answer", "flag_appeal"
NOT_AUTHOR = "只有记录的作者本人可以说明情况或申诉。如有情况要反映,请告诉作者或复核员。"
NOT_REVIEWER = "这条疑点不由您复核。复核由管理范围包含该记录的复核员办理,任职须在有效期内。"
#: who raises flags and silences imprecise checks, in the log
SYSTEM = "system:checks"


async def raise_flags(
    session: AsyncSession, about: About, findings: Iterable[Finding], at: datetime
) -> list[Flag]:
    """The flags of these findings on a record; only those raised now, none that stood already.

    Raised twice is raised once, whoever comes first. In a unit where the check was silenced the
    flag is only counted. Raises ``KeyError`` for a code that ``words.yaml`` does not have.
    """
    wanted = {finding.code: finding for finding in findings}
    if not wanted:
        return []
    silenced = await _silenced(session, about, list(wanted))
    raised: list[Flag] = []
    for code, finding in sorted(wanted.items()):
        CHECKS[code]  # a flag without words could be shown to nobody
        row = _flag(about, finding, at, silent=code in silenced)
        fresh = await session.exec(
            insert(session, Flag).values(**row.model_dump()).on_conflict_do_nothing()
        )
        if fresh.rowcount == 1:
            stored = await session.get(Flag, row.id)
            if stored is None:
                raise LookupError(f"flag {row.id} vanished inside its transaction")
            raised.append(stored)
    if raised:
        await ledger.append_many(session, raised, "create", SYSTEM, at)
    return raised


def _flag(about: About, finding: Finding, at: datetime, *, silent: bool) -> Flag:
    return Flag(
        id=flag_id(about.record_kind, about.record_id, finding.code),
        county=about.county,
        record_kind=about.record_kind,
        record_id=about.record_id,
        author_id=about.author_id,
        day=about.day,
        village=about.village,
        code=finding.code,
        weight=finding.weight,
        evidence=dict(finding.evidence),
        silent=silent,
        raised_at=at,
        state=(State.silent if silent else State.open).value,
    )


async def _silenced(session: AsyncSession, about: About, codes: list[str]) -> set[str]:
    """Those of the checks that are silenced for the record's village or a unit above it."""
    place = about.village or about.county
    above = [place[:digits] for digits in (2, 4, 6, 9, 12) if digits <= len(place)]
    query = select(col(CheckSilence.code)).where(
        col(CheckSilence.code).in_(codes),
        col(CheckSilence.unit).in_(above),
        col(CheckSilence.ended_at).is_(None),
    )
    return set((await session.exec(query)).all())


def answer_until(flag: Flag) -> datetime:
    """Until when the author can answer, and no last voice against them is taken unheard."""
    return flag.raised_at + TERM


def appeal_until(flag: Flag) -> datetime | None:
    """Until when the author can appeal; None where nothing was decided against them."""
    if flag.state != State.not_counted or flag.decided_at is None:
        return None
    return flag.decided_at + TERM


async def answer(
    session: AsyncSession, caller: Caller, key: UUID, body: AnswerIn, at: datetime
) -> None:
    """Keep what the author says to a flag. Told twice is told once."""
    flag = await _own(session, caller, key)
    said = await _said(session, flag)
    told = (body.text, body.photos)
    if body.id is not None and (stood := await session.get(FlagAnswer, body.id)) is not None:
        if stood.flag_id != flag.id or (stood.text, stood.photos) != told:
            raise IdTaken
        return
    if body.id is None and any((each.text, each.photos) == told for each in said):
        return
    await _need_record(session, flag, Move.answer)
    _moved(flag, Move.answer)
    if at > answer_until(flag):
        raise TooLate
    row = FlagAnswer(
        id=body.id or new_id(),
        county=flag.county,
        flag_id=flag.id,
        author_id=caller.id,
        text=body.text,
        photos=body.photos,
        said_at=at,
    )
    session.add(row)
    await name_photos_in(session, _naming(ANSWER, row.id, flag), body.photos)
    await ledger.append(session, row, "create", caller.id, at)


async def appeal(
    session: AsyncSession, caller: Caller, key: UUID, body: AppealIn, at: datetime
) -> None:
    """The author objects to a decision against them; the record counts again until it is decided."""
    flag = await _own(session, caller, key)
    stood = await session.get(FlagAppeal, flag.id)
    if stood is not None and (stood.text, stood.photos) == (body.text, body.photos):
        return
    await _need_record(session, flag, Move.appeal)
    state = _moved(flag, Move.appeal)
    until = appeal_until(flag)
    if until is None or at > until:
        raise TooLate
    row = FlagAppeal(
        county=flag.county,
        flag_id=flag.id,
        author_id=caller.id,
        text=body.text,
        photos=body.photos,
        said_at=at,
    )
    session.add(row)
    await name_photos_in(session, _naming(APPEAL, flag.id, flag), body.photos)
    flag.state, flag.decided_at = state.value, None
    await ledger.append(session, flag, "appeal", caller.id, at)
    await ledger.append(session, row, "create", caller.id, at)


async def decide(
    session: AsyncSession, caller: Caller, key: UUID, body: DecisionIn, at: datetime
) -> None:
    """One reviewer's word. Told twice is told once; of two that exclude each other the first stands.

    Raises, in this order: who may not decide, what was decided meanwhile, what is not possible.
    """
    flag = await _locked(session, sight.visible(caller), key)
    await _need_reviewer(session, caller, flag)
    voices = await _voices(session, flag)
    turn = 1 if flag.state in (State.appealed, State.upheld) else 0
    mine = [voice for voice in voices if voice.decided_by == caller.id]
    # words of the first round say nothing in the second: who gave one there is told so
    now = [voice for voice in mine if voice.round == turn or flag.state in DECIDED]
    if any((v.decision, v.reason) == (body.decision, body.reason) for v in now):
        return
    if (body.seen is not None and body.seen != flag.state) or flag.state in DECIDED:
        raise FlagDecided(f"{FlagDecided.detail}现在是“{STATES_ZH[State(flag.state)]}”。")
    await _need_record(session, flag, Move(body.decision))
    state = _moved(flag, Move(body.decision))
    if mine:
        raise SameReviewer
    if state is State.not_counted and at <= answer_until(flag) and not await _said(session, flag):
        raise AnswerStillOpen(
            f"{AnswerStillOpen.detail}说明期限:{answer_until(flag).astimezone(SHANGHAI):%Y-%m-%d %H:%M}。"
        )
    row = FlagDecision(
        county=flag.county,
        flag_id=flag.id,
        round=turn,
        place=1 + sum(voice.round == turn for voice in voices),
        decision=body.decision,
        reason=body.reason,
        decided_by=caller.id,
        decided_at=at,
    )
    session.add(row)
    flag.state = state.value
    flag.decided_at = at if state in DECIDED else None
    await ledger.append(session, flag, "decide", caller.id, at)
    await ledger.append(session, row, "create", caller.id, at)


async def _need_record(session: AsyncSession, flag: Flag, move: Move) -> None:
    """A record that its author took back counts nowhere: nobody need speak about it any more."""
    query = select(Flag.id).where(col(Flag.id) == flag.id, sight.taken_back())
    if (await session.exec(query)).first() is not None:
        raise FlagMoveIllegal(
            f"这条记录已由作者本人撤回,不计入;疑点不再办理,不能{MOVES_ZH[move]}。"
        )


def _moved(flag: Flag, move: Move) -> State:
    try:
        return after(State(flag.state), move)
    except IllegalMove as error:
        raise FlagMoveIllegal(str(error)) from error


async def _own(session: AsyncSession, caller: Caller, key: UUID) -> Flag:
    flag = await _locked(session, sight.visible(caller), key)
    if flag.author_id != caller.id:
        raise Forbidden(NOT_AUTHOR)
    return flag


async def _locked(session: AsyncSession, visible: Clause, key: UUID) -> Flag:
    """The flag, with everybody else who would move it waiting behind this transaction."""
    query = select(Flag).where(col(Flag.id) == key, visible).with_for_update(of=Flag)
    found = (await session.exec(query)).first()
    if found is None:
        raise NotFound
    return found


async def _need_reviewer(session: AsyncSession, caller: Caller, flag: Flag) -> None:
    if flag.author_id == caller.id:
        raise OwnRecord
    query: Any = select(sight.reviews(caller), sight.in_line(caller)).where(col(Flag.id) == flag.id)
    reviews, in_line = (await session.exec(query)).one()
    if not reviews:
        raise Forbidden(NOT_REVIEWER)
    if in_line:
        raise OwnLine


async def _voices(session: AsyncSession, flag: Flag) -> list[FlagDecision]:
    query = select(FlagDecision).where(col(FlagDecision.flag_id) == flag.id)
    return list((await session.exec(query)).all())


async def _said(session: AsyncSession, flag: Flag) -> list[FlagAnswer]:
    query = select(FlagAnswer).where(col(FlagAnswer.flag_id) == flag.id)
    return list((await session.exec(query)).all())


def _naming(kind: str, key: UUID, flag: Flag) -> Naming:
    """Photos of answers and appeals are seen by whoever sees the record, as the flag is."""
    return Naming(kind, key, flag.county, flag.author_id, flag.day, flag.village)
