"""What an approver should know about a request, and whether the township or the county decides.

Derived anew at each reading, from a few SELECTs for a page of requests. Nothing here refuses.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.checkins.models import CheckIn, Withdrawal
from app.core.clock import civil_day
from app.core.days import in_words
from app.postings.models import Posting
from app.requests.models import Leave, LeaveReturn, MakeUp
from app.requests.rules import days_in_a_row, rules
from app.requests.schemas import MakeUpMonthOut, MakeUpTermsOut, MarkOut
from app.requests.states import ALIVE, Place, State

_ALIVE = [state.value for state in ALIVE]
_DAY = timedelta(days=1)
#: how far around a leave others are looked for that touch it
_AROUND = timedelta(days=366)
Person = UUID
#: the longest code of a unit in which one is the county's
COUNTY_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Weighed:
    """What there is to know about one request; ``units``: where its author was posted that day."""

    units: tuple[str, ...]
    marks: list[MarkOut] = field(default_factory=list)
    back_on: date | None = None

    @property
    def needs(self) -> Place:
        """Whose word is the last."""
        above = any(mark.county for mark in self.marks) or self.is_countys
        return Place.county if above else Place.township

    @property
    def is_countys(self) -> bool:
        """Whether its author was posted above the townships: no township has a word in it."""
        return bool(self.units) and all(len(unit) <= COUNTY_DIGITS for unit in self.units)

    @property
    def bar(self) -> MarkOut | None:
        """Why it cannot be approved for now."""
        return next((mark for mark in self.marks if mark.bars), None)


@dataclass(frozen=True, slots=True)
class Absence:
    """An approved or waiting leave as it stands: ended earlier where its author came back."""

    id: UUID
    first: date
    last: date
    approved: bool
    back_on: date | None = None

    @property
    def is_empty(self) -> bool:
        """Whether its author was back on its first day: none of its days is one of leave."""
        return self.last < self.first


async def leaves(session: AsyncSession, rows: Sequence[Leave]) -> dict[UUID, Weighed]:
    """The page's leaves, weighed."""
    if not rows:
        return {}
    people = {row.author_id for row in rows}
    posts = await _posts(session, people)
    span = min(row.first for row in rows) - _AROUND, max(row.last for row in rows) + _AROUND
    others = await _absences(session, people, *span)
    backs = await _returns(session, [row.id for row in rows])
    return {
        row.id: Weighed(
            _units(posts[row.author_id], row.day),
            _of_leave(row, _units(posts[row.author_id], row.day), others[row.author_id]),
            backs.get(row.id),
        )
        for row in rows
    }


async def make_ups(session: AsyncSession, rows: Sequence[MakeUp]) -> dict[UUID, Weighed]:
    """The page's make-ups, weighed."""
    if not rows:
        return {}
    people = {row.author_id for row in rows}
    posts = await _posts(session, people)
    first, last = min(row.day for row in rows), max(row.day for row in rows)
    away = await _absences(session, people, first, last)
    there = await _checked_in(session, people, first, last)
    asked = await _asked(session, people, first.replace(day=1), last + timedelta(days=31))
    return {
        row.id: Weighed(
            (units := _units(posts[row.author_id], row.day)),
            [
                *_of_make_up(row, units),
                *_beyond_cap(row, asked[row.author_id]),
                *_twice(row, asked[row.author_id]),
                *_beside(row, there, away[row.author_id]),
            ],
        )
        for row in rows
    }


async def terms(session: AsyncSession, person: Person, on: date) -> MakeUpTermsOut:
    """Until when back, and how often, this person's make-ups are the township's to approve."""
    earliest, cap = rules().earliest(on), rules().make_ups_per_month
    begin = earliest.replace(day=1)
    asked = (await _asked(session, {person}, begin, on + timedelta(days=31)))[person]
    months = [month := f"{on:%Y-%m}"]
    if f"{begin:%Y-%m}" != month:
        months.insert(0, f"{begin:%Y-%m}")
    days = {each.day for each in asked}
    left = {month: cap - sum(f"{day:%Y-%m}" == month for day in days) for month in months}
    return MakeUpTermsOut(
        earliest=earliest,
        within_days=rules().make_up_days,
        per_month=cap,
        months=[MakeUpMonthOut(month=month, left=max(0, left[month])) for month in months],
    )


def _of_leave(row: Leave, units: tuple[str, ...], others: Sequence[Absence]) -> list[MarkOut]:
    marks = _unposted(units)
    as_it_stands = next((each for each in others if each.id == row.id), None)
    if as_it_stands is not None and as_it_stands.is_empty:
        return marks
    beside = [each for each in others if each.id != row.id and not each.is_empty]
    spans = [(each.first, each.last) for each in beside]
    days = days_in_a_row(row.first, row.last, spans)
    if rules().is_long(row.kind, days):
        alone = (row.last - row.first).days + 1
        joined = "(连同相接的其他申请)" if days > alone else ""
        limit = rules().township_days[row.kind]
        says = f"连续 {days} 天{joined},超过 {limit} 天,由乡镇提出意见后报县级决定"
        marks.append(MarkOut(code="long", says=says, county=True))
    if any(first <= row.last and last >= row.first for first, last in spans):
        says = "与本人另一份申请的日期重叠,重叠的日子只算一次"
        marks.append(MarkOut(code="overlaps", says=says))
    if civil_day(row.received_at) > row.first:
        marks.append(MarkOut(code="after_the_fact", says="申请到达时,请假已经开始或已经结束"))
    return marks


