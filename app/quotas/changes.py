"""Whose standings a stretch of the log may have changed: the log is the feed of changes.

Each logged table is in exactly one of three groups: its writes concern certain persons (`_WHOSE`),
nobody's standing (`NOBODY`), or everybody's, which is also what an unknown table means.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import and_, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.activities.models import ActivityAttendee
from app.checkins.models import CheckIn
from app.diaries.models import Diary
from app.households.models import PlanItem, Portrait, Position
from app.ledger.models import LedgerHead, LedgerLeaf
from app.policy.versions import number_of_all
from app.postings.models import Pairing, Posting
from app.requests.models import Leave, LeaveReturn, MakeUp
from app.reviews.models import Flag
from app.submissions.models import Decision, Figure, Submission

#: More leaves than these are not looked at one by one: counting everything anew costs less.
MOST_LEAVES = 5_000
_CHUNK = 500
#: no log has this name: under it stands which packs the program held when it counted
RULES = "-"
T = TypeVar("T")

#: Writes that change nobody's standing.
NOBODY = frozenset({
    "conflicts", "users", "sign_ins", "sign_in_refusals", "household_members", "unmaskings",
    "photos", "photo_uploads", "photo_removals", "files", "file_uploads", "file_removals",
    "organisations", "organisation_villages", "organisation_people", "closings", "notices",
    "notice_preferences", "spot_checks", "spot_check_items", "request_decisions", "request_withdrawals", "exports", "erasures", "flag_answers", "flag_decisions", "flag_appeals", "check_silences",
})  # fmt: skip
#: Writes that may change everybody's.
EVERYBODY = frozenset({"adoptions", "calendar_days", "units", "fences"})


async def heads(session: AsyncSession) -> dict[str, int]:
    """How long each log is now, and beside them the number of the rules that judge."""
    logs = (await session.exec(select(col(LedgerHead.log), col(LedgerHead.size)))).all()
    return {**dict(logs), RULES: number_of_all()}


async def persons(
    session: AsyncSession, before: Mapping[str, int], after: Mapping[str, int]
) -> set[UUID] | None:
    """Who is concerned by what was logged between two positions; None = perhaps everybody."""
    if before.get(RULES) != after.get(RULES):
        return None
    grown = {log: size for log, size in after.items() if size != before.get(log, 0)}
    if sum(size - before.get(log, 0) for log, size in grown.items()) > MOST_LEAVES:
        return None
    if not grown:
        return set()
    stretch = (
        and_(col(LedgerLeaf.log) == log, col(LedgerLeaf.seq) >= before.get(log, 0)) for log in grown
    )
    query = select(col(LedgerLeaf.table_name), col(LedgerLeaf.row_id)).where(or_(*stretch))
    written: dict[str, set[UUID]] = defaultdict(set)
    for table, row_id in (await session.exec(query.distinct())).all():
        if table in NOBODY:
            continue
        if table not in _WHOSE:
            return None
        written[table].add(UUID(row_id))
    found: set[UUID] = set()
    for table, ids in written.items():
        for asked in _WHOSE[table]:
            for part in parts(sorted(ids)):
                found.update(person for person in (await session.exec(asked(part))).all() if person)
    return found


def parts(items: Sequence[T]) -> Iterable[Sequence[T]]:
    """So many at a time as one statement takes."""
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))


Ids = Sequence[UUID]


def _by(person: Any, key: Any) -> Callable[[Ids], Any]:
    """The persons named by the rows themselves."""
    return lambda ids: select(person).where(key.in_(ids)).distinct()


def _helpers(household: Any, key: Any) -> Callable[[Ids], Any]:
    """Whoever is or was paired with the households of these rows."""
    return lambda ids: (
        select(col(Pairing.person_id))
        .where(col(Pairing.household_id).in_(select(household).where(key.in_(ids))))
        .distinct()
    )


_CHECK_INS = (
    _by(col(CheckIn.person_id), col(CheckIn.id)),
    _helpers(col(CheckIn.household_id), col(CheckIn.id)),  # a visit's fix places the household
)
_ATTENDEES = (_by(col(ActivityAttendee.person_id), col(ActivityAttendee.activity_id)),)
_FIGURES = (_by(col(Figure.person_id), col(Figure.id)),)


def _decided(ids: Ids) -> Any:
    of = select(col(Decision.submission_id)).where(col(Decision.id).in_(ids))
    return select(col(Submission.person_id)).where(col(Submission.id).in_(of)).distinct()


_WHOSE: dict[str, tuple[Callable[[Ids], Any], ...]] = {
    "check_ins": _CHECK_INS,
    "withdrawals": _CHECK_INS,
    # a flag moves with every decision and appeal; those rows themselves change nothing more
    "flags": (_by(col(Flag.author_id), col(Flag.id)),),
    "leave": (_by(col(Leave.author_id), col(Leave.id)),),
    "leave_returns": (_by(col(LeaveReturn.author_id), col(LeaveReturn.leave_id)),),
    "make_ups": (_by(col(MakeUp.author_id), col(MakeUp.id)),),
    "diaries": (_by(col(Diary.author_id), col(Diary.id)),),
    "postings": (_by(col(Posting.person_id), col(Posting.id)),),
    "pairings": (_by(col(Pairing.person_id), col(Pairing.id)),),
    "households": (
        _by(col(Pairing.person_id), col(Pairing.household_id)),
        _by(col(CheckIn.person_id), col(CheckIn.household_id)),  # whether it is a poor one
    ),
    "household_portraits": (_helpers(col(Portrait.household_id), col(Portrait.id)),),
    "household_positions": (_helpers(col(Position.household_id), col(Position.id)),),
    "plan_items": (_helpers(col(PlanItem.household_id), col(PlanItem.id)),),
    "submissions": (_by(col(Submission.person_id), col(Submission.id)),),
    "submission_decisions": (_decided,),
    "figures": _FIGURES,
    "figure_withdrawals": _FIGURES,
    "activities": _ATTENDEES,
    "activity_withdrawals": _ATTENDEES,
}
PERSONS = frozenset(_WHOSE)
