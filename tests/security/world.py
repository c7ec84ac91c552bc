"""One small county in which every kind of post stands in every place; built once per database.

Names, numbers and words of the people in it are canaries: each occurs once, so that an answer or a
log line that holds one tells which field leaked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from sqlmodel import col, select

from app.auth.models import User
from app.checks.models import VillageCentre
from app.core.clock import now, today
from app.core.geo import at
from app.core.ids import new_id
from app.households.models import Member
from app.ledger import service as ledger
from app.ledger.kept import Kept
from app.ledger.keys import signer
from app.ledger.sealing import seal
from app.notices.models import Digest, Notice
from app.policy.calendar import national
from app.policy.periods import parse
from app.postings.models import Post, Posting
from app.quotas.adoptions import adopt
from app.quotas.closing import Order, close
from app.reviews.finding import About, Finding
from app.reviews.service import raise_flags
from app.spotchecks import drawing
from app.spotchecks.models import SpotCheck, SpotCheckList
from app.spotchecks.service import items_of
from tests.factories import (
    make_fence,
    make_household,
    make_organisation,
    make_pairing,
    make_posting,
    make_unit,
    make_user,
    sign_in,
)
from tests.photos.pictures import photo, sha
from tests.security.asking import Ask, ask
from tests.submissions.desk import pdf

COUNTY, TOWNSHIP, VILLAGE, SIBLING = "360321", "360321101", "360321101201", "360321101202"
ABSENT_VILLAGE = "360321101299"
PLACES = {"own": VILLAGE, "child": TOWNSHIP, "sibling": SIBLING, "expired": VILLAGE}

#: Canaries, by the field that holds them.
CANARIES = {
    "household.head": "户主哨兵甲",
    "household.number": "H0NUMBER77",
    "household.address": "地址哨兵乙组",
    "member.name": "成员哨兵丙",
    "member.id_number": "360321195503078812",
    "member.id_masked": "3603**********8812",
    "member.phone": "13907995566",
    "member.phone_masked": "139****5566",
    "portrait.consent_by": "同意哨兵丁",
    "portrait.photo": "",  # its hash, known once it is uploaded
    "position.lat": "27.1234567",
    "position.lon": "113.9876543",
    "plan.text": "计划哨兵戊",
    "pairing.helper": "帮扶哨兵己",
    "author.name": "作者哨兵庚",
    "author.username": "username0canary",
    "author.password_hash": "$argon2id$canary0hash",
    "author.device": "device0canary",
    "posting.reason": "任职哨兵辛",
    "fence.lat": "27.1357913",
    "check_in.note": "签到哨兵壬",
    "check_in.fix": "27.2468024",
    "check_in.photo": "",
    "conflict.note": "冲突哨兵癸",
    "notice.text": "提醒哨兵申",
    "withdrawal.reason": "撤回哨兵子",
    "diary.text": "日志哨兵丑",
    "activity.minutes": "活动哨兵辰",
    "adoption.basis": "依据哨兵寅",
    "unmasking.purpose": "用途哨兵卯",
    "closing.note": "封存哨兵巳",
    "organisation.name": "组织哨兵辰",
    "leave.reason": "请假哨兵亥",
    "make_up.reason": "补签哨兵乾",
    "request.refusal": "不准哨兵坤",
    "submission.title": "报送哨兵申",
    "submission.text": "正文哨兵酉",
    "figure.note": "数据哨兵戌",
    "flag.answer": "说明哨兵亥",
    "spot_check.note": "抽查哨兵寅",
    "flag.reason": "复核哨兵未",
}


@dataclass(slots=True)
class Caller:
    """Somebody who asks: ``relation`` is where their post lies, see matrix.yaml."""

    kind: str
    relation: str
    user: User | None
    headers: dict[str, str]

    def __str__(self) -> str:
        return f"{self.kind}·{self.relation}"


@dataclass(slots=True)
class Target:
    """What is asked for. Every field of an absent target names nothing."""

    unit: str
    village: str = ABSENT_VILLAGE
    person: UUID = field(default_factory=new_id)
    posting: UUID = field(default_factory=new_id)
    check_in: UUID = field(default_factory=new_id)
    conflict: UUID = field(default_factory=new_id)
    notice: UUID = field(default_factory=new_id)
    diary: UUID = field(default_factory=new_id)
    activity: UUID = field(default_factory=new_id)
    photo: str = "0" * 64
    leave: UUID = field(default_factory=new_id)
    make_up: UUID = field(default_factory=new_id)
    submission: UUID = field(default_factory=new_id)
    accepted: UUID = field(default_factory=new_id)
    figure: UUID = field(default_factory=new_id)
    file: str = "2" * 64
    household: UUID = field(default_factory=new_id)
    member: UUID = field(default_factory=new_id)
    portrait: str = "1" * 64
    organisation: UUID = field(default_factory=new_id)
    closing: UUID = field(default_factory=new_id)
    flag: UUID = field(default_factory=new_id)
    decided: UUID = field(default_factory=new_id)
    spot_check: UUID = field(default_factory=new_id)
    spot_item: UUID = field(default_factory=new_id)


@dataclass(slots=True)
class World:
    """The application with its county, everybody in it, and what they ask for."""

    app: FastAPI
    here: Target
    above: Target
    absent: Target
    callers: list[Caller]
    spare: User  # posted nowhere
    settled: User  # posted in the village
    uploaded: bytes
    canaries: dict[str, str]
    _days: int = 0
    _months: int = 0

    def another_day(self) -> date:
        """A day that no pairing has yet."""
        self._days += 1
        return date(2018, 1, 1) + timedelta(days=self._days)

    def another_month(self) -> str:
        """A month that nobody has closed yet."""
        self._months += 1
        return f"{2019 + self._months // 12}-{self._months % 12 + 1:02}"

    def another_working_day(self) -> date:
        """A day that no local calendar has yet, and that is none off."""
        while not national().is_working(day := self.another_day()):
            pass
        return day

    def caller(self, kind: str, relation: str = "own") -> Caller:
        """The caller of this kind in this place."""
        return next(c for c in self.callers if (c.kind, c.relation) == (kind, relation))


async def build(app: FastAPI, kinds: Sequence[Post] = tuple(Post)) -> World:
    """Populate an empty database through the application's own ways where there is one."""
    db = app.state.database
    for code in (VILLAGE, SIBLING):
        await make_unit(db, code)
    centre = at(float(CANARIES["fence.lat"]), 113.96)
    await make_fence(db, VILLAGE, lat_e7=centre.lat_e7, lon_e7=centre.lon_e7)
    async with db.writing() as session:
        session.add(_proposed())
    async with db.writing() as session:
        await adopt(
            session,
            "p0-village-leader",
            TOWNSHIP,
            CANARIES["adoption.basis"],
            by="县委",
            at=now(),
            since=date(2018, 1, 1),
        )
    callers = await _callers(app, kinds)
    here, above = Target(VILLAGE, VILLAGE), Target(TOWNSHIP)
    canaries = dict(CANARIES)
    await _households(app, here, callers)
    author = next(c for c in callers if c.kind == "author")
    canaries["check_in.photo"], here.photo = await _records(app, author, here, seed=1)
    await _reminded(app, here)
    canaries["portrait.photo"] = here.portrait = await _tended(app, author, here)
    upper = Caller("upper", "above", *await _person(app, "上级作者", "TR", TOWNSHIP))
    _, above.photo = await _records(app, upper, above, seed=2, plain=True)
    await _submitted(app, callers, here, above)
    await _asked(app, callers, here)
    await _asked(app, [upper], above)
    for target, writer in ((here, author), (above, upper)):
        await _flagged(app, target, writer, callers)
        await _spot_checked(app, target)
    async with db.reading() as session:
        here.posting = await _posting_of(session, here.person)
        above.posting = await _posting_of(session, above.person)
    team = await make_organisation(db, "team", VILLAGE, name=CANARIES["organisation.name"])
    here.organisation = team.id
    above.organisation = (await make_organisation(db, "town_office", TOWNSHIP)).id
    for target in (here, above):
        order = Order(target.unit, parse("2018-09"), here.person, now(), CANARIES["closing.note"])
        target.closing = (await close(db, order))[0].id
    absent, spare = Target(ABSENT_VILLAGE), await make_user(db, "无岗位人员")
    settled, _ = await _person(app, "本村人员", "TM", VILLAGE)
    settings = app.state.settings
    await seal(app.state.database, signer(settings), now(), kept=Kept.of(settings))
    return World(app, here, above, absent, callers, spare, settled, photo(seed=9), canaries)


