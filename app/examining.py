"""What has to hold of the house as one: the log, what rows rest on beside their leaves, and the bytes."""

import hashlib
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import String, and_, cast, exists, func, null, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app import tables as all_tables
from app.activities.models import Activity, ActivityAttendee, ActivityOrganisation
from app.checkins.models import CheckIn
from app.core.storage import Absent, Store
from app.core.tables import Logged
from app.diaries.models import Diary
from app.ledger import auditing
from app.ledger.auditing import Question
from app.ledger.verify import Code, Finding
from app.photos.models import PhotoUse
from app.photos.shelf import PHOTOS
from app.quotas.closed import is_as_logged
from app.quotas.models import Closing, ErasedStanding
from app.requests.models import MakeUp
from app.retention.models import Erasure
from app.reviews.models import Flag, FlagAnswer, FlagAppeal
from app.spotchecks import drawing
from app.spotchecks.models import SpotCheck, SpotCheckList
from app.submissions.models import Submission
from app.submissions.shelf import FILES
from app.uploads.shelf import Shelf

__all__ = ["all_tables", "examine", "logged"]
PAGE = 500


def logged() -> list[type[Logged]]:
    """Every table whose rows have leaves."""
    return [model for model in _below(Logged) if hasattr(model, "__table__")]


def _below(model: type[Logged]) -> Iterator[type[Logged]]:
    for each in model.__subclasses__():
        yield each
        yield from _below(each)


async def examine(
    session: AsyncSession, question: Question, store: Store | None
) -> AsyncIterator[Finding]:
    """Everything that does not hold; without a store no bytes are read."""
    async for finding in auditing.check(session, question, logged()):
        yield finding
    for beside in (
        _closings, _erased, _frozen, _attended, _bound, _diaries, _submissions, _pictured,
    ):  # fmt: skip
        try:
            async for finding in beside(session):
                yield finding
        except auditing.UNREADABLE:
            continue  # a row with a value that cannot be read: it is named already
    for shelf in (PHOTOS, FILES):
        async for finding in _bytes(session, shelf, store):
            yield finding


async def _closings(session: AsyncSession) -> AsyncIterator[Finding]:
    """Whether what was closed is what was logged as closed."""
    for closing in (await session.exec(select(Closing))).all():
        if not await is_as_logged(session, closing):
            says = "its standings are not those whose digest was logged"
            yield Finding(Code.altered, "closed_standings", str(closing.id), says, closing.county)


async def _erased(session: AsyncSession) -> AsyncIterator[Finding]:
    """Whether an order to erase stands behind every standing of which only the digest is left."""
    count = func.count(col(ErasedStanding.digest))
    query = select(col(ErasedStanding.erasure_id), count).group_by(col(ErasedStanding.erasure_id))
    left = dict((await session.exec(query)).all())
    for order in (await session.exec(select(Erasure))).all():
        ordered = order.rows.get("closed_standings", 0)
        if left.pop(order.id, 0) != ordered:
            says = f"not the {ordered} standings that its order erased"
            yield Finding(Code.altered, "erased_standings", str(order.id), says, order.county)
    for key in left:
        says = "no order to erase tells of these standings"
        yield Finding(Code.unlogged, "erased_standings", str(key), says)


async def _frozen(session: AsyncSession) -> AsyncIterator[Finding]:
    """Whether the list that a spot check drew from is the one whose digest was logged."""
    name = str(SpotCheckList.__tablename__)
    for drawn in (await session.exec(select(SpotCheck))).all():
        kept = await session.get(SpotCheckList, drawn.id)
        says, code = "", Code.altered
        if drawn.list_digest is None:
            says = "a list that was never drawn from" if kept is not None else ""
            code = Code.unlogged
        elif kept is None:
            says, code = "the list that was drawn from is not there", Code.missing
        elif drawing.digest(kept.lines) != drawn.list_digest or kept.county != drawn.county:
            says = "not the list whose digest was logged with the draw"
        if says:
            yield Finding(code, name, str(drawn.id), says, drawn.county)
        session.expunge_all()  # a county's list of a month is long
    stray = select(col(SpotCheckList.spot_check_id)).where(
        col(SpotCheckList.spot_check_id).not_in(select(col(SpotCheck.id)))
    )
    for key in (await session.exec(stray)).all():
        yield Finding(Code.unlogged, name, str(key), "of a spot check that is not there")


