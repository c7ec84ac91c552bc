"""Writing diaries. A submitted one never changes; a newer version replaces it."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.checkins.models import CheckIn
from app.core.errors import NotFound, Problem
from app.diaries.errors import DiaryDiffers, DiaryReplaced
from app.diaries.models import Diary
from app.diaries.schemas import DiaryIn
from app.households.models import Household
from app.photos.naming import Naming, name_photos_in
from app.postings.scope import Caller, households
from app.records import service as records
from app.records.errors import refused
from app.records.models import Conflict
from app.records.service import Fate, Put

RECORD_KIND = "diary"


async def put_diary(
    session: AsyncSession,
    viewer: Caller,
    diary_id: UUID,
    body: DiaryIn,
    received_at: datetime,
) -> Put[Diary]:
    """Keep a diary once, under the id that the phone made.

    When ``replaces`` names a version that another one has replaced already, the body is kept as a
    conflict and the *newest version* comes back as the row of ``Fate.differs``; ``problem`` tells.
    """
    stood = await _own(session, viewer, diary_id)
    # what stands is its author's to repeat, whatever has become of scope and versions since
    previous = stood
    if stood is None:
        await _check_households(session, viewer, body)
        await _check_check_ins(session, viewer, body)
        previous = await _previous(session, viewer, body)
    row = _row(viewer, diary_id, body, received_at, previous)
    newest = None if stood else await _newer(session, body, diary_id)
    if newest is not None:
        await records.keep(session, _conflict(newest, row, body))
        return Put(Fate.differs, newest)
    put = await records.put(
        session,
        row,
        kind=RECORD_KIND,
        author_id=viewer.id,
        author_column="author_id",
        body=body.model_dump(mode="json"),
        received_at=received_at,
    )
    if put.fate is Fate.created:
        naming = Naming(RECORD_KIND, diary_id, row.county, viewer.id, row.work_date)
        await name_photos_in(session, naming, body.photos)
    return put


def problem(put: Put[Diary], diary_id: UUID) -> Problem | None:
    """What a PUT is refused with (to be *returned*: what was kept is committed), or None."""
    if put.fate is Fate.differs and put.row is not None and put.row.id != diary_id:
        return DiaryReplaced(f"{DiaryReplaced.detail}最新版本:{put.row.id}")
    return refused(put.fate, DiaryDiffers)


def _row(
    viewer: Caller, diary_id: UUID, body: DiaryIn, received_at: datetime, previous: Diary | None
) -> Diary:
    clock = body.clock.model_dump(mode="json") if body.clock else None
    return Diary(
        id=diary_id,
        county=previous.county if previous else _that_day(viewer, body).home(),
        author_id=viewer.id,
        work_date=body.work_date,
        text=body.text,
        households=[str(key) for key in body.households],
        photos=list(body.photos),
        check_ins=[str(key) for key in body.check_ins],
        written_at=body.written_at,
        received_at=received_at,
        replaces=body.replaces,
        root=previous.chain if previous and previous.id != diary_id else None,
        clock=clock,
        digest=body.digest(),
    )


def _conflict(newest: Diary, row: Diary, body: DiaryIn) -> Conflict:
    return Conflict(
        county=newest.county,
        record_kind=RECORD_KIND,
        record_id=newest.id,
        author_id=row.author_id,
        body=body.model_dump(mode="json"),
        received_at=row.received_at,
        digest=row.digest,
    )


def _that_day(viewer: Caller, body: DiaryIn) -> Caller:
    """The caller with the posts they held on the day that the diary tells of."""
    return replace(viewer, today=body.work_date)


async def _own(session: AsyncSession, viewer: Caller, diary_id: UUID) -> Diary | None:
    query = select(Diary).where(col(Diary.id) == diary_id, col(Diary.author_id) == viewer.id)
    return (await session.exec(query)).one_or_none()


async def _previous(session: AsyncSession, viewer: Caller, body: DiaryIn) -> Diary | None:
    """The version to be replaced, locked: of two phones that replace it, one comes second."""
    if body.replaces is None:
        return None
    query = select(Diary).where(col(Diary.id) == body.replaces, col(Diary.author_id) == viewer.id)
    found = (await session.exec(query.with_for_update())).one_or_none()
    if found is None:
        raise NotFound("没有找到要更正的日志(replaces),或不是您本人写的。请核对日志编号。")
    return found


async def _newer(session: AsyncSession, body: DiaryIn, diary_id: UUID) -> Diary | None:
    """The newest version of the chain, if ``replaces`` is not it (or only this diary itself)."""
    if body.replaces is None:
        return None
    root = select(func.coalesce(Diary.root, Diary.id)).where(col(Diary.id) == body.replaces)
    query = select(Diary).where(col(Diary.root) == root.scalar_subquery())
    chain = {row.replaces: row for row in (await session.exec(query)).all()}
    newest = chain.get(body.replaces)
    if newest is None or newest.id == diary_id:
        return None
    while (after := chain.get(newest.id)) is not None:
        newest = after
    return newest


async def _check_households(session: AsyncSession, viewer: Caller, body: DiaryIn) -> None:
    """Each is in the author's sight today or on the work date, or was visited by a check-in named.

    A diary of November may arrive in December, when the pairing has ended.
    """
    if not body.households:
        return
    key, village = col(Household.id), col(Household.village)
    seen: list[ColumnElement[bool]] = [
        households(viewer, key, village),
        households(_that_day(viewer, body), key, village),
    ]
    if body.check_ins:
        visited = select(CheckIn.household_id).where(
            col(CheckIn.person_id) == viewer.id, col(CheckIn.id).in_(body.check_ins)
        )
        seen.append(key.in_(visited))
    query = select(Household.id).where(key.in_(body.households), or_(*seen))
    found = set((await session.exec(query)).all())
    _all_found(
        "households", "没有找到这户,或不在您的管理范围内", body.households, found,
        "请从日志中去掉这些户,或请乡镇管理员核对结对关系后重新提交;日志仍保存在手机上。",
    )  # fmt: skip


async def _check_check_ins(session: AsyncSession, viewer: Caller, body: DiaryIn) -> None:
    if not body.check_ins:
        return
    query = select(CheckIn.id).where(
        col(CheckIn.id).in_(body.check_ins), col(CheckIn.person_id) == viewer.id
    )
    found = set((await session.exec(query)).all())
    _all_found(
        "check_ins", "没有找到这条签到,或不是您本人的", body.check_ins, found,
        "请先上传签到,再提交日志;日志仍保存在手机上。",
    )  # fmt: skip


def _all_found(field: str, why: str, asked: list[UUID], found: set[UUID], mend: str) -> None:
    absent = [(n, key) for n, key in enumerate(asked) if key not in found]
    if not absent:
        return
    named = "、".join(str(key) for _, key in absent[:5]) + ("等" if len(absent) > 5 else "")
    raise NotFound(
        f"{why}({field}):{named}。{mend}",
        errors=[{"where": f"{field}.{n}", "why": f"{why}:{key}"} for n, key in absent],
    )
