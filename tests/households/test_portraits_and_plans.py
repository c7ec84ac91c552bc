"""Portraits with consent, and plan items: idempotent, in scope, logged."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

from fastapi import FastAPI
from sqlmodel import col, select

from app.core.clock import now, today
from app.core.db import Database
from app.households.models import Portrait
from app.ledger.models import LedgerLeaf
from app.photos.models import PhotoUse
from app.postings.models import Pairing
from app.records.models import Conflict
from tests.factories import make_cadre, make_household
from tests.households.conftest import TOWNSHIP, VILLAGE, Headers, Village

PHOTO = "ab" * 32


def portrait(village: Village, **over: Any) -> dict[str, Any]:
    return {
        "household": str(village.household.id),
        "photo": PHOTO,
        "consent": {"by": "刘户主", "on": "2026-11-20", "how": "signed"},
        "taken_at": "2026-11-20T10:02:11+08:00",
        **over,
    }


async def put(
    village: Village, body: dict[str, Any], key: Any = None, who: Headers | None = None
) -> Any:
    return await village.client.put(
        f"/api/v1/household-portraits/{key or uuid4()}", json=body, headers=who or village.as_helper
    )


async def test_a_portrait_is_recorded_before_its_bytes(village: Village, db: Database) -> None:
    key = uuid4()
    made = await put(village, portrait(village), key)
    assert made.status_code == 201, made.text
    told = made.json()
    assert told["consent"] == {"by": "刘户主", "on": "2026-11-20", "how": "signed"}
    assert told["photos_missing"] == [PHOTO]
    async with db.reading() as session:
        leaf = (
            await session.exec(select(LedgerLeaf).where(col(LedgerLeaf.row_id) == str(key)))
        ).one()
        use = (await session.exec(select(PhotoUse))).one()
    receipt = {"log": leaf.log, "seq": leaf.seq, "leaf": bytes(leaf.leaf).hex()}
    assert told["receipt"] == receipt
    assert (use.record_id, use.sha256, use.household_id) == (key, PHOTO, village.household.id)
    assert (use.author_id, use.record_kind) == (village.helper.id, "household_portrait")
    shown = await village.client.get(
        f"/api/v1/households/{village.household.id}", headers=village.as_admin
    )
    assert shown.json()["portrait"]["photo"] == PHOTO


async def test_without_the_note_of_consent_it_is_refused_in_words(
    village: Village, db: Database
) -> None:
    for left_out in [True, False]:
        body = portrait(village, consent=None)
        if left_out:
            del body["consent"]
        refused = await put(village, body)
        assert (refused.status_code, refused.json()["code"]) == (422, "consent-missing")
        for word in ("同意", "by", "on", "how"):
            assert word in refused.json()["detail"]
        async with db.reading() as session:
            assert (await session.exec(select(Portrait))).all() == []


async def test_what_is_no_portrait(village: Village) -> None:
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"consent": {"by": "刘", "on": "2026-11-20", "how": "nodded"}}, "how"),
        ({"consent": {"by": "", "on": "2026-11-20", "how": "signed"}}, "by"),
        ({"consent": {"by": "刘", "how": "signed"}}, "on"),
        ({"photo": "AB" * 32}, "photo"),
        ({"taken_at": "2026-11-20T10:02:11"}, "taken_at"),
        ({"received_at": "2026-11-20T10:02:11+08:00"}, "received_at"),
    ]
    for wrong, where in refusals:
        refused = await put(village, portrait(village, **wrong))
        assert refused.status_code == 422, wrong
        assert where in str(refused.json()["errors"])


async def test_the_same_again_another_body_another_author(village: Village, db: Database) -> None:
    key = uuid4()
    made = await put(village, portrait(village), key)
    # the same instant in another zone is the same body
    again = await put(village, portrait(village, taken_at="2026-11-20T02:02:11Z"), key)
    assert (made.status_code, again.status_code) == (201, 200)
    assert again.json() == made.json()
    for _ in range(2):
        other = await put(village, portrait(village, photo="cd" * 32), key)
        assert (other.status_code, other.json()["code"]) == (409, "household-portrait-differs")
    theirs = await put(village, portrait(village, photo="ef" * 32), key, village.as_admin)
    assert (theirs.status_code, theirs.json()["code"]) == (409, "id-taken")
    async with db.reading() as session:
        kept = (await session.exec(select(Conflict))).one()
        uses = (await session.exec(select(PhotoUse.sha256))).all()
    assert (kept.record_id, kept.body["photo"]) == (key, "cd" * 32)
    assert uses == [PHOTO]


async def test_two_devices_race_for_one_id(village: Village, db: Database) -> None:
    key = uuid4()
    bodies = [portrait(village, photo=f"{n:064x}") for n in range(4)]
    replies = await asyncio.gather(*(put(village, body, key) for body in bodies * 2))
    assert sorted(r.status_code for r in replies) == [200, 201] + [409] * 6
    async with db.reading() as session:
        assert len((await session.exec(select(Portrait))).all()) == 1
        assert len((await session.exec(select(Conflict))).all()) == 3
        assert len((await session.exec(select(PhotoUse))).all()) == 1


async def test_a_repeat_succeeds_though_the_pairing_has_ended_since(
    village: Village, db: Database
) -> None:
    """The reply to the first was lost in a valley; the phone must get to know that it stands."""
    key = uuid4()
    made = await put(village, portrait(village), key)
    async with db.writing() as session:
        pairing = (await session.exec(select(Pairing))).one()
        pairing.until = today() - timedelta(days=1)
        session.add(pairing)
    again = await put(village, portrait(village), key)
    assert (again.status_code, again.json()["receipt"]) == (200, made.json()["receipt"])
    assert (await put(village, portrait(village))).status_code == 404


async def test_who_tends_a_household(app: FastAPI, village: Village, db: Database) -> None:
    _, sees_only = await make_cadre(app, "VC", VILLAGE)
    _, team = await make_cadre(app, "TM", VILLAGE)
    _, unpaired = await make_cadre(app, "HC", VILLAGE)
    body = portrait(village)
    assert (await put(village, body, who=team)).status_code == 201
    assert (await put(village, body, who=village.as_admin)).status_code == 201
    assert (await put(village, body, who=sees_only)).json()["code"] == "forbidden"
    absent = portrait(village, household=str(uuid4()))
    for stranger in (village.as_stranger, unpaired):
        hidden, none = (
            await put(village, body, who=stranger),
            await put(village, absent, who=stranger),
        )
        assert hidden.status_code == none.status_code == 404
        assert hidden.json() == none.json()


def item(village: Village, **over: Any) -> dict[str, Any]:
    return {"household": str(village.household.id), "text": "落实油茶苗 20 棵", **over}


async def test_a_plan_item_is_made_revised_and_done(
    app: FastAPI, village: Village, db: Database
) -> None:
    path = f"/api/v1/plan-items/{uuid4()}"

    async def write(who: Headers, **over: Any) -> Any:
        return await village.client.put(path, json=item(village, **over), headers=who)

    async def open_items() -> int:
        page = await village.client.get("/api/v1/households", headers=village.as_helper)
        count: int = page.json()["items"][0]["plan_open"]
        return count

    made = await write(village.as_helper, due="2026-12-31")
    assert (made.status_code, made.json()["created_on"]) == (201, today().isoformat())
    assert (await write(village.as_helper, due="2026-12-31")).json()["rev"] == 1
    assert await open_items() == 1
    # another of those who tend the household carries it on; the author stays
    _, team = await make_cadre(app, "FS", VILLAGE)
    done = await write(team, due="2026-12-31", done_on="2026-11-20")
    assert (done.status_code, done.json()["rev"]) == (200, 2)
    assert done.json()["author"] == str(village.helper.id)
    assert await open_items() == 0
    stranger = await write(village.as_stranger)
    assert stranger.status_code == 404
    both = await write(village.as_helper, done_on="2026-11-20", dropped_on="2026-11-20")
    assert both.status_code == 422
    whole = await village.client.get(
        f"/api/v1/households/{village.household.id}", headers=village.as_helper
    )
    assert [row["done_on"] for row in whole.json()["plan"]] == ["2026-11-20"]


async def test_a_plan_item_does_not_move_to_another_household(
    app: FastAPI, village: Village, db: Database
) -> None:
    key = uuid4()
    other = await make_household(db, VILLAGE)
    _, helper = await make_cadre(app, "TM", VILLAGE)
    made = item(village) | {"household": str(other.id)}
    await village.client.put(f"/api/v1/plan-items/{key}", json=made, headers=helper)
    moved = await village.client.put(
        f"/api/v1/plan-items/{key}", json=item(village), headers=helper
    )
    assert moved.status_code == 422
    # whoever cannot see the other household hears only that the id is taken
    hidden = await village.client.put(
        f"/api/v1/plan-items/{key}", json=item(village), headers=village.as_helper
    )
    assert (hidden.status_code, hidden.json()["code"]) == (409, "id-taken")


async def test_the_newest_portrait_holds_whatever_the_clocks_say(village: Village) -> None:
    async def shown() -> str:
        page = await village.client.get("/api/v1/households", headers=village.as_helper)
        photo: str = page.json()["items"][0]["portrait"]["photo"]
        return photo

    at = now()
    for photo, taken_at, holds in (
        ("11" * 32, at, "11" * 32),
        ("22" * 32, at - timedelta(days=9), "11" * 32),
        ("33" * 32, at + timedelta(days=99), "33" * 32),
        ("44" * 32, at + timedelta(days=1), "44" * 32),
    ):
        await put(village, portrait(village, photo=photo, taken_at=taken_at.isoformat()))
        assert await shown() == holds


async def test_another_townships_administrator_sees_no_trace(village: Village) -> None:
    await put(village, portrait(village))
    page = await village.client.get(
        f"/api/v1/households?village={TOWNSHIP}", headers=village.as_stranger
    )
    assert page.json() == {"items": [], "next": None}