async def _person(
    app: FastAPI, name: str, kind: str, unit: str, **over: Any
) -> tuple[User, dict[str, str]]:
    user = await make_user(app.state.database, name)
    await make_posting(app.state.database, user, unit, kind, **over)
    return user, await sign_in(app, user)


async def _callers(app: FastAPI, kinds: Sequence[Post]) -> list[Caller]:
    """Every kind in every place, and those who are more than their post."""
    out = []
    for relation, unit in PLACES.items():
        ended = {"until": today() - timedelta(days=1)} if relation == "expired" else {}
        for kind in kinds:
            told = await _person(app, f"{kind}{relation}", kind, unit, **ended)
            out.append(Caller(kind, relation, *told))
    db = app.state.database
    hidden = {"username": CANARIES["author.username"]}
    hidden["password_hash"] = CANARIES["author.password_hash"]
    author = await make_user(db, CANARIES["author.name"], **hidden)
    await make_posting(db, author, VILLAGE, "FS", reason=CANARIES["posting.reason"])
    helper = await _person(app, CANARIES["pairing.helper"], "HC", VILLAGE)
    former = await _person(app, "曾结对", "HC", VILLAGE)
    nobody = await make_user(db, "无任职")
    out += [
        Caller("author", "own", author, await sign_in(app, author)),
        Caller("helper", "own", *helper),
        Caller("former_helper", "own", *former),
        Caller("nobody", "nobody", nobody, await sign_in(app, nobody)),
        Caller("anonymous", "anonymous", None, {}),
    ]
    return out


