"""Households as their readers see them: a few SELECTs for a page, however many are on it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Uuid, and_, column, exists, func, or_, table
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.core.crypto import Sealer
from app.core.geo import E7, Point, distance_m
from app.core.paging import PageQuery
from app.households import showing
from app.households.models import Household, Member, PlanItem, Portrait, Position
from app.households.position import GOOD_ACCURACY_MM, VisitFix, effective, position_of
from app.households.schemas import (
    HelperOut,
    HouseholdOut,
    HouseholdRow,
    PlaceOut,
    PortraitOut,
)
from app.org.models import Unit
from app.postings.models import Pairing
from app.postings.scope import Clause, inside, valid_on

# Check-ins live in a domain above this one, and imports point downward only: their tables are
# named here by the few columns that a position needs.
CHECK_INS = table(
    "check_ins",
    column("id", Uuid),
    column("household_id", Uuid),
    column("day", Date),
    column("kind"),
    column("place"),
    column("lat_e7"),
    column("lon_e7"),
    column("accuracy_mm"),
)
_WITHDRAWALS = table("withdrawals", column("check_in_id", Uuid))
#: A visit whose fix places its household: one rule for its position and for who has one (R07).
GOOD_FIX = and_(
    CHECK_INS.c.kind == "household",
    CHECK_INS.c.place != "outside",
    CHECK_INS.c.lat_e7.is_not(None),
    CHECK_INS.c.accuracy_mm.between(1, GOOD_ACCURACY_MM),
    ~exists().where(_WITHDRAWALS.c.check_in_id == CHECK_INS.c.id),
)
#: Metres of one degree of latitude, rounded down so that a band never is too narrow.
_DEGREE_M = 110_000
#: Databases take some 32,000 values in one statement.
_MOST_BINDS = 10_000
M = TypeVar("M", Portrait, Position)


@dataclass(frozen=True, slots=True)
class Near:
    """Households within ``radius_m`` of a point, the nearest first."""

    point: Point
    radius_m: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of households is asked for."""

    on: date
    village: str | None = None
    helper: UUID | None = None
    q: str | None = None
    poor: bool | None = None
    #: blind indexes of a member's ID number
    id_indexes: Sequence[bytes] | None = None

    def clause(self) -> ColumnElement[bool]:
        """As a condition on ``Household``."""
        said = [valid_on(col(Household.since), col(Household.until), self.on)]
        if self.village is not None:
            said.append(inside(col(Household.village), [self.village]))
        if self.helper is not None:
            said.append(_paired_with(self.helper, self.on))
        if self.q is not None:
            columns = (col(Household.head), col(Household.number))
            said.append(or_(*(c.contains(self.q, autoescape=True) for c in columns)))
        if self.poor is not None:
            said.append(col(Household.poor).is_(self.poor))
        if self.id_indexes is not None:
            said.append(
                exists().where(
                    col(Member.household_id) == col(Household.id),
                    col(Member.id_index).in_(self.id_indexes),
                )
            )
        return and_(*said)


def _paired_with(person: UUID, day: date) -> ColumnElement[bool]:
    return exists().where(
        col(Pairing.household_id) == col(Household.id),
        col(Pairing.person_id) == person,
        valid_on(col(Pairing.since), col(Pairing.until), day),
    )


async def page(
    session: AsyncSession, visible: Clause, wanted: Wanted, paging: PageQuery
) -> tuple[list[HouseholdRow], str | None]:
    """Visible households by village and number."""
    query = paging.onward(
        _query().where(visible, wanted.clause()),
        col(Household.village),
        col(Household.number),
        col(Household.id),
    )
    found, following = paging.cut(
        list((await session.exec(query)).all()), lambda r: (r[0].village, r[0].number, r[0].id)
    )
    around = await _around(session, [row.id for row, _ in found], wanted.on)
    return [around.row(row, village) for row, village in found], following


async def near(
    session: AsyncSession, visible: Clause, wanted: Wanted, paging: PageQuery, where: Near
) -> tuple[list[HouseholdRow], str | None]:
    """Visible households around a point by distance; those without a position are left out."""
    query = _query().where(visible, wanted.clause(), _in_band(where))
    found = {row.id: (row, village) for row, village in (await session.exec(query)).all()}
    places: dict[UUID, PlaceOut] = {}
    for some in batched(found, _MOST_BINDS):
        places |= await _places(session, some)
    reached = sorted(
        (metres, key)
        for key, place in places.items()
        if place.lat is not None and (metres := _metres(where.point, place)) <= where.radius_m
    )
    if paging.after is not None:
        behind = (paging.number(0), paging.uuid(1))
        reached = [one for one in reached if one > behind]
    # the cursor's parts are texts
    cut, following = paging.cut(reached[: paging.limit + 1], lambda r: (str(r[0]), r[1]))
    around = await _around(session, [key for _, key in cut], wanted.on, places)
    return [
        around.row(*found[key]).model_copy(update={"distance_m": metres}) for metres, key in cut
    ], following


def batched(values: Iterable[UUID], size: int) -> Iterator[list[UUID]]:
    """The values in lists of at most ``size``."""
    left = iter(values)
    while some := list(islice(left, size)):
        yield some


def _metres(a: Point, place: PlaceOut) -> int:
    b = Point(round((place.lat or 0) * E7), round((place.lon or 0) * E7))
    return round(distance_m(a, b))


