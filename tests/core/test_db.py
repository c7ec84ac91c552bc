"""Transactions, the writers' queue and prebuilt statements on both databases."""

import asyncio

import pytest
from sqlalchemy import bindparam, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from app.auth.models import User
from app.core.clock import now
from app.core.db import Database
from app.core.ids import new_id
from app.core.prebuilt import Statement
from app.core.tables import HOUSE
from app.ledger import service as ledger
from app.ledger.models import LedgerHead, LedgerLeaf


def _user(name: str) -> User:
    return User(county=HOUSE, name=name, created_at=now())


async def test_a_raised_error_leaves_nothing(db: Database) -> None:
    with pytest.raises(RuntimeError):
        async with db.writing() as session:
            session.add(_user("无"))
            await session.flush()
            raise RuntimeError
    async with db.reading() as session:
        assert (await session.exec(select(User))).all() == []


async def test_writers_in_parallel_get_gapless_positions_in_the_log(db: Database) -> None:
    async def write(number: int) -> None:
        async with db.writing() as session:
            user = _user(f"第{number}人")
            session.add(user)
            await ledger.append(session, user, "create", user.id, user.created_at)

    await asyncio.gather(*(write(number) for number in range(40)))
    async with db.reading() as session:
        positions = (await session.exec(select(LedgerLeaf.seq).order_by(col(LedgerLeaf.seq)))).all()
        head = (await session.exec(select(LedgerHead))).one()
    assert list(positions) == list(range(40))
    assert head.size == 40


@pytest.mark.parametrize("change", ["UPDATE ledger SET kind='x'", "DELETE FROM ledger"])
async def test_the_database_refuses_to_change_the_log(db: Database, change: str) -> None:
    async with db.writing() as session:
        user = _user("张三")
        session.add(user)
        await ledger.append(session, user, "create", user.id, user.created_at)
    with pytest.raises(DBAPIError, match="append-only"):
        async with db.writing() as session:
            await session.exec(text(change))  # type: ignore[call-overload]  # plain SQL on purpose


async def test_prebuilt_statements_convert_values_as_sessions_do(db: Database) -> None:
    user = _user("李四")
    async with db.writing() as session:
        session.add(user)
    statement = Statement(
        select(col(User.id), col(User.name), col(User.created_at), col(User.salt))
        .where(col(User.id) == bindparam("id"))
    )  # fmt: skip
    async with db.direct() as direct:
        assert await direct.row(statement, id=user.id) == {
            "id": user.id,
            "name": "李四",
            "created_at": user.created_at,
            "salt": user.salt,
        }
        assert await direct.row(statement, id=new_id()) is None


_RENAME = Statement(
    User.__table__.update()  # type: ignore[attr-defined]  # SQLModel sets it
    .where(col(User.id) == bindparam("who"))
    .values(name=bindparam("new_name"))
    .returning(col(User.id))
)


async def _names(db: Database) -> list[str]:
    async with db.reading() as session:
        return sorted((await session.exec(select(User.name))).all())


@pytest.mark.parametrize("inside", [False, True])
async def test_a_series_is_one_transaction(db: Database, inside: bool) -> None:
    one, two = _user("王五"), _user("赵六")
    async with db.writing() as session:
        session.add_all([one, two])
    too_long = {"who": two.id, "new_name": None}
    steps = ((_RENAME, {"who": one.id, "new_name": "甲"}), (_RENAME, too_long))
    with pytest.raises(Exception, match=r"(?i)null"):
        if inside:
            async with db.writing() as session:
                await db.direct_in(session).series(*steps)
        else:
            async with db.direct() as direct:
                await direct.series(*steps)
    assert await _names(db) == ["王五", "赵六"]
    async with db.direct() as direct:
        good = ((_RENAME, {"who": user.id, "new_name": "乙"}) for user in (one, two))
        assert await direct.series(*good) == [{"id": two.id}]
    assert await _names(db) == ["乙", "乙"]


async def test_a_series_ends_when_its_first_step_finds_nothing(db: Database) -> None:
    user = _user("王五")
    async with db.writing() as session:
        session.add(user)
    async with db.direct() as direct:
        steps = ((_RENAME, {"who": who, "new_name": "丙"}) for who in (new_id(), user.id))
        assert await direct.series(*steps) == []
    assert await _names(db) == ["王五"]


async def test_a_cancelled_borrower_leaves_a_lane_that_works(db: Database) -> None:
    async def write() -> None:
        async with db.direct() as direct:
            for _ in range(1000):
                await direct.series((_RENAME, {"who": new_id(), "new_name": "丁"}))

    tasks = [asyncio.create_task(write()) for _ in range(30)]
    await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with db.direct() as direct:
        assert await direct.series((_RENAME, {"who": new_id(), "new_name": "丁"})) == []
