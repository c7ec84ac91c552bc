"""Refresh tokens: a lost reply is harmless, a stolen token is noticed."""

import asyncio
import logging
from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from app.auth import service
from app.auth.models import SignIn, User
from app.auth.refresh import RefreshTokens
from app.auth.service import Attempt, Door, SignedIn
from app.core.clock import now
from app.core.db import Database
from app.core.errors import NotSignedIn
from app.core.ids import new_id
from app.core.settings import Settings
from app.ledger.models import LedgerLeaf
from tests.auth.conftest import PASSWORD

HOUR = timedelta(hours=1)
ATTEMPT = Attempt("zhangsan", PASSWORD, "phone-1", "手机", "203.0.113.9")


@pytest.fixture
def door(settings: Settings) -> Door:
    """The door of this installation."""
    return Door(settings)


async def _renew(db: Database, door: Door, token: str, at: datetime) -> SignedIn | NotSignedIn:
    async with db.writing() as session:
        return await service.refresh(session, door, token, at)


async def _next(db: Database, door: Door, token: str, at: datetime) -> str:
    done = await _renew(db, door, token, at)
    assert isinstance(done, SignedIn)
    return done.refresh_token


async def _row(db: Database) -> SignIn:
    async with db.reading() as session:
        return (await session.exec(select(SignIn))).one()


async def test_fifty_at_once_get_one_successor(db: Database, door: Door, user: User) -> None:
    at = now()
    first = (await service.sign_in(db, door, ATTEMPT, at)).refresh_token
    told = await asyncio.gather(*(_next(db, door, first, at) for _ in range(50)))
    assert len(set(told)) == 1
    assert told[0] != first
    row = await _row(db)
    assert (row.used, row.ended_at) == (1, None)
    # and the successor works for fifty, too
    again = await asyncio.gather(*(_next(db, door, told[0], at) for _ in range(50)))
    assert len(set(again)) == 1


async def test_a_lost_reply_can_be_asked_for_again_hours_later(
    db: Database, door: Door, user: User
) -> None:
    at = now()
    first = (await service.sign_in(db, door, ATTEMPT, at)).refresh_token
    lost = await _next(db, door, first, at)
    found = await _next(db, door, first, at + HOUR)
    assert found == lost
    assert await _next(db, door, found, at + 2 * HOUR) != found


async def test_a_used_token_that_comes_back_ends_the_sign_in(
    db: Database, door: Door, user: User, caplog: pytest.LogCaptureFixture
) -> None:
    at = now()
    stolen = (await service.sign_in(db, door, ATTEMPT, at)).refresh_token
    second = await _next(db, door, stolen, at)
    third = await _next(db, door, second, at)
    with caplog.at_level(logging.WARNING, "zhucun.auth"):
        assert isinstance(await _renew(db, door, stolen, at), NotSignedIn)
    row = await _row(db)
    assert (row.end_reason, row.ended_at) == ("replayed", at)
    for token in (stolen, second, third):  # dead for the thief and for the owner
        assert isinstance(await _renew(db, door, token, at), NotSignedIn)
    async with db.reading() as session:
        leaves = await session.exec(
            select(LedgerLeaf.kind, LedgerLeaf.rev)
            .where(col(LedgerLeaf.table_name) == "sign_ins")
            .order_by(col(LedgerLeaf.seq))
        )
        assert list(leaves) == [("create", 1), ("end", 2)]
    assert str(row.id) in caplog.text
    assert stolen.rpartition(".")[2] not in caplog.text


async def test_old_and_new_at_once_leave_a_clear_end(db: Database, door: Door, user: User) -> None:
    at = now()
    first = (await service.sign_in(db, door, ATTEMPT, at)).refresh_token
    second = await _next(db, door, first, at)
    done = await asyncio.gather(*(_renew(db, door, token, at) for token in (first, second) * 10))
    # whichever came first: either the old one was still a lost reply, or it came back too late
    assert {type(one) for one in done} <= {SignedIn, NotSignedIn}
    assert (await _row(db)).used == 2
    assert (await _row(db)).end_reason in (None, "replayed")


async def test_a_sign_in_ends_with_its_last_day(db: Database, door: Door, user: User) -> None:
    at = now()
    done = await service.sign_in(db, door, ATTEMPT, at)
    assert done.sign_in.expires_at == at + timedelta(days=30)
    late = at + timedelta(days=30)
    assert isinstance(await _renew(db, door, done.refresh_token, late), NotSignedIn)
    await _next(db, door, done.refresh_token, late - timedelta(seconds=1))


async def test_after_a_restore_from_backup_newer_tokens_still_work(
    db: Database, door: Door, user: User
) -> None:
    at = now()
    done = await service.sign_in(db, door, ATTEMPT, at)
    ahead = door.refresh_tokens.write(done.sign_in.id, 7)
    assert await _next(db, door, ahead, at) == door.refresh_tokens.write(done.sign_in.id, 8)


async def test_the_database_holds_no_token(db: Database, door: Door, user: User) -> None:
    token = (await service.sign_in(db, door, ATTEMPT, now())).refresh_token
    stored = str((await _row(db)).model_dump())
    assert token.rpartition(".")[2] not in stored


def test_only_our_own_spelling_of_our_own_token_is_read() -> None:
    tokens, sign_in_id = RefreshTokens(b"k" * 32), new_id()
    good = tokens.write(sign_in_id, 3)
    assert tokens.read(good) == (sign_in_id, 3)
    head, number, mac = good.split(".")
    wrong = [
        None, "", ".", good + "=", f" {good}", good.upper(), f"{head}.4.{mac}", f"{head}.03.{mac}",
        f"{new_id().hex}.3.{mac}", f"{head}.{number}.{'A' * 43}", f"{head}.٣.{mac}",
        RefreshTokens(b"x" * 32).write(sign_in_id, 3), f"{head}.{'9' * 5000}.{mac}",
    ]  # fmt: skip
    assert [tokens.read(token) for token in wrong] == [None] * len(wrong)
