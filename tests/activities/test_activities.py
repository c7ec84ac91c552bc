"""Activities: made true once, counted for all whom they bind, read by whom they concern."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import col, select

from app.activities.models import Activity, ActivityAttendee, ActivityOrganisation
from app.auth.models import User
from app.core.clock import now, today
from app.core.db import Database
from app.ledger.models import LedgerLeaf
from app.records.models import Conflict
from tests.factories import (
    CENTRE,
    make_cadre,
    make_fence,
    make_organisation,
    make_unit,
    make_user,
    sign_in,
)
from tests.photos.pictures import photo, sha

VILLAGE, TOWNSHIP, COUNTY = "360321101201", "360321101", "360321"
OTHER_VILLAGE, OTHER_TOWNSHIP = "360321102201", "360321102"
Headers = dict[str, str]
Json = dict[str, Any]


def meeting(**over: Any) -> Json:
    return {
        "kind": "joint_meeting",
        "unit": VILLAGE,
        "held_at": "2026-11-20T15:00:00+08:00",
        "place": {"village": VILLAGE, "text": "村委会"},
        "minutes": "研究冬季产业项目。",
        "written_at": "2026-11-20T17:40:00+08:00",
        **over,
    }


class Phone:
    """One person's phone."""

    def __init__(self, client: httpx.AsyncClient, user: User, headers: Headers) -> None:
        self.client, self.user, self.headers = client, user, headers

    async def put(self, key: Any = None, **over: Any) -> httpx.Response:
        path = f"/api/v1/activities/{key or uuid4()}"
        return await self.client.put(path, json=meeting(**over), headers=self.headers)

    async def get(self, path: str = "") -> httpx.Response:
        return await self.client.get(f"/api/v1/activities{path}", headers=self.headers)

    async def minutes(self, query: str = "") -> list[str]:
        return [row["minutes"] for row in (await self.get(query)).json()["items"]]

    async def withdraw(self, key: Any, reason: str = "重复登记") -> httpx.Response:
        path = f"/api/v1/activities/{key}/withdrawal"
        return await self.client.post(path, json={"reason": reason}, headers=self.headers)


async def phone_of(
    app: FastAPI, client: httpx.AsyncClient, kind: str, unit: str, **over: Any
) -> Phone:
    return Phone(client, *(await make_cadre(app, kind, unit, **over)))


@pytest.fixture
async def secretary(app: FastAPI, client: httpx.AsyncClient) -> Phone:
    """The first secretary of the village."""
    return await phone_of(app, client, "FS", VILLAGE, name="王书记")


@pytest.fixture
async def member(app: FastAPI, client: httpx.AsyncClient) -> Phone:
    """A member of the same team."""
    return await phone_of(app, client, "TM", VILLAGE, name="李队员")


async def test_one_activity_counts_for_everybody_whom_it_binds(
    secretary: Phone, member: Phone, db: Database
) -> None:
    bound = (await make_organisation(db, villages=[VILLAGE])).id
    key, people = uuid4(), [str(secretary.user.id), str(member.user.id)]
    made = await secretary.put(
        key, attendees=[*people, people[0]], guests=12, organisations=[str(bound)]
    )
    assert made.status_code == 201, made.text
    told = made.json()
    assert [person["name"] for person in told["attendees"]] == ["王书记", "李队员"]
    assert (told["attendances"], told["day"]) == (14, "2026-11-20")
    assert told["organisations"][0]["name"] == "县水利局"
    assert (told["author"]["name"], told["withdrawn"], told["marks"]) == ("王书记", None, [])
    async with db.reading() as session:
        row = (await session.exec(select(Activity))).one()
        attended = (await session.exec(select(ActivityAttendee))).all()
        binds = (await session.exec(select(ActivityOrganisation))).one()
        leaf = (
            await session.exec(select(LedgerLeaf).where(col(LedgerLeaf.row_id) == str(key)))
        ).one()
    assert {(a.person_id, a.day) for a in attended} == {
        (phone.user.id, date(2026, 11, 20)) for phone in (secretary, member)
    }
    assert (binds.organisation_id, binds.day) == (bound, date(2026, 11, 20))
    assert (row.attendances, row.county, leaf.log) == (14, COUNTY, COUNTY)
    assert told["receipt"] == {"log": leaf.log, "seq": leaf.seq, "leaf": bytes(leaf.leaf).hex()}
    assert (await member.get(f"/{key}")).json() == told


