"""The decoding process: picture bytes in, two clean WebP pictures and what EXIF said out.

A program of its own, started by path with ``python -I`` and an empty environment. It imports
nothing of the house and so holds no database, no settings and no secret; once warm it gives up
whatever it could do harm with (``confine``) and then knows only its two pipes.

One request: a frame with the picture. One reply: a frame with JSON; unless that says ``refused``,
a frame with ``thumb`` and one with ``view``. A frame is a 4-byte big-endian length and the bytes.
"""

import contextlib
import io
import json
import math
import operator
import os
import re
import resource
import statistics
import struct
import sys
import warnings
from collections.abc import Iterable
from datetime import datetime
from typing import Any, BinaryIO

import PIL
from PIL import Image, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin

MOST_PIXELS = 40_000_000
MOST_PIXELS_WEBP = 20_000_000  # its decoder keeps the whole picture several times
LONGEST_SIDE = 12_000
VIEW, THUMB = 1600, 320
QUALITY = 80
MEMORY_BYTES = 480 * 2**20
CPU_SECONDS = 10
NOBODY = 65534
OLDEST_PILLOW = 13

#: What ``Image.format`` says and what we call it. MPO is a JPEG that carries more pictures behind
#: the first (depth and exposure maps of many phones): the first one is the photo.
TYPES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
#: Named here so that Pillow has them before the process can open no file any more.
PLUGINS = (JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin)
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
ORIENTATION, EXIF_IFD, GPS_IFD = 0x0112, 0x8769, 0x8825
TAKEN_AT, TAKEN_OFFSET = 0x9003, 0x9011
EXIF_TIME = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)")
EXIF_OFFSET = re.compile(r"[+-]\d\d:\d\d")
#: below this standard deviation of the grey values (of 255) there is nothing to recognise
FLAT = 4.0
#: the eight lowest waves of a discrete cosine transform over 32 values
WAVES = [[math.cos(math.pi * wave * (2 * n + 1) / 64) for n in range(32)] for wave in range(8)]


class Refused(Exception):
    """Not a picture that we take: ``kind``, ``pixels``, ``frames`` or ``broken``."""


def derive(data: bytes) -> tuple[dict[str, Any], bytes, bytes]:
    """What the picture is, its thumb and its view; ``Refused`` when we do not take it."""
    image = _open(data)
    exif = _exif(image)
    turn = exif.pop("turn")
    width, height = image.size[::-1] if turn in (5, 6, 7, 8) else image.size
    try:
        view = _upright(_shrunk(image, VIEW), turn)
        thumb = view.copy()
        thumb.thumbnail((THUMB, THUMB), Image.Resampling.LANCZOS)
        pictures = _webp(thumb), _webp(view)
    except MemoryError as error:
        raise Refused("pixels") from error
    except Exception as error:  # decoders raise anything over bytes that lie
        raise Refused("broken") from error
    told = {"media_type": TYPES[str(image.format)], "width": width, "height": height, **exif}
    return {**told, **likeness(thumb)}, *pictures


def _open(data: bytes) -> Image.Image:
    """Read the header and no pixel; the type is what a decoder recognises."""
    try:
        image = Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP"])
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Refused("pixels") from error
    except PIL.UnidentifiedImageError as error:
        raise Refused("kind") from error
    except Exception as error:
        raise Refused("broken") from error
    width, height = image.size
    most = MOST_PIXELS_WEBP if image.format == "WEBP" else MOST_PIXELS
    if width * height > most or max(width, height) > LONGEST_SIDE:
        raise Refused("pixels")
    if image.format != "MPO" and getattr(image, "n_frames", 1) != 1:
        raise Refused("frames")
    return image


def _shrunk(image: Image.Image, longest: int) -> Image.Image:
    """The picture in RGB, its longer side at most ``longest``; never enlarged."""
    scale = min(1.0, longest / max(image.size))
    size = tuple(max(1, round(side * scale)) for side in image.size)
    # JPEG decodes at 1/2, 1/4 or 1/8 for a third of the time; a square box would not match 4:3
    image.draft(None, (size[0], size[1]))
    if image.mode.startswith("I"):  # 16 bits of grey
        image = image.point(lambda value: value * (1 / 256)).convert("L")
    elif image.mode in ("P", "PA"):
        image = image.convert("RGBA")
    if image.size != size:
        image = image.resize((size[0], size[1]), Image.Resampling.LANCZOS, reducing_gap=2.0)
    if image.mode in ("RGBA", "LA", "La", "RGBa"):
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image)
    return image.convert("RGB")


def _upright(image: Image.Image, turn: int) -> Image.Image:
    """As the photographer saw it, and with nothing attached: no EXIF, XMP, ICC or comment."""
    image = image.transpose(TURNS[turn]) if turn in TURNS else image
    image.info = {}
    return image


def likeness(image: Image.Image) -> dict[str, str]:
    """Two perceptual hashes in hex, by which the same picture is found again after a change of
    size or quality: ``phash64`` (signs of low frequencies against their median) and ``dhash256``
    (whether each of 16×16 places is lighter than its left neighbour).

    Both are empty for a picture without contrast, such as a dark night: its hashes would be noise,
    and like those of every other dark night.
    """
    grey = image.convert("L")
    small = list(grey.resize((32, 32), Image.Resampling.LANCZOS).tobytes())
    mean = sum(small) / len(small)
    if sum((value - mean) ** 2 for value in small) < FLAT**2 * len(small):
        return {"phash64": "", "dhash256": ""}
    rows = [small[start : start + 32] for start in range(0, 1024, 32)]
    across = [[sum(map(operator.mul, row, wave)) for wave in WAVES] for row in rows]
    columns = list(zip(*across, strict=True))
    low = [sum(map(operator.mul, column, wave)) for wave in WAVES for column in columns]
    middle = statistics.median(low)
    steps = list(grey.resize((17, 16), Image.Resampling.LANCZOS).tobytes())
    lighter = [
        steps[at] > steps[at - 1] for row in range(0, 272, 17) for at in range(row + 1, row + 17)
    ]
    return {"phash64": _hex(value > middle for value in low), "dhash256": _hex(lighter)}


