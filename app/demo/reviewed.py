"""A handful of flags in every state, raised, answered and decided by the product's own code.

They lie on records of the people with listed logins, so that whoever signs in as one of them finds
something to answer, and whoever signs in as a reviewer something to decide. The numbers in them are
invented, as everything in the demonstration is.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.checkins.models import CheckIn, Withdrawal
from app.core.db import Database
from app.core.ids import new_id
from app.diaries.models import Diary
from app.policy.periods import start_of
from app.postings.models import Post, Posting
from app.postings.scope import Caller, Held
from app.reviews import service
from app.reviews.finding import About, Evidence, Finding
from app.reviews.schemas import AnswerIn, AppealIn, Decision, DecisionIn
from app.reviews.words import CHECKS

REVIEWERS = ("reviewer", "reviewer_2", "reviewer_3")


@dataclass(frozen=True, slots=True)
class Voice:
    """What a reviewer said: which of the three, what, and so many days after the flag."""

    by: int
    says: Decision
    reason: str
    after: int


@dataclass(frozen=True, slots=True)
class Told:
    """One flag's story: on whose record of about how many days ago, and what came of it.

    Answer and appeal come a day after the flag and a day after the last voice of the review.
    """

    who: str
    days_ago: int
    code: str
    evidence: Evidence
    answer: str = ""
    voices: tuple[Voice, ...] = ()
    appeal: str = ""
    last: Voice | None = None
    kind: str = "check_in"


FLAGS = (
    Told("first_secretary", 2, "outside-fence", {"distance_m": 2310, "accuracy_m": 24, "beyond_m": 736}),
    Told(
        "first_secretary", 8, "shared-device", {"accounts": 2},
        answer="队长的手机没电了,借我的手机签到,两个人当时都在村委会。",
    ),
    Told(
        "first_secretary", 20, "clock-changed", {"moved_s": 10860}, answer="手机换电池后时间不准,已改为自动对时。",
        voices=(Voice(0, "counts_with_note", "说明属实,请保持自动对时。", 3),),
    ),
    Told("first_secretary", 12, "zero-jitter", {"fixes": 6}),
    Told(
        "team_leader", 6, "photo-alike", {"other_day": "上月", "bits64": 5, "bits256": 31},
        answer="每次都在同一个院坝拍照,是新拍的。",
        voices=(Voice(1, "does_not_count", "两张照片的云影和衣物位置一致,像是同一张。", 3),),
    ),
    Told(
        "team_leader", 14, "impossible-travel", {"distance_m": 61200, "minutes": 14, "speed_kmh": 262},
        answer="当天上午在县里开会,下午回村。",
        voices=(
            Voice(0, "does_not_count", "两条记录不能同时成立,会议签到表证明当时在县城。", 3),
            Voice(1, "does_not_count", "同意,这一条不计入。", 5),
        ),
    ),
    Told(
        "team_leader", 28, "identical-fix", {"days": 3, "accuracy_m": 12, "dates": ["上月初三天"]},
        voices=(
            Voice(1, "does_not_count", "三天的定位逐位相同,作者没有说明。", 4),
            Voice(2, "does_not_count", "同意。", 15),
        ),
        appeal="那几天手机一直放在村委会充电,附上当天的走访记录。",
    ),
    Told(
        "first_secretary", 40, "photo-reused", {"other_day": "前一周"}, answer="从相册里选错了。",
        voices=(Voice(2, "does_not_count", "照片与前一周的完全相同。", 2), Voice(0, "does_not_count", "同意。", 4)),
        appeal="当天确实在村,可问村支书。",
        last=Voice(1, "counts", "已电话向村支书核实,当天在村。", 9),
    ),
    Told(
        "helper", 15, "diary-alike",
        {"other_day": "上月", "percent": 86, "held_percent": 93, "joint_visits": 0}, kind="diary",
    ),
)  # fmt: skip


async def review(base: Database, today: date) -> int:
    """Raise them and let them go their way, all before ``today``; how many flags."""
    async with base.writing() as session:
        people = await _callers(session, [*{told.who for told in FLAGS}, *REVIEWERS], today)
        taken: set[UUID] = set()
        raised = 0
        for told in FLAGS:
            about, seen = await _record(session, told, people[told.who], taken, today)
            if about is None or seen is None:
                continue
            await _play(session, told, about, seen, people)
            raised += 1
    return raised


async def _play(
    session: AsyncSession, told: Told, about: About, at: datetime, people: dict[str, Caller]
) -> None:
    author = people[told.who]
    finding = Finding(told.code, CHECKS[told.code].weight, told.evidence)
    flag = (await service.raise_flags(session, about, [finding], at))[0].id
    if told.answer:
        await service.answer(
            session, author, flag, AnswerIn(text=told.answer), at + timedelta(days=1)
        )
    for voice in told.voices:
        await _decide(session, voice, flag, at, people)
    if told.appeal:
        spoken = at + timedelta(days=told.voices[-1].after + 1)
        await service.appeal(session, author, flag, AppealIn(text=told.appeal), spoken)
    if told.last:
        await _decide(session, told.last, flag, at, people)


async def _decide(
    session: AsyncSession, voice: Voice, flag: UUID, at: datetime, people: dict[str, Caller]
) -> None:
    body = DecisionIn(decision=voice.says, reason=voice.reason)
    by = people[REVIEWERS[voice.by]]
    await service.decide(session, by, flag, body, at + timedelta(days=voice.after))


async def _record(
    session: AsyncSession, told: Told, author: Caller, taken: set[UUID], today: date
) -> tuple[About | None, datetime | None]:
    """The author's newest record of that day or before, that has no flag yet."""
    day = today - timedelta(days=told.days_ago)
    if told.kind == "diary":
        diaries = select(Diary).where(
            col(Diary.author_id) == author.id, col(Diary.received_at) < _end(day)
        )
        diary = (await session.exec(diaries.order_by(col(Diary.received_at).desc()))).first()
        if diary is None:
            return None, None
        about = About(told.kind, diary.id, diary.county, author.id, diary.work_date)
        return about, diary.received_at + timedelta(minutes=1)
    taps = (
        select(CheckIn)
        .outerjoin(Withdrawal, col(Withdrawal.check_in_id) == col(CheckIn.id))
        .where(
            col(CheckIn.person_id) == author.id,
            col(CheckIn.day) <= day,
            col(CheckIn.received_at) < _end(day),
            col(CheckIn.id).not_in(taken),
            col(Withdrawal.check_in_id).is_(None),
        )
    )
    tap = (await session.exec(taps.order_by(col(CheckIn.captured_at).desc()))).first()
    if tap is None:
        return None, None
    taken.add(tap.id)
    about = About(told.kind, tap.id, tap.county, author.id, tap.day, tap.village)
    return about, tap.received_at + timedelta(minutes=1)


def _end(day: date) -> datetime:
    return start_of(day + timedelta(days=1))


async def _callers(session: AsyncSession, usernames: list[str], today: date) -> dict[str, Caller]:
    """These people as if they were asking."""
    query = select(User, Posting).join(Posting, col(Posting.person_id) == col(User.id))
    found: dict[str, Caller] = {}
    for user, held in (await session.exec(query.where(col(User.username).in_(usernames)))).all():
        post = Held(held.id, held.unit, Post(held.kind), held.since, held.until, held.county)
        name = user.username or ""
        others = found[name].postings if name in found else ()
        found[name] = Caller(user.id, user.name, new_id(), today, (*others, post))
    return found