async def test_the_same_again_is_the_same_success(secretary: Phone) -> None:
    key = uuid4()
    made = await secretary.put(key, place={"village": VILLAGE, "fix": {"lat": 27.13, "lon": 114}})
    again = await secretary.put(
        key,
        place={"village": VILLAGE, "fix": {"lat": 27.13, "lon": 114.0}, "text": ""},
        held_at="2026-11-20T07:00:00Z",
    )
    assert (made.status_code, again.status_code) == (201, 200)
    assert again.json() == made.json()


async def test_another_body_is_kept_and_nothing_changes(secretary: Phone, db: Database) -> None:
    key = uuid4()
    await secretary.put(key)
    refused = await secretary.put(key, minutes="另一份")
    assert (refused.status_code, refused.json()["code"]) == (409, "activity-differs")
    assert await secretary.minutes() == ["研究冬季产业项目。"]
    async with db.reading() as session:
        kept = (await session.exec(select(Conflict))).one()
    assert (kept.record_kind, kept.body["minutes"]) == ("activity", "另一份")


async def test_somebody_elses_id_tells_nothing(secretary: Phone, member: Phone) -> None:
    key = uuid4()
    await secretary.put(key)
    taken = await member.put(key, minutes="我的")
    assert (taken.status_code, taken.json()["code"]) == (409, "id-taken")
    assert await member.minutes() == []


async def test_the_civil_day_is_shanghais(secretary: Phone) -> None:
    before = await secretary.put(held_at="2026-10-31T15:59:59Z")
    after = await secretary.put(held_at="2026-10-31T16:00:00Z")
    assert (before.json()["day"], after.json()["day"]) == ("2026-10-31", "2026-11-01")


async def test_the_place_is_checked_against_the_village(secretary: Phone, db: Database) -> None:
    await make_fence(db, VILLAGE)
    lat, lon = CENTRE
    for fix, state in [
        ({"lat": lat, "lon": lon, "accuracy_m": 20}, "inside"),
        ({"lat": lat + 0.0139, "lon": lon, "accuracy_m": 60}, "near"),
        ({"lat": lat + 0.1, "lon": lon, "accuracy_m": 20}, "outside"),
        ({"lat": lat, "lon": lon}, "unknown"),
        (None, "unknown"),
    ]:
        made = await secretary.put(place={"village": VILLAGE, "fix": fix}, guests=1)
        assert made.json()["place"]["state"] == state, fix
        marks = [mark["code"] for mark in made.json()["marks"]]
        assert marks == (["outside_village"] if state == "outside" else [])
    nowhere = await secretary.put(place={"fix": {"lat": lat, "lon": lon, "accuracy_m": 20}})
    assert nowhere.json()["place"]["state"] == "unknown"
    absent = await secretary.put(place={"village": "360321101299"})
    assert (absent.status_code, absent.json()["code"]) == (422, "no-such-village")


async def test_an_attendee_must_be_somebody_the_author_works_with(
    app: FastAPI, client: httpx.AsyncClient, secretary: Phone, member: Phone
) -> None:
    leader = await phone_of(app, client, "TA", TOWNSHIP)
    stranger = await phone_of(app, client, "FS", OTHER_VILLAGE)
    nobody = await make_user(app.state.database)
    ok = await secretary.put(attendees=[str(leader.user.id), str(member.user.id)])
    assert ok.status_code == 201
    for absent in (str(stranger.user.id), str(nobody.id), str(uuid4())):
        refused = await secretary.put(attendees=[str(member.user.id), absent])
        assert refused.status_code == 404
        assert absent in refused.json()["detail"]
        assert refused.json()["errors"][0]["where"] == "attendees.1"
        assert "guests" in refused.json()["detail"]
    # the township's administrator names anybody of the township, not of another one
    assert (await leader.put(unit=TOWNSHIP, attendees=[str(member.user.id)])).status_code == 201
    assert (await leader.put(attendees=[str(stranger.user.id)])).status_code == 404


async def test_an_author_whose_post_has_ended_still_sends_what_was_held_before(
    app: FastAPI, client: httpx.AsyncClient, member: Phone
) -> None:
    gone = today() - timedelta(days=5)
    former = await phone_of(app, client, "FS", VILLAGE, until=gone)
    then = f"{gone}T10:00:00+08:00"
    kept = await former.put(held_at=then, attendees=[str(member.user.id)])
    assert kept.status_code == 201, kept.text
    refused = await former.put(held_at=f"{today()}T00:00:01+08:00")
    assert (refused.status_code, refused.json()["errors"][0]["where"]) == (404, "unit")


async def test_the_unit_is_one_of_the_authors_own_tree(secretary: Phone, db: Database) -> None:
    await make_unit(db, OTHER_VILLAGE)
    for unit in (VILLAGE, TOWNSHIP, COUNTY):
        assert (await secretary.put(unit=unit)).status_code == 201
    for unit in (OTHER_VILLAGE, OTHER_TOWNSHIP, "360321101299"):
        refused = await secretary.put(unit=unit)
        assert refused.status_code == 404
        assert unit in refused.json()["detail"]


