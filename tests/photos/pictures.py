"""Pictures to upload: honest ones, made here, and the bad corpus."""

import hashlib
import io
import random
from typing import Any

from PIL import Image

TAKEN = "2026:11:21 09:12:03"
#: 27°07'40.548" N, 113°57'14.076" E
LAT_E7, LON_E7 = 271279300, 1139539100


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def scene(width: int = 800, height: int = 600, seed: int = 0) -> Image.Image:
    """A picture with some texture, the same for the same seed."""
    dots = random.Random(seed).randbytes(40 * 30 * 3)
    return Image.frombytes("RGB", (40, 30), dots).resize((width, height), Image.Resampling.BICUBIC)


def photo(seed: int = 0, **options: Any) -> bytes:
    """An honest JPEG; each seed has its own bytes."""
    return encoded(scene(seed=seed), "JPEG", **options)


def camera_exif(turn: int = 1) -> Image.Exif:
    """What a phone writes: orientation, time, position, and words that must not be served."""
    exif = Image.Exif()
    exif[0x0112] = turn
    exif[0x010F] = "EXIF-CANARY"
    exif[0x8769] = {0x9003: TAKEN, 0x9011: "+08:00"}
    exif[0x8825] = {
        1: "N",
        2: (27.0, 7.0, 40.548),
        3: "E",
        4: (113.0, 57.0, 14.076),
    }
    return exif


def sha(data: bytes) -> str:
    """The name of these bytes."""
    return hashlib.sha256(data).hexdigest()


def opened(data: bytes) -> Image.Image:
    """The picture again, decoded."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image
