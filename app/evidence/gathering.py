"""Everything that the house holds about one person and period, as rows with their leaves."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy import Table as SqlTable
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.activities import reading as activity_reading
from app.activities import sight as activity_sight
from app.activities.models import Activity, ActivityWithdrawal
from app.checkins.models import CheckIn, Withdrawal
from app.core.clock import SHANGHAI
from app.core.tables import Logged
from app.diaries.models import Diary
from app.ledger.canonical import canonical, commitment
from app.ledger.models import LedgerLeaf
from app.ledger.verify import Leaf
from app.org.models import Fence
from app.photos.models import Upload
from app.policy.periods import BadPeriod, Period, parse
from app.postings import scope
from app.postings.models import Pairing, Posting
from app.postings.scope import Caller
from app.quotas.changes import parts
from app.quotas.models import Adoption, Closing
from app.requests.models import (
    Leave,
    LeaveReturn,
    MakeUp,
    RequestDecision,
    RequestWithdrawal,
)
from app.reviews.models import Flag, FlagAnswer, FlagAppeal, FlagDecision
from app.submissions import sight as submission_sight
from app.submissions.models import (
    Decision,
    Figure,
    FigureWithdrawal,
    FileUpload,
    Submission,
)

Clause = ColumnElement[bool]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """What whoever asks may read of the person's records, as clauses over the tables."""

    records: Callable[[Any, Any, Any], Clause]
    activities: Clause
    submissions: Clause
    figures: Clause

    @classmethod
    def by(cls, caller: Caller) -> "Seen":
        """As the scope file says."""
        return cls(
            lambda author, day, village: scope.records(caller, author, day, village),
            activity_sight.visible(caller),
            submission_sight.submissions(caller),
            submission_sight.figures(caller),
        )

    @classmethod
    def all(cls) -> "Seen":
        """Everything: whoever asks at the machine."""
        return cls(lambda *_: true(), true(), true(), true())


@dataclass(slots=True)
class Record:
    """A row as it stands, its committed columns, and every leaf that tells of it."""

    table: str
    id: str
    row: Row
    payload: dict[str, Any]
    leaves: list[Leaf]

    @property
    def log(self) -> str:
        """The log that tells of it."""
        return self.leaves[-1].log

    @property
    def fits(self) -> bool:
        """Whether the row is the one that its last leaf commits to."""
        try:
            found = commitment(self.row["salt"], self.payload)
        except TypeError:  # no canonical form: nothing of ours was ever stored so
            return False
        return found == bytes(self.leaves[-1].commitment)

    @property
    def file(self) -> str:
        """Where it lies in a pack."""
        return f"records/{self.table}/{self.id.replace(':', '_')}.json"

    def told(self) -> bytes:
        """The record as a file: the canonical form of payload, salt and leaves."""
        return canonical(
            {
                "table": self.table,
                "id": self.id,
                "log": self.log,
                "salt": self.row["salt"],
                "payload": self.payload,
                "leaves": [
                    {"seq": leaf.seq, "entry": leaf.data().decode()} for leaf in self.leaves
                ],
            }
        )


@dataclass(slots=True)
class Records:
    """Records by table, each in the order of its rows' days."""

    by_table: dict[str, list[Record]] = field(default_factory=dict)

    def of(self, model: type[Logged]) -> list[Record]:
        """The records of one table."""
        return self.by_table.get(str(model.__tablename__), [])

    def ids(self, *models: type[Logged]) -> list[UUID]:
        """The ids of the rows of these tables."""
        return [record.row["id"] for model in models for record in self.of(model)]

    def all(self) -> list[Record]:
        """Every record."""
        return [record for records in self.by_table.values() for record in records]

    async def add(self, session: AsyncSession, model: type[Logged], *where: Clause) -> None:
        """The rows of a table that meet all clauses, beside those that are there already."""
        table: SqlTable = model.__table__  # type: ignore[attr-defined]  # SQLModel sets it
        keys = list(table.primary_key.columns)
        connection = await session.connection()
        found = (await connection.execute(select(table).where(*where).order_by(*keys))).mappings()
        rows = {":".join(str(row[key.name]) for key in keys): dict(row) for row in found}
        told = await _leaves(session, table.name, list(rows))
        have = self.by_table.setdefault(table.name, [])
        known = {record.id for record in have}
        for key, row in rows.items():
            if key not in known and key in told:
                names = model.LEAF[told[key][-1].v]
                payload = {name: row[name] for name in names}
                have.append(Record(table.name, key, row, payload, told[key]))

    async def add_by(
        self, session: AsyncSession, model: type[Logged], column: Any, values: Iterable[Any]
    ) -> None:
        """The rows whose column holds one of the values, however many these are."""
        for part in parts(sorted(set(values))):
            await self.add(session, model, column.in_(part))


