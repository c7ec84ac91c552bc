"""Forgetting somebody 删除个人信息: their rows go with their salts, the log's leaves stay and tell nothing.

One transaction: every row that is about the person goes with a leaf ``erase`` whose actor is the
id of the order, the user's row becomes a tombstone under the same id, the order itself is logged.
Then the bytes that nobody else uploaded go from the store; broken off there, the daily sweep goes
on. What belongs to others (a unit's papers, a household's portrait, a decision on somebody else)
stays, with a bare id in it: see erasure.yaml.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.core.clock import civil_day
from app.core.db import Database
from app.core.ids import new_id
from app.core.storage import Store
from app.core.tables import HOUSE
from app.households.models import Household, Member, Portrait
from app.ledger import service as ledger
from app.ledger.models import LedgerHead
from app.photos.shelf import PHOTOS
from app.postings.models import Posting
from app.quotas import cells, closed
from app.quotas.inputs import digest_of
from app.quotas.models import ClosedStanding, ErasedStanding
from app.retention import placing
from app.retention.classes import Gone, plan
from app.retention.errors import NoSuchMember, OrderInvalid
from app.retention.models import Erasure, Subject
from app.retention.rows import Removal, found, found_among, table_of
from app.submissions.shelf import FILES
from app.uploads.shelf import Shelf

NAMELESS = "〔已删除〕"
MEMBER_BLANK: dict[str, Any] = {
    "name": NAMELESS,
    "relation": "",
    "id_number": None,
    "phone": None,
    "id_index": None,
}
SHELVES: dict[str, Shelf] = {"photo_uploads": PHOTOS, "file_uploads": FILES}


@dataclass(frozen=True, slots=True)
class Order:
    """Who ordered it and why; with ``dry_run`` everything is undone again."""

    reason: str
    ordered_by: str
    at: datetime
    dry_run: bool = False

    def check(self, name: str) -> None:
        """Raises `OrderInvalid`: the order stays for ever, and must not name whom it forgets."""
        if not self.reason.strip() or not self.ordered_by.strip():
            raise OrderInvalid
        if name != NAMELESS and name in f"{self.reason} {self.ordered_by}":
            raise OrderInvalid


@dataclass(slots=True)
class Erased:
    """What was done: rows and files, and where kept text still has the name in it."""

    rows: Counter[str] = field(default_factory=Counter)
    blanked: Counter[str] = field(default_factory=Counter)
    keys: list[str] = field(default_factory=list)
    objects: int = 0
    named: dict[str, int] = field(default_factory=dict)


class _Undo(Exception):
    """A dry run ends here."""


async def erase_person(base: Database, store: Store, person: UUID, order: Order) -> Erased:
    """Forget a person; asked again, whatever arrived since goes too. Raises `OrderInvalid`."""
    done = Erased()
    try:
        async with base.writing() as session:
            await _lock(session)
            user = await session.get_one(User, person)
            name = user.name
            order.check(name)
            await _person(session, user, order, done)
            done.named = await placing.still_named(session, name) if name != NAMELESS else {}
            if order.dry_run:
                raise _Undo
    except _Undo:
        return done
    await store.delete(done.keys)
    return done


async def erase_member(
    base: Database, store: Store, member_id: UUID, order: Order, *, portraits: bool = False
) -> Erased:
    """Forget a household member; ``portraits``: also every portrait of the household.

    The row stays as a tombstone, because whoever opened its numbers is on record by its id.
    Raises `NoSuchMember`, `OrderInvalid`.
    """
    done = Erased()
    try:
        async with base.writing() as session:
            await _lock(session)
            member = await session.get(Member, member_id)
            if member is None:
                raise NoSuchMember
            name = member.name
            order.check(name)
            await _member(session, member, order, done, portraits=portraits)
            done.named = await placing.still_named(session, name) if name != NAMELESS else {}
            if order.dry_run:
                raise _Undo
    except _Undo:
        return done
    await store.delete(done.keys)
    return done


async def _lock(session: AsyncSession) -> None:
    """Nobody writes to any log till the commit: what is on its way comes before or after."""
    heads = select(LedgerHead).order_by(col(LedgerHead.log)).with_for_update()
    await session.exec(heads)


async def _person(session: AsyncSession, user: User, order: Order, done: Erased) -> None:
    erasure, person = new_id(), user.id
    posts = select(Posting).where(col(Posting.person_id) == person).order_by(col(Posting.since))
    counties = [posting.county for posting in (await session.exec(posts)).all()]
    await placing.keep_households_placed(session, person, order.at)
    removal = Removal(session, str(erasure), order.at)
    await _standings(session, person, erasure, done)
    rows = await _concerned(session, person)
    for table in reversed(list(table_of("users").metadata.sorted_tables)):
        if table.name in rows:
            await _remove(removal, table, plan().gone[table.name], rows[table.name], person)
            done.rows[table.name] += len(rows[table.name])
            if table.name in SHELVES:
                hashes = {row["sha256"] for row in rows[table.name]}
                await _forget_bytes(session, SHELVES[table.name], hashes, order.at, done)
    await _blank(removal, person, order.at, done)
    row = Erasure(
        id=erasure, county=counties[-1] if counties else HOUSE, subject_kind=Subject.person,
        subject=person, reason=order.reason, ordered_by=order.ordered_by, rows=_told(done.rows),
        blanked=_told(done.blanked), objects=done.objects, erased_at=order.at,
    )  # fmt: skip
    await _log(session, removal, row)
    for county in sorted(set(counties)):
        await cells.drop(session, county)


def _told(counts: Counter[str]) -> dict[str, int]:
    # a table's name is a str of the database's own kind
    return {str(name): number for name, number in sorted(counts.items()) if number}


async def _log(session: AsyncSession, removal: Removal, row: Erasure) -> None:
    await ledger.append_leaves(session, removal.leaves)
    session.add(row)
    await ledger.append(session, row, "create", "cli", row.erased_at)


async def _concerned(session: AsyncSession, person: UUID) -> dict[str, list[dict[str, Any]]]:
    """All rows that go, by table; read before the first is removed."""
    out: dict[str, list[dict[str, Any]]] = {}
    todo = list(plan().gone.values())
    for each in sorted(todo, key=lambda one: bool(one.through)):
        table = table_of(each.table)
        if each.by:
            out[each.table] = await found(session, table, table.c[each.by] == person)
        else:
            ids = {row["id"] for parent in each.of for row in out[parent]}
            out[each.table] = await found_among(session, table, each.through, ids)
    for each in todo:
        if each.unless:
            kept = await _needed(session, person, each.unless, out)
            out[each.table] = [row for row in out[each.table] if not _is_needed(row, kept)]
    return out


@dataclass(frozen=True, slots=True)
class _Needed:
    """Records that stay, and the hashes that they name."""

    records: frozenset[UUID]
    hashes: frozenset[str]


def _is_needed(row: dict[str, Any], kept: _Needed) -> bool:
    if "record_id" in row:
        return row["record_id"] in kept.records
    return row["sha256"] in kept.hashes


async def _needed(
    session: AsyncSession,
    person: UUID,
    tables: Iterable[str],
    going: dict[str, list[dict[str, Any]]],
) -> _Needed:
    """What the person's remaining records still need: those of units and households."""
    records, hashes = set[UUID](), set[str]()
    for name in tables:
        table = table_of(name)
        gone = {row["id"] for row in going.get(name, ())}
        for row in await found(session, table, table.c.author_id == person):
            if row["id"] not in gone:
                records.add(row["id"])
                hashes |= {*(row.get("photos") or ()), *(row.get("files") or ())}
                hashes |= {row["photo"]} if row.get("photo") else set()
    return _Needed(frozenset(records), frozenset(hashes))