def _of_make_up(row: MakeUp, units: tuple[str, ...]) -> list[MarkOut]:
    marks = _unposted(units)
    if units and not any(row.village.startswith(unit) for unit in units):
        says = "不是当天任职的村,批准后也不计入本人的驻村天数"
        marks.append(MarkOut(code="not_own_village", says=says))
    asked = civil_day(row.received_at)
    written = civil_day(row.written_at) if row.written_at else None
    if asked < row.day:
        says = "申请到达时这一天还没有到;现在不能批准,可以不批准并写明原因"
        marks.append(MarkOut(code="future_day", says=says, bars=True))
    elif not rules().in_time(row.day, asked, written):
        last = in_words(rules().deadline(row.day), row.day)
        says = f"过了期限({rules().make_up_days} 天内,即最迟{last})才申请,由县级决定"
        marks.append(MarkOut(code="after_deadline", says=says, county=True))
    if not row.evidence:
        marks.append(MarkOut(code="no_evidence", says="没有佐证照片"))
    return marks


def _beyond_cap(row: MakeUp, asked: Sequence[MakeUp]) -> list[MarkOut]:
    """Days of this month asked for before this one, and not refused or taken back."""
    month, stamp = (row.day.year, row.day.month), (row.received_at, row.id)
    before = {
        each.day
        for each in asked
        if (each.day.year, each.day.month) == month
        and each.day != row.day
        and (each.received_at, each.id) < stamp
    }
    cap = rules().make_ups_per_month
    if len(before) < cap:
        return []
    says = f"本月第 {len(before) + 1} 天补签,超过每月 {cap} 天,由县级决定"
    return [MarkOut(code="beyond_cap", says=says, county=True)]


def _twice(row: MakeUp, asked: Sequence[MakeUp]) -> list[MarkOut]:
    """Another request for the same day that is not refused or taken back."""
    same = [each for each in asked if each.day == row.day and each.id != row.id]
    if not same:
        return []
    approved = any(each.state == State.approved.value for each in same)
    stands = "已批准" if approved else "待审批"
    says = f"同一天另有一份补签申请{stands},批准后也只算一天"
    return [MarkOut(code="asked_twice", says=says)]


def _beside(
    row: MakeUp, there: set[tuple[Person, date, str]], away: Sequence[Absence]
) -> list[MarkOut]:
    marks = []
    if (row.author_id, row.day, row.village) in there:
        says = "这一天在这个村已有签到,补签不会多算"
        marks.append(MarkOut(code="has_check_in", says=says))
    if any(each.approved and each.first <= row.day <= each.last for each in away):
        says = "这一天已批准请假、公出或培训,请核对"
        marks.append(MarkOut(code="on_leave", says=says))
    return marks


def _unposted(units: tuple[str, ...]) -> list[MarkOut]:
    says = "当天没有任职登记,批准后也没有可计入的考核"
    return [] if units else [MarkOut(code="no_posting", says=says)]


def _units(posts: Sequence[Posting], day: date) -> tuple[str, ...]:
    """Where somebody was posted on a day."""
    held = (p.unit for p in posts if p.since <= day and (p.until is None or day <= p.until))
    return tuple(sorted(set(held)))


async def _posts(session: AsyncSession, people: set[Person]) -> dict[Person, list[Posting]]:
    found: dict[Person, list[Posting]] = defaultdict(list)
    query = select(Posting).where(col(Posting.person_id).in_(people))
    for posting in (await session.exec(query)).all():
        found[posting.person_id].append(posting)
    return found


async def _returns(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, date]:
    query = select(col(LeaveReturn.leave_id), col(LeaveReturn.back_on)).where(
        col(LeaveReturn.leave_id).in_(ids)
    )
    return dict((await session.exec(query)).all())


async def _absences(
    session: AsyncSession, people: set[Person], first: date, last: date
) -> dict[Person, list[Absence]]:
    """Waiting and approved leaves of these people that touch the span."""
    query = (
        select(Leave, col(LeaveReturn.back_on))
        .outerjoin(LeaveReturn, col(LeaveReturn.leave_id) == col(Leave.id))
        .where(
            col(Leave.author_id).in_(people),
            col(Leave.state).in_(_ALIVE),
            col(Leave.first) <= last,
            col(Leave.last) >= first,
        )
    )
    found: dict[Person, list[Absence]] = defaultdict(list)
    rows: Sequence[tuple[Leave, date | None]] = (await session.exec(query)).all()
    for row, back_on in rows:
        until = row.last if back_on is None else back_on - _DAY
        approved = row.state == State.approved.value
        found[row.author_id].append(Absence(row.id, row.first, until, approved, back_on))
    return found


async def _asked(
    session: AsyncSession, people: set[Person], first: date, last: date
) -> dict[Person, list[MakeUp]]:
    query = select(MakeUp).where(
        col(MakeUp.author_id).in_(people),
        col(MakeUp.state).in_(_ALIVE),
        col(MakeUp.day).between(first, last),
    )
    found: dict[Person, list[MakeUp]] = defaultdict(list)
    for row in (await session.exec(query)).all():
        found[row.author_id].append(row)
    return found


async def _checked_in(
    session: AsyncSession, people: set[Person], first: date, last: date
) -> set[tuple[Person, date, str]]:
    """Who checked in where on which day; what was withdrawn is left out."""
    query = (
        select(col(CheckIn.person_id), col(CheckIn.day), col(CheckIn.village))
        .outerjoin(Withdrawal, col(Withdrawal.check_in_id) == col(CheckIn.id))
        .where(
            col(CheckIn.person_id).in_(people),
            col(CheckIn.day).between(first, last),
            col(Withdrawal.check_in_id).is_(None),
        )
        .distinct()
    )
    return set((await session.exec(query)).all())
