"""Photos that no record names go after 30 days; what is named stays."""

from datetime import timedelta

import httpx
from fastapi import FastAPI
from sqlmodel import col, select

from app.core.clock import now, today
from app.core.ids import new_id
from app.ledger.models import LedgerLeaf
from app.photos.models import Photo, PhotoRemoval, Upload
from app.photos.naming import Naming, name_photos_in
from app.photos.shelf import PHOTOS, keys
from app.uploads.sweep import sweep
from tests.factories import make_cadre
from tests.photos.pictures import photo, sha


async def _put(client: httpx.AsyncClient, data: bytes, headers: dict[str, str]) -> int:
    answer = await client.put(
        f"/api/v1/photos/{sha(data)}",
        content=data,
        headers={**headers, "Content-Type": "image/jpeg"},
    )
    return answer.status_code


async def _hashes(app: FastAPI) -> set[str]:
    async with app.state.database.reading() as session:
        return set(await session.exec(select(Photo.sha256)))


async def test_only_what_no_record_names_goes(client: httpx.AsyncClient, app: FastAPI) -> None:
    base, store = app.state.database, app.state.store
    author, me = await make_cadre(app)
    named, unnamed = photo(1), photo(2)
    for data in (named, unnamed):
        assert await _put(client, data, me) == 201
    async with base.writing() as session:
        naming = Naming("diary", new_id(), "360321", author.id, today())
        await name_photos_in(session, naming, [sha(named)])
    assert await sweep(base, store, PHOTOS, now() + timedelta(days=29)) == 0
    assert await sweep(base, store, PHOTOS, now() + timedelta(days=31)) == 1
    assert await _hashes(app) == {sha(named)}
    assert sorted([key async for key in store.listing()]) == sorted(keys(sha(named)))
    async with base.reading() as session:
        uploads = (await session.exec(select(Upload.sha256))).all()
        kinds = await session.exec(
            select(LedgerLeaf.kind)
            .where(col(LedgerLeaf.table_name) == "photo_uploads")
            .order_by(col(LedgerLeaf.seq))
        )
        assert list(uploads) == [sha(named)]
        assert list(kinds) == ["create", "create", "erase"]
    answer = await client.post(
        "/api/v1/photos/missing", json={"sha256": [sha(unnamed)]}, headers=me
    )
    assert answer.json() == {"missing": [sha(unnamed)]}


async def test_what_is_offered_again_stays(client: httpx.AsyncClient, app: FastAPI) -> None:
    """The phone that offers a photo again is about to name it."""
    base, store = app.state.database, app.state.store
    _, me = await make_cadre(app)
    assert await _put(client, photo(), me) == 201
    async with base.writing() as session:
        old = await session.get_one(Photo, sha(photo()))
        old.offered_at = now() - timedelta(days=40)
        session.add(old)
    assert await _put(client, photo(), me) == 200
    assert await sweep(base, store, PHOTOS, now()) == 0
    assert await _hashes(app) == {sha(photo())}


async def test_a_removed_photo_can_come_again(client: httpx.AsyncClient, app: FastAPI) -> None:
    base, store = app.state.database, app.state.store
    _, me = await make_cadre(app)
    await _put(client, photo(), me)
    later = now() + timedelta(days=31)
    await sweep(base, store, PHOTOS, later)
    assert await _put(client, photo(), me) == 503
    await sweep(base, store, PHOTOS, later + timedelta(hours=2))
    async with base.reading() as session:
        assert (await session.exec(select(PhotoRemoval))).all() == []
    assert await _put(client, photo(), me) == 201
    seen = await client.get(f"/api/v1/photos/{sha(photo())}/view", headers=me)
    assert seen.status_code == 200


async def test_a_broken_off_sweep_is_finished_by_the_next(
    client: httpx.AsyncClient, app: FastAPI
) -> None:
    """The rows are gone, the bytes are not: the note of the removal is what remains to do."""
    base, store = app.state.database, app.state.store
    _, me = await make_cadre(app)
    await _put(client, photo(), me)
    at = now() + timedelta(days=31)
    await sweep(base, store, PHOTOS, at)
    for key in keys(sha(photo())):
        await store.put(key, b"left over")
    await sweep(base, store, PHOTOS, at + timedelta(minutes=5))
    assert [key async for key in store.listing()] == []
