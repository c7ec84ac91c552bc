"""Photographs of the fleets: drawn scenes, photographed by hand, and what is done to them later."""

import hashlib
import io
import math
import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from random import Random
from typing import Any

from PIL import Image, ImageDraw, ImageEnhance

from app.photos.worker import derive, likeness
from scripts.fleets.acts import Shot
from scripts.fleets.numbers import Numbers, dice_of, load

#: a scene is larger than what is photographed of it, so that one can stand elsewhere
SCENE, FRAME = (320, 240), (200, 150)
QUALITY = 82


@lru_cache(maxsize=64)
def scene(name: str) -> Image.Image:
    """A place: hills, walls, roofs, doors and a tree; the same whenever it is looked at."""
    dice = dice_of("scene", name)
    image = Image.new("RGB", SCENE, _colour(dice, 150, 240))
    pen = ImageDraw.Draw(image)
    for _ in range(4):
        top, left = dice.randrange(40, 130), dice.randrange(-120, 260)
        pen.polygon([(left, 240), (left + 110, top), (left + 260, 240)], _colour(dice, 60, 170))
    for _ in range(dice.randrange(1, 4)):
        left, top = dice.randrange(0, 240), dice.randrange(70, 150)
        wide, high = dice.randrange(50, 130), dice.randrange(40, 110)
        pen.rectangle((left, top, left + wide, top + high), _colour(dice, 120, 235))
        roof = [
            (left - 8, top),
            (left + wide // 2, top - dice.randrange(10, 40)),
            (left + wide + 8, top),
        ]
        pen.polygon(roof, _colour(dice, 40, 120))
        for _ in range(dice.randrange(1, 4)):
            x = left + dice.randrange(0, max(1, wide - 14))
            y = top + dice.randrange(4, max(5, high - 24))
            pen.rectangle((x, y, x + dice.randrange(8, 16), y + 22), _colour(dice, 20, 110))
    for _ in range(dice.randrange(1, 5)):
        x, y, size = dice.randrange(0, 320), dice.randrange(90, 220), dice.randrange(10, 34)
        pen.ellipse((x - size, y - size, x + size, y + size), _colour(dice, 20, 140))
    return image


def taken(shot: Shot, how: Numbers) -> bytes:
    """The bytes that the app sends of this shot."""
    dice = dice_of("shot", shot.scene, shot.seed)
    image = scene(shot.scene).copy()
    _people(image, dice, how["people"])
    image = image.rotate(
        dice.gauss(0, how["turn_deg"]["sigma"]),
        Image.Resampling.BILINEAR,
        fillcolor=(128, 128, 128),
    )
    zoom = math.exp(dice.gauss(0, how["zoom"]["sigma"]))
    wide, high = FRAME[0] / zoom, FRAME[1] / zoom
    shift = how["shift"]["sigma"]
    left = (SCENE[0] - wide) / 2 + dice.gauss(0, shift) * FRAME[0]
    top = (SCENE[1] - high) / 2 + dice.gauss(0, shift) * FRAME[1]
    size = (how["size_px"][0], how["size_px"][1])
    image = image.resize(size, Image.Resampling.BILINEAR, _inside(left, top, wide, high))
    image = ImageEnhance.Brightness(image).enhance(max(0.4, dice.gauss(1, how["light"]["sigma"])))
    noise = Image.frombytes("L", size, dice.randbytes(size[0] * size[1]))
    image = Image.blend(image, Image.merge("RGB", (noise, noise, noise)), how["noise"] / 255)
    data = image
    options: dict[str, Any] = {"quality": QUALITY}
    for step, value in shot.done:
        data, options = changed(data, options, step, value)
    if shot.exif is not None:
        options["exif"] = _exif(*shot.exif)
    out = io.BytesIO()
    data.save(out, "JPEG", **options)
    return out.getvalue()


def changed(
    image: Image.Image, options: dict[str, Any], step: str, value: float
) -> tuple[Image.Image, dict[str, Any]]:
    """One step of what people do to a picture: ``again`` in a quality, ``side``, ``crop``, …"""
    wide, high = image.size
    match step:
        case "again":  # through a chat: saved once more, in this quality
            out = io.BytesIO()
            image.save(out, "JPEG", **options)
            return Image.open(io.BytesIO(out.getvalue())).convert("RGB"), {"quality": int(value)}
        case "side":
            size = max(32, round(wide * value)), max(24, round(high * value))
            return image.resize(size, Image.Resampling.BILINEAR), options
        case "crop":
            box = _inside(
                wide * value / 2, high * value / 2, wide * (1 - value), high * (1 - value)
            )
            return image.resize((wide, high), Image.Resampling.BILINEAR, box), options
        case "turn":
            return image.rotate(value, Image.Resampling.BILINEAR), options
        case "mirror":
            return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), options
        case _:
            raise ValueError(step)


def _inside(left: float, top: float, wide: float, high: float) -> tuple[float, float, float, float]:
    left, top = max(0.0, left), max(0.0, top)
    return left, top, min(left + wide, SCENE[0]), min(top + high, SCENE[1])


def _people(image: Image.Image, dice: Random, people: Numbers) -> None:
    if dice.random() >= people["share"]:
        return
    pen = ImageDraw.Draw(image)
    for _ in range(dice.randint(1, people["most"])):
        x, high = dice.randrange(90, 230), dice.randrange(50, 100)
        head, foot = 225 - high, 230
        pen.rounded_rectangle((x - 13, head + 16, x + 13, foot), 6, _colour(dice, 20, 200))
        pen.ellipse((x - 9, head - 4, x + 9, head + 17), _colour(dice, 150, 230))


def _colour(dice: Random, low: int, high: int) -> tuple[int, int, int]:
    return dice.randrange(low, high), dice.randrange(low, high), dice.randrange(low, high)


def _exif(at: str, lat: float | None, lon: float | None) -> Image.Exif:
    tags = Image.Exif()
    tags[0x8769] = {0x9003: at}
    if lat is not None and lon is not None:
        tags[0x8825] = {1: "N", 2: _degrees(lat), 3: "E", 4: _degrees(lon)}
    return tags


def _degrees(value: float) -> tuple[float, float, float]:
    minutes = (value % 1) * 60
    return float(int(value)), float(int(minutes)), round((minutes % 1) * 60, 4)


def develop(shot: Shot) -> dict[str, Any]:
    """The row of a photo as the upload writes it, without its times."""
    data = taken(shot, _how())
    about = _as_decoded(data) if shot.exif is None else derive(data)[0]
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), **about}


def _as_decoded(data: bytes) -> dict[str, Any]:
    """What the decoder says of a small picture without EXIF, without the views that it draws.

    They take two thirds of its time; ``tests/fleets`` holds this against the decoder itself.
    """
    image = Image.open(io.BytesIO(data)).convert("RGB")
    told = {"media_type": "image/jpeg", "width": image.width, "height": image.height}
    nothing = {"exif_at": None, "exif_lat_e7": None, "exif_lon_e7": None}
    return {**told, **nothing, **likeness(image)}


@lru_cache(maxsize=1)
def _how() -> Numbers:
    how: Numbers = load()["honest"]["photos"]
    return how


def develop_all(shots: Iterable[Shot]) -> dict[Shot, dict[str, Any]]:
    """Each shot once, on all processors."""
    wanted = sorted(dict.fromkeys(shots), key=lambda shot: shot.scene)  # a scene is drawn once
    if len(wanted) < 300:
        return {shot: develop(shot) for shot in wanted}
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(wanted, pool.map(develop, wanted, chunksize=100), strict=True))
