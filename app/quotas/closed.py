"""Reading closed periods, and computing them again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.core.errors import NotFound
from app.core.paging import PageQuery
from app.org.models import Unit
from app.postings.schemas import PersonOut
from app.quotas.closing import Snapshot, take, told_of
from app.quotas.closing_schemas import ClosedOut, ClosedStandingOut, ClosingOut
from app.quotas.errors import PackNotShipped
from app.quotas.inputs import digest_of
from app.quotas.models import ClosedStanding, Closing, ErasedStanding
from app.quotas.schemas import CellOut, PeriodOut, SubjectOut
from app.quotas.service import asked_about

Clause = ColumnElement[bool]
_KEY = ("subject_kind", "subject", "pack", "rule", "village")
What: TypeAlias = Literal["altered", "records", "result", "words", "missing", "new", "left_out"]
#: how a standing is told; another release of the program may tell the same one better
_TELLING = frozenset({"title", "why"})
_SAYS: dict[What, str] = {
    "altered": "封存的数据被改动,与日志中的摘要不符",
    "records": "所依据的记录有变(可再次封存,形成新版本)",
    "result": "记录未变,结果不同",
    "words": "记录和结果都相同,只是说明文字随程序更新",
    "missing": "现在没有这一项",
    "new": "封存时没有这一项",
    "left_out": "无法重新计算",
}


def is_latest() -> Clause:
    """No later version of the same period and unit stands beside it."""
    other = aliased(Closing)
    newest = (
        select(func.max(col(other.version)))
        .where(col(other.unit) == col(Closing.unit), col(other.period) == col(Closing.period))
        .correlate(Closing)
        .scalar_subquery()
    )
    return col(Closing.version) == newest


def _query() -> Any:
    return (
        select(Closing, col(Unit.name), User, is_latest())
        .join(Unit, col(Unit.code) == col(Closing.unit))
        .join(User, col(User.id) == col(Closing.closed_by))
    )


async def page(
    session: AsyncSession,
    visible: Clause,
    paging: PageQuery,
    *,
    inside_unit: Clause | None = None,
    period: str | None = None,
) -> tuple[list[ClosingOut], str | None]:
    """Visible closings, the newest first, every version."""
    query = _query().where(visible)
    if inside_unit is not None:
        query = query.where(inside_unit)
    if period is not None:
        query = query.where(col(Closing.period) == period)
    order = (col(Closing.closed_at), col(Closing.id))
    found = (await session.exec(paging.onward(query, *order, descending=True))).all()
    rows, following = paging.cut(list(found), lambda row: (row[0].closed_at, row[0].id))
    return [ClosingOut(**_told(*row)) for row in rows], following


async def one(
    session: AsyncSession, closing_id: UUID, visible: Clause, rows: Clause, paging: PageQuery
) -> ClosedOut:
    """One version with a page of those standings that the caller may read; raises `NotFound`."""
    found = (await session.exec(_query().where(visible, col(Closing.id) == closing_id))).first()
    if found is None:
        raise NotFound
    query = select(ClosedStanding).where(col(ClosedStanding.closing_id) == closing_id, rows)
    order = ("unit", "kind", "name", "subject", "pack", "rule", "village")
    paged = paging.onward(query, *(col(getattr(ClosedStanding, name)) for name in order))
    standings, following = paging.cut(
        list((await session.exec(paged)).all()),
        lambda row: tuple(getattr(row, name) for name in order),
    )
    return ClosedOut(**_told(*found), rows=[shown(row) for row in standings], next=following)


async def shown_closing(session: AsyncSession, closing_id: UUID) -> ClosingOut:
    """One version without its standings."""
    found = (await session.exec(_query().where(col(Closing.id) == closing_id))).one()
    return ClosingOut(**_told(*found))


async def standings_of(session: AsyncSession, subject: str, period: str) -> list[ClosedStanding]:
    """What was closed of one subject in this period, by the newest version of each unit."""
    return await _rows(session, period, col(ClosedStanding.subject) == subject)


async def rows_of(session: AsyncSession, unit: str, period: str) -> list[ClosedStanding]:
    """What was closed for a unit in this period, by the newest version."""
    return await _rows(session, period, col(Closing.unit) == unit)


async def _rows(session: AsyncSession, period: str, which: Clause) -> list[ClosedStanding]:
    order = ("unit", "kind", "name", "subject", "pack", "rule", "village")
    query = (
        select(ClosedStanding)
        .join(Closing, col(Closing.id) == col(ClosedStanding.closing_id))
        .where(which, col(Closing.period) == period, is_latest())
        .order_by(col(Closing.unit), *(col(getattr(ClosedStanding, name)) for name in order))
    )
    return list((await session.exec(query)).all())


def shown(row: ClosedStanding) -> ClosedStandingOut:
    """A closed standing on the wire."""
    told = dict(row.standing)
    settings = told.pop("settings")
    return ClosedStandingOut(
        subject=SubjectOut(kind=row.subject_kind, id=row.subject, name=row.name),
        unit=row.unit,
        kind=row.kind,
        standing=CellOut.model_validate(told),
        settings=settings,
        inputs=bytes(row.inputs).hex(),
    )


def _told(row: Closing, unit_name: str, by: User, latest: bool) -> dict[str, Any]:
    return {
        "id": row.id,
        "unit": row.unit,
        "unit_name": unit_name,
        "period": PeriodOut(key=row.period, from_=row.first, to=row.last),
        "version": row.version,
        "latest": latest,
        "as_of": row.as_of,
        "closed_by": PersonOut(id=by.id, name=by.name),
        "closed_at": row.closed_at,
        "note": row.note,
        "packs": row.packs,
        "standings": row.standings,
        "digest": bytes(row.digest).hex(),
    }


@dataclass(frozen=True, slots=True)
class Difference:
    """A standing that is not what the same question gives today."""

    subject: str
    name: str
    rule: str
    village: str
    what: What
    note: str = ""

    @property
    def matters(self) -> bool:
        """More than other words for the same."""
        return self.what != "words"


async def is_as_logged(session: AsyncSession, closing: Closing) -> bool:
    """Whether the stored standings are those whose digest the closing's leaf commits to."""
    rows = await _stored(session, closing.id)
    erased = await _erased(session, closing.id)
    if any(row.county != closing.county for row in (*rows, *erased)):
        return False
    return _snapshot(rows, erased, closing.packs).digest == bytes(closing.digest)


