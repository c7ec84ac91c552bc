"""Closing a period 考核封存: what stood, who closed it, on which records, by which rules.

A closing is never changed. Evidence that comes late, a decision, a corrected posting: closing
again makes the next version beside it, and only when something differs. Until a period is closed,
records that nobody has decided on count.

The snapshot is computed from a read session, because a county takes minutes; then the county's
log is locked, and if a check-in was withdrawn meanwhile it is computed again. From then on a
withdrawal waits for that lock, sees the closing, and is refused (``checkins.service.withdraw``).
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.checkins.models import CheckIn, Withdrawal
from app.core.clock import civil_day
from app.core.db import Database
from app.core.errors import NotFound
from app.core.ids import new_id
from app.ledger import service as ledger
from app.ledger.models import LedgerHead
from app.org.divisions import county_of
from app.org.models import Unit
from app.policy.pack import Pack
from app.policy.periods import Period
from app.policy.records import History
from app.policy.standing import Standing, Subject
from app.policy.versions import digest_of as pack_digest
from app.quotas import duties, facts
from app.quotas.adoptions import Adoptions
from app.quotas.counting import BATCH, Row, people_of, window_of
from app.quotas.errors import NoSuchPeriod, NothingToClose, PackNotShipped, PeriodNotOver
from app.quotas.inputs import digest_of, digest_of_rule, inputs_of
from app.quotas.models import Adoption, ClosedStanding, Closing
from app.quotas.schemas import CellOut, person_subject
from app.quotas.standings import Asked, Bound

TRIES = 3


@dataclass(frozen=True, slots=True)
class Order:
    """Who closes which period of which unit, when."""

    unit: str
    period: Period
    by: UUID
    at: datetime
    note: str = ""

    @property
    def asked(self) -> Asked:
        """The question that the snapshot answers."""
        return Asked.about(civil_day(self.at), self.at, self.period)


@dataclass(slots=True)
class Snapshot:
    """Everything that stood: rows of `ClosedStanding` without their closing, and what they rest on.

    ``erased`` are the digests (hex) of rows that are gone because their person was erased.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    packs: list[dict[str, Any]] = field(default_factory=list)
    open_until: date | None = None
    erased: list[str] = field(default_factory=list)

    @property
    def digest(self) -> bytes:
        """SHA-256 over all rows, each by its own digest, and over the packs."""
        return digest_of(self.summed)

    @property
    def summed(self) -> dict[str, Any]:
        """What the digest is over."""
        told = [digest_of(told_of(row)).hex() for row in self.rows]
        return {"rows": sorted([*told, *self.erased]), "packs": self.packs}


def told_of(row: dict[str, Any]) -> dict[str, Any]:
    """A row as plain JSON: what its digest is over."""
    return {**row, "inputs": row["inputs"].hex()}


async def close(base: Database, order: Order) -> tuple[Closing, bool]:
    """Close a period, or make its next version; False where nothing differs from the last one.

    Raises `NotFound`, `NoSuchPeriod`, `PeriodNotOver`, `NothingToClose`, `PackNotShipped`.
    """
    _check_over(order)
    for attempt in range(TRIES):
        async with base.reading() as session:
            if await session.get(Unit, order.unit) is None:
                raise NotFound
            before = await _withdrawals(session, order)
            snapshot = await take(session, order.unit, order.asked)
        _check_decided(order, snapshot)
        digest = await asyncio.to_thread(lambda taken: taken.digest, snapshot)
        async with base.writing() as session:
            await _lock(session, county_of(order.unit))
            if attempt + 1 < TRIES and await _withdrawals(session, order) != before:
                continue
            last = await latest(session, order.unit, order.period.key)
            if last is not None and bytes(last.digest) == digest:
                return last, False
            return await _write(session, order, snapshot, digest, last), True
    raise AssertionError("the last try writes")


def _check_over(order: Order) -> None:
    if order.period.length in ("standing", "once"):
        raise NoSuchPeriod("常设任务没有期末,不能封存。请写某一周、月、季、半年或年,例如 2026-Q3。")
    if civil_day(order.at) <= order.period.last:
        raise PeriodNotOver(
            f"考核周期 {order.period.key} 到 {order.period.last} 才结束。请在结束后再封存。"
        )


def _check_decided(order: Order, snapshot: Snapshot) -> None:
    if not snapshot.rows:
        raise NothingToClose
    if snapshot.open_until is not None:
        raise PeriodNotOver(
            f"考核周期 {order.period.key} 还有任务未到期限,最晚的是 {snapshot.open_until}。"
            "请在该日之后再封存。"
        )


def _check_whole(in_force: Adoptions) -> None:
    """Nothing is sealed in part: every pack in force there must be at hand."""
    left_out = in_force.left_out()
    if left_out:
        raise PackNotShipped(
            f"{left_out[0]}在此之前不能封存,没有封存任何内容。"
            "请安装含有该版本的程序,或用 zhucun policy adopt 改为启用随附的版本,再封存。"
        )


