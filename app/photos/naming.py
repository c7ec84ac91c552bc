"""A record names its photos, by prebuilt statements; the bytes may come later."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import FromClause, bindparam, exists, true
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.db import insert, insert_for
from app.core.prebuilt import Direct, Statement, each
from app.core.tables import JsonB
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


def naming_insert(dialect: str, new: FromClause | None) -> Any:
    """The uses of a record that is inserted in the same statement (``new``) or transaction.

    Its binds are ``naming_binds``.
    """
    photos, sha256, position = each(dialect, bindparam("use_photos", type_=JsonB))
    told = {
        name: bindparam(f"use_{name}", type_=PhotoUse.__table__.c[name].type)  # type: ignore[attr-defined]  # SQLModel sets it
        for name in Naming.__dataclass_fields__
    }
    source = select(*told.values(), sha256, position)  # type: ignore[call-overload]  # nine columns; the overloads end at four
    source = source.select_from(photos) if new is None else source.select_from(new, photos)
    return (
        insert_for(dialect, PhotoUse)
        .from_select([*told, "sha256", "position"], source.where(true()))
        .on_conflict_do_nothing()
        .returning(col(PhotoUse.sha256))
    )


def naming_binds(naming: Naming, hashes: Sequence[str]) -> dict[str, Any]:
    """The arguments of ``naming_insert``."""
    told = {f"use_{name}": getattr(naming, name) for name in Naming.__dataclass_fields__}
    return told | {"use_photos": list(hashes)}


def _lacking(dialect: str) -> Statement:
    photos, sha256, position = each(dialect, bindparam("photos", type_=JsonB))
    there = exists().where(col(Upload.user_id) == bindparam("user"), col(Upload.sha256) == sha256)
    query = select(sha256.label("sha256")).select_from(photos).where(~there)
    return Statement(query.order_by(position))


_LACKING = {dialect: _lacking(dialect) for dialect in ("sqlite", "postgresql")}


async def not_uploaded(direct: Direct, author_id: UUID, hashes: Sequence[str]) -> list[str]:
    """Those of the hashes whose bytes this author has not uploaded, in their order."""
    if not hashes:
        return []
    lacking = _LACKING[direct.dialect.name]
    return [r["sha256"] for r in await direct.rows(lacking, user=author_id, photos=list(hashes))]


async def name_photos_in(session: AsyncSession, naming: Naming, hashes: Sequence[str]) -> None:
    """As ``naming_insert``, for services that write through a session."""
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
