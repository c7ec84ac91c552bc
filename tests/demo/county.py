"""The whole county, as ``./scripts/run`` loads it: too long for every run, ``./scripts/simulate county`` does it."""

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from app.core.db import Database
from app.core.settings import Settings
from app.demo.service import load
from app.org.models import Organisation
from app.policy.loader import shipped
from app.postings.models import Posting
from app.quotas.models import Adoption
from tests.demo.test_demo import COUNTY, TODAY, _house


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_whole_county(db: Database, settings: Settings) -> None:
    """163 villages once, on SQLite: three stationed cadres each, about 5,000 households."""
    done = await load(_house(db, settings), COUNTY, today=TODAY)
    assert done.counts["单位"] == 179
    async with db.reading() as session:
        adopted = (await session.exec(select(Adoption.pack, Adoption.unit))).all()
        assert {pack for pack, _ in adopted} == set(shipped())
        assert {unit for pack, unit in adopted if pack == "p0-village-leader"} == {COUNTY}
        bodies = (await session.exec(select(func.count()).select_from(Organisation))).one()
    assert 163 + 13 * 4 <= bodies <= 163 + 13 * 5 + 8
    async with db.reading() as session:
        kinds = dict(
            (
                await session.exec(
                    select(Posting.kind, func.count(col(Posting.person_id).distinct())).group_by(
                        Posting.kind
                    )
                )
            ).all()
        )
    assert {kind: kinds[kind] for kind in ("FS", "TL", "TM", "TA", "CA", "RV", "AU")} == {
        "FS": 163, "TL": 163, "TM": 163, "TA": 13, "CA": 1, "RV": 3, "AU": 1,
    }  # fmt: skip
    assert 700 <= kinds["HC"] <= 900
    assert 40 <= kinds["VC"] <= 60
    assert 4_500 <= done.counts["农户"] <= 5_500
    assert 60_000 <= done.counts["签到"] <= 80_000
    assert 3_000 <= done.counts["日志"] <= 4_500
