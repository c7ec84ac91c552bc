"""PUT and GET /files: kept by hash, refused with words, seen through a record, swept when unnamed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import select

from app.core.clock import now, today
from app.core.ids import new_id
from app.core.storage import Store
from app.submissions.models import File, FileUpload, FileUse
from app.submissions.shelf import FILES, key
from app.uploads import incoming
from app.uploads.sweep import sweep
from tests.photos.pictures import photo
from tests.photos.pictures import sha as photo_sha
from tests.submissions.desk import VILLAGE, Desk, bomb, docx, pdf, sha, xlsx
from tests.support.swift import KEY, SECRET, Swift


async def _rows(app: FastAPI, table: Any) -> list[Any]:
    async with app.state.database.reading() as session:
        return list((await session.exec(select(table))).all())


async def test_first_201_then_200(secretary: Desk, app: FastAPI) -> None:
    data = docx()
    first, again = await secretary.upload(data), await secretary.upload(data)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["media_type"].endswith("wordprocessingml.document")
    assert first.json()["size"] == len(data)
    assert await app.state.store.get(key(sha(data))) == data


async def test_it_comes_back_locked_up(secretary: Desk) -> None:
    for data, extension in ((pdf(), "pdf"), (docx(), "docx"), (xlsx(), "xlsx")):
        await secretary.upload(data)
        served = await secretary.get(f"/files/{sha(data)}")
        assert (served.status_code, served.content) == (200, data)
        assert served.headers["content-disposition"] == (
            f'attachment; filename="{sha(data)[:16]}.{extension}"'
        )
        assert served.headers["x-content-type-options"] == "nosniff"
        assert served.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert served.headers["cache-control"] == "no-store"


REFUSED = {
    "text": (b"just words", 415, "file-not-accepted"),
    "macros": (docx(parts={"word/vbaProject.bin": b""}), 415, "file-has-program"),
}


async def test_what_is_refused_leaves_nothing(secretary: Desk, app: FastAPI) -> None:
    bombed = {"a bomb": (bomb(), 413, "file-too-deep")}
    for name, (data, status, code) in {**REFUSED, **bombed}.items():
        refused = await secretary.upload(data)
        assert (refused.status_code, refused.json()["code"]) == (status, code), name
    differs = await secretary.upload(pdf(), sha(b"another"))
    assert (differs.status_code, differs.json()["code"]) == (422, "file-hash-differs")
    undeclared = await secretary.upload(pdf(), declared="text/html")
    assert (undeclared.status_code, undeclared.json()["code"]) == (415, "unsupported-type")
    assert await _rows(app, File) == []
    assert [found async for found in app.state.store.listing()] == []


async def test_too_many_bytes_are_refused_while_they_come(secretary: Desk, app: FastAPI) -> None:
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 65_536
            yield bytes(65_536)

    refused = await secretary.client.put(
        f"/api/v1/files/{sha(b'')}",
        content=endless(),
        headers={**secretary.headers, "Content-Type": "application/pdf"},
    )
    assert (refused.status_code, refused.json()["code"]) == (413, "body-too-large")
    limit: int = app.state.settings.file_limit
    assert given <= limit + 2 * 65_536
    assert (await secretary.upload(bytes(limit + 1))).status_code == 413


async def test_an_upload_that_is_cut_or_stands_still_leaves_nothing(
    secretary: Desk, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming, "STALLED_AFTER_S", 0.1)

    async def stalling() -> AsyncIterator[bytes]:
        yield pdf()[:10]
        await asyncio.sleep(5)

    stalled = await secretary.client.put(
        f"/api/v1/files/{sha(pdf())}",
        content=stalling(),
        headers={**secretary.headers, "Content-Type": "application/pdf"},
    )
    assert (stalled.status_code, stalled.json()["code"]) == (408, "upload-stalled")
    cut = await secretary.upload(pdf()[:40], sha(pdf()))
    assert (cut.status_code, cut.json()["code"]) == (422, "file-hash-differs")
    assert await _rows(app, File) == []


async def test_a_day_has_its_share(secretary: Desk, leader: Desk, app: FastAPI) -> None:
    app.state.settings.files_per_day = 2
    for n in range(2):
        assert (await secretary.upload(pdf(str(n)))).status_code == 201
    refused = await secretary.upload(pdf("3"))
    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-files")
    assert (await leader.upload(pdf())).status_code == 201


async def test_who_sees_the_record_sees_its_file(
    secretary: Desk, leader: Desk, township: Desk, county: Desk, stranger: Desk
) -> None:
    data = pdf("工作台账")
    path = f"/files/{sha(data)}"
    made = await secretary.put(files=[sha(data)])
    assert made.json()["attached"] == [
        {"sha256": sha(data), "held_as": None, "media_type": None, "size": None}
    ]
    assert (await township.get(path)).status_code == 404
    await secretary.upload(data)
    for desk in (secretary, leader, township, county):
        assert (await desk.get(path)).status_code == 200
    assert (await stranger.get(path)).status_code == 404
    seen = (await township.get(f"/submissions/{made.json()['id']}")).json()["attached"]
    assert [(a["held_as"], a["media_type"]) for a in seen] == [("file", "application/pdf")]


async def test_naming_a_hash_opens_nothing(secretary: Desk, leader: Desk, stranger: Desk) -> None:
    """Who knows the hash of another's file and names it in a record of their own learns nothing."""
    data = pdf("别人的")
    await stranger.upload(data)
    await secretary.put(files=[sha(data)])
    for desk in (secretary, leader):
        assert (await desk.get(f"/files/{sha(data)}")).status_code == 404