async def _leaves(session: AsyncSession, table: str, ids: Sequence[str]) -> dict[str, list[Leaf]]:
    ledger: SqlTable = LedgerLeaf.__table__  # type: ignore[attr-defined]
    connection = await session.connection()
    out: dict[str, list[Leaf]] = {}
    for part in parts(ids):
        query = (
            select(ledger)
            .where(ledger.c.row_id.in_(part), ledger.c.table_name == table)
            .order_by(ledger.c.log, ledger.c.seq)
        )
        for row in await connection.execute(query):
            leaf = Leaf._make(row)
            out.setdefault(leaf.id, []).append(leaf)
    return out


async def gather(
    session: AsyncSession,
    person: UUID,
    period: Period,
    seen: Seen,
    *,
    cited: Iterable[UUID] = (),
    adoptions: Iterable[UUID] = (),
    closings: Iterable[UUID] = (),
) -> Records:
    """The person's records of the days of a period that ``seen`` lets through.

    ``cited``: records that standings name, whatever their day; ``adoptions`` and ``closings``:
    what those standings rest on.
    """
    found, named = Records(), list(cited)
    first, last = period.first, period.last
    await _posts(session, found, person, period)
    await found.add(
        session,
        CheckIn,
        col(CheckIn.person_id) == person,
        # a visit shortly after midnight looks back to the day before
        col(CheckIn.day).between(first - timedelta(days=1), last),
        seen.records(col(CheckIn.person_id), col(CheckIn.day), col(CheckIn.village)),
    )
    ids = found.ids(CheckIn)
    await found.add_by(session, Withdrawal, col(Withdrawal.check_in_id), ids)
    await found.add(
        session,
        Diary,
        col(Diary.author_id) == person,
        col(Diary.work_date).between(first, last),
        seen.records(col(Diary.author_id), col(Diary.work_date), None),
    )
    await _activities(session, found, person, period, seen)
    await _submissions(session, found, person, period, seen, named)
    await _requests(session, found, person, period, seen)
    await _reviews(session, found, person)
    await found.add_by(session, Adoption, col(Adoption.id), adoptions)
    await found.add_by(session, Closing, col(Closing.id), closings)
    await _fences(session, found, period)
    await _uploads(session, found, person)
    return found


async def _posts(session: AsyncSession, found: Records, person: UUID, period: Period) -> None:
    for model in (Posting, Pairing):
        await found.add(
            session,
            model,
            col(model.person_id) == person,
            col(model.since) <= period.last,
            or_(col(model.until).is_(None), col(model.until) >= period.first),
        )


async def _activities(
    session: AsyncSession, found: Records, person: UUID, period: Period, seen: Seen
) -> None:
    await found.add(
        session,
        Activity,
        activity_reading.of_person(person),
        col(Activity.day).between(period.first, period.last),
        seen.activities,
    )
    ids = found.ids(Activity)
    await found.add_by(session, ActivityWithdrawal, col(ActivityWithdrawal.activity_id), ids)


