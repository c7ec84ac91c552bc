"""How each check has fared before reviewers, and checks that only count: silenced, or fallen silent."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.core.errors import Forbidden, NotFound
from app.core.tables import HOUSE
from app.ledger import service as ledger
from app.org.divisions import county_of
from app.org.models import Unit
from app.postings.schemas import PersonOut
from app.postings.scope import Caller, Sight
from app.reviews import sight
from app.reviews.models import CheckSilence, Flag
from app.reviews.schemas import CheckOut, SilenceOut
from app.reviews.service import SYSTEM
from app.reviews.states import AGAINST, DECIDED, State
from app.reviews.words import CHECKS

#: a check is measured once so many of its flags are decided, and falls silent below this share
#: that reviewers found right (security.md 5.6)
ENOUGH, LEAST = 50, 0.30
_DIGITS = (2, 4, 6, 9, 12)


async def checks(session: AsyncSession, caller: Caller, unit: str) -> list[CheckOut]:
    """Every check with its figures in this unit, for those who lead, review or audit there."""
    if not caller.over(unit, Sight.PEOPLE) and not caller.over(unit, Sight.SILENCE):
        raise NotFound
    counts = await _counts(session, _in_unit(unit))
    silences = await _silences(session, unit)
    return [
        _shown(code, counts.get(code, Counter()), silences.get(code)) for code in sorted(CHECKS)
    ]


async def silence(
    session: AsyncSession, caller: Caller, code: str, unit: str, reason: str, at: datetime
) -> None:
    """From now on the check only counts in this unit and below. Told twice is told once."""
    await _need_administrator(session, caller, code, unit)
    if await _running(session, code, unit) is None:
        await _silence(session, code, unit, reason, caller.id, at)


async def give_voice(
    session: AsyncSession, caller: Caller, code: str, unit: str, reason: str, at: datetime
) -> None:
    """The check speaks again in this unit; what it found meanwhile stays silent."""
    await _need_administrator(session, caller, code, unit)
    row = await _running(session, code, unit)
    if row is not None:
        row.ended_at, row.ended_by_id, row.ended_reason = at, caller.id, reason
        await ledger.append(session, row, "end", caller.id, at)


async def fall_silent(session: AsyncSession, at: datetime) -> list[CheckSilence]:
    """Silence, county by county, every check that reviewers mostly found wrong; for the worker.

    Counted are decisions since the check last got its voice back, so that an administrator's word
    is not undone by what lay before it.
    """
    fallen: list[CheckSilence] = []
    decided = select(col(Flag.county), col(Flag.code)).where(col(Flag.state).in_(DECIDED))
    many = decided.group_by(col(Flag.county), col(Flag.code)).having(func.count() >= ENOUGH)
    for county, code in sorted((await session.exec(many)).all()):
        if code not in CHECKS or code in await _silences(session, county):
            continue
        since = await _last_voice(session, code, county)
        of = [col(Flag.county) == county, col(Flag.code) == code]
        if since is not None:
            of.append(col(Flag.decided_at) > since)
        counts = (await _counts(session, and_(*of))).get(code, Counter())
        total, upheld = _decided(counts), _upheld(counts)
        if total >= ENOUGH and upheld < LEAST * total:
            reason = f"已复核 {total} 条,其中 {upheld} 条不计入,不足三成,自动改为只作统计。"
            fallen.append(await _silence(session, code, county, reason, None, at))
    return fallen


async def _silence(
    session: AsyncSession, code: str, unit: str, reason: str, by: UUID | None, at: datetime
) -> CheckSilence:
    county = county_of(unit) if len(unit) >= 6 else HOUSE
    row = CheckSilence(county=county, unit=unit, code=code, reason=reason, by_id=by, since=at)
    session.add(row)
    await ledger.append(session, row, "create", by or SYSTEM, at)
    return row


async def _need_administrator(session: AsyncSession, caller: Caller, code: str, unit: str) -> None:
    if not caller.units(Sight.SILENCE):
        raise Forbidden
    known = code in CHECKS and await session.get(Unit, unit) is not None
    if not known or not caller.over(unit, Sight.SILENCE):
        raise NotFound


async def _running(session: AsyncSession, code: str, unit: str) -> CheckSilence | None:
    query = select(CheckSilence).where(
        col(CheckSilence.code) == code,
        col(CheckSilence.unit) == unit,
        col(CheckSilence.ended_at).is_(None),
    )
    return (await session.exec(query.with_for_update())).first()


async def _last_voice(session: AsyncSession, code: str, unit: str) -> datetime | None:
    query = select(func.max(col(CheckSilence.ended_at))).where(
        col(CheckSilence.code) == code, col(CheckSilence.unit) == unit
    )
    return (await session.exec(query)).one()


async def _silences(session: AsyncSession, unit: str) -> dict[str, Any]:
    """What is silenced here, by this unit or one above it: the widest, with who did it."""
    query = (
        select(CheckSilence, col(User.name))
        .outerjoin(User, col(User.id) == col(CheckSilence.by_id))
        .where(
            col(CheckSilence.unit).in_([unit[:digits] for digits in _DIGITS]),
            col(CheckSilence.ended_at).is_(None),
        )
        .order_by(func.length(col(CheckSilence.unit)).desc())
    )
    return {row.code: (row, name) for row, name in (await session.exec(query)).all()}


def _in_unit(unit: str) -> ColumnElement[bool]:
    """Flags of a unit: by county, and below it by the village that the record names."""
    if len(unit) <= 6:
        return col(Flag.county).startswith(unit)
    return and_(col(Flag.county) == unit[:6], col(Flag.village).startswith(unit))


async def _counts(session: AsyncSession, of: ColumnElement[bool]) -> dict[str, Counter[str]]:
    query = (
        select(col(Flag.code), col(Flag.state), func.count())
        .where(of, ~sight.taken_back())
        .group_by(col(Flag.code), col(Flag.state))
    )
    found: dict[str, Counter[str]] = {}
    for code, state, count in (await session.exec(query)).all():
        found.setdefault(code, Counter())[state] += count
    return found


def _decided(counts: Counter[str]) -> int:
    return _sum(counts, DECIDED)


def _upheld(counts: Counter[str]) -> int:
    return _sum(counts, AGAINST)


def _sum(counts: Counter[str], states: Sequence[State]) -> int:
    return sum(counts[state.value] for state in states)


def _shown(code: str, counts: Counter[str], silenced: Any) -> CheckOut:
    check = CHECKS[code]
    words = check.words["zh"]
    decided, upheld, silent = _decided(counts), _upheld(counts), counts[State.silent.value]
    return CheckOut(
        code=code,
        title=words.title,
        weight=check.weight,
        proves=words.proves,
        cannot=words.cannot,
        raised=counts.total() - silent,
        silent=silent,
        decided=decided,
        upheld=upheld,
        precision=round(upheld / decided, 3) if decided else None,
        silenced=silenced is not None,
        silence=_silence_shown(*silenced) if silenced else None,
    )


def _silence_shown(row: CheckSilence, name: str | None) -> SilenceOut:
    by = None if row.by_id is None or name is None else PersonOut(id=row.by_id, name=name)
    return SilenceOut(unit=row.unit, reason=row.reason, since=row.since, by=by)
