"""Which pack is in force where and when, and the record of who put it into force."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from app.core.db import Database
from app.core.errors import Problem
from app.ledger.models import LedgerLeaf
from app.policy.loader import load_pack
from app.quotas import adoptions
from app.quotas.adoptions import Adoptions, adopt, packs_for
from app.quotas.errors import AdoptionInvalid, NoSuchPack, NoSuchUnit
from app.quotas.models import Adoption
from tests.factories import make_unit
from tests.quotas.conftest import People, Person
from tests.quotas.rows import COUNTY, PACK, VILLAGE, days, in_force

TOWNSHIP = VILLAGE[:9]
START = datetime(2020, 1, 1, tzinfo=UTC)
DAY = date(2026, 8, 20)


def said(unit: str, order: int, **over: Any) -> Adoption:
    """An adoption, the ``order``-th that was made."""
    return Adoption(
        county=unit[:6],
        unit=unit,
        pack=over.pop("pack", PACK),
        version="1.0.0",
        basis=f"第 {order} 号文",
        adopted_by="张局长",
        adopted_at=START + timedelta(days=order),
        **over,
    )


def holding(rows: list[Adoption], unit: str = VILLAGE, day: date = DAY) -> list[tuple[str, Any]]:
    return [(held.adoption.basis, held.begins) for held in Adoptions(rows).over(unit, day)]


def test_without_an_adoption_nothing_is_in_force() -> None:
    assert holding([]) == []
    assert holding([said("360322", 1)]) == []


def test_an_adoption_holds_for_its_unit_and_all_below_and_not_above() -> None:
    rows = [said(TOWNSHIP, 1)]

    assert holding(rows) == holding(rows, TOWNSHIP) == [("第 1 号文", None)]
    assert holding(rows, COUNTY) == holding(rows, "360321102201") == []


def test_the_nearest_unit_speaks() -> None:
    rows = [said("36", 4), said(TOWNSHIP, 1), said(COUNTY, 3)]

    assert holding(rows) == [("第 1 号文", None)]
    assert holding(rows, "360321102201") == [("第 3 号文", None)]
    assert holding(rows, "360401") == [("第 4 号文", None)]


def test_an_adoption_has_a_first_and_a_last_day() -> None:
    rows = [said(COUNTY, 1, since=DAY, until=DAY + timedelta(days=9))]

    assert [bool(holding(rows, day=DAY + timedelta(days=n))) for n in (-1, 0, 9, 10)] == [
        False, True, True, False,
    ]  # fmt: skip


def test_the_last_word_that_has_begun_is_the_one_that_counts() -> None:
    later = DAY + timedelta(days=30)
    rows = [said(COUNTY, 1), said(COUNTY, 2, since=later, until=later + timedelta(days=9))]

    assert holding(rows) == [("第 1 号文", None)]
    assert holding(rows, day=later) == [("第 2 号文", None)]
    assert holding(rows, day=later + timedelta(days=10)) == []


def test_an_amended_adoption_begins_no_new_rule() -> None:
    first, second = date(2026, 1, 1), date(2026, 8, 1)
    amended = [said(COUNTY, 1, since=first), said(COUNTY, 2, since=second)]
    interrupted = [
        said(COUNTY, 1, since=first, until=second - timedelta(days=2)),
        said(COUNTY, 2, since=second),
    ]

    assert holding(amended) == [("第 2 号文", first)]
    assert holding(interrupted) == [("第 2 号文", second)]


def test_a_pack_that_is_not_shipped_is_left_out_and_told_and_the_others_hold() -> None:
    read = Adoptions([said(COUNTY, 1), said(TOWNSHIP, 2, pack="p9-gone")])

    assert [held.pack.id for held in read.over(VILLAGE, DAY)] == [PACK]
    assert read.over(COUNTY, DAY)
    assert [says.partition(",")[0] for says in read.left_out()] == [
        f"{TOWNSHIP} 启用的政策包 p9-gone 1.0.0 不在本程序中"
    ]


def test_what_a_missing_version_replaced_does_not_come_back() -> None:
    gone = said(TOWNSHIP, 2)
    gone.version = "0.0.1"
    read = Adoptions([said(COUNTY, 1), gone])

    assert (read.over(VILLAGE, DAY), len(read.left_out())) == ([], 1)
    assert read.over("360321102201", DAY)


async def test_a_quarter_in_which_the_pack_was_adopted_is_shown_and_not_assessed(
    db: Database,
) -> None:
    await make_unit(db, VILLAGE)
    secretary = await People(db)(("FS", VILLAGE, date(2018, 1, 1)))
    await secretary.did(*days(secretary.user, date(2026, 7, 1), 20))
    await in_force(db, since=DAY)

    r01 = (await secretary.standings("2026-Q3"))["R01"]

    assert (r01.have, r01.state) == (20, "not_assessed")
    assert (await secretary.standings("2026-Q4"))["R01"].state != "not_assessed"
    assert await secretary.standings("2026-Q3", on=DAY - timedelta(days=1)) == {}


async def test_an_amendment_from_below_or_later_leaves_the_quarter_assessed(
    secretary: Person,
) -> None:
    await in_force(secretary.db, TOWNSHIP, since=DAY)
    await in_force(secretary.db, COUNTY, since=DAY)

    assert (await secretary.standings("2026-Q3"))["R01"].state == "not_met"


async def test_packs_in_force_for_somebody_are_named_once(db: Database) -> None:
    await make_unit(db, VILLAGE)
    await in_force(db)
    async with db.reading() as session:
        found = await packs_for(session, [VILLAGE, TOWNSHIP, "360322101201"], DAY)
        none = await packs_for(session, ["360322101201"], DAY)

    assert [(held.pack.id, held.adoption.unit) for held in found] == [(PACK, COUNTY)]
    assert none == []


async def test_adopting_is_logged_in_the_county_and_saying_it_again_changes_nothing(
    db: Database,
) -> None:
    await make_unit(db, VILLAGE)
    for _ in range(2):
        await in_force(db, TOWNSHIP, since=DAY, basis="  乡党发〔2026〕8 号 ")
    async with db.reading() as session:
        rows = (await session.exec(select(Adoption))).all()
        leaves = await session.exec(
            select(LedgerLeaf.log, LedgerLeaf.kind, LedgerLeaf.actor).where(
                col(LedgerLeaf.table_name) == "adoptions"
            )
        )
        logged = [tuple(leaf) for leaf in leaves.all()]

    assert [(r.unit, r.pack, r.version, r.basis, r.since, r.adopted_by) for r in rows] == [
        (TOWNSHIP, PACK, load_pack(PACK).version, "乡党发〔2026〕8 号", DAY, "张局长")
    ]
    assert logged == [(COUNTY, "create", "cli")]


async def test_a_different_adoption_is_a_second_one(db: Database) -> None:
    await make_unit(db, VILLAGE)
    await in_force(db, basis="旧文件", at=START)
    await in_force(db, basis="新文件", at=START + timedelta(days=1))
    await in_force(db, basis="旧文件", at=START + timedelta(days=2))
    async with db.reading() as session:
        (held,) = (await adoptions.read(session, [VILLAGE])).over(VILLAGE, DAY)
        count = len((await session.exec(select(Adoption))).all())

    assert (held.adoption.basis, count) == ("旧文件", 3)


@pytest.mark.parametrize(
    ("over", "refused", "says"),
    [
        ({"pack": "p9-gone"}, NoSuchPack, "p9-gone"),
        ({"unit": "360399"}, NoSuchUnit, "360399"),
        ({"basis": "  "}, AdoptionInvalid, "basis"),
        ({"basis": "依" * 501}, AdoptionInvalid, "500"),
        ({"since": DAY, "until": DAY - timedelta(days=1)}, AdoptionInvalid, "2026-08-19"),
        ({"since": date(1, 1, 1)}, AdoptionInvalid, "2000"),
        ({"settings": {"stay_day": "yes"}}, AdoptionInvalid, "stay_day"),
        ({"settings": {"no_such": 1}}, AdoptionInvalid, "no_such"),
    ],
)
async def test_what_cannot_be_adopted_is_explained_and_leaves_nothing(
    db: Database, over: dict[str, Any], refused: type[Problem], says: str
) -> None:
    await make_unit(db, VILLAGE)
    told = {"pack": PACK, "unit": COUNTY, "basis": "文件", "by": "张局长", "at": START, **over}
    with pytest.raises(refused, match=says):
        async with db.writing() as session:
            await adopt(session, told.pop("pack"), told.pop("unit"), told.pop("basis"), **told)

    async with db.reading() as session:
        assert (await session.exec(select(Adoption))).all() == []


async def test_an_ended_unit_adopts_nothing(db: Database) -> None:
    await make_unit(db, COUNTY, valid_to=date(2019, 12, 31))
    with pytest.raises(NoSuchUnit):
        await in_force(db, COUNTY, at=START)
