"""Loading the demonstration into real databases: whole, logged, repeatable, never beside real data."""

import asyncio
import json
import shutil
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func
from sqlmodel import SQLModel, col, select
from typer.testing import CliRunner

from app.auth.anchors import Anchors
from app.auth.models import User
from app.checkins.models import CheckIn, Withdrawal
from app.cli import app as cli
from app.core.clock import now, today
from app.core.crypto import Sealer
from app.core.db import Database
from app.core.ids import new_id
from app.core.settings import Settings
from app.core.storage import Store
from app.core.tables import HOUSE, Logged
from app.demo.book import ORDER
from app.demo.service import LOGINS, DemoRefused, House, Loaded, load
from app.demo.span import Span
from app.diaries.models import Diary
from app.examining import examine
from app.households.models import Household, Member
from app.ledger import auditing
from app.ledger.keys import signer
from app.ledger.models import LedgerHead, LedgerLeaf
from app.ledger.sealing import seal
from app.ledger.service import entry
from app.main import create_app
from app.org.models import Unit
from app.photos.shelf import keys
from app.policy.periods import containing
from app.postings.models import Post, Posting
from app.quotas.models import Adoption
from app.reviews.models import Flag
from tests.conftest import apart, run_sql
from tests.factories import make_unit, make_user

COUNTY, TODAY = "360321", date(2026, 11, 21)


def _house(db: Database, settings: Settings) -> House:
    sealer = Sealer(settings.field_key.get_secret_value())
    anchors = Anchors(settings.refresh_key.get_secret_value())
    return House(db, Store(settings.media), sealer, anchors)


@dataclass
class Stand:
    """Two townships in a database of their own, loaded once for all tests that only read."""

    db: Database
    settings: Settings
    loaded: Loaded


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
async def stand(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stand]:
    """The demonstration on SQLite and on PostgreSQL."""
    folder = tmp_path_factory.mktemp("demo")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "demo.db")
        url = f"sqlite+aiosqlite:///{folder}/demo.db"
    else:
        server = request.getfixturevalue("pg_template")
        name = f"t{new_id().hex}"
        apart(run_sql(server, f"CREATE DATABASE {name} TEMPLATE template_zhucun"))
        url = server.replace("/postgres?", f"/{name}?")
    settings, db = Settings(data=folder / "var"), Database(url)
    loaded = await load(_house(db, settings), COUNTY, today=today(), townships=2)
    yield Stand(db, settings, loaded)
    await db.dispose()


async def test_every_row_has_its_leaf_and_the_log_has_no_gap(stand: Stand) -> None:
    assert stand.loaded.fresh
    async with stand.db.reading() as session:
        told = dict(
            (
                await session.exec(
                    select(LedgerLeaf.table_name, func.count())
                    .where(LedgerLeaf.kind == "create")
                    .group_by(LedgerLeaf.table_name)
                )
            ).all()
        )
        tables: list[type[SQLModel]] = [Unit, Adoption, *ORDER]
        for model in tables:
            if issubclass(model, Logged):
                rows = (await session.exec(select(func.count()).select_from(model))).one()
                assert told.get(str(model.__tablename__), 0) == rows, model
        for log in (HOUSE, COUNTY):
            size = (await session.exec(select(LedgerHead.size).where(LedgerHead.log == log))).one()
            seqs = (
                await session.exec(
                    select(LedgerLeaf.seq)
                    .where(LedgerLeaf.log == log)
                    .order_by(col(LedgerLeaf.seq))
                )
            ).all()
            assert list(seqs) == list(range(size))
        arrived = (
            await session.exec(
                select(LedgerLeaf.received_at)
                .where(
                    LedgerLeaf.log == COUNTY,
                    # flags and spot checks are made by the product's own code, after the book
                    ~col(LedgerLeaf.table_name).startswith("flag"),
                    ~col(LedgerLeaf.table_name).startswith("spot"),
                )
                .order_by(col(LedgerLeaf.seq))
            )
        ).all()
        assert list(arrived) == sorted(arrived)


async def test_a_leaf_is_made_anew_from_what_is_stored(stand: Stand) -> None:
    """Both databases give back exactly what was committed to."""
    async with stand.db.reading() as session:
        models: tuple[type[Logged], ...] = (
            User, Household, Member, Posting, CheckIn, Diary, Withdrawal,
        )  # fmt: skip
        for model in models:
            [name] = model.__table__.primary_key.columns.keys()  # type: ignore[attr-defined]
            for row in (await session.exec(select(model).limit(5))).all():
                leaf = (
                    await session.exec(
                        select(LedgerLeaf).where(
                            LedgerLeaf.table_name == str(model.__tablename__),
                            LedgerLeaf.row_id == str(getattr(row, name)),
                        )
                    )
                ).one()
                again = entry(row, "create", leaf.actor, leaf.received_at)
                assert (again["commitment"], again["leaf"]) == (leaf.commitment, leaf.leaf)


