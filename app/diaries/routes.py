"""Diaries over HTTP."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlmodel import col

from app.core.clock import now
from app.core.db import Db, ReadDb
from app.core.errors import NotFound
from app.core.http import SIGNED_IN, ProblemResponse, can_fail, refuse
from app.core.paging import Page, Paging
from app.core.wire import UnitCode
from app.diaries import alike, drafting, reading, service, showing
from app.diaries.errors import DiaryDiffers, DiaryReplaced
from app.diaries.models import Diary
from app.diaries.schemas import AlikeIn, AlikeOut, DiaryIn, DiaryOut, DraftOut
from app.postings.models import Posting
from app.postings.scope import Caller, Clause, Viewer, inside, posted, records
from app.records.errors import IdTaken

router = APIRouter(tags=["diaries 帮扶日志"])
MONTH = r"^[1-9][0-9]{3}-(0[1-9]|1[0-2])$"


@router.put(
    "/diaries/{diary_id}",
    response_model=DiaryOut,
    responses={
        201: {"model": DiaryOut, "description": "Recorded"},
        200: {"description": "The same body stood already"},
        **SIGNED_IN,
        **can_fail(DiaryDiffers, DiaryReplaced, IdTaken),
    },
)
async def put_diary(
    diary_id: UUID, body: DiaryIn, viewer: Viewer, session: Db, response: Response
) -> DiaryOut | ProblemResponse:
    """Submit a diary once, under the id that the phone made; ``replaces`` makes a new version."""
    put = await service.put_diary(session, viewer, diary_id, body, now())
    if problem := service.problem(put, diary_id):
        return refuse(problem)
    response.status_code = put.fate.value
    return await showing.recorded(session, put)


@router.get("/diaries", responses=SIGNED_IN)
async def list_diaries(
    viewer: Viewer,
    session: ReadDb,
    paging: Paging,
    person: UUID | None = None,
    unit: Annotated[UnitCode | None, Query(description="作者当日任职单位,含其下级")] = None,
    since: Annotated[date | None, Query(alias="from", description="工作日期起(含)")] = None,
    until: Annotated[date | None, Query(alias="to", description="工作日期止(含)")] = None,
) -> Page[DiaryOut]:
    """Newest versions of the diaries that the caller may read, the latest work date first."""
    of_unit = None
    if unit is not None:
        author, day = col(Diary.author_id), col(Diary.work_date)
        of_unit = posted(author, day, inside(col(Posting.unit), [unit]))
    items, following = await reading.page(
        session,
        _visible(viewer),
        paging,
        person=person,
        of_unit=of_unit,
        since=since,
        until=until,
    )
    return Page(items=items, next=following)


@router.get("/diaries/draft", responses=SIGNED_IN)
async def draft_diary(
    viewer: Viewer,
    session: ReadDb,
    month: Annotated[str | None, Query(pattern=MONTH, examples=["2026-11"])] = None,
) -> DraftOut:
    """The month's own visits laid out for the writer, by day, with ids ready to be sent back."""
    first = date.fromisoformat(f"{month}-01") if month else viewer.today.replace(day=1)
    return await drafting.draft(session, viewer, first)


@router.post("/diaries/alike", responses=SIGNED_IN)
async def find_alike(body: AlikeIn, viewer: Viewer, session: ReadDb) -> AlikeOut:
    """Ask before sending whether a diary is much alike to another of the last or next 180 days."""
    return await alike.tell_writer(session, viewer, body)


@router.get("/diaries/{diary_id}", responses=SIGNED_IN)
async def get_diary(diary_id: UUID, viewer: Viewer, session: ReadDb) -> DiaryOut:
    """One version of a diary that the caller may read."""
    found = await reading.one(session, _visible(viewer), diary_id)
    if found is None:
        raise NotFound
    return found


def _visible(viewer: Caller) -> Clause:
    return records(viewer, col(Diary.author_id), col(Diary.work_date))