async def test_a_drafts_file_is_the_writers_own(
    secretary: Desk, leader: Desk, township: Desk
) -> None:
    data = pdf("草稿附件")
    await secretary.upload(data)
    await secretary.put(draft=True, files=[sha(data)])
    assert (await leader.get(f"/files/{sha(data)}")).status_code == 200
    assert (await township.get(f"/files/{sha(data)}")).status_code == 404


async def test_a_figures_evidence_is_seen_with_it(
    secretary: Desk, township: Desk, stranger: Desk
) -> None:
    data = xlsx()
    await secretary.upload(data)
    figure = {"name": "dedicated_staff", "unit": VILLAGE, "on": str(today()), "amount": 2}
    path = f"/api/v1/figures/{uuid4()}"
    made = await secretary.client.put(
        path, json={**figure, "files": [sha(data)]}, headers=secretary.headers
    )
    assert made.status_code == 201
    assert (await township.get(f"/files/{sha(data)}")).status_code == 200
    assert (await stranger.get(f"/files/{sha(data)}")).status_code == 404


async def test_photos_of_a_submission_are_seen_with_it(
    secretary: Desk, leader: Desk, township: Desk, stranger: Desk
) -> None:
    data = photo(seed=5)
    sent = await secretary.client.put(
        f"/api/v1/photos/{photo_sha(data)}",
        content=data,
        headers={**secretary.headers, "Content-Type": "image/jpeg"},
    )
    assert sent.status_code == 201
    made = await secretary.put(files=[photo_sha(data)])
    assert made.json()["attached"][0]["held_as"] == "photo"
    for desk, status in ((leader, 200), (township, 200), (stranger, 404)):
        assert (await desk.get(f"/photos/{photo_sha(data)}/thumb")).status_code == status


async def test_missing_answers_for_the_caller(secretary: Desk, leader: Desk) -> None:
    mine, theirs = pdf("1"), pdf("2")
    await secretary.upload(mine)
    await leader.upload(theirs)
    asked = {"sha256": [sha(theirs), sha(mine)]}
    answer = await secretary.post("/files/missing", asked)
    assert answer.json() == {"missing": [sha(theirs)]}


async def test_only_what_no_record_names_goes(secretary: Desk, app: FastAPI) -> None:
    base, store = app.state.database, app.state.store
    named, unnamed = pdf("named"), pdf("unnamed")
    for data in (named, unnamed):
        await secretary.upload(data)
    await secretary.put(files=[sha(named)])
    assert await sweep(base, store, FILES, now() + timedelta(days=29)) == 0
    assert await sweep(base, store, FILES, now() + timedelta(days=31)) == 1
    assert [row.sha256 for row in await _rows(app, File)] == [sha(named)]
    assert [row.sha256 for row in await _rows(app, FileUpload)] == [sha(named)]
    assert [found async for found in store.listing()] == [key(sha(named))]
    assert (await secretary.get(f"/files/{sha(unnamed)}")).status_code == 404
    assert (await secretary.upload(unnamed)).status_code == 503  # while its bytes may be leaving
    await sweep(base, store, FILES, now() + timedelta(days=32))
    assert (await secretary.upload(unnamed)).status_code == 201


async def test_lost_bytes_come_back_with_the_next_upload(secretary: Desk, app: FastAPI) -> None:
    data = pdf()
    await secretary.upload(data)
    await app.state.store.delete([key(sha(data))])
    assert (await secretary.get(f"/files/{sha(data)}")).status_code == 503
    assert (await secretary.upload(data)).status_code == 200
    assert (await secretary.get(f"/files/{sha(data)}")).content == data


async def test_a_refused_body_names_no_file(secretary: Desk, app: FastAPI) -> None:
    """What is kept beside as a conflict holds no bytes in the store for ever."""
    made: UUID = uuid4()
    await secretary.put(made, files=[sha(b"1")])
    await secretary.put(made, files=[sha(b"2")])
    assert [use.sha256 for use in await _rows(app, FileUse)] == [sha(b"1")]


async def test_the_whole_way_on_a_real_s3_api(secretary: Desk, app: FastAPI, s3: Swift) -> None:
    app.state.store = Store(s3.url(new_id().hex), key=KEY, secret=SECRET)
    data = docx("在对象存储上")
    assert [(await secretary.upload(data)).status_code for _ in range(2)] == [201, 200]
    assert (await secretary.get(f"/files/{sha(data)}")).content == data


async def test_nobody_uploads_or_fetches_without_signing_in(client: httpx.AsyncClient) -> None:
    path = f"/api/v1/files/{sha(pdf())}"
    declared = {"Content-Type": "application/pdf"}
    assert (await client.put(path, content=pdf(), headers=declared)).status_code == 401
    assert (await client.get(path)).status_code == 401
