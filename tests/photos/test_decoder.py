"""The decoding process: what it takes, what it refuses, what it can do harm with."""

import asyncio
import io
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from app.photos.decoder import ANSWER_WITHIN_S, PROGRAM, Decoder
from app.photos.errors import PhotoNotAccepted, PhotoTooLarge
from tests.photos.pictures import (
    LAT_E7,
    LON_E7,
    camera_exif,
    encoded,
    opened,
    photo,
    scene,
)

MUTATIONS = int(os.environ.get("ZHUCUN_TEST_MUTATIONS", "300"))
MOST_KB = 480 * 1024


@pytest.fixture(scope="module")
async def decoder() -> AsyncIterator[Decoder]:
    """One process, so that each test meets what the one before left behind."""
    made = Decoder(1)
    yield made
    await made.close()


def _peak_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


async def test_the_pictures_have_their_sizes(decoder: Decoder) -> None:
    done = await decoder.decode(encoded(Image.new("RGB", (4_000, 3_000)), "JPEG"))
    assert (done.about.width, done.about.height) == (4000, 3000)
    assert opened(done.view).size == (1600, 1200)
    assert opened(done.thumb).size == (320, 240)


async def test_a_small_picture_is_not_enlarged(decoder: Decoder) -> None:
    done = await decoder.decode(encoded(scene(200, 100), "PNG"))
    assert opened(done.view).size == (200, 100)
    assert opened(done.thumb).size == (200, 100)