async def test_the_verifier_finds_nothing_in_it(stand: Stand) -> None:
    ours = signer(stand.settings)
    assert await seal(stand.db, ours, now(), kept=None) == 2
    question = auditing.Question(keys=lambda log: [ours.verifier(log)])
    store = Store(stand.settings.media)
    async with auditing.snapshot(stand.db) as session:
        assert [found async for found in examine(session, question, store)] == []


async def test_again_changes_nothing(stand: Stand) -> None:
    house = _house(stand.db, stand.settings)
    again = await load(house, COUNTY, today=today(), townships=2)
    assert not again.fresh
    assert again.counts == stand.loaded.counts


async def test_a_database_with_a_real_user_is_refused(db: Database, settings: Settings) -> None:
    await make_user(db, "真实用户")
    with pytest.raises(DemoRefused, match="已有 1 名真实用户"):
        await load(_house(db, settings), COUNTY, today=TODAY, townships=2)
    async with db.reading() as session:
        assert (await session.exec(select(func.count()).select_from(User))).one() == 1
        assert (await session.exec(select(func.count()).select_from(Unit))).one() == 0


async def test_a_database_with_another_county_is_refused(db: Database, settings: Settings) -> None:
    await make_unit(db, "360322101201")
    with pytest.raises(DemoRefused, match="示范县以外的单位"):
        await load(_house(db, settings), COUNTY, today=TODAY, townships=2)


async def test_a_county_that_does_not_ship_is_refused(db: Database, settings: Settings) -> None:
    with pytest.raises(DemoRefused, match="没有县 510703 的示范数据。可用的县:360321"):
        await load(_house(db, settings), "510703", today=TODAY, townships=2)


@pytest.fixture
async def browser(stand: Stand) -> httpx.AsyncClient:
    """A client of the app over the loaded demonstration."""
    app: FastAPI = create_app(stand.settings, stand.db)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def _sign_in(browser: httpx.AsyncClient, role: str) -> dict[str, str]:
    login = next(login for login in LOGINS if login.role == role)
    body = {
        "username": login.username,
        "password": login.password,
        "device_id": "test-device",
        "device_name": "测试",
    }
    answer = await browser.post("/api/v1/session", json=body)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def test_every_listed_login_opens_what_it_says(browser: httpx.AsyncClient) -> None:
    kinds = {
        "first_secretary": Post.FS,
        "helper": Post.HC,
        "team_leader": Post.TL,
        "village_leader": Post.VC,
        "township_admin": Post.TA,
        "county_admin": Post.CA,
        "reviewer": Post.RV,
        "auditor": Post.AU,
        "other_township_admin": Post.TA,
        "reviewer_2": Post.RV,
        "reviewer_3": Post.RV,
    }
    assert [login.role for login in LOGINS] == list(kinds)
    units = {}
    async with browser:
        for role, kind in kinds.items():
            headers = await _sign_in(browser, role)
            posts = (await browser.get("/api/v1/postings", headers=headers)).json()["items"]
            mine = (await browser.get("/api/v1/me", headers=headers)).json()
            held = [posting for posting in mine["postings"] if posting["kind"] == kind.value]
            acts = {body["kind"] for body in mine["organisations"]}
            assert (acts == {"team"}) == (role in ("first_secretary", "team_leader")), (role, acts)
            assert held, (role, mine["postings"], len(posts))
            units[role] = held[0]["unit"]
    town = units["township_admin"]
    together = ("first_secretary", "helper", "team_leader", "village_leader")
    assert {units[role][:9] for role in together} == {town}
    assert len(town) == 9
    assert units["other_township_admin"] != town
    assert units["county_admin"] == units["reviewer"] == units["auditor"] == COUNTY


async def test_reviewers_and_authors_find_flags_in_every_state(browser: httpx.AsyncClient) -> None:
    async with browser:
        headers = await _sign_in(browser, "reviewer_3")
        found = (await browser.get("/api/v1/flags?limit=200", headers=headers)).json()["items"]
        mine = [each for each in found if each["answers"] or each["decisions"] or each["appeal"]]
        states = {"open", "second_needed", "kept", "kept_with_note", "not_counted", "appealed"}
        assert {each["state"] for each in found} >= states
        assert len(mine) >= 6
        assert [f["code"] for f in found if f["may"]["decide"] and f["state"] == "second_needed"]
        headers = await _sign_in(browser, "team_leader")
        own = (await browser.get("/api/v1/flags", headers=headers)).json()["items"]
        assert [flag["state"] for flag in own if flag["may"]["appeal"]] == ["not_counted"]


