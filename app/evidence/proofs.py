"""Many inclusion proofs out of one log at the price of a few reads."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ledger.merkle import Frontier, Range, inclusion_ranges, root_of
from app.ledger.models import LedgerLeaf, LedgerTile
from app.ledger.sealing import TILE


class Tree:
    """The tree of one log at one size, as far as the leaves asked about need it."""

    def __init__(self, log: str, size: int) -> None:
        self.log, self.size = log, size
        self._tiles: list[bytes] = []
        self._leaves: dict[int, list[bytes]] = {}
        self._roots: dict[Range, bytes] = {}

    async def read(self, session: AsyncSession, seqs: Iterable[int]) -> None:
        """All whole tiles' roots, and the leaves of those tiles that these positions lie in."""
        connection = await session.connection()
        tiles = (
            select(col(LedgerTile.root))
            .where(col(LedgerTile.log) == self.log, col(LedgerTile.number) < self.size // TILE)
            .order_by(col(LedgerTile.number))
        )
        self._tiles = [bytes(root) for root in (await connection.execute(tiles)).scalars()]
        for number in {seq // TILE for seq in seqs} | {self.size // TILE}:
            first, end = number * TILE, min(self.size, (number + 1) * TILE)
            leaves = (
                select(col(LedgerLeaf.leaf))
                .where(
                    col(LedgerLeaf.log) == self.log,
                    col(LedgerLeaf.seq) >= first,
                    col(LedgerLeaf.seq) < end,
                )
                .order_by(col(LedgerLeaf.seq))
            )
            found = (await connection.execute(leaves)).scalars()
            self._leaves[number] = [bytes(leaf) for leaf in found]

    def path(self, seq: int) -> list[bytes]:
        """The inclusion proof of a position that was read."""
        return [self._root(one) for one in inclusion_ranges(seq, self.size)]

    def _root(self, wanted: Range) -> bytes:
        if wanted not in self._roots:
            self._roots[wanted] = self._computed(*wanted)
        return self._roots[wanted]

    def _computed(self, start: int, end: int) -> bytes:
        number = start // TILE
        if end <= (number + 1) * TILE and (end - start < TILE or number in self._leaves):
            low = number * TILE
            return root_of(self._leaves[number][start - low : end - low])
        above, last = Frontier(), end // TILE
        for tile in self._tiles[number:last]:
            above.append(tile)
        if end % TILE == 0:
            return above.root()
        below = Frontier()
        for leaf in self._leaves[last][: end % TILE]:
            below.append(leaf)
        # 256 leaves are a whole subtree: the tiles' tree is the leaves' one, eight levels up
        return Frontier.load(end - start, above.dump() + below.dump()).root()
