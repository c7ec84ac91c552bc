"""Named dependencies: the studio, the uploader, the viewer's sight of photos."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col

from app.core.db import Base
from app.core.errors import UnsupportedType
from app.core.storage import Bytes
from app.photos.decoder import Decoding
from app.photos.intake import Studio
from app.photos.models import PhotoUse
from app.postings import scope
from app.postings.scope import Caller, Viewer
from app.uploads.shelf import Uploader

#: when a caller sees the records of rooms above this one, by kind of record; app.api fills it in
SEEN_AS: dict[str, Callable[[Caller], ColumnElement[bool]]] = {}
TYPES = ("image/jpeg", "image/png", "image/webp")


async def _studio(request: Request, base: Base, store: Bytes, decoder: Decoding) -> Studio:
    return Studio(base, store, decoder, request.app.state.settings.photos_per_day)


async def _uploader(caller: Viewer) -> Uploader:
    return Uploader(caller.id, caller.home())


async def declared_type(request: Request) -> None:
    """UnsupportedType before a byte is read; what the bytes are is the decoder's word."""
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared not in TYPES:
        raise UnsupportedType(
            f"不接受内容类型“{declared[:60]}”,照片请用 image/jpeg、image/png 或 image/webp 上传。"
            "HEIC 照片请在手机相机设置里选“兼容性最佳”(JPEG)。"
        )


def in_sight(caller: Caller) -> ColumnElement[bool]:
    """Uses of photos by records that the caller may see; a portrait is seen as its household.

    Who leads the people of a village does not for that see the faces of its households.
    """
    by_record = and_(
        col(PhotoUse.household_id).is_(None),
        scope.records(caller, col(PhotoUse.author_id), col(PhotoUse.day), col(PhotoUse.village)),
    )
    by_household = and_(
        col(PhotoUse.household_id).is_not(None),
        scope.households(caller, col(PhotoUse.household_id), col(PhotoUse.village)),
    )
    by_room = (
        and_(col(PhotoUse.record_kind) == kind, seen(caller)) for kind, seen in SEEN_AS.items()
    )
    return or_(by_record, by_household, *by_room)


TheStudio = Annotated[Studio, Depends(_studio)]
TheUploader = Annotated[Uploader, Depends(_uploader)]
