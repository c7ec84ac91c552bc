"""A record names its photos, by prebuilt statements; the bytes may come later."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.db import insert, insert_for
from app.core.prebuilt import Direct, Statement
from app.photos.models import PhotoUse, Upload


@dataclass(frozen=True, slots=True)
class Naming:
    """The record that names photos, and by what its photos are found again."""

    record_kind: str
    record_id: UUID
    county: str
    author_id: UUID
    day: date
    village: str | None = None
    household_id: UUID | None = None


def _insert(dialect: str) -> Statement:
    columns = PhotoUse.__table__.columns  # type: ignore[attr-defined]  # SQLModel sets it
    return Statement(
        insert_for(dialect, PhotoUse)
        .values({c.key: bindparam(f"use_{c.key}", type_=c.type) for c in columns})
        .on_conflict_do_nothing()
        .returning(col(PhotoUse.position))
    )


_INSERT = {dialect: _insert(dialect) for dialect in ("sqlite", "postgresql")}
_UPLOADED = Statement(
    select(col(Upload.sha256)).where(
        col(Upload.user_id) == bindparam("user"), col(Upload.sha256) == bindparam("photo")
    )
)


async def name_photos(direct: Direct, naming: Naming, hashes: Sequence[str]) -> None:
    """Insert one use per photo, in their order."""
    for position, sha256 in enumerate(hashes):
        await direct.rows(
            _INSERT[direct.dialect.name],
            use_record_id=naming.record_id,
            use_sha256=sha256,
            use_county=naming.county,
            use_record_kind=naming.record_kind,
            use_author_id=naming.author_id,
            use_position=position,
            use_day=naming.day,
            use_village=naming.village,
            use_household_id=naming.household_id,
        )


async def not_uploaded(direct: Direct, author_id: UUID, hashes: Sequence[str]) -> list[str]:
    """Those of the hashes whose bytes this author has not uploaded."""
    return [
        sha256
        for sha256 in hashes
        if not await direct.rows(_UPLOADED, user=author_id, photo=sha256)
    ]


async def name_photos_in(session: AsyncSession, naming: Naming, hashes: Sequence[str]) -> None:
    """As ``name_photos``, for services that write through a session."""
    for position, sha256 in enumerate(hashes):
        await session.exec(
            insert(session, PhotoUse)
            .values(**asdict(naming), sha256=sha256, position=position)
            .on_conflict_do_nothing()
        )


async def not_uploaded_in(
    session: AsyncSession, author_id: UUID, hashes: Sequence[str]
) -> list[str]:
    """As ``not_uploaded``, for services that read through a session."""
    query = select(col(Upload.sha256)).where(
        col(Upload.user_id) == author_id, col(Upload.sha256).in_(hashes)
    )
    there = set((await session.exec(query)).all()) if hashes else set()
    return [sha256 for sha256 in hashes if sha256 not in there]
