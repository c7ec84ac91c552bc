"""The sentence of every finding, for every shape of evidence that its check can make: whole and true."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.checkins import checks, limits
from app.checkins.checks import Around, Known
from app.checkins.models import CheckIn
from app.checkins.pictures import contradiction
from app.checkins.timing import bracket
from app.photos.models import Photo
from app.reviews.finding import Evidence, Finding
from app.reviews.words import CHECKS
from tests.checkins.test_checks import COLLEAGUE, DAY, HERE, NOON, Tap, days_before, north, other

LIMITS = limits.shipped()
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Told:
    """What the phone says of its clocks."""

    anchor_seen_at: datetime | None = None
    elapsed_ms: int | None = None


def by_clock(
    captured: datetime,
    *,
    issued: datetime | None = NOON - HOUR,
    seen: datetime | None = NOON - HOUR,
    elapsed: timedelta | None = None,
    sent: datetime | None = NOON,
) -> Finding | None:
    """The finding on a record that arrived at noon, an hour after its anchor."""
    told = Told(seen, None if elapsed is None else elapsed // timedelta(milliseconds=1))
    timed = bracket(told, issued, captured, NOON, sent)
    odd = timed.contradiction
    tap = replace(Tap(), captured_at=captured, received_at=NOON)
    return None if odd is None else checks.clock(tap, timed, odd)


def of_clock(captured: datetime, **over: Any) -> Evidence:
    found = by_clock(captured, **over)
    assert found is not None
    return {"code": found.code, **found.evidence}


def by_camera(at: str | None = None, lat_e7: int | None = None) -> Finding:
    photo = Photo(
        sha256="ab" * 32, size=1, media_type="image/jpeg", width=9, height=9, offered_at=NOON, exif_at=at,
        exif_lat_e7=lat_e7, exif_lon_e7=None if lat_e7 is None else HERE.lon_e7, stored_at=NOON,
    )  # fmt: skip
    tap = CheckIn.model_construct(captured_at=NOON, **HERE._asdict(), accuracy_mm=18_000)
    found = contradiction(tap, [photo])
    assert found is not None
    return found


OPENED = NOON - HOUR / 2
CLOCKS = {
    "elapsed": of_clock(OPENED, elapsed=2 * HOUR),
    "before": of_clock(NOON - 2 * HOUR, elapsed=HOUR / 2),
    "after": of_clock(NOON + 2 * HOUR, elapsed=HOUR / 2),
    "changed before": of_clock(NOON - 2 * HOUR),
    "changed after": of_clock(NOON + 2 * HOUR, sent=None),
    "changed moved": of_clock(OPENED, sent=NOON + 3 * HOUR),
    "changed after, no anchor": of_clock(NOON + 2 * HOUR, issued=None, seen=None),
}


def shapes() -> dict[str, Finding]:
    """Each check with each shape of its evidence, made by the check itself where it is pure."""
    out = {f"clock {name}": _clock(told) for name, told in CLOCKS.items()}
    away = Tap(place="outside")
    for beyond in (None, 300, 54_000):
        found = checks.outside(away, beyond)
        assert found is not None
        out[f"outside {beyond}"] = found
    ahead = replace(Tap(), captured_at=NOON + HOUR)
    same = days_before(1, 2)
    far = [other(lat_e7=north(90_000))]
    device = [other(person_id=COLLEAGUE)]
    photo = [("ab" * 32, other(day=DAY - timedelta(days=9)))]
    five = [*same, *days_before(1, 2)]
    around = Around(near=far, same_fix=same, same_device=device, same_photo=photo)
    for found in checks.findings(ahead, Known(), around, LIMITS):
        out[found.code] = found
    weak = checks.zero_jitter(Tap(), five, LIMITS)
    assert weak is not None
    out["zero-jitter"] = weak
    out["camera both"] = by_camera("2026-11-18T12:00:00", north(9_000))
    out["camera both, by its place"] = by_camera("2026-11-20T12:00:20", north(9_000))
    out["camera time"] = by_camera("2015-01-01T00:00:00")
    out["camera place"] = by_camera(None, north(2_900))
    for kind in ("check_in", "diary", "activity"):
        out[f"photo-alike {kind}"] = Finding("photo-alike", "medium", alike_photo(kind))
    out["diary-alike"] = Finding("diary-alike", "medium", alike_diary())
    return out


def _clock(told: Evidence) -> Finding:
    rest = {name: value for name, value in told.items() if name != "code"}
    code = str(told["code"])
    return Finding(code, CHECKS[code].weight, rest)


def alike_photo(kind: str) -> Evidence:
    """As ``pictures._alike`` makes it: always all of it."""
    return {
        "photo": "ab" * 32, "other_photo": "cd" * 32, "other": str(uuid4()), "other_kind": kind,
        "other_day": "2026-11-01", "bits64": 0, "bits256": 12, "matches": 1, "records": [],
    }  # fmt: skip


def alike_diary() -> Evidence:
    """As ``diaries.alike`` makes it: always all of it."""
    return {
        "percent": 60, "held_percent": 80, "other": str(uuid4()), "other_day": "2026-11-01",
        "matches": 1, "diaries": [], "compared": 90, "common": 0, "joint_visits": 0,
    }  # fmt: skip


SHAPES = shapes()


def whole(said: str) -> None:
    """A sentence without a hole, or a sign that one was stopped up."""
    assert not re.search(r"[{}]|None|未知|unknown|  |“”|\(\)|\uff08\uff09|\"\"|相差[,。]", said), (
        said
    )
    assert said[-1] in ".。", said


@pytest.mark.parametrize("finding", SHAPES.values(), ids=SHAPES)
def test_every_shape_of_evidence_makes_a_whole_sentence(finding: Finding) -> None:
    check = CHECKS[finding.code]
    assert finding.evidence.keys() <= check.evidence.keys()
    whole(check.says(finding.evidence))
    whole(check.says(finding.evidence, "en"))


def test_no_check_is_without_a_shape_and_no_sentence_without_a_use() -> None:
    assert {finding.code for finding in SHAPES.values()} == CHECKS.keys()
    said = {CHECKS[f.code].says(f.evidence)[:12] for f in SHAPES.values()}
    for check in CHECKS.values():
        for words in check.words.values():
            sentences = [one for each in words.says.values() for one in each]
            assert len(set(sentences)) == len(sentences)
        for each in check.words["zh"].says.values():
            for one in each:
                start = one.split("{")[0][:12]
                assert any(text.startswith(start) for text in said), one


def says(name: str) -> tuple[str, str]:
    finding = SHAPES[name]
    check = CHECKS[finding.code]
    return check.says(finding.evidence), check.says(finding.evidence, "en")


@pytest.mark.parametrize(
    ("name", "zh", "en"),
    [
        # 2 hours of page, 1 hour between anchor and arrival
        ("elapsed", "的全部时长还多约 60 分钟,", "for about 60 min longer than all the time"),
        # 2 hours before noon, though the page had run half an hour since 11:00
        ("before", "比最早可能的时刻(2026-11-20 11:29:", "about 90 min before the earliest"),
        ("after", "比服务器收到这条记录的时刻(2026-11-20 12:00:00)还晚约 2 小时",
         "about 2 h after the server received it"),
        ("changed before", "比最早可能的时刻(2026-11-20 11:00:00)还早约 60 分钟。",
         "about 60 min before the earliest"),
        ("changed after", "还晚约 2 小时;能确定的是签到不早于 2026-11-20 11:00:00。",
         "not earlier than 2026-11-20 11:00:00"),
        ("changed moved", "与实际相差约 3 小时;", "about 3 h more or less than"),
        ("changed after, no anchor", "比发送这条记录时手机上的时刻还晚约 2 小时。",
         "later than the phone's time when it sent"),
    ],
)  # fmt: skip
def test_a_clocks_sentence_names_what_its_seconds_measure(name: str, zh: str, en: str) -> None:
    chinese, english = says(f"clock {name}")
    assert zh in chinese, chinese
    assert en in english, english


def test_a_camera_that_wrote_one_thing_is_asked_about_that_alone() -> None:
    assert says("camera place") == (
        "照片自带的拍摄位置与签到相差 2900 米。",
        "The photo's own position differs from that of the check-in by 2900 m.",
    )
    assert says("camera time")[0] == "照片自带的拍摄时间与签到相差约 4342 天。"
    assert "位置" in says("camera both")[0]
    assert (
        "相差不到 1 分钟,自带的拍摄位置与签到相差 9000 米" in says("camera both, by its place")[0]
    )


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (119, "还晚 119 秒。", " 119 s after"),
        (120, "还晚约 2 分钟。", " about 2 min after"),
        (7_200, "还晚约 2 小时。", " about 2 h after"),
        (172_800, "还晚约 2 天。", " about 2 days after"),
        (31_536_000, "还晚约 365 天。", " about 365 days after"),
    ],
)
def test_a_span_is_told_in_a_unit_that_people_read(seconds: int, zh: str, en: str) -> None:
    told: Evidence = {"captured": "2026", "received": "2026", "ahead_s": seconds}
    assert CHECKS["future-time"].says(told).endswith(zh)
    assert en in CHECKS["future-time"].says(told, "en")


YEAR_2, YEAR_9998 = timedelta(days=-738_000), timedelta(days=2_910_000)
instants = st.one_of(
    st.timedeltas(YEAR_2, YEAR_9998), st.timedeltas(timedelta(days=-30), timedelta(days=1))
).map(lambda away: NOON + away)


@given(
    captured=instants,
    issued=st.none() | instants,
    seen=st.none() | instants,
    elapsed=st.none() | st.timedeltas(timedelta(), timedelta(days=90)),
    sent=st.none() | instants,
)
def test_whatever_clocks_say_the_sentence_is_whole(
    captured: datetime,
    issued: datetime | None,
    seen: datetime | None,
    elapsed: timedelta | None,
    sent: datetime | None,
) -> None:
    found = by_clock(captured, issued=issued, seen=seen, elapsed=elapsed, sent=sent)
    if found is not None:
        kind = str(found.evidence["kind"])
        for language, words in CHECKS[found.code].words.items():
            assert kind in words.says, "a kind that words.yaml does not know"
            whole(CHECKS[found.code].says(found.evidence, language))


def test_no_sentence_holds_an_id() -> None:
    """It is read by people who may not know whose record the other one is."""
    for finding in SHAPES.values():
        assert not re.search(r"[0-9a-f]{8}", CHECKS[finding.code].says(finding.evidence))
