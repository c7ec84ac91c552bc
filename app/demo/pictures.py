"""A handful of drawn pictures: nobody's face, visibly drawn, each with bytes of its own."""

import asyncio
import hashlib
import io
from random import Random
from typing import Any

from PIL import Image, ImageDraw

from app.core.storage import Store
from app.demo.span import Span, at
from app.photos.models import Photo
from app.photos.shelf import key
from app.photos.worker import derive

MANY = 16
SIZE = (640, 480)


def draw(dice: Random) -> bytes:
    """A house or a figure before hills, as JPEG."""
    image = Image.new("RGB", SIZE, _colour(dice, 190, 235))
    pen = ImageDraw.Draw(image)
    for _ in range(3):
        top, left = dice.randrange(180, 300), dice.randrange(-200, 400)
        pen.polygon([(left, 480), (left + 240, top), (left + 520, 480)], _colour(dice, 90, 160))
    if dice.random() < 0.5:
        left = dice.randrange(120, 320)
        pen.rectangle((left, 280, left + 200, 440), _colour(dice, 150, 230))
        pen.polygon(
            [(left - 20, 280), (left + 100, 200), (left + 220, 280)], _colour(dice, 60, 120)
        )
        pen.rectangle((left + 80, 350, left + 120, 440), _colour(dice, 40, 90))
    else:
        middle = dice.randrange(240, 400)
        pen.ellipse((middle - 60, 150, middle + 60, 280), _colour(dice, 200, 240))
        pen.rounded_rectangle((middle - 110, 290, middle + 110, 480), 40, _colour(dice, 40, 140))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def _colour(dice: Random, low: int, high: int) -> tuple[int, int, int]:
    return dice.randrange(low, high), dice.randrange(low, high), dice.randrange(low, high)


async def hang(store: Store, seed: int, span: Span) -> list[Photo]:
    """Draw them, keep them as any upload is kept, and give their rows."""
    dice = Random(f"{seed}:pictures")  # noqa: S311  invented pictures, no secrets
    return list(await asyncio.gather(*(_hang(store, draw(dice), span) for _ in range(MANY))))


async def _hang(store: Store, data: bytes, span: Span) -> Photo:
    sha256 = hashlib.sha256(data).hexdigest()
    about, thumb, view = await asyncio.to_thread(derive, data)
    for shape, picture in {"original": data, "thumb": thumb, "view": view}.items():
        await store.put(key(sha256, shape), picture)
    when = at(span.opened, 9)
    told: dict[str, Any] = {**about, "stored_at": when, "offered_at": when}
    return Photo(sha256=sha256, size=len(data), **told)
