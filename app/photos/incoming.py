"""Bytes on their way in: counted and hashed while they stream into a file without a name."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.core.errors import BodyTooLarge
from app.photos.errors import PhotoHashDiffers, UploadStalled

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


@asynccontextmanager
async def receive(
    chunks: AsyncIterator[bytes], sha256: str, folder: Path, limit: int
) -> AsyncIterator[Incoming]:
    """Stream an upload to disk; it is gone when the block ends, however it ends.

    The file never has a name (``O_TMPFILE``), so that not even a killed server leaves one behind.
    Raises ``BodyTooLarge`` at the first byte over ``limit``, ``UploadStalled`` after a minute
    without a byte, ``PhotoHashDiffers`` when all is read and the hash is another.
    """
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    seen = hashlib.sha256()
    size = 0
    with tempfile.TemporaryFile(dir=folder) as file:
        while chunk := await _next(chunks):
            size += len(chunk)
            if size > limit:
                raise BodyTooLarge
            # 64 KiB into the page cache and a hash of it: less than a thread hop costs
            seen.update(chunk)
            file.write(chunk)
        if seen.hexdigest() != sha256:
            raise PhotoHashDiffers
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