@pytest.mark.parametrize(
    ("kind", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
)
async def test_exif_is_read_and_not_passed_on(decoder: Decoder, kind: str, media_type: str) -> None:
    told = {"exif": camera_exif(), "icc_profile": b"ICC-CANARY" * 20}
    if kind == "JPEG":
        told |= {"comment": b"COMMENT-CANARY", "xmp": b"<x:xmpmeta>XMP-CANARY</x:xmpmeta>"}
    done = await decoder.decode(encoded(scene(), kind, **told))
    assert done.about.media_type == media_type
    assert done.about.exif_at == "2026-11-21T09:12:03+08:00"
    assert (done.about.exif_lat_e7, done.about.exif_lon_e7) == (LAT_E7, LON_E7)
    for served in (done.view, done.thumb):
        for trace in (b"CANARY", b"Exif", b"EXIF", b"xmpmeta", b"ICCP", b"XMP "):
            assert trace not in served


@pytest.mark.parametrize("turn", range(1, 9))
async def test_pictures_stand_upright(decoder: Decoder, turn: int) -> None:
    """A red corner ends where the orientation says the photographer saw it."""
    picture = Image.new("RGB", (80, 40), "blue")
    picture.paste("red", (0, 0, 20, 20))
    corner = {1: "nw", 2: "ne", 3: "se", 4: "sw", 5: "nw", 6: "ne", 7: "se", 8: "sw"}[turn]
    done = await decoder.decode(encoded(picture, "JPEG", quality=95, exif=camera_exif(turn)))
    seen = opened(done.view)
    assert seen.size == ((80, 40) if turn < 5 else (40, 80))
    assert (done.about.width, done.about.height) == seen.size
    x = 4 if "w" in corner else seen.width - 5
    y = 4 if "n" in corner else seen.height - 5
    red, _green, blue = seen.convert("RGB").getpixel((x, y))  # type: ignore[misc]  # an RGB pixel
    assert red > 180 > 80 > blue


@pytest.mark.parametrize(
    "exif",
    [
        {0x9003: "yesterday"},
        {0x9003: "0000:00:00 00:00:00"},
        {0x9003: "2026:11:21 09:12:03\0", 0x9011: "east"},
        {0x9003: b"\xff\xfe\x00" * 20},
    ],
)
async def test_damaged_exif_is_no_reason_to_refuse(
    decoder: Decoder, exif: dict[int, object]
) -> None:
    told = camera_exif()
    told[0x8769] = exif
    told[0x8825] = {1: "X", 2: (999.0, 0.0, 0.0), 3: "E", 4: (0.0,)}
    done = await decoder.decode(photo(exif=told))
    assert done.about.exif_at in (None, "2026-11-21T09:12:03")
    assert done.about.exif_lat_e7 is None


async def test_rare_modes_are_decoded(decoder: Decoder) -> None:
    grey = await decoder.decode(encoded(Image.new("I;16", (500, 400), 40_000), "PNG"))
    value = opened(grey.view).convert("L").getpixel((9, 9))
    assert isinstance(value, int | float)
    assert abs(value - 40_000 / 257) < 4
    cmyk = await decoder.decode(encoded(Image.new("RGB", (50, 40), "red").convert("CMYK"), "JPEG"))
    red = opened(cmyk.view).convert("RGB").getpixel((9, 9))
    assert isinstance(red, tuple)
    assert red[0] > 200 > 60 > red[2]
    clear = await decoder.decode(encoded(Image.new("RGBA", (50, 40), (0, 0, 0, 0)), "PNG"))
    assert opened(clear.view).convert("RGB").getpixel((9, 9)) == (255, 255, 255)
    palette = await decoder.decode(encoded(scene().convert("P"), "PNG"))
    assert opened(palette.view).mode == "RGB"
    bits = await decoder.decode(encoded(Image.new("1", (5, 4000), 1), "PNG"))
    assert opened(bits.view).size == (2, 1600)


async def test_a_jpeg_with_pictures_behind_it_is_a_photo(decoder: Decoder) -> None:
    """Phones write depth and exposure maps into one file with the photo (MPO)."""
    data = encoded(scene(), "MPO", save_all=True, append_images=[scene(100, 100)])
    done = await decoder.decode(data)
    assert done.about.media_type == "image/jpeg"
    assert opened(done.view).size == (800, 600)


def _zip_tail() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("POLYGLOT-CANARY.html", "<script>POLYGLOT-CANARY</script>")
    return out.getvalue()


@pytest.mark.parametrize(
    "tail",
    [
        b"<html><script>POLYGLOT-CANARY</script></html>",
        _zip_tail(),
        b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$POLYGLOT-CANARY-ANTIVIRUS-TEST-FILE!$H+H*",
    ],
)
async def test_what_hangs_behind_a_picture_is_gone(decoder: Decoder, tail: bytes) -> None:
    done = await decoder.decode(photo() + tail)
    for served in (done.view, done.thumb):
        assert b"POLYGLOT" not in served
        assert b"PK\x03\x04" not in served


def _frames(kind: str) -> bytes:
    return encoded(
        Image.new("RGB", (50, 50)),
        kind,
        save_all=True,
        append_images=[Image.new("RGB", (50, 50), "red")],
    )


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"<html><body>not a picture</body></html>", "网页"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"%PDF-1.7\n", "PDF"),
        (_frames("GIF"), "GIF"),
        (b"\0\0\0\x18ftypheic" + bytes(64), "HEIC"),
        (b"\0\0\0\x18ftypmif1" + bytes(64), "HEIC"),
        (encoded(scene(9, 9), "TIFF"), "不是照片"),
        (encoded(scene(9, 9), "BMP"), "不是照片"),
        (_zip_tail(), "办公文档"),
        (b"", "不是照片"),
        (b"\xff\xd8\xff", "不是照片"),
        (_frames("WEBP"), "动图"),
        (_frames("PNG"), "动图"),
        (photo()[: len(photo()) // 2], "已损坏"),
        (encoded(scene(), "PNG")[:2000], "已损坏"),
        (encoded(scene(), "WEBP")[:900], "损坏"),
    ],
    ids=[
        "html", "svg", "pdf", "gif", "heic", "mif1", "tiff", "bmp", "zip", "empty", "stub",
        "animated webp", "animated png", "cut jpeg", "cut png", "cut webp",
    ],
)  # fmt: skip
async def test_what_is_no_photo_is_refused_in_words(
    decoder: Decoder, data: bytes, says: str
) -> None:
    with pytest.raises(PhotoNotAccepted) as refused:
        await decoder.decode(data)
    assert says in refused.value.detail