async def summed(session: AsyncSession, closing: Closing) -> dict[str, Any]:
    """What the digest of a closing is over: the digest of every standing, and the packs."""
    rows, erased = await _stored(session, closing.id), await _erased(session, closing.id)
    return _snapshot(rows, erased, closing.packs).summed


def told(row: ClosedStanding) -> dict[str, Any]:
    """What the digest of one standing is over."""
    return told_of(_row(row))


async def _stored(session: AsyncSession, closing_id: UUID) -> Sequence[ClosedStanding]:
    query = select(ClosedStanding).where(col(ClosedStanding.closing_id) == closing_id)
    return (await session.exec(query)).all()


async def _erased(session: AsyncSession, closing_id: UUID) -> Sequence[ErasedStanding]:
    query = select(ErasedStanding).where(col(ErasedStanding.closing_id) == closing_id)
    return (await session.exec(query)).all()


def _snapshot(
    rows: Iterable[ClosedStanding], erased: Iterable[ErasedStanding], packs: list[dict[str, Any]]
) -> Snapshot:
    gone = [bytes(row.digest).hex() for row in erased]
    return Snapshot([_row(row) for row in rows], packs, erased=gone)


async def recompute(session: AsyncSession, closing: Closing) -> list[Difference]:
    """Ask the closed question again, of the records that stand now and had arrived then.

    ``altered``: the stored rows are not those whose digest was logged. ``records``: the records
    are others (a decision, a corrected posting). ``result``: same records, another result.
    ``words``: the same result, told otherwise by this release. ``left_out``: a pack in force then
    is not at hand, so nothing is computed; ``note`` says which.
    """
    rows, erased = await _stored(session, closing.id), await _erased(session, closing.id)
    stored = {_key(row): row for row in map(_row, rows)}
    found: list[Difference] = []
    if _snapshot(rows, erased, closing.packs).digest != bytes(closing.digest):
        found.append(Difference(closing.unit, "", "", "", "altered"))
    asked = asked_about(closing.period, closing.as_of, closing.closed_at)
    try:
        taken = await take(session, closing.unit, asked)
    except PackNotShipped as error:
        return [*found, Difference(closing.unit, "", "", "", "left_out", error.detail)]
    again = {_key(row): row for row in taken.rows}
    for key in sorted(stored.keys() | again.keys()):
        was, now = stored.get(key), again.get(key)
        what = _difference(was, now)
        if what is not None:
            told = was or now or {}
            found.append(
                Difference(told["subject"], told["name"], told["rule"], told["village"], what)
            )
    return found


def _difference(was: dict[str, Any] | None, now: dict[str, Any] | None) -> What | None:
    if was is None or now is None:
        return "missing" if now is None else "new"
    if was["inputs"] != now["inputs"]:
        return "records"
    if digest_of(_figures(was)) != digest_of(_figures(now)):
        return "result"
    return None if was["standing"] == now["standing"] else "words"


def _figures(row: dict[str, Any]) -> dict[str, Any]:
    """A row without its inputs, which are compared before, and without how it is told."""
    standing = {name: value for name, value in row["standing"].items() if name not in _TELLING}
    return {**row, "inputs": "", "standing": standing}


def _row(row: ClosedStanding) -> dict[str, Any]:
    names = (*_KEY, "name", "unit", "kind", "state", "standing")
    return {**{name: getattr(row, name) for name in names}, "inputs": bytes(row.inputs)}


def _key(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(row[name] for name in _KEY)


def lines(found: Iterable[Difference]) -> list[str]:
    """The differences in words; those that are only words as one count."""
    found = list(found)
    told = sum(not each.matters for each in found)
    said = [
        " ".join(filter(None, (each.subject, each.name, each.rule, each.village, _SAYS[each.what])))
        + (f":{each.note}" if each.note else "")
        for each in found
        if each.matters
    ]
    return [*said, f"{told} 条:{_SAYS['words']}"] if told else said
