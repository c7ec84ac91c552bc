"""Spot checks over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.core.clock import now
from app.core.db import Db, ReadDb
from app.core.http import SIGNED_IN, can_fail
from app.core.paging import Page, Paging
from app.core.wire import UnitCode
from app.postings.scope import Viewer
from app.spotchecks import reading, service
from app.spotchecks.errors import (
    OwnSpotCheck,
    SpotCheckAnnounced,
    SpotCheckMonth,
    SpotCheckRecorded,
    SpotCheckTooEarly,
)
from app.spotchecks.schemas import (
    MONTH,
    AnnounceIn,
    OwnResultOut,
    ResultIn,
    SpotCheckLine,
    SpotCheckListOut,
    SpotCheckOut,
)

router = APIRouter(tags=["spot checks 抽查"])


@router.get("/spot-checks", responses=SIGNED_IN)
async def list_spot_checks(
    viewer: Viewer,
    session: ReadDb,
    paging: Paging,
    unit: Annotated[UnitCode | None, Query(description="抽查的单位,含其下级")] = None,
    month: Annotated[str | None, Query(pattern=MONTH, examples=["2026-10"])] = None,
) -> Page[SpotCheckLine]:
    """Spot checks with how many were found as recorded, the latest month first."""
    items, following = await reading.page(session, viewer, paging, unit, month)
    return Page(items=items, next=following)


@router.post(
    "/spot-checks",
    status_code=201,
    responses={**SIGNED_IN, **can_fail(SpotCheckAnnounced, SpotCheckMonth)},
)
async def announce_spot_check(body: AnnounceIn, viewer: Viewer, session: Db) -> SpotCheckOut:
    """Announce a draw as a reviewer: the service makes its seed, which the log commits to."""
    row = await service.announce(session, viewer, body, now())
    return await reading.one(session, viewer, row.id)


@router.get("/spot-checks/{spot_check_id}", responses=SIGNED_IN)
async def get_spot_check(spot_check_id: UUID, viewer: Viewer, session: ReadDb) -> SpotCheckOut:
    """One spot check: seed, draw, counts by unit below, and what was found."""
    return await reading.one(session, viewer, spot_check_id)


@router.post(
    "/spot-checks/{spot_check_id}/draw",
    responses={**SIGNED_IN, **can_fail(SpotCheckTooEarly)},
)
async def draw_spot_check(spot_check_id: UUID, viewer: Viewer, session: Db) -> SpotCheckOut:
    """Draw, once the month is over: the list is frozen, the seed decides; again it is the same."""
    row = await service.draw(session, viewer, spot_check_id, now())
    return await reading.one(session, viewer, row.id)


@router.get("/spot-checks/{spot_check_id}/list", responses=SIGNED_IN)
async def get_spot_check_list(
    spot_check_id: UUID, viewer: Viewer, session: ReadDb
) -> SpotCheckListOut:
    """The list that was drawn from, so that a reviewer or auditor can repeat the draw."""
    return await reading.the_list(session, viewer, spot_check_id)


@router.get("/spot-check-results", responses=SIGNED_IN)
async def list_own_results(viewer: Viewer, session: ReadDb) -> list[OwnResultOut]:
    """What spot checks found about the caller."""
    return await reading.own(session, viewer)


@router.put(
    "/spot-check-results/{result_id}",
    responses={**SIGNED_IN, **can_fail(SpotCheckRecorded), 403: can_fail(OwnSpotCheck)[403]},
)
async def record_result(
    result_id: UUID, body: ResultIn, viewer: Viewer, session: Db
) -> SpotCheckOut:
    """Record what was found about one stay day that was drawn, once, and not about oneself."""
    item = await service.record(session, viewer, result_id, body, now())
    return await reading.one(session, viewer, item.spot_check_id)
