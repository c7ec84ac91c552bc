"""Signing checkpoints of logs that have grown, and proofs against the newest of them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.db import Database, insert
from app.ledger.checkpoint import BadNote, Signer, opened
from app.ledger.kept import Kept, Noted
from app.ledger.merkle import Frontier, Range, root_of
from app.ledger.models import LedgerCheckpoint, LedgerHead, LedgerLeaf, LedgerTile

TILE = 256
BATCH = 20 * TILE
Tiles = list[dict[str, object]]


class BrokenCheckpoint(ValueError):
    """The newest checkpoint is not ours or not whole: nothing may be built on it."""


def _go_on() -> bool:
    return False


async def seal(
    base: Database,
    signer: Signer,
    now: datetime,
    enough: Callable[[], bool] = _go_on,
    *,
    kept: Kept | None,
) -> int:
    """A checkpoint for every log that has grown since its last; how many were made.

    ``kept`` takes each of them outside of the database, too. Raises `BrokenCheckpoint` for a log whose newest checkpoint somebody has altered, when the
    other logs have theirs.
    """
    async with base.reading() as session:
        logs = (await session.exec(select(col(LedgerHead.log)).order_by(LedgerHead.log))).all()
    made, broken = 0, list[str]()
    for log in logs:
        if enough():
            break
        try:
            made += await _seal(base, signer, log, now, kept)
        except BrokenCheckpoint:
            broken.append(log)
    if broken:
        raise BrokenCheckpoint(
            f"the newest checkpoint of {broken} is altered: zhucun ledger verify"
        )
    return made


async def _seal(base: Database, signer: Signer, log: str, now: datetime, kept: Kept | None) -> int:
    async with base.reading() as session:
        last = await newest(session, log)
        size = await session.get(LedgerHead, log)
        tree = _tree(last, signer)
        if size is None or size.size <= tree.size:
            return 0
        tiles = await _grow(session, log, tree, size.size)
    row = LedgerCheckpoint(
        log=log,
        number=0 if last is None else last.number + 1,
        size=tree.size,
        root=tree.root(),
        frontier=tree.dump(),
        made_at=now.replace(microsecond=0),
        key=str(signer.verifier(log)),
        note=signer.sign(log, tree.size, tree.root(), now),
    )
    async with base.writing() as session:
        new = insert(session, LedgerCheckpoint).values(**row.model_dump()).on_conflict_do_nothing()
        if (await session.exec(new)).rowcount != 1:
            return 0  # somebody else was quicker
        for start in range(0, len(tiles), BATCH):
            part = tiles[start : start + BATCH]
            await session.exec(
                insert(session, LedgerTile).on_conflict_do_nothing(),
                params=part,
            )
    if kept is not None:
        before = None if last is None else Noted(log, last.number, last.note)
        await asyncio.to_thread(kept.keep, Noted(log, row.number, row.note), before)
    return 1


def _tree(last: LedgerCheckpoint | None, signer: Signer) -> Frontier:
    if last is None:
        return Frontier()
    try:
        said = opened(last.note, [signer.verifier(last.log)])
        tree = Frontier.load(last.size, bytes(last.frontier))
    except (BadNote, ValueError) as error:
        raise BrokenCheckpoint(str(error)) from error
    if said.size != tree.size or said.root != tree.root():
        raise BrokenCheckpoint(last.log)
    return tree


async def _grow(session: AsyncSession, log: str, tree: Frontier, size: int) -> Tiles:
    """Let the tree grow to ``size``; the tiles that became whole."""
    tiles, tile = Tiles(), list[bytes]()
    start = tree.size - tree.size % TILE  # the tile that is not whole yet, from its beginning
    async for seq, leaf in _leaves(session, log, start, size):
        if seq == tree.size:
            tree.append(leaf)
        tile.append(leaf)
        if len(tile) == TILE:
            tiles.append({"log": log, "number": seq // TILE, "root": root_of(tile)})
            tile = []
    if tree.size != size:
        raise BrokenCheckpoint(f"{log}: leaves are missing")
    return tiles


async def _leaves(
    session: AsyncSession, log: str, start: int, end: int
) -> AsyncIterator[tuple[int, bytes]]:
    """The leaf hashes from ``start`` up to and without ``end``, with their numbers."""
    while start < end:
        upto = min(end, start + BATCH)
        query = (
            select(col(LedgerLeaf.seq), col(LedgerLeaf.leaf))
            .where(
                col(LedgerLeaf.log) == log, col(LedgerLeaf.seq) >= start, col(LedgerLeaf.seq) < upto
            )
            .order_by(col(LedgerLeaf.seq))
        )
        for seq, leaf in (await session.exec(query)).all():
            yield seq, bytes(leaf)
        start = upto
        await asyncio.sleep(0)  # beside requests, they come first


async def newest(session: AsyncSession, log: str) -> LedgerCheckpoint | None:
    """The log's last checkpoint."""
    query = (
        select(LedgerCheckpoint)
        .where(col(LedgerCheckpoint.log) == log)
        .order_by(col(LedgerCheckpoint.number).desc())
        .limit(1)
    )
    return (await session.exec(query)).first()


async def roots(session: AsyncSession, log: str, ranges: Iterable[Range]) -> list[bytes]:
    """The root of each range of leaves; ranges begin where a tile does or lie inside one.

    A range costs one read of its whole tiles' roots and one of the leaves that remain.
    """
    out = []
    for start, end in ranges:
        whole = end - end % TILE if start % TILE == 0 and end - start >= TILE else start
        query = (
            select(col(LedgerTile.root))
            .where(
                col(LedgerTile.log) == log,
                col(LedgerTile.number) >= start // TILE,
                col(LedgerTile.number) < whole // TILE,
            )
            .order_by(col(LedgerTile.number))
        )
        tiles = (await session.exec(query)).all() if whole > start else ()
        rest = [leaf async for _, leaf in _leaves(session, log, whole, end)]
        out.append(_joined([bytes(tile) for tile in tiles], rest))
    return out


def _joined(tiles: list[bytes], rest: list[bytes]) -> bytes:
    """The root over whole tiles and the leaves behind them."""
    if not tiles:
        return root_of(rest)
    # 256 leaves are a whole subtree: the tiles' tree is the leaves' one, eight levels up
    above = Frontier()
    for tile in tiles:
        above.append(tile)
    if not rest:
        return above.root()
    below = Frontier()
    for leaf in rest:
        below.append(leaf)
    both = Frontier.load(len(tiles) * TILE + len(rest), above.dump() + below.dump())
    return both.root()
