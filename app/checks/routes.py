"""Proposed centres of villages over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlmodel import col

from app.checks import proposals
from app.checks.schemas import FenceProposalsOut
from app.core.db import ReadDb
from app.core.errors import Forbidden
from app.core.http import SIGNED_IN, can_fail
from app.core.wire import UnitCode
from app.org.models import Unit
from app.postings import scope
from app.postings.scope import Sight, Viewer, need

router = APIRouter(tags=["units 行政区划"])


@router.get(
    "/fence-proposals",
    dependencies=[Depends(need(Sight.REGISTER))],
    responses={**SIGNED_IN, **can_fail(Forbidden)},
)
async def list_fence_proposals(
    viewer: Viewer,
    session: ReadDb,
    unit: Annotated[UnitCode | None, Query(description="只看这个单位以内")] = None,
) -> FenceProposalsOut:
    """Villages whose people's fixes lie elsewhere than the fence's centre, or that have no fence."""
    visible = scope.inside(col(Unit.code), viewer.units(Sight.REGISTER))
    if unit is not None:
        visible = visible & scope.inside(col(Unit.code), [unit])
    return FenceProposalsOut(items=await proposals.of(session, visible, viewer))