async def _remove(
    removal: Removal, table: Table, each: Gone, rows: list[dict[str, Any]], person: UUID
) -> None:
    if each.by and not each.unless:
        await removal.remove(table, rows, table.c[each.by] == person)
    else:
        await removal.remove_each(table, rows)


async def _forget_bytes(
    session: AsyncSession, shelf: Shelf, hashes: set[str], at: datetime, done: Erased
) -> None:
    """The bytes that nobody else uploaded: their rows now, themselves after the commit."""
    connection = await session.connection()
    for sha256 in sorted(hashes):
        query = select(shelf.uploaded).where(col(shelf.uploaded.sha256) == sha256).limit(1)
        if (await session.exec(query)).first() is not None:
            continue
        held = await session.get(shelf.holding, sha256)
        if held is None:
            continue
        table: Table = shelf.holding.__table__  # type: ignore[attr-defined]
        leaving: Table = shelf.leaving.__table__  # type: ignore[attr-defined]
        await connection.execute(table.delete().where(table.c.sha256 == sha256))
        await connection.execute(leaving.insert().values(sha256=sha256, removed_at=at))
        done.keys += shelf.keys(sha256)
        done.objects += 1
        session.expunge(held)


async def _standings(session: AsyncSession, person: UUID, erasure: UUID, done: Erased) -> None:
    """Closed standings leave their digest behind, so that the closing can still be checked."""
    query = select(ClosedStanding).where(col(ClosedStanding.subject) == str(person))
    for row in (await session.exec(query)).all():
        digest = digest_of(closed.told(row))
        session.add(
            ErasedStanding(
                county=row.county, closing_id=row.closing_id, digest=digest, erasure_id=erasure
            )
        )
        await session.delete(row)
        done.rows["closed_standings"] += 1
    await session.flush()


