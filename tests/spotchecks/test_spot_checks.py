"""Spot checks: announced before drawn, drawn so that anyone can repeat it, recorded once."""

import asyncio
import hashlib
import subprocess
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from app import audit, examining
from app.auth.models import User
from app.checkins.models import CheckIn, Withdrawal
from app.core.clock import now, today
from app.core.db import Database
from app.core.ids import new_id
from app.core.settings import Settings
from app.ledger import auditing
from app.ledger.keys import signer
from app.ledger.models import LedgerLeaf
from app.reviews.finding import About, Finding
from app.reviews.models import Flag
from app.reviews.service import raise_flags
from app.spotchecks import drawing
from app.spotchecks.cli import repeated
from app.spotchecks.models import SpotCheck, SpotCheckItem, SpotCheckList
from tests.factories import make_cadre, make_posting, make_unit, make_user, sign_in

COUNTY, TOWNSHIP, VILLAGE, OTHER = "360321", "360321101", "360321101201", "360321102201"
LAST_MONTH = (today().replace(day=1) - timedelta(days=1)).replace(day=1)
MONTH = f"{LAST_MONTH:%Y-%m}"
Headers = dict[str, str]


@given(
    st.sets(st.text("0123456789abcdef", min_size=4, max_size=12), max_size=40), st.integers(1, 100)
)
def test_a_draw_depends_on_seed_and_list_alone(names: set[str], share: int) -> None:
    seed = "ab" * 32
    lines = sorted(names)
    drawn = drawing.drawn(seed, lines, share)
    assert drawing.drawn(seed, lines[::-1], share) == drawn
    assert set(drawn) <= names
    assert len(drawn) == len(set(drawn)) == drawing.size(len(lines), share)
    assert 0 <= len(drawn) * 100 - share * len(lines) < 100
    if len(lines) > 1:  # a larger share draws the same and more
        assert drawing.drawn(seed, lines, 100)[: len(drawn)] == drawn


