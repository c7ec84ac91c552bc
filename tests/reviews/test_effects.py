"""What a flag does to its record: check-in, diary, quotas, closed periods; checks that fall silent."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from app.core.clock import now, today
from app.core.db import Database
from app.policy.periods import containing
from app.quotas import changes
from app.reviews import precision
from app.reviews.finding import About, Finding
from app.reviews.models import Flag
from app.reviews.service import raise_flags
from app.reviews.states import State
from tests.factories import CENTRE, VILLAGE, make_fence, make_unit
from tests.quotas.rows import in_force
from tests.reviews.desk import CODE, COUNTY, TOWNSHIP, Person, flagged


async def _check_in(author: Person) -> UUID:
    key = uuid4()
    told = {
        "kind": "presence",
        "village": VILLAGE,
        "captured_at": (now() - timedelta(minutes=1)).isoformat(),
        "fix": {"lat": CENTRE[0], "lon": CENTRE[1], "accuracy_m": 18.0},
    }
    path = f"/api/v1/check-ins/{key}"
    answer = await author.client.put(path, json=told, headers=author.headers)
    assert answer.status_code == 201, answer.text
    return key


async def _against(flag: UUID, author: Person, reviewers: Sequence[Person], reason: str) -> None:
    await author.answer(flag)
    for reviewer in reviewers[:2]:
        answer = await reviewer.decide(flag, "does_not_count", reason=reason)
        assert answer.status_code == 200, answer.text


async def test_a_check_in_shows_its_flags_and_is_found_by_its_state(
    app: FastAPI, db: Database, author: Person, reviewers: list[Person]
) -> None:
    await make_fence(db)
    await _check_in(author)
    noisy = await _check_in(author)
    flag = (await flagged(db, author.me, record=noisy)).id

    async def states() -> list[str]:
        found = []
        for state in ("counted", "in_review", "not_counted"):
            page = (await author.get(f"/check-ins?state={state}")).json()["items"]
            assert all(item["state"] == state for item in page)
            found += [f"{state} {'noisy' if i['id'] == str(noisy) else 'quiet'}" for i in page]
        return sorted(found)

    shown = (await author.get(f"/check-ins/{noisy}")).json()
    assert [each["id"] for each in shown["flags"]] == [str(flag)]
    assert await states() == ["counted quiet", "in_review noisy"]
    await _against(flag, author, reviewers, "不在村")
    assert await states() == ["counted quiet", "not_counted noisy"]
    await author.appeal(flag)
    assert await states() == ["counted quiet", "in_review noisy"]
    await reviewers[2].decide(flag, "counts")
    assert await states() == ["counted noisy", "counted quiet"]


async def test_nothing_is_decided_about_what_was_taken_back(
    app: FastAPI, db: Database, author: Person, reviewers: list[Person]
) -> None:
    await make_fence(db)
    key = await _check_in(author)
    flag = (await flagged(db, author.me, record=key)).id
    assert await reviewers[0].flags("?awaiting=true") == [str(flag)]
    taken = await author.post(f"/check-ins/{key}/withdrawal", {"reason": "误点"})
    assert taken.status_code == 200, taken.text
    assert (await author.get(f"/check-ins/{key}")).json()["state"] == "not_counted"
    for reader in (author, reviewers[0]):
        told = await reader.flag(flag)
        assert told["record_state"] == "not_counted"
        assert not any(told["may"].values())
    assert await reviewers[0].flags("?awaiting=true") == []
    for answer in (await reviewers[0].decide(flag, "counts"), await author.answer(flag)):
        assert (answer.status_code, answer.json()["code"]) == (409, "flag-move-illegal")
        assert "撤回" in answer.json()["detail"]
    checks = {
        each["code"]: each for each in (await reviewers[0].get(f"/checks?unit={COUNTY}")).json()
    }
    assert (checks[CODE]["raised"], checks[CODE]["decided"]) == (0, 0)


async def test_a_diary_tells_its_flags(db: Database, author: Person) -> None:
    key = uuid4()
    told = {"work_date": str(today()), "text": "走访", "written_at": now().isoformat()}
    path = f"/api/v1/diaries/{key}"
    written = await author.client.put(path, json=told, headers=author.headers)
    assert (written.json()["state"], written.json()["flags"]) == ("counted", [])
    await flagged(db, author.me, "diary-alike", record=key, kind="diary", village=None)
    shown = (await author.get(f"/diaries/{key}")).json()
    assert shown["state"] == "in_review"
    assert [each["code"] for each in shown["flags"]] == ["diary-alike"]


async def test_the_quota_names_the_uncounted_record_with_the_reason(
    app: FastAPI, db: Database, author: Person, reviewers: list[Person]
) -> None:
    await in_force(db)
    key = await _check_in(author)
    flag = (await flagged(db, author.me, record=key)).id
    assert await _stay_days(author) == (1, [])
    before = await _heads(db)
    await _against(flag, author, reviewers, "当天在县城开会")
    have, left_out = await _stay_days(author)
    assert have == 0
    assert [(one["record"], one["code"]) for one in left_out] == [(str(key), "decided")]
    assert left_out[0]["why"].endswith("当天在县城开会")
    async with db.reading() as session:
        concerned = await changes.persons(session, before, await changes.heads(session))
    assert concerned == {author.me}


async def _heads(db: Database) -> dict[str, int]:
    async with db.reading() as session:
        return await changes.heads(session)


async def _stay_days(author: Person) -> tuple[int, list[dict[str, Any]]]:
    items = (await author.get(f"/people/{author.me}/quotas")).json()["items"]
    rule = next(each for each in items if each["rule"] == "R01")
    return rule["have"], rule["not_counted"]


async def test_a_decision_after_closing_leaves_the_closed_version_as_it_was(
    app: FastAPI,
    db: Database,
    author: Person,
    reviewers: list[Person],
    county: Person,
) -> None:
    await in_force(db)
    last = containing("quarter", containing("quarter", today()).first - timedelta(days=1))
    day = last.first + timedelta(days=20)
    key = uuid4()
    at = f"{day}T09:00:00+08:00"
    told = {"kind": "presence", "village": VILLAGE, "captured_at": at}
    path = f"/api/v1/check-ins/{key}"
    assert (await author.client.put(path, json=told, headers=author.headers)).status_code == 201
    flag = (await flagged(db, author.me, record=key, day=day)).id
    closing = {"unit": TOWNSHIP, "period": last.key}
    closed = await county.post("/closings", closing)
    assert closed.status_code == 201, closed.text
    first = closed.json()["id"]
    assert await _closed_have(author, first) == 1  # undecided counts
    await _against(flag, author, reviewers, "不在村")
    assert await _closed_have(author, first) == 1
    again = await county.post("/closings", closing)
    assert again.status_code == 201, again.text
    assert again.json()["version"] == closed.json()["version"] + 1
    assert await _closed_have(author, again.json()["id"]) == 0
    assert await _closed_have(author, first) == 1


async def _closed_have(author: Person, closing: str) -> int:
    rows = (await author.get(f"/closings/{closing}")).json()["rows"]
    have: int = next(r for r in rows if r["standing"]["rule"] == "R01")["standing"]["have"]
    return have


async def test_a_check_that_reviewers_mostly_find_wrong_falls_silent_by_itself(
    db: Database, author: Person, county: Person, reviewers: list[Person]
) -> None:
    await make_unit(db)
    await _decided(db, author, kept=36, upheld=14)  # 28 %
    async with db.writing() as session:
        assert [s.code for s in await precision.fall_silent(session, now())] == [CODE]
        assert await precision.fall_silent(session, now()) == []
    told = next(c for c in (await county.get(f"/checks?unit={COUNTY}")).json() if c["code"] == CODE)
    assert (told["decided"], told["upheld"], told["precision"]) == (50, 14, 0.28)
    assert told["silenced"]
    assert told["silence"]["by"] is None
    assert "14 条不计入" in told["silence"]["reason"]
    later = await flagged(db, author.me)
    assert later.state == State.silent
    shown = await author.flag(later.id)
    assert (shown["state"], shown["record_state"]) == ("silent", "counted")
    assert str(later.id) not in await author.flags("?limit=200")
    assert (await reviewers[0].decide(later.id, "counts")).json()["code"] == "flag-move-illegal"
    body = {"unit": COUNTY, "reason": "已校准围栏"}
    assert (await county.post(f"/checks/{CODE}/voice", body)).status_code == 200
    assert (await flagged(db, author.me)).state == State.open
    async with db.writing() as session:  # what lay before the administrator's word is not counted
        assert await precision.fall_silent(session, now()) == []


@pytest.mark.parametrize(("kept", "upheld"), [(35, 15), (40, 9)])
async def test_a_check_keeps_its_voice_at_three_in_ten_or_with_too_few_cases(
    db: Database, author: Person, kept: int, upheld: int
) -> None:
    await _decided(db, author, kept=kept, upheld=upheld)
    async with db.writing() as session:
        assert await precision.fall_silent(session, now()) == []


async def _decided(db: Database, author: Person, *, kept: int, upheld: int) -> None:
    """So many flags that ended so; the way there is tried elsewhere."""
    async with db.writing() as session:
        for number in range(kept + upheld):
            about = About("check_in", uuid4(), COUNTY, author.me, today(), VILLAGE)
            raised = await raise_flags(session, about, [Finding(CODE, "high")], now())
            flag: Flag = raised[0]
            flag.state = (State.kept if number < kept else State.upheld).value
            flag.decided_at = now() - timedelta(seconds=1)
            session.add(flag)


async def test_silencing_is_for_administrators_of_the_place(
    db: Database, author: Person, county: Person, township: Person, client: httpx.AsyncClient
) -> None:
    body = {"unit": TOWNSHIP, "reason": "山谷定位偏移"}
    assert (await township.post(f"/checks/{CODE}/silence", body)).status_code == 403
    assert (await county.post("/checks/no-such/silence", body)).status_code == 404
    blank = await county.post(f"/checks/{CODE}/silence", {**body, "reason": "  "})
    assert (blank.status_code, "没有写明内容" in blank.text) == (422, True)
    elsewhere = {**body, "unit": "360322"}
    assert (await county.post(f"/checks/{CODE}/silence", elsewhere)).status_code == 404
    for _ in range(2):
        assert (await county.post(f"/checks/{CODE}/silence", body)).status_code == 200
    assert (await flagged(db, author.me)).state == State.silent
    assert (await flagged(db, author.me, village="360321102201")).state == State.open
    assert (await author.get(f"/checks?unit={COUNTY}")).status_code == 404
