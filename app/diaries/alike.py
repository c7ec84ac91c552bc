"""Diaries whose wording is much alike: told to the writer before sending, and found afterwards.

It shows that two texts share their wording, or that much of one stands in the other; not who copied whom, and nothing about a text that was
paraphrased. Compared are diaries of one county within 180 days, without phrases that many there
use (``diaries.commons``). Joint visits, which may explain it, are told with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import and_, exists, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.checkins.models import CheckIn
from app.core.clock import around
from app.core.db import insert
from app.diaries.models import Diary, DiaryBand, DiaryCommons, DiaryPrint
from app.diaries.schemas import AlikeIn, AlikeOut
from app.diaries.shingles import bands, held, jaccard, packed, shingles, telling, unpacked
from app.postings.scope import Caller
from app.reviews.finding import Finding

#: the share of wording that two diaries must have in common. Source: security.md 5.3
ALIKE = 0.8
#: or the share of the shorter one that stands in the other: a copy with other names and a sentence
#: more. Measured on both fleets (decision 0018)
HELD = 0.65
#: so many shingles, 43 characters in a row, are more than one slogan; fewer are a weak sign
HELD_MUCH = 40
WINDOW = timedelta(days=180)
CODE = "diary-alike"
#: so many are told to the writer, and looked at one by one
MOST_TOLD, MOST_COMPARED = 5, 400


@dataclass(frozen=True, slots=True)
class Text:
    """A text to be compared, with what it must not be compared with: its own versions."""

    county: str
    work_date: date
    shingles: frozenset[int]
    chain: UUID | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A diary that is much alike.

    ``likeness`` is the share of both, ``held`` that of the shorter one; ``shared`` counts shingles.
    """

    diary_id: UUID
    author_id: UUID
    chain: UUID
    work_date: date
    likeness: float
    held: float
    shared: int

    @property
    def strong(self) -> bool:
        """Whether it is more than a slogan and a few names can explain."""
        return self.likeness >= ALIKE or self.shared >= HELD_MUCH


async def commons_of(session: AsyncSession, county: str) -> tuple[int, frozenset[int]]:
    """The county's common phrases and their edition; none while there are few diaries."""
    found = await session.get(DiaryCommons, county)
    return (found.edition, unpacked(found.shingles)) if found else (0, frozenset())


async def matches(
    session: AsyncSession, text: Text, commons: frozenset[int], before: Diary | None = None
) -> list[Match]:
    """Diaries of the county that are much alike, the most alike first, one per chain of versions.

    ``before``: only such as had been received when this one was.
    """
    mine = telling(text.shingles, commons)
    if not mine:
        return []
    query = (
        select(DiaryPrint)
        .where(
            col(DiaryPrint.diary_id).in_(
                select(col(DiaryBand.diary_id)).where(
                    col(DiaryBand.county) == text.county, col(DiaryBand.band).in_(bands(mine))
                )
            ),
            col(DiaryPrint.work_date).between(*around(text.work_date, WINDOW)),
        )
        .limit(MOST_COMPARED)
    )
    if text.chain is not None:
        query = query.where(col(DiaryPrint.chain) != text.chain)
    if before is not None:
        query = query.where(
            exists().where(
                col(Diary.id) == col(DiaryPrint.diary_id),
                or_(
                    col(Diary.received_at) < before.received_at,
                    and_(col(Diary.received_at) == before.received_at, col(Diary.id) < before.id),
                ),
            )
        )
    best: dict[UUID, Match] = {}
    for row in (await session.exec(query)).all():
        theirs = telling(unpacked(row.shingles), commons)
        told = Match(
            row.diary_id, row.author_id, row.chain, row.work_date,
            jaccard(mine, theirs), held(mine, theirs), len(mine & theirs),
        )  # fmt: skip
        stood = best.get(row.chain)
        enough = told.likeness >= ALIKE or told.held >= HELD
        if enough and (stood is None or _order(told) < _order(stood)):
            best[row.chain] = told
    return sorted(best.values(), key=_order)


def _order(one: Match) -> tuple[bool, float, float, date, UUID]:
    return not one.strong, -one.held, -one.likeness, one.work_date, one.diary_id


