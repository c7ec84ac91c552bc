"""A flag's way: raised once, answered, decided by two when adverse, appealed; who may do what."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import col, select

from app.auth.models import User
from app.core.clock import now, today
from app.core.db import Database
from app.ledger.models import LedgerLeaf
from app.reviews.finding import About, Finding
from app.reviews.models import Flag, FlagDecision
from app.reviews.service import raise_flags
from tests.factories import OTHER_VILLAGE, make_posting
from tests.photos.pictures import photo, sha
from tests.reviews.desk import CODE, COUNTY, LONG_AGO, TOWNSHIP, Person, flagged, person


async def test_a_flag_is_raised_once_logged_and_told_to_its_author(
    db: Database, author: Person
) -> None:
    first = await flagged(db, author.me)
    async with db.writing() as session:
        again = await raise_flags(session, *_again(first), now())
        assert again == []
    async with db.reading() as session:
        leaves = (
            await session.exec(select(LedgerLeaf).where(col(LedgerLeaf.row_id) == str(first.id)))
        ).all()
    assert [(leaf.kind, leaf.actor) for leaf in leaves] == [("create", "system:checks")]
    shown = await author.flag(first.id)
    assert shown["says"].startswith("手机报的位置离本村范围 4200 米")
    assert shown["state"] == "open"
    assert shown["record_state"] == "in_review"
    assert shown["may"] == {"answer": True, "decide": False, "appeal": False}
    assert await author.flags(f"?record={first.record_id}") == [str(first.id)]


def _again(flag: Flag) -> tuple[About, list[Finding]]:
    about = About(
        flag.record_kind, flag.record_id, flag.county, flag.author_id, flag.day, flag.village
    )
    return about, [Finding(flag.code, "high", {"distance_m": 1})]


async def test_against_the_author_it_takes_two_people_and_the_author_is_heard_first(
    db: Database, author: Person, reviewers: list[Person]
) -> None:
    flag = (await flagged(db, author.me)).id
    first, second, third = reviewers
    assert (await first.decide(flag, "does_not_count")).json()["state"] == "second_needed"
    assert (await author.flag(flag))["record_state"] == "in_review"
    assert _code(await first.decide(flag, "does_not_count", reason="再说一次")) == "same-reviewer"
    assert _code(await second.decide(flag, "does_not_count")) == "answer-still-open"
    assert (await author.answer(flag)).status_code == 200
    against = (await second.decide(flag, "does_not_count")).json()
    assert (against["state"], against["record_state"]) == ("not_counted", "not_counted")
    assert [(d["round"], d["place"]) for d in against["decisions"]] == [(0, 1), (0, 2)]
    assert (await author.flag(flag))["may"]["appeal"]
    appealed = (await author.appeal(flag)).json()
    assert (appealed["state"], appealed["record_state"]) == ("appealed", "in_review")
    assert _code(await second.decide(flag, "counts", reason="改主意了")) == "same-reviewer"
    # the very words of the first round: nothing is decided by them a second time
    assert _code(await second.decide(flag, "does_not_count")) == "same-reviewer"
    assert not (await second.flag(flag))["may"]["decide"]
    assert (await third.flag(flag))["may"]["decide"]
    ended = (await third.decide(flag, "does_not_count")).json()
    assert (ended["state"], ended["record_state"]) == ("upheld", "not_counted")
    assert _code(await author.appeal(flag, "还要申诉")) == "flag-move-illegal"


async def test_one_person_ends_it_in_the_authors_favour(
    db: Database, author: Person, reviewers: list[Person]
) -> None:
    flag = (await flagged(db, author.me)).id
    kept = (await reviewers[0].decide(flag, "counts_with_note")).json()
    assert (kept["state"], kept["record_state"]) == ("kept_with_note", "counted")
    again = await reviewers[0].decide(flag, "counts_with_note")
    assert again.status_code == 200
    assert len(again.json()["decisions"]) == 1
    assert _code(await reviewers[1].decide(flag, "counts")) == "flag-decided"
    refused = await author.answer(flag)
    assert _code(refused) == "flag-move-illegal"
    assert "已定:计入并备注" in refused.json()["detail"]


async def test_after_fourteen_days_without_an_answer_the_second_voice_holds(
    db: Database, author: Person, reviewers: list[Person]
) -> None:
    flag = (await flagged(db, author.me, at=now() - LONG_AGO)).id
    assert _code(await author.answer(flag)) == "flag-too-late"
    assert not (await author.flag(flag))["may"]["answer"]
    await reviewers[0].decide(flag, "does_not_count")
    assert (await reviewers[1].decide(flag, "does_not_count")).json()["state"] == "not_counted"


async def test_nobody_decides_on_their_own_nor_on_people_they_lead(
    app: FastAPI, client: httpx.AsyncClient, db: Database, author: Person, township: Person
) -> None:
    flag = (await flagged(db, author.me)).id
    assert _code(await township.decide(flag, "counts")) == "forbidden"
    # a reviewer's post beside the other changes nothing: whoever leads the author stays out of it
    for me, expected in ((author, "own-record"), (township, "own-line")):
        await make_posting(db, await _user(db, me), COUNTY, "RV")
        assert _code(await me.decide(flag, "counts")) == expected
        assert not (await me.flag(flag))["may"]["decide"]
        assert await me.flags("?awaiting=true") == []
    once = await person(app, client, "VC", TOWNSHIP, until=today() - timedelta(days=1))
    await make_posting(db, await _user(db, once), COUNTY, "RV")
    then = (await flagged(db, author.me, day=today() - timedelta(days=2))).id
    assert _code(await once.decide(then, "counts")) == "own-line"
    assert (await once.decide(flag, "counts")).status_code == 200


async def test_an_expired_post_and_one_elsewhere_decide_nothing(
    app: FastAPI, client: httpx.AsyncClient, db: Database, author: Person, reviewers: list[Person]
) -> None:
    flag = (await flagged(db, author.me)).id
    until = today() - timedelta(days=1)
    former = await person(app, client, "RV", COUNTY, until=until)
    elsewhere = await person(app, client, "RV", OTHER_VILLAGE[:9])
    for stranger in (former, elsewhere):
        assert (await stranger.decide(flag, "counts")).status_code == 404
        assert await stranger.flags() == []
    assert await reviewers[0].flags("?awaiting=true") == [str(flag)]
    assert await reviewers[0].flags(f"?unit={TOWNSHIP}&state=open&state=appealed") == [str(flag)]
    assert await reviewers[0].flags(f"?unit={OTHER_VILLAGE}") == []
    assert await reviewers[0].flags(f"?person={uuid4()}") == []


@pytest.mark.parametrize("crowd", [2, 20])
async def test_many_deciding_at_once_get_one_decision(
    app: FastAPI, client: httpx.AsyncClient, db: Database, author: Person, crowd: int
) -> None:
    reviewers = [await person(app, client, "RV", COUNTY) for _ in range(crowd)]
    flag = (await flagged(db, author.me)).id
    words = ["counts", "counts_with_note"]
    replies = await asyncio.gather(
        *(each.decide(flag, words[n % 2]) for n, each in enumerate(reviewers))
    )
    codes = [reply.status_code for reply in replies]
    assert sorted(codes) == [200] + [409] * (crowd - 1)
    assert {_code(r) for r in replies if r.status_code == 409} == {"flag-decided"}
    async with db.reading() as session:
        voices = (await session.exec(select(FlagDecision))).all()
    assert len(voices) == 1

    heard = (await flagged(db, author.me, "clock-contradiction")).id
    await author.answer(heard)
    replies = await asyncio.gather(*(each.decide(heard, "does_not_count") for each in reviewers))
    assert sorted(r.status_code for r in replies) == [200] * 2 + [409] * (crowd - 2)
    assert (await author.flag(heard))["state"] == "not_counted"


async def test_a_voice_given_to_another_state_is_refused(
    db: Database, author: Person, reviewers: list[Person]
) -> None:
    flag = (await flagged(db, author.me)).id
    await author.answer(flag)
    await reviewers[0].decide(flag, "does_not_count", seen="open")
    assert _code(await reviewers[1].decide(flag, "does_not_count", seen="open")) == "flag-decided"
    late = await reviewers[1].decide(flag, "does_not_count", seen="second_needed")
    assert late.json()["state"] == "not_counted"


async def test_answers_repeat_safely_and_their_photos_are_seen_by_the_reviewer(
    client: httpx.AsyncClient, db: Database, author: Person, reviewers: list[Person]
) -> None:
    flag = (await flagged(db, author.me)).id
    data = photo(7)
    headers = {**author.headers, "content-type": "image/jpeg"}
    await client.put(f"/api/v1/photos/{sha(data)}", content=data, headers=headers)
    key = str(uuid4())
    for _ in range(2):
        assert (await author.answer(flag, id=key, photos=[sha(data)])).status_code == 200
    assert _code(await author.answer(flag, "别的话", id=key)) == "id-taken"
    await author.answer(flag, "第二次说明")
    await author.answer(flag, "第二次说明")
    told = await reviewers[0].flag(flag)
    assert [a["text"] for a in told["answers"]] == ["当时在后山", "第二次说明"]
    assert (await reviewers[0].get(f"/photos/{sha(data)}/view")).status_code == 200
    assert _code(await reviewers[0].answer(flag)) == "forbidden"


async def test_a_photo_named_by_an_answer_opens_only_to_who_uploaded_it(
    app: FastAPI, client: httpx.AsyncClient, db: Database, author: Person, reviewers: list[Person]
) -> None:
    data = photo(8)
    other = await person(app, client, "FS", OTHER_VILLAGE)
    headers = {**other.headers, "content-type": "image/jpeg"}
    await client.put(f"/api/v1/photos/{sha(data)}", content=data, headers=headers)
    flag = (await flagged(db, author.me)).id
    await author.answer(flag, photos=[sha(data)])
    assert (await reviewers[0].get(f"/photos/{sha(data)}/view")).status_code == 404


def _code(response: httpx.Response) -> str:
    assert response.status_code >= 400, response.text
    code: str = response.json()["code"]
    return code


async def _user(db: Database, who: Person) -> User:
    async with db.reading() as session:
        return (await session.exec(select(User).where(User.id == who.me))).one()


async def test_a_low_flag_puts_no_record_into_review(
    db: Database, author: Person, reviewers: list[Person]
) -> None:
    """Alone it waits for nobody; it may be answered and decided all the same."""
    flag = await flagged(db, author.me, "zero-jitter")
    shown = await author.flag(flag.id)
    assert (shown["record_state"], shown["may"]["answer"]) == ("counted", True)
    assert await reviewers[0].flags("?awaiting=true") == []
    assert (await reviewers[0].flag(flag.id))["may"]["decide"]
    other = await flagged(db, author.me, CODE, record=flag.record_id)
    assert (await author.flag(flag.id))["record_state"] == "in_review"
    waiting = {str(flag.id), str(other.id)}
    assert set(await reviewers[0].flags("?awaiting=true")) == waiting
    await reviewers[0].decide(other.id, "counts")
    assert await reviewers[0].flags("?awaiting=true") == []
    await reviewers[1].decide(flag.id, "does_not_count")
    assert await reviewers[2].flags("?awaiting=true") == [str(flag.id)]