async def test_organisations_and_reports_must_exist(secretary: Phone, db: Database) -> None:
    ours = (await make_organisation(db, villages=[VILLAGE])).id
    theirs = (await make_organisation(db)).id
    kept = await secretary.put(organisations=[str(ours)], reports=[TOWNSHIP, str(theirs)])
    assert kept.json()["reports"] == [TOWNSHIP, str(theirs)]
    for wrong in ({"organisations": [str(theirs)]}, {"reports": [str(uuid4())]}):
        refused = await secretary.put(**wrong)
        assert (refused.status_code, refused.json()["code"]) == (404, "not-found"), wrong


async def test_who_reads_an_activity(
    app: FastAPI, client: httpx.AsyncClient, secretary: Phone, member: Phone, db: Database
) -> None:
    acts = await phone_of(app, client, "UR", OTHER_VILLAGE)
    bound = (await make_organisation(db, villages=[VILLAGE], people=[acts.user])).id
    key = uuid4()
    people = [str(member.user.id)]
    await secretary.put(key, attendees=people, organisations=[str(bound)], minutes="记录")
    readers = [secretary, member, acts]
    for kind, unit in (("TL", VILLAGE), ("TA", TOWNSHIP), ("CA", COUNTY), ("AU", COUNTY)):
        readers.append(await phone_of(app, client, kind, unit))
    for reader in readers:
        assert await reader.minutes() == ["记录"]
        assert (await reader.get(f"/{key}")).status_code == 200
    strangers = [await phone_of(app, client, "TA", OTHER_TOWNSHIP)]
    strangers.append(await phone_of(app, client, "TM", VILLAGE))  # of the village, but not there
    strangers.append(await phone_of(app, client, "TA", TOWNSHIP, until=today() - timedelta(days=1)))
    for other in strangers:
        assert await other.minutes() == []
        hidden, absent = await other.get(f"/{key}"), await other.get(f"/{uuid4()}")
        assert hidden.status_code == absent.status_code == 404
        assert hidden.json() == absent.json()


async def test_who_leads_the_unit_reads_what_an_outsider_wrote_there(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    leader = await phone_of(app, client, "TL", VILLAGE)
    county = await phone_of(app, client, "CA", COUNTY)
    assert (await county.put(minutes="县里来村调研")).status_code == 201
    assert await leader.minutes() == ["县里来村调研"]


async def test_its_photos_are_seen_by_whoever_sees_it(
    app: FastAPI, client: httpx.AsyncClient, secretary: Phone, member: Phone
) -> None:
    data = photo(seed=5)
    jpeg = {"content-type": "image/jpeg", **secretary.headers}
    path = f"/api/v1/photos/{sha(data)}"
    assert (await client.put(path, content=data, headers=jpeg)).status_code == 201
    missing = "0" * 64
    made = await secretary.put(photos=[sha(data), missing], attendees=[str(member.user.id)])
    assert made.json()["photos_missing"] == [missing]
    absent = await phone_of(app, client, "TM", VILLAGE)
    for phone, status in ((member, 200), (absent, 404)):
        seen = await client.get(f"{path}/thumb", headers=phone.headers)
        assert seen.status_code == status


async def test_only_its_author_takes_it_back(
    app: FastAPI, client: httpx.AsyncClient, secretary: Phone, member: Phone
) -> None:
    key = uuid4()
    await secretary.put(key, attendees=[str(member.user.id)])
    boss = await phone_of(app, client, "TA", TOWNSHIP)
    for other in (member, boss):
        assert (await other.withdraw(key)).status_code == 404
    assert (await secretary.withdraw(key, "")).status_code == 422
    first, second = await secretary.withdraw(key, "按错了"), await secretary.withdraw(key, "再按")
    assert (first.status_code, first.json()["withdrawn"]) == (200, "按错了")
    assert second.json()["withdrawn"] == "按错了"
    assert (await member.get(f"/{key}")).json()["withdrawn"] == "按错了"


async def test_what_is_no_activity(secretary: Phone) -> None:
    refusals: list[tuple[Json, str]] = [
        ({"kind": "party"}, "kind"),
        ({"unit": "x"}, "unit"),
        ({"held_at": "2026-11-20T15:00:00"}, "held_at"),
        ({"guests": -1}, "guests"),
        ({"minutes": "字" * 20_001}, "minutes"),
        ({"minutes": "坏\0字"}, "minutes"),
        ({"place": {"village": TOWNSHIP}}, "village"),
        ({"photos": ["x"]}, "photos"),
        ({"reports": ["x"]}, "reports"),
        ({"attendees": ["x"]}, "attendees"),
        ({"day": "2026-11-20"}, "day"),
        ({"attendances": 99}, "attendances"),
    ]
    for wrong, where in refusals:
        refused = await secretary.put(**wrong)
        assert refused.status_code == 422, wrong
        assert where in str(refused.json()["errors"])
    assert "联席会议" in str((await secretary.put(kind="party")).json()["errors"])


async def test_the_odd_is_kept_and_marked(secretary: Phone) -> None:
    ahead = now() + timedelta(days=2)
    made = await secretary.put(held_at=ahead.isoformat())
    assert made.status_code == 201
    assert [mark["code"] for mark in made.json()["marks"]] == ["held_after_arrival", "nobody_named"]


async def test_lists_filter_and_page(
    app: FastAPI, client: httpx.AsyncClient, secretary: Phone, member: Phone, db: Database
) -> None:
    bound = (await make_organisation(db, villages=[VILLAGE])).id
    for day in range(1, 6):
        await secretary.put(minutes=f"{day}日", held_at=f"2026-11-{day:02}T09:00:00+08:00")
    await secretary.put(
        minutes="培训", kind="training", attendees=[str(member.user.id)], unit=TOWNSHIP,
        organisations=[str(bound)], held_at="2026-11-03T08:00:00+08:00",
    )  # fmt: skip
    county = await phone_of(app, client, "CA", COUNTY)
    assert await county.minutes("?kind=training") == ["培训"]
    assert await county.minutes(f"?person={member.user.id}") == ["培训"]
    assert await county.minutes(f"?organisation={bound}") == ["培训"]
    assert len(await county.minutes(f"?person={secretary.user.id}")) == 6
    assert len(await county.minutes(f"?unit={VILLAGE}")) == 5
    assert len(await county.minutes(f"?unit={TOWNSHIP}")) == 6
    assert await county.minutes("?from=2026-11-04&to=2026-11-05") == ["5日", "4日"]
    assert (await county.get("?kind=party")).status_code == 422
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await county.get(f"?limit=2{cursor}")).json()
        seen += [row["minutes"] for row in page["items"]]
        cursor = f"&cursor={page['next']}" if page["next"] else None
    assert seen == ["5日", "4日", "3日", "培训", "2日", "1日"]


