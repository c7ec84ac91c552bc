"""Submissions: written for whom one acts, kept once, replaced by later versions, seen from above."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import col, select

from app.core.clock import now, today
from app.core.db import Database
from app.ledger.models import LedgerLeaf
from app.records.models import Conflict
from app.submissions.models import Submission
from tests.factories import (
    make_cadre,
    make_organisation,
    make_posting,
    make_unit,
    make_user,
    sign_in,
)
from tests.submissions.desk import COUNTY, OTHER_VILLAGE, TOWNSHIP, VILLAGE, Desk, report


async def test_a_report_is_kept_with_a_receipt(secretary: Desk, db: Database) -> None:
    key = uuid4()
    made = await secretary.put(key, files=["ab" * 32])
    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["state"], told["kind_name"]) == ("submitted", "上月完成情况和本月计划")
    assert (told["unit"], told["subject_name"], told["for_period"]) == (
        VILLAGE, f"{VILLAGE}号", "2026-10",
    )  # fmt: skip
    assert told["attached"][0]["held_as"] is None
    assert set(told["steps"]) == {"submit", "withdraw"}
    assert told["receipt"]["log"] == COUNTY
    async with db.reading() as session:
        found = await session.exec(select(LedgerLeaf).where(col(LedgerLeaf.row_id) == str(key)))
        leaf = found.one()
    assert leaf.leaf.hex() == told["receipt"]["leaf"]


async def test_the_same_again_is_the_same_and_another_is_kept_beside(
    secretary: Desk, leader: Desk, db: Database
) -> None:
    key = uuid4()
    first, again = await secretary.put(key), await secretary.put(key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = await secretary.put(key, text="另一份")
    assert (other.status_code, other.json()["code"]) == (409, "submission-differs")
    async with db.reading() as session:
        kept = (await session.exec(select(Conflict))).one()
    assert (kept.record_kind, kept.body["text"]) == ("submission", "另一份")
    taken = await leader.put(key, text="别人的编号")
    assert (taken.status_code, taken.json()["code"]) == (409, "id-taken")


async def test_sent_ten_times_at_once_it_stands_once(secretary: Desk, db: Database) -> None:
    key = uuid4()
    answers = await asyncio.gather(*(secretary.put(key) for _ in range(10)))
    assert sorted(a.status_code for a in answers) == [200] * 9 + [201]
    async with db.reading() as session:
        assert len((await session.exec(select(Submission))).all()) == 1


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no subject": ({"unit": None}, "须填且只填一项"),
    "two subjects": ({"person": str(uuid4())}, "须填且只填一项"),
    "a kind nobody knows": ({"kind": "weekly"}, "weekly_entry(每周工作录入)"),
    "no period": ({"for_period": "2026-13"}, "2026-W47"),
    "a period out of the calendar": ({"for_period": "9999-W52"}, "2026-W47"),
    "a blank title": ({"title": "  "}, "标题没有内容"),
    "a kind of others": ({"kind": "annual_plan"}, "帮扶单位"),
    "no time zone": ({"written_at": "2026-11-05T17:30:00"}, "时区"),
    "a hash that is none": ({"files": ["x"]}, "格式不对"),
    "a field of ours": ({"state": "accepted"}, "没有这一项"),
}


@pytest.mark.parametrize("case", WRONG)
async def test_a_bad_body_is_told_what_is_wrong(secretary: Desk, case: str) -> None:
    over, why = WRONG[case]
    refused = await secretary.put(**{"unit": VILLAGE, **over})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-body")
    assert why in refused.text


async def test_the_period_is_kept_as_everybody_writes_it(secretary: Desk) -> None:
    assert (await secretary.put(for_period="2026-6")).json()["for_period"] == "2026-06"
    weekly = await secretary.put(kind="weekly_entry", for_period="2026-W5")
    assert weekly.json()["for_period"] == "2026-W05"


async def test_who_does_not_act_for_a_unit_does_not_write_for_it(
    app: FastAPI, client: httpx.AsyncClient, township: Desk, stranger: Desk, db: Database
) -> None:
    await make_unit(db, VILLAGE)
    member, headers = await make_cadre(app, "TM", VILLAGE)
    refused = await Desk(client, headers, member.id).put()
    assert (refused.status_code, "第一书记" in refused.json()["detail"]) == (403, True)
    assert (await township.put()).status_code == 403  # it receives this; it does not write it
    assert (await stranger.put()).status_code == 404
    forwarded = await township.put(kind="month_ledger_forwarded", unit=TOWNSHIP)
    assert forwarded.status_code == 201


async def test_what_was_written_in_a_post_may_arrive_after_it(
    app: FastAPI, client: httpx.AsyncClient, db: Database
) -> None:
    gone, headers = await make_cadre(app, "FS", VILLAGE, until=today() - timedelta(days=3))
    desk = Desk(client, headers, gone.id)
    at = now()
    in_time = await desk.put(written_at=(at - timedelta(days=4)).isoformat())
    assert in_time.status_code == 201
    after = await desk.put(written_at=(at - timedelta(days=1)).isoformat())
    assert after.status_code == 404
    long_gone = await make_user(db, "早已离任")
    await make_posting(db, long_gone, until=today() - timedelta(days=200))
    desk = Desk(client, await sign_in(app, long_gone), long_gone.id)
    dated_back = await desk.put(written_at=(at - timedelta(days=300)).isoformat())
    assert dated_back.status_code == 404


async def test_an_organisation_is_written_for_by_those_entered(
    app: FastAPI,
    client: httpx.AsyncClient,
    db: Database,
    township: Desk,
    stranger: Desk,
    county: Desk,
) -> None:
    clerk = await make_user(db, "水利局办事员")
    unit = await make_organisation(db, villages=[VILLAGE], people=[clerk])
    desk = Desk(client, await sign_in(app, clerk), clerk.id)
    plan = {"kind": "annual_plan", "organisation": str(unit.id), "for_period": "2026"}
    made = await desk.put(title="单位计划", **plan)
    assert made.status_code == 201, made.text
    assert (made.json()["subject_name"], made.json()["organisation"]) == ("县水利局", str(unit.id))
    about = await desk.put(title="该村计划", village=VILLAGE, **plan)
    assert about.status_code == 201
    assert (await desk.put(village=OTHER_VILLAGE, **plan)).status_code == 404
    wrong_kind = await desk.put(kind="month_report", organisation=str(unit.id))
    assert (wrong_kind.status_code, "行政村" in wrong_kind.text) == (422, True)
    assert (await county.put(**plan)).status_code == 403
    assert (await stranger.put(**plan)).status_code == 404
    # a township sees the papers of whom serves its villages
    for who, titles in ((township, ["该村计划", "单位计划"]), (county, ["该村计划", "单位计划"])):
        assert await who.titles(f"?organisation={unit.id}") == titles
    assert await stranger.titles() == []
    assert await township.titles(f"?unit={VILLAGE}") == ["该村计划"]


async def test_a_person_writes_only_their_own(
    secretary: Desk, leader: Desk, township: Desk
) -> None:
    letter = {"kind": "target_letter", "for_period": "2026"}
    mine = await secretary.put(person=str(secretary.me), **letter)
    assert mine.status_code == 201
    assert (await secretary.put(person=str(leader.me), **letter)).status_code == 404
    assert (await leader.put(person=str(leader.me), **letter)).status_code == 422
    seen = await township.get(f"/submissions?person={secretary.me}&kind=target_letter")
    assert [item["id"] for item in seen.json()["items"]] == [mine.json()["id"]]


async def test_a_draft_is_seen_by_those_who_write_it(
    secretary: Desk, leader: Desk, township: Desk
) -> None:
    draft, sent = uuid4(), uuid4()
    kept = await secretary.put(draft, draft=True, title="草稿")
    assert (kept.json()["state"], set(kept.json()["steps"])) == (
        "draft", {"save", "submit", "withdraw"},
    )  # fmt: skip
    assert await leader.titles() == ["草稿"]
    assert await township.titles() == []
    assert (await township.get(f"/submissions/{draft}")).status_code == 404
    made = await leader.put(sent, replaces=str(draft), title="定稿")
    assert (made.status_code, made.json()["state"]) == (201, "submitted")
    assert await township.titles() == ["定稿"]
    seen = (await township.get(f"/submissions/{sent}")).json()
    assert [version["id"] for version in seen["versions"]] == [str(sent)]
    own = (await secretary.get(f"/submissions/{sent}")).json()
    assert [version["id"] for version in own["versions"]] == [str(draft), str(sent)]


async def test_a_withdrawn_draft_stays_unseen(secretary: Desk, township: Desk) -> None:
    draft = uuid4()
    await secretary.put(draft, draft=True)
    assert (await secretary.withdraw(draft)).json()["state"] == "withdrawn"
    assert (await township.get(f"/submissions/{draft}")).status_code == 404
    assert await township.titles() == []


async def test_versions_are_kept_and_readable(secretary: Desk, township: Desk) -> None:
    first, second = uuid4(), uuid4()
    await secretary.put(first, title="第一版")
    made = await secretary.put(second, title="第二版", replaces=str(first))
    assert [v["id"] for v in made.json()["versions"]] == [str(first), str(second)]
    assert await township.titles() == ["第二版"]
    old = (await township.get(f"/submissions/{first}")).json()
    assert (old["title"], old["replaced_by"], old["steps"]) == ("第一版", str(second), [])
    again = await secretary.put(second, title="第二版", replaces=str(first))
    assert again.status_code == 200


async def test_a_later_version_is_about_the_same(secretary: Desk) -> None:
    first = uuid4()
    await secretary.put(first)
    for over in ({"for_period": "2026-09"}, {"kind": "weekly_entry"}, {"event": str(uuid4())}):
        refused = await secretary.put(replaces=str(first), **over)
        assert refused.status_code == 422, over
        assert [e["where"] for e in refused.json()["errors"]] == list(over)
    assert (await secretary.put(replaces=str(uuid4()))).status_code == 404


async def test_of_two_phones_that_replace_it_the_second_is_kept(
    secretary: Desk, leader: Desk, db: Database
) -> None:
    first = uuid4()
    await secretary.put(first)
    answers = await asyncio.gather(
        secretary.put(replaces=str(first), text="甲"), leader.put(replaces=str(first), text="乙")
    )
    assert sorted(a.status_code for a in answers) == [201, 409]
    late = next(a for a in answers if a.status_code == 409).json()
    stands = next(a for a in answers if a.status_code == 201).json()
    assert late["code"] == "submission-already-replaced"
    assert stands["id"] in late["detail"]
    async with db.reading() as session:
        kept = (await session.exec(select(Conflict))).one()
    assert {kept.body["text"], stands["text"]} == {"甲", "乙"}


async def test_lists_are_filtered_and_turned_page_by_page(secretary: Desk, township: Desk) -> None:
    for month in (8, 9, 10):
        await secretary.put(title=f"{month}月", for_period=f"2026-{month:02}")
    await secretary.put(title="周", kind="weekly_entry", for_period="2026-W45")
    assert await township.titles() == ["周", "10月", "9月", "8月"]
    assert await township.titles("?kind=month_report&for_period=2026-9") == ["9月"]
    assert await township.titles("?state=returned") == []
    assert await township.titles(f"?unit={TOWNSHIP}&state=submitted&limit=1") == ["周"]
    page = (await township.get("/submissions?limit=3")).json()
    rest = await township.titles(f"?limit=3&cursor={page['next']}")
    assert ([item["title"] for item in page["items"]], rest) == (["周", "10月", "9月"], ["8月"])
    assert (await township.get("/submissions?kind=nothing")).status_code == 422


async def test_the_form_offers_what_one_may_write(
    secretary: Desk, township: Desk, client: httpx.AsyncClient, app: FastAPI, db: Database
) -> None:
    told = (await secretary.get("/submissions/kinds")).json()
    kinds = {kind["kind"]: kind for kind in told["submissions"]}
    assert set(kinds) == {
        "weekly_entry", "month_report", "leader_visit_entry", "month_ledger", "target_letter",
    }  # fmt: skip
    assert kinds["weekly_entry"]["zh"] == "每周工作录入"
    assert kinds["weekly_entry"]["subjects"][0]["unit"] == VILLAGE
    assert kinds["target_letter"]["subjects"][0]["person"] == str(secretary.me)
    assert {f["name"] for f in told["figures"]} == {"night_school_area_m2", "dedicated_staff"}
    ledgers = (await township.get("/submissions/kinds")).json()["submissions"]
    assert [kind["kind"] for kind in ledgers] == ["month_ledger_forwarded"]
    clerk = await make_user(db, "办事员")
    team = await make_organisation(db, "team", VILLAGE, people=[clerk], name="驻村工作队")
    desk = Desk(client, await sign_in(app, clerk), clerk.id)
    articles = (await desk.get("/submissions/kinds")).json()["submissions"]
    article = next(kind for kind in articles if kind["kind"] == "research_article")
    assert (article["accepted"], article["subjects"][0]["organisation"]) == (True, str(team.id))
    for each in told["submissions"] + ledgers + articles:
        assert each["subjects"]


async def test_a_batch_carries_submissions_and_figures(secretary: Desk) -> None:
    figure = {"name": "dedicated_staff", "unit": VILLAGE, "on": str(today()), "amount": 1}
    records = [
        {"kind": "submission", "id": str(uuid4()), "body": report()},
        {"kind": "submission", "id": str(uuid4()), "body": report(unit=TOWNSHIP)},
        {"kind": "figure", "id": str(uuid4()), "body": figure},
    ]
    results = (await secretary.post("/sync", {"records": records})).json()["results"]
    assert [result["status"] for result in results] == [201, 403, 201]
    assert results[0]["body"]["state"] == "submitted"
    assert results[2]["body"]["name_zh"] == "专职人员"
