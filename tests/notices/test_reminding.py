"""The day's reminders as rows, on both databases: never twice, never at night, one digest a day."""

import asyncio
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import col, func, select

from app.auth.models import User
from app.core.clock import now
from app.core.db import Database
from app.core.ids import new_id
from app.notices import reminding, service, sources
from app.notices.models import Digest, Notice, ReminderDay
from app.notices.reminders import shipped
from app.notices.sources import Day
from app.org.models import Organisation, OrganisationPerson
from tests.factories import make_unit, make_user
from tests.notices.conftest import LONG_AGO, MORNING, NIGHT, Run, Told, make_helper
from tests.quotas.rows import NEXT_VILLAGE, VILLAGE, add, at, days, diary, in_force, posting

DAY = timedelta(days=1)


async def test_a_missing_diary_is_told_on_the_24th_and_not_before(
    helper: User, run: Run, told: Told
) -> None:
    assert await run(MORNING - DAY) == 0
    assert await run() == 1
    [notice] = await told(helper)
    assert (notice.kind, notice.rule, notice.period) == ("unsubmitted", "R04", "2026-11")
    assert (notice.day, notice.due) == (date(2026, 11, 24), date(2026, 11, 30))
    assert (notice.county, notice.read_at) == (VILLAGE[:6], None)
    assert "11月30日" in notice.text
    assert "要求1篇" in notice.text


async def test_who_has_written_the_diary_is_left_in_peace(
    db: Database, helper: User, run: Run, told: Told
) -> None:
    await add(db, diary(helper, date(2026, 11, 20), at(date(2026, 11, 20))))
    assert await run() == 0
    assert await told(helper) == []


async def test_the_same_is_not_said_again_until_its_next_day(
    helper: User, run: Run, told: Told
) -> None:
    for number in range(9):
        await run(MORNING + number * DAY)
    assert [(str(n.day), n.threshold) for n in await told(helper)] == [
        ("2026-11-24", "from_day-24"),
        ("2026-11-29", "days_before-1"),
        ("2026-12-01", "after_due"),
    ]


async def test_running_again_on_the_day_says_nothing_new(
    db: Database, helper: User, run: Run, told: Told
) -> None:
    await run()
    assert await run(MORNING + timedelta(hours=3)) == 0
    async with db.writing() as session:  # as if the first run had been broken off at its end
        for row in (await session.exec(select(ReminderDay))).all():
            await session.delete(row)
    assert await run(MORNING + timedelta(hours=4)) == 0
    assert len(await told(helper)) == 1


async def test_workers_at_once_make_one_digest(
    db: Database, database_url: str, helper: User, told: Told
) -> None:
    others = [await make_helper(db, f"帮扶{n}") for n in range(5)]
    second = Database(database_url)
    try:
        day = Day(date(2026, 11, 24), MORNING, shipped())
        people = [helper.id, *(other.id for other in others)]
        runs = [reminding.remind(base, people, day) for base in (db, second, db, second)]
        assert sum(await asyncio.gather(*runs)) == 6
    finally:
        await second.dispose()
    for user in (helper, *others):
        assert len(await told(user)) == 1
    async with db.reading() as session:
        assert (await session.exec(select(func.count(col(Digest.id))))).one() == 6


async def test_the_key_holds_even_for_who_did_not_look(db: Database, helper: User) -> None:
    day = Day(date(2026, 11, 24), MORNING, shipped())
    async with db.reading() as session:
        owed = (await sources.owed(session, [helper.id], day))[helper.id]
    reminders = day.plan.reminders(owed, day.on)
    tomorrow = Day(date(2026, 11, 25), MORNING + DAY, shipped())
    for each in (day, tomorrow):
        async with db.writing() as session:
            await reminding._write(session, helper.id, reminders, each)
    async with db.reading() as session:
        assert (await session.exec(select(func.count(col(Notice.id))))).one() == 1


@pytest.mark.parametrize("hour", [21, 23, 0, 6])
async def test_at_night_nobody_is_told_anything(
    helper: User, run: Run, told: Told, hour: int
) -> None:
    moment = at(date(2026, 11, 24), f"{hour:02d}:59")
    assert await run(moment) == 0
    assert await run(at(date(2026, 11, 24), "20:59")) == 1