async def test_whom_one_may_name(
    app: FastAPI, client: httpx.AsyncClient, secretary: Phone, member: Phone
) -> None:
    leader = await phone_of(app, client, "CL", TOWNSHIP, name="赵连片")
    await phone_of(app, client, "FS", OTHER_VILLAGE, name="外村书记")
    await phone_of(app, client, "TM", VILLAGE, name="前队员", until=today() - timedelta(days=1))

    async def names(phone: Phone, query: str = "") -> list[str]:
        page = (await phone.get(f"/people{query}")).json()
        assert page["next"] is None
        return sorted(row["name"] for row in page["items"])

    assert await names(secretary) == sorted(["王书记", "李队员", "赵连片"])
    assert await names(secretary, f"?unit={TOWNSHIP}") == ["赵连片"]
    assert await names(leader) == sorted(["王书记", "李队员", "赵连片"])
    posts = (await secretary.get(f"/people?unit={TOWNSHIP}")).json()["items"][0]["posts"]
    assert posts == [{"unit": TOWNSHIP, "unit_name": "360321101号", "kind": "CL"}]
    nobody = Phone(client, *(lambda u: (u, {}))(member.user))
    assert (await nobody.get("/people")).status_code == 401
    unposted = await make_user(app.state.database)
    assert await names(Phone(client, unposted, await sign_in(app, unposted))) == []
    assert await names(secretary, "?on=2020-01-01") == sorted(
        ["王书记", "李队员", "赵连片", "前队员"]
    )


async def test_sync_takes_activities(
    client: httpx.AsyncClient, secretary: Phone, member: Phone
) -> None:
    good, bad = str(uuid4()), str(uuid4())
    body = {
        "records": [
            {"kind": "activity", "id": good, "body": meeting(attendees=[str(member.user.id)])},
            {"kind": "activity", "id": bad, "body": meeting(attendees=[str(uuid4())])},
            {"kind": "activity", "id": good, "body": meeting(minutes="别的")},
        ]
    }
    answer = await client.post("/api/v1/sync", json=body, headers=secretary.headers)
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert [result["status"] for result in results] == [201, 404, 409]
    assert results[0]["body"] == (await secretary.get(f"/{good}")).json()
    assert results[2]["problem"]["code"] == "activity-differs"
    assert (await secretary.get(f"/{bad}")).status_code == 404