def _attended(session: AsyncSession) -> AsyncIterator[Finding]:
    return _listed(session, ActivityAttendee)


def _bound(session: AsyncSession) -> AsyncIterator[Finding]:
    return _listed(session, ActivityOrganisation)


def _diaries(session: AsyncSession) -> AsyncIterator[Finding]:
    return _chained(session, Diary)


def _submissions(session: AsyncSession) -> AsyncIterator[Finding]:
    return _chained(session, Submission)


async def _listed(
    session: AsyncSession, index: type[ActivityAttendee] | type[ActivityOrganisation]
) -> AsyncIterator[Finding]:
    """Whether the rows by which an activity counts for people are those that it names."""
    attending = index is ActivityAttendee
    name = str(index.__tablename__)
    after = UUID(int=0)
    while True:
        query = select(Activity).where(col(Activity.id) > after).order_by(col(Activity.id))
        activities = (await session.exec(query.limit(PAGE))).all()
        ids = [activity.id for activity in activities]
        rows: Any = select(index).where(col(index.activity_id).in_(ids))  # one of two types
        told = dict[UUID, list[tuple[Any, ...]]]()
        for row in await session.exec(rows.order_by(col(index.position))):
            key = row.person_id if isinstance(row, ActivityAttendee) else row.organisation_id
            part = (str(key), row.position, row.day, row.county)
            told.setdefault(row.activity_id, []).append(part)
        for each in activities:
            there = told.get(each.id, [])
            named = each.attendees if attending else each.organisations
            if there != [(key, n, each.day, each.county) for n, key in enumerate(named)]:
                says = f"not those that the activity names: {len(there)} of {len(named)}"
                yield Finding(Code.altered, name, str(each.id), says, each.county)
            if attending and each.attendances != len(named) + each.guests:
                says = "attendances are not attendees and guests together"
                yield Finding(Code.altered, "activities", str(each.id), says, each.county)
        session.expunge_all()
        if len(activities) < PAGE:
            break
        after = ids[-1]
    stray = select(col(index.activity_id)).where(
        col(index.activity_id).not_in(select(col(Activity.id)))
    )
    for activity_id in (await session.exec(stray.distinct())).all():
        yield Finding(Code.unlogged, name, str(activity_id), "of an activity that is not there")


async def _chained(
    session: AsyncSession, model: type[Diary] | type[Submission]
) -> AsyncIterator[Finding]:
    """Whether each version hangs below the first one: that is where the one it replaces hangs."""
    earlier = aliased(model)
    first = (
        select(func.coalesce(col(earlier.root), col(earlier.id)))
        .where(col(earlier.id) == col(model.replaces))
        .scalar_subquery()
    )
    query = select(col(model.id), col(model.county)).where(col(model.root).is_distinct_from(first))
    for row_id, county in (await session.exec(query)).all():
        says = "root is not the first of its versions"
        yield Finding(Code.altered, str(model.__tablename__), str(row_id), says, county)


