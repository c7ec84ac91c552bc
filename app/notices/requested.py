"""Notices about requests: to whoever decides that something came in, to the author what was decided.

They come with the morning's digest like every notice. Who decides is told of each request once,
and weekly of what still waits; the author is told once of each word.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.clock import civil_day
from app.core.days import in_words
from app.notices.models import Kind, Notice
from app.notices.news import LONGEST, News, NewsOf
from app.postings.models import Post, Posting
from app.postings.scope import SIGHTS, Caller, Held, Sight
from app.requests import sight
from app.requests.models import LEAVE, MAKE_UP, Leave, MakeUp, RequestDecision
from app.requests.models import Kind as LeaveKind
from app.requests.states import Place, State

PACK = "requests"
#: a decision older than this is no news
_NEWS = timedelta(days=7)
#: what waits and is not new is told so long after the last word about it
AGAIN = timedelta(days=7)
_GRANTING = [post.value for post, sights in SIGHTS.items() if Sight.GRANT in sights]
_NOBODY = UUID(int=0)
WHICH_ZH = {LeaveKind.leave: "请假", LeaveKind.trip: "公出", LeaveKind.training: "培训"}


async def told(session: AsyncSession, people: Sequence[UUID], on: date, at: datetime) -> NewsOf:
    """What these people are told about requests on this day."""
    found: NewsOf = {person: [] for person in people}
    await _waiting(session, await _granting(session, people, on), at, found)
    for table in (Leave, MakeUp):
        await _decided(session, table, people, at, found)
    return {person: news for person, news in found.items() if news}


def concerned(at: datetime) -> Sequence[Any]:
    """Whom a decision of these days is about, as queries of ids: their posts may have ended."""
    fresh = col(RequestDecision.decided_at) > at - _NEWS
    return [
        select(col(table.author_id))
        .join(RequestDecision, col(RequestDecision.request_id) == col(table.id))
        .where(fresh)
        for table in (Leave, MakeUp)
    ]


async def _granting(session: AsyncSession, people: Sequence[UUID], on: date) -> list[Caller]:
    """Those of the people who decide on requests today, as the scope file sees them."""
    query = select(Posting).where(
        col(Posting.person_id).in_(people), col(Posting.kind).in_(_GRANTING)
    )
    held: dict[UUID, list[Held]] = {}
    for row in (await session.exec(query)).all():
        spell = Held(row.id, row.unit, Post(row.kind), row.since, row.until, row.county)
        held.setdefault(row.person_id, []).append(spell)
    callers = [Caller(who, "", _NOBODY, on, tuple(spells)) for who, spells in held.items()]
    return [caller for caller in callers if caller.units(Sight.GRANT)]


async def _waiting(
    session: AsyncSession, callers: Sequence[Caller], at: datetime, found: NewsOf
) -> None:
    """One notice for all that waits, when something came to the decider since the last one.

    Where nothing new came, what waits is told once more a week after the last word.
    """
    last = await _last_told(session, [caller.id for caller in callers])
    for caller in callers:
        came = await _came(session, caller, at)
        before = last.get(caller.id)
        fresh = [each for each in came if before is None or each > before]
        again = before is not None and civil_day(at) - civil_day(before) >= AGAIN
        if not came or not (fresh or again):
            continue
        text = f"有 {len(came)} 件请假、公出、培训或补签申请等您决定"
        if not fresh:
            text += f",最早的已等了 {(civil_day(at) - civil_day(min(came))).days} 天"
        elif len(fresh) < len(came):
            text += f",其中 {len(fresh)} 件是新到的"
        found[caller.id].append(
            News(
                caller.home(),
                Kind.request_waits,
                PACK,
                rule=LEAVE,
                period=str(civil_day(at)),
                title="请假与补签待您决定",
                text=f"{text}。",
            )
        )


async def _last_told(session: AsyncSession, people: Sequence[UUID]) -> dict[UUID, datetime]:
    query = (
        select(col(Notice.person_id), func.max(col(Notice.created_at)))
        .where(col(Notice.person_id).in_(people), col(Notice.kind) == Kind.request_waits.value)
        .group_by(col(Notice.person_id))
    )
    return dict((await session.exec(query)).all())


async def _came(session: AsyncSession, caller: Caller, at: datetime) -> list[datetime]:
    """When each request that waits came to this decider: sent, passed on, or left lying too long."""
    came: list[datetime] = []
    for table in (Leave, MakeUp):
        query = select(
            col(table.state),
            col(table.received_at),
            col(table.decided_at),
            sight.left_lying(caller, table),
        ).where(sight.waiting(caller, table, at), col(table.received_at) <= at)
        for state, received, passed_on, lay in (await session.exec(query)).all():
            if state == State.with_county and passed_on is not None:
                came.append(passed_on)
            else:
                came.append(received + sight.lying_after() if lay else received)
    return came


async def _decided(
    session: AsyncSession,
    table: type[Leave] | type[MakeUp],
    people: Sequence[UUID],
    at: datetime,
    found: NewsOf,
) -> None:
    """The newest words on requests of these people."""
    query: Any = (  # of either table
        select(table, RequestDecision)
        .join(RequestDecision, col(RequestDecision.request_id) == col(table.id))
        .where(
            col(table.author_id).in_(people),
            col(RequestDecision.request_kind) == (LEAVE if table is Leave else MAKE_UP),
            col(RequestDecision.decided_at) > at - _NEWS,
        )
    )
    rows: Sequence[tuple[Leave | MakeUp, RequestDecision]] = (await session.exec(query)).all()
    for request, word in rows:
        title, days = _named(request)
        says = f"您申请的{days}{title}{_fate(request, word)}。"
        news = News(
            request.county,
            Kind.request_decided,
            PACK,
            subject=str(request.id),
            rule=word.request_kind,
            threshold=word.place,
            title=title,
            text=(says + (f"意见:{word.reason}" if word.reason else ""))[:LONGEST],
        )
        found[request.author_id].append(news)


def _named(request: Leave | MakeUp) -> tuple[str, str]:
    """Its name and its days."""
    if isinstance(request, MakeUp):
        return "补签", in_words(request.day)
    days = in_words(request.first)
    if request.last != request.first:
        days += f"至{in_words(request.last)}"
    return WHICH_ZH[LeaveKind(request.kind)], days


def _fate(request: Leave | MakeUp, word: RequestDecision) -> str:
    if word.decision == "refuse":
        return "没有获得批准"
    if word.place == Place.township and request.state == State.with_county:
        return "乡镇已同意,正等县级决定"
    return "已获批准" if request.state == State.approved else "已有意见"
