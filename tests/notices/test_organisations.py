"""Reminders of what organisations and units owe, to the people who act for them."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.auth.models import User
from app.core.db import Database
from app.core.ids import new_id
from app.org.models import Organisation, OrganisationPerson, OrganisationVillage
from tests.factories import make_unit, make_user
from tests.notices.conftest import LONG_AGO, MORNING, Run, Told
from tests.quotas.rows import NEXT_VILLAGE, VILLAGE, add, in_force, posting

P4 = "p4-stationing"
COUNTY = VILLAGE[:6]


@pytest.fixture
async def actor(db: Database) -> User:
    """Somebody without a post, in a county with the plan of stationing in force."""
    for village in (VILLAGE, NEXT_VILLAGE):
        await make_unit(db, village)
    await in_force(db, pack=P4, since=date(2020, 1, 1))
    return await make_user(db, "联络员")


async def act(db: Database, actor: User, kind: str, *villages: str) -> Organisation:
    """An organisation that serves these villages, for which this person acts."""
    whose = Organisation(
        county=COUNTY, id=new_id(), kind=kind, name="县水利局", unit=COUNTY, since=LONG_AGO
    )
    about: dict[str, Any] = {"county": COUNTY, "organisation_id": whose.id, "since": LONG_AGO}
    await add(db, whose)
    await add(
        db,
        *(OrganisationVillage(id=new_id(), village=village, **about) for village in villages),
        OrganisationPerson(id=new_id(), person_id=actor.id, **about),
    )
    return whose


async def test_a_teams_feedback_is_told_to_who_acts_for_it(
    db: Database, actor: User, run: Run, told: Told
) -> None:
    team = await act(db, actor, "team", VILLAGE)
    await run()
    [feedback] = [n for n in await told(actor) if n.rule == "R73"]
    assert (feedback.kind, feedback.subject) == ("unsubmitted", str(team.id))
    assert feedback.subject_name == "县水利局"
    assert feedback.text.startswith("县水利局:")
    assert await run() == 0


async def test_what_is_asked_of_each_village_names_the_village(
    db: Database, actor: User, run: Run, told: Told
) -> None:
    unit = await act(db, actor, "helper_unit", VILLAGE, NEXT_VILLAGE)
    await run(datetime(2026, 12, 1, 1, tzinfo=UTC))
    found = [n for n in await told(actor) if n.rule == "R59"]
    assert {n.subject for n in found} == {f"{unit.id}@{VILLAGE}", f"{unit.id}@{NEXT_VILLAGE}"}
    assert {n.subject_name for n in found} == {
        f"县水利局({VILLAGE}号)",
        f"县水利局({NEXT_VILLAGE}号)",
    }


async def test_a_villages_weekly_entry_is_told_to_each_who_may_write_it(
    db: Database, actor: User, run: Run, told: Told
) -> None:
    secretary, leader, helper = [await make_user(db, name) for name in ("甲", "乙", "丙")]
    await add(db, posting(secretary, "FS", VILLAGE, LONG_AGO))
    await add(db, posting(leader, "VC", VILLAGE, LONG_AGO))
    await add(db, posting(helper, "HC", VILLAGE, LONG_AGO))
    sunday = datetime(2026, 11, 22, 1, tzinfo=UTC)
    await run(sunday)
    for user in (secretary, leader):
        entries = [n for n in await told(user) if n.rule == "R62" and n.period == "2026-W47"]
        assert [(n.subject, n.kind) for n in entries] == [(VILLAGE, "unsubmitted")]
    assert [n for n in await told(helper) if n.subject] == []


async def test_who_no_longer_acts_is_told_nothing(
    db: Database, actor: User, run: Run, told: Told
) -> None:
    team = await act(db, await make_user(db, "接任"), "team", VILLAGE)
    ended = OrganisationPerson(
        county=COUNTY,
        id=new_id(),
        organisation_id=team.id,
        person_id=actor.id,
        since=LONG_AGO,
        until=MORNING.date().replace(day=23),
    )
    await add(db, ended)
    await run()
    assert await told(actor) == []
