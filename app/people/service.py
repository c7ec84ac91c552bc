"""Gathering what the domains below know about a person."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.auth.schemas import UserOut
from app.core.paging import PageQuery
from app.households.models import Household
from app.ledger import service as ledger
from app.org.models import (
    DIGITS,
    Level,
    Organisation,
    OrganisationKind,
    OrganisationVillage,
    Unit,
)
from app.org.service import fence_shown, fences_on
from app.people.schemas import (
    ListedPersonOut,
    MeOut,
    OwnHouseholdOut,
    OwnOrganisationOut,
    OwnPostingOut,
    PackInForceOut,
    PostOut,
    ServedVillageOut,
    VillageOut,
)
from app.postings.models import Pairing, Post, Posting
from app.postings.scope import Caller, acting_for, inside, valid_on
from app.quotas.adoptions import packs_for
from app.records.schemas import LogOut

#: posts whose holder works in the field and checks in; administrators ask /units instead
FIELD = frozenset(set(Post) - {Post.TA, Post.CA, Post.RV, Post.AU, Post.SA})


async def me(session: AsyncSession, caller: Caller, at: datetime) -> MeOut:
    """The caller's own world."""
    own = await _households(session, caller)
    units = sorted({held.unit for held in caller.current()})
    homes = [held.unit for held in caller.current() if held.kind in FIELD]
    names = await _names(session, [held.unit for held in caller.postings])
    return MeOut(
        user=UserOut(id=caller.id, name=caller.name),
        postings=[
            OwnPostingOut(
                id=held.id,
                unit=held.unit,
                unit_name=names[held.unit],
                kind=held.kind,
                from_=held.since,
                to=held.until,
                county=held.county,
            )
            for held in caller.postings
        ],
        villages=await _villages(session, caller.today, homes, {row.village for row in own}),
        households=[
            OwnHouseholdOut(
                id=row.id,
                number=row.number,
                head=row.head,
                village=row.village,
                address=row.address,
            )
            for row in own
        ],
        packs=[
            PackInForceOut(
                pack=held.pack.id,
                version=held.pack.version,
                title=held.pack.title,
                unit=held.adoption.unit,
                basis=held.adoption.basis,
                since=held.adoption.since,
                until=held.adoption.until,
            )
            for held in await packs_for(session, units, caller.today)
        ],
        organisations=await _organisations(session, caller),
        logs=await logs(session, caller),
        server_time=at,
    )


async def _organisations(session: AsyncSession, caller: Caller) -> list[OwnOrganisationOut]:
    """The organisations for which the caller acts today, each with the villages it serves."""
    found = await session.exec(
        select(Organisation)
        .where(
            acting_for(caller, col(Organisation.id)),
            valid_on(col(Organisation.since), col(Organisation.until), caller.today),
        )
        .order_by(col(Organisation.name), col(Organisation.id))
    )
    rows = found.all()
    served: dict[UUID, list[ServedVillageOut]] = {row.id: [] for row in rows}
    if not rows:
        return []
    villages = await session.exec(
        select(col(OrganisationVillage.organisation_id), col(Unit.code), col(Unit.name))
        .join(Unit, col(Unit.code) == col(OrganisationVillage.village))
        .where(
            col(OrganisationVillage.organisation_id).in_(served),
            valid_on(col(OrganisationVillage.since), col(OrganisationVillage.until), caller.today),
        )
        .order_by(col(Unit.code))
    )
    for key, code, name in villages.all():
        served[key].append(ServedVillageOut(code=code, name=name))
    return [
        OwnOrganisationOut(
            id=row.id,
            kind=OrganisationKind(row.kind),
            name=row.name,
            unit=row.unit,
            villages=served[row.id],
        )
        for row in rows
    ]


async def logs(session: AsyncSession, caller: Caller) -> list[LogOut]:
    """How long the logs are that the caller's records went to: those of all counties of a post."""
    found = await ledger.sizes(session, {held.county for held in caller.postings})
    return [LogOut(log=log, size=size) for log, size in found.items()]


async def _households(session: AsyncSession, caller: Caller) -> list[Household]:
    """The households paired with the caller today."""
    query = (
        select(Household)
        .join(Pairing, col(Pairing.household_id) == col(Household.id))
        .where(
            col(Pairing.person_id) == caller.id,
            valid_on(col(Pairing.since), col(Pairing.until), caller.today),
            valid_on(col(Household.since), col(Household.until), caller.today),
        )
        .order_by(col(Household.village), col(Household.number))
    )
    return list((await session.exec(query)).all())


async def _names(session: AsyncSession, codes: Iterable[str]) -> dict[str, str]:
    query = select(col(Unit.code), col(Unit.name)).where(col(Unit.code).in_(sorted(set(codes))))
    return dict((await session.exec(query)).all())


async def _villages(
    session: AsyncSession, day: date, homes: list[str], visited: set[str]
) -> list[VillageOut]:
    """Villages of the caller's field posts (those of a township post: all its villages)."""
    near = [code for code in homes if DIGITS[len(code)] in (Level.township, Level.village)]
    query = select(Unit).where(
        col(Unit.level) == Level.village.value,
        or_(inside(col(Unit.code), near), col(Unit.code).in_(sorted(visited))),
        or_(col(Unit.valid_to).is_(None), col(Unit.valid_to) >= day),
    )
    villages = (await session.exec(query.order_by(col(Unit.code)))).all()
    fences = await fences_on(session, [village.code for village in villages], day)
    return [
        VillageOut(
            code=village.code,
            name=village.name,
            fences=[fence_shown(fence) for fence in fences.get(village.code, ())],
        )
        for village in villages
    ]


async def page(
    session: AsyncSession,
    visible: ColumnElement[bool],
    unit: str | None,
    day: date,
    paging: PageQuery,
) -> tuple[list[ListedPersonOut], str | None]:
    """Visible people posted in a unit or below it on a day, by name."""
    here = [valid_on(col(Posting.since), col(Posting.until), day)]
    if unit is not None:
        here.append(inside(col(Posting.unit), [unit]))
    posted = select(col(Posting.person_id)).where(*here)
    query = paging.onward(
        select(User).where(visible, col(User.id).in_(posted)), col(User.name), col(User.id)
    )
    people, following = paging.cut(
        list((await session.exec(query)).all()), lambda person: (person.name, person.id)
    )
    posts = select(Posting).where(
        col(Posting.person_id).in_([person.id for person in people]), *here
    )
    held: dict[object, list[PostOut]] = {}
    for row in (await session.exec(posts.order_by(col(Posting.unit), col(Posting.kind)))).all():
        shown = PostOut(unit=row.unit, kind=Post(row.kind), from_=row.since, to=row.until)
        held.setdefault(row.person_id, []).append(shown)
    return [
        ListedPersonOut(id=person.id, name=person.name, posts=held.get(person.id, []))
        for person in people
    ], following