def _in_band(where: Near) -> ColumnElement[bool]:
    """Households that may lie within the radius: one SELECT sorts out whole townships.

    A median lies between the least and the greatest of its values, so that only households whose
    fixes reach into the band of latitudes can have theirs in it.
    """
    reach = where.radius_m * E7 // _DEGREE_M + 1
    south, north = where.point.lat_e7 - reach, where.point.lat_e7 + reach
    by_hand = select(col(Position.household_id)).where(col(Position.lat_e7).between(south, north))
    visited = (
        select(CHECK_INS.c.household_id)
        .where(GOOD_FIX)
        .group_by(CHECK_INS.c.household_id)
        .having(and_(func.min(CHECK_INS.c.lat_e7) <= north, func.max(CHECK_INS.c.lat_e7) >= south))
    )
    return or_(col(Household.id).in_(by_hand), col(Household.id).in_(visited))


async def one(
    session: AsyncSession, sealer: Sealer, visible: Clause, household_id: UUID, on: date
) -> HouseholdOut | None:
    """One visible household with its members (masked), plan, and every helper it had."""
    query = _query().where(visible, col(Household.id) == household_id)
    found = (await session.exec(query)).one_or_none()
    if found is None:
        return None
    row = (await _around(session, [household_id], on, every_helper=True)).row(*found)
    members = select(Member).where(col(Member.household_id) == household_id)
    plan = select(PlanItem).where(col(PlanItem.household_id) == household_id)
    return HouseholdOut(
        **dict(row),
        members=[
            showing.member(sealer, m)
            for m in (await session.exec(members.order_by(col(Member.id)))).all()
        ],
        plan=[
            showing.plan_item(i)
            for i in (
                await session.exec(plan.order_by(col(PlanItem.created_on), col(PlanItem.id)))
            ).all()
        ],
        rev=found[0].rev,
    )


def _query() -> Any:
    return select(Household, col(Unit.name)).join(Unit, col(Unit.code) == col(Household.village))


@dataclass(slots=True)
class _Around:
    """What a page of households is shown with, by household."""

    places: dict[UUID, PlaceOut]
    portraits: dict[UUID, PortraitOut] = field(default_factory=dict)
    plans: dict[UUID, int] = field(default_factory=dict)
    helpers: dict[UUID, list[HelperOut]] = field(default_factory=lambda: defaultdict(list))

    def row(self, row: Household, village: str) -> HouseholdRow:
        return HouseholdRow(
            id=row.id,
            number=row.number,
            head=row.head,
            address=row.address,
            village=row.village,
            village_name=village,
            poor=row.poor,
            since=row.since,
            until=row.until,
            helpers=self.helpers[row.id],
            position=self.places[row.id],
            portrait=self.portraits.get(row.id),
            plan_open=self.plans.get(row.id, 0),
        )


async def _around(
    session: AsyncSession,
    ids: Sequence[UUID],
    on: date,
    places: dict[UUID, PlaceOut] | None = None,
    *,
    every_helper: bool = False,
) -> _Around:
    out = _Around(places if places is not None else await _places(session, ids))
    newest = await _newest(session, Portrait, ids)
    out.portraits = {key: showing.portrait(row) for key, row in newest.items()}
    open_items = (
        select(col(PlanItem.household_id), func.count())
        .where(
            col(PlanItem.household_id).in_(ids),
            col(PlanItem.done_on).is_(None),
            col(PlanItem.dropped_on).is_(None),
        )
        .group_by(col(PlanItem.household_id))
    )
    out.plans = dict((await session.exec(open_items)).all())
    helpers = (
        select(Pairing, col(User.name))
        .join(User, col(User.id) == col(Pairing.person_id))
        .where(col(Pairing.household_id).in_(ids))
        .order_by(col(Pairing.since), col(Pairing.id))
    )
    if not every_helper:
        helpers = helpers.where(valid_on(col(Pairing.since), col(Pairing.until), on))
    for pairing, name in (await session.exec(helpers)).all():
        out.helpers[pairing.household_id].append(showing.helper(pairing, name))
    return out


async def _places(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, PlaceOut]:
    """Where these households are: set by hand, else from the visits, else nowhere."""
    asked = list(ids)
    by_hand = await _newest(session, Position, asked)
    fixes: dict[UUID, list[VisitFix]] = defaultdict(list)
    c = CHECK_INS.c
    visits = select(c.household_id, c.lat_e7, c.lon_e7, c.accuracy_mm).where(
        c.household_id.in_([key for key in asked if key not in by_hand]), GOOD_FIX
    )
    for key, *fix in (await session.exec(visits)).all():
        fixes[key].append(VisitFix(*fix))
    return {key: _place(by_hand.get(key), fixes[key]) for key in asked}


def _place(hand: Position | None, fixes: Sequence[VisitFix]) -> PlaceOut:
    if hand is not None:
        at = Point(hand.lat_e7, hand.lon_e7)
        accuracy = None if hand.accuracy_mm is None else hand.accuracy_mm / 1000
        return PlaceOut(lat=at.lat, lon=at.lon, accuracy_m=accuracy, source="set_by_hand", fixes=0)
    placed = position_of(fixes)
    if placed is None:
        return PlaceOut(lat=None, lon=None, accuracy_m=None, source="none", fixes=0)
    return PlaceOut(
        lat=placed.point.lat,
        lon=placed.point.lon,
        accuracy_m=placed.accuracy_mm / 1000,
        source="median_of_visits",
        fixes=placed.fixes,
    )


async def _newest(session: AsyncSession, model: type[M], ids: Iterable[UUID]) -> dict[UUID, M]:
    """The portrait or position that holds for each of these households."""
    rows = await session.exec(select(model).where(col(model.household_id).in_(list(ids))))
    out: dict[UUID, M] = {}
    for row in sorted(rows.all(), key=_order):
        out[row.household_id] = row
    return out


def _order(row: Portrait | Position) -> Any:
    told = row.taken_at if isinstance(row, Portrait) else row.set_at
    return effective(told, row.received_at), row.received_at, row.id
