"""The township's administrators are told of a village whose fence is suspended, once."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.checkins import checks
from app.core.clock import civil_day
from app.core.db import Database, insert
from app.core.ids import new_id
from app.notices.models import Digest, Kind, Notice, ReminderDay
from app.org.models import Unit
from app.postings.models import Post, Posting
from app.postings.scope import valid_on
from app.reviews.models import CheckSilence

TITLE = "村范围疑似坐标偏移"
TEXT = "{village}:{reason}请在“村范围”中核对中心位置和坐标系;更正后自动恢复核对。"


async def tell(base: Database, at: datetime) -> int:
    """Tell whoever was not told yet; how many notices were written.

    Not before the day's reminders are through: one digest a day is a person's, and theirs comes first.
    """
    day = civil_day(at)
    async with base.reading() as session:
        if not (waiting := await _waiting(session, day)):
            return 0
        if await session.get(ReminderDay, day) is None:
            return 0
    async with base.writing() as session:
        for silence, village, person in waiting:
            await _write(session, silence, village, person, at)
    return len(waiting)


async def _waiting(session: AsyncSession, day: date) -> list[tuple[CheckSilence, str, UUID]]:
    """Suspended villages with the township's administrators of today who were not told."""
    told = select(Notice.id).where(
        col(Notice.person_id) == col(Posting.person_id),
        col(Notice.subject) == col(CheckSilence.unit),
        col(Notice.kind) == Kind.fence_shifted.value,
        col(Notice.created_at) >= col(CheckSilence.since),
    )
    query = (
        select(CheckSilence, col(Unit.name), col(Posting.person_id))
        .join(Unit, col(Unit.code) == col(CheckSilence.unit))
        .join(Posting, col(Posting.unit) == col(Unit.parent))
        .where(
            col(CheckSilence.code) == checks.OUTSIDE,
            col(CheckSilence.by_id).is_(None),
            col(CheckSilence.ended_at).is_(None),
            col(Unit.level) == "village",
            col(Posting.kind) == Post.TA.value,
            valid_on(col(Posting.since), col(Posting.until), day),
            ~told.exists(),
        )
        .distinct()
    )
    return [(silence, name, person) for silence, name, person in (await session.exec(query)).all()]


async def _write(
    session: AsyncSession, silence: CheckSilence, village: str, person: UUID, at: datetime
) -> None:
    day = civil_day(at)
    county = silence.county
    await session.exec(
        insert(session, Digest)
        .values(county=county, id=new_id(), person_id=person, day=day, made_at=at)
        .on_conflict_do_nothing()
    )
    digest = select(Digest.id).where(col(Digest.person_id) == person, col(Digest.day) == day)
    await session.exec(
        insert(session, Notice)
        .values(
            county=county,
            id=new_id(),
            digest_id=(await session.exec(digest)).one(),
            person_id=person,
            subject=silence.unit,
            subject_name=village,
            pack="",
            rule="",
            period=day.isoformat(),
            kind=Kind.fence_shifted.value,
            threshold=f"{silence.since:%Y-%m-%dT%H:%M:%S}",
            day=day,
            title=TITLE,
            text=TEXT.format(village=village, reason=silence.reason),
            due=None,
            created_at=at,
            read_at=None,
        )
        .on_conflict_do_nothing()
    )