def test_a_draw_can_be_repeated_without_this_program() -> None:
    """Word for word what docs/evidence.md says, with the system's own sha256sum."""
    lines = [f"{UUID(int=n)} {VILLAGE} 2026-10-{n + 1:02}" for n in range(20)]
    script = 'while read -r l; do printf "%s %s" "$0" "$l" | sha256sum | cut -d" " -f1 | tr "\\n" " "; echo "$l"; done | sort | head -2 | cut -d" " -f2-'
    done = subprocess.run(
        ["bash", "-c", script, "5eed"], input=drawing.listed(lines), capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == drawing.drawn("5eed", lines, 10)
    assert (
        drawing.digest(drawing.listed(lines[::-1]))
        == hashlib.sha256(("\n".join(lines) + "\n").encode()).hexdigest()
    )


class Desk:
    """One person at their desk."""

    def __init__(self, client: httpx.AsyncClient, headers: Headers) -> None:
        self.client, self.headers = client, headers

    async def announce(self, **over: Any) -> httpx.Response:
        body = {"unit": COUNTY, "month": MONTH, **over}
        return await self.client.post("/api/v1/spot-checks", json=body, headers=self.headers)

    async def draw(self, key: str) -> httpx.Response:
        path = f"/api/v1/spot-checks/{key}/draw"
        return await self.client.post(path, headers=self.headers)

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(f"/api/v1{path}", headers=self.headers)

    async def record(self, key: str, **over: Any) -> httpx.Response:
        body = {"way": "phone", "found": "agrees", "note": "", **over}
        path = f"/api/v1/spot-check-results/{key}"
        return await self.client.put(path, json=body, headers=self.headers)


@pytest.fixture
async def reviewer(app: FastAPI, client: httpx.AsyncClient) -> Desk:
    """A reviewer of the county."""
    return Desk(client, (await make_cadre(app, "RV", COUNTY, name="钱复核"))[1])


async def stay(db: Database, person: User, day: date, village: str = VILLAGE, **over: Any) -> UUID:
    """A check-in of that day."""
    await make_unit(db, village)
    at = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    told: dict[str, Any] = {
        "id": new_id(), "county": COUNTY, "person_id": person.id, "kind": "presence",
        "village": village, "day": day, "captured_at": at, "received_at": at,
        "place": "unknown", "digest": bytes(32), **over,
    }  # fmt: skip
    async with db.writing() as session:
        session.add(CheckIn(**told))
    key: UUID = told["id"]
    return key


async def cadre(app: FastAPI, name: str = "张三") -> User:
    return (await make_cadre(app, "FS", VILLAGE, name=name))[0]


async def test_the_seed_is_in_the_log_before_the_draw(
    app: FastAPI, db: Database, reviewer: Desk
) -> None:
    person = await cadre(app)
    for number in range(10):
        await stay(db, person, LAST_MONTH + timedelta(days=number))
    announced = await reviewer.announce(share_percent=30)
    assert announced.status_code == 201, announced.text
    told = announced.json()
    assert (told["drawn"], told["counts"]["drawn"]) == (None, 0)
    assert (told["seed"], told["may"]) == (None, {"draw": True, "record": True})
    async with db.reading() as session:
        leaf = (
            await session.exec(select(LedgerLeaf).where(col(LedgerLeaf.row_id) == told["id"]))
        ).one()
    assert told["receipt"] == {"log": COUNTY, "seq": leaf.seq, "leaf": bytes(leaf.leaf).hex()}
    drawn = (await reviewer.draw(told["id"])).json()
    assert (drawn["commitment"], drawn["drawn"]["population"]) == (told["commitment"], 10)
    assert hashlib.sha256(drawn["seed"].encode()).hexdigest() == told["commitment"]
    assert drawn["counts"] == {
        "drawn": 3, "agrees": 0, "differs": 0, "unreachable": 0, "open": 3, "agreement": None,
    }  # fmt: skip
    listed = (await reviewer.get(f"/spot-checks/{told['id']}/list")).json()
    expected = drawing.drawn(drawn["seed"], listed["lines"], 30)
    assert expected == [
        drawing.line(UUID(r["person"]["id"]), r["village"]["code"], date.fromisoformat(r["day"]))
        for r in drawn["results"]
    ]
    assert all(len(result["check_ins"]) == 1 for result in drawn["results"])
    await stay(db, person, LAST_MONTH + timedelta(days=15))
    assert (await reviewer.draw(told["id"])).json() == drawn
    async with db.reading() as session:
        kinds = await session.exec(
            select(LedgerLeaf.table_name, LedgerLeaf.kind)
            .where(col(LedgerLeaf.table_name).startswith("spot_check"))
            .order_by(col(LedgerLeaf.seq))
        )
    assert list(kinds.all()) == [
        ("spot_checks", "create"),
        ("spot_checks", "revise"),
        *[("spot_check_items", "create")] * 3,
    ]
    lines, wrong = await repeated(db, UUID(told["id"]))
    assert wrong == []
    assert "一致" in lines[-1]


async def test_nobody_draws_until_it_pleases(client: httpx.AsyncClient, app: FastAPI) -> None:
    """One announcement for a unit and month, by whomever and however many at once."""
    desks = [Desk(client, (await make_cadre(app, "RV", COUNTY, name=n))[1]) for n in "甲乙丙"]
    answers = await asyncio.gather(*(desk.announce() for desk in desks))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    again = await desks[0].announce(share_percent=50)
    assert (again.status_code, again.json()["code"]) == (409, "spot-check-announced")
    keys = {answer.json().get("id") for answer in answers} - {None}
    drawn = await asyncio.gather(*(desk.draw(keys.copy().pop()) for desk in desks))
    assert {answer.status_code for answer in drawn} == {200}
    assert len({answer.json()["drawn"]["at"] for answer in drawn}) == 1
    assert (await desks[1].announce(unit=VILLAGE)).status_code == 404  # no such unit yet


@pytest.mark.parametrize(
    ("ahead", "status"), [(0, 201), (1, 201), (2, 422), (-1, 201), (-12, 201), (-13, 422)]
)
async def test_which_months(reviewer: Desk, ahead: int, status: int) -> None:
    months = today().year * 12 + today().month - 1 + ahead
    month = f"{months // 12}-{months % 12 + 1:02}"
    answer = await reviewer.announce(month=month)
    assert answer.status_code == status, answer.text
    if status == 201 and ahead >= 0:
        early = await reviewer.draw(answer.json()["id"])
        assert (early.status_code, early.json()["code"]) == (409, "spot-check-too-early")


async def test_only_stay_days_that_count_are_drawn_from(
    app: FastAPI, db: Database, reviewer: Desk
) -> None:
    person, stranger = await cadre(app), await make_user(db, "无岗位")
    day = LAST_MONTH
    await stay(db, person, day)
    await stay(db, person, day, kind="departure")  # the same day
    await stay(db, person, day + timedelta(days=1), kind="departure")
    gone = await stay(db, person, day + timedelta(days=2))
    not_counted = await stay(db, person, day + timedelta(days=3))
    await stay(db, person, day + timedelta(days=4), OTHER)  # no post there
    await stay(db, stranger, day)
    await stay(db, person, day - timedelta(days=1))
    await stay(db, person, today())
    in_review = await stay(db, person, day + timedelta(days=5))
    async with db.writing() as session:
        session.add(
            Withdrawal(
                county=COUNTY, check_in_id=gone, author_id=person.id, reason="误点",
                withdrawn_at=now(),
            )
        )  # fmt: skip
        for key, number in ((not_counted, 3), (in_review, 5)):
            about = About("check_in", key, COUNTY, person.id, day + timedelta(number), VILLAGE)
            await raise_flags(session, about, [Finding("outside-fence", "high")], now())
    async with db.writing() as session:
        query = select(Flag).where(col(Flag.record_id) == not_counted)
        flag = (await session.exec(query)).one()
        flag.state = "not_counted"
        session.add(flag)
    key = (await reviewer.announce(share_percent=100)).json()["id"]
    drawn = (await reviewer.draw(key)).json()
    assert sorted(result["day"] for result in drawn["results"]) == [
        str(day),
        str(day + timedelta(days=5)),
    ]


async def test_nothing_to_draw_from_is_no_failure(reviewer: Desk) -> None:
    key = (await reviewer.announce()).json()["id"]
    told = (await reviewer.draw(key)).json()
    assert (told["drawn"]["population"], told["results"], told["by_unit"]) == (0, [], [])


async def test_results_are_recorded_once_and_never_about_oneself(
    app: FastAPI, db: Database, reviewer: Desk, client: httpx.AsyncClient
) -> None:
    person, headers = await make_cadre(app, "FS", VILLAGE)
    other = Desk(client, (await make_cadre(app, "RV", COUNTY, name="孙复核"))[1])
    await make_posting(db, person, TOWNSHIP, "RV")
    me = Desk(client, headers)
    for number in range(4):
        await stay(db, person, LAST_MONTH + timedelta(days=number))
    colleague = await cadre(app, "李四")
    await stay(db, colleague, LAST_MONTH)
    key = (await reviewer.announce(unit=TOWNSHIP, share_percent=100)).json()["id"]
    drawn = (await reviewer.draw(key)).json()["results"]
    mine = [r["id"] for r in drawn if r["person"]["id"] == str(person.id)]
    theirs = next(r["id"] for r in drawn if r["person"]["id"] == str(colleague.id))
    own = await me.record(mine[0])
    assert (own.status_code, own.json()["code"]) == (403, "own-spot-check")
    assert (await me.get("/spot-check-results")).json() == []
    first = await reviewer.record(mine[0], found="differs", note="村民说当天没见到")
    assert first.status_code == 200, first.text
    assert (
        await reviewer.record(mine[0], found="differs", note="村民说当天没见到")
    ).status_code == 200
    for desk, over in ((reviewer, {}), (other, {"found": "differs", "note": "村民说当天没见到"})):
        again = await desk.record(mine[0], **over)
        assert (again.status_code, again.json()["code"]) == (409, "spot-check-recorded")
    assert (await me.record(theirs, way="visit")).status_code == 200
    assert (await reviewer.record(mine[1])).status_code == 200
    assert (await reviewer.record(mine[2], found="unreachable")).status_code == 200
    told = (await reviewer.get(f"/spot-checks/{key}")).json()
    counts = {"drawn": 5, "agrees": 2, "differs": 1, "unreachable": 1, "open": 1, "agreement": 66}
    assert told["counts"] == counts
    assert told["by_unit"] == [{"unit": {"code": VILLAGE, "name": f"{VILLAGE}号"}, **counts}]
    (said, *_) = [r for r in (await me.get("/spot-check-results")).json() if r["id"] == mine[0]]
    assert (said["found"], said["recorded_by"]["name"]) == ("differs", "钱复核")
    assert (await reviewer.record(str(uuid4()))).status_code == 404
    lines, wrong = await repeated(db, UUID(key))
    assert wrong == []
    assert len(lines) == 8


async def test_who_leads_there_is_not_warned_of_the_call(
    app: FastAPI, db: Database, reviewer: Desk, client: httpx.AsyncClient
) -> None:
    person = await cadre(app)
    await stay(db, person, LAST_MONTH)
    key = (await reviewer.announce()).json()["id"]
    await reviewer.draw(key)
    for kind, sees in (("CA", True), ("AU", True), ("CH", False)):
        desk = Desk(client, (await make_cadre(app, kind, COUNTY))[1])
        told = (await desk.get(f"/spot-checks/{key}")).json()
        assert (told["results"] is not None) is sees
        assert told["counts"]["drawn"] == 1
        assert (await desk.get(f"/spot-checks/{key}/list")).status_code == (200 if sees else 404)
        assert (await desk.draw(key)).status_code == 403
        assert (await desk.announce()).status_code == 403
    listed = (await reviewer.get(f"/spot-checks?unit={COUNTY}&month={MONTH}")).json()["items"]
    assert [item["id"] for item in listed] == [key]
    below = Desk(client, (await make_cadre(app, "TA", TOWNSHIP))[1])
    assert (await below.get("/spot-checks")).json()["items"] == []
    author = Desk(client, await sign_in(app, person))
    assert (await author.get(f"/spot-checks/{key}")).status_code == 404


async def test_who_leads_there_cannot_work_out_who_is_drawn(
    app: FastAPI, db: Database, reviewer: Desk, client: httpx.AsyncClient
) -> None:
    """The seed draws from days that a leader can list: they get it when all have been asked."""
    person = await cadre(app)
    for number in range(2):
        await stay(db, person, LAST_MONTH + timedelta(days=number))
    desks = [
        Desk(client, (await make_cadre(app, "CH", COUNTY))[1]),
        Desk(client, (await make_cadre(app, "AU", COUNTY))[1]),
        reviewer,
    ]
    key = (await reviewer.announce(share_percent=100)).json()["id"]

    async def seeds() -> list[bool]:
        """Who is shown the seed, on the list and on its own alike."""
        shown = []
        for desk in desks:
            one = (await desk.get(f"/spot-checks/{key}")).json()
            (line,) = (await desk.get("/spot-checks")).json()["items"]
            assert (line["seed"], line["commitment"]) == (one["seed"], one["commitment"])
            shown.append(one["seed"] is not None)
        return shown

    assert await seeds() == [False, False, False]
    async with db.reading() as session:
        seed = (await session.get_one(SpotCheck, UUID(key))).seed
    assert seed not in "".join((await repeated(db, UUID(key)))[0])
    results = (await reviewer.draw(key)).json()["results"]
    assert await seeds() == [False, True, True]
    await reviewer.record(results[0]["id"])
    assert await seeds() == [False, True, True]
    async with db.writing() as session:
        row = await session.get_one(SpotCheck, UUID(key))
        row.drawn_at = now() - timedelta(days=30)
        session.add(row)
    assert await seeds() == [True, True, True]
    async with db.writing() as session:
        row = await session.get_one(SpotCheck, UUID(key))
        row.drawn_at = now() - timedelta(days=29)
        session.add(row)
    assert await seeds() == [False, True, True]
    await reviewer.record(results[1]["id"])
    assert await seeds() == [True, True, True]


async def test_draws_of_nested_units_stand_beside_each_other(
    app: FastAPI, client: httpx.AsyncClient, db: Database, reviewer: Desk
) -> None:
    """A township's draw blocks nobody's: each has its own seed, and each can be repeated."""
    person = await cadre(app)
    for number in range(12):
        await stay(db, person, LAST_MONTH + timedelta(days=number))
    below = Desk(client, (await make_cadre(app, "RV", TOWNSHIP, name="周复核"))[1])
    answers = [
        await below.announce(unit=TOWNSHIP, share_percent=25),
        await reviewer.announce(unit=COUNTY, share_percent=25),
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    drawn = [
        (await d.draw(a.json()["id"])).json()
        for d, a in zip((below, reviewer), answers, strict=True)
    ]
    assert len({each["seed"] for each in drawn}) == 2
    # the same days, drawn from anew: every item is its own and is asked about for itself
    assert len({item["id"] for each in drawn for item in each["results"]}) == 6
    for each in drawn:
        assert (await repeated(db, UUID(each["id"])))[1] == []
    answer = await reviewer.record(drawn[1]["results"][0]["id"], found="differs")
    assert answer.json()["counts"]["differs"] == 1
    assert (await reviewer.get(f"/spot-checks/{drawn[0]['id']}")).json()["counts"]["open"] == 3


async def test_one_person_announces_once_for_the_same_days(
    app: FastAPI, db: Database, reviewer: Desk, client: httpx.AsyncClient
) -> None:
    """Village, township and county: otherwise one draws until the days drawn please."""
    for unit in (VILLAGE, OTHER):
        await make_unit(db, unit)
    units = [VILLAGE, TOWNSHIP, COUNTY]
    answers = await asyncio.gather(*(reviewer.announce(unit=unit) for unit in units))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {each["code"] for each in refused} == {"spot-check-announced"}
    for each in refused:
        assert "重叠" in each["detail"]
        assert f"您已于{today().month}月{today().day}日公布" in each["detail"]
        assert "另一位复核员" in each["detail"]
    stands = next(answer.json() for answer in answers if answer.status_code == 201)
    colleague = Desk(client, (await make_cadre(app, "RV", COUNTY, name="孙复核"))[1])
    same = await colleague.announce(unit=stands["unit"]["code"])
    assert same.status_code == 409
    assert f"已由钱复核于{today().month}月{today().day}日公布" in same.json()["detail"]
    before = LAST_MONTH - timedelta(days=1)
    earlier = {"month": f"{before:%Y-%m}"}
    for unit, status in ((TOWNSHIP, 201), (VILLAGE, 409), (COUNTY, 409), (OTHER, 201)):
        answer = await reviewer.announce(unit=unit, **earlier)
        assert answer.status_code == status, (unit, answer.text)


async def test_a_changed_list_or_draw_is_noticed(
    app: FastAPI, db: Database, reviewer: Desk
) -> None:
    person = await cadre(app)
    for number in range(20):
        await stay(db, person, LAST_MONTH + timedelta(days=number))
    key = UUID((await reviewer.announce(share_percent=10)).json()["id"])
    assert (await repeated(db, key))[1] == []  # not drawn yet
    await reviewer.draw(str(key))
    async with db.writing() as session:
        item = (await session.exec(select(SpotCheckItem).limit(1))).one()
        drawn, item.day = item.day, item.day + timedelta(days=300)
        session.add(item)
    assert "不同" in (await repeated(db, key))[1][0]
    async with db.writing() as session:
        item = (
            await session.exec(select(SpotCheckItem).where(col(SpotCheckItem.id) == item.id))
        ).one()
        item.day = drawn
        kept = await session.get_one(SpotCheckList, key)
        kept.lines = kept.lines.replace(str(LAST_MONTH), str(LAST_MONTH - timedelta(days=9)))
        session.add(item)
        session.add(kept)
    assert "摘要不符" in (await repeated(db, key))[1][0]
    assert (await repeated(db, uuid4()))[1]


async def _verified(db: Database, house: Settings) -> list[tuple[str, str, str]]:
    """What the log's verification says of lists."""
    question = audit._question(signer(house), None, [], [])
    async with auditing.snapshot(db) as session:
        found = [finding async for finding in examining.examine(session, question, None)]
    # the factory writes check-ins and people past the log
    return [(each.code.name, each.table, each.id) for each in found if "spot" in each.table]


async def test_a_list_that_was_changed_or_removed_is_named(
    app: FastAPI, db: Database, reviewer: Desk
) -> None:
    house = app.state.settings
    person = await cadre(app)
    for number in range(5):
        await stay(db, person, LAST_MONTH + timedelta(days=number))
    key = UUID((await reviewer.announce(share_percent=40)).json()["id"])
    await reviewer.draw(str(key))
    lists = "spot_check_lists"
    assert await _verified(db, house) == []
    async with db.writing() as session:
        kept = await session.get_one(SpotCheckList, key)
        whole = kept.lines
        kept.lines = "".join(whole.splitlines(keepends=True)[1:])
        session.add(kept)
    assert await _verified(db, house) == [("altered", lists, str(key))]
    async with db.writing() as session:
        kept = await session.get_one(SpotCheckList, key)
        kept.lines, kept.county = whole, "360322"
        session.add(kept)
    assert await _verified(db, house) == [("altered", lists, str(key))]
    async with db.writing() as session:
        await session.delete(await session.get_one(SpotCheckList, key))
    assert await _verified(db, house) == [("missing", lists, str(key))]
    lines, wrong = await repeated(db, key)
    assert "尚未抽取" not in lines
    assert "名单不在" in wrong[0]
