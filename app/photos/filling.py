"""Hashes for photos that came before there were any: decoded again, in the decoding process."""

import logging
from collections.abc import Callable

from sqlmodel import col, select

from app.core.db import Database
from app.core.errors import Problem
from app.core.storage import Absent, Store
from app.photos.decoder import Decoder
from app.photos.models import Photo
from app.photos.shelf import key

log = logging.getLogger("zhucun.photos")
#: so many in one turn of the worker: a picture takes about a tenth of a second
MOST = 300


async def fill(base: Database, store: Store, enough: Callable[[], bool]) -> int:
    """Compute what is missing, the newest photos first; how many were looked at.

    A photo whose bytes are gone or can no longer be read gets empty hashes: it is like none.
    """
    newest = select(col(Photo.sha256)).where(col(Photo.phash64).is_(None))
    async with base.reading() as session:
        query = newest.order_by(col(Photo.stored_at).desc(), col(Photo.sha256)).limit(MOST)
        missing = list((await session.exec(query)).all())
    done = 0
    decoder = Decoder(1)
    try:
        for sha256 in missing:
            if enough():
                break
            phash64, dhash256 = await _likeness(store, decoder, sha256)
            async with base.writing() as session:
                photo = await session.get(Photo, sha256)
                if photo is not None:  # the sweep may have come before us
                    photo.phash64, photo.dhash256 = phash64, dhash256
                    session.add(photo)
            done += 1
    finally:
        await decoder.close()
    return done


async def _likeness(store: Store, decoder: Decoder, sha256: str) -> tuple[str, str]:
    try:
        about = (await decoder.decode(await store.get(key(sha256, "original")))).about
    except (Absent, Problem) as error:
        log.warning("photo %s cannot be compared: %s", sha256, type(error).__name__)
        return "", ""
    return about.phash64, about.dhash256