async def _households(app: FastAPI, here: Target, callers: list[Caller]) -> None:
    """A household with a member, its helper and a former one."""
    db, names = app.state.database, CANARIES
    household = await make_household(
        db,
        VILLAGE,
        names["household.head"],
        number=names["household.number"],
        address=names["household.address"],
    )
    by_kind = {caller.kind: caller.user for caller in callers if caller.relation == "own"}
    helper, former = by_kind["helper"], by_kind["former_helper"]
    assert helper is not None
    assert former is not None
    await make_pairing(db, helper, household)
    await make_pairing(db, former, household, until=today() - timedelta(days=1))
    sealer, member_id = app.state.sealer, new_id()
    sealed = {
        name: sealer.seal(names[f"member.{name}"], Member.__tablename__, name, member_id)
        for name in ("id_number", "phone")
    }
    member = Member(
        id=member_id,
        county=COUNTY,
        household_id=household.id,
        name=names["member.name"],
        relation="户主",
        id_index=sealer.index(names["member.id_number"]),
        **sealed,
    )
    async with db.writing() as session:
        session.add(member)
        await ledger.append(session, member, "create", "test", now())
    here.household, here.member = household.id, member_id


async def _records(
    app: FastAPI, author: Caller, target: Target, seed: int, *, plain: bool = False
) -> tuple[str, str]:
    """A check-in with a photo and a kept conflict, a diary, an activity."""
    assert author.user is not None
    target.person = author.user.id
    data = photo(seed=seed)
    jpeg = {"content-type": "image/jpeg"}
    await _done(app, author, Ask("PUT", f"/api/v1/photos/{sha(data)}", body=data, headers=jpeg))
    words = {"note": "", "text": "上级日志"} if plain else {}
    told = check_in(photos=[sha(data)], note=words.get("note", CANARIES["check_in.note"]))
    path = f"/api/v1/check-ins/{target.check_in}"
    await _done(app, author, Ask("PUT", path, body=told))
    other = {**told, "note": words.get("note", CANARIES["conflict.note"]) + "。"}
    assert (await ask(app, Ask("PUT", path, body=other), author.headers)).status == 409
    page = await ask(app, Ask("GET", "/api/v1/conflicts"), author.headers)
    target.conflict = UUID(page.json()["items"][0]["id"])
    told = diary(text=words.get("text", CANARIES["diary.text"]))
    await _done(app, author, Ask("PUT", f"/api/v1/diaries/{target.diary}", body=told))
    told = activity(target, minutes=words.get("text", CANARIES["activity.minutes"]))
    await _done(app, author, Ask("PUT", f"/api/v1/activities/{target.activity}", body=told))
    return sha(data), sha(data)


