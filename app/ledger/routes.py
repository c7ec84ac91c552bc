"""The log for those who hold a receipt or a checkpoint: heads and proofs, nothing of content."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.db import ReadDb
from app.core.errors import InvalidBody, NotFound
from app.core.http import SIGNED_IN, can_fail
from app.core.tables import HOUSE
from app.ledger import sealing
from app.ledger.errors import NotCheckpointed
from app.ledger.merkle import consistency_ranges, inclusion_ranges
from app.ledger.models import LedgerCheckpoint, LedgerLeaf
from app.ledger.schemas import CheckpointOut, ConsistencyOut, ProofOut
from app.postings.scope import Caller, Viewer

router = APIRouter(prefix="/ledger", tags=["ledger 记录簿"])
Log = Annotated[str, Path(pattern=r"^\d{6}$", description="县代码,或 000000")]
Seq = Annotated[int, Query(ge=0, le=2**31 - 1, description="回执中的 seq")]
Size = Annotated[int, Query(ge=1, le=2**31 - 1)]
FAILS = SIGNED_IN | can_fail(NotCheckpointed)


def _seen(viewer: Caller, log: str) -> None:
    """``NotFound`` unless the log is the house's, or of a county where the caller ever had a post."""
    if log != HOUSE and not any(
        log == held.county or log.startswith(held.unit) for held in viewer.postings
    ):
        raise NotFound


async def _covered(session: AsyncSession, log: str, size: int) -> LedgerCheckpoint:
    last = await sealing.newest(session, log)
    if last is None or last.size < size:
        raise NotCheckpointed
    return last


@router.get("/{log}/checkpoint", responses=FAILS)
async def get_checkpoint(viewer: Viewer, session: ReadDb, log: Log) -> CheckpointOut:
    """The newest signed checkpoint of a log; a new one is made every ten minutes while it grows."""
    _seen(viewer, log)
    last = await _covered(session, log, 1)
    return CheckpointOut(
        log=log,
        size=last.size,
        root=bytes(last.root).hex(),
        made_at=last.made_at,
        key=last.key,
        note=last.note,
    )


@router.get("/{log}/proof", responses=FAILS)
async def get_proof(viewer: Viewer, session: ReadDb, log: Log, seq: Seq) -> ProofOut:
    """That the leaf of a receipt stands in the newest checkpoint's tree."""
    _seen(viewer, log)
    last = await _covered(session, log, seq + 1)
    leaf = await session.get_one(LedgerLeaf, (log, seq))
    path = await sealing.roots(session, log, inclusion_ranges(seq, last.size))
    return ProofOut(
        log=log,
        seq=seq,
        size=last.size,
        leaf=bytes(leaf.leaf).hex(),
        path=[node.hex() for node in path],
        note=last.note,
    )


@router.get("/{log}/consistency", responses=FAILS)
async def get_consistency(
    viewer: Viewer,
    session: ReadDb,
    log: Log,
    from_: Annotated[Size, Query(alias="from", description="较早检查点的条数")],
    to: Annotated[Size, Query(description="较新检查点的条数")],
) -> ConsistencyOut:
    """That an earlier checkpoint's tree is how a later one's begins: nothing was changed since."""
    _seen(viewer, log)
    if from_ > to:
        raise InvalidBody("from 不能大于 to:请把较早检查点的条数写在 from。")
    await _covered(session, log, to)
    path = await sealing.roots(session, log, consistency_ranges(from_, to))
    return ConsistencyOut(from_=from_, log=log, to=to, path=[node.hex() for node in path])
