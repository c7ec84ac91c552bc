"""The rows by which a photo is found again are verified against the records that name it."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import delete, insert, update
from sqlmodel import col, select

from app.core.db import Database
from app.examining import _pictured
from app.ledger.auditing import snapshot
from app.ledger.verify import Finding
from app.photos.models import PhotoUse
from tests.factories import VILLAGE, make_fence
from tests.reviews.desk import COUNTY, Person, flagged, person
from tests.security.world import Target, activity, check_in, diary, make_up

KINDS = {"check_in", "diary", "activity", "make_up", "flag_answer", "flag_appeal"}
PHOTOS = ["ab" * 32, "cd" * 32]
NOBODY = UUID(int=7)


async def _written(app: FastAPI, client: httpx.AsyncClient, db: Database) -> None:
    """A record of each kind, with two photos and without any."""
    author = await person(app, client, "FS")
    await make_fence(db)
    reviewers = [await person(app, client, "RV", COUNTY) for _ in range(2)]
    for photos in (PHOTOS, []):
        for path, told in (
            ("check-ins", check_in(photos=photos)),
            ("diaries", diary(photos=photos)),
            ("activities", activity(Target(VILLAGE), photos=photos)),
            ("make-ups", make_up(evidence=photos)),
        ):
            await _done(client.put(f"/api/v1/{path}/{uuid4()}", json=told, headers=author.headers))
        await _appealed(db, author, reviewers, photos)


async def _appealed(
    db: Database, author: Person, reviewers: list[Person], photos: list[str]
) -> None:
    flag = (await flagged(db, author.me)).id
    await _done(author.answer(flag, photos=photos))
    for reviewer in reviewers:
        await _done(reviewer.decide(flag, "does_not_count"))
    await _done(author.post(f"/flags/{flag}/appeal", {"text": "请再看看", "photos": photos}))


async def _done(asked: Awaitable[httpx.Response]) -> None:
    answer = await asked
    assert answer.status_code in (200, 201), answer.text


async def _found(db: Database) -> list[Finding]:
    async with snapshot(db) as session:
        return [finding async for finding in _pictured(session)]


async def _uses(db: Database) -> list[PhotoUse]:
    async with db.reading() as session:
        uses = list((await session.exec(select(PhotoUse))).all())
        session.expunge_all()
    return uses


async def test_an_edited_use_is_named_with_its_record(
    app: FastAPI, client: httpx.AsyncClient, db: Database
) -> None:
    await _written(app, client, db)
    assert await _found(db) == []
    uses = await _uses(db)
    assert {use.record_kind for use in uses} == KINDS
    assert len(uses) == 2 * len(KINDS)
    for use in (use for use in uses if use.position == 0):
        same = (col(PhotoUse.record_id) == use.record_id, col(PhotoUse.sha256) == use.sha256)
        wrong: list[dict[str, Any]] = [
            {"day": use.day - timedelta(days=30)}, {"village": "360321199999"}, {"position": 7},
            {"county": "360399"}, {"sha256": "0" * 64}, {"household_id": uuid4()},
            {"record_id": NOBODY}, {"record_kind": "portrait"},
        ]  # fmt: skip
        for values in wrong:
            await _edited(db, update(PhotoUse).where(*same).values(**values), use)
        await _edited(db, delete(PhotoUse).where(*same), use)
        values = {**use.model_dump(), "sha256": "1" * 64, "position": 1}
        await _edited(db, insert(PhotoUse).values(**values), use)
        await _edited(db, insert(PhotoUse).values(**{**values, "record_id": NOBODY}), use, NOBODY)
    assert await _found(db) == [], "nothing stayed behind"


async def _edited(db: Database, edit: Any, use: PhotoUse, key: UUID | None = None) -> None:
    """Within a transaction that is rolled back; it has to be named by the record."""
    with pytest.raises(_Undone):
        async with db.writing() as session:
            await session.exec(edit)
            found = [finding async for finding in _pictured(session)]
            named = {(finding.table, finding.id) for finding in found}
            assert ("photo_uses", str(key or use.record_id)) in named, str(edit)
            raise _Undone


class _Undone(Exception):
    pass
