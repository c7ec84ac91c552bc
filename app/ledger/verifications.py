"""What the last verifications of the logs found, kept for the pages."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ledger.models import LedgerVerification
from app.ledger.verify import Finding

#: findings kept in full, and verifications shown
MOST, SHOWN = 200, 20
NIGHTLY, BY_HAND = "nightly", "by_hand"


@dataclass(frozen=True, slots=True)
class Seen:
    """A verification, as far as it tells of one log."""

    row: LedgerVerification
    found: int
    elsewhere: int
    findings: list[dict[str, Any]]


def told(finding: Finding) -> dict[str, Any]:
    """A finding in JSON."""
    return {
        "code": finding.code.value,
        "what": finding.code.name,
        "table": finding.table,
        "id": finding.id,
        "log": finding.log,
        "seq": finding.seq,
        "says": finding.says,
    }


def begin(session: AsyncSession, by: str, at: datetime, *, bytes_read: bool) -> UUID:
    """Note that one begins."""
    row = LedgerVerification(began_at=at, by=by, bytes_read=bytes_read)
    session.add(row)
    return row.id


async def end(
    session: AsyncSession, begun: UUID, at: datetime, leaves: int, found: Sequence[Finding]
) -> None:
    """Note what it found."""
    row = await session.get_one(LedgerVerification, begun)
    row.ended_at, row.leaves = at, leaves
    row.counts = dict(Counter(finding.log for finding in found))
    row.findings = [told(finding) for finding in found[:MOST]]
    session.add(row)


async def last_begun(session: AsyncSession) -> datetime | None:
    """When a verification of the whole last began, whatever became of it."""
    began = col(LedgerVerification.began_at)
    return (await session.exec(select(began).order_by(began.desc()).limit(1))).first()


async def of_log(session: AsyncSession, log: str) -> list[Seen]:
    """The newest verifications, with what they found in this log or in none that is known."""
    query = select(LedgerVerification).order_by(col(LedgerVerification.began_at).desc())
    out = []
    for row in (await session.exec(query.limit(SHOWN))).all():
        here = row.counts.get(log, 0) + row.counts.get("", 0)
        shown = [each for each in row.findings if each["log"] in (log, "")]
        out.append(Seen(row, here, sum(row.counts.values()) - here, shown))
    return out
