"""What the caller may write today, and for whom: the choices of a form."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.org.models import Organisation, Unit
from app.policy.vocabulary import Term
from app.postings import scope
from app.postings.scope import Caller, valid_on
from app.submissions.kinds import FIGURES, KINDS, UNIT_SUBJECTS
from app.submissions.schemas import FigureNameOut, KindOut, KindsOut, WriterOut


@dataclass(frozen=True, slots=True)
class _Writer:
    """Somebody the caller acts for, and what the vocabulary calls them."""

    words: frozenset[str]
    shown: WriterOut


async def choices(session: AsyncSession, caller: Caller) -> KindsOut:
    """Every kind and figure with those for whom the caller may write it; the others are left out."""
    writers = await _writers(session, caller)
    return KindsOut(
        submissions=[
            KindOut(kind=t.id, zh=t.zh, en=t.en, accepted=t.accepted, subjects=subjects)
            for t, subjects in _written(KINDS.values(), writers)
        ],
        figures=[
            FigureNameOut(name=t.id, zh=t.zh, en=t.en, measure=t.measure, subjects=subjects)
            for t, subjects in _written(FIGURES.values(), writers)
        ],
    )


def _written(terms: Iterable[Term], writers: list[_Writer]) -> list[tuple[Term, list[WriterOut]]]:
    found = ((t, [w.shown for w in writers if not w.words.isdisjoint(t.writers)]) for t in terms)
    return [(term, subjects) for term, subjects in found if subjects]


async def _writers(session: AsyncSession, caller: Caller) -> list[_Writer]:
    units = await session.exec(
        select(Unit).where(col(Unit.code).in_(caller.acting_units())).order_by(col(Unit.code))
    )
    organisations = await session.exec(
        select(Organisation)
        .where(
            scope.acting_for(caller, col(Organisation.id)),
            valid_on(col(Organisation.since), col(Organisation.until), caller.today),
        )
        .order_by(col(Organisation.name), col(Organisation.id))
    )
    posts = frozenset(held.kind.value for held in caller.current())
    return [
        *(
            _Writer(
                frozenset(UNIT_SUBJECTS.get(len(unit.code), ())),
                WriterOut(unit=unit.code, organisation=None, person=None, subject_name=unit.name),
            )
            for unit in units.all()
        ),
        *(
            _Writer(
                frozenset({each.kind}),
                WriterOut(unit=None, organisation=each.id, person=None, subject_name=each.name),
            )
            for each in organisations.all()
        ),
        _Writer(
            posts,
            WriterOut(unit=None, organisation=None, person=caller.id, subject_name=caller.name),
        ),
    ]
