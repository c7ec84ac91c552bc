"""The log for those who hold a receipt or a checkpoint: heads and proofs, nothing of content."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.db import ReadDb
from app.core.errors import InvalidBody, NotFound
from app.core.http import SIGNED_IN, can_fail
from app.core.paging import Page, Paging
from app.core.tables import HOUSE
from app.ledger import proving, sealing, verifications
from app.ledger.errors import NotCheckpointed
from app.ledger.merkle import consistency_ranges, inclusion_ranges
from app.ledger.models import LedgerCheckpoint, LedgerLeaf
from app.ledger.schemas import (
    CheckpointItem,
    CheckpointOut,
    ConsistencyOut,
    FindingOut,
    ProofOut,
    RecordProofOut,
    VerificationOut,
    VerificationsOut,
)
from app.postings.scope import Caller, Sight, Viewer

router = APIRouter(prefix="/ledger", tags=["ledger 记录簿"])
Log = Annotated[str, Path(pattern=r"^\d{6}$", description="县代码,或 000000")]
Seq = Annotated[int, Query(ge=0, le=2**31 - 1, description="回执中的 seq")]
Size = Annotated[int, Query(ge=1, le=2**31 - 1)]
NO_LEAF = "这个记录簿里没有这条记录:请核对表名和完整的编号。"
FAILS = SIGNED_IN | can_fail(NotCheckpointed)


def _seen(viewer: Caller, log: str) -> None:
    """``NotFound`` unless the log is the house's, or of a county where the caller ever had a post."""
    if log != HOUSE and not any(
        log == held.county or log.startswith(held.unit) for held in viewer.postings
    ):
        raise NotFound


def _examines(viewer: Caller, log: str) -> bool:
    """Whether the caller examines this county's log today, or the house's with any county's."""
    over = viewer.units(Sight.EXAMINE)
    return any(len(unit) <= 6 if log == HOUSE else log.startswith(unit) for unit in over)


def _told(row: LedgerCheckpoint) -> dict[str, Any]:
    told = row.model_dump(include={"log", "size", "made_at", "key", "note"})
    return told | {"root": bytes(row.root).hex()}


async def _covered(session: AsyncSession, log: str, size: int) -> LedgerCheckpoint:
    last = await sealing.newest(session, log)
    if last is None or last.size < size:
        raise NotCheckpointed
    return last


@router.get("/{log}/checkpoint", responses=FAILS)
async def get_checkpoint(viewer: Viewer, session: ReadDb, log: Log) -> CheckpointOut:
    """The newest signed checkpoint of a log; a new one is made every ten minutes while it grows."""
    _seen(viewer, log)
    return CheckpointOut(**_told(await _covered(session, log, 1)))


@router.get("/{log}/checkpoints", responses=SIGNED_IN)
async def get_checkpoints(
    viewer: Viewer, session: ReadDb, log: Log, paging: Paging
) -> Page[CheckpointItem]:
    """Every signed checkpoint of a log, newest first."""
    _seen(viewer, log)
    query = select(LedgerCheckpoint).where(col(LedgerCheckpoint.log) == log)
    ordered = paging.onward(query, col(LedgerCheckpoint.number), descending=True)
    rows, onward = paging.cut(list((await session.exec(ordered)).all()), lambda r: (str(r.number),))
    items = [CheckpointItem(number=row.number, **_told(row)) for row in rows]
    return Page(items=items, next=onward)


@router.get("/{log}/verifications", responses=SIGNED_IN)
async def get_verifications(viewer: Viewer, session: ReadDb, log: Log) -> VerificationsOut:
    """The last verifications by the service itself; single findings for those who examine the log."""
    _seen(viewer, log)
    may = _examines(viewer, log)
    items = [
        VerificationOut(
            found=seen.found,
            elsewhere=seen.elsewhere,
            findings=[FindingOut(**each) for each in seen.findings] if may else [],
            **seen.row.model_dump(include={"began_at", "ended_at", "by", "bytes_read", "leaves"}),
        )
        for seen in await verifications.of_log(session, log)
    ]
    return VerificationsOut(items=items)


@router.get("/{log}/record", responses=FAILS)
async def get_record(
    viewer: Viewer,
    session: ReadDb,
    log: Log,
    table: Annotated[str, Query(pattern=r"^[a-z_]{1,32}$", description="表名,如 check_ins")],
    id_: Annotated[str, Query(alias="id", pattern=r"^[\w:.-]{1,64}$", description="记录编号")],
) -> RecordProofOut:
    """Every leaf of a record with its proof, for who examines the log; nothing of its content."""
    if not _examines(viewer, log):
        raise NotFound
    told = await proving.of_row(session, table, id_)
    if told is None or told["log"] != log:
        raise NotFound(NO_LEAF)
    if not told["proofs"]:
        raise NotCheckpointed
    return RecordProofOut(**told)


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
