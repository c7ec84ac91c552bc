"""Decisions: by the level above, never on one's own, one for each version, all of them logged."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from app.core.db import Database
from app.ledger.models import LedgerLeaf
from app.submissions.models import Decision, Submission
from app.submissions.states import MOVES, State, Step
from tests.factories import make_organisation, make_posting, make_user, sign_in
from tests.submissions.desk import TOWNSHIP, VILLAGE, Desk


async def test_returned_with_a_remark_sent_again_accepted(
    secretary: Desk, township: Desk, db: Database
) -> None:
    first, second = uuid4(), uuid4()
    await secretary.put(first)
    offered = (await township.get(f"/submissions/{first}")).json()
    assert set(offered["steps"]) == {"accept", "return"}
    back = await township.decide(first, "return", " 缺少本月计划 ")
    assert (back.status_code, back.json()["state"]) == (200, "returned")
    told = (await secretary.get(f"/submissions/{first}")).json()
    assert [(d["step"], d["remark"]) for d in told["decisions"]] == [("return", "缺少本月计划")]
    assert set(told["steps"]) == {"submit", "withdraw"}
    await secretary.put(second, text="补上计划", replaces=str(first))
    done = (await township.decide(second, "accept")).json()
    assert (done["state"], done["steps"]) == ("accepted", [])
    assert [(v["state"]) for v in done["versions"]] == ["returned", "accepted"]
    assert [(d["step"], d["version"]) for d in done["decisions"]] == [
        ("return", str(first)), ("accept", str(second)),
    ]  # fmt: skip
    assert await township.titles("?state=accepted") == ["十月完成情况"]
    async with db.reading() as session:
        leaves = await session.exec(
            select(LedgerLeaf.table_name, LedgerLeaf.kind)
            .where(col(LedgerLeaf.table_name).startswith("submission"))
            .order_by(col(LedgerLeaf.seq))
        )
        assert leaves.all() == [
            ("submissions", "create"),
            ("submissions", "revise"), ("submission_decisions", "create"),
            ("submissions", "create"),
            ("submissions", "revise"), ("submission_decisions", "create"),
        ]  # fmt: skip
        accepted = await session.get_one(Submission, second)
    assert accepted.decided_at is not None
    assert accepted.decided_at.isoformat() == done["decided_at"].replace("Z", "+00:00")


async def test_a_return_says_why(secretary: Desk, township: Desk) -> None:
    key = (await secretary.put()).json()["id"]
    refused = await township.decide(key, "return", " ")
    assert (refused.status_code, "退回须写明原因" in refused.text) == (422, True)


async def test_a_lost_answer_is_asked_again(
    secretary: Desk, township: Desk, county: Desk, db: Database
) -> None:
    key = (await secretary.put()).json()["id"]
    answers = [await township.decide(key, "accept", "好") for _ in range(2)]
    assert [a.status_code for a in answers] == [200, 200]
    other = await county.decide(key, "accept", "好")
    assert (other.status_code, other.json()["code"]) == (409, "submission-step")
    assert "已接收的材料不能接收" in other.json()["detail"]
    async with db.reading() as session:
        assert len((await session.exec(select(Decision))).all()) == 1


async def test_two_who_decide_at_once_decide_once(
    secretary: Desk, township: Desk, county: Desk, db: Database
) -> None:
    key = (await secretary.put()).json()["id"]
    answers = await asyncio.gather(
        township.decide(key, "accept"), county.decide(key, "return", "重写")
    )
    assert sorted(a.status_code for a in answers) == [200, 409]
    async with db.reading() as session:
        assert len((await session.exec(select(Decision))).all()) == 1


async def test_a_decision_and_a_new_version_meet(secretary: Desk, township: Desk) -> None:
    """Whichever comes second sees the first: nothing is accepted that was just replaced."""
    for _ in range(5):
        first, second = uuid4(), uuid4()
        await secretary.put(first)
        decided, replaced = await asyncio.gather(
            township.decide(first, "accept"), secretary.put(second, replaces=str(first))
        )
        assert sorted([decided.status_code, replaced.status_code]) in ([200, 409], [201, 409])


async def test_only_the_level_above_decides(
    secretary: Desk, leader: Desk, township: Desk, county: Desk, stranger: Desk, reviewer: Desk
) -> None:
    key = (await secretary.put()).json()["id"]
    assert (await stranger.decide(key, "accept")).status_code == 404
    for desk in (secretary, leader, reviewer):
        assert (await desk.decide(key, "accept")).status_code == 403
    forwarded = await township.put(kind="month_ledger_forwarded", unit=TOWNSHIP)
    hop = forwarded.json()["id"]
    assert (await township.decide(hop, "accept")).status_code == 403
    assert (await county.decide(hop, "accept")).status_code == 200


async def test_nobody_decides_on_their_own(
    app: FastAPI, client: httpx.AsyncClient, db: Database
) -> None:
    """Not even who is administrator and acts for the village, and not on a colleague's version of it."""
    both = await make_user(db, "双岗")
    await make_posting(db, both, VILLAGE, "VC")
    await make_posting(db, both, TOWNSHIP, "TA")
    desk = Desk(client, await sign_in(app, both), both.id)
    key = (await desk.put()).json()["id"]
    refused = await desk.decide(key, "accept")
    assert (refused.status_code, "自己" in refused.json()["detail"]) == (403, True)


