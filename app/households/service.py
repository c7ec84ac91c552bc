"""What phones send about households: portraits, positions, plan items; and opening numbers."""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core import geo
from app.core.clock import civil_day
from app.core.crypto import Sealer, Unreadable
from app.core.errors import Forbidden, InvalidBody, NotFound
from app.households.errors import ConsentMissing, NumberUnreadable
from app.households.models import Household, Member, PlanItem, Portrait, Position, Unmasking
from app.households.schemas import PlanItemIn, PortraitIn, PositionIn, UnmaskOut, millimetres
from app.ledger import service as ledger
from app.photos.naming import Naming, name_photos_in
from app.postings.scope import Caller, Sight, households
from app.records import register
from app.records import service as records
from app.records.service import Fate, Put

PORTRAIT, POSITION = "household_portrait", "household_position"
NO_SUCH_HOUSEHOLD = (
    "没有找到这户(household),或不在您的管理范围内。请刷新农户名单;"
    "如确属您结对或驻村的农户,请联系乡镇管理员核对结对关系和任职。"
)
T = TypeVar("T", Portrait, Position)


def in_sight(viewer: Caller, sight: Sight = Sight.HOUSEHOLDS) -> Any:
    """The households over which the caller has this sight today."""
    return households(viewer, col(Household.id), col(Household.village), sight)


async def county_of(session: AsyncSession, viewer: Caller, household_id: UUID, sight: Sight) -> str:
    """The county of a household over which the caller has ``sight``.

    One that they may only look at is Forbidden, any other does not exist.
    """
    query = select(col(Household.county), in_sight(viewer, sight)).where(
        col(Household.id) == household_id, in_sight(viewer)
    )
    found = (await session.exec(query)).one_or_none()
    if found is None:
        raise NotFound(NO_SUCH_HOUSEHOLD)
    county, may = found
    if not may:
        raise Forbidden
    return county


async def put_portrait(
    session: AsyncSession,
    viewer: Caller,
    portrait_id: UUID,
    body: PortraitIn,
    received_at: datetime,
) -> Put[Portrait]:
    """Keep a portrait with its note of consent; its photo may arrive before or after."""
    if body.consent is None:
        raise ConsentMissing
    row = Portrait(
        id=portrait_id,
        county=await _county(session, viewer, Portrait, portrait_id, body.household),
        household_id=body.household,
        author_id=viewer.id,
        photo=body.photo,
        consent_by=body.consent.by,
        consent_on=body.consent.on,
        consent_how=body.consent.how.value,
        taken_at=body.taken_at,
        received_at=received_at,
        digest=body.digest(),
    )
    put = await _put(session, row, PORTRAIT, body.model_dump(mode="json"))
    if put.fate is Fate.created:
        household = await session.get_one(Household, body.household)
        naming = Naming(
            PORTRAIT,
            portrait_id,
            row.county,
            viewer.id,
            civil_day(body.taken_at),
            # those who see the village's households see the portrait
            village=household.village,
            household_id=body.household,
        )
        await name_photos_in(session, naming, [body.photo])
    return put


async def put_position(
    session: AsyncSession,
    viewer: Caller,
    position_id: UUID,
    body: PositionIn,
    received_at: datetime,
) -> Put[Position]:
    """Set a household's position by hand; stored in WGS-84 whatever the datum it came in."""
    given = geo.at(body.fix.lat, body.fix.lon)
    point = geo.to_wgs84(given, geo.Datum(body.fix.datum))
    row = Position(
        id=position_id,
        county=await _county(session, viewer, Position, position_id, body.household),
        household_id=body.household,
        author_id=viewer.id,
        lat_e7=point.lat_e7,
        lon_e7=point.lon_e7,
        accuracy_mm=millimetres(body.fix.accuracy_m),
        datum=body.fix.datum,
        set_at=body.set_at,
        received_at=received_at,
        digest=body.digest(),
    )
    return await _put(session, row, POSITION, body.model_dump(mode="json"))


async def _county(
    session: AsyncSession, viewer: Caller, model: type[T], row_id: UUID, household_id: UUID
) -> str:
    """The county for a phone's record about a household.

    A record that stands already is its author's to repeat, also when the pairing has ended since:
    a phone that missed the first reply gets it.
    """
    stood = await session.exec(
        select(model.county).where(col(model.id) == row_id, col(model.author_id) == viewer.id)
    )
    return stood.one_or_none() or await county_of(session, viewer, household_id, Sight.TEND)


async def _put(session: AsyncSession, row: T, kind: str, body: dict[str, Any]) -> Put[T]:
    return await records.put(
        session,
        row,
        kind=kind,
        author_id=row.author_id,
        author_column="author_id",
        body=body,
        received_at=row.received_at,
    )


async def put_plan_item(
    session: AsyncSession,
    viewer: Caller,
    item_id: UUID,
    body: PlanItemIn,
    received_at: datetime,
) -> Put[PlanItem]:
    """Create an item of a help plan, or revise it: by whoever tends the household."""
    county = await county_of(session, viewer, body.household, Sight.TEND)
    row = PlanItem(
        id=item_id,
        county=county,
        household_id=body.household,
        author_id=viewer.id,
        text=body.text,
        due=body.due,
        done_on=body.done_on,
        dropped_on=body.dropped_on,
        created_on=civil_day(received_at),
        received_at=received_at,
    )

    async def changes(stood: PlanItem) -> dict[str, Any] | None:
        if stood.household_id != body.household:
            if not await _visible(session, viewer, stood.household_id):
                return None
            raise InvalidBody("一条帮扶计划不能移到另一户。请取消这一条,再为那一户新建一条。")
        return register.differing(stood, row, "text", "due", "done_on", "dropped_on")

    return await register.put(session, row, changes, actor_id=viewer.id, received_at=received_at)


async def _visible(session: AsyncSession, viewer: Caller, household_id: UUID) -> bool:
    query = select(Household.id).where(col(Household.id) == household_id, in_sight(viewer))
    return (await session.exec(query)).first() is not None


async def unmask(
    session: AsyncSession,
    sealer: Sealer,
    viewer: Caller,
    household_id: UUID,
    member_id: UUID,
    purpose: str,
    at: datetime,
) -> UnmaskOut:
    """Open one member's numbers; who opened them and what for is logged before they are shown."""
    county = await county_of(session, viewer, household_id, Sight.UNMASK)
    member = await session.get(Member, member_id)
    if member is None or member.household_id != household_id:
        raise NotFound
    try:
        opened = UnmaskOut(
            household=household_id,
            member=member_id,
            id_number=opened_number(sealer, member, "id_number"),
            phone=opened_number(sealer, member, "phone"),
        )
    except Unreadable as error:
        raise NumberUnreadable from error
    row = Unmasking(
        # the leaf of kind "view" makes the first revision
        rev=0,
        county=county,
        household_id=household_id,
        member_id=member_id,
        by_id=viewer.id,
        purpose=purpose,
        at=at,
    )
    await ledger.append(session, row, "view", viewer.id, at)
    return opened


def opened_number(sealer: Sealer, member: Member, column: str) -> str | None:
    """A member's number in clear; ``Unreadable`` without its key."""
    sealed: bytes | None = getattr(member, column)
    if sealed is None:
        return None
    return sealer.open(bytes(sealed), Member.__tablename__, column, member.id)