async def _spot_checked(app: FastAPI, target: Target) -> None:
    """A drawn spot check of one day of the author's, recorded by somebody else."""
    db, when = app.state.database, now()
    by = (await make_user(db, "另一位复核员")).id
    told = drawing.line(target.person, VILLAGE, date(2026, 10, 9))
    text = drawing.listed([told])
    check = SpotCheck(
        id=target.spot_check, county=COUNTY, unit=target.unit, month="2026-10", share_percent=5,
        seed="5" * 64, announced_by=by, announced_at=when, drawn_by=by, drawn_at=when,
        population=1, list_digest=drawing.digest(text),
    )  # fmt: skip
    (item,) = items_of(check, [told])
    note = CANARIES["spot_check.note"] if target.unit == VILLAGE else "上级抽查"
    item.way, item.found, item.note = "phone", "differs", note
    item.recorded_by, item.recorded_at = by, when
    target.spot_item = item.id
    async with db.writing() as session:
        session.add(check)
        await session.flush()
        session.add(SpotCheckList(county=COUNTY, spot_check_id=check.id, lines=text))
        session.add(item)
        await ledger.append_many(session, [check, item], "create", by, when)


def _proposed() -> VillageCentre:
    """Where the village's people are, as the worker finds it."""
    return VillageCentre(
        county=COUNTY,
        village=VILLAGE,
        lat_e7=271_300_000,
        lon_e7=1_139_700_000,
        fixes=40,
        people=3,
        days=9,
        away_m=900,
        bearing=90,
        looked_at=now(),
    )


async def _reminded(app: FastAPI, target: Target) -> None:
    """A reminder of the author, as the worker writes it."""
    day, at_time = today(), now()
    digest = Digest(county=COUNTY, person_id=target.person, day=day, made_at=at_time)
    notice = Notice(
        county=COUNTY,
        id=target.notice,
        digest_id=digest.id,
        person_id=target.person,
        pack="p0-village-leader",
        rule="R01",
        period="2026-Q4",
        kind="pace",
        threshold="from_day-60",
        day=day,
        title="驻村天数",
        text=CANARIES["notice.text"],
        created_at=at_time,
    )
    async with app.state.database.writing() as session:
        session.add(digest)
        await session.flush()
        session.add(notice)


