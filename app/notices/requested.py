"""Notices about requests: to whoever decides that something came in, to the author what was decided.

They come with the morning's digest like every notice. Who decides is told again only when
something new has come; the author is told once of each word.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.clock import civil_day, in_words
from app.notices.models import Kind
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
_GRANTING = [post.value for post, sights in SIGHTS.items() if Sight.GRANT in sights]
_NOBODY = UUID(int=0)
WHICH_ZH = {LeaveKind.leave: "请假", LeaveKind.trip: "公出", LeaveKind.training: "培训"}


async def told(session: AsyncSession, people: Sequence[UUID], on: date, at: datetime) -> NewsOf:
    """What these people are told about requests on this day."""
    found: NewsOf = {person: [] for person in people}
    for caller in await _granting(session, people, on):
        found[caller.id] += await _waiting(session, caller, at)
    for table in (Leave, MakeUp):
        await _decided(session, table, people, at, found)
    return {person: news for person, news in found.items() if news}


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


async def _waiting(session: AsyncSession, caller: Caller, at: datetime) -> list[News]:
    """One notice for all that waits; its key is the day on which the newest of it came."""
    count, newest = 0, None
    for table in (Leave, MakeUp):
        query = select(func.count(), func.max(col(table.received_at))).where(
            sight.waiting(caller, table, at)
        )
        number, last = (await session.exec(query)).one()
        count += number
        newest = max((each for each in (newest, last) if each is not None), default=None)
    if newest is None:
        return []
    return [
        News(
            caller.home(),
            Kind.request_waits,
            PACK,
            rule=LEAVE,
            period=str(civil_day(newest)),
            title="请假与补签待您决定",
            text=f"有 {count} 件请假、公出、培训或补签申请等您决定。",
        )
    ]


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
