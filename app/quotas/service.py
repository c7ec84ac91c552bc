"""Quotas of a person, the table of a unit, and its summary."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.errors import InvalidBody
from app.org.models import Unit
from app.policy.pack import Rule
from app.policy.periods import BadPeriod, Period, parse
from app.policy.standing import NotCounted, Standing
from app.quotas import adoptions, facts
from app.quotas.adoptions import Adoptions, InForce
from app.quotas.counting import standings, window_of
from app.quotas.errors import NoSuchPeriod
from app.quotas.schemas import (
    RuleOut,
)
from app.quotas.standings import Asked, Bound, binding
from app.reviews.reading import reasons_of

FIRST_YEAR, LAST_YEAR = 2004, 2100
MOST_ASSUMED = 366


def period_of(key: str, on: date) -> Period:
    """The period of a key; raises `NoSuchPeriod`."""
    try:
        period = parse(key, on)
    except BadPeriod:
        raise NoSuchPeriod from None
    if not FIRST_YEAR <= period.first.year <= LAST_YEAR:
        raise NoSuchPeriod
    return period


def days_assumed(text: str) -> frozenset[date]:
    """Days as ``2026-11-24..2026-11-28,2026-12-01``; raises `InvalidBody`."""
    found: set[date] = set()
    for part in filter(None, (part.strip() for part in text.split(","))):
        begin, dots, end = part.partition("..")
        try:
            first = date.fromisoformat(begin)
            last = date.fromisoformat(end) if dots else first
        except ValueError:
            raise InvalidBody(
                f"assume_days 中的 {part[:24]} 写法有误。请写成 2026-11-24..2026-11-28,2026-12-01。"
            ) from None
        if not (first.year >= FIRST_YEAR and first <= last and last.year <= LAST_YEAR):
            raise InvalidBody(f"assume_days 中的 {part[:24]} 起止颠倒,或不在可计算的年份内。")
        if (last - first).days + len(found) >= MOST_ASSUMED:
            raise InvalidBody(f"assume_days 最多 {MOST_ASSUMED} 天。请缩短假设的日期。")
        found.update(first + timedelta(days=n) for n in range((last - first).days + 1))
    return frozenset(found)


def check_assumed(days: frozenset[date], asked: Asked) -> None:
    """A day outside every period asked about would count nowhere; raises `InvalidBody`."""
    first = min(period.first for period in asked.periods)
    last = max(period.last for period in asked.periods)
    outside = sorted(day for day in days if not first <= day <= last)
    if outside:
        more = f"等 {len(outside)} 天" if len(outside) > 1 else ""
        raise InvalidBody(
            f"assume_days 中假设的 {outside[0]} {more}不在所问的考核周期内"
            f"({first} 至 {last})。请改日期,或用 period 或 on 改问那一天所在的周期。"
        )


async def bound_of(session: AsyncSession, person: UUID, asked: Asked) -> list[Bound]:
    """The rules that bind a person in the periods asked for."""
    return (await bound_by(session, person, asked))[0]


async def bound_by(
    session: AsyncSession, person: UUID, asked: Asked
) -> tuple[list[Bound], list[str]]:
    """The same, and what was left out of it, see `Adoptions.left_out`."""
    posts = (await facts.posts(session, [person])).get(person, [])
    if not posts:
        return [], []
    in_force = await adoptions.read(session, [post.unit for post in posts])
    bound = binding(posts, in_force, asked)
    return bound, in_force.left_out()


async def standings_of(
    session: AsyncSession, person: UUID, bound: list[Bound], asked: Asked
) -> list[Standing]:
    """What a person has done of it, with the evidence."""
    history = await facts.histories(session, window_of(bound, asked, people=[person]))
    return await with_reasons(session, standings(bound, history[person], asked))


async def with_reasons(session: AsyncSession, found: list[Standing]) -> list[Standing]:
    """The same, with the reviewer's reason beside each record that was decided not to count."""
    decided = {UUID(n.record) for each in found for n in each.not_counted if n.code == "decided"}
    reasons = await reasons_of(session, decided) if decided else {}
    if not reasons:
        return found
    return [
        replace(each, not_counted=tuple(_reasoned(one, reasons) for one in each.not_counted))
        for each in found
    ]


def _reasoned(one: NotCounted, reasons: Mapping[UUID, str]) -> NotCounted:
    if one.code != "decided" or (reason := reasons.get(UUID(one.record))) is None:
        return one
    return replace(one, why=f"{one.why}:{reason}")


def rules_of(
    in_force: Adoptions, unit: str, asked: Asked, *, of_people: bool = True
) -> list[RuleOut]:
    """The rules of this period length for people, or for organisations, that hold in the unit or
    anywhere below it, each once.
    """
    period = asked.periods[0]
    found: dict[tuple[str, str], tuple[InForce, Rule]] = {}
    for held in in_force.within(unit, asked.day_of(period)):
        for rule in held.pack.rules.values():
            if rule.per == period.length and (rule.posts if of_people else rule.subjects):
                found.setdefault((held.pack.id, rule.id), (held, rule))
    told = [RuleOut.of(held, rule, period.first) for _, (held, rule) in sorted(found.items())]
    for number, one in enumerate(told):
        if any(one.id == earlier.id for earlier in told[:number]):
            one.key = f"{one.pack}/{one.id}"
    return told


async def unit_names(session: AsyncSession, codes: Sequence[str]) -> dict[str, str]:
    """The names of these units."""
    query = select(col(Unit.code), col(Unit.name)).where(col(Unit.code).in_(codes))
    return dict((await session.exec(query)).all())


def asked_about(key: str, on: date, at: datetime) -> Asked:
    """The question about one period, by its key; raises `NoSuchPeriod`."""
    return Asked.about(on, at, period_of(key, on))
