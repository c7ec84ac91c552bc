"""Organisations over HTTP."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from sqlmodel import col

from app.core.clock import now
from app.core.db import Db, ReadDb
from app.core.errors import Forbidden, InvalidBody, NotFound
from app.core.http import SIGNED_IN, ProblemResponse, can_fail, refuse
from app.core.paging import Page, Paging
from app.core.wire import UnitCode, VillageCode
from app.org import organisations, organising
from app.org.errors import AlreadyActs, AlreadyServes, OrganisationEnded, SeatUnfit
from app.org.models import Organisation, OrganisationKind
from app.org.organisation_schemas import (
    ActingIn,
    ActingOut,
    OrganisationIn,
    OrganisationOut,
    ServedIn,
    ServedOut,
)
from app.postings import scope
from app.postings.scope import Caller, Sight, Viewer, need
from app.records.errors import IdTaken

router = APIRouter(tags=["organisations 组织"])


def _visible(viewer: Caller) -> scope.Clause:
    return scope.organisations(viewer, col(Organisation.id), col(Organisation.unit))


def _keeper(viewer: Caller) -> organising.Keeper:
    return organising.Keeper(
        viewer.id,
        viewer.county_for,
        viewer.keeps,
        lambda unit: viewer.over(unit, Sight.ORGANISE),
    )


def _put(model: type, *problems: Any) -> dict[str, Any]:
    return {
        "response_model": model,
        "dependencies": [Depends(need(Sight.ORGANISE))],
        "responses": {
            201: {"model": model, "description": "Created"},
            200: {"description": "Revised, or the same stood already"},
            **SIGNED_IN,
            **can_fail(Forbidden, IdTaken, InvalidBody, *problems),
        },
    }


@router.get("/organisations", responses=SIGNED_IN)
async def list_organisations(
    viewer: Viewer,
    session: ReadDb,
    paging: Paging,
    unit: Annotated[
        UnitCode | None, Query(description="单位代码,含其下级:设在那里的,和服务那里的村的")
    ] = None,
    kind: OrganisationKind | None = None,
    village: Annotated[VillageCode | None, Query(description="服务这个村或设在这个村的")] = None,
    on: Annotated[date | None, Query(description="只列这一天有效的;不填列出全部")] = None,
) -> Page[OrganisationOut]:
    """Organisations with their seat or a served village in the caller's units, or acted for."""
    wanted = organisations.Wanted(unit, village, kind, on)
    items, following = await organisations.page(session, _visible(viewer), wanted, paging)
    return Page(items=items, next=following)


@router.get("/organisations/{organisation_id}", responses=SIGNED_IN)
async def get_organisation(
    organisation_id: UUID, viewer: Viewer, session: ReadDb
) -> OrganisationOut:
    """One organisation; also an ended one, its records stand."""
    found = await organisations.one(session, _visible(viewer), organisation_id)
    if found is None:
        raise NotFound
    return found


@router.put("/organisations/{organisation_id}", **_put(OrganisationOut, SeatUnfit))
async def put_organisation(
    organisation_id: UUID, body: OrganisationIn, viewer: Viewer, session: Db, response: Response
) -> OrganisationOut | ProblemResponse:
    """Enter an organisation (201) or revise it (200); ended by ``to``, never deleted."""
    put = await organising.put_organisation(session, _keeper(viewer), organisation_id, body, now())
    shown = await organisations.one(
        session, col(Organisation.id) == organisation_id, organisation_id
    )
    if put.row is None or shown is None:
        return refuse(IdTaken())
    response.status_code = put.fate.value
    return shown


@router.put(
    "/organisations/{organisation_id}/villages/{service_id}",
    **_put(ServedOut, AlreadyServes, OrganisationEnded),
)
async def put_village(
    organisation_id: UUID,
    service_id: UUID,
    body: ServedIn,
    viewer: Viewer,
    session: Db,
    response: Response,
) -> ServedOut | ProblemResponse:
    """Enter a village that the organisation serves (201), or change its days (200)."""
    if await organisations.one(session, _visible(viewer), organisation_id) is None:
        raise NotFound
    put = await organising.put_village(
        session, _keeper(viewer), organisation_id, service_id, body, now()
    )
    if put.row is None:
        return refuse(IdTaken())
    response.status_code = put.fate.value
    return await organising.village_of(session, put.row)


@router.put(
    "/organisations/{organisation_id}/people/{acting_id}",
    **_put(ActingOut, AlreadyActs, OrganisationEnded),
)
async def put_person(
    organisation_id: UUID,
    acting_id: UUID,
    body: ActingIn,
    viewer: Viewer,
    session: Db,
    response: Response,
) -> ActingOut | ProblemResponse:
    """Enter somebody who acts for the organisation (201), or change the days (200)."""
    if await organisations.one(session, _visible(viewer), organisation_id) is None:
        raise NotFound
    free = scope.namable(viewer, body.since, body.until)
    put = await organising.put_person(
        session, _keeper(viewer), organisation_id, acting_id, body, free, now()
    )
    if put.row is None:
        return refuse(IdTaken())
    response.status_code = put.fate.value
    return await organising.person_of(session, put.row)
