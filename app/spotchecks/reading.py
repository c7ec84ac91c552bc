"""Spot checks as their readers see them: agreement by unit with counts, no order of merit."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.checkins.models import CheckIn
from app.core.clock import civil_day
from app.core.errors import NotFound
from app.core.paging import PageQuery
from app.ledger import service as ledger
from app.org.models import Unit
from app.postings.schemas import PersonOut
from app.postings.scope import Caller, Sight, inside
from app.records.schemas import ReceiptOut
from app.spotchecks import drawing
from app.spotchecks.models import SpotCheck, SpotCheckItem, SpotCheckList
from app.spotchecks.schemas import (
    CountsOut,
    DrawnOut,
    OwnResultOut,
    ResultOut,
    SpotCheckLine,
    SpotCheckListOut,
    SpotCheckOut,
    SpotMayOut,
    UnitCountsOut,
    UnitOut,
)

#: for how long after the draw who leads there is not told the seed, while results are open
HIDDEN_FOR = timedelta(days=30)
#: digits of the units that a unit's counts are told by
_BELOW = {2: 4, 4: 6, 6: 9, 9: 12, 12: 12}


async def page(
    session: AsyncSession, viewer: Caller, paging: PageQuery, unit: str | None, month: str | None
) -> tuple[list[SpotCheckLine], str | None]:
    """Spot checks of the units that the caller leads, reviews or examines, newest month first."""
    query = select(SpotCheck).where(inside(col(SpotCheck.unit), _seen(viewer)))
    if unit is not None:
        query = query.where(inside(col(SpotCheck.unit), [unit]))
    if month is not None:
        query = query.where(col(SpotCheck.month) == month)
    query = paging.onward(query, col(SpotCheck.month), col(SpotCheck.id), descending=True)
    rows, following = paging.cut(
        list((await session.exec(query)).all()), lambda row: (row.month, row.id)
    )
    told = await _Told.of(session, viewer, rows)
    return [SpotCheckLine(**told.line(row)) for row in rows], following


async def one(session: AsyncSession, viewer: Caller, key: UUID) -> SpotCheckOut:
    """One spot check; `NotFound` out of sight."""
    row = await _visible(session, viewer, key)
    told = await _Told.of(session, viewer, [row])
    items = told.items[row.id]
    digits = _BELOW[len(row.unit)]
    below: dict[str, list[SpotCheckItem]] = defaultdict(list)
    for item in items:
        below[item.village[:digits]].append(item)
    names = await _units(session, {*below, *(item.village for item in items)})
    by_unit = [
        UnitCountsOut(unit=names[code], **_counts(below[code]).model_dump())
        for code in sorted(below)
    ]
    results = None
    if _examines(viewer, row.unit):
        results = await _results(session, told, row, items, names)
    return SpotCheckOut(**told.line(row), by_unit=by_unit, results=results)


async def the_list(session: AsyncSession, viewer: Caller, key: UUID) -> SpotCheckListOut:
    """The list that was drawn from, for reviewers and examiners; `NotFound` before the draw."""
    row = await _visible(session, viewer, key)
    kept = await session.get(SpotCheckList, row.id)
    if kept is None or row.list_digest is None or not _examines(viewer, row.unit):
        raise NotFound
    return SpotCheckListOut(list_digest=row.list_digest, lines=kept.lines.splitlines())


async def own(session: AsyncSession, viewer: Caller) -> list[OwnResultOut]:
    """What was found about the caller, the latest day first."""
    query = (
        select(SpotCheckItem)
        .where(col(SpotCheckItem.person_id) == viewer.id, col(SpotCheckItem.found).is_not(None))
        .order_by(col(SpotCheckItem.day).desc(), col(SpotCheckItem.id))
        .limit(200)
    )
    items = (await session.exec(query)).all()
    units = await _units(session, {item.village for item in items})
    people = await _people(session, {item.recorded_by for item in items if item.recorded_by})
    return [
        OwnResultOut.model_validate(
            {
                "id": item.id,
                "village": units[item.village],
                "day": item.day,
                "way": item.way,
                "found": item.found,
                "note": item.note,
                "recorded_by": people[item.recorded_by],
                "recorded_at": item.recorded_at,
            }
        )
        for item in items
        if item.recorded_by is not None
    ]


def _seen(viewer: Caller) -> list[str]:
    return viewer.units(Sight.PEOPLE)


def _examines(viewer: Caller, unit: str) -> bool:
    """Reviewers, and who examines the log there; whoever else leads there warns nobody of a call."""
    return any(viewer.over(unit, sight) for sight in (Sight.REVIEW, Sight.EXAMINE))


async def _visible(session: AsyncSession, viewer: Caller, key: UUID) -> SpotCheck:
    query = select(SpotCheck).where(
        col(SpotCheck.id) == key, inside(col(SpotCheck.unit), _seen(viewer))
    )
    row = (await session.exec(query)).one_or_none()
    if row is None:
        raise NotFound
    return row


def _counts(items: Sequence[SpotCheckItem]) -> CountsOut:
    found = Counter(item.found for item in items)
    asked = found["agrees"] + found["differs"]
    return CountsOut(
        drawn=len(items),
        agrees=found["agrees"],
        differs=found["differs"],
        unreachable=found["unreachable"],
        open=found[None],
        agreement=100 * found["agrees"] // asked if asked else None,
    )


class _Told:
    """What the lines of some spot checks are made of."""

    def __init__(self, viewer: Caller) -> None:
        self.viewer = viewer
        self.items: dict[UUID, list[SpotCheckItem]] = defaultdict(list)
        self.units: dict[str, UnitOut] = {}
        self.people: dict[UUID, PersonOut] = {}
        self.receipts: dict[UUID, ledger.Receipt] = {}

    @classmethod
    async def of(cls, session: AsyncSession, viewer: Caller, rows: Sequence[SpotCheck]) -> "_Told":
        told = cls(viewer)
        ids = [row.id for row in rows]
        query = select(SpotCheckItem).where(col(SpotCheckItem.spot_check_id).in_(ids))
        for item in (await session.exec(query.order_by(col(SpotCheckItem.position)))).all():
            told.items[item.spot_check_id].append(item)
        told.units = await _units(session, {row.unit for row in rows})
        named = {row.announced_by for row in rows} | {row.drawn_by for row in rows if row.drawn_by}
        told.people = await _people(session, named)
        told.receipts = await ledger.receipts_of(session, "spot_checks", ids)
        return told

    def line(self, row: SpotCheck) -> dict[str, Any]:
        """The fields of a `SpotCheckLine`."""
        drawn = None
        if row.drawn_by is not None and row.drawn_at is not None:
            drawn = DrawnOut(
                by=self.people[row.drawn_by],
                at=row.drawn_at,
                population=row.population or 0,
                list_digest=row.list_digest or "",
            )
        reviews = self.viewer.over(row.unit, Sight.REVIEW)
        over = f"{self.viewer.today:%Y-%m}" > row.month
        return {
            "id": row.id,
            "unit": self.units[row.unit],
            "month": row.month,
            "share_percent": row.share_percent,
            "commitment": drawing.commitment(row.seed),
            "seed": row.seed if self._opened(row) else None,
            "announced_by": self.people[row.announced_by],
            "announced_at": row.announced_at,
            "drawn": drawn,
            "counts": _counts(self.items[row.id]),
            "may": SpotMayOut(draw=reviews and drawn is None and over, record=reviews),
            "receipt": ReceiptOut.of(self.receipts[row.id]),
        }

    def _opened(self, row: SpotCheck) -> bool:
        """Whether the caller may have the seed, and with it who is drawn."""
        if row.drawn_at is None:
            return False
        over = self.viewer.today - civil_day(row.drawn_at) >= HIDDEN_FOR
        asked = all(item.found is not None for item in self.items[row.id])
        return over or asked or _examines(self.viewer, row.unit)


async def _results(
    session: AsyncSession,
    told: _Told,
    row: SpotCheck,
    items: Sequence[SpotCheckItem],
    units: dict[str, UnitOut],
) -> list[ResultOut]:
    named = {item.person_id for item in items} | {i.recorded_by for i in items if i.recorded_by}
    people = await _people(session, named)
    records = await _check_ins(session, items)
    reviews = told.viewer.over(row.unit, Sight.REVIEW)
    return [
        ResultOut.model_validate(
            {
                "id": item.id,
                "position": item.position,
                "person": people[item.person_id],
                "village": units[item.village],
                "day": item.day,
                "check_ins": records[item.person_id, item.village, item.day],
                "way": item.way,
                "found": item.found,
                "note": item.note,
                "recorded_by": people[item.recorded_by] if item.recorded_by else None,
                "recorded_at": item.recorded_at,
                "may_record": reviews and item.found is None and item.person_id != told.viewer.id,
            }
        )
        for item in items
    ]


async def _check_ins(
    session: AsyncSession, items: Sequence[SpotCheckItem]
) -> dict[tuple[UUID, str, Any], list[UUID]]:
    """The check-ins of each stay day, in the order they were captured."""
    found: dict[tuple[UUID, str, Any], list[UUID]] = defaultdict(list)
    people = sorted({item.person_id for item in items})
    days = {item.day for item in items}
    for start in range(0, len(people), 500):
        query = (
            select(col(CheckIn.id), col(CheckIn.person_id), col(CheckIn.village), col(CheckIn.day))
            .where(
                col(CheckIn.person_id).in_(people[start : start + 500]),
                col(CheckIn.day).between(min(days), max(days)),
            )
            .order_by(col(CheckIn.captured_at), col(CheckIn.id))
        )
        for key, person, village, day in (await session.exec(query)).all():
            found[person, village, day].append(key)
    return found


async def _units(session: AsyncSession, codes: Iterable[str]) -> dict[str, UnitOut]:
    query = select(col(Unit.code), col(Unit.name)).where(col(Unit.code).in_(sorted(set(codes))))
    return {code: UnitOut(code=code, name=name) for code, name in (await session.exec(query)).all()}


async def _people(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, PersonOut]:
    query = select(col(User.id), col(User.name)).where(col(User.id).in_(sorted(set(ids))))
    return {key: PersonOut(id=key, name=name) for key, name in (await session.exec(query)).all()}
