"""Raising flags."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.db import insert
from app.ledger import service as ledger
from app.reviews.finding import About, Finding
from app.reviews.models import CheckSilence, Flag, flag_id
from app.reviews.states import State
from app.reviews.words import CHECKS

#: who raises flags and silences imprecise checks, in the log
SYSTEM = "system:checks"


async def raise_flags(
    session: AsyncSession, about: About, findings: Iterable[Finding], at: datetime
) -> list[Flag]:
    """The flags of these findings on a record; only those raised now, none that stood already.

    Raised twice is raised once, whoever comes first. In a unit where the check was silenced the
    flag is only counted. Raises ``KeyError`` for a code that ``words.yaml`` does not have.
    """
    wanted = {finding.code: finding for finding in findings}
    if not wanted:
        return []
    silenced = await _silenced(session, about, list(wanted))
    raised: list[Flag] = []
    for code, finding in sorted(wanted.items()):
        CHECKS[code]  # a flag without words could be shown to nobody
        row = _flag(about, finding, at, silent=code in silenced)
        fresh = await session.exec(
            insert(session, Flag).values(**row.model_dump()).on_conflict_do_nothing()
        )
        if fresh.rowcount == 1:
            stored = await session.get(Flag, row.id)
            if stored is None:
                raise LookupError(f"flag {row.id} vanished inside its transaction")
            raised.append(stored)
    if raised:
        await ledger.append_many(session, raised, "create", SYSTEM, at)
    return raised


def _flag(about: About, finding: Finding, at: datetime, *, silent: bool) -> Flag:
    return Flag(
        id=flag_id(about.record_kind, about.record_id, finding.code),
        county=about.county,
        record_kind=about.record_kind,
        record_id=about.record_id,
        author_id=about.author_id,
        day=about.day,
        village=about.village,
        code=finding.code,
        weight=finding.weight,
        evidence=dict(finding.evidence),
        silent=silent,
        raised_at=at,
        state=(State.silent if silent else State.open).value,
    )


async def _silenced(session: AsyncSession, about: About, codes: list[str]) -> set[str]:
    """Those of the checks that are silenced for the record's village or a unit above it."""
    place = about.village or about.county
    above = [place[:digits] for digits in (2, 4, 6, 9, 12) if digits <= len(place)]
    query = select(col(CheckSilence.code)).where(
        col(CheckSilence.code).in_(codes),
        col(CheckSilence.unit).in_(above),
        col(CheckSilence.ended_at).is_(None),
    )
    return set((await session.exec(query)).all())
