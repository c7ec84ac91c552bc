"""Photos in the database, beside what every upload shares (``app.uploads``)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.prebuilt import Direct, Statement
from app.photos.errors import TooManyPhotos
from app.photos.models import Photo, Upload


async def known(session: AsyncSession, sha256: str) -> Photo | None:
    """The photo, if anybody has uploaded it."""
    return await session.get(Photo, sha256)


_SHARE = Statement(
    select(func.count(col(Upload.id)).label("uploaded")).where(
        col(Upload.user_id) == bindparam("user"), col(Upload.uploaded_at) >= bindparam("since")
    )
)


async def check_share(direct: Direct, user_id: UUID, since: datetime, most: int) -> None:
    """``TooManyPhotos`` when the user has uploaded ``most`` new photos since then."""
    found = await direct.row(_SHARE, user=user_id, since=since)
    if found is not None and found["uploaded"] >= most:
        raise TooManyPhotos
