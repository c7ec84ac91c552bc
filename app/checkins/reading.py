"""Check-ins as their readers see them: one SELECT for a page, one shape for a record."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.checkins.closed import late_ones
from app.checkins.models import CheckIn, Kind, Place, TimeState, Withdrawal
from app.checkins.schemas import CheckInOut, RemarkOut, TimeOut
from app.checkins.service import RECORD_KIND, Recorded, came
from app.checkins.timing import says_of
from app.checkins.verdict import beside, counts, judge
from app.core.clock import today
from app.core.paging import PageQuery
from app.households.models import Household
from app.ledger.service import Receipt, receipts_of
from app.photos.models import PhotoUse, Upload
from app.postings.models import Posting
from app.postings.schemas import PersonOut
from app.postings.scope import Caller, posted, valid_on
from app.records.schemas import ReceiptOut
from app.reviews import reading as reviews
from app.reviews.reading import UNFLAGGED, Flagged

State: TypeAlias = Literal["counted", "in_review", "not_counted"]


def shown(
    row: CheckIn,
    receipt: Receipt,
    *,
    author: str,
    posted_units: Iterable[str],
    household_village: str | None = None,
    photos_missing: Iterable[str] = (),
    withdrawn: str | None = None,
    flagged: Flagged = UNFLAGGED,
    anchor: str | None = None,
    closed: bool = False,
) -> CheckInOut:
    """One check-in on the wire; remarks and state are derived anew at each reading."""
    remarks = judge(
        row,
        posted_units=posted_units,
        household_village=household_village,
        withdrawn=withdrawn is not None,
        to_come=row.day > today(),
        closed=closed,
    )
    return CheckInOut.model_construct(
        id=row.id,
        person=PersonOut.model_construct(id=row.person_id, name=author),
        kind=Kind(row.kind),
        day=row.day,
        village=row.village,
        household=row.household_id,
        place=Place(row.place),
        distance_m=row.distance_m,
        accuracy_m=None if row.accuracy_mm is None else row.accuracy_mm / 1000,
        no_fix_reason=row.no_fix_reason,
        time=_time(row),
        state=flagged.state if counts(remarks) else "not_counted",
        remarks=[
            RemarkOut.model_construct(code=r.code, says=r.says, counts=r.counts)
            for r in beside(remarks, {flag.code for flag in flagged.flags})
        ],
        flags=list(flagged.flags),
        photos=list(row.photos),
        photos_missing=list(photos_missing),
        note=row.note,
        receipt=ReceiptOut.model_construct(
            log=receipt.log, seq=receipt.seq, leaf=receipt.leaf.hex()
        ),
        anchor=anchor,
        captured_at=row.captured_at,
        received_at=row.received_at,
        withdrawn=withdrawn,
    )


def _time(row: CheckIn) -> TimeOut:
    """Rows older than the column are bounded by their arrival, as they always were."""
    upper = row.time_to or row.received_at
    return TimeOut.model_construct(
        state=TimeState(row.time_state),
        from_=row.time_from,
        to=upper,
        says=says_of(row.time_state, row.time_from, upper),
    )


def of_recorded(
    done: Recorded,
    caller: Caller,
    anchor: str | None = None,
    flagged: Flagged = UNFLAGGED,
) -> CheckInOut:
    """The reply to a PUT, from what the write already knew; ``anchor`` is a fresh one."""
    if done.row is None or done.receipt is None:
        raise ValueError(f"nothing stands after {done.fate}")
    return shown(
        done.row,
        done.receipt,
        author=caller.name,
        posted_units=[held.unit for held in caller.postings if held.on(done.row.day)],
        household_village=done.household_village,
        photos_missing=done.photos_missing,
        withdrawn=done.withdrawn,
        anchor=anchor,
        flagged=flagged,
        closed=done.closed,
    )


async def page(
    session: AsyncSession,
    visible: ColumnElement[bool],
    paging: PageQuery,
    *,
    person: UUID | None = None,
    inside_unit: ColumnElement[bool] | None = None,
    since: date | None = None,
    until: date | None = None,
    state: State | None = None,
) -> tuple[list[CheckInOut], str | None]:
    """Visible check-ins, newest captured first."""
    query = _query().where(visible)
    if person is not None:
        query = query.where(col(CheckIn.person_id) == person)
    if inside_unit is not None:
        query = query.where(inside_unit)
    if since is not None:
        query = query.where(col(CheckIn.day) >= since)
    if until is not None:
        query = query.where(col(CheckIn.day) <= until)
    if state is not None:
        query = query.where(_in_state(state))
    order = (col(CheckIn.captured_at), col(CheckIn.id))
    query = paging.onward(query, *order, descending=True)
    rows, following = paging.cut(
        list((await session.exec(query)).all()), lambda r: (r[0].captured_at, r[0].id)
    )
    return await _dressed(session, rows), following


async def one(
    session: AsyncSession, check_in_id: UUID, visible: ColumnElement[bool]
) -> CheckInOut | None:
    """One visible check-in, or None."""
    query = _query().where(col(CheckIn.id) == check_in_id, visible)
    rows = list((await session.exec(query)).all())
    return (await _dressed(session, rows))[0] if rows else None


def _query() -> Any:
    return (
        select(CheckIn, col(User.name), col(Household.village), col(Withdrawal.reason))
        .join(User, col(User.id) == col(CheckIn.person_id))
        .outerjoin(Household, col(Household.id) == col(CheckIn.household_id))
        .outerjoin(Withdrawal, col(Withdrawal.check_in_id) == col(CheckIn.id))
    )


def _in_state(state: State) -> ColumnElement[bool]:
    """As ``shown`` finds it, in SQL: postings and withdrawals first, then what the flags say."""
    against = reviews.against(RECORD_KIND, col(CheckIn.id))
    under_review = reviews.under_review(RECORD_KIND, col(CheckIn.id))
    match state:
        case "counted":
            return and_(_counts(), ~against, ~under_review)
        case "in_review":
            return and_(_counts(), ~against, under_review)
        case "not_counted":
            return or_(~_counts(), against)


def _counts() -> ColumnElement[bool]:
    """As ``verdict.counts``, in SQL: posted in that village on a day that has come, not withdrawn."""
    here = col(CheckIn.village).startswith(col(Posting.unit))
    return and_(
        col(Withdrawal.check_in_id).is_(None),
        col(CheckIn.day) <= today(),
        posted(col(CheckIn.person_id), col(CheckIn.day), here),
    )


async def _dressed(session: AsyncSession, rows: list[Any]) -> list[CheckInOut]:
    """The rows with receipts, postings of their days, and photos still to come."""
    if not rows:
        return []
    ids = [row[0].id for row in rows]
    receipts = await receipts_of(session, str(CheckIn.__tablename__), ids)
    units = await _posted_units(session, ids)
    missing = await _missing(session, ids)
    flagged = await reviews.flagged(session, RECORD_KIND, ids)
    late = await late_ones(session, [came(row[0]) for row in rows])
    return [
        shown(
            row,
            receipts[row.id],
            author=author,
            posted_units=units.get(row.id, ()),
            household_village=household_village,
            photos_missing=missing.get(row.id, ()),
            withdrawn=withdrawn,
            flagged=flagged.get(row.id, UNFLAGGED),
            closed=row.id in late,
        )
        for row, author, household_village, withdrawn in rows
    ]


async def _posted_units(session: AsyncSession, ids: list[UUID]) -> dict[UUID, list[str]]:
    query = (
        select(col(CheckIn.id), col(Posting.unit))
        .join(Posting, col(Posting.person_id) == col(CheckIn.person_id))
        .where(
            col(CheckIn.id).in_(ids),
            valid_on(col(Posting.since), col(Posting.until), col(CheckIn.day)),
        )
    )
    out: dict[UUID, list[str]] = {}
    for check_in_id, unit in (await session.exec(query)).all():
        out.setdefault(check_in_id, []).append(unit)
    return out


async def _missing(session: AsyncSession, ids: list[UUID]) -> dict[UUID, list[str]]:
    query = (
        select(col(PhotoUse.record_id), col(PhotoUse.sha256))
        .outerjoin(
            Upload,
            and_(
                col(Upload.sha256) == col(PhotoUse.sha256),
                col(Upload.user_id) == col(PhotoUse.author_id),
            ),
        )
        .where(col(PhotoUse.record_id).in_(ids), col(Upload.id).is_(None))
        .order_by(col(PhotoUse.position))
    )
    out: dict[UUID, list[str]] = {}
    for record_id, sha256 in (await session.exec(query)).all():
        out.setdefault(record_id, []).append(sha256)
    return out