async def diary_findings(session: AsyncSession, diary_id: UUID) -> list[Finding]:
    """What the check finds on this diary, which from now on is compared with others, too.

    Nothing on a diary that is not there, or on a correction of what its author had written alike.
    """
    diary = await session.get(Diary, diary_id)
    if diary is None:
        return []
    edition, commons = await commons_of(session, diary.county)
    found = shingles(diary.text)
    await _print(session, diary, edition, found, commons)
    text = Text(diary.county, diary.work_date, found, diary.chain)
    alike = await matches(session, text, commons, before=diary)
    if not alike:
        return []
    joint = await _joint(session, diary, [one.diary_id for one in alike])
    first = alike[0]
    return [
        Finding(
            CODE,
            "low" if joint or not first.strong else "medium",
            {
                "percent": int(100 * first.likeness),
                "held_percent": int(100 * first.held),
                "other": str(first.diary_id),
                "other_day": first.work_date.isoformat(),
                "matches": len(alike),
                "diaries": [str(one.diary_id) for one in alike[:MOST_TOLD]],
                "compared": len(found - commons),
                "common": len(found & commons),
                "joint_visits": joint,
            },
        )
    ]


async def tell_writer(session: AsyncSession, caller: Caller, body: AlikeIn) -> AlikeOut:
    """What the writer should know before sending; of others no more than the month."""
    chain = body.id
    if body.replaces is not None:
        replaced = await session.get(Diary, body.replaces)
        own = replaced is not None and replaced.author_id == caller.id
        chain = replaced.chain if replaced and own else chain
    county = replace(caller, today=body.work_date).home()
    _, commons = await commons_of(session, county)
    found = shingles(body.text)
    alike = await matches(session, Text(county, body.work_date, found, chain), commons)
    return AlikeOut.model_validate(
        {
            "compared": bool(telling(found, commons)),
            "items": [
                {
                    "own": one.author_id == caller.id,
                    "month": f"{one.work_date:%Y-%m}",
                    "work_date": one.work_date if one.author_id == caller.id else None,
                    "diary": one.diary_id if one.author_id == caller.id else None,
                    "likeness": int(100 * one.held),
                }
                for one in alike[:MOST_TOLD]
            ],
        }
    )


async def _print(
    session: AsyncSession,
    diary: Diary,
    edition: int,
    found: frozenset[int],
    commons: frozenset[int],
) -> None:
    """Keep what others will be compared with; again and again with the same result."""
    row = DiaryPrint(
        county=diary.county,
        diary_id=diary.id,
        author_id=diary.author_id,
        chain=diary.chain,
        work_date=diary.work_date,
        edition=edition,
        shingles=packed(found),
    )
    await session.exec(
        insert(session, DiaryPrint).values(**row.model_dump()).on_conflict_do_nothing()
    )
    told = [
        {"county": diary.county, "band": band, "diary_id": diary.id}
        for band in bands(telling(found, commons))
    ]
    if told:
        await session.exec(insert(session, DiaryBand).values(told).on_conflict_do_nothing())


async def _joint(session: AsyncSession, diary: Diary, others: Sequence[UUID]) -> int:
    """On how many visits, linked to both, were this author and the other one in one house or
    village on one day."""
    linked = [UUID(key) for key in diary.check_ins]
    query = select(col(Diary.check_ins)).where(
        col(Diary.id).in_(others), col(Diary.author_id) != diary.author_id
    )
    theirs = [UUID(key) for keys in (await session.exec(query)).all() for key in keys]
    if not linked or not theirs:
        return 0
    mine, their = aliased(CheckIn), aliased(CheckIn)
    both = (
        select(col(mine.day), col(mine.village), col(mine.household_id))
        .join(
            their,
            and_(
                col(their.day) == col(mine.day),
                col(their.village) == col(mine.village),
                or_(
                    col(their.household_id) == col(mine.household_id),
                    col(mine.household_id).is_(None),
                    col(their.household_id).is_(None),
                ),
            ),
        )
        .where(col(mine.id).in_(linked[:500]), col(their.id).in_(theirs[:500]))
        .distinct()
    )
    return len((await session.exec(both)).all())
