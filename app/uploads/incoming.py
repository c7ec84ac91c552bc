"""Bytes on their way in: counted and hashed while they stream into a file without a name."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from fastapi import Request
from starlette.requests import ClientDisconnect

from app.core.errors import BodyTooLarge, Problem
from app.uploads.errors import UploadCut, UploadStalled

STALLED_AFTER_S = 60.0


@dataclass(frozen=True, slots=True)
class Incoming:
    """A whole upload whose bytes have the hash that its address names."""

    sha256: str
    size: int
    file: IO[bytes]

    async def read(self) -> bytes:
        """All of it."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> bytes:
        self.file.seek(0)
        return self.file.read()


@dataclass(frozen=True, slots=True)
class Terms:
    """Where an upload is put down, how large it may be, what it is told when the hash differs."""

    folder: Path
    limit: int
    differs: type[Problem]


async def body_of(request: Request) -> AsyncIterator[bytes]:
    """The request's bytes as they come; ``UploadCut`` when the sender goes away."""
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect as gone:
        raise UploadCut from gone


@asynccontextmanager
async def receive(
    chunks: AsyncIterator[bytes], sha256: str, terms: Terms
) -> AsyncIterator[Incoming]:
    """Stream an upload to disk; it is gone when the block ends, however it ends.

    The file never has a name (``O_TMPFILE``), so that not even a killed server leaves one behind.
    Raises ``BodyTooLarge`` at the first byte over the limit, ``UploadStalled`` after a minute
    without a byte, ``terms.differs`` when all is read and the hash is another.
    """
    await asyncio.to_thread(terms.folder.mkdir, parents=True, exist_ok=True)
    seen = hashlib.sha256()
    size = 0
    with tempfile.TemporaryFile(dir=terms.folder) as file:
        while chunk := await _next(chunks):
            size += len(chunk)
            if size > terms.limit:
                raise BodyTooLarge
            # 64 KiB into the page cache and a hash of it: less than a thread hop costs
            seen.update(chunk)
            file.write(chunk)
        if seen.hexdigest() != sha256:
            raise terms.differs
        yield Incoming(sha256, size, file)


async def _next(chunks: AsyncIterator[bytes]) -> bytes:
    """The next bytes, empty at the end."""
    try:
        async with asyncio.timeout(STALLED_AFTER_S):
            async for chunk in chunks:
                if chunk:
                    return chunk
    except TimeoutError as error:
        raise UploadStalled from error
    return b""
