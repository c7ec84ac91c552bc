"""Asking, deciding, taking back: whatever is asked is kept, and one word of each place decides."""

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
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
from app.requests.models import Leave, RequestDecision
from app.requests.rules import rules
from tests.factories import make_cadre, make_posting, make_unit, make_user, sign_in
from tests.requests.desk import (
    COUNTY,
    OTHER_VILLAGE,
    TOWNSHIP,
    VILLAGE,
    Desk,
    Json,
    codes,
    leave,
    make_up,
)

PATHS: dict[str, Callable[[], Json]] = {"leave": leave, "make-ups": make_up}


@pytest.mark.parametrize("path", PATHS)
async def test_the_id_is_made_true_once(
    path: str, secretary: Desk, leader: Desk, db: Database
) -> None:
    key, told = uuid4(), PATHS[path]()
    answers = [await secretary.put(path, told, key) for _ in range(2)]
    assert [a.status_code for a in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    other = await secretary.put(path, {**told, "reason": "另一个原因"}, key)
    assert (other.status_code, other.json()["code"]) == (409, f"{path.rstrip('s')}-differs")
    taken = await leader.put(path, told, key)
    assert (taken.status_code, taken.json()["code"]) == (409, "id-taken")
    async with db.reading() as session:
        kept = (await session.exec(select(Conflict))).all()
    assert [row.body["reason"] for row in kept] == ["另一个原因"]
    assert (await secretary.get(f"{path}/{key}")).json()["state"] == "submitted"


@pytest.mark.parametrize(
    "told",
    [
        leave(reason=" "),
        leave() | {"from": "2026-01-02", "to": "2026-01-01"},
        leave() | {"from": "2026-01-02", "to": "2028-01-01"},
        leave(kind="holiday"),
        leave() | {"from": "0001-01-01"},
        leave(day="2026-01-01"),
    ],
)
async def test_what_cannot_be_read_is_refused(told: dict[str, Any], secretary: Desk) -> None:
    answer = await secretary.put("leave", told)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-body")


async def test_the_township_decides_short_leave(
    secretary: Desk, township: Desk, leader: Desk, db: Database
) -> None:
    key = await secretary.asks("leave", leave())
    asked = (await secretary.get(f"leave/{key}")).json()
    assert (asked["may"], asked["needs"], asked["days"]) == (["withdraw"], "township", 2)
    assert (await leader.get(f"leave/{key}")).json()["may"] == []
    assert (await leader.decide("leave", key)).status_code == 403
    assert (await township.get(f"leave/{key}")).json()["may"] == ["approve", "refuse"]
    done = await township.decide("leave", key, reason=" 注意安全 ")
    assert (done.status_code, done.json()["state"]) == (200, "approved")
    word = done.json()["decisions"][0]
    assert (word["place"], word["reason"], word["by"]["name"]) == (
        "township", "注意安全", township.user.name,
    )  # fmt: skip
    async with db.reading() as session:
        leaves = await session.exec(
            select(LedgerLeaf.table_name, LedgerLeaf.kind)
            .where(col(LedgerLeaf.table_name).in_(["leave", "request_decisions"]))
            .order_by(col(LedgerLeaf.seq))
        )
        assert leaves.all() == [
            ("leave", "create"), ("leave", "revise"), ("request_decisions", "create"),
        ]  # fmt: skip


async def test_long_leave_goes_on_to_the_county(
    secretary: Desk, township: Desk, county: Desk
) -> None:
    key = await secretary.asks("leave", leave(days=4))
    assert await township.ids("leave?waiting=true") == [key]
    assert await county.ids("leave?waiting=true") == []
    assert (await township.get(f"leave/{key}")).json()["may"] == ["forward", "refuse"]
    passed = (await township.decide("leave", key)).json()
    assert (passed["state"], codes(passed)) == ("with_county", ["long"])
    assert await township.ids("leave?waiting=true") == []
    assert await county.ids("leave?waiting=true") == [key]
    again = await township.decide("leave", key)
    assert (again.status_code, again.json()["state"]) == (200, "with_county")
    changed = await township.decide("leave", key, "refuse", "不行")
    assert (changed.status_code, changed.json()["code"]) == (409, "request-move-illegal")
    assert "县级" in changed.json()["detail"]
    done = (await county.decide("leave", key)).json()
    assert (done["state"], [d["place"] for d in done["decisions"]]) == (
        "approved", ["township", "county"],
    )  # fmt: skip


async def test_the_county_is_no_second_voice_of_the_same_person(
    secretary: Desk, township: Desk, county: Desk, db: Database
) -> None:
    key = await secretary.asks("leave", leave(days=9))
    await township.decide("leave", key)
    await make_posting(db, township.user, "360321", "CA")
    refused = await township.decide("leave", key, "refuse", "再想想")
    assert (refused.status_code, "另一个人" in refused.json()["detail"]) == (403, True)
    assert (await county.decide("leave", key)).status_code == 200


async def test_cut_into_pieces_it_is_still_one_absence(secretary: Desk, township: Desk) -> None:
    begin = today() + timedelta(days=3)
    first = await secretary.asks("leave", leave(begin, 3))
    await township.decide("leave", first)
    second = await secretary.put("leave", leave(begin + timedelta(days=3), 3))
    assert (codes(second.json()), second.json()["needs"]) == (["long"], "county")
    assert "连同相接的其他申请" in second.json()["marks"][0]["says"]


async def test_nobody_decides_on_their_own(
    app: FastAPI, client: httpx.AsyncClient, township: Desk, county: Desk
) -> None:
    key = await township.asks("leave", leave())
    own = await township.decide("leave", key)
    assert (own.status_code, "自己" in own.json()["detail"]) == (403, True)
    assert await township.ids("leave?waiting=true") == []
    assert await county.ids("leave?waiting=true") == [key]
    user, headers = await make_cadre(app, "TA", TOWNSHIP, name="另一位管理员")
    colleague = Desk(client, headers, user)
    assert (await colleague.decide("leave", key)).json()["state"] == "approved"


async def test_a_county_administrators_own_waits_for_a_colleague(
    app: FastAPI, client: httpx.AsyncClient, county: Desk
) -> None:
    asked = (await county.put("leave", leave())).json()
    assert (asked["needs"], "另一位县级管理员" in asked["next"]) == ("county", True)
    user, headers = await make_cadre(app, "CA", COUNTY, name="另一位县管理员")
    colleague = Desk(client, headers, user)
    assert await colleague.ids("leave?waiting=true") == [asked["id"]]
    assert (await colleague.decide("leave", asked["id"])).json()["state"] == "approved"


async def test_the_approver_is_told_of_a_day_asked_for_twice(
    secretary: Desk, township: Desk
) -> None:
    first = await secretary.asks("make-ups", make_up())
    second = (await secretary.put("make-ups", make_up())).json()
    assert "asked_twice" in codes(second)
    await township.decide("make-ups", first)
    (mark,) = [
        each
        for each in (await township.get(f"make-ups/{second['id']}")).json()["marks"]
        if each["code"] == "asked_twice"
    ]
    assert "已批准" in mark["says"]


async def test_out_of_scope_is_not_there(secretary: Desk, stranger: Desk) -> None:
    for path, body in PATHS.items():
        key = await secretary.asks(path, body())
        assert (await stranger.get(f"{path}/{key}")).status_code == 404
        assert (await stranger.decide(path, key)).status_code == 404
        assert await stranger.ids(path) == []
        withdrawn = await stranger.post(f"{path}/{key}/withdrawal", {"reason": "试试"})
        assert withdrawn.status_code == 404


async def test_an_expired_posting_decides_nothing(
    app: FastAPI, client: httpx.AsyncClient, secretary: Desk, db: Database
) -> None:
    user = await make_user(db, "前任")
    await make_posting(db, user, TOWNSHIP, "TA", until=today() - timedelta(days=1))
    await make_posting(db, user, VILLAGE, "TL")  # still reads the team's requests
    former = Desk(client, await sign_in(app, user), user)
    key = await secretary.asks("leave", leave())
    assert (await former.get(f"leave/{key}")).json()["may"] == []
    assert (await former.decide("leave", key)).status_code == 403


async def test_two_who_decide_at_once_decide_once(
    secretary: Desk, township: Desk, county: Desk, db: Database
) -> None:
    for _ in range(3):
        key = await secretary.asks("make-ups", make_up())
        answers = await asyncio.gather(
            township.decide("make-ups", key), county.decide("make-ups", key, "refuse", "没有佐证")
        )
        assert sorted(a.status_code for a in answers) == [200, 409]
    async with db.reading() as session:
        assert len((await session.exec(select(RequestDecision))).all()) == 3


async def test_a_decision_and_a_withdrawal_meet(secretary: Desk, township: Desk) -> None:
    """Whichever comes second is told the state."""
    for _ in range(3):
        key = await secretary.asks("leave", leave())
        answers = await asyncio.gather(
            township.decide("leave", key),
            secretary.post(f"leave/{key}/withdrawal", {"reason": "不去了"}),
        )
        assert sorted(a.status_code for a in answers) == [200, 409]


@pytest.mark.parametrize("path", PATHS)
async def test_withdrawn_before_it_is_decided_only(
    path: str, secretary: Desk, township: Desk
) -> None:
    key = await secretary.asks(path, PATHS[path]())
    foreign = await township.post(f"{path}/{key}/withdrawal", {"reason": "试试"})
    assert foreign.status_code == 403
    for _ in range(2):
        taken = await secretary.post(f"{path}/{key}/withdrawal", {"reason": "会议改期"})
        assert (taken.json()["state"], taken.json()["withdrawn"]) == ("withdrawn", "会议改期")
    late = await township.decide(path, key)
    assert (late.status_code, late.json()["code"]) == (409, "request-move-illegal")
    assert "“已撤回”的申请不能批准" in late.json()["detail"]
    decided = await secretary.asks(path, PATHS[path]())
    await township.decide(path, decided)
    refused = await secretary.post(f"{path}/{decided}/withdrawal", {"reason": "不去了"})
    assert (refused.status_code, "提前销假" in refused.json()["detail"]) == (409, True)


async def test_back_before_it_ends(secretary: Desk, township: Desk) -> None:
    begin = today() - timedelta(days=1)
    key = await secretary.asks("leave", leave(begin, 3))
    back = {"back_on": str(begin + timedelta(days=1))}
    early = await secretary.post(f"leave/{key}/return", back)
    assert (early.status_code, early.json()["code"]) == (409, "request-move-illegal")
    await township.decide("leave", key)
    outside = await secretary.post(f"leave/{key}/return", {"back_on": str(begin - timedelta(1))})
    assert (outside.status_code, outside.json()["code"]) == (422, "invalid-body")
    assert (await township.post(f"leave/{key}/return", back)).status_code == 403
    for _ in range(2):
        done = (await secretary.post(f"leave/{key}/return", back)).json()
        assert (done["state"], done["back_on"], done["days"], done["may"]) == (
            "approved", back["back_on"], 1, [],
        )  # fmt: skip
    other = await secretary.post(f"leave/{key}/return", {"back_on": str(begin)})
    assert other.status_code == 409


async def test_back_on_the_first_day_nothing_of_it_is_leave(
    secretary: Desk, township: Desk
) -> None:
    begin = today()
    key = await secretary.asks("leave", leave(begin, 6))
    await township.decide("leave", key)  # six days: said by both
    passed = (await secretary.get(f"leave/{key}")).json()
    assert passed["state"] == "with_county"
    short = await secretary.asks("leave", leave(begin, 3))
    assert codes((await secretary.get(f"leave/{short}")).json()) == ["long", "overlaps"]
    await secretary.post(f"leave/{key}/withdrawal", {"reason": "太长"})
    await township.decide("leave", short)
    done = (await secretary.post(f"leave/{short}/return", {"back_on": str(begin)})).json()
    assert (done["days"], done["marks"], done["state"]) == (0, [], "approved")
    assert done["next"] == (
        f"第一天({begin.month}月{begin.day}日)已回村销假,这次记 0 天,不占请假天数。"
    )
    # its days are free: a leave that touches them is not joined to it, a make-up not "on leave"
    after = await secretary.put("leave", leave(begin + timedelta(days=1), 3))
    assert codes(after.json()) == []
    assert "on_leave" not in codes((await secretary.put("make-ups", make_up(back=0))).json())


async def test_days_in_sentences_are_told_as_people_say_them(
    secretary: Desk, township: Desk
) -> None:
    late = (await secretary.put("make-ups", make_up(back=9))).json()
    last = today() - timedelta(days=2)
    (says,) = [mark["says"] for mark in late["marks"] if mark["code"] == "after_deadline"]
    assert f"最迟{last.month}月{last.day}日" in says.replace(f"{last.year}年", "")
    begin = date(today().year, 3, 2)
    key = await secretary.asks("leave", leave(begin, 3))
    await township.decide("leave", key)
    outside = await secretary.post(f"leave/{key}/return", {"back_on": f"{begin.year}-04-01"})
    assert "应在3月2日至3月4日之间" in outside.json()["detail"]
    back = await secretary.post(f"leave/{key}/return", {"back_on": f"{begin.year}-03-04"})
    assert back.json()["next"] == "已于3月4日回村销假,记 2 天(到前一天为止)。"
    other = await secretary.post(f"leave/{key}/return", {"back_on": f"{begin.year}-03-03"})
    assert "已于3月4日销假" in other.json()["detail"]


async def test_the_list_says_what_can_still_be_made_up(secretary: Desk, township: Desk) -> None:
    async def terms() -> Json:
        told: Json = (await secretary.get(f"make-ups?person={secretary.me}")).json()["terms"]
        return told

    cap, this_month = rules().make_ups_per_month, f"{today():%Y-%m}"
    before = await terms()
    assert before["earliest"] == str(today() - timedelta(days=rules().make_up_days))
    assert (before["within_days"], before["per_month"]) == (rules().make_up_days, cap)
    months = [each["month"] for each in before["months"]]
    assert months == sorted({before["earliest"][:7], this_month})
    assert {each["left"] for each in before["months"]} == {cap}
    keys = [await secretary.asks("make-ups", make_up(back=0)) for _ in range(2)]  # one day
    assert (await terms())["months"][-1] == {"month": this_month, "left": cap - 1}
    for number in range(cap + 1):
        day = today().replace(day=number + 1)
        await secretary.asks("make-ups", make_up(day=str(day)))
    assert (await terms())["months"][-1]["left"] == 0
    for key in keys:
        await township.decide("make-ups", key, "refuse", "没有佐证")
    assert (await township.get("make-ups")).json()["terms"]["months"][-1]["left"] == cap


async def test_a_refusal_says_why(secretary: Desk, township: Desk) -> None:
    key = await secretary.asks("leave", leave())
    silent = await township.decide("leave", key, "refuse", " ")
    assert (silent.status_code, "不批准须写明原因" in silent.text) == (422, True)
    told = (await township.decide("leave", key, "refuse", "当天有督查")).json()
    assert (told["state"], told["decisions"][0]["reason"]) == ("refused", "当天有督查")


async def test_beyond_the_cap_it_is_kept_and_the_county_decides(
    secretary: Desk, township: Desk, county: Desk
) -> None:
    day = today().replace(day=28) - timedelta(days=60)  # a month that is over: all are too late
    cap = rules().make_ups_per_month
    keys = [
        await secretary.asks("make-ups", make_up(day=str(day.replace(day=n + 1))))
        for n in range(cap)
    ]
    assert "beyond_cap" not in codes((await secretary.get(f"make-ups/{keys[-1]}")).json())
    again = await secretary.put("make-ups", make_up(day=str(day.replace(day=1))))
    assert "beyond_cap" not in codes(again.json())  # of a day already asked for
    over = await secretary.put("make-ups", make_up(day=str(day.replace(day=20))))
    assert (over.status_code, over.json()["needs"]) == (201, "county")
    assert {"beyond_cap", "after_deadline"} <= set(codes(over.json()))
    key = over.json()["id"]
    assert (await township.decide("make-ups", key)).json()["state"] == "with_county"
    done = (await county.decide("make-ups", key)).json()
    assert done["state"] == "approved"
    await township.decide("make-ups", keys[0], "refuse", "没有佐证")
    later = await secretary.put("make-ups", make_up(day=str(day.replace(day=21))))
    assert "beyond_cap" in codes(later.json())


async def test_what_the_approver_sees(secretary: Desk, township: Desk, db: Database) -> None:
    await make_unit(db, OTHER_VILLAGE)
    future = await secretary.put("make-ups", make_up(back=-3, evidence=["a" * 64]))
    assert codes(future.json()) == ["future_day"]
    assert future.json()["evidence_missing"] == ["a" * 64]
    key = future.json()["id"]
    assert (await township.get(f"make-ups/{key}")).json()["may"] == ["refuse"]
    barred = await township.decide("make-ups", key)
    assert (barred.status_code, barred.json()["code"]) == (409, "request-move-illegal")
    assert "还没有到" in barred.json()["detail"]
    stray = await secretary.put("make-ups", make_up(village=OTHER_VILLAGE))
    assert codes(stray.json()) == ["not_own_village", "no_evidence"]
    late = await secretary.put("make-ups", make_up(back=rules().make_up_days + 1))
    assert codes(late.json()) == ["after_deadline", "no_evidence"]
    away = await secretary.asks("leave", leave(today() - timedelta(days=2), 2))
    assert codes((await secretary.get(f"leave/{away}")).json()) == ["after_the_fact"]
    await township.decide("leave", away)
    tap = {"kind": "presence", "village": VILLAGE, "captured_at": now().isoformat()}
    await secretary.client.put(
        f"/api/v1/check-ins/{uuid4()}",
        json={**tap, "no_fix_reason": "timeout"},
        headers=secretary.headers,
    )
    both = await secretary.put("make-ups", make_up(back=1))
    assert codes(both.json()) == ["no_evidence", "asked_twice", "on_leave"]
    proved = await secretary.put("make-ups", make_up(back=0))
    assert {"no_evidence", "has_check_in"} <= set(codes(proved.json()))
    unknown = await secretary.put("make-ups", make_up(village="360321199999"))
    assert (unknown.status_code, unknown.json()["code"]) == (422, "no-such-village")


async def test_without_a_post_it_is_kept_and_nobody_is_bothered(
    app: FastAPI, client: httpx.AsyncClient, db: Database, township: Desk
) -> None:
    await make_unit(db, VILLAGE)
    user = await make_user(db, "无任职")
    nobody = Desk(client, await sign_in(app, user), user)
    asked = (await nobody.put("leave", leave())).json()
    assert (codes(asked), "没有任职登记" in asked["next"]) == (["no_posting"], True)
    assert (await township.get(f"leave/{asked['id']}")).status_code == 404
    stray = await nobody.asks("make-ups", make_up())  # it names a village of the township's
    assert await township.ids("make-ups?waiting=true") == [stray]
    assert (await township.decide("make-ups", stray, "refuse", "没有任职")).status_code == 200


async def test_what_lies_comes_to_the_county(
    secretary: Desk, township: Desk, county: Desk, db: Database
) -> None:
    key = await secretary.asks("leave", leave())
    assert await county.ids("leave?waiting=true") == []
    async with db.writing() as session:
        row = (await session.exec(select(Leave))).one()
        row.received_at -= timedelta(days=rules().county_steps_in_days, minutes=1)
    assert await county.ids("leave?waiting=true") == [key]
    assert (await county.decide("leave", key)).json()["state"] == "approved"


async def test_lists_are_asked_by_person_unit_state_and_days(
    secretary: Desk, leader: Desk, township: Desk
) -> None:
    day = date(2026, 3, 2)
    mine = await secretary.asks("leave", leave(day, 3))
    theirs = await leader.asks("leave", leave(date(2026, 5, 4), 1))
    await township.decide("leave", theirs)
    assert await township.ids("leave") == [theirs, mine]
    assert await secretary.ids("leave") == [mine]
    assert await township.ids(f"leave?person={secretary.me}") == [mine]
    assert await township.ids(f"leave?unit={VILLAGE}&state=approved") == [theirs]
    assert await township.ids("leave?from=2026-03-04&to=2026-03-31") == [mine]
    assert await township.ids("leave?from=2026-03-05&to=2026-03-31") == []
    page = (await township.get("leave?limit=1")).json()
    assert [i["id"] for i in page["items"]] == [theirs]
    assert await township.ids(f"leave?limit=1&cursor={page['next']}") == [mine]


async def test_by_sync_they_are_as_by_their_own_put(secretary: Desk) -> None:
    told: list[Json] = [
        {"kind": "leave", "id": str(uuid4()), "body": leave()},
        {"kind": "make_up", "id": str(uuid4()), "body": make_up()},
        {"kind": "make_up", "id": str(uuid4()), "body": make_up(village="360321199999")},
    ]
    first = (await secretary.post("sync", {"records": told})).json()["results"]
    assert [r["status"] for r in first] == [201, 201, 422]
    again = (await secretary.post("sync", {"records": told[:2]})).json()["results"]
    assert [r["status"] for r in again] == [200, 200]
    assert again[0]["body"]["from"] == told[0]["body"]["from"]
    changed = [{**told[0], "body": leave(reason="另一个")}]
    other = (await secretary.post("sync", {"records": changed})).json()["results"]
    assert (other[0]["status"], other[0]["problem"]["code"]) == (409, "leave-differs")
