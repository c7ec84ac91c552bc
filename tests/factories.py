"""Rows that tests of all domains start from."""

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from fastapi import FastAPI

from app.auth.models import SignIn, User
from app.core import geo
from app.core.clock import now
from app.core.db import Database
from app.core.ids import new_id
from app.core.tables import HOUSE, Logged
from app.households.models import Household
from app.ledger import service as ledger
from app.org.models import Fence, Organisation, OrganisationPerson, OrganisationVillage, Unit
from app.postings.models import Pairing, Posting

Row = TypeVar("Row", bound=Logged)


async def make_user(db: Database, name: str = "张三", **over: Any) -> User:
    """A person, logged. Without ``username`` and ``password_hash`` nobody signs in by password."""
    user = User(**{"county": HOUSE, "name": name, "created_at": now(), **over})
    async with db.writing() as session:
        session.add(user)
        await ledger.append(session, user, "create", user.id, user.created_at)
    return user


async def sign_in(app: FastAPI, user: User) -> dict[str, str]:
    """Headers of a client signed in as this user; the password is not asked."""
    at = now()
    row = SignIn(
        user_id=user.id,
        device_id="test-device",
        device_name="测试手机",
        seen_at=at,
        started_at=at,
        expires_at=at.replace(year=at.year + 1, day=1),
    )
    async with app.state.database.writing() as session:
        session.add(row)
        await ledger.append(session, row, "create", user.id, at)
    return {"Authorization": f"Bearer {app.state.tokens.issue(user.id, row.id, at)}"}


async def _logged(db: Database, row: Row, actor: UUID | None = None) -> Row:
    async with db.writing() as session:
        session.add(row)
        await ledger.append(session, row, "create", actor or "test", now())
    return row


async def make_household(
    db: Database, village: str = "360321101201", head: str = "刘户主", **over: Any
) -> Household:
    """A registered poor household, logged, with its village if need be."""
    await make_unit(db, village)
    told = {"number": new_id().hex[-8:], "since": date(2014, 1, 1), **over}
    return await _logged(db, Household(county=village[:6], village=village, head=head, **told))


async def make_pairing(
    db: Database,
    person: User,
    household: Household,
    since: date = date(2020, 1, 1),
    until: date | None = None,
) -> Pairing:
    """A helper's household, logged."""
    return await _logged(
        db,
        Pairing(
            county=household.county,
            person_id=person.id,
            household_id=household.id,
            since=since,
            until=until,
        ),
    )


VILLAGE, OTHER_VILLAGE = "360321101201", "360321102201"
CENTRE = (27.13, 113.96)
_LEVELS = {2: "province", 4: "city", 6: "county", 9: "township", 12: "village"}


async def make_unit(db: Database, code: str = VILLAGE, **over: Any) -> Unit:
    """A unit and, where they are missing, those above it."""
    async with db.writing() as session:
        for digits in (2, 4, 6, 9, 12):
            part = code[:digits]
            if digits > len(code) or await session.get(Unit, part) is not None:
                continue
            fresh = Unit(
                **{
                    "county": part[:6] if digits >= 6 else HOUSE,
                    "code": part,
                    "name": f"{part}号",
                    "level": _LEVELS[digits],
                    "parent": part[: {2: 0, 4: 2, 6: 4, 9: 6, 12: 9}[digits]] or None,
                    **(over if part == code else {}),
                }
            )
            session.add(fresh)
            await ledger.append(session, fresh, "create", "test", now())
        found = await session.get(Unit, code)
    assert found is not None
    return found


async def make_fence(db: Database, unit: str = VILLAGE, **over: Any) -> Fence:
    """A circle of 1,500 m around ``CENTRE``."""
    at = geo.at(*CENTRE)
    values = {"lat_e7": at.lat_e7, "lon_e7": at.lon_e7, "radius_m": 1500, **over}
    fence = Fence(county=unit[:6], unit=unit, **values)
    async with db.writing() as session:
        session.add(fence)
        await ledger.append(session, fence, "create", "test", now())
    return fence


async def make_posting(
    db: Database, person: User, unit: str = VILLAGE, kind: str = "FS", **over: Any
) -> Posting:
    """A posting since 2018, open-ended; the unit is made where it is missing."""
    await make_unit(db, unit)
    values = {"since": date(2018, 1, 1), **over}
    posting = Posting(county=unit[:6], person_id=person.id, unit=unit, kind=kind, **values)
    async with db.writing() as session:
        session.add(posting)
        await ledger.append(session, posting, "create", "test", now())
    return posting


async def make_cadre(
    app: FastAPI, kind: str = "FS", unit: str = VILLAGE, name: str = "张三", **over: Any
) -> tuple[User, dict[str, str]]:
    """A person with one posting, and the headers to call as them."""
    user = await make_user(app.state.database, name)
    await make_posting(app.state.database, user, unit, kind, **over)
    return user, await sign_in(app, user)


async def make_organisation(
    db: Database,
    kind: str = "helper_unit",
    unit: str = "360321",
    villages: Sequence[str] = (),
    people: Sequence[User] = (),
    **over: Any,
) -> Organisation:
    """An organisation since 2018, logged, with villages it serves and people who act for it."""
    for code in (unit, *villages):
        await make_unit(db, code)
    told: dict[str, Any] = {"since": date(2018, 1, 1), "until": None, **over}
    span = {"since": told["since"], "until": told["until"]}
    county = unit[:6] if len(unit) >= 6 else (villages[0][:6] if villages else HOUSE)
    row = Organisation(
        **{"id": new_id(), "county": county, "kind": kind, "name": "县水利局", "unit": unit, **told}
    )
    made = await _logged(db, row)
    of: dict[str, Any] = {"county": made.county, "organisation_id": made.id, **span}
    for code in villages:
        await _logged(db, OrganisationVillage(id=new_id(), village=code, **of))
    for person in people:
        await _logged(db, OrganisationPerson(id=new_id(), person_id=person.id, **of))
    return made
