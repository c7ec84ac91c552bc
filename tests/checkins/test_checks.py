"""The checks on a check-in, pure: each threshold exactly and one beyond, with its reason."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.checkins import checks, limits
from app.checkins.checks import Around, Known, Other, findings
from app.checkins.doors import Door, at_this
from app.checkins.timing import Contradiction, Timed
from app.core.geo import EARTH_M, Point, at
from app.org import geofence
from app.reviews.finding import Finding
from app.reviews.words import CHECKS

LIMITS = limits.shipped()
DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
HERE = at(27.13, 113.96)
AUTHOR, COLLEAGUE, ITSELF = uuid4(), uuid4(), uuid4()
METRE = 10_000_000 / (EARTH_M * 3.141592653589793 / 180)  # of latitude, in 1e-7 degree


@dataclass(frozen=True)
class Tap:
    """A check-in, inside and precise unless told otherwise."""

    id: UUID = ITSELF
    person_id: UUID = AUTHOR
    day: date = DAY
    village: str = "360321101201"
    household_id: UUID | None = None
    lat_e7: int | None = HERE.lat_e7
    lon_e7: int | None = HERE.lon_e7
    accuracy_mm: int | None = 18_000
    time_from: datetime | None = NOON
    time_to: datetime | None = NOON
    place: str = "inside"
    captured_at: datetime = NOON
    received_at: datetime = NOON


def other(**over: object) -> Other:
    told: dict[str, object] = {
        "id": uuid4(), "person_id": AUTHOR, "day": DAY, "village": "360321101201",
        "lat_e7": HERE.lat_e7, "lon_e7": HERE.lon_e7, "accuracy_mm": 18_000,
        "time_from": NOON, "time_to": NOON, **over,
    }  # fmt: skip
    return Other(**told)  # type: ignore[arg-type]  # a table of fields


def north(metres: float) -> int:
    return HERE.lat_e7 + round(metres * METRE)


def found(tap: Tap, around: Around = Around(), known: Known = Known()) -> dict[str, Finding]:  # noqa: B008  # both are frozen
    return {each.code: each for each in findings(tap, known, around, LIMITS)}


def test_an_ordinary_check_in_has_none() -> None:
    around = Around(near=[other(lat_e7=north(300))], same_fix=[], same_photo=[], same_device=[])
    assert found(Tap(), around) == {}


def fenced(metres: float, accuracy_mm: int | None) -> Tap:
    """A tap so far north of the centre of a fence of 1,000 m."""
    fix = Point(north(metres), HERE.lon_e7)
    place = geofence.locate(fix, accuracy_mm, [geofence.Fence(None, HERE, 1000)]).place
    return Tap(lat_e7=fix.lat_e7, accuracy_mm=accuracy_mm, place=place.value)


@pytest.mark.parametrize(
    ("metres", "accuracy_mm", "flagged", "because"),
    [
        (1068, 18_000, False, "1,000 m, 50 m of margin and the 18 m of the fix are not exceeded"),
        (1070, 18_000, True, "one or two metres further nothing explains it but a wrong fence"),
        (1300, 400_000, False, "a fix in a canyon may be anywhere within its 400 m"),
        (5000, 1_000_000, True, "the worst fix that is not coarse, and far beyond it"),
        (90_000, 1_001_000, False, "a coarse fix says nothing, however far away"),
        (90_000, None, False, "a fix without accuracy says nothing"),
    ],
)
def test_outside(metres: float, accuracy_mm: int | None, flagged: bool, because: str) -> None:
    assert ("outside-fence" in found(fenced(metres, accuracy_mm))) is flagged, because


def test_outside_says_by_how_much() -> None:
    told = found(fenced(1500, 18_000), known=Known(beyond_m=500))["outside-fence"]
    assert told.evidence == {"accuracy_m": 18, "margin_m": 50, "distance_m": 500, "beyond_m": 432}


def test_no_fix_has_nothing_to_say_of_the_place() -> None:
    tap = Tap(lat_e7=None, lon_e7=None, accuracy_mm=None, place="unknown")
    assert found(tap, Around(near=[other(lat_e7=north(90_000))], same_fix=[other()] * 9)) == {}


SURE = other(lat_e7=north(30_000), accuracy_mm=20_000)


@pytest.mark.parametrize(
    ("tap", "against", "flagged", "because"),
    [
        (Tap(time_from=NOON, time_to=NOON + timedelta(seconds=720)), SURE, False,
         "30 km less 38 m in 12 minutes are just under 150 km/h"),
        (Tap(time_from=NOON, time_to=NOON + timedelta(seconds=718)), SURE, True,
         "two seconds less and nobody drives like that"),
        (Tap(time_from=NOON - timedelta(hours=1)), SURE, False,
         "the widest time that the bracket leaves is taken"),
        (Tap(), replace(SURE, time_from=None), False, "a time that nothing bounds accuses nobody"),
        (Tap(time_from=None), SURE, False, "nor does the record's own"),
        (Tap(accuracy_mm=None), SURE, False, "a fix without accuracy may be anywhere"),
        (Tap(accuracy_mm=27_000_000), SURE, False, "2,980 m are left, and less than 3 km is no journey"),
        (Tap(), other(lat_e7=north(3100), accuracy_mm=20_000), True, "3 km in no time at all"),
        (Tap(), other(lat_e7=north(3000), accuracy_mm=20_000), False,
         "a mirror path in a canyon, two taps in one minute"),
    ],
)  # fmt: skip
def test_travel(tap: Tap, against: Other, flagged: bool, because: str) -> None:
    assert ("impossible-travel" in found(tap, Around(near=[against]))) is flagged, because


def test_travel_asks_the_nearest_in_time_alone() -> None:
    """One wrong fix is held against the record after it, and against none that follows."""

    def minute(number: int) -> dict[str, Any]:
        at = NOON + timedelta(minutes=number)
        return {"time_from": at, "time_to": at, "received_at": at}

    wrong = other(lat_e7=north(30_000), accuracy_mm=20_000, **minute(0))
    first = found(Tap(**minute(1)), Around(near=[other(**minute(-1)), wrong]))
    assert first["impossible-travel"].evidence == {
        "other": str(wrong.id),
        "other_day": "2026-11-20",
        "distance_m": 29_961,
        "minutes": 1,
        "speed_kmh": 1798,
    }
    beside = other(**minute(1))
    for number in (2, 3, 5):
        assert found(Tap(**minute(number)), Around(near=[wrong, beside])) == {}
    unbounded = other(time_from=None, time_to=None)
    assert found(Tap(**minute(1)), Around(near=[wrong, unbounded])), (
        "what is not bounded hides none"
    )
    same_minute = replace(beside, **{**minute(0), "received_at": NOON + timedelta(seconds=5)})
    assert found(Tap(**minute(0)), Around(near=[wrong, same_minute])) == {}, (
        "the last of two as near"
    )


def days_before(*days: int, accuracy_mm: int = 18_000) -> list[Other]:
    return [other(day=DAY - timedelta(days=n), accuracy_mm=accuracy_mm) for n in days]


@pytest.mark.parametrize(
    ("tap", "same", "flagged", "because"),
    [
        (Tap(), days_before(1, 2), True, "bit for bit the same on three days"),
        (Tap(), days_before(1, 1, 1, 0), False, "two days only: a chip may hold, a page may cache"),
        (Tap(accuracy_mm=49_999), days_before(1, 2, accuracy_mm=49_999), True, "just precise enough"),
        (Tap(accuracy_mm=50_000), days_before(1, 2, accuracy_mm=50_000), False,
         "the network says one centroid again and again"),
        (Tap(), days_before(1, 2, accuracy_mm=18_001), False, "another accuracy: measured anew"),
        (Tap(), [replace(each, lat_e7=HERE.lat_e7 + 1) for each in days_before(1, 2)], False,
         "a centimetre beside it: measured anew"),
    ],
)  # fmt: skip
def test_identical_fix(tap: Tap, same: list[Other], flagged: bool, because: str) -> None:
    assert ("identical-fix" in found(tap, Around(same_fix=same))) is flagged, because


def test_identical_fix_names_the_days() -> None:
    told = found(Tap(), Around(same_fix=days_before(9, 2)))["identical-fix"].evidence
    assert (told["days"], told["dates"]) == (3, ["2026-11-11", "2026-11-18"])


def test_zero_jitter_is_never_said_alone() -> None:
    still = days_before(0, 0, 0, 0)
    assert found(Tap(), Around(same_fix=still)) == {}
    colleague = [other(person_id=COLLEAGUE)]
    beside = found(Tap(), Around(same_fix=still, same_device=colleague))
    assert beside.keys() == {"shared-device", "zero-jitter"}
    assert beside["zero-jitter"].weight == "low"
    fewer = found(Tap(), Around(same_fix=still[1:], same_device=colleague))
    assert fewer.keys() == {"shared-device"}, "four fixes are too few to say anything"
    assert found(Tap(), Around(same_fix=[*still, *days_before(1, 2)])).keys() == {"identical-fix"}


def test_shared_device() -> None:
    assert found(Tap(), Around(same_device=[other()])) == {}, "one's own device"
    told = found(Tap(), Around(same_device=[other(person_id=COLLEAGUE)] * 2))["shared-device"]
    assert (told.weight, told.evidence["accounts"]) == ("medium", 2)


def _at(minute: int, person_id: UUID = AUTHOR) -> Other:
    return other(person_id=person_id, received_at=NOON + timedelta(minutes=minute))


@pytest.mark.parametrize(
    ("same", "flagged", "because"),
    [
        ([_at(1, COLLEAGUE), _at(2)], False, "asked about when the second minute's arrived"),
        ([_at(2, COLLEAGUE), _at(1)], True, "the own earlier one was alone on the device then"),
        ([_at(3, COLLEAGUE), _at(2), _at(1, COLLEAGUE)], False, "whoever comes later still"),
    ],
)
def test_a_shared_device_is_told_once_to_each_person_and_day(
    same: list[Other], flagged: bool, because: str
) -> None:
    assert ("shared-device" in found(Tap(), Around(same_device=same))) is flagged, because


def door(metres: float, accuracy_mm: int = 10_000) -> Door:
    return Door(Point(north(metres), HERE.lon_e7), accuracy_mm)


@pytest.mark.parametrize(
    ("metres", "at", "excused", "because"),
    [
        (1400, door(1400), True, "an outlying home"),
        (1479, door(1400), True, "51 m and the errors of both fixes"),
        (1481, door(1400), False, "beyond both errors and the margin"),
        (1600, door(1400, 900_000), False, "a door set by a poor fix is no wide door"),
        (3900, door(3900), True, "2,900 m beyond the fence"),
        (4100, door(4100), False, "a door so far away excuses nobody"),
    ],
)
def test_at_the_door(metres: float, at: Door, excused: bool, because: str) -> None:
    fix, fence = Point(north(metres), HERE.lon_e7), geofence.Fence(None, HERE, 1000)
    assert at_this(fix, 20_000, at, [fence], LIMITS) is excused, because
    assert not at_this(fix, 20_000, at, [], LIMITS), "no fence, nothing to be excused from"
    tap = fenced(metres, 20_000)
    assert "outside-fence" in found(tap)
    assert "outside-fence" not in found(tap, known=Known(at_door=True))


HOUSEHOLD, NEXT_DOOR = uuid4(), uuid4()


@pytest.mark.parametrize(
    ("tap", "against", "flagged", "because"),
    [
        (Tap(), other(day=DAY - timedelta(days=1)), True, "yesterday's picture"),
        (Tap(), other(), False, "the same day in the same village: two taps of one visit"),
        (Tap(household_id=HOUSEHOLD), other(), False, "the village's tap and the household's"),
        (Tap(household_id=HOUSEHOLD), other(person_id=COLLEAGUE, household_id=HOUSEHOLD), False,
         "two go together, one takes the picture"),
        (Tap(household_id=HOUSEHOLD), other(household_id=NEXT_DOOR), True,
         "one picture for two households"),
        (Tap(), other(village="360321101202"), True, "one picture for two villages"),
        (Tap(), replace(other(day=DAY - timedelta(days=3)), id=ITSELF), False,
         "the record itself, sent again"),
    ],
)  # fmt: skip
def test_photo_reused(tap: Tap, against: Other, flagged: bool, because: str) -> None:
    told = found(tap, Around(same_photo=[("a" * 64, against)]))
    assert ("photo-reused" in told) is flagged, because


def timed(**over: object) -> Timed:
    told: dict[str, object] = {
        "state": "unproven", "lower": NOON, "upper": NOON, "offset_ms": None,
        "best": NOON, "day": DAY, "contradiction": None, **over,
    }  # fmt: skip
    return Timed(**told)  # type: ignore[arg-type]  # a table of fields


YEAR = timedelta(days=365)


@pytest.mark.parametrize(
    ("ahead", "known", "flagged", "because"),
    [
        (timedelta(seconds=120), Known(timed()), False, "set by hand to the minute"),
        (timedelta(seconds=121), Known(timed()), True, "more than anybody's clock is off by chance"),
        (YEAR, Known(timed(offset_ms=-YEAR // timedelta(milliseconds=1))), False,
         "a year ahead, and a year ahead when the anchor came: a constantly wrong clock"),
        (YEAR, Known(timed(), sent_at=NOON + YEAR), False,
         "a year ahead, and a year ahead when it was sent"),
        (YEAR, Known(timed(), sent_at=NOON), True, "right when it was sent, a year ahead before"),
    ],
)  # fmt: skip
def test_future(ahead: timedelta, known: Known, flagged: bool, because: str) -> None:
    assert ("future-time" in found(Tap(captured_at=NOON + ahead), known=known)) is flagged, because


def test_what_the_clocks_contradict_is_said_once() -> None:
    odd = Contradiction("clock-contradiction", "after", 4000)
    late = Tap(captured_at=NOON + timedelta(seconds=4000))
    told = found(late, known=Known(timed(contradiction=odd)))
    assert told.keys() == {"clock-contradiction"}
    assert told["clock-contradiction"].evidence == {
        "kind": "after",
        "captured": "2026-11-20 13:06:40",
        "lower": "2026-11-20 12:00:00",
        "upper": "2026-11-20 12:00:00",
        "gap_s": 4000,
    }
    moved = Known(timed(contradiction=Contradiction("clock-changed", "moved", 900)))
    assert found(Tap(), known=moved)["clock-changed"].weight == "medium"


def everything() -> list[Finding]:
    """One finding of each code that a check-in can have."""
    odd = timed(contradiction=Contradiction("clock-contradiction", "after", 4000))
    changed = timed(contradiction=Contradiction("clock-changed", "moved", 900))
    late = replace(fenced(1500, 18_000), captured_at=NOON + timedelta(hours=1))
    around = Around(
        near=[SURE],
        same_fix=[replace(each, lat_e7=late.lat_e7) for each in days_before(0, 0, 0, 0)],
        same_device=[other(person_id=COLLEAGUE)],
        same_photo=[("a" * 64, other(day=DAY - timedelta(days=1)))],
    )
    out = [*found(late, around, Known(odd, beyond_m=500)).values()]
    out += found(Tap(), Around(same_fix=days_before(1, 2)), Known(changed)).values()
    return [*out, found(late, known=Known(timed()))["future-time"]]


def test_every_finding_has_words_for_its_weight_and_numbers() -> None:
    told = {finding.code: finding for finding in everything()}
    assert {"photo-alike", "exif-contradiction", "diary-alike"} == CHECKS.keys() - told.keys()
    for code, finding in told.items():
        words = CHECKS[code]
        assert words.weight == finding.weight, code
        assert finding.evidence.keys() <= words.evidence.keys(), code
        assert "未知" not in words.says(finding.evidence), words.says(finding.evidence)
        assert "unknown" not in words.says(finding.evidence, "en")


accuracies = st.integers(0, 2_000_000)


@given(
    away=st.integers(0, 200_000),
    mine=accuracies,
    theirs=accuracies,
    more=st.integers(0, 2_000_000),
    seconds=st.integers(0, 86_400),
)
def test_more_error_never_makes_a_finding(
    away: int, mine: int, theirs: int, more: int, seconds: int
) -> None:
    """Whoever's phone is less sure is never asked more than whoever's phone is sure."""

    def codes(extra: int) -> set[str]:
        tap = replace(
            fenced(away, mine + extra), time_from=NOON, time_to=NOON + timedelta(seconds=seconds)
        )
        there = other(accuracy_mm=theirs + extra)
        same = [
            replace(each, lat_e7=tap.lat_e7) for each in days_before(1, 2, accuracy_mm=mine + extra)
        ]
        return set(found(tap, Around(near=[there], same_fix=same)))

    assert codes(more) <= codes(0)


def test_every_limit_has_its_source_and_reason() -> None:
    text = limits.FILE.read_text(encoding="utf-8")
    told = yaml.safe_load(text)
    assert limits.read(text) == LIMITS
    for break_it in ("why", "source"):
        broken = yaml.safe_load(text)
        broken["limits"]["travel_kmh"][break_it] = ""
        with pytest.raises(limits.BadLimits, match="travel_kmh"):
            limits.read(yaml.safe_dump(broken))
    del told["limits"]["future_s"]
    with pytest.raises(limits.BadLimits, match="future_s"):
        limits.read(yaml.safe_dump(told))
    told["limits"]["future_s"] = {"value": "120", "source": "ours", "why": "ours"}
    with pytest.raises(limits.BadLimits, match="whole number"):
        limits.read(yaml.safe_dump(told))


def test_the_weights_are_those_of_one_list() -> None:
    assert {code: check.weight for code, check in CHECKS.items()} == {
        checks.OUTSIDE: "high", "clock-contradiction": "high", "clock-changed": "medium",
        checks.FUTURE: "medium", checks.TRAVEL: "high", checks.IDENTICAL: "high",
        checks.JITTER: "low", checks.DEVICE: "medium", checks.PHOTO: "high",
        "photo-alike": "medium", "exif-contradiction": "medium", "diary-alike": "medium",
    }  # fmt: skip
