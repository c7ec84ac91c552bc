"""The household register over HTTP, for administrators."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from app.core.clock import now
from app.core.crypto import Seal
from app.core.db import Db
from app.core.errors import InvalidBody
from app.core.http import SIGNED_IN, ProblemResponse, can_fail, refuse
from app.households import reading, registering, showing
from app.households.errors import AlreadyPaired
from app.households.schemas import (
    HouseholdIn,
    HouseholdOut,
    MemberIn,
    MemberOut,
    PairingIn,
    PairingOut,
)
from app.households.service import in_sight
from app.postings.scope import Sight, Viewer, need
from app.records.errors import IdTaken

router = APIRouter(
    tags=["household register 农户登记"], dependencies=[Depends(need(Sight.REGISTER))]
)


def _put(model: type, *problems: Any) -> dict[str, Any]:
    return {
        "response_model": model,
        "responses": {
            201: {"model": model, "description": "Created"},
            200: {"description": "Revised, or the same stood already"},
            **SIGNED_IN,
            **can_fail(InvalidBody, IdTaken, *problems),
        },
    }


@router.put("/households/{household_id}", **_put(HouseholdOut))
async def put_household(
    household_id: UUID,
    body: HouseholdIn,
    viewer: Viewer,
    session: Db,
    sealer: Seal,
    response: Response,
) -> HouseholdOut | ProblemResponse:
    """Register a household in a village of the caller (201), or revise it (200)."""
    put = await registering.put_household(session, viewer, household_id, body, now())
    shown = await reading.one(session, sealer, in_sight(viewer), household_id, viewer.today)
    if put.row is None or shown is None:
        return refuse(IdTaken())
    response.status_code = put.fate.value
    return shown


@router.put("/households/{household_id}/members/{member_id}", **_put(MemberOut))
async def put_member(
    household_id: UUID,
    member_id: UUID,
    body: MemberIn,
    viewer: Viewer,
    session: Db,
    sealer: Seal,
    response: Response,
) -> MemberOut | ProblemResponse:
    """Add a member (201) or revise one (200); a number left out stays, null deletes it."""
    put = await registering.put_member(
        session, sealer, viewer, household_id, member_id, body, now()
    )
    if put.row is None:
        return refuse(IdTaken())
    response.status_code = put.fate.value
    return showing.member(sealer, put.row)


@router.put("/pairings/{pairing_id}", **_put(PairingOut, AlreadyPaired))
async def put_pairing(
    pairing_id: UUID, body: PairingIn, viewer: Viewer, session: Db, response: Response
) -> PairingOut | ProblemResponse:
    """Pair a helper with a household (201), or change its dates (200); ended by ``to``."""
    put = await registering.put_pairing(session, viewer, pairing_id, body, now())
    if put.row is None:
        return refuse(IdTaken())
    response.status_code = put.fate.value
    return await registering.pairing(session, pairing_id)
