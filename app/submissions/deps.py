"""Named dependencies of uploads of documents."""

import asyncio
from typing import Annotated

from fastapi import Depends, Request

from app.core.db import Base
from app.core.errors import UnsupportedType
from app.core.storage import Bytes
from app.postings.scope import Viewer
from app.submissions.intake import ROOM, Desk
from app.submissions.recognition import EXTENSIONS
from app.uploads.shelf import Uploader

#: phones often do not know what they send
TYPES = (*EXTENSIONS, "application/octet-stream")


async def _desk(request: Request, base: Base, store: Bytes) -> Desk:
    state = request.app.state
    if not hasattr(state, "file_room"):
        state.file_room = asyncio.Semaphore(ROOM)
    return Desk(base, store, state.file_room, state.settings.files_per_day)


async def _uploader(caller: Viewer) -> Uploader:
    return Uploader(caller.id, caller.home())


async def declared_type(request: Request) -> None:
    """UnsupportedType before a byte is read; what the bytes are, their content tells."""
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared not in TYPES:
        raise UnsupportedType(
            f"不接受内容类型“{declared[:60]}”,文件请以 PDF、DOCX、XLSX 的类型或 "
            "application/octet-stream 上传;照片请走照片上传。"
        )


TheDesk = Annotated[Desk, Depends(_desk)]
TheUploader = Annotated[Uploader, Depends(_uploader)]
