"""The phone's fence and the service's give the same answers: both are tried with these vectors."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.core.geo import at
from app.org.geofence import Fence, locate

FILE = Path(__file__).parents[2] / "pwa" / "tests" / "lib" / "geofence.json"
VECTORS: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))


def _fence(told: dict[str, Any]) -> Fence:
    ring = tuple(at(*point) for point in told["ring"]) if told["ring"] else None
    return Fence(uuid4(), at(told["lat"], told["lon"]), told["radius_m"], ring)


@pytest.mark.parametrize("index", range(len(VECTORS)))
def test_the_answer_is_the_one_that_the_phone_gives(index: int) -> None:
    vector = VECTORS[index]
    fix = at(*vector["fix"]) if vector["fix"] else None
    accuracy = None if vector["accuracy_m"] is None else round(vector["accuracy_m"] * 1000)
    located = locate(fix, accuracy, [_fence(fence) for fence in vector["fences"]])
    assert (located.place.value, located.distance_m) == (vector["place"], vector["distance_m"])


def test_every_answer_is_among_them() -> None:
    assert {vector["place"] for vector in VECTORS} == {"inside", "near", "outside", "unknown"}