@pytest.mark.parametrize(
    "data",
    [
        encoded(Image.new("1", (13_000, 13_000)), "PNG"),
        encoded(Image.new("L", (12_001, 10)), "PNG"),
        encoded(Image.new("L", (6_400, 6_400)), "PNG"),
        encoded(Image.new("RGB", (5_000, 4_100)), "WEBP", method=0),
    ],
    ids=["13,000²", "one long side", "41 MP", "20.5 MP WebP"],
)
async def test_bombs_are_refused_by_their_header(decoder: Decoder, data: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(PhotoTooLarge):
        await decoder.decode(data)
    assert time.monotonic() - began < 2


async def test_the_largest_allowed_picture_fits(decoder: Decoder) -> None:
    done = await decoder.decode(encoded(Image.new("RGBA", (8_000, 5_000)), "PNG"))
    assert opened(done.view).size == (1600, 1000)
    assert _peak_kb(decoder.pids()[0]) < MOST_KB


async def test_mutated_pictures_neither_hang_nor_grow_it(decoder: Decoder) -> None:
    """Each mutation is decoded or refused, and an honest picture follows at once."""
    chance = random.Random(2026)
    small = scene(160, 120)
    seeds = [encoded(small, kind, exif=camera_exif()) for kind in ("JPEG", "PNG", "WEBP")]
    refused = 0
    for number in range(MUTATIONS):
        data = bytearray(seeds[number % len(seeds)])
        for _ in range(chance.randint(1, 12)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            await decoder.decode(bytes(data))
        except (PhotoNotAccepted, PhotoTooLarge):
            refused += 1
    assert refused > MUTATIONS // 20
    began = time.monotonic()
    await decoder.decode(photo())
    assert time.monotonic() - began < ANSWER_WITHIN_S / 2  # it was not waited for
    assert _peak_kb(decoder.pids()[0]) < MOST_KB


async def test_a_dead_process_is_replaced(decoder: Decoder) -> None:
    await decoder.decode(photo())
    os.kill(decoder.pids()[0], signal.SIGSEGV)
    with pytest.raises(PhotoNotAccepted):
        await decoder.decode(photo())
    began = time.monotonic()
    await decoder.decode(photo())
    assert time.monotonic() - began < ANSWER_WITHIN_S / 2  # it was not waited for


async def test_a_cancelled_picture_leaves_no_answer_to_the_next(decoder: Decoder) -> None:
    large = asyncio.create_task(decoder.decode(encoded(Image.new("RGB", (6_000, 6_000)), "PNG")))
    await asyncio.sleep(0.05)
    large.cancel()
    with pytest.raises(asyncio.CancelledError):
        await large
    done = await decoder.decode(photo())
    assert (done.about.width, done.about.height) == (800, 600)


HARM = {
    "socket": "socket.socket().close()",
    "file": "open('/etc/passwd').close()",
    "write": "open('/tmp/zhucun-harm', 'w').close()",
    "process": "(os.fork() or os._exit(0)) and os.wait()",
    "memory": "bytearray(600 * 2**20)",
}


@pytest.mark.parametrize("harm", HARM)
def test_a_confined_process_can_do_no_harm(harm: str) -> None:
    """The same deed works before ``confine`` and fails after it."""
    program = (
        f"import runpy, socket, os; worker = runpy.run_path({str(PROGRAM)!r})\n"
        "worker['warm']()\n"
        f"def deed():\n    try:\n        {HARM[harm]}\n        return 'done'\n"
        "    except (OSError, MemoryError) as error:\n        return type(error).__name__\n"
        "free = deed()\nworker['confine']()\nprint(free, deed())\n"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() in (
        ["done", "OSError"], ["done", "BlockingIOError"], ["done", "MemoryError"]
    )  # fmt: skip


def test_the_program_imports_nothing_of_the_house() -> None:
    program = (
        f"import runpy, sys; runpy.run_path({str(PROGRAM)!r})\n"
        "print(sorted(name for name in sys.modules if name.partition('.')[0] in "
        "('app', 'fastapi', 'sqlalchemy', 'pydantic', 'obstore')))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


async def test_endless_work_is_ended_by_the_system() -> None:
    """A decoder that computes for ever is ended by its bound on processor time."""
    program = (
        f"import runpy; worker = runpy.run_path({str(PROGRAM)!r})\n"
        "worker['allow_cpu'](1)\nwhile True: pass"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-I", "-c", program)
    # a second of the processor, however long a busy machine takes to give it
    assert await asyncio.wait_for(process.wait(), 60) == -signal.SIGXCPU
