"""Notices about flags, to the author alone: raised, decided, and that the time to answer runs out.

Raised flags are told together, one notice a day however many they are; a decision is told by
itself, because its reason is its own. Silent flags are put before nobody.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.clock import SHANGHAI, civil_day
from app.core.days import in_words
from app.notices.models import Kind, Notice
from app.notices.news import LONGEST, News, NewsOf
from app.postings.scope import Clause
from app.reviews.finding import WEIGHTY
from app.reviews.models import Flag, FlagAnswer, FlagDecision
from app.reviews.service import TERM, answer_until, appeal_until
from app.reviews.states import DECIDED, MOVES, Move, State
from app.reviews.words import CHECKS

PACK = "flags"
#: the author is told of the end of the time to answer so many days before it
DAYS_LEFT = 3
#: what is older is no news
_NEWS = timedelta(days=7)
RECORDS_ZH = {
    "check_in": "签到", "diary": "帮扶日志", "activity": "活动", "submission": "报送材料",
}  # fmt: skip
#: the author can say something to it
_ANSWERED = [state.value for state, moves in MOVES.items() if Move.answer in moves]
_DECIDED = [state.value for state in DECIDED]


async def told(session: AsyncSession, people: Sequence[UUID], on: date, at: datetime) -> NewsOf:
    """What these people are told about flags on their records on this day."""
    found: NewsOf = defaultdict(list)
    # what runs out first comes first
    await _running_out(session, people, on, at, found)
    await _decided(session, people, at, found)
    await _raised(session, people, at, found)
    return found


def concerned(at: datetime) -> Sequence[Any]:
    """Whom a notice of these days is about, as queries of ids: their posts may have ended."""
    asked = and_(_asks(), col(Flag.raised_at) > at - TERM)
    decided = and_(col(Flag.state).in_(_DECIDED), col(Flag.decided_at) > at - _NEWS)
    return [select(col(Flag.author_id)).where(or_(asked, decided))]


def _asks() -> Clause:
    """Flags that ask to be answered. A low one can be answered, too, but nobody is asked to."""
    return and_(
        col(Flag.state).in_(_ANSWERED),
        col(Flag.silent).is_(False),
        col(Flag.weight).in_(WEIGHTY),
    )


async def _raised(
    session: AsyncSession, people: Sequence[UUID], at: datetime, found: NewsOf
) -> None:
    """One notice for all that was raised since the author was last told of raised flags."""
    last = (
        select(col(Notice.person_id), func.max(col(Notice.created_at)))
        .where(col(Notice.person_id).in_(people), col(Notice.kind) == Kind.flag_raised.value)
        .group_by(col(Notice.person_id))
    )
    before = dict((await session.exec(last)).all())
    fresh: dict[UUID, list[Flag]] = defaultdict(list)
    for flag in await _open(session, people, at - _NEWS, at):
        if flag.author_id not in before or flag.raised_at > before[flag.author_id]:
            fresh[flag.author_id].append(flag)
    for author, flags in fresh.items():
        flags.sort(key=answer_until)
        until = civil_day(answer_until(flags[0]))
        found[author].append(
            News(
                flags[0].county,
                Kind.flag_raised,
                PACK,
                period=str(civil_day(at)),
                title="您的记录有疑点",
                text=f"{_which(flags)}。疑点不是结论,复核前记录照常计入;"
                f"请在{in_words(until)}前说明当时的情况,可附照片。",
                due=until,
            )
        )


async def _running_out(
    session: AsyncSession, people: Sequence[UUID], on: date, at: datetime, found: NewsOf
) -> None:
    """Flags to which nothing was said, and whose time to answer ends within these days."""
    edge = timedelta(days=DAYS_LEFT + 1)
    flags = await _open(session, people, at - TERM, at - TERM + edge)
    if not flags:
        return
    query = select(col(FlagAnswer.flag_id)).where(
        col(FlagAnswer.flag_id).in_([flag.id for flag in flags])
    )
    answered = set((await session.exec(query)).all())
    ending: dict[tuple[UUID, date], list[Flag]] = defaultdict(list)
    for flag in flags:
        until = civil_day(answer_until(flag))
        if flag.id not in answered and (until - on).days <= DAYS_LEFT:
            ending[flag.author_id, until].append(flag)
    for (author, until), each in sorted(ending.items(), key=lambda item: item[0][1]):
        end = min(answer_until(flag) for flag in each).astimezone(SHANGHAI)
        found[author].append(
            News(
                each[0].county,
                Kind.flag_closes,
                PACK,
                period=str(until),
                title="疑点的说明期限",
                text=f"{_left((until - on).days)}可以说明:{_which(each)},您还没有说明。"
                f"期限是{in_words(until)} {end:%H:%M};不说明也会复核,您的说明有助于复核员了解实情。",
                due=until,
            )
        )


async def _decided(
    session: AsyncSession, people: Sequence[UUID], at: datetime, found: NewsOf
) -> None:
    """Decisions and decided appeals of the last days, each with its reason."""
    query = (
        select(Flag, FlagDecision)
        .join(FlagDecision, col(FlagDecision.flag_id) == col(Flag.id))
        .where(
            col(Flag.author_id).in_(people),
            col(Flag.state).in_(_DECIDED),
            col(Flag.decided_at) > at - _NEWS,
        )
        .order_by(col(FlagDecision.round), col(FlagDecision.place))
    )
    # the last word is the one that decided
    words = {flag.id: (flag, word) for flag, word in (await session.exec(query)).all()}
    for flag, word in sorted(words.values(), key=lambda each: (each[1].decided_at, each[0].id)):
        objects = appeal_until(flag)
        until = civil_day(objects) if objects is not None else None
        says = f"{_named(flag)}(疑点:{_title(flag)}){_fate(State(flag.state), word, until)}"
        found[flag.author_id].append(
            News(
                flag.county,
                Kind.appeal_decided if word.round else Kind.flag_decided,
                PACK,
                subject=str(flag.id),
                threshold=flag.state,
                title="申诉有结果" if word.round else "疑点有复核结果",
                text=f"{says}意见:{word.reason}"[:LONGEST],
                due=until,
            )
        )


async def _open(
    session: AsyncSession, people: Sequence[UUID], after: datetime, until: datetime
) -> list[Flag]:
    """Flags of these people that ask to be answered, raised in this time; the first raised first."""
    query = (
        select(Flag)
        .where(
            col(Flag.author_id).in_(people),
            _asks(),
            col(Flag.raised_at) > after,
            col(Flag.raised_at) <= until,
        )
        .order_by(col(Flag.raised_at), col(Flag.id))
    )
    return list((await session.exec(query)).all())


def _which(flags: Sequence[Flag]) -> str:
    """One is named, several are counted."""
    if len(flags) == 1:
        return f"{_named(flags[0])}有一条疑点:{_title(flags[0])}"
    return f"您的记录有 {len(flags)} 条疑点"


def _named(flag: Flag) -> str:
    return f"您{in_words(flag.day)}的{RECORDS_ZH.get(flag.record_kind, '记录')}"


def _title(flag: Flag) -> str:
    return CHECKS[flag.code].words["zh"].title


def _left(days: int) -> str:
    return f"还有 {days} 天" if days else "今天是最后一天"


def _fate(state: State, word: FlagDecision, until: date | None) -> str:
    after_appeal = "申诉后" if word.round else "经复核"
    if state is State.not_counted:
        by = f"您如不同意,可在{in_words(until)}前申诉,申诉期间记录照常计入。" if until else ""
        return f"经两名复核员复核,不计入。{by}"
    if state is State.upheld:
        return "申诉后由第三名复核员决定,仍不计入。"
    return f"{after_appeal}计入{',并备注' if state is State.kept_with_note else ''}。"