async def _blank(removal: Removal, person: UUID, at: datetime, done: Erased) -> None:
    session = removal.session
    session.expunge_all()  # these rows are written below the session
    for each in plan().blanked.values():
        table = table_of(each.table)
        rows = await found(session, table, table.c[each.by] == person)
        for row in rows:
            to = {name: at if value == "now" else value for name, value in each.to.items()}
            if row.get("ended_at") is not None:  # a sign-in that had ended ended then
                to |= {"ended_at": row["ended_at"], "end_reason": row["end_reason"]}
            await removal.blank(table, [row], to)
            done.blanked[each.table] += 1


async def _member(
    session: AsyncSession, member: Member, order: Order, done: Erased, *, portraits: bool
) -> None:
    erasure, name = new_id(), member.name
    removal = Removal(session, str(erasure), order.at)
    household = await session.get_one(Household, member.household_id)
    mine = [col(Portrait.consent_by) == name]
    mine += [col(Portrait.household_id) == household.id] if portraits else []
    query = select(col(Portrait.id)).where(col(Portrait.household_id) == household.id, or_(*mine))
    ids = list((await session.exec(query)).all())
    values = member.model_dump()
    session.expunge_all()
    await _portraits(removal, ids, order.at, done)
    until = values["until"] or civil_day(order.at)
    table = table_of("household_members")
    await removal.blank(table, [values], {**MEMBER_BLANK, "until": until})
    done.blanked["household_members"] += 1
    if household.head == name:
        await removal.blank(table_of("households"), [household.model_dump()], {"head": NAMELESS})
        done.blanked["households"] += 1
    row = Erasure(
        id=erasure, county=values["county"], subject_kind=Subject.member, subject=values["id"],
        reason=order.reason, ordered_by=order.ordered_by, rows=_told(done.rows),
        blanked=_told(done.blanked), objects=done.objects, erased_at=order.at,
    )  # fmt: skip
    await _log(session, removal, row)


async def _portraits(removal: Removal, ids: list[UUID], at: datetime, done: Erased) -> None:
    """Portraits go with their uses, and with the uploads that no other record of theirs needs."""
    session = removal.session
    rows = await found_among(session, table_of("household_portraits"), "id", ids)
    uses = await found_among(session, table_of("photo_uses"), "record_id", ids)
    await removal.remove_each(table_of("photo_uses"), uses)
    await removal.remove_each(table_of("household_portraits"), rows)
    done.rows += Counter({"photo_uses": len(uses), "household_portraits": len(rows)})
    named = await found_among(
        session, table_of("photo_uses"), "sha256", {row["photo"] for row in rows}
    )
    needed = {row["sha256"] for row in named}
    hashes = {row["photo"] for row in rows} - needed
    uploads = await found_among(session, table_of("photo_uploads"), "sha256", hashes)
    await removal.remove_each(table_of("photo_uploads"), uploads)
    done.rows["photo_uploads"] += len(uploads)
    await _forget_bytes(session, PHOTOS, hashes, at, done)
