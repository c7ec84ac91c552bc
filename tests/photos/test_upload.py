"""PUT /photos/{sha256} and /photos/missing, on both databases; a slice on a real S3 API."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image
from sqlmodel import col, select

from app.core.clock import now
from app.core.errors import BodyTooLarge
from app.core.ids import new_id
from app.core.storage import Absent, Store
from app.ledger.models import LedgerLeaf
from app.photos.errors import PhotoHashDiffers
from app.photos.models import Photo, PhotoRemoval, Upload
from app.photos.shelf import key, keys
from app.uploads import incoming as streaming
from tests.factories import make_cadre
from tests.photos.pictures import LAT_E7, LON_E7, camera_exif, encoded, opened, photo, scene, sha
from tests.support.swift import KEY, SECRET, Swift

JPEG = {"Content-Type": "image/jpeg"}


@pytest.fixture
async def me(app: FastAPI) -> dict[str, str]:
    """Headers of a first secretary."""
    _, headers = await make_cadre(app)
    return headers


async def _put(
    client: httpx.AsyncClient, data: bytes, headers: dict[str, str], name: str = ""
) -> httpx.Response:
    return await client.put(
        f"/api/v1/photos/{name or sha(data)}", content=data, headers={**JPEG, **headers}
    )


async def _all(app: FastAPI, table: type[Photo] | type[Upload]) -> list[Photo] | list[Upload]:
    async with app.state.database.reading() as session:
        return list((await session.exec(select(table))).all())


async def _kept(store: Store) -> list[str]:
    return sorted([found async for found in store.listing()])


async def test_first_201_then_200(
    client: httpx.AsyncClient, app: FastAPI, me: dict[str, str]
) -> None:
    data = photo(exif=camera_exif())
    first, again = await _put(client, data, me), await _put(client, data, me)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json() == {
        "sha256": sha(data),
        "media_type": "image/jpeg",
        "width": 800,
        "height": 600,
        "size": len(data),
    }
    async with app.state.database.reading() as session:
        stored = await session.get(Photo, sha(data))
        leaves = await session.exec(
            select(LedgerLeaf).where(col(LedgerLeaf.table_name) == "photo_uploads")
        )
        assert [leaf.log for leaf in leaves] == ["360321"]
    assert (stored.exif_at, stored.exif_lat_e7, stored.exif_lon_e7) == (
        "2026-11-21T09:12:03+08:00", LAT_E7, LON_E7,
    )  # fmt: skip
    assert await app.state.store.get(key(sha(data), "original")) == data


async def test_pictures_are_ready_clean_and_locked_up(
    client: httpx.AsyncClient, me: dict[str, str]
) -> None:
    data = photo(exif=camera_exif()) + b"<script>TAIL-CANARY</script>"
    await _put(client, data, me)
    for shape, longest in (("thumb", 320), ("view", 800)):
        served = await client.get(f"/api/v1/photos/{sha(data)}/{shape}", headers=me)
        assert served.status_code == 200
        assert max(opened(served.content).size) == longest
        assert b"CANARY" not in served.content
        assert served.headers["content-type"] == "image/webp"
        assert served.headers["x-content-type-options"] == "nosniff"
        assert served.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert served.headers["content-disposition"].startswith("attachment;")
        assert served.headers["cache-control"] == "no-store"


async def test_another_person_uploads_the_same_bytes(
    client: httpx.AsyncClient, app: FastAPI, me: dict[str, str]
) -> None:
    _, other = await make_cadre(app, name="李四")
    data = photo()
    mine = await _put(client, data, me)
    theirs = await _put(client, data, other)
    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert len(await _all(app, Photo)) == 1
    assert len(await _all(app, Upload)) == 2


async def test_the_same_photo_ten_times_at_once(
    client: httpx.AsyncClient, app: FastAPI, me: dict[str, str]
) -> None:
    data = photo()
    answers = await asyncio.gather(*(_put(client, data, me) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    assert len(await _all(app, Upload)) == 1


async def test_a_wrong_hash_leaves_nothing(
    client: httpx.AsyncClient, app: FastAPI, me: dict[str, str]
) -> None:
    known = photo(1)
    await _put(client, known, me)
    before = await _kept(app.state.store)
    for name in (sha(b"another"), sha(known)):
        refused = await _put(client, photo(2), me, name)
        assert (refused.status_code, refused.json()["code"]) == (422, "photo-hash-differs")
    assert await _kept(app.state.store) == before
    assert len(await _all(app, Photo)) == 1


NO_PHOTOS = {
    "html named .jpg": (b"<html><script>alert(1)</script>", 415, "photo-not-accepted"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "photo-not-accepted"),
    "cut": (photo()[:4000], 415, "photo-not-accepted"),
    "empty": (b"", 415, "photo-not-accepted"),
    "pixels": (encoded(Image.new("1", (6_401, 6_401)), "PNG"), 413, "photo-too-many-pixels"),
}


async def test_what_is_no_photo_leaves_nothing(
    client: httpx.AsyncClient, app: FastAPI, me: dict[str, str]
) -> None:
    for name, (data, status, code) in NO_PHOTOS.items():
        refused = await _put(client, data, me)
        assert (refused.status_code, refused.json()["code"]) == (status, code), name
    assert await _kept(app.state.store) == []
    assert await _all(app, Photo) == []


async def test_what_the_header_says_is_not_believed(
    client: httpx.AsyncClient, me: dict[str, str]
) -> None:
    answer = await _put(client, encoded(scene(), "PNG"), me)
    assert answer.json()["media_type"] == "image/png"


async def test_other_content_types_are_refused_unread(
    client: httpx.AsyncClient, me: dict[str, str]
) -> None:
    for declared in ("image/heic", "image/svg+xml", "application/octet-stream", ""):
        refused = await _put(client, photo(), {**me, "Content-Type": declared})
        assert (refused.status_code, refused.json()["code"]) == (415, "unsupported-type")
        assert "JPEG" in refused.json()["detail"]


async def test_a_malformed_name_is_refused(client: httpx.AsyncClient, me: dict[str, str]) -> None:
    for name, status in (("A" * 64, 422), ("a" * 63, 422), ("a" * 300, 422), ("..%2f..%2fx", 404)):
        assert (await _put(client, photo(), me, name)).status_code == status


async def test_too_many_bytes_are_refused_while_they_come(
    client: httpx.AsyncClient, app: FastAPI, me: dict[str, str]
) -> None:
    """Without a declared length, of an endless body only the limit is read."""
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 65_536
            yield bytes(65_536)

    refused = await client.put(
        f"/api/v1/photos/{sha(b'')}", content=endless(), headers={**JPEG, **me}
    )
    assert (refused.status_code, refused.json()["code"]) == (413, "body-too-large")
    limit: int = app.state.settings.photo_limit
    assert given <= limit + 2 * 65_536
    declared = await _put(client, bytes(limit + 1), me)
    assert declared.status_code == 413


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_the_file_has_its_own_limit(tmp_path: Path) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield bytes(1000)

    name, terms = sha(bytes(20_000)), streaming.Terms(tmp_path, 19_999, PhotoHashDiffers)
    with pytest.raises(BodyTooLarge):
        async with streaming.receive(chunks(), name, terms):
            raise AssertionError("read to the end")
    async with streaming.receive(chunks(), name, replace(terms, limit=20_000)) as whole:
        assert await whole.read() == bytes(20_000)
        assert _names(tmp_path) == []


async def test_an_upload_that_stands_still_is_ended(
    client: httpx.AsyncClient, me: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "STALLED_AFTER_S", 0.1)

    async def stalling() -> AsyncIterator[bytes]:
        yield b"\xff\xd8"
        await asyncio.sleep(5)

    refused = await client.put(
        f"/api/v1/photos/{sha(b'')}", content=stalling(), headers={**JPEG, **me}
    )
    assert (refused.status_code, refused.json()["code"]) == (408, "upload-stalled")


async def test_nobody_uploads_without_signing_in(client: httpx.AsyncClient) -> None:
    assert (await _put(client, photo(), JPEG)).status_code == 401


async def test_a_day_has_its_share(
    client: httpx.AsyncClient, app: FastAPI, me: dict[str, str]
) -> None:
    app.state.settings.photos_per_day = 2
    for seed in range(2):
        assert (await _put(client, encoded(scene(90, 90, seed), "PNG"), me)).status_code == 201
    refused = await _put(client, encoded(scene(90, 90, 3), "PNG"), me)
    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-photos")
    _, other = await make_cadre(app, name="李四")
    assert (await _put(client, photo(), other)).status_code == 201


async def test_missing_answers_for_the_caller(
    client: httpx.AsyncClient, app: FastAPI, me: dict[str, str]
) -> None:
    _, other = await make_cadre(app, name="李四")
    mine, theirs, nobodys = photo(1), photo(2), photo(3)
    await _put(client, mine, me)
    await _put(client, theirs, other)
    asked = [sha(nobodys), sha(theirs), sha(mine), sha(nobodys)]
    answer = await client.post("/api/v1/photos/missing", json={"sha256": asked}, headers=me)
    assert answer.json() == {"missing": [sha(nobodys), sha(theirs)]}
    none = await client.post("/api/v1/photos/missing", json={"sha256": []}, headers=me)
    assert none.json() == {"missing": []}


async def test_missing_refuses_what_it_cannot_read(
    client: httpx.AsyncClient, me: dict[str, str]
) -> None:
    for sha256 in ([sha(b"x")] * 201, ["../x"], [sha(b"x").upper()], None):
        refused = await client.post("/api/v1/photos/missing", json={"sha256": sha256}, headers=me)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid-body")


async def test_bytes_first_then_the_row(
    client: httpx.AsyncClient, app: FastAPI, me: dict[str, str]
) -> None:
    """When the store fails there is no row; when the row fails the bytes are there to be found."""

    class Failing(Store):
        async def put(self, key: str, data: bytes) -> bool:
            if key.endswith("view"):
                raise ConnectionError("the store went away")
            return await super().put(key, data)

    working = app.state.store
    app.state.store = Failing(working.root.as_uri())
    data = photo()
    assert (await _put(client, data, me)).status_code == 503
    assert await _all(app, Photo) == []
    app.state.store = working
    assert (await _put(client, data, me)).status_code == 201
    assert await _kept(working) == sorted(keys(sha(data)))


async def test_lost_bytes_come_back_with_the_next_upload(
    client: httpx.AsyncClient, app: FastAPI, me: dict[str, str]
) -> None:
    """A store restored from an older backup than the database is mended by the phones."""
    data = photo()
    await _put(client, data, me)
    await app.state.store.delete([key(sha(data), "view")])
    lost = await client.get(f"/api/v1/photos/{sha(data)}/view", headers=me)
    assert lost.status_code == 503
    assert (await _put(client, data, me)).status_code == 200
    back = await client.get(f"/api/v1/photos/{sha(data)}/view", headers=me)
    assert back.status_code == 200


async def test_while_a_sweep_removes_it_an_upload_comes_later(
    client: httpx.AsyncClient, app: FastAPI, me: dict[str, str]
) -> None:
    data = photo()
    async with app.state.database.writing() as session:
        session.add(PhotoRemoval(sha256=sha(data), removed_at=now() - timedelta(minutes=1)))
    assert (await _put(client, data, me)).status_code == 503
    assert await _all(app, Photo) == []


async def test_the_whole_way_on_a_real_s3_api(
    client: httpx.AsyncClient, app: FastAPI, me: dict[str, str], s3: Swift
) -> None:
    store = app.state.store = Store(s3.url(new_id().hex), key=KEY, secret=SECRET)
    data = photo(exif=camera_exif())
    assert (await _put(client, data, me)).status_code == 201
    assert (await _put(client, data, me)).status_code == 200
    assert await _kept(store) == sorted(keys(sha(data)))
    assert await store.get(key(sha(data), "original")) == data
    seen = await client.get(f"/api/v1/photos/{sha(data)}/thumb", headers=me)
    assert max(opened(seen.content).size) == 320
    await store.delete(keys(sha(data)))
    with pytest.raises(Absent):
        await store.get(key(sha(data), "view"))
    assert (await _put(client, data, me)).status_code == 200
    assert await store.has(key(sha(data), "view"))
