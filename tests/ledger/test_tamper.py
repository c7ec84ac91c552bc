"""The tamper drill: whoever rules the database edits it, and each edit is found and named.

24 edits on each kind of database; ``./scripts/simulate tamper`` makes ``TAMPER_EDITS`` of them.
"""

import os
from collections import Counter
from datetime import date
from pathlib import Path

from fastapi import FastAPI
from sqlmodel.ext.asyncio.session import AsyncSession

from app import audit, examining
from app.core.clock import now
from app.core.db import Database
from app.ledger import auditing
from app.ledger import service as ledger
from app.ledger.auditing import Question
from app.ledger.checkpoint import Signer
from app.ledger.kept import Kept
from app.ledger.keys import signer
from app.ledger.verify import Finding
from app.org.models import Fence
from tests.factories import VILLAGE, make_unit
from tests.ledger.tamper import SPARED, Edit, Superuser
from tests.security.world import build

EDITS = int(os.environ.get("TAMPER_EDITS", "24"))
SEED = int(os.environ.get("TAMPER_SEED", "20261122"))


async def fences(db: Database, count: int) -> None:
    """Rows enough that the log has whole tiles."""
    await make_unit(db, VILLAGE)
    rows = [
        Fence(
            county=VILLAGE[:6],
            unit=VILLAGE,
            name=f"围栏{n}",
            lat_e7=271300000 + n,
            lon_e7=1139600000,
            radius_m=500,
            valid_to=date(2019, 1, 1),
        )
        for n in range(count)
    ]
    async with db.writing() as session:
        session.add_all(rows)
        await ledger.append_many(session, rows, "create", "test", now())


def asked(ours: Signer, exported: Path, kept: Kept) -> Question:
    """What an auditor has: the public key, and last week's export."""
    question = audit._question(ours, exported, [], [])
    question.kept = {}  # the drill has to name the row, not only the checkpoint
    question.noted = list(kept.all())
    return question


async def examined(connection_or_base: object, question: Question, **more: object) -> list[Finding]:
    """Every finding."""
    session = connection_or_base
    assert isinstance(session, AsyncSession)
    return [finding async for finding in examining.examine(session, question, None)]


def names(found: list[Finding], edit: Edit) -> bool:
    """Whether a finding names what was edited."""
    return any(
        (finding.table, finding.id) in edit.names
        or (finding.table == edit.table == "checkpoints" and _same_log(finding, edit))
        or (edit.table == "ledger_heads" == finding.table and _same_log(finding, edit))
        or (edit.table == "ledger" and finding.seq is not None and _same_leaf(finding, edit))
        for finding in found
    )


def _same_log(finding: Finding, edit: Edit) -> bool:
    return any(finding.log == told.partition(":")[0] for _, told in edit.names)


def _same_leaf(finding: Finding, edit: Edit) -> bool:
    return ("ledger", f"{finding.log}:{finding.seq}") in edit.names


async def test_each_edit_is_found_and_named(
    app: FastAPI, db: Database, database_url: str, tmp_path: Path
) -> None:
    await build(app)
    await fences(db, 300)
    ours = signer(app.state.settings)
    kept = Kept.of(app.state.settings)
    await audit._export(db, tmp_path / "out", ours, kept)
    question, superuser = asked(ours, tmp_path / "out", kept), Superuser(database_url, SEED)
    await superuser.look()
    async with auditing.snapshot(db) as session:
        assert await examined(session, question) == []
    missed, made = [], Counter[str]()
    for _ in range(EDITS):
        async with superuser.edited() as (edit, connection):
            session = AsyncSession(bind=connection)
            found = await examined(session, question)
            await session.close()
        made[edit.kind] += 1
        if not names(found, edit):
            missed.append(f"{edit}: {[str(each) for each in found[:3]]}")
    async with auditing.snapshot(db) as session:  # and nothing stayed behind
        assert await examined(session, question) == []
    await superuser.engine.dispose()
    print(f"{EDITS} edits, {dict(made)}, {len(missed)} missed")  # noqa: T201  # for simulate
    assert not missed, "\n".join(missed)


async def test_what_is_spared_is_there(db: Database, database_url: str) -> None:
    superuser = Superuser(database_url, 1)
    catalogue = await superuser.catalogue()
    for table, column in SPARED:
        assert table in catalogue, table
        assert column == "*" or column in catalogue[table], (table, column)
    await superuser.engine.dispose()