async def test_flags_say_what_their_records_say(stand: Stand) -> None:
    async with stand.db.reading() as session:
        flags = {(f.code, f.state): f for f in (await session.exec(select(Flag))).all()}
        codes = {code for code, _ in flags}
        assert codes >= {"outside-fence", "impossible-travel", "identical-fix", "photo-reused"}
        for flag in flags.values():
            for name in ("other", "others"):
                told = flag.evidence.get(name, [])
                for other in [told] if isinstance(told, str) else told:
                    model: type[SQLModel] = Diary if flag.record_kind == "diary" else CheckIn
                    assert await session.get(model, UUID(str(other))) is not None
            if flag.code == "outside-fence":
                row = await session.get(CheckIn, flag.record_id)
                assert row is not None
                assert row.place == "outside"
                assert flag.evidence["accuracy_m"] == (row.accuracy_mm or 0) // 1000
            if flag.code == "impossible-travel":
                assert flag.evidence["other_day"] == flag.day.isoformat()


async def test_before_the_first_records_nothing_is_asked(
    stand: Stand, browser: httpx.AsyncClient
) -> None:
    first = Span(today()).before.first
    async with browser:
        headers = await _sign_in(browser, "first_secretary")
        async with stand.db.reading() as session:
            named = select(User.id).where(col(User.username) == "first_secretary")
            me = (await session.exec(named)).one()
        lines = {}
        for name, day in (("inside", first), ("before", first - timedelta(days=1))):
            key = containing("quarter", day).key
            told = await browser.get(f"/api/v1/people/{me}/quotas?period={key}", headers=headers)
            assert told.status_code == 200, told.text
            lines[name] = told.text
    assert "not_met" not in lines["before"]
    assert '"met"' in lines["inside"]


async def test_only_listed_people_have_a_password(stand: Stand) -> None:
    async with stand.db.reading() as session:
        users = (await session.exec(select(User))).all()
    assert all(user.demo for user in users)
    named = {user.username for user in users if user.username or user.password_hash}
    assert named == {login.username for login in LOGINS}


async def test_pictures_are_served_and_numbers_are_sealed(
    stand: Stand, browser: httpx.AsyncClient
) -> None:
    async with browser:
        headers = await _sign_in(browser, "first_secretary")
        recent = (await browser.get("/api/v1/check-ins?limit=3", headers=headers)).json()
        photo = recent["items"][0]["photos"][0]
        assert recent["items"][0]["photos_missing"] == []
        thumb = await browser.get(f"/api/v1/photos/{photo}/thumb", headers=headers)
        assert (thumb.status_code, thumb.headers["content-type"]) == (200, "image/webp")
    store = Store(stand.settings.media)
    assert all([await store.has(key) for key in keys(photo)])
    async with stand.db.reading() as session:
        member = (await session.exec(select(Member).limit(1))).one()
    assert member.id_number is not None
    assert b"999999" not in member.id_number
    sealer = _house(stand.db, stand.settings).sealer
    opened = sealer.open(member.id_number, "household_members", "id_number", member.id)
    assert opened.startswith("999999")


def _run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["demo", *arguments])
    return result.exit_code, result.output


@pytest.fixture
def surroundings(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A data folder and a database for the command."""
    monkeypatch.setenv("ZHUCUN_DATABASE_URL", database_url)
    monkeypatch.setenv("ZHUCUN_DATA", str(tmp_path / "var"))
    return tmp_path / "var"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_command_writes_the_logins_and_repeats(surroundings: Path) -> None:
    code, said = _run("--townships", "2")
    assert (code, "示范数据已装入:单位 179" in said) == (0, True), said
    file = surroundings / "demo-logins.json"
    listed = json.loads(file.read_text())
    assert listed["first_secretary"] == {
        "username": "first_secretary",
        "password": "zhucun-demo-first-secretary",
    }
    assert list(listed) == [login.role for login in LOGINS]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.unlink()
    code, said = _run()
    assert (code, "此前已装入,未作更改" in said) == (0, True)
    assert json.loads(file.read_text()) == listed


async def test_the_command_refuses_real_data(surroundings: Path, db: Database) -> None:
    await make_user(db, "真实用户")
    code, said = await asyncio.to_thread(_run)
    assert (code, "未作任何更改" in said) == (1, True)
    assert await asyncio.to_thread(_run, "--if-empty") == (0, "")
    assert not (surroundings / "demo-logins.json").exists()


def test_the_command_tells_the_stories() -> None:
    code, said = _run("--stories")
    assert code == 0
    assert "帮扶干部 本月待写" in said
