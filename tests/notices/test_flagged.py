"""The author hears of flags: raised once a day, before the time to answer ends, and each decision."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import col, update

from app.auth.models import User
from app.core.clock import civil_day
from app.core.db import Database
from app.notices import service
from app.notices.models import Notice
from app.reviews.models import CheckSilence, Flag, FlagAnswer, FlagDecision
from app.reviews.states import State
from tests.factories import make_posting, make_unit, make_user
from tests.notices.conftest import MORNING, Run, Told
from tests.quotas.rows import COUNTY, VILLAGE, add, in_force
from tests.reviews.desk import flagged

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NAMED = "您11月23日的签到有一条疑点:定位在村外"


@pytest.fixture
async def author(db: Database) -> User:
    """A first secretary who owes nothing here."""
    await make_unit(db, VILLAGE)
    user = await make_user(db, "甲")
    await make_posting(db, user, VILLAGE, "FS")
    return user


async def _raise(db: Database, author: User, at: datetime = MORNING - HOUR) -> Flag:
    return await flagged(db, author.id, day=civil_day(MORNING) - DAY, at=at)


async def _decided(
    db: Database, flag: Flag, state: State, at: datetime, *, by: UUID, turn: int = 0
) -> None:
    """The word that moved the flag there, as the service writes it."""
    decision = "does_not_count" if state in (State.not_counted, State.upheld) else "counts"
    word = FlagDecision(
        county=COUNTY, flag_id=flag.id, round=turn, place=1, decision=decision,
        reason="照片在村部", decided_by=by, decided_at=at,
    )  # fmt: skip
    await add(db, word)
    async with db.writing() as session:
        moved = update(Flag).where(col(Flag.id) == flag.id)
        await session.exec(moved.values(state=state.value, decided_at=at))


def _heard(notices: list[Notice]) -> list[str]:
    return [notice.kind for notice in notices]


async def test_raised_flags_are_one_notice_a_day(
    db: Database, author: User, run: Run, told: Told
) -> None:
    await _raise(db, author)
    await run()
    (first,) = await told(author)
    assert (first.kind, str(first.due)) == ("flag_raised", "2026-12-08")
    assert first.text.startswith(f"{NAMED}。疑点不是结论,复核前记录照常计入")
    # after the digest of the day: they wait for the next one, together
    await _raise(db, author, MORNING + HOUR)
    await _raise(db, author, MORNING + 2 * HOUR)
    assert await run(MORNING + 3 * HOUR) == 0
    await run(MORNING + DAY)
    await run(MORNING + 2 * DAY)
    second, *more = (await told(author))[1:]
    assert second.text.startswith("您的记录有 2 条疑点。")
    assert not more


async def test_of_silent_and_settled_flags_nothing_is_heard(
    db: Database, author: User, run: Run, told: Told
) -> None:
    settled = await _raise(db, author, MORNING - 9 * DAY)
    await _decided(db, settled, State.kept, MORNING - 8 * DAY, by=author.id)
    await add(
        db,
        CheckSilence(
            county=COUNTY, unit=VILLAGE, code=settled.code, reason="范围有误", since=MORNING - DAY
        ),
    )
    await _raise(db, author)
    for day in range(15):
        await run(MORNING + day * DAY)
    assert not await told(author)


async def test_a_low_flag_asks_nobody(db: Database, author: User, run: Run, told: Told) -> None:
    at = MORNING - HOUR
    await flagged(db, author.id, "zero-jitter", day=civil_day(MORNING) - DAY, at=at)
    for day in range(15):
        await run(MORNING + day * DAY)
    assert not await told(author)


async def test_three_days_before_the_end_whoever_said_nothing_is_told_once(
    db: Database, author: User, run: Run, told: Told
) -> None:
    answered, _ = await _raise(db, author), await _raise(db, author)
    await add(
        db,
        FlagAnswer(
            county=COUNTY, flag_id=answered.id, author_id=author.id, text="在后山", said_at=MORNING
        ),
    )
    for day in range(15):
        await run(MORNING + day * DAY)
    raised, closes = await told(author)
    assert _heard([raised, closes]) == ["flag_raised", "flag_closes"]
    assert closes.day == civil_day(MORNING) + 11 * DAY
    assert closes.text.startswith(f"还有 3 天可以说明:{NAMED},您还没有说明。期限是12月8日 08:00")
    assert closes.due == raised.due


@pytest.mark.parametrize(
    ("state", "turn", "kind", "says", "due"),
    [
        (State.kept, 0, "flag_decided", "经复核计入。意见:照片在村部", None),
        (State.kept_with_note, 0, "flag_decided", "经复核计入,并备注。", None),
        (State.not_counted, 0, "flag_decided", "经两名复核员复核,不计入。您如不同意,可在12月8日前申诉",
         "2026-12-08"),
        (State.kept, 1, "appeal_decided", "申诉后计入。", None),
        (State.upheld, 1, "appeal_decided", "申诉后由第三名复核员决定,仍不计入。", None),
    ],
)  # fmt: skip
async def test_a_decision_is_told_with_its_reason(
    db: Database, author: User, run: Run, told: Told, state: State, turn: int, kind: str,
    says: str, due: str | None,
) -> None:  # fmt: skip
    reviewer = await make_user(db, "复核")
    flag = await _raise(db, author, MORNING - 20 * DAY)
    if turn:
        await _decided(db, flag, State.not_counted, MORNING - 5 * DAY, by=author.id)
    await _decided(db, flag, state, MORNING - HOUR, by=reviewer.id, turn=turn)
    await run()
    await run(MORNING + DAY)
    (heard,) = await told(author)
    assert (heard.kind, heard.due and str(heard.due)) == (kind, due)
    assert f"您11月23日的签到(疑点:定位在村外){says}" in heard.text
    assert not await told(reviewer)


async def test_a_first_adverse_word_is_no_decision(
    db: Database, author: User, run: Run, told: Told
) -> None:
    flag = await _raise(db, author, MORNING - 8 * DAY)
    async with db.writing() as session:
        moved = update(Flag).where(col(Flag.id) == flag.id)
        await session.exec(moved.values(state=State.second_needed.value))
    await run()
    assert not await told(author)
    await run(MORNING + 3 * DAY)
    assert _heard(await told(author)) == ["flag_closes"]


async def test_muting_keeps_flags(db: Database, author: User, run: Run, told: Told) -> None:
    async with db.writing() as session:
        await service.mute(session, author.id, COUNTY, MORNING, on=True)
    await _raise(db, author)
    assert await run(MORNING + 13 * HOUR) == 0  # ten at night
    assert not await told(author)
    await run(MORNING + DAY)
    assert _heard(await told(author)) == ["flag_raised"]


async def test_an_author_whose_post_has_ended_hears_of_flags_and_decisions(
    db: Database, run: Run, told: Told
) -> None:
    """The 14 days to answer run for them, too; of duties of the former post they hear nothing."""
    await make_unit(db, VILLAGE)
    await in_force(db)
    former, reviewer = await make_user(db, "甲"), await make_user(db, "复核")
    await make_posting(db, former, VILLAGE, "HC", until=civil_day(MORNING) - 2 * DAY)
    flag = await _raise(db, former)
    for day in range(15):
        await run(MORNING + day * DAY)
    assert _heard(await told(former)) == ["flag_raised", "flag_closes"]
    await _decided(db, flag, State.kept, MORNING + 15 * DAY, by=reviewer.id)
    for day in range(16, 26):
        await run(MORNING + day * DAY)
    assert _heard(await told(former)) == ["flag_raised", "flag_closes", "flag_decided"]
    assert not await told(reviewer)
    # nobody who has signed off for good is written to
    gone = await make_user(db, "丙")
    await _raise(db, gone, MORNING + 26 * DAY)
    async with db.writing() as session:
        ended = update(User).where(col(User.id) == gone.id)
        await session.exec(ended.values(disabled_at=MORNING))
    await run(MORNING + 27 * DAY)
    assert not await told(gone)
