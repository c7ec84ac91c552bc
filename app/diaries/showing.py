"""Diaries as they go over the wire: a few SELECTs for a page, however many are on it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.checkins.closed import Came, late_ones
from app.core.clock import civil_day
from app.diaries.models import Diary
from app.diaries.schemas import DiaryOut, MarkOut, VersionOut
from app.diaries.service import RECORD_KIND
from app.ledger.models import LedgerLeaf
from app.photos.models import Upload
from app.postings.schemas import PersonOut
from app.records.schemas import ReceiptOut, stands
from app.records.service import Put
from app.reviews import reading as reviews
from app.reviews.reading import UNFLAGGED

PERIOD_CLOSED = MarkOut(
    code="period_closed",
    says="这一天所在的考核周期已在收到之前封存;日志照常保存,管理员再次封存时计入新版本",
)


async def recorded(session: AsyncSession, put: Put[Diary]) -> DiaryOut:
    """The reply to a diary that stands."""
    row, _ = stands(put)
    found = (await session.exec(with_author().where(col(Diary.id) == row.id))).all()
    return (await dressed(session, found))[0]


def with_author() -> Any:
    """Diaries with their authors' names."""
    return select(Diary, col(User.name)).join(User, col(User.id) == col(Diary.author_id))


async def dressed(session: AsyncSession, rows: Sequence[tuple[Diary, str]]) -> list[DiaryOut]:
    """These diaries with their chains, missing photos and receipts."""
    diaries = [row for row, _ in rows]
    if not diaries:
        return []
    chains = await _chains(session, diaries)
    uploaded = await _uploaded(session, diaries)
    receipts = await _receipts(session, diaries)
    flagged = await reviews.flagged(session, RECORD_KIND, [row.id for row in diaries])
    late = await late_ones(session, [_came(row) for row in diaries])
    return [
        DiaryOut(
            id=row.id,
            author=PersonOut(id=row.author_id, name=name),
            work_date=row.work_date,
            month=month_of(row.work_date),
            text=row.text,
            households=row.households,
            photos=row.photos,
            check_ins=row.check_ins,
            written_at=row.written_at,
            received_at=row.received_at,
            replaces=row.replaces,
            replaced_by=next((v.id for v in chains[row.chain] if v.replaces == row.id), None),
            versions=[
                VersionOut(id=v.id, written_at=v.written_at, received_at=v.received_at)
                for v in chains[row.chain]
            ],
            marks=[*marks(row), *([PERIOD_CLOSED] if row.id in late else [])],
            photos_missing=[p for p in row.photos if (row.author_id, p) not in uploaded],
            state=flagged.get(row.id, UNFLAGGED).state,
            flags=list(flagged.get(row.id, UNFLAGGED).flags),
            receipt=receipts[row.id],
        )
        for row, name in rows
    ]


def _came(row: Diary) -> Came:
    return Came(row.id, row.author_id, row.work_date, row.received_at)


async def _chains(session: AsyncSession, diaries: Sequence[Diary]) -> dict[UUID, list[Any]]:
    """Every version of these diaries, the earliest first."""
    roots = {row.chain for row in diaries}
    query = (
        select(
            col(Diary.root),
            col(Diary.id),
            col(Diary.replaces),
            col(Diary.written_at),
            col(Diary.received_at),
        )  # type: ignore[call-overload]  # five columns; the overloads end at four
        .where(or_(col(Diary.root).in_(roots), col(Diary.id).in_(roots)))
        .order_by(col(Diary.received_at), col(Diary.id))
    )
    out: dict[UUID, list[Any]] = defaultdict(list)
    for version in (await session.exec(query)).all():
        out[version.root or version.id].append(version)
    return out


async def _uploaded(session: AsyncSession, diaries: Sequence[Diary]) -> set[tuple[UUID, str]]:
    """Whose bytes of which photos are there."""
    named = {photo for row in diaries for photo in row.photos}
    if not named:
        return set()
    query = select(col(Upload.user_id), col(Upload.sha256)).where(
        col(Upload.user_id).in_({row.author_id for row in diaries}), col(Upload.sha256).in_(named)
    )
    return set((await session.exec(query)).all())


async def _receipts(session: AsyncSession, diaries: Sequence[Diary]) -> dict[UUID, ReceiptOut]:
    query = select(LedgerLeaf).where(
        col(LedgerLeaf.table_name) == Diary.__tablename__,
        col(LedgerLeaf.kind) == "create",
        col(LedgerLeaf.row_id).in_([str(row.id) for row in diaries]),
    )
    return {
        UUID(leaf.row_id): ReceiptOut(log=leaf.log, seq=leaf.seq, leaf=bytes(leaf.leaf).hex())
        for leaf in (await session.exec(query)).all()
    }


def month_of(day: date) -> str:
    """The period key of the month that a day lies in."""
    return f"{day.year:04}-{day.month:02}"


def marks(row: Diary) -> list[MarkOut]:
    """What a reader should know of the diary's days; whether it is late is for the policy."""
    written, received = civil_day(row.written_at), civil_day(row.received_at)
    out = []
    if row.work_date > received:
        says = f"工作日期 {row.work_date} 晚于收到之日 {received}"
        out.append(MarkOut(code="future_work_date", says=says))
    if row.written_at > row.received_at:
        says = "手机记录的写作时间晚于服务器收到的时间,手机时钟可能不准"
        out.append(MarkOut(code="written_after_arrival", says=says))
    if month_of(min(written, received)) > month_of(row.work_date):
        says = f"写于 {min(written, received)},在工作日期所在月份之后"
        out.append(MarkOut(code="written_after_month", says=says))
    return out
