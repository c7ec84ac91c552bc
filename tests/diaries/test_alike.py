"""Diaries much alike: copied ones are found, paraphrases and slogans are not; the writer is told."""

import random
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from app.checkins.models import CheckIn
from app.core.clock import now
from app.core.db import Database
from app.core.ids import new_id
from app.diaries.alike import ALIKE, diary_findings
from app.diaries.commons import common, recount
from app.diaries.models import Diary, DiaryBand, DiaryPrint
from app.diaries.shingles import (
    BANDS,
    MASKS,
    SHORTEST,
    bands,
    held,
    jaccard,
    packed,
    plain,
    shingles,
    telling,
    unpacked,
)
from app.reviews.finding import Finding
from app.reviews.words import CHECKS
from tests.factories import make_cadre, make_unit, make_user

VILLAGE, OTHER_COUNTY = "360321101201", "360322"
COPIED = (
    "上午到李桂芳家核对医保缴费,她说孙子开学要买校服,我记下来下周带去镇里问临时救助;"
    "下午和合作社老周看油茶苗,东坡那片死了十几株,约好周五补栽,晚上在村部整理台账。"
)
SLOGAN = "深入学习贯彻上级会议精神,严格落实四个不摘要求,巩固拓展脱贫攻坚成果同乡村振兴有效衔接。"
WORDS = [
    "走访",
    "核对",
    "医保",
    "油茶",
    "补栽",
    "危房",
    "饮水",
    "合作社",
    "分红",
    "老周",
    "鸡苗",
    "养老",
    "低保",
    "申请",
    "水渠",
    "修路",
    "路灯",
    "村部",
    "台账",
    "培训",
    "就业",
    "外出",
    "务工",
    "孙子",
    "上学",
    "慢病",
    "送药",
    "防汛",
    "巡查",
    "厕所",
    "卫生",
    "板栗",
    "销路",
    "视频",
    "卖货",
]
texts = st.text(alphabet="天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏", max_size=120)


def prose(seed: int, words: int = 60) -> str:
    """Some text of its own."""
    return "".join(random.Random(seed).choices(WORDS, k=words))


@given(texts)
def test_a_set_comes_back_from_its_bytes(text: str) -> None:
    found = shingles(text)
    assert unpacked(packed(found)) == found
    assert bool(found) == (len(plain(text)) >= SHORTEST)
    assert len(bands(found)) == (BANDS if found else 0)


@given(texts, st.text(alphabet=" \n,。!?“”—·1", max_size=30))
def test_spaces_and_punctuation_change_nothing(text: str, noise: str) -> None:
    noise = noise.replace("1", "")
    assert shingles(noise.join([text[:30], text[30:]])) == shingles(text)


@given(st.lists(st.sampled_from(WORDS), min_size=20, max_size=60), st.randoms())
def test_likeness_is_symmetric_and_bounded(words: list[str], dice: random.Random) -> None:
    mixed = list(words)
    dice.shuffle(mixed)
    one, other = shingles("".join(words)), shingles("".join(mixed))
    assert 0 <= jaccard(one, other) == jaccard(other, one) <= 1
    if one:
        assert jaccard(one, one) == 1
    assert jaccard(one, other) <= held(one, other) == held(other, one) <= 1


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(1, 4))
def test_what_is_alike_shares_a_band(seed: int, changes: int) -> None:
    """A text of 120 characters with a few of them changed is always a candidate."""
    dice = random.Random(seed)
    letters = list(prose(seed))
    for _ in range(changes):
        letters[dice.randrange(len(letters))] = "X"
    one, other = shingles(prose(seed)), shingles("".join(letters))
    if jaccard(one, other) >= ALIKE:
        assert set(bands(one)) & set(bands(other))


def test_order_of_sentences_alone_hides_nothing() -> None:
    """The paragraphs of a copy in another order are the same shingles but for the seams."""
    parts = [prose(n, 20) for n in range(5)]
    one, other = shingles("。".join(parts)), shingles("。".join(reversed(parts)))
    assert jaccard(one, other) >= ALIKE