async def test_a_later_version_by_a_colleague_is_still_ones_own(
    app: FastAPI, client: httpx.AsyncClient, db: Database, secretary: Desk, county: Desk
) -> None:
    both = await make_user(db, "双岗")
    await make_posting(db, both, VILLAGE, "VC")
    await make_posting(db, both, TOWNSHIP, "TA")
    desk = Desk(client, await sign_in(app, both), both.id)
    first, second = uuid4(), uuid4()
    await desk.put(first)
    await secretary.put(second, replaces=str(first))
    assert (await desk.decide(second, "accept")).status_code == 403
    assert (await county.decide(second, "accept")).status_code == 200


async def test_an_article_counts_when_a_reviewer_accepts_it(
    app: FastAPI,
    client: httpx.AsyncClient,
    db: Database,
    township: Desk,
    county: Desk,
    reviewer: Desk,
) -> None:
    clerk = await make_user(db, "队员")
    team = await make_organisation(db, "team", VILLAGE, people=[clerk], name="工作队")
    desk = Desk(client, await sign_in(app, clerk), clerk.id)
    article = {"kind": "research_article", "organisation": str(team.id), "for_period": "2026"}
    key = (await desk.put(**article)).json()["id"]
    for who in (township, county):
        assert (await who.decide(key, "accept")).status_code == 403
    assert (await reviewer.decide(key, "accept")).json()["state"] == "accepted"


async def test_a_helper_unit_of_the_county_is_received_where_it_helps(
    app: FastAPI, client: httpx.AsyncClient, db: Database, township: Desk, stranger: Desk
) -> None:
    clerk = await make_user(db, "办事员")
    unit = await make_organisation(db, villages=[VILLAGE], people=[clerk])
    desk = Desk(client, await sign_in(app, clerk), clerk.id)
    made = await desk.put(kind="annual_plan", organisation=str(unit.id), for_period="2026")
    key = made.json()["id"]
    assert (await stranger.decide(key, "accept")).status_code == 404
    assert (await township.decide(key, "accept")).status_code == 200


async def test_taken_back_by_its_author_while_not_accepted(
    secretary: Desk, leader: Desk, township: Desk
) -> None:
    key = (await secretary.put()).json()["id"]
    assert (await leader.withdraw(key)).status_code == 403
    back = [await secretary.withdraw(key) for _ in range(2)]
    assert [a.status_code for a in back] == [200, 200]
    assert [d["step"] for d in back[1].json()["decisions"]] == ["withdraw"]
    gone = await township.decide(key, "accept")
    assert (gone.status_code, "已撤回的材料不能接收" in gone.json()["detail"]) == (409, True)
    accepted = (await secretary.put()).json()["id"]
    await township.decide(accepted, "accept")
    late = await secretary.withdraw(accepted)
    assert (late.status_code, late.json()["code"]) == (409, "submission-step")


async def test_what_may_not_follow_is_kept_beside(secretary: Desk, township: Desk) -> None:
    key = (await secretary.put()).json()["id"]
    await township.decide(key, "accept")
    late = await secretary.put(replaces=key, text="还想改")
    assert (late.status_code, late.json()["code"]) == (409, "submission-step")
    assert "已接收的材料不能提交" in late.json()["detail"]
    kept = (await secretary.get("/conflicts")).json()["items"]
    assert [(c["kind"], c["record"], c["body"]["text"]) for c in kept] == [
        ("submission", key, "还想改")
    ]


Walk = list[Step]
WALKS: list[Walk] = []


def _walks() -> list[Walk]:
    """Walks of the author and the receiver, drawn once for both databases."""

    @seed(20_261_122)
    @settings(
        max_examples=25,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(st.sampled_from(Step), min_size=3, max_size=8))
    def draw(walk: Walk) -> None:
        WALKS.append(walk)

    if not WALKS:
        draw()
    return WALKS


async def test_the_api_walks_as_the_table_says(secretary: Desk, township: Desk) -> None:
    for walk in _walks():
        state: State | None = None
        newest: Any = None
        for step in walk:
            key = uuid4()
            answer = await _take(secretary, township, step, newest, key)
            if answer is None:
                continue
            if step not in MOVES[state]:
                same = step is Step.withdraw and state is State.withdrawn
                hidden = answer.status_code == 404 and state is State.draft
                assert answer.status_code == 409 or same or hidden, (walk, step, answer.text)
                continue
            assert answer.status_code in (200, 201), (walk, step, answer.text)
            state = MOVES[state][step]
            newest = answer.json()["id"]
            assert answer.json()["state"] == state.value
        if newest is not None:
            assert (await secretary.get(f"/submissions/{newest}")).json()["state"] == state


async def _take(
    secretary: Desk, township: Desk, step: Step, newest: Any, key: UUID
) -> httpx.Response | None:
    """The answer; None where there is nothing yet to take the step with."""
    if step in (Step.save, Step.submit):
        told = {"replaces": newest} if newest else {}
        return await secretary.put(key, draft=step is Step.save, **told)
    if newest is None:
        return None
    if step is Step.withdraw:
        return await secretary.withdraw(newest)
    # another remark each time: the same one again would be the answer asked for once more
    return await township.decide(newest, step.value, remark=str(key))


@pytest.mark.parametrize("decision", ["withdraw", "save", "", None])
async def test_other_decisions_are_none(
    secretary: Desk, township: Desk, decision: str | None
) -> None:
    key = (await secretary.put()).json()["id"]
    refused = await township.post(f"/submissions/{key}/decision", {"decision": decision})
    assert refused.status_code == 422
