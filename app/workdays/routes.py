"""The working calendar over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response
from sqlmodel import col

from app.core.clock import now
from app.core.db import Db, ReadDb
from app.core.errors import Forbidden, InvalidBody, NotFound
from app.core.http import SIGNED_IN, ProblemResponse, can_fail, refuse
from app.core.wire import UnitCode
from app.org import service as org
from app.org.models import Unit
from app.postings import scope
from app.postings.scope import Sight, Viewer, need
from app.records.errors import IdTaken
from app.workdays import service
from app.workdays.errors import AlreadyEntered, SaysNothing
from app.workdays.schemas import FIRST_YEAR, LAST_YEAR, LocalDayIn, LocalDayOut, YearIn, YearOut

router = APIRouter(tags=["calendar 工作日历"])
Year = Annotated[int, Path(ge=FIRST_YEAR, le=LAST_YEAR)]


@router.get("/calendar/{year}", responses=SIGNED_IN)
async def get_calendar(
    year: Year,
    viewer: Viewer,
    session: ReadDb,
    unit: Annotated[
        UnitCode | None, Query(description="含该单位及其上级自定的日子;不填为全国日历")
    ] = None,
) -> YearOut:
    """A year's days that differ from their weekdays; ``missing`` when the year is not known."""
    if unit is not None:
        visible = scope.units(viewer, col(Unit.code))
        if await org.one(session, unit, visible, viewer.today) is None:
            raise NotFound
    return await service.year_of(session, year, unit)


@router.put(
    "/calendar/{year}",
    dependencies=[Depends(need(Sight.CALENDAR))],
    responses={201: {"model": YearOut, "description": "Created"}, **SIGNED_IN},
)
async def put_year(
    year: Year, body: YearIn, viewer: Viewer, session: Db, response: Response
) -> YearOut:
    """Enter a whole year from its notice (201), or bring it up to date (200)."""
    fresh = await service.put_year(session, year, body, actor_id=viewer.id, received_at=now())
    response.status_code = 201 if fresh else 200
    return await service.year_of(session, year, None)


@router.put(
    "/calendar/days/{day_id}",
    response_model=LocalDayOut,
    dependencies=[Depends(need(Sight.REST_DAYS))],
    responses={
        201: {"model": LocalDayOut, "description": "Created"},
        **SIGNED_IN,
        **can_fail(Forbidden, IdTaken, AlreadyEntered, InvalidBody, SaysNothing),
    },
)
async def put_day(
    day_id: UUID, body: LocalDayIn, viewer: Viewer, session: Db, response: Response
) -> LocalDayOut | ProblemResponse:
    """Enter a unit's own day (201), change it (200), or take it back with ``dropped``."""
    may = scope.inside(col(Unit.code), viewer.units(Sight.REST_DAYS))
    put = await service.put_day(session, day_id, body, may, actor_id=viewer.id, received_at=now())
    if put.row is None:
        return refuse(IdTaken())
    response.status_code = put.fate.value
    return service.shown(put.row)
