"""Who decides hears that something waits, once for what is new; the author hears each word once."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

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