def _naming() -> dict[str, Any]:
    """By kind, the records whose photos the checks compare, with what their uses are found by.

    Not portraits, submissions and figures: a household's village and whom a document is about may
    change or be erased after its photo was named.
    """
    visit, diary, meeting, made_up = CheckIn, Diary, Activity, MakeUp
    nowhere = null().label("village")
    out: dict[str, Any] = {  # six columns; the overloads end at four
        "check_in": select(visit.id, visit.county, visit.photos, visit.person_id, visit.day, visit.village),  # type: ignore[call-overload]
        "diary": select(diary.id, diary.county, diary.photos, diary.author_id, diary.work_date, nowhere),  # type: ignore[call-overload]
        "activity": select(meeting.id, meeting.county, meeting.photos, meeting.author_id, meeting.day, nowhere),  # type: ignore[call-overload]
        "make_up": select(made_up.id, made_up.county, made_up.evidence, made_up.author_id, made_up.day, made_up.village),  # type: ignore[call-overload]
    }  # fmt: skip
    for kind, said, key in (
        ("flag_answer", FlagAnswer, FlagAnswer.id),
        ("flag_appeal", FlagAppeal, FlagAppeal.flag_id),
    ):
        query: Any = select(key, said.county, said.photos, said.author_id, Flag.day, Flag.village)  # type: ignore[call-overload]
        out[kind] = query.join(Flag, col(Flag.id) == col(said.flag_id))
    return out


async def _pictured(session: AsyncSession) -> AsyncIterator[Finding]:
    """Whether the rows by which a photo is found again are those of the records that name it."""
    name, use = str(PhotoUse.__tablename__), PhotoUse
    told: Any = select(  # eight columns; the overloads end at four
        use.record_id, use.sha256, use.position, use.county, use.author_id, use.day, use.village, use.household_id
    )  # type: ignore[call-overload]  # fmt: skip
    for kind, query in _naming().items():
        key, _, photos, *_ = query.selected_columns
        there = query.with_only_columns(key).subquery()
        here = and_(col(use.record_kind) == kind, col(use.record_id) == key)
        # most records name no photo, and have none: they are not read at all
        query = query.where(or_(cast(photos, String) != "[]", exists().where(here)))
        after = UUID(int=0)
        while True:
            records = (await session.exec(query.where(key > after).order_by(key).limit(PAGE))).all()
            ids = [record[0] for record in records]
            rows = told.where(col(use.record_kind) == kind, col(use.record_id).in_(ids))
            found = dict[UUID, list[tuple[Any, ...]]]()
            for row in (await session.exec(rows.order_by(col(use.position)))).all():
                found.setdefault(row[0], []).append(tuple(row[1:]))
            for row_id, county, hashes, author, day, village in records:
                named = enumerate(dict.fromkeys(hashes or ()))
                wanted = [(sha, n, county, author, day, village, None) for n, sha in named]
                if found.get(row_id, []) != wanted:
                    says = f"not those of the photos that the {kind} names"
                    yield Finding(Code.altered, name, str(row_id), says, county)
            if len(records) < PAGE:
                break
            after = ids[-1]
        stray = select(col(use.record_id)).where(
            col(use.record_kind) == kind,
            ~exists().where(there.c[0] == col(use.record_id)),
        )
        for row_id in (await session.exec(stray.distinct())).all():
            yield Finding(Code.unlogged, name, str(row_id), f"of a {kind} that is not there")


async def _bytes(
    session: AsyncSession, shelf: Shelf, store: Store | None
) -> AsyncIterator[Finding]:
    """Whether what was uploaded is there, and still what its name, the SHA-256, says."""
    name = str(shelf.holding.__tablename__)
    uploaded, holding, after = shelf.uploaded, shelf.holding, ""
    while True:
        query = (
            select(col(uploaded.sha256), col(holding.sha256))
            .outerjoin(holding, col(holding.sha256) == col(uploaded.sha256))
            .where(col(uploaded.sha256) > after)
            .distinct()
            .order_by(col(uploaded.sha256))
            .limit(PAGE)
        )
        rows: list[Any] = list((await session.exec(query)).all())  # an outer join has no type
        for sha256, held in rows:
            if held is None:
                yield Finding(Code.missing, name, sha256, "uploaded, and no row tells of it")
            if store is None:
                continue
            try:
                data = await store.get(shelf.keys(sha256)[0])
            except Absent:
                yield Finding(Code.bytes, name, sha256, "the bytes are not in the store")
                continue
            if hashlib.sha256(data).hexdigest() != sha256:
                yield Finding(Code.bytes, name, sha256, "the bytes are not those of this hash")
        if len(rows) < PAGE:
            return
        after = rows[-1][0]
