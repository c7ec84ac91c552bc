"""Giving, ending and reading posts."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.core.errors import InvalidBody, NotFound
from app.core.paging import PageQuery
from app.core.tables import HOUSE
from app.org.models import Unit
from app.postings.errors import OwnPosting, PostAboveOwn
from app.postings.models import Post, Posting
from app.postings.schemas import PersonOut, PostingIn, PostingOut
from app.postings.scope import Caller, Clause, inside, valid_on
from app.records import register
from app.records.service import Put

#: Posts in villages and with households: a township administrator gives them.
FIELD_POSTS = frozenset(
    {
        Post.FS, Post.TL, Post.TM, Post.TR, Post.UR, Post.HC, Post.VC, Post.CL, Post.AT, Post.AG,
        Post.LL,
    }
)  # fmt: skip
#: Who gives which posts, each in their own unit and below. ``SA`` is given on the server itself.
GRANTS: dict[Post, frozenset[Post]] = {
    Post.TA: FIELD_POSTS,
    Post.CA: frozenset(Post) - {Post.SA},
}
NO_SUCH_PERSON = (
    "没有找到该人员,或该人员在这段时间另有您管理范围以外的任职。"
    "请核对人员编号和起止日期;跨乡镇调动请县级管理员办理。"
)
NO_SUCH_UNIT = "没有这个单位(unit),或不在您的管理范围内。请核对区划代码。"


async def put_posting(
    session: AsyncSession,
    viewer: Caller,
    posting_id: UUID,
    body: PostingIn,
    received_at: datetime,
) -> Put[Posting]:
    """Create or revise a posting of somebody else, in the caller's unit or below."""
    _check_grant(viewer, body.unit, body.kind)
    if body.person == viewer.id:
        raise OwnPosting
    if await session.get(Unit, body.unit) is None:
        raise NotFound(NO_SUCH_UNIT)
    if not await _is_free(session, body, _granting(viewer)):
        raise NotFound(NO_SUCH_PERSON)

    async def changes(stood: Posting) -> dict[str, Any] | None:
        if not _over(viewer, stood.unit):
            return None
        if stood.person_id == viewer.id:
            raise OwnPosting
        _check_grant(viewer, stood.unit, Post(stood.kind))
        if stood.person_id != body.person:
            raise InvalidBody("一条任职不能改为另一个人的。请结束这条任职,再为另一人新建一条。")
        if stood.county != row.county:
            raise InvalidBody("一条任职不能移到另一个县。请结束这条任职,再新建一条。")
        return register.differing(stood, row, "unit", "kind", "since", "until", "reason")

    row = Posting(
        id=posting_id,
        county=county_of(body.unit),
        person_id=body.person,
        unit=body.unit,
        kind=body.kind.value,
        since=body.since,
        until=body.until,
        reason=body.reason,
    )
    return await register.put(session, row, changes, actor_id=viewer.id, received_at=received_at)


def county_of(unit: str) -> str:
    """The log and tenant of what belongs to a unit; units above a county are the house's."""
    return unit[:6] if len(unit) >= 6 else HOUSE


def _granting(viewer: Caller) -> dict[str, frozenset[Post]]:
    """The units in which the caller gives posts, and which."""
    out: dict[str, frozenset[Post]] = {}
    for held in viewer.current():
        if held.kind in GRANTS:
            out[held.unit] = out.get(held.unit, frozenset()) | GRANTS[held.kind]
    return out


def _over(viewer: Caller, unit: str) -> bool:
    return any(unit.startswith(code) for code in _granting(viewer))


def _check_grant(viewer: Caller, unit: str, kind: Post) -> None:
    """The unit lies below the caller (else it does not exist), the post is theirs to give."""
    if not _over(viewer, unit):
        raise NotFound(NO_SUCH_UNIT)
    if not any(unit.startswith(code) and kind in own for code, own in _granting(viewer).items()):
        raise PostAboveOwn


async def _is_free(
    session: AsyncSession, body: PostingIn, granting: dict[str, frozenset[Post]]
) -> bool:
    """Whether the person exists and is nobody else's in that time.

    Without this an administrator who back-dates a posting would see the records that a stranger
    made for another township.
    """
    user = await session.get(User, body.person)
    if user is None or user.county not in (HOUSE, county_of(body.unit)):
        return False
    overlapping = and_(
        col(Posting.since) <= (body.until or date.max),
        or_(col(Posting.until).is_(None), col(Posting.until) >= body.since),
    )
    elsewhere = select(Posting.id).where(
        col(Posting.person_id) == body.person,
        overlapping,
        ~inside(col(Posting.unit), sorted(granting)),
    )
    return (await session.exec(elsewhere.limit(1))).first() is None


async def page(
    session: AsyncSession,
    visible: Clause,
    paging: PageQuery,
    *,
    unit: str | None = None,
    person: UUID | None = None,
    kind: Post | None = None,
    on: date | None = None,
) -> tuple[list[PostingOut], str | None]:
    """Visible postings, the latest begun first."""
    since, key = col(Posting.since), col(Posting.id)
    query = _query().where(visible)
    if unit is not None:
        query = query.where(inside(col(Posting.unit), [unit]))
    if person is not None:
        query = query.where(col(Posting.person_id) == person)
    if kind is not None:
        query = query.where(col(Posting.kind) == kind.value)
    if on is not None:
        query = query.where(valid_on(since, col(Posting.until), on))
    query = paging.onward(query, since, key, descending=True)
    rows, following = paging.cut(
        list((await session.exec(query)).all()), lambda r: (r[0].since, r[0].id)
    )
    return [shown(*row) for row in rows], following


async def one(session: AsyncSession, posting_id: UUID) -> PostingOut:
    """A posting that the caller has just written."""
    return shown(*(await session.exec(_query().where(col(Posting.id) == posting_id))).one())


def _query() -> Any:
    return (
        select(Posting, col(User.name), col(Unit.name))
        .join(User, col(User.id) == col(Posting.person_id))
        .join(Unit, col(Unit.code) == col(Posting.unit))
    )


def shown(row: Posting, person: str, unit: str) -> PostingOut:
    """A posting on the wire."""
    return PostingOut(
        id=row.id,
        person=PersonOut(id=row.person_id, name=person),
        unit=row.unit,
        unit_name=unit,
        kind=Post(row.kind),
        since=row.since,
        until=row.until,
        reason=row.reason,
        county=row.county,
        rev=row.rev,
    )
