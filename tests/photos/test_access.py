"""Who sees a photo: its uploader, and who may see a record whose author uploaded it."""

from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.auth.models import User
from app.core.clock import now
from app.core.ids import new_id
from app.photos.naming import Naming, name_photos_in
from tests.factories import (
    OTHER_VILLAGE,
    VILLAGE,
    make_cadre,
    make_household,
    make_pairing,
    make_unit,
    make_user,
    sign_in,
)
from tests.photos.pictures import photo, sha

DAY = date(2026, 11, 20)
TOWNSHIP, OTHER_TOWNSHIP, COUNTY, OTHER_COUNTY = VILLAGE[:9], OTHER_VILLAGE[:9], "360321", "360322"
PHOTO = photo()
SHA = sha(PHOTO)


async def _upload(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await client.put(
        f"/api/v1/photos/{SHA}", content=PHOTO, headers={**headers, "Content-Type": "image/jpeg"}
    )
    assert answer.status_code == 201


async def _name(app: FastAPI, author: User, **over: Any) -> None:
    naming = replace(Naming("check_in", new_id(), COUNTY, author.id, DAY, VILLAGE), **over)
    async with app.state.database.writing() as session:
        await name_photos_in(session, naming, [SHA])


async def _sees(client: httpx.AsyncClient, headers: dict[str, str]) -> bool:
    """Whether both shapes are served; a refusal is the same as for bytes that never were."""
    statuses = set()
    for shape in ("thumb", "view"):
        answer = await client.get(f"/api/v1/photos/{SHA}/{shape}", headers=headers)
        absent = await client.get(f"/api/v1/photos/{sha(b'')}/{shape}", headers=headers)
        assert absent.status_code == 404
        if answer.status_code == 404:
            assert answer.content == absent.content
            assert answer.headers == absent.headers
        statuses.add(answer.status_code)
    assert statuses in ({200}, {404})
    return statuses == {200}


VIEWERS = [
    ("TL", VILLAGE, True),
    ("VC", VILLAGE, True),
    ("TA", TOWNSHIP, True),
    ("CL", TOWNSHIP, True),
    ("CA", COUNTY, True),
    ("CH", COUNTY, True),
    ("RV", COUNTY, True),
    ("AU", COUNTY, True),
    ("FS", VILLAGE, False),
    ("TM", VILLAGE, False),
    ("HC", VILLAGE, False),
    ("AT", TOWNSHIP, False),
    ("IG", COUNTY, False),
    ("SA", COUNTY, False),
    ("TL", OTHER_VILLAGE, False),
    ("TA", OTHER_TOWNSHIP, False),
    ("CA", OTHER_COUNTY, False),
]


async def test_a_record_s_photo_by_role_and_unit(client: httpx.AsyncClient, app: FastAPI) -> None:
    author, mine = await make_cadre(app, "FS", VILLAGE)
    await make_unit(app.state.database, OTHER_COUNTY)
    await _upload(client, mine)
    await _name(app, author)
    assert await _sees(client, mine)
    for kind, unit, expected in VIEWERS:
        _, headers = await make_cadre(app, kind, unit, name=f"{kind} {unit}")
        assert await _sees(client, headers) is expected, (kind, unit)
    nobody = await sign_in(app, await make_user(app.state.database, "无岗位"))
    assert not await _sees(client, nobody)
    assert (await client.get(f"/api/v1/photos/{SHA}/view")).status_code == 401


async def test_an_ended_post_sees_nothing_more(client: httpx.AsyncClient, app: FastAPI) -> None:
    author, mine = await make_cadre(app, "FS", VILLAGE)
    await _upload(client, mine)
    await _name(app, author)
    _, former = await make_cadre(app, "TA", TOWNSHIP, until=date(2026, 11, 1))
    assert not await _sees(client, former)


async def test_an_unnamed_photo_is_its_uploader_s(client: httpx.AsyncClient, app: FastAPI) -> None:
    _, mine = await make_cadre(app, "FS", VILLAGE)
    _, above = await make_cadre(app, "CA", COUNTY)
    await _upload(client, mine)
    assert await _sees(client, mine)
    assert not await _sees(client, above)


async def test_knowing_a_hash_gives_nothing(client: httpx.AsyncClient, app: FastAPI) -> None:
    """A record that names another's bytes opens them to nobody, until its author has them too."""
    _, mine = await make_cadre(app, "FS", VILLAGE)
    await _upload(client, mine)
    stranger, theirs = await make_cadre(app, "FS", OTHER_VILLAGE)
    _, above = await make_cadre(app, "TA", OTHER_TOWNSHIP)
    await _name(app, stranger, village=OTHER_VILLAGE)
    assert not await _sees(client, theirs)
    assert not await _sees(client, above)
    await _upload(client, theirs)
    assert await _sees(client, theirs)
    assert await _sees(client, above)


async def test_bytes_may_come_after_the_record(client: httpx.AsyncClient, app: FastAPI) -> None:
    author, mine = await make_cadre(app, "FS", VILLAGE)
    _, above = await make_cadre(app, "TA", TOWNSHIP)
    await _name(app, author)
    assert not await _sees(client, mine)
    await _upload(client, mine)
    assert await _sees(client, above)


async def test_a_portrait_is_seen_with_its_household(
    client: httpx.AsyncClient, app: FastAPI
) -> None:
    """Also by those who may not see other records of the helper who took it."""
    base = app.state.database
    household = await make_household(base, VILLAGE)
    author, mine = await make_cadre(app, "HC", VILLAGE)
    await make_pairing(base, author, household)
    await _upload(client, mine)
    await _name(app, author, record_kind="portrait", household_id=household.id)
    next_helper, paired = await make_cadre(app, "HC", VILLAGE, name="李四")
    assert not await _sees(client, paired)
    await make_pairing(base, next_helper, household)
    assert await _sees(client, paired)
    for kind, unit, expected in [
        ("TM", VILLAGE, True),
        ("AT", TOWNSHIP, True),
        ("FS", OTHER_VILLAGE, False),
        ("TA", OTHER_TOWNSHIP, False),
        ("SA", COUNTY, False),
    ]:
        _, headers = await make_cadre(app, kind, unit, name=f"{kind} {unit}")
        assert await _sees(client, headers) is expected, (kind, unit)


@pytest.mark.parametrize("kind", ["check_in", "diary"])
async def test_a_household_visit_s_photo_is_no_portrait(
    client: httpx.AsyncClient, app: FastAPI, kind: str
) -> None:
    author, mine = await make_cadre(app, "FS", VILLAGE)
    _, member = await make_cadre(app, "TM", VILLAGE)
    await _upload(client, mine)
    await _name(app, author, record_kind=kind)
    assert not await _sees(client, member)


async def test_a_check_in_names_its_photo(client: httpx.AsyncClient, app: FastAPI) -> None:
    """The small record first, the photo later: it is missing, then seen by who sees the record."""
    _, mine = await make_cadre(app, "FS", VILLAGE)
    _, above = await make_cadre(app, "TA", TOWNSHIP)
    url = f"/api/v1/check-ins/{new_id()}"
    body = {
        "kind": "presence",
        "village": VILLAGE,
        "captured_at": now().isoformat(),
        "fix": None,
        "no_fix_reason": "timeout",
        "photos": [SHA],
    }
    first = await client.put(url, json=body, headers=mine)
    assert first.json()["photos_missing"] == [SHA]
    assert not await _sees(client, above)
    await _upload(client, mine)
    again = await client.put(url, json=body, headers=mine)
    assert (again.status_code, again.json()["photos_missing"]) == (200, [])
    assert await _sees(client, above)