async def _tended(app: FastAPI, author: Caller, here: Target) -> str:
    """A portrait, a position and a plan of the household; a withdrawal; an opened number."""
    data = photo(seed=3)
    jpeg = {"content-type": "image/jpeg"}
    await _done(app, author, Ask("PUT", f"/api/v1/photos/{sha(data)}", body=data, headers=jpeg))
    told = portrait(here, sha(data), by=CANARIES["portrait.consent_by"])
    await _done(app, author, Ask("PUT", f"/api/v1/household-portraits/{new_id()}", body=told))
    path = f"/api/v1/household-positions/{new_id()}"
    await _done(app, author, Ask("PUT", path, body=position(here)))
    item = {"household": str(here.household), "text": CANARIES["plan.text"]}
    await _done(app, author, Ask("PUT", f"/api/v1/plan-items/{new_id()}", body=item))
    taken_back = new_id()
    path = f"/api/v1/check-ins/{taken_back}"
    await _done(app, author, Ask("PUT", path, body=check_in()))
    why = {"reason": CANARIES["withdrawal.reason"]}
    await _done(app, author, Ask("POST", f"{path}/withdrawal", body=why))
    path = f"/api/v1/households/{here.household}/members/{here.member}/unmask"
    await _done(app, author, Ask("POST", path, body={"purpose": CANARIES["unmasking.purpose"]}))
    return sha(data)


async def _submitted(app: FastAPI, callers: Sequence[Caller], here: Target, above: Target) -> None:
    """A letter of the author's with a file, another one that is accepted, a technician's figure."""
    author, town = (
        next(c for c in callers if (c.kind, c.relation) == who)
        for who in (("author", "own"), ("TA", "child"))
    )
    data = pdf("责任书")
    here.file = sha(data)
    declared = {"content-type": "application/pdf"}
    await _done(app, author, Ask("PUT", f"/api/v1/files/{here.file}", body=data, headers=declared))
    words = {"title": CANARIES["submission.title"], "text": CANARIES["submission.text"]}
    assert author.user is not None
    letter = {"kind": "target_letter", "person": str(author.user.id), "unit": None}
    told = submission(**letter, files=[here.file], **words)
    await _done(app, author, Ask("PUT", f"/api/v1/submissions/{here.submission}", body=told))
    path = f"/api/v1/submissions/{here.accepted}"
    await _done(app, author, Ask("PUT", path, body=submission(**letter)))
    accept = {"decision": "accept", "remark": "好"}
    await _done(app, town, Ask("POST", f"{path}/decision", body=accept))
    technician = Caller("AG", "own", *await _person(app, "农技员", "AG", VILLAGE))
    assert technician.user is not None
    number = {"name": "varieties", "unit": None, "person": str(technician.user.id)}
    told = figure(**number, note=CANARIES["figure.note"])
    await _done(app, technician, Ask("PUT", f"/api/v1/figures/{here.figure}", body=told))
    told = submission(kind="month_ledger_forwarded", unit=TOWNSHIP)
    await _done(app, town, Ask("PUT", f"/api/v1/submissions/{above.submission}", body=told))


async def _flagged(app: FastAPI, target: Target, author: Caller, callers: Sequence[Caller]) -> None:
    """A flag on the check-in with an answer to it, and another one that a reviewer decided."""
    day, village = today(), target.village if target.unit == VILLAGE else None
    about = About("check_in", target.check_in, COUNTY, target.person, day, village)
    findings = [Finding("identical-fix", "high"), Finding("exif-contradiction", "medium")]
    async with app.state.database.writing() as session:
        raised = {flag.code: flag.id for flag in await raise_flags(session, about, findings, now())}
    target.flag, target.decided = raised["identical-fix"], raised["exif-contradiction"]
    words = {"text": CANARIES["flag.answer"]} if target.unit == VILLAGE else {"text": "上级说明"}
    await _done(app, author, Ask("POST", f"/api/v1/flags/{target.flag}/answer", body=words))
    reviewer = next(c for c in callers if (c.kind, c.relation) == ("RV", "child"))
    reason = CANARIES["flag.reason"] if target.unit == VILLAGE else "上级复核"
    told = {"decision": "counts", "reason": reason}
    path = f"/api/v1/flags/{target.decided}/decision"
    await _done(app, reviewer, Ask("POST", path, body=told))