def test_a_paraphrase_escapes() -> None:
    said_anew = (
        "今早去了李桂芳那儿看医疗保险交没交,她孙子开学缺校服钱,我答应下星期到镇上打听救助的事;"
        "午后同周师傅瞧了茶油树苗,东边坡上枯了一些,说好礼拜五再种,夜里回村委会写材料。"
    )
    assert jaccard(shingles(COPIED), shingles(said_anew)) < 0.2


def test_bands_stay_the_same_for_good() -> None:
    """Those of diaries of years must meet."""
    assert (MASKS[0], MASKS[-1], len(MASKS)) == (4189338108, 783759144, 72)
    told = bands(shingles("天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏" * 2))
    assert told[:2] == [5927704750557107189, 2842553877791395283]


def test_common_are_phrases_of_many_writers() -> None:
    slogan = shingles(SLOGAN)
    writers = [new_id() for _ in range(12)]
    assert slogan <= common((w, slogan | shingles(prose(n))) for n, w in enumerate(writers))
    alone = [(writers[0], slogan)] * 12
    assert common(alone) == frozenset()
    assert telling(slogan, slogan) == frozenset()


async def write(db: Database, text: str, author: UUID | None = None, **over: Any) -> UUID:
    """A diary as the service would keep it; its findings are asked for by ``found``."""
    told: dict[str, Any] = {
        "id": new_id(), "county": "360321", "author_id": author or (await make_user(db)).id,
        "work_date": date(2026, 11, 20), "text": text, "written_at": now(), "received_at": now(),
        "digest": bytes(32), **over,
    }  # fmt: skip
    async with db.writing() as session:
        session.add(Diary(**told))
    key: UUID = told["id"]
    return key


async def found(db: Database, diary: UUID) -> list[Finding]:
    async with db.writing() as session:
        return await diary_findings(session, diary)


async def test_the_copy_is_found_and_not_what_was_copied(db: Database) -> None:
    first = await write(db, COPIED)
    copied = await write(db, COPIED.replace("李桂芳", "王秀英"))
    assert await found(db, first) == []
    (finding,) = await found(db, copied)
    assert (finding.code, finding.weight) == ("diary-alike", "medium")
    assert finding.evidence["other"] == str(first)
    assert finding.evidence["joint_visits"] == 0
    assert set(finding.evidence) == set(CHECKS["diary-alike"].evidence)
    assert await found(db, first) == []
    assert await found(db, copied) == [finding]


async def test_what_is_not_compared(db: Database) -> None:
    """Another county's, one of half a year ago, a short one, the same diary's versions."""
    me = (await make_user(db)).id
    first = await write(db, COPIED, me, work_date=date(2026, 1, 20))
    assert await found(db, first) == []
    assert await found(db, await write(db, COPIED, county=OTHER_COUNTY)) == []
    fresh = await write(db, COPIED, me)
    assert await found(db, fresh) == []
    correction = await write(db, COPIED + "补充。", me, replaces=fresh, root=fresh)
    assert await found(db, correction) == []
    for short in ("入户走访,核对医保参保情况。",) * 2:
        assert await found(db, await write(db, short, me)) == []
    for day in (date.min, date.max):
        assert await found(db, await write(db, prose(9), work_date=day)) == []
    assert await found(db, uuid4()) == []


async def test_common_phrases_do_not_count(db: Database) -> None:
    """Everybody's slogan around a line of one's own: alike as texts, and yet nobody copied."""
    users = [(await make_user(db)).id for _ in range(12)]
    slogans = SLOGAN + prose(-1, 200)
    keys = []
    for number, user in enumerate(users):
        for month in range(2):
            text = slogans + prose(100 * month + number, 15)
            keys.append(await write(db, text, user))
    for key in keys:
        await found(db, key)
    assert (await found(db, keys[-1]))[0].code == "diary-alike"
    assert await recount(db, now(), lambda: False) == 1
    assert await recount(db, now(), lambda: False) == 0
    for key in keys:
        assert await found(db, key) == []
    copied = SLOGAN + prose(111, 15)  # its own line is user 11's of the second month
    (finding,) = await found(db, await write(db, copied))
    assert finding.evidence["other"] == str(keys[-1])
    async with db.reading() as session:
        editions = set((await session.exec(select(col(DiaryPrint.edition)))).all())
    assert editions == {1}


