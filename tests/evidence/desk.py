"""A first secretary with a little of everything, all of it sent the way phones send it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI

from app.auth.models import User
from app.core.clock import civil_day, now
from app.core.db import Database
from app.core.ids import new_id
from app.ledger import service as ledger
from app.policy.periods import containing
from app.quotas.adoptions import adopt
from app.reviews.finding import About, Finding
from app.reviews.models import FlagAnswer, FlagDecision, flag_id
from app.reviews.service import raise_flags
from tests.factories import (
    CENTRE,
    VILLAGE,
    make_cadre,
    make_fence,
    make_household,
    make_pairing,
    make_user,
)
from tests.photos.pictures import camera_exif, photo, sha

V1 = "/api/v1"


@dataclass(slots=True)
class Person:
    """Somebody, how to call as them, and what they sent."""

    user: User
    headers: dict[str, str]
    photo: str = ""
    far: tuple[float, float] = (0.0, 0.0)
    check_ins: list[UUID] = field(default_factory=list)
    diary: UUID = field(default_factory=new_id)
    activity: UUID = field(default_factory=new_id)
    flag: UUID = field(default_factory=new_id)


def period() -> str:
    """The key of this quarter."""
    return containing("quarter", civil_day(now())).key


async def put(client: httpx.AsyncClient, path: str, headers: dict[str, str], body: Any) -> None:
    """Send a record; it has to be taken."""
    answer = await client.put(V1 + path, headers=headers, json=body)
    assert answer.status_code in (200, 201), (path, answer.text)


def check_in(**over: Any) -> dict[str, Any]:
    """A presence in the middle of the village, some minutes ago."""
    return {
        "kind": "presence",
        "village": VILLAGE,
        "captured_at": (now() - timedelta(minutes=5)).isoformat(),
        "fix": {
            "lat": CENTRE[0] + 0.0012345,
            "lon": CENTRE[1],
            "accuracy_m": 18.0,
            "datum": "wgs84",
        },
        "photos": [],
        "note": "",
        **over,
    }


async def make_person(
    app: FastAPI, client: httpx.AsyncClient, name: str = "段金根", seed: int = 7
) -> Person:
    """The person with check-ins, a visit, a photo, a diary, a meeting and a decided flag."""
    base: Database = app.state.database
    user, headers = await make_cadre(app, name=name, since=civil_day(now()) - timedelta(days=400))
    person = Person(user, headers)
    data = photo(seed, exif=camera_exif())
    person.photo = sha(data)
    typed = {**headers, "content-type": "image/jpeg"}
    sent = await client.put(f"{V1}/photos/{person.photo}", headers=typed, content=data)
    assert sent.status_code == 201, sent.text
    await make_fence(base)
    household = await make_household(base, head="刘户主")
    await make_pairing(base, user, household)
    person.far = (round(28.0123456 + seed / 100, 7), round(114.7654321 + seed / 100, 7))
    far = {"lat": person.far[0], "lon": person.far[1], "accuracy_m": 12.0}
    visit = {"kind": "household", "household": str(household.id)}
    for body in (
        check_in(photos=[person.photo], note=f"{name}在村"),
        check_in(fix=far, captured_at=(now() - timedelta(minutes=30)).isoformat()),
        check_in(**visit, captured_at=(now() - timedelta(minutes=20)).isoformat()),
    ):
        row_id = new_id()
        person.check_ins.append(row_id)
        await put(client, f"/check-ins/{row_id}", headers, body)
    await _papers(client, person, name)
    await _flag(base, person, name)
    return person


async def _papers(client: httpx.AsyncClient, person: Person, name: str) -> None:
    at, day = now().isoformat(), civil_day(now()).isoformat()
    diary = {"work_date": day, "text": f"{name}走访三户,商量油茶除草", "written_at": at}
    told = {**diary, "photos": [person.photo]}
    await put(client, f"/diaries/{person.diary}", person.headers, told)
    meeting = {
        "kind": "joint_meeting", "unit": VILLAGE, "held_at": at, "written_at": at, "guests": 3,
        "attendees": [str(person.user.id)], "minutes": "议定冬修水渠", "place": {"village": VILLAGE, "fix": check_in()["fix"]},
    }  # fmt: skip
    await put(client, f"/activities/{person.activity}", person.headers, meeting)


async def _flag(base: Database, person: Person, name: str) -> None:
    """The visit far away is flagged, answered and kept."""
    about = About(
        "check_in", person.check_ins[1], VILLAGE[:6], person.user.id, civil_day(now()), VILLAGE
    )
    found = Finding("outside-fence", "high", {"distance_m": 99000, "accuracy_m": 12, "beyond_m": 9})
    reviewer = await make_user(base, "复核人乙")
    async with base.writing() as session:
        await raise_flags(session, about, [found], now())  # where the product did not itself
        person.flag = flag_id("check_in", person.check_ins[1], "outside-fence")
        own: dict[str, Any] = {"county": VILLAGE[:6], "flag_id": person.flag}
        answer = FlagAnswer(
            **own, author_id=person.user.id, text=f"{name}当天送老人去市医院", said_at=now()
        )
        word = FlagDecision(
            **own, round=0, place=1, decision="counts_with_note", reason=f"{name}有病历为证",
            decided_by=reviewer.id, decided_at=now(),
        )  # fmt: skip
        for row, actor in ((answer, person.user.id), (word, reviewer.id)):
            session.add(row)
            await ledger.append(session, row, "create", actor, now())


async def adopt_pack(base: Database) -> None:
    """The village's pack is in force."""
    async with base.writing() as session:
        await adopt(session, "p0-village-leader", VILLAGE[:6], "依据某文件", by="某县长", at=now())