def _hex(bits: Iterable[bool]) -> str:
    digits = "".join("01"[bit] for bit in bits)
    return f"{int(digits, 2):0{len(digits) // 4}x}"


def _webp(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.info = {}
    image.save(out, "WEBP", quality=QUALITY, method=3)
    return out.getvalue()


def _exif(image: Image.Image) -> dict[str, Any]:
    """Orientation, time and place as the camera claims them; what cannot be read is null."""
    told: dict[str, Any] = {"turn": 1, "exif_at": None, "exif_lat_e7": None, "exif_lon_e7": None}
    with contextlib.suppress(Exception):  # damaged EXIF is no reason to refuse a photo
        tags = image.getexif()
        turn = tags.get(ORIENTATION, 1)
        told["turn"] = turn if turn in TURNS else 1
        told["exif_at"] = _taken_at(tags.get_ifd(EXIF_IFD))
        place = tags.get_ifd(GPS_IFD)
        lat, lon = _degrees(place, 1, "NS", 90), _degrees(place, 3, "EW", 180)
        if lat is not None and lon is not None:
            told["exif_lat_e7"], told["exif_lon_e7"] = lat, lon
    return told


def _taken_at(tags: dict[int, Any]) -> str | None:
    """``2026-11-21T09:12:03``, with the offset only where the camera wrote one."""
    found = EXIF_TIME.match(str(tags.get(TAKEN_AT, "")))
    if not found:
        return None
    try:
        year, month, day, hour, minute, second = map(int, found.groups())
        # a camera's own clock: without a zone unless it wrote one
        taken = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001
    except ValueError:  # cameras without a clock write 0000:00:00
        return None
    offset = str(tags.get(TAKEN_OFFSET, ""))
    return taken.isoformat() + (offset if EXIF_OFFSET.fullmatch(offset) else "")


def _degrees(tags: dict[int, Any], ref: int, halves: str, most: int) -> int | None:
    """Degrees, minutes and seconds of tag ``ref + 1`` as integers of 1e-7 degree."""
    half, parts = tags.get(ref), tags.get(ref + 1)
    if half not in tuple(halves) or not parts:
        return None
    with contextlib.suppress(ArithmeticError, ValueError, TypeError):
        degrees = sum(float(part) / 60**power for power, part in enumerate(parts))
        if math.isfinite(degrees) and 0 <= degrees <= most:
            e7 = int(degrees * 1e7 + 0.5)
            return -e7 if half == halves[1] else e7
    return None


def warm() -> None:
    """Do everything once, so that Pillow has loaded whatever it loads late."""
    tags = Image.Exif()
    tags[ORIENTATION] = 6
    tags[EXIF_IFD] = {TAKEN_AT: "2026:01:01 00:00:00"}
    tags[GPS_IFD] = {1: "N", 2: (27.0, 7.0, 0.0), 3: "E", 4: (113.0, 57.0, 0.0)}
    for kind in ("JPEG", "PNG", "WEBP"):
        out = io.BytesIO()
        Image.new("RGB", (400, 300)).save(out, kind, exif=tags)
        derive(out.getvalue())
    with contextlib.suppress(Refused):
        derive(b"not a picture")


def confine() -> None:
    """Give up rights: no more files, sockets or processes, a bound on memory, no core dump."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    for limit, value in (
        (resource.RLIMIT_NOFILE, 3),  # the pipes are open; nothing can be opened after them
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, MEMORY_BYTES),
    ):
        resource.setrlimit(limit, (value, value))


def allow_cpu(seconds: int) -> None:
    """From now on this much processor time, then the system ends the process."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    until = math.ceil(spent.ru_utime + spent.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def read_frame(pipe: BinaryIO) -> bytes | None:
    """One frame, or None when the other side has closed."""
    head = pipe.read(4)
    if len(head) < 4:
        return None
    (length,) = struct.unpack(">I", head)
    body = pipe.read(length)
    return body if len(body) == length else None


def write_frame(pipe: BinaryIO, body: bytes) -> None:
    """One frame; the caller flushes."""
    pipe.write(struct.pack(">I", len(body)))
    pipe.write(body)


def main() -> None:
    """Answer until the pipe closes."""
    if int(PIL.__version__.partition(".")[0]) < OLDEST_PILLOW:
        sys.exit(f"Pillow {PIL.__version__} is too old: at least {OLDEST_PILLOW} is needed")
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warm()
    confine()
    asks, answers = sys.stdin.buffer, sys.stdout.buffer
    write_frame(answers, b"ready")
    answers.flush()
    while (data := read_frame(asks)) is not None:
        allow_cpu(CPU_SECONDS)
        try:
            about, thumb, view = derive(data)
        except Refused as refused:
            write_frame(answers, json.dumps({"refused": str(refused)}).encode())
        else:
            for part in (json.dumps(about).encode(), thumb, view):
                write_frame(answers, part)
        answers.flush()


if __name__ == "__main__":
    main()