async def test_joint_visits_are_told_and_weigh(db: Database) -> None:
    await make_unit(db, VILLAGE)
    authors = [(await make_user(db, name)).id for name in "甲乙"]
    diaries = []
    for author in authors:
        at = now()
        row = CheckIn(
            id=new_id(), county="360321", person_id=author, kind="presence", village=VILLAGE,
            day=date(2026, 11, 20), captured_at=at, received_at=at, place="unknown",
            digest=bytes(32),
        )  # fmt: skip
        async with db.writing() as session:
            session.add(row)
        diaries.append(await write(db, COPIED, author, check_ins=[str(row.id)]))
    assert await found(db, diaries[0]) == []
    (finding,) = await found(db, diaries[1])
    assert (finding.weight, finding.evidence["joint_visits"]) == ("low", 1)


async def test_erasing_a_diary_erases_its_print(db: Database) -> None:
    key = await write(db, COPIED)
    await found(db, key)
    async with db.writing() as session:
        await session.delete(await session.get_one(Diary, key))
    async with db.reading() as session:
        assert (await session.exec(select(DiaryPrint))).all() == []
        assert (await session.exec(select(DiaryBand))).all() == []


@pytest.fixture
async def writer(app: FastAPI) -> tuple[UUID, dict[str, str]]:
    """A helper of the county."""
    user, headers = await make_cadre(app, "HC", VILLAGE)
    return user.id, headers


async def test_the_writer_is_told_before_sending(
    client: httpx.AsyncClient, db: Database, writer: tuple[UUID, dict[str, str]]
) -> None:
    me, headers = writer

    async def ask(text: str, **over: Any) -> Any:
        body = {"work_date": "2026-11-20", "text": text, **over}
        answer = await client.post("/api/v1/diaries/alike", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    assert await ask(COPIED) == {"compared": True, "items": []}
    assert await ask("入户走访。") == {"compared": False, "items": []}
    of_another = await write(db, COPIED, received_at=now() - timedelta(days=1))
    await found(db, of_another)
    (told,) = (await ask(COPIED))["items"]
    assert told == {
        "own": False, "month": "2026-11", "work_date": None, "diary": None, "likeness": 100,
    }  # fmt: skip
    mine = await write(db, COPIED + "今天下雨。", me, work_date=date(2026, 10, 9))
    await found(db, mine)
    items = (await ask(COPIED + "今天下雨。"))["items"]
    assert [item["own"] for item in items] == [True, False]
    assert (items[0]["diary"], items[0]["work_date"]) == (str(mine), "2026-10-09")
    for over in ({"replaces": str(mine)}, {"id": str(mine)}):
        items = (await ask(COPIED + "今天下雨。", **over))["items"]
        assert [item["own"] for item in items] == [False]
    items = (await ask(COPIED, replaces=str(of_another)))["items"]
    assert len(items) == 2
    for day in ("0001-01-01", "9999-12-31"):
        assert (await ask(COPIED, work_date=day))["items"] == []


async def test_later_ones_are_found_by_when_they_came(db: Database) -> None:
    """A diary of an earlier day that came later is the copy; nobody writes ahead of what came."""
    came = datetime.fromisoformat("2026-11-20T12:00:00+00:00")
    early = await write(db, COPIED, work_date=date(2026, 11, 19), received_at=came)
    late = await write(
        db, COPIED, work_date=date(2026, 11, 1), received_at=came + timedelta(minutes=1)
    )
    assert await found(db, late) == []  # what it is compared with has no print yet
    assert await found(db, early) == []
    assert len(await found(db, late)) == 1
