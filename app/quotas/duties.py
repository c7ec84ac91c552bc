"""Duties 职责 of organisations and units: what one of them has done, and the board of a subtree."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.paging import PageQuery
from app.policy.records import History
from app.policy.standing import Standing
from app.quotas import adoptions, counting, facts, owing, service
from app.quotas.adoptions import Adoptions
from app.quotas.counting import window_of
from app.quotas.owing import Owing
from app.quotas.schemas import (
    BoardOut,
    CellOut,
    DutyRowOut,
    PeriodOut,
    StandingOut,
    StandingsOut,
    SubjectOut,
)
from app.quotas.standings import Asked, Bound, binding


@dataclass(frozen=True, slots=True)
class Duty:
    """An organisation with the rules that bind it."""

    owing: Owing
    bound: list[Bound]


async def of_unit(session: AsyncSession, code: str, asked: Asked) -> StandingsOut:
    """The standings of a unit itself, its branch and its office included."""
    days = _days(asked)
    return await _told(session, await owing.of_unit(session, code, *days), asked)


async def of_organisation(session: AsyncSession, organisation: UUID, asked: Asked) -> StandingsOut:
    """The standings of an organisation that is no unit."""
    return await _told(session, await owing.of_organisation(session, organisation), asked)


async def board(session: AsyncSession, unit: str, asked: Asked, paging: PageQuery) -> BoardOut:
    """The organisations and units of a subtree under the rules of this period length, one page."""
    duties, in_force = await bound_within(session, unit, asked)
    if paging.after is not None:
        after = (paging.text(0), paging.text(1), paging.text(2), paging.text(3))
        duties = [duty for duty in duties if duty.owing.place > after]
    page, following = paging.cut(duties[: paging.limit + 1], lambda duty: duty.owing.place)
    found = await standings_of(session, page, asked)
    names = await service.unit_names(session, sorted({duty.owing.seat for duty in page}))
    return BoardOut(
        period=PeriodOut.of(asked.periods[0]),
        on=asked.on,
        rules=service.rules_of(in_force, unit, asked, of_people=False),
        rows=[
            DutyRowOut(
                subject=SubjectOut.of(duty.owing.subject),
                unit=duty.owing.seat,
                unit_name=names[duty.owing.seat],
                cells=[CellOut.of(standing) for standing in standings],
            )
            for duty, standings in zip(page, found, strict=True)
        ],
        next=following,
        left_out=in_force.left_out(),
    )


async def bound_within(
    session: AsyncSession, unit: str, asked: Asked
) -> tuple[list[Duty], Adoptions]:
    """Whoever in a subtree is bound by a rule for organisations, by seat, kind and name.

    Of an organisation that also serves villages elsewhere, what is asked of each village is told
    for those of the subtree.
    """
    every = await owing.within(session, unit, *_days(asked))
    in_force = await adoptions.read(session, {unit, *owing.units_of(every)})
    duties = []
    for each in every:
        bound = [
            rule
            for rule in binding(each.posts, in_force, asked)
            if rule.village is None or rule.village.startswith(unit)
        ]
        if bound:
            duties.append(Duty(each, bound))
    return duties, in_force


async def standings_of(
    session: AsyncSession, duties: Sequence[Duty], asked: Asked
) -> list[list[Standing]]:
    """What each of them has done; the counting is done beside the loop."""
    histories = await histories_of(session, duties, asked)
    return await asyncio.to_thread(
        lambda: [
            counting.standings(
                duty.bound, histories[duty.owing.ref], asked, subject=duty.owing.subject
            )
            for duty in duties
        ]
    )


async def histories_of(
    session: AsyncSession, duties: Sequence[Duty], asked: Asked
) -> dict[facts.Ref, History]:
    """The records of each of them."""
    refs = [duty.owing.ref for duty in duties]
    window = window_of(
        [rule for duty in duties for rule in duty.bound],
        asked,
        organisations=[ref for ref in refs if isinstance(ref, UUID)],
        units=sorted({ref for ref in refs if isinstance(ref, str)}),
    )
    return await facts.histories(session, window)


async def _told(session: AsyncSession, who: list[Owing], asked: Asked) -> StandingsOut:
    in_force = await adoptions.read(session, owing.units_of(who)) if who else Adoptions(())
    duties = [Duty(each, binding(each.posts, in_force, asked)) for each in who]
    found = await standings_of(session, duties, asked)
    items = [
        StandingOut.told(standing, duty.owing.subject)
        for duty, standings in zip(duties, found, strict=True)
        for standing in standings
    ]
    return StandingsOut(items=items, left_out=in_force.left_out())


def _days(asked: Asked) -> tuple[date, date]:
    return (
        min(period.first for period in asked.periods),
        max(period.last for period in asked.periods),
    )