async def take(session: AsyncSession, unit: str, asked: Asked) -> Snapshot:
    """What stands in a unit and all below it: everybody of its table and of its board.

    Raises `PackNotShipped`.
    """
    found, adopted = Snapshot(), dict[UUID, Bound]()
    people, in_force = await people_of(session, unit, asked)
    in_force.within(unit, asked.day_of(asked.periods[0]))  # also where nobody is posted
    _check_whole(in_force)
    for start in range(0, len(people), BATCH):
        batch = people[start : start + BATCH]
        rules = [each for row in batch for each in row.bound]
        window = window_of(rules, asked, people=[row.id for row in batch])
        histories = await facts.histories(session, window)
        await asyncio.to_thread(_add_people, found, batch, histories, asked)
        adopted.update((each.held.adoption.id, each) for each in rules)
    bound, in_force = await duties.bound_within(session, unit, asked)
    _check_whole(in_force)
    histories = await duties.histories_of(session, bound, asked)
    await asyncio.to_thread(_add_duties, found, unit, bound, histories, asked)
    adopted.update((each.held.adoption.id, each) for duty in bound for each in duty.bound)
    found.packs = [_pack(adopted[key], asked) for key in sorted(adopted)]
    return found


def _add_people(
    found: Snapshot, rows: Iterable[Row], histories: dict[facts.Ref, History], asked: Asked
) -> None:
    for row in rows:
        subject = person_subject(row.id, row.name)
        _add(found, subject, (row.unit, row.kind), row.bound, histories[row.id], asked)


def _add_duties(
    found: Snapshot,
    unit: str,
    rows: Iterable[duties.Duty],
    histories: dict[facts.Ref, History],
    asked: Asked,
) -> None:
    for duty in rows:
        subject, seat = duty.owing.subject, duty.owing.seat
        place = (seat if seat.startswith(unit) else unit, subject.kind)
        _add(found, subject, place, duty.bound, histories[duty.owing.ref], asked)


def _add(
    found: Snapshot,
    subject: Subject,
    place: tuple[str, str],
    bound: list[Bound],
    history: History,
    asked: Asked,
) -> None:
    inputs = inputs_of(history, bound, asked.at)
    for each in bound:
        standing = each.standing(history, asked, subject)
        if standing is None:
            continue
        if standing.state in ("on_track", "at_risk"):
            found.open_until = max(found.open_until or date.min, standing.due or asked.on)
        found.rows.append(_row(standing, subject, place, inputs))


def _row(
    standing: Standing, subject: Subject, place: tuple[str, str], inputs: bytes
) -> dict[str, Any]:
    told = CellOut.of(standing).model_dump(mode="json")
    return {
        "subject_kind": subject.kind,
        "subject": subject.id,
        "pack": standing.pack,
        "rule": standing.rule,
        "village": standing.village or "",
        "name": subject.name,
        "unit": place[0],
        "kind": place[1],
        "state": standing.state,
        "standing": {**told, "settings": dict(standing.settings)},
        "inputs": inputs,
    }


def _pack(each: Bound, asked: Asked) -> dict[str, Any]:
    adoption, pack = each.held.adoption, each.held.pack
    return {
        "adoption": str(adoption.id),
        "unit": adoption.unit,
        "pack": pack.id,
        "version": pack.version,
        "digest": pack_digest(pack.id, pack.version),
        "rules": _rules(pack, asked),
        **_read(adoption),
    }


def _rules(pack: Pack, asked: Asked) -> dict[str, str]:
    length = asked.periods[0].length
    return {rule.id: digest_of_rule(rule) for rule in pack.rules.values() if rule.per == length}


def _read(adoption: Adoption) -> dict[str, Any]:
    return {
        "settings": adoption.settings,
        "parameters": adoption.parameters,
        "advisory": adoption.advisory,
    }


async def _withdrawals(session: AsyncSession, order: Order) -> int:
    """How many check-ins of these days in this county are withdrawn."""
    query = (
        select(func.count())
        .select_from(Withdrawal)
        .join(CheckIn, col(CheckIn.id) == col(Withdrawal.check_in_id))
        .where(
            col(Withdrawal.county) == county_of(order.unit),
            col(CheckIn.day).between(order.period.first, order.period.last),
        )
    )
    return (await session.exec(query)).one()


async def _lock(session: AsyncSession, log: str) -> None:
    """Nobody else writes to this county's log till the commit."""
    await session.exec(select(LedgerHead).where(LedgerHead.log == log).with_for_update())


async def latest(session: AsyncSession, unit: str, period: str) -> Closing | None:
    """The last version of a closed period."""
    query = (
        select(Closing)
        .where(col(Closing.unit) == unit, col(Closing.period) == period)
        .order_by(col(Closing.version).desc())
        .limit(1)
    )
    return (await session.exec(query)).first()


async def _write(
    session: AsyncSession, order: Order, snapshot: Snapshot, digest: bytes, last: Closing | None
) -> Closing:
    county = county_of(order.unit)
    row = Closing(
        id=new_id(),
        county=county,
        unit=order.unit,
        period=order.period.key,
        first=order.period.first,
        last=order.period.last,
        version=last.version + 1 if last else 1,
        as_of=order.asked.on,
        closed_by=order.by,
        closed_at=order.at,
        note=order.note,
        packs=snapshot.packs,
        standings=len(snapshot.rows),
        digest=digest,
    )
    session.add(row)
    await session.flush()
    connection = await session.connection()
    rows = [{**told, "county": county, "closing_id": row.id} for told in snapshot.rows]
    await connection.execute(ClosedStanding.__table__.insert(), rows)  # type: ignore[attr-defined]  # SQLModel sets it
    await ledger.append(session, row, "create", order.by, order.at)
    return row