async def _submissions(
    session: AsyncSession,
    found: Records,
    person: UUID,
    period: Period,
    seen: Seen,
    cited: Sequence[UUID],
) -> None:
    """What was handed in for the period or cited; drafts are evidence of nothing."""
    own = or_(col(Submission.author_id) == person, col(Submission.person_id) == person)
    sent = and_(own, col(Submission.draft).is_(False), seen.submissions)
    within = (
        select(col(Submission.id), col(Submission.for_period))
        .where(sent)
        .where(col(Submission.received_at) >= _midnight(period.first))
    )
    connection = await session.connection()
    ids = {
        row_id for row_id, key in await connection.execute(within) if _overlaps(key, period)
    } | set(cited)
    for part in parts(sorted(ids)):
        await found.add(session, Submission, sent, col(Submission.id).in_(part))
    await found.add_by(session, Decision, col(Decision.submission_id), found.ids(Submission))
    await found.add(
        session,
        Figure,
        or_(col(Figure.author_id) == person, col(Figure.person_id) == person),
        col(Figure.day).between(period.first, period.last),
        seen.figures,
    )
    ids_ = found.ids(Figure)
    await found.add_by(session, FigureWithdrawal, col(FigureWithdrawal.figure_id), ids_)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI)


def _overlaps(key: str, period: Period) -> bool:
    try:
        other = parse(key, period.last)
    except BadPeriod:
        return False
    return other.first <= period.last and other.last >= period.first


async def _requests(
    session: AsyncSession, found: Records, person: UUID, period: Period, seen: Seen
) -> None:
    await found.add(
        session,
        Leave,
        col(Leave.author_id) == person,
        col(Leave.first) <= period.last,
        col(Leave.last) >= period.first,
        seen.records(col(Leave.author_id), col(Leave.day), None),
    )
    await found.add(
        session,
        MakeUp,
        col(MakeUp.author_id) == person,
        col(MakeUp.day).between(period.first, period.last),
        seen.records(col(MakeUp.author_id), col(MakeUp.day), col(MakeUp.village)),
    )
    ids = found.ids(Leave, MakeUp)
    await found.add_by(session, RequestDecision, col(RequestDecision.request_id), ids)
    await found.add_by(session, RequestWithdrawal, col(RequestWithdrawal.request_id), ids)
    await found.add_by(session, LeaveReturn, col(LeaveReturn.leave_id), found.ids(Leave))


async def _reviews(session: AsyncSession, found: Records, person: UUID) -> None:
    """Flags on these records, with every word that was said to them; silent ones are nobody's."""
    for part in parts(sorted(found.ids(CheckIn, Diary, Activity, Submission))):
        await found.add(
            session,
            Flag,
            col(Flag.author_id) == person,
            col(Flag.silent).is_(False),
            col(Flag.record_id).in_(part),
        )
    ids = found.ids(Flag)
    for model in (FlagAnswer, FlagDecision, FlagAppeal):
        await found.add_by(session, model, col(model.flag_id), ids)


async def _fences(session: AsyncSession, found: Records, period: Period) -> None:
    """Where the villages were: what the word "inside" of a check-in rests on."""
    villages = {row.row["village"] for row in found.of(CheckIn)}
    for part in parts(sorted(villages)):
        await found.add(
            session,
            Fence,
            col(Fence.unit).in_(part),
            or_(col(Fence.valid_from).is_(None), col(Fence.valid_from) <= period.last),
            or_(col(Fence.valid_to).is_(None), col(Fence.valid_to) >= period.first),
        )


async def _uploads(session: AsyncSession, found: Records, person: UUID) -> None:
    """The person's own uploads of the pictures and files that the records name."""
    for model, hashes in ((Upload, photos_of(found)), (FileUpload, files_of(found))):
        for part in parts(sorted(hashes)):
            await found.add(
                session, model, col(model.user_id) == person, col(model.sha256).in_(part)
            )


def photos_of(found: Records) -> set[str]:
    """The hashes of all photos that these records name."""
    named = {
        sha256
        for model in (CheckIn, Diary, Activity, FlagAnswer, FlagAppeal)
        for record in found.of(model)
        for sha256 in record.row["photos"] or ()
    }
    return named | {sha256 for record in found.of(MakeUp) for sha256 in record.row["evidence"]}


def files_of(found: Records) -> set[str]:
    """The hashes of all documents that these records name; some may be photos."""
    return {
        sha256
        for model in (Submission, Figure)
        for record in found.of(model)
        for sha256 in record.row["files"] or ()
    }
