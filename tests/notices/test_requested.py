"""Who decides hears that something waits, once for what is new; the author hears each word once."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import col, update

from app.core.clock import civil_day
from app.core.db import Database
from app.requests.models import LEAVE, Leave, RequestDecision
from tests.factories import make_posting, make_unit, make_user
from tests.notices.conftest import MORNING, Run, Told
from tests.quotas.rows import COUNTY, VILLAGE, add

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def _leave(author: UUID, **over: Any) -> Leave:
    first = civil_day(MORNING) + 3 * DAY
    told: dict[str, Any] = {
        "id": uuid4(), "county": COUNTY, "author_id": author, "kind": "trip", "first": first,
        "last": first + DAY, "day": first, "reason": "对接项目", "received_at": MORNING - HOUR,
        "digest": b"",
    }  # fmt: skip
    return Leave(**{**told, **over})


async def test_the_approver_hears_of_what_is_new(db: Database, run: Run, told: Told) -> None:
    await make_unit(db, VILLAGE)
    author, clerk, stranger = [await make_user(db, name) for name in ("甲", "乙", "丙")]
    await make_posting(db, author, VILLAGE, "FS")
    await make_posting(db, clerk, VILLAGE[:9], "TA")
    await make_posting(db, stranger, "360321102", "TA")
    assert await run(MORNING - DAY) == 0
    await add(db, _leave(author.id), _leave(author.id, kind="leave"))
    await run()
    heard = await told(clerk)
    assert [(n.kind, n.text) for n in heard] == [
        ("request_waits", "有 2 件请假、公出、培训或补签申请等您决定。")
    ]
    assert not await told(stranger)
    assert not await told(author)
    await run(MORNING + DAY)
    assert len(await told(clerk)) == 1
    await add(db, _leave(author.id, received_at=MORNING + DAY + HOUR))
    await run(MORNING + 2 * DAY)
    assert len(await told(clerk)) == 2


async def test_of_one_request_the_approver_hears_once_and_then_weekly(
    db: Database, run: Run, told: Told
) -> None:
    """Not anew when another one was decided in between, nor each day."""
    await make_unit(db, VILLAGE)
    author, clerk = [await make_user(db, name) for name in ("甲", "乙")]
    await make_posting(db, author, VILLAGE, "FS")
    await make_posting(db, clerk, VILLAGE[:9], "TA")
    older = _leave(author.id, received_at=MORNING - 2 * DAY)
    newer = _leave(author.id)
    await add(db, older, newer)
    await run()
    async with db.writing() as session:
        moved = update(Leave).where(col(Leave.id) == newer.id)
        await session.exec(moved.values(state="approved", decided_at=MORNING + HOUR))
    for day in range(1, 16):
        await run(MORNING + day * DAY - timedelta(minutes=day % 3))
    heard = await told(clerk)
    assert [(n.day - civil_day(MORNING)).days for n in heard] == [0, 7, 14]
    assert heard[1].text == "有 1 件请假、公出、培训或补签申请等您决定,最早的已等了 9 天。"
    await add(db, _leave(author.id, received_at=MORNING + 15 * DAY + HOUR))
    await run(MORNING + 16 * DAY)
    last = (await told(clerk))[-1]
    assert last.text == "有 2 件请假、公出、培训或补签申请等您决定,其中 1 件是新到的。"


async def test_the_county_hears_when_it_is_its_turn(db: Database, run: Run, told: Told) -> None:
    """Of what was passed on and of what was left lying, whenever it was sent."""
    await make_unit(db, VILLAGE)
    author, chief = [await make_user(db, name) for name in ("甲", "乙")]
    await make_posting(db, author, VILLAGE, "FS")
    await make_posting(db, chief, COUNTY, "CA")
    passed = _leave(
        author.id, received_at=MORNING - 3 * DAY, state="with_county", decided_at=MORNING - HOUR
    )
    other = _leave(
        author.id, received_at=MORNING - 4 * DAY, state="with_county", decided_at=MORNING + HOUR
    )
    await add(db, passed)
    await run()
    await add(db, other, _leave(author.id, received_at=MORNING - 3 * DAY))
    for day in range(1, 6):
        await run(MORNING + day * DAY)
    heard = await told(chief)
    assert [(n.day - civil_day(MORNING)).days for n in heard] == [0, 1, 3]
    assert "其中 1 件是新到的" in heard[2].text


async def test_whose_post_has_ended_hears_of_what_was_decided(
    db: Database, run: Run, told: Told
) -> None:
    await make_unit(db, VILLAGE)
    author, clerk = [await make_user(db, name) for name in ("甲", "乙")]
    await make_posting(db, author, VILLAGE, "FS", until=civil_day(MORNING) - DAY)
    asked = _leave(author.id, state="refused", decided_at=MORNING - HOUR)
    told_so: dict[str, Any] = {"county": COUNTY, "request_kind": LEAVE, "request_id": asked.id}
    word = RequestDecision(
        **told_so, place="township", decision="refuse", reason="当天有督查", by_id=clerk.id,
        decided_at=MORNING - HOUR,
    )  # fmt: skip
    await add(db, asked, word)
    for day in range(9):
        await run(MORNING + day * DAY)
    assert [n.kind for n in await told(author)] == ["request_decided"]


async def test_the_author_hears_each_word_once(db: Database, run: Run, told: Told) -> None:
    await make_unit(db, VILLAGE)
    author, clerk = [await make_user(db, name) for name in ("甲", "乙")]
    await make_posting(db, author, VILLAGE, "FS")
    asked = _leave(author.id, state="refused", decided_at=MORNING - HOUR)
    word = RequestDecision(
        county=COUNTY,
        request_kind=LEAVE,
        request_id=asked.id,
        place="township",
        decision="refuse",
        reason="当天有督查",
        by_id=clerk.id,
        decided_at=MORNING - HOUR,
    )
    await add(db, asked, word)
    await run()
    await run(MORNING + DAY)
    heard = await told(author)
    assert [(n.kind, n.title) for n in heard] == [("request_decided", "公出")]
    assert heard[0].text == "您申请的11月27日至11月28日公出没有获得批准。意见:当天有督查"
