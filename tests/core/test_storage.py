"""The store: a local folder and a real S3 API keep the same promises."""

import asyncio
import os
from pathlib import Path

import pytest

from app.core.errors import Unavailable
from app.core.ids import new_id
from app.core.storage import Absent, Store
from tests.support.swift import KEY, SECRET, Swift


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, s3: Swift) -> Store:
    """An empty store of each kind."""
    if request.param == "folder":
        return Store((tmp_path / "with space 照片").as_uri())
    return Store(s3.url(new_id().hex), key=KEY, secret=SECRET)


async def test_what_is_put_comes_back_whole(store: Store) -> None:
    data = os.urandom(6_000_000)
    assert await store.put("ab/photo", data)
    assert await store.get("ab/photo") == data
    assert await store.has("ab/photo")


async def test_the_first_bytes_stay(store: Store) -> None:
    assert await store.put("ab/photo", b"first")
    assert not await store.put("ab/photo", b"second")
    assert await store.get("ab/photo") == b"first"


async def test_of_writers_at_the_same_moment_one_stays_whole(store: Store) -> None:
    """A folder lets exactly one through; an eventually consistent store (Swift) may let two."""
    written = [f"writer {n}".encode() * 100_000 for n in range(8)]
    news = await asyncio.gather(*(store.put("ab/photo", data) for data in written))
    assert sum(news) == 1 if store.root else any(news)
    assert await store.get("ab/photo") in written


async def test_absent_is_said(store: Store) -> None:
    assert not await store.has("ab/nothing")
    with pytest.raises(Absent):
        await store.get("ab/nothing")


async def test_deleting_and_listing(store: Store) -> None:
    for key in ("ab/1", "ab/2", "cd/3"):
        await store.put(key, b"x")
    assert sorted([key async for key in store.listing("ab")]) == ["ab/1", "ab/2"]
    await store.delete(["ab/1", "ab/nothing"])
    assert sorted([key async for key in store.listing()]) == ["ab/2", "cd/3"]


async def test_a_key_cannot_leave_the_folder(tmp_path: Path) -> None:
    store = Store((tmp_path / "media").as_uri())
    with pytest.raises(ValueError, match="illegal"):
        await store.put("../outside", b"x")
    assert not (tmp_path / "outside").exists()


async def test_a_wrong_secret_is_refused(s3: Swift) -> None:
    store = Store(s3.url("wrong"), key=KEY, secret="not the secret")
    with pytest.raises(Unavailable):
        await store.put("ab/photo", b"x")


async def test_a_store_that_is_down_is_unavailable(caplog: pytest.LogCaptureFixture) -> None:
    store = Store("s3://bucket?endpoint=http://127.0.0.1:9", key="key-canary", secret="canary")
    with pytest.raises(Unavailable):
        await store.get("ab/photo")
    assert "the photo store does not answer" in caplog.text
    assert "canary" not in caplog.text


async def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    store = Store((tmp_path / "media").as_uri())
    (tmp_path / "media" / "ab").write_text("a file where a folder should be")
    with pytest.raises(Unavailable):
        await store.put("ab/photo", b"x")


@pytest.mark.parametrize(
    ("url", "key", "secret", "says"),
    [
        ("gs://bucket", "", "", "no store we know"),
        ("s3://bucket?endpont=https://host", "", "", "unknown option 'endpont'"),
        ("s3://bucket", "key", "", "both or neither"),
    ],
)
def test_a_bad_setting_says_how_to_mend_it(url: str, key: str, secret: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Store(url, key=key, secret=secret)
