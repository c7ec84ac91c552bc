"""Photos over HTTP: upload by hash, ask what is missing, look at the clean pictures."""

import logging
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from app.core.db import Base, Database, ReadDb
from app.core.errors import BodyTooLarge, InvalidBody, Unavailable, UnsupportedType
from app.core.http import SIGNED_IN, Responses, can_fail
from app.core.storage import Absent, Bytes, Store
from app.core.wire import Sha256, once
from app.photos import intake
from app.photos.deps import TYPES, TheStudio, TheUploader, declared_type, in_sight
from app.photos.errors import (
    PhotoHashDiffers,
    PhotoNotAccepted,
    PhotoTooLarge,
    TooManyPhotos,
)
from app.photos.naming import not_uploaded_in
from app.photos.schemas import MissingIn, MissingOut, PhotoOut
from app.photos.shelf import PHOTOS, key
from app.postings.scope import Caller, Viewer
from app.uploads import service as uploads
from app.uploads.errors import UploadCut, UploadStalled
from app.uploads.incoming import Terms, body_of, receive

log = logging.getLogger("zhucun")
router = APIRouter(tags=["photos"])

UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in TYPES},
    }
}
UPLOAD_FAILS = {
    **SIGNED_IN,
    **can_fail(
        UploadCut, UploadStalled, BodyTooLarge, PhotoTooLarge, UnsupportedType, PhotoNotAccepted,
        TooManyPhotos,
    ),
    422: can_fail(InvalidBody, PhotoHashDiffers)[422],
}  # fmt: skip
PICTURE: Responses = {
    **SIGNED_IN,
    200: {"description": "The picture", "content": {"image/webp": {}}},
}


@router.put(
    "/photos/{sha256}",
    status_code=201,
    dependencies=[Depends(declared_type)],
    openapi_extra=UPLOAD,
    responses={
        **UPLOAD_FAILS,
        200: {"model": PhotoOut, "description": "The caller had uploaded it before"},
    },
)
async def upload(
    sha256: Sha256, request: Request, response: Response, uploader: TheUploader, studio: TheStudio
) -> PhotoOut:
    """Upload a photo under the SHA-256 of its bytes; the body is the file itself."""
    settings = request.app.state.settings
    await intake.greet(studio, uploader)
    terms = Terms(settings.data / "incoming", settings.photo_limit, PhotoHashDiffers)
    async with receive(body_of(request), sha256, terms) as incoming:
        photo, created = await intake.take(studio, uploader, incoming)
    response.status_code = 201 if created else 200
    return PhotoOut.model_validate(photo)


@router.post("/photos/missing", responses=SIGNED_IN)
async def missing(body: MissingIn, caller: Viewer, session: ReadDb) -> MissingOut:
    """Ask which of these photos the caller has not uploaded yet."""
    return MissingOut(missing=await not_uploaded_in(session, caller.id, once(body.sha256)))


@router.get("/photos/{sha256}/thumb", responses=PICTURE, response_class=Response)
async def thumb(sha256: Sha256, caller: Viewer, base: Base, store: Bytes) -> Response:
    """Look at a photo, 320 px on its longer side, WebP without metadata."""
    return await _picture(base, store, caller, sha256, "thumb")


@router.get("/photos/{sha256}/view", responses=PICTURE, response_class=Response)
async def view(sha256: Sha256, caller: Viewer, base: Base, store: Bytes) -> Response:
    """Look at a photo, 1600 px on its longer side, WebP without metadata."""
    return await _picture(base, store, caller, sha256, "view")


async def _picture(
    base: Database, store: Store, caller: Caller, sha256: str, shape: str
) -> Response:
    async with base.reading() as session:
        await uploads.visible(session, PHOTOS, sha256, caller.id, in_sight(caller))
    try:
        picture = await store.get(key(sha256, shape))
    except Absent as error:
        log.error("the photo store has lost %s of %s", shape, sha256)
        raise Unavailable from error
    # no-store comes from core.http: after a sign-out the browser must hold no picture of people
    return Response(
        picture,
        media_type="image/webp",
        headers={
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Content-Disposition": f'attachment; filename="{sha256[:16]}-{shape}.webp"',
        },
    )
