"""A few decoding processes, kept warm: each takes one picture at a time.

How a picture is kept apart: see ``photos.worker`` (an unprivileged process that can open no file
and no socket, with bounds on memory and processor time). Here: a bound on time by the clock, a
fresh process for each that died, and no trust in what a process answers.
"""

import asyncio
import json
import logging
import signal
import struct
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from app.core.errors import Unavailable
from app.photos.errors import PhotoNotAccepted, PhotoTooLarge

log = logging.getLogger("zhucun")

PROGRAM = Path(__file__).with_name("worker.py")
START_WITHIN_S = 20
ANSWER_WITHIN_S = 30
LONGEST_FRAME = 8 * 2**20
#: Deaths that the bytes did not cause: the system was short of memory or is shutting down.
NOT_THE_PICTURE = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT)


class About(BaseModel):
    """What the decoder says of a picture; read strictly, because a decoder can be subverted."""

    model_config = ConfigDict(extra="forbid", strict=True)

    media_type: str = Field(pattern=r"^image/(jpeg|png|webp)$")
    width: int = Field(ge=1, le=12_000)
    height: int = Field(ge=1, le=12_000)
    exif_at: str | None = Field(max_length=32)
    exif_lat_e7: int | None = Field(ge=-900_000_000, le=900_000_000)
    exif_lon_e7: int | None = Field(ge=-1_800_000_000, le=1_800_000_000)
    phash64: str = Field(pattern=r"^([0-9a-f]{16})?$")
    dhash256: str = Field(pattern=r"^([0-9a-f]{64})?$")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture as we serve it."""

    about: About
    thumb: bytes
    view: bytes


REFUSALS: dict[str, type[PhotoNotAccepted] | type[PhotoTooLarge]] = {
    "pixels": PhotoTooLarge,
    "kind": PhotoNotAccepted,
    "frames": PhotoNotAccepted,
    "broken": PhotoNotAccepted,
}
WORDS = {
    "frames": "这是动图(不止一帧),只接受静态照片。请重新拍照上传。",
    "broken": "照片文件已损坏,无法解码,可能在传输或保存时不完整。请重新选择或重新拍摄。",
}


class Decoder:
    """Starts its processes when they are first needed; ``close`` ends them."""

    def __init__(self, workers: int = 2) -> None:
        #: How many uploads may be in memory at once, decoding or on their way to the store.
        self.room = asyncio.Semaphore(4 * workers)
        self._turn = asyncio.Semaphore(workers)
        self._idle: list[Process] = []

    async def decode(self, data: bytes) -> Decoded:
        """Decode, shrink and clean one picture.

        Raises ``PhotoNotAccepted`` or ``PhotoTooLarge`` for what the bytes are, ``Unavailable``
        when the house is too busy.
        """
        async with self._turn:
            worker = self._idle.pop() if self._idle else await _started()
            try:
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    decoded = await _asked(worker, data)
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                raise await _obituary(worker) from error
            except (PhotoNotAccepted, PhotoTooLarge):
                self._idle.append(worker)
                raise
            except BaseException as error:  # out of time, cancelled or lying: do not reuse it
                await _end(worker)
                if isinstance(error, TimeoutError):
                    raise Unavailable from error
                raise
            self._idle.append(worker)
            return decoded

    def pids(self) -> list[int]:
        """The processes that wait for work."""
        return [worker.pid for worker in self._idle]

    async def close(self) -> None:
        """End the processes; a later ``decode`` would start new ones."""
        while self._idle:
            await _end(self._idle.pop())


async def _started() -> Process:
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-I", PROGRAM, stdin=PIPE, stdout=PIPE, env={}, limit=LONGEST_FRAME
    )
    try:
        async with asyncio.timeout(START_WITHIN_S):
            await _frame(worker)
    except (TimeoutError, asyncio.IncompleteReadError) as error:
        await _end(worker)
        log.error("the decoding process does not start (exit %s)", worker.returncode)
        raise Unavailable from error
    except BaseException:
        await _end(worker)
        raise
    return worker


async def _asked(worker: Process, data: bytes) -> Decoded:
    if worker.stdin is None:
        raise RuntimeError("the decoding process has no pipe")
    worker.stdin.write(struct.pack(">I", len(data)))
    worker.stdin.write(data)
    await worker.stdin.drain()
    said: dict[str, Any] = json.loads(await _frame(worker))
    if reason := said.get("refused"):
        raise REFUSALS[reason](WORDS.get(reason) or looks_like(data))
    about = About.model_validate(said)
    thumb, view = await _frame(worker), await _frame(worker)
    for picture in (thumb, view):
        if picture[:4] != b"RIFF" or picture[8:12] != b"WEBP":
            raise ValueError("the decoding process answered something else than WebP")
    return Decoded(about, thumb, view)


async def _frame(worker: Process) -> bytes:
    if worker.stdout is None:
        raise RuntimeError("the decoding process has no pipe")
    (length,) = struct.unpack(">I", await worker.stdout.readexactly(4))
    if length > LONGEST_FRAME:
        raise ValueError("the decoding process answered too much")
    return await worker.stdout.readexactly(length)


async def _obituary(worker: Process) -> Exception:
    """What the death of a process says of the picture."""
    code = await worker.wait()
    log.warning("a decoding process ended with %s; the next picture gets a fresh one", code)
    if code in NOT_THE_PICTURE:
        return Unavailable()
    return PhotoNotAccepted(WORDS["broken"])


async def _end(worker: Process) -> None:
    if worker.stdin is not None:
        worker.stdin.close()
    if worker.returncode is None:
        try:
            worker.kill()
        except ProcessLookupError:
            log.debug("the decoding process was gone already")
    await worker.wait()


SIGNS: tuple[tuple[bytes, int, str], ...] = (
    (
        b"ftyphei",
        4,
        "这是 HEIC 照片,服务器不接受。请在手机相机设置里选“兼容性最佳”(JPEG)后再上传。",
    ),
    (
        b"ftypmif1",
        4,
        "这是 HEIC 照片,服务器不接受。请在手机相机设置里选“兼容性最佳”(JPEG)后再上传。",
    ),
    (b"ftypavif", 4, "这是 AVIF 图片,请转成 JPEG、PNG 或 WebP 后再上传。"),
    (b"GIF8", 0, "这是 GIF 图片,请转成 JPEG、PNG 或 WebP 后再上传。"),
    (b"%PDF", 0, "这是 PDF 文件,不是照片。请上传 JPEG、PNG 或 WebP 照片。"),
    (b"PK\x03\x04", 0, "这是压缩包或办公文档,不是照片。请上传 JPEG、PNG 或 WebP 照片。"),
)


def looks_like(data: bytes) -> str:
    """A sentence for bytes that no decoder knows; the usual mistakes get their own."""
    for sign, at, sentence in SIGNS:
        if data[at : at + len(sign)] == sign:
            return sentence
    if data[:512].lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<":
        return "这是网页或 SVG 文件,不是照片。请上传 JPEG、PNG 或 WebP 照片。"
    return ""


def decoder(request: Request) -> Decoder:
    """The application's decoder."""
    found: Decoder = request.app.state.decoder
    return found


#: The decoder, for routes.
Decoding = Annotated[Decoder, Depends(decoder)]
