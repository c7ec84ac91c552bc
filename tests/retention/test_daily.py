"""What has been kept long enough: coarser, or gone; provable all the same, and counted the same."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import col, select

from app.auth.models import SignIn
from app.checkins.models import CheckIn
from app.core.clock import civil_day, now
from app.core.crypto import Sealer
from app.core.db import Database
from app.core.ids import new_id
from app.core.settings import Settings
from app.households.models import Member
from app.ledger import service as ledger
from app.ledger.models import LedgerLeaf
from app.photos.models import Photo
from app.quotas import facts, service
from app.quotas.counting import window_of
from app.quotas.inputs import inputs_of
from app.retention.daily import STEP_E7, run
from tests.evidence.desk import Person, adopt_pack, make_person, period
from tests.factories import make_household
from tests.retention.test_erasing import everything, wrongs

YEARS = timedelta(days=1200)


@pytest.fixture
async def person(app: FastAPI, client: httpx.AsyncClient, db: Database) -> Person:
    """Somebody with records, under a pack."""
    found = await make_person(app, client)
    await adopt_pack(db)
    return found


async def counted(db: Database, person: Person) -> tuple[bytes, list[Any]]:
    """What the person's quotas rest on, and what they are."""
    at = now() + timedelta(minutes=1)
    asked = service.asked_about(period(), civil_day(at), at)
    async with db.reading() as session:
        bound = await service.bound_of(session, person.user.id, asked)
        history = await facts.histories(session, window_of(bound, asked, people=[person.user.id]))
        standings = await service.standings_of(session, person.user.id, bound, asked)
    told = [(each.rule, each.have, each.counted) for each in standings]
    return inputs_of(history[person.user.id], bound, at), told


async def test_old_positions_are_coarse_and_everything_else_as_it_was(
    db: Database, settings: Settings, person: Person
) -> None:
    before = await counted(db, person)
    young = await run(db, settings, now() + timedelta(days=900))
    assert (young.coarsened, young.erased, young.blanked) == (0, 0, 0)
    done = await run(db, settings, now() + YEARS)
    assert done.coarsened == 4
    far = [str(round(degrees * 10_000_000)) for degrees in person.far]
    rows = await everything(db)
    assert not [line for line in rows if any(one in line for one in far)]
    async with db.reading() as session:
        rows_ = (await session.exec(select(CheckIn))).all()
        check_ins = {row.id: row for row in rows_}
        photos = (await session.exec(select(Photo))).all()
        told = select(col(LedgerLeaf.row_id)).where(col(LedgerLeaf.kind) == "coarsen")
        leaves = set((await session.exec(told)).all())
    assert leaves == {*map(str, check_ins), str(person.activity)}
    *coarse, visit = [check_ins[key] for key in person.check_ins]
    assert all((row.lat_e7 or 1) % STEP_E7 == 0 for row in coarse)
    assert [row.place for row in coarse] == ["inside", "outside"]
    assert (visit.lat_e7 or 0) % STEP_E7 != 0  # it says where the household is
    assert {row.device_id for row in check_ins.values()} == {None}
    assert [(row.exif_lat_e7, row.exif_at) for row in photos] == [(None, None)]
    assert await counted(db, person) == before
    assert await wrongs(db, settings, None) == []
    again = await run(db, settings, now() + YEARS)
    assert (again.coarsened, again.blanked) == (0, 0)


async def test_zero_months_leave_positions_alone_and_sign_ins_have_their_own_time(
    db: Database, settings: Settings, person: Person
) -> None:
    off = settings.model_copy(update={"retention_position_months": 0, "retention_log_days": 180})
    done = await run(db, off, now() + timedelta(days=560))
    assert done.coarsened == 0
    assert done.erased == 1  # it expired within the year, and 180 days have passed
    async with db.reading() as session:
        assert (await session.exec(select(SignIn))).all() == []
    assert await wrongs(db, settings, None) == []
    for over in (179, 0):
        with pytest.raises(ValueError, match="retention_log_days"):
            Settings(retention_log_days=over)


async def test_members_who_left_are_forgotten_and_minors_first(
    app: FastAPI, db: Database, settings: Settings
) -> None:
    household = await make_household(db)
    today, sealer = civil_day(now()), app.state.sealer
    assert isinstance(sealer, Sealer)
    children = {"孩子甲": f"360321{today.year - 8}0307881X", "大人乙": "360321196003078812"}
    for name, number in children.items():
        key = new_id()
        member = Member(
            id=key, county=household.county, household_id=household.id, name=name,
            relation="子", until=today, phone=b"sealed",
            id_number=sealer.seal(number, "household_members", "id_number", key),
        )  # fmt: skip
        async with db.writing() as session:
            session.add(member)
            await ledger.append(session, member, "create", "test", now())
    for days, left in ((20, {"孩子甲", "大人乙"}), (40, {"大人乙"}), (1200, set[str]())):
        await run(db, settings, now() + timedelta(days=days))
        async with db.reading() as session:
            names = set((await session.exec(select(col(Member.name)))).all())
        assert names - {"〔已删除〕"} == left, days
    assert await wrongs(db, settings, None) == []
