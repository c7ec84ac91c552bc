"""A spot check of the last full month: announced, drawn, and some of it asked already."""

import hashlib
from datetime import date, datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.core.db import Database
from app.core.ids import new_id
from app.demo.span import ONE, at
from app.ledger import service as ledger
from app.postings.models import Post, Posting
from app.postings.scope import Caller, Held
from app.spotchecks import service
from app.spotchecks.models import Found, SpotCheck, SpotCheckItem, Way
from app.spotchecks.schemas import SHARE, ResultIn

NOTES = {
    Found.agrees: "村支书确认当天在村。",
    Found.differs: "农户说当天没见到人,已请本人说明。",
    Found.unreachable: "电话三次无人接听。",
}
#: what the first ones asked about said; the others are still to be asked
SAID = (
    Found.agrees, Found.agrees, Found.unreachable, Found.agrees, Found.differs, Found.agrees,
    Found.agrees, Found.agrees,
)  # fmt: skip


async def sample(base: Database, county: str, today: date, seed: int) -> None:
    """Announced on the month's last evening, drawn the next morning, by the listed reviewer."""
    first = today.replace(day=1)
    announced = at(first - ONE, 17)
    async with base.writing() as session:
        viewer = await _reviewer(session, today)
        if viewer is None:
            return
        row = SpotCheck(
            county=county,
            unit=county,
            month=f"{first - ONE:%Y-%m}",
            share_percent=SHARE,
            seed=hashlib.sha256(f"demo {seed} {first}".encode()).hexdigest(),
            announced_by=viewer.id,
            announced_at=announced,
        )
        session.add(row)
        await ledger.append(session, row, "create", viewer.id, announced)
        if today.day > 1:
            await _ask(session, viewer, row, at(first, 9))


async def _ask(session: AsyncSession, viewer: Caller, row: SpotCheck, drawn: datetime) -> None:
    await service.draw(session, viewer, row.id, drawn)
    query = select(col(SpotCheckItem.id)).where(col(SpotCheckItem.spot_check_id) == row.id)
    keys = (await session.exec(query.order_by(col(SpotCheckItem.position)))).all()
    for number, (key, found) in enumerate(zip(keys, SAID, strict=False), start=1):
        way = Way.visit if number % 3 == 0 else Way.phone
        body = ResultIn(way=way, found=found, note=NOTES[found])
        await service.record(session, viewer, key, body, drawn + timedelta(minutes=12 * number))


async def _reviewer(session: AsyncSession, today: date) -> Caller | None:
    """The listed reviewer, as a signed-in caller would be."""
    query = (
        select(User, Posting)
        .join(Posting, col(Posting.person_id) == col(User.id))
        .where(col(User.username) == "reviewer", col(Posting.kind) == Post.RV.value)
    )
    found = (await session.exec(query)).first()
    if found is None:
        return None
    user, post = found
    held = Held(post.id, post.unit, Post.RV, post.since, post.until, post.county)
    return Caller(user.id, user.name, new_id(), today, (held,))
