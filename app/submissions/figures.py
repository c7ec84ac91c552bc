"""Reported figures 上报数据: written once, withdrawn by their author, read by who may."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.errors import Forbidden, NotFound
from app.core.paging import PageQuery
from app.ledger import service as ledger
from app.postings import scope
from app.postings.schemas import PersonOut
from app.postings.scope import Caller
from app.records import service as records
from app.records.service import Fate, Put
from app.submissions import naming, showing, sight
from app.submissions.kinds import FIGURES
from app.submissions.models import Figure, FigureWithdrawal
from app.submissions.schemas import FigureIn, FigureOut
from app.submissions.subjects import Subject, subject_of


@dataclass(frozen=True, slots=True)
class Asked:
    """Filters of a list; ``unit`` holds for all that is filed there and below."""

    unit: str | None = None
    organisation: UUID | None = None
    person: UUID | None = None
    name: str | None = None
    since: date | None = None
    until: date | None = None

    def clauses(self) -> list[ColumnElement[bool]]:
        """The filters as SQL."""
        equal = {
            "organisation_id": self.organisation,
            "person_id": self.person,
            "name": self.name,
        }
        out = [getattr(Figure, name) == value for name, value in equal.items() if value]
        if self.unit is not None:
            out.append(scope.inside(col(Figure.seat), [self.unit]))
        if self.since is not None:
            out.append(col(Figure.day) >= self.since)
        if self.until is not None:
            out.append(col(Figure.day) <= self.until)
        return out


async def put_figure(
    session: AsyncSession, caller: Caller, figure_id: UUID, body: FigureIn, received_at: datetime
) -> Put[Figure]:
    """Keep a figure once, under the id that the phone made."""
    stood = await session.get(Figure, figure_id)
    if stood is not None and stood.author_id != caller.id:
        return Put(Fate.taken, None)
    if stood is None:
        term = FIGURES[body.name]
        subject = await subject_of(session, caller, body, term, body.on, None)
    else:
        subject = Subject(body.unit, body.organisation, body.person, stood.seat, stood.county)
    row = Figure(
        id=figure_id,
        author_id=caller.id,
        name=body.name,
        day=body.on,
        amount=body.amount,
        note=body.note,
        files=list(body.files),
        received_at=received_at,
        digest=body.digest(),
        **subject.columns(),
    )
    put = await records.put(
        session,
        row,
        kind=sight.FIGURE,
        author_id=caller.id,
        author_column="author_id",
        body=body.model_dump(mode="json"),
        received_at=received_at,
    )
    if put.fate is Fate.created:
        named = naming.Named(sight.FIGURE, figure_id, row.county, caller.id)
        await naming.name_in(session, named, row.day, body.files)
    return put


async def withdraw(
    session: AsyncSession, caller: Caller, figure_id: UUID, reason: str, at: datetime
) -> None:
    """Its author takes a figure back: kept, marked, no longer counted. Twice is once."""
    query = select(Figure).where(col(Figure.id) == figure_id, sight.figures(caller))
    found = (await session.exec(query.with_for_update())).one_or_none()
    if found is None:
        raise NotFound
    if found.author_id != caller.id:
        raise Forbidden("只有上报人本人可以撤回数据。")
    if await session.get(FigureWithdrawal, figure_id) is not None:
        return
    withdrawal = FigureWithdrawal(
        county=found.county,
        figure_id=figure_id,
        author_id=caller.id,
        reason=reason,
        withdrawn_at=at,
    )
    session.add(withdrawal)
    await ledger.append(session, withdrawal, "create", caller.id, at)


async def page(
    session: AsyncSession, caller: Caller, paging: PageQuery, asked: Asked
) -> tuple[list[FigureOut], str | None]:
    """Figures in sight, the latest day first."""
    query = _with_fate().where(sight.figures(caller), *asked.clauses())
    order = (col(Figure.day), col(Figure.id))
    found = await session.exec(paging.onward(query, *order, descending=True))
    rows, following = paging.cut(list(found.all()), lambda r: (r[0].day, r[0].id))
    return [_shown(*row) for row in rows], following


async def one(session: AsyncSession, caller: Caller, figure_id: UUID) -> FigureOut:
    """A figure in sight; ``NotFound`` otherwise."""
    query = _with_fate().where(sight.figures(caller), col(Figure.id) == figure_id)
    found = (await session.exec(query)).first()
    if found is None:
        raise NotFound
    return _shown(*found)


def _with_fate() -> Any:
    return (
        showing.with_names(Figure)
        .outerjoin(FigureWithdrawal, col(FigureWithdrawal.figure_id) == col(Figure.id))
        .add_columns(col(FigureWithdrawal.reason))
    )


def _shown(row: Figure, author: str, subject: str, withdrawn: str | None) -> FigureOut:
    term = FIGURES[row.name]
    return FigureOut(
        id=row.id,
        name=row.name,
        name_zh=term.zh,
        measure=term.measure,
        on=row.day,
        amount=row.amount,
        note=row.note,
        files=row.files,
        author=PersonOut(id=row.author_id, name=author),
        received_at=row.received_at,
        withdrawn=withdrawn,
        **showing.subject_shown(row, subject),
    )
