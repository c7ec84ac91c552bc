"""The same picture again: by its bytes, or by its look after a change of size or quality.

What is found is a reason to look, never more: a new photo of the same courtyard can come near, and
a crop, a turn of a few degrees or a mirror image escapes (measured: docs/evidence.md). A lookup
stays small because a picture is compared with those of its author and of its village only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.clock import around
from app.photos.models import Photo, PhotoUse

#: bits that may differ; both must hold. Source: security.md 5.3; measured on drawn pictures
NEAR_PHASH, NEAR_DHASH = 8, 40
#: how far back and forth: a courtyard is photographed again in a year, and looks different by then
WINDOW = timedelta(days=366)
#: records whose photos are looked through; a portrait is not: few may see it
KINDS = ("check_in", "diary", "activity")


@dataclass(frozen=True, slots=True)
class Taken:
    """The record whose photos are looked at."""

    record_id: UUID
    author_id: UUID
    day: date
    village: str | None
    photos: Sequence[str]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another record's photo that is alike; both distances are 0 where the bytes are the same."""

    photo: str
    other_photo: str
    record_kind: str
    record_id: UUID
    author_id: UUID
    day: date
    village: str | None
    phash: int = 0
    dhash: int = 0


def apart(one: str, other: str) -> int:
    """How many bits differ between two hashes in hex of one length."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


async def same_bytes(session: AsyncSession, taken: Taken) -> list[Elsewhere]:
    """Other records, whoever's, that name the same bytes, the oldest first."""
    query = (
        select(PhotoUse)
        .where(
            col(PhotoUse.sha256).in_(taken.photos),
            col(PhotoUse.record_id) != taken.record_id,
            col(PhotoUse.record_kind).in_(KINDS),
        )
        .order_by(col(PhotoUse.day), col(PhotoUse.record_id))
    )
    uses = (await session.exec(query)).all()
    return [_elsewhere(use, use.sha256) for use in uses]


async def near(session: AsyncSession, taken: Taken) -> list[Elsewhere]:
    """Photos of other records of this author, or of this village, that look like one of these.

    Those with the same bytes are left to ``same_bytes``. Photos whose hashes are not there yet, or
    that have too little contrast, are like none. The nearest come first.
    """
    own = await _hashes(session, taken.photos)
    if not own:
        return []
    near_by = _near_by(taken)
    looks = (
        select(col(Photo.sha256), col(Photo.phash64))
        .join(PhotoUse, col(PhotoUse.sha256) == col(Photo.sha256))
        .where(near_by, col(Photo.phash64) != "")
        .distinct()
    )
    asked = {sha: int(phash, 16) for sha, (phash, _) in own.items()}
    close: dict[tuple[str, str], int] = {}
    for other, phash in (await session.exec(looks)).all():
        look = int(phash or "0", 16)
        for sha, mine in asked.items():
            bits = (mine ^ look).bit_count()
            if bits <= NEAR_PHASH:
                close[sha, other] = bits
    if not close:
        return []
    others = await _hashes(session, {other for _, other in close})
    pairs: dict[str, list[tuple[str, int, int]]] = {}
    for (sha, other), bits in close.items():
        steps = apart(own[sha][1], others[other][1])
        if steps <= NEAR_DHASH:
            pairs.setdefault(other, []).append((sha, bits, steps))
    uses = select(PhotoUse).where(near_by, col(PhotoUse.sha256).in_(sorted(pairs)))
    found = [
        _elsewhere(use, sha, bits, steps)
        for use in (await session.exec(uses)).all()
        for sha, bits, steps in pairs[use.sha256]
    ]
    return sorted(found, key=lambda one: (one.dhash, one.phash, one.day, one.record_id))


def _near_by(taken: Taken) -> ColumnElement[bool]:
    """Uses by other records of this author, or in this village, within the window."""
    whose = col(PhotoUse.author_id) == taken.author_id
    if taken.village is not None:
        whose = or_(whose, col(PhotoUse.village) == taken.village)
    return and_(
        whose,
        col(PhotoUse.day).between(*around(taken.day, WINDOW)),
        col(PhotoUse.record_id) != taken.record_id,
        col(PhotoUse.sha256).not_in(taken.photos),
        col(PhotoUse.record_kind).in_(KINDS),
    )


def _elsewhere(use: PhotoUse, photo: str, phash: int = 0, dhash: int = 0) -> Elsewhere:
    return Elsewhere(
        photo, use.sha256, use.record_kind, use.record_id, use.author_id, use.day, use.village,
        phash, dhash,
    )  # fmt: skip


async def _hashes(session: AsyncSession, photos: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Both hashes of those of the photos that can be compared."""
    query = select(col(Photo.sha256), col(Photo.phash64), col(Photo.dhash256)).where(
        col(Photo.sha256).in_(sorted(photos)), col(Photo.phash64) != ""
    )
    return {sha: (p or "0", d or "0") for sha, p, d in (await session.exec(query)).all()}
