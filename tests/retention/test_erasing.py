"""Forgetting somebody: nothing of theirs is left anywhere, nothing of anybody else's is touched."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel import col, select

from app import tables
from app.auth.models import User
from app.checkins.models import CheckIn
from app.core.clock import now
from app.core.crypto import Sealer
from app.core.db import Database
from app.core.ids import new_id
from app.core.settings import Settings
from app.core.storage import Store
from app.core.tables import metadata
from app.examining import examine
from app.households.models import Household, Member, Portrait, Position
from app.ledger import service as ledger
from app.ledger.auditing import Question, snapshot
from app.ledger.keys import signer
from app.ledger.models import LedgerLeaf
from app.ledger.sealing import seal
from app.photos.models import Photo
from app.quotas import closed
from app.quotas.closing import Snapshot
from app.quotas.inputs import digest_of
from app.quotas.models import ClosedStanding, Closing, ErasedStanding
from app.retention.classes import classes, plan
from app.retention.erasing import Order, erase_member, erase_person
from app.retention.errors import NoSuchMember, OrderInvalid
from app.retention.models import Erasure
from tests.evidence.desk import V1, Person, adopt_pack, make_person
from tests.factories import VILLAGE, make_household, make_user
from tests.photos.pictures import photo, sha

NAME = "被忘记的哨兵甲"


def order(**over: Any) -> Order:
    """An order by the county."""
    told: dict[str, Any] = {"reason": "本人申请", "ordered_by": "县委组织部 2026-7 号", "at": now()}
    return Order(**{**told, **over})


async def everything(db: Database) -> list[str]:
    """All rows of all tables, a text each."""
    out: list[str] = []
    async with db.engine.connect() as connection:
        for table in metadata.sorted_tables:
            rows = await connection.execute(text(f'SELECT * FROM "{table.name}"'))
            out += [f"{table.name} {tuple(row)!r}" for row in rows]
    return out


async def wrongs(db: Database, settings: Settings, store: Store | None) -> list[str]:
    """What ``zhucun ledger verify`` finds."""
    ours = signer(settings)
    await seal(db, ours, now(), kept=None)
    question = Question(keys=lambda log: [ours.verifier(log)])
    async with snapshot(db) as session:
        return [str(finding) async for finding in examine(session, question, store)]


@pytest.fixture
def store(app: FastAPI) -> Store:
    """Where the app keeps pictures."""
    found: Store = app.state.store
    return found


@pytest.fixture
async def person(app: FastAPI, client: httpx.AsyncClient, db: Database) -> Person:
    """Somebody with records, who signs in by a name."""
    found = await make_person(app, client, NAME)
    async with db.writing() as session:
        user = await session.get_one(User, found.user.id)
        user.username, user.password_hash = "username0forgotten", "$argon2id$forgotten"
        await ledger.append(session, user, "revise", "test", now())
    await adopt_pack(db)
    return found


async def test_nothing_of_the_person_is_left_and_the_log_still_verifies(
    app: FastAPI,
    client: httpx.AsyncClient,
    db: Database,
    settings: Settings,
    store: Store,
    person: Person,
) -> None:
    other = await make_person(app, client, "另一个人乙", seed=8)
    far = [str(round(degrees * 10_000_000)) for degrees in person.far]
    canaries = [NAME, "username0forgotten", "$argon2id$forgotten", person.photo, *far]
    before = await everything(db)
    assert all(any(canary in line for line in before) for canary in canaries)
    done = await erase_person(db, store, person.user.id, order())
    # what is on its way out of the store is named by its hash until it has gone
    after = [line for line in await everything(db) if not line.startswith("photo_removals ")]
    for canary in canaries:
        assert [line for line in after if canary in line] == [], canary
    assert [key async for key in store.listing(f"{person.photo[:2]}/{person.photo}")] == []
    assert done.objects == 1
    assert done.named == {}
    assert done.rows["check_ins"] == 3
    assert await wrongs(db, settings, store) == []
    async with db.reading() as session:
        assert len((await session.exec(select(CheckIn))).all()) == 3  # the other's
        (said,) = (await session.exec(select(Erasure))).all()
        erased = select(LedgerLeaf).where(col(LedgerLeaf.kind) == "erase")
        leaves = (await session.exec(erased)).all()
        placed = (await session.exec(select(Position))).all()
        tomb = await session.get_one(User, person.user.id)
    assert said.rows["diaries"] == 1
    assert said.ordered_by == "县委组织部 2026-7 号"
    assert {leaf.actor for leaf in leaves} == {str(said.id)}
    assert len(placed) == 1  # the household stays where the person's visit had put it
    assert (tomb.name, tomb.username) == ("〔已删除〕", None)
    me = await client.get(f"{V1}/me", headers=person.headers)
    assert me.status_code == 401
    theirs = await client.get(f"{V1}/photos/{other.photo}/view", headers=other.headers)
    assert theirs.status_code == 200
    again = await erase_person(db, store, person.user.id, order())
    assert sum(again.rows.values()) == 0
    assert await db.emptied()
    if db.dialect == "sqlite":  # not only out of sight: out of the file and its journal
        files = Path(str(db.engine.url.database)).parent.glob(
            f"{Path(str(db.engine.url.database)).name}*"
        )
        bytes_kept = b"".join(file.read_bytes() for file in files)
        assert [
            canary for canary in (NAME, "username0forgotten") if canary.encode() in bytes_kept
        ] == []
    assert await wrongs(db, settings, store) == []


async def test_a_dry_run_changes_nothing_and_an_order_names_nobody(
    db: Database, settings: Settings, store: Store, person: Person
) -> None:
    before = await everything(db)
    done = await erase_person(db, store, person.user.id, order(dry_run=True))
    assert done.rows["check_ins"] == 3
    assert await everything(db) == before
    for over in ({"reason": f"{NAME}申请"}, {"reason": " "}, {"ordered_by": ""}):
        with pytest.raises(OrderInvalid):
            await erase_person(db, store, person.user.id, order(**over))
    assert await everything(db) == before


async def test_bytes_that_somebody_else_uploaded_stay(
    app: FastAPI, client: httpx.AsyncClient, db: Database, store: Store, person: Person
) -> None:
    other = await make_person(app, client, "另一个人乙", seed=7)
    assert other.photo == person.photo
    done = await erase_person(db, store, person.user.id, order())
    assert done.objects == 0
    view = await client.get(f"{V1}/photos/{other.photo}/view", headers=other.headers)
    assert view.status_code == 200
    async with db.reading() as session:
        assert await session.get(Photo, other.photo) is not None


async def closing_of(db: Database, person: Person) -> Closing:
    """A closed period with one standing of the person and one of a village."""
    rows: list[dict[str, Any]] = [
        {
            "subject_kind": kind, "subject": subject, "pack": "p", "rule": "R01", "village": "",
            "name": name, "unit": VILLAGE, "kind": "FS", "state": "met",
            "standing": {"title": "驻村", "have": 50}, "inputs": b"\1" * 32,
        }
        for kind, subject, name in (
            ("person", str(person.user.id), NAME),
            ("village", VILLAGE, "某村"),
        )
    ]  # fmt: skip
    at = now()
    closing = Closing(
        county=VILLAGE[:6], unit=VILLAGE[:6], period="2026-Q1", first=at.date(), last=at.date(),
        version=1, as_of=at.date(), closed_by=person.user.id, closed_at=at, packs=[],
        standings=2, digest=Snapshot(rows, []).digest,
    )  # fmt: skip
    async with db.writing() as session:
        session.add(closing)
        await session.flush()
        for row in rows:
            session.add(ClosedStanding(**row, county=VILLAGE[:6], closing_id=closing.id))
        await ledger.append(session, closing, "create", "test", at)
    return closing


async def test_an_erased_standing_is_told_from_an_altered_one(
    db: Database, settings: Settings, store: Store, person: Person
) -> None:
    closing = await closing_of(db, person)
    assert await wrongs(db, settings, None) == []
    await erase_person(db, store, person.user.id, order())
    assert await wrongs(db, settings, None) == []
    assert not [line for line in await everything(db) if NAME in line]
    async with db.engine.begin() as connection:
        await connection.execute(text("UPDATE closed_standings SET state = 'not_met'"))
    (found,) = await wrongs(db, settings, None)
    assert str(closing.id) in found
    async with db.engine.begin() as connection:
        await connection.execute(text("UPDATE closed_standings SET state = 'met'"))
    assert await wrongs(db, settings, None) == []
    # somebody hides the other standing as if it had been erased: no order says so
    async with db.writing() as session:
        (row,) = (await session.exec(select(ClosedStanding))).all()
        digest = digest_of(closed.told(row))
        gone = (await session.exec(select(ErasedStanding))).one().erasure_id
        session.add(
            ErasedStanding(county=row.county, closing_id=closing.id, digest=digest, erasure_id=gone)
        )
        await session.delete(row)
    (found,) = await wrongs(db, settings, None)
    assert "erased_standings" in found


async def test_a_household_member_goes_with_numbers_and_agreed_portrait(
    app: FastAPI, client: httpx.AsyncClient, db: Database, settings: Settings, store: Store
) -> None:
    name, number = "户主哨兵丙", "360321201503078812"
    household = await make_household(db, head=name)
    user = await make_user(db, "拍照的人")
    sealer: Sealer = app.state.sealer
    member_id = new_id()
    at = now()
    picture = sha(photo(3))
    async with db.writing() as session:
        member = Member(
            id=member_id, county=household.county, household_id=household.id, name=name,
            relation="户主", id_number=sealer.seal(number, "household_members", "id_number", member_id),
            phone=b"sealed0phone", id_index=sealer.index(number),
        )  # fmt: skip
        portrait = Portrait(
            id=new_id(), county=household.county, household_id=household.id, author_id=user.id,
            photo=picture, consent_by=name, consent_on=at.date(), consent_how="signed",
            taken_at=at, received_at=at, digest=b"\0" * 32,
        )  # fmt: skip
        for row in (member, portrait):
            session.add(row)
            await ledger.append(session, row, "create", "test", at)
    with pytest.raises(NoSuchMember):
        await erase_member(db, store, new_id(), order())
    done = await erase_member(db, store, member_id, order(reason="监护人申请"))
    assert done.named == {}
    after = await everything(db)
    for canary in (name, "sealed0phone", picture):
        assert not [line for line in after if canary in line], canary
    assert not [line for line in after if repr(sealer.index(number)) in line]
    assert await wrongs(db, settings, None) == []
    async with db.reading() as session:
        left = await session.get_one(Member, member_id)
        house = await session.get_one(Household, household.id)
        said = (await session.exec(select(Erasure))).one()
    assert (left.name, left.id_number, left.id_index) == ("〔已删除〕", None, None)
    assert left.until is not None
    assert house.head == "〔已删除〕"
    assert (said.subject_kind, said.subject) == ("member", member_id)


def test_every_column_that_points_at_a_user_is_in_the_plan_once() -> None:
    assert tables.metadata is metadata
    pointing = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if any(key.column.table.name == "users" for key in column.foreign_keys)
    }
    told = plan()
    by = {f"{each.table}.{each.by}" for each in told.gone.values() if each.by}
    by |= {f"{each.table}.{each.by}" for each in told.blanked.values()}
    whole = set(told.gone)
    missing = {
        name for name in pointing - by - set(told.kept) if name.partition(".")[0] not in whole
    }
    assert missing == set()
    assert set(told.kept) <= pointing
    assert set(told.kept) & by == set()


def test_every_field_of_the_classes_is_a_column() -> None:
    for each in classes().values():
        for name in each.fields:
            table, _, column = name.partition(".")
            assert column in metadata.tables[table].columns, name
        assert each.basis
        assert each.then in ("coarsen", "blank", "erase", "order")