async def test_who_mutes_is_told_of_due_dates_only(db: Database, run: Run, told: Told) -> None:
    await make_unit(db, VILLAGE)
    await in_force(db)
    idle, muted = await make_user(db, "甲"), await make_user(db, "乙")
    for user in (idle, muted):
        await add(db, posting(user, "FS", VILLAGE, LONG_AGO))
        await add(db, posting(user, "HC", VILLAGE, LONG_AGO))
    async with db.writing() as session:
        await service.mute(session, muted.id, VILLAGE[:6], now(), on=True)
    await run()  # 37 days are left of the quarter: fifty can no longer be reached
    kinds = {notice.kind for notice in await told(idle)}
    assert kinds == {"unreachable", "unsubmitted"}
    assert {notice.kind for notice in await told(muted)} == {"unsubmitted"}
    async with db.writing() as session:
        await service.mute(session, muted.id, VILLAGE[:6], now(), on=False)
    await run(MORNING + DAY)
    assert {notice.kind for notice in await told(muted)} == kinds


async def test_pace_on_day_sixty(db: Database, run: Run, told: Told) -> None:
    await make_unit(db, VILLAGE)
    await in_force(db)
    slow = await make_user(db, "队员")
    await add(db, posting(slow, "TM", VILLAGE, LONG_AGO))
    await add(db, *days(slow, date(2026, 10, 8), 22))
    assert await run(MORNING + 4 * DAY) == 0
    await run(MORNING + 5 * DAY)
    found = {(n.kind, n.rule, n.threshold) for n in await told(slow)}
    assert ("pace", "R01", "from_day-60") in found
    assert not [n for n in await told(slow) if n.kind == "unreachable"]


async def test_two_posts_are_one_digest_with_each_rule_once(
    db: Database, helper: User, run: Run, told: Told
) -> None:
    await make_unit(db, NEXT_VILLAGE)
    await add(db, posting(helper, "HC", NEXT_VILLAGE, date(2020, 1, 1)))
    await add(db, posting(helper, "FS", VILLAGE, LONG_AGO))
    await run()
    found = await told(helper)
    assert len({(n.pack, n.rule) for n in found}) == len(found) > 1
    assert len({n.digest_id for n in found}) == 1
    # the most urgent is the newest: it stands on top
    assert found[-1].rule == "R04"


async def test_without_a_pack_or_a_post_nobody_is_reminded(
    db: Database, run: Run, told: Told
) -> None:
    await make_unit(db, VILLAGE)
    free = await make_user(db)
    posted = await make_user(db, "无政策")
    await add(db, posting(posted, "HC", VILLAGE, LONG_AGO))
    await run()
    assert await told(free) == await told(posted) == []


async def test_who_may_not_sign_in_any_more_is_not_reminded(
    db: Database, helper: User, run: Run, told: Told
) -> None:
    async with db.writing() as session:
        row = await session.get(User, helper.id)
        assert row is not None
        row.disabled_at = now()
    assert await run() == 0
    assert await told(helper) == []


async def test_who_acts_for_an_organisation_is_looked_at_without_a_post(
    db: Database, helper: User
) -> None:
    actor = await make_user(db, "联络员")
    whose = Organisation(
        county=VILLAGE[:6], id=new_id(), kind="team", name="工作队", unit=VILLAGE, since=LONG_AGO
    )
    acts = OrganisationPerson(
        county=VILLAGE[:6],
        id=new_id(),
        organisation_id=whose.id,
        person_id=actor.id,
        since=LONG_AGO,
    )
    await add(db, whose)
    await add(db, acts)
    day = Day(date(2026, 11, 24), MORNING, shipped())
    async with db.reading() as session:
        assert set(await reminding._next(session, day, None)) == {helper.id, actor.id}


async def test_one_person_whose_records_fail_stops_nobody_else(
    db: Database,
    helper: User,
    told: Told,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    other = await make_helper(db, "王帮扶")
    genuine = sources.owed

    async def failing(session: object, people: list[object], day: Day) -> object:
        if other.id in people:
            raise ValueError(other.name)
        return await genuine(session, people, day)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(sources, "owed", failing)
    with pytest.raises(reminding.RemindersFailed):
        await reminding.run(db, MORNING, NIGHT, pause=0.0)
    assert len(await told(helper)) == 1
    assert await told(other) == []
    assert "ValueError" in caplog.text
    assert "王帮扶" not in caplog.text


async def test_broken_off_the_next_run_goes_on(
    db: Database, helper: User, run: Run, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminding, "BATCH", 1)
    other = await make_helper(db, "王帮扶")
    asked = iter([False, True])
    await reminding.run(db, MORNING, NIGHT, pause=0.0, enough=lambda: next(asked))
    assert len(await told(helper)) + len(await told(other)) == 1
    assert await run() == 1
    assert len(await told(helper)) == len(await told(other)) == 1


async def test_old_notices_are_removed(db: Database, helper: User, run: Run, told: Told) -> None:
    await run()
    later: datetime = MORNING + timedelta(days=shipped().kept_days)
    await run(later)
    assert min(n.day for n in await told(helper)) == date(2026, 11, 24)
    await run(later + DAY)
    assert min((n.day for n in await told(helper)), default=later.date()) > date(2026, 11, 24)
