"""Whose the other record is that a flag names: told to who may read it, to nobody else."""

from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI

from app.core.clock import today
from app.core.db import Database
from app.postings.models import Post
from app.postings.scope import Caller, Held
from app.reviews import others
from tests.factories import OTHER_VILLAGE, VILLAGE, make_fence
from tests.reviews.desk import COUNTY, Json, person
from tests.security.world import Target, activity, check_in, diary

ONE, TWO, THREE = (UUID(int=n) for n in range(1, 4))
PHOTO = {"photo": "ab" * 32, "other_photo": "cd" * 32, "bits64": 3, "matches": 2}
ALIKE: Json = {**PHOTO, "other": str(ONE), "records": [str(ONE), str(TWO)]}


def test_what_may_not_be_read_is_left_out_and_its_count_stays() -> None:
    assert others.named(ALIKE) == {ONE, TWO}
    assert others.limited(ALIKE, {ONE, TWO}) == ALIKE
    assert others.limited(ALIKE, {TWO}) == {
        "photo": "ab" * 32, "bits64": 3, "matches": 2, "records": [str(TWO)],
    }  # fmt: skip
    assert others.limited(ALIKE, {ONE})["records"] == [str(ONE)]
    assert others.limited(ALIKE, {ONE})["other_photo"] == "cd" * 32
    told: Json = {"accounts": 3, "others": [str(THREE)], "records": 1, "distance_m": 9}
    assert others.limited(told, set()) == {**told, "others": []}


def caller(kind: Post, unit: str, key: UUID | None = None) -> Caller:
    held = Held(uuid4(), unit, kind, today(), None, unit[:6])
    return Caller(key or uuid4(), "某人", uuid4(), today(), (held,))


async def test_each_kind_of_record_is_read_by_its_author_and_those_over_them(
    app: FastAPI, client: httpx.AsyncClient, db: Database
) -> None:
    author = await person(app, client, "FS")
    await make_fence(db)
    keys = [uuid4() for _ in range(3)]
    for key, (path, told) in zip(
        keys,
        (
            ("check-ins", check_in()),
            ("diaries", diary()),
            ("activities", activity(Target(VILLAGE))),
        ),
        strict=True,
    ):
        answer = await client.put(f"/api/v1/{path}/{key}", json=told, headers=author.headers)
        assert answer.status_code == 201, answer.text
    asked = [*keys, uuid4()]
    async with db.reading() as session:
        for seen, by in (
            (set(keys), caller(Post.FS, VILLAGE, author.me)),
            (set(keys), caller(Post.RV, COUNTY)),
            (set[UUID](), caller(Post.FS, VILLAGE)),
            (set[UUID](), caller(Post.RV, OTHER_VILLAGE[:9])),
        ):
            assert await others.readable(session, by, asked) == seen
        assert await others.readable(session, caller(Post.RV, COUNTY), []) == set()
