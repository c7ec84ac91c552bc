"""A handful of flags in every state, raised, answered and decided by the product's own code.

They lie on records of the people with listed logins, so that whoever signs in as one of them finds
something to answer, and whoever signs in as a reviewer something to decide. What they say is measured on those
records by the checks themselves, as far as the demonstration's phones tell enough for it.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.core.db import Database
from app.core.ids import new_id
from app.demo.suspect import Suspect, suspect
from app.postings.models import Post, Posting
from app.postings.scope import Caller, Held
from app.reviews import service
from app.reviews.schemas import AnswerIn, AppealIn, Decision, DecisionIn

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
    answer: str = ""
    voices: tuple[Voice, ...] = ()
    appeal: str = ""
    last: Voice | None = None
    kind: str = "check_in"
    with_: str = ""


FLAGS = (
    Told("first_secretary", 2, "outside-fence"),
    Told(
        "first_secretary", 8, "shared-device", with_="team_leader",
        answer="队长的手机没电了,借我的手机签到,两个人当时都在村委会。",
    ),
    Told(
        "first_secretary", 20, "clock-changed", answer="手机换电池后时间不准,已改为自动对时。",
        voices=(Voice(0, "counts_with_note", "说明属实,请保持自动对时。", 3),),
    ),
    Told(
        "team_leader", 6, "photo-reused", answer="每次都在同一个院坝拍照,可能选错了照片。",
        voices=(Voice(1, "does_not_count", "两条记录用的是同一张照片。", 3),),
    ),
    Told(
        "team_leader", 14, "impossible-travel", answer="当天上午在外开会,下午回村。",
        voices=(
            Voice(0, "does_not_count", "两条记录不能同时成立,会议签到表证明当时在外开会。", 3),
            Voice(1, "does_not_count", "同意,这一条不计入。", 5),
        ),
    ),
    Told(
        "team_leader", 28, "identical-fix",
        voices=(
            Voice(1, "does_not_count", "三天的定位逐位相同,本人没有说明。", 4),
            Voice(2, "does_not_count", "同意。", 15),
        ),
        appeal="那几天手机一直放在村委会充电,附上当天的走访记录。",
    ),
    Told(
        "first_secretary", 40, "photo-reused", answer="从相册里选错了。",
        voices=(Voice(2, "does_not_count", "照片与另一条记录的完全相同。", 2), Voice(0, "does_not_count", "同意。", 4)),
        appeal="当天确实在村,可问村支书。",
        last=Voice(1, "counts", "已电话向村支书核实,当天在村。", 9),
    ),
    Told("helper", 15, "diary-alike", kind="diary"),
)  # fmt: skip


async def review(base: Database, today: date) -> int:
    """Raise them and let them go their way, all before ``today``; how many flags."""
    async with base.writing() as session:
        people = await _callers(session, [*{told.who for told in FLAGS}, *REVIEWERS], today)
        taken: set[UUID] = set()
        raised = 0
        for told in FLAGS:
            found = await suspect(
                session,
                told.code,
                today - timedelta(days=told.days_ago),
                [people[name].id for name in (told.who, told.with_) if name],
                taken,
            )
            if found is None:
                continue
            await _play(session, told, found, people)
            raised += 1
    return raised


async def _play(
    session: AsyncSession, told: Told, found: Suspect, people: dict[str, Caller]
) -> None:
    author, at = people[told.who], found.at
    flag = (await service.raise_flags(session, found.about, [found.finding], at))[0].id
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