async def _asked(app: FastAPI, callers: Sequence[Caller], target: Target) -> None:
    """A leave and a make-up of the first author among them; in the village they are refused."""
    author = next(c for c in callers if c.kind in ("author", "upper"))
    plain = author.kind == "upper"
    words = ["上级事由"] * 2 if plain else [CANARIES["leave.reason"], CANARIES["make_up.reason"]]
    paths = (f"/api/v1/leave/{target.leave}", f"/api/v1/make-ups/{target.make_up}")
    bodies = (leave(reason=words[0]), make_up(reason=words[1]))
    for path, told in zip(paths, bodies, strict=True):
        await _done(app, author, Ask("PUT", path, body=told))
    if plain:
        county = next(c for c in callers if c.kind == "upper")
        for path in paths:
            await _done(app, county, Ask("POST", f"{path}/withdrawal", body={"reason": ""}))
        return
    town = next(c for c in callers if (c.kind, c.relation) == ("TA", "child"))
    refusal = {"decision": "refuse", "reason": CANARIES["request.refusal"]}
    for path in paths:
        await _done(app, town, Ask("POST", f"{path}/decision", body=refusal))


async def _done(app: FastAPI, author: Caller, told: Ask) -> None:
    answer = await ask(app, told, author.headers)
    assert answer.status in (200, 201), (told, answer)


async def _posting_of(session: Any, person: UUID) -> UUID:
    found = await session.exec(select(Posting.id).where(col(Posting.person_id) == person))
    one: UUID = found.one()
    return one


def check_in(**over: Any) -> dict[str, Any]:
    """A presence in the village, today."""
    return {
        "kind": "presence",
        "village": VILLAGE,
        "captured_at": f"{today()}T00:10:00+08:00",
        "fix": {"lat": float(CANARIES["check_in.fix"]), "lon": 113.96, "accuracy_m": 9.0},
        **over,
    }


def diary(**over: Any) -> dict[str, Any]:
    """A diary of today."""
    day = str(today())
    return {"work_date": day, "text": "走访", "written_at": f"{day}T00:20:00+08:00", **over}


def activity(target: Target, **over: Any) -> dict[str, Any]:
    """A meeting of the target's unit, today."""
    day = str(today())
    return {
        "kind": "joint_meeting",
        "unit": target.unit,
        "held_at": f"{day}T00:15:00+08:00",
        "guests": 3,
        "minutes": "议定事项",
        "written_at": f"{day}T00:25:00+08:00",
        **over,
    }


def submission(**over: Any) -> dict[str, Any]:
    """A month's report of the village."""
    return {
        "kind": "month_report",
        "unit": VILLAGE,
        "for_period": "2026-10",
        "title": "月报",
        "written_at": f"{today()}T00:25:00+08:00",
        **over,
    }


def leave(**over: Any) -> dict[str, Any]:
    """A day of leave, today."""
    return {"kind": "leave", "from": str(today()), "to": str(today()), "reason": "家中有事", **over}


def make_up(**over: Any) -> dict[str, Any]:
    """A make-up for today."""
    return {"day": str(today()), "village": VILLAGE, "reason": "手机没电", **over}


def figure(**over: Any) -> dict[str, Any]:
    """A number as of today."""
    told = {"name": "night_school_area_m2", "unit": VILLAGE, "on": str(today()), "amount": 120}
    return {**told, **over}


def portrait(target: Target, photo_hash: str, by: str = "户主") -> dict[str, Any]:
    """A portrait with consent."""
    day = str(today())
    return {
        "household": str(target.household),
        "photo": photo_hash,
        "consent": {"by": by, "on": day, "how": "signed"},
        "taken_at": f"{day}T00:30:00+08:00",
    }


def position(target: Target) -> dict[str, Any]:
    """A position set by hand; always the same, so that nobody moves the household."""
    lat, lon = float(CANARIES["position.lat"]), float(CANARIES["position.lon"])
    fix = {"lat": lat, "lon": lon, "accuracy_m": 8.0}
    at_time = f"{today()}T00:40:00+08:00"
    return {"household": str(target.household), "fix": fix, "set_at": at_time}
