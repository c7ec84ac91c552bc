"""Documents over HTTP: upload by hash, ask what is missing, fetch as an attachment."""

import logging
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from app.core.db import Base, ReadDb
from app.core.errors import BodyTooLarge, InvalidBody, Unavailable, UnsupportedType
from app.core.http import SIGNED_IN, Responses, can_fail
from app.core.storage import Absent, Bytes
from app.core.wire import Sha256, once
from app.photos.schemas import MissingIn, MissingOut
from app.postings.scope import Viewer
from app.submissions import intake, sight
from app.submissions.deps import TYPES, TheDesk, TheUploader, declared_type
from app.submissions.errors import (
    FileHashDiffers,
    FileHasProgram,
    FileNotAccepted,
    FileTooDeep,
    TooManyFiles,
)
from app.submissions.models import File
from app.submissions.recognition import EXTENSIONS
from app.submissions.schemas import FileOut
from app.submissions.shelf import FILES, key
from app.uploads import service as uploads
from app.uploads.errors import UploadCut, UploadStalled
from app.uploads.incoming import Terms, body_of, receive

log = logging.getLogger("zhucun")
router = APIRouter(tags=["files 文件"])

UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in TYPES},
    }
}
UPLOAD_FAILS = {
    **SIGNED_IN,
    **can_fail(
        UploadCut, UploadStalled, BodyTooLarge, FileTooDeep, UnsupportedType, FileNotAccepted,
        FileHasProgram, TooManyFiles,
    ),
    422: can_fail(InvalidBody, FileHashDiffers)[422],
}  # fmt: skip
DOCUMENT: Responses = {
    **SIGNED_IN,
    200: {"description": "The document", "content": {kind: {} for kind in EXTENSIONS}},
}


@router.put(
    "/files/{sha256}",
    status_code=201,
    dependencies=[Depends(declared_type)],
    openapi_extra=UPLOAD,
    responses={
        **UPLOAD_FAILS,
        200: {"model": FileOut, "description": "The caller had uploaded it before"},
    },
)
async def upload_file(
    sha256: Sha256, request: Request, response: Response, uploader: TheUploader, desk: TheDesk
) -> FileOut:
    """Upload a PDF, DOCX or XLSX under the SHA-256 of its bytes; the body is the file itself."""
    settings = request.app.state.settings
    await intake.greet(desk, uploader)
    terms = Terms(settings.data / "incoming", settings.file_limit, FileHashDiffers)
    async with receive(body_of(request), sha256, terms) as incoming:
        held, created = await intake.take(desk, uploader, incoming)
    response.status_code = 201 if created else 200
    return FileOut.model_validate(held)


@router.post("/files/missing", responses=SIGNED_IN)
async def missing_files(body: MissingIn, caller: Viewer, session: ReadDb) -> MissingOut:
    """Ask which of these documents the caller has not uploaded yet."""
    lacking = await uploads.lacking(session, FILES, caller.id, once(body.sha256))
    return MissingOut(missing=lacking)


@router.get("/files/{sha256}", responses=DOCUMENT, response_class=Response)
async def get_file(sha256: Sha256, caller: Viewer, base: Base, store: Bytes) -> Response:
    """Fetch a document, always as an attachment."""
    async with base.reading() as session:
        await uploads.visible(session, FILES, sha256, caller.id, sight.files(caller))
        held = await session.get_one(File, sha256)
    try:
        document = await store.get(key(sha256))
    except Absent as error:
        log.error("the store has lost the document %s", sha256)
        raise Unavailable from error
    # no-store comes from core.http; the name is ours: what people call files may be personal
    return Response(
        document,
        media_type=held.media_type,
        headers={
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Content-Disposition": (
                f'attachment; filename="{sha256[:16]}.{EXTENSIONS[held.media_type]}"'
            ),
        },
    )
