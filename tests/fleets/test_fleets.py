"""A small slice of both fleets through the product, so that the drill cannot rot; wide bounds.

The figures that count come from ``./scripts/simulate`` and stand in docs/evidence.md.
"""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.auth.anchors import Anchors
from app.checkins import service as check_ins
from app.checkins.schemas import CheckInIn
from app.core import geo
from app.photos.worker import derive
from scripts.fleets import fleet as fleets
from scripts.fleets import numbers as told
from scripts.fleets import phones, pictures, run
from scripts.fleets.acts import Look, Sent, Shot, Trick
from scripts.fleets.honest import moment
from scripts.fleets.numbers import dice_of
from scripts.fleets.sending import Post

SEED = 4


async def test_honest_people_with_bad_phones_are_left_alone(tmp_path: Path) -> None:
    numbers = told.load()
    played = await run.run(fleets.honest(numbers, SEED, cadres=9, days=12), tmp_path)
    figures = played.figures
    assert figures.records > 100
    assert figures.high / figures.records < 0.05
    assert played.lost == []
    assert "any high" in run.table("honest", SEED, played)


async def test_crude_cheats_are_found_and_the_careful_one_is_counted(tmp_path: Path) -> None:
    numbers = told.load()
    played = await run.run(fleets.cheating(numbers, SEED, each=2, beside=0, days=16), tmp_path)
    cheats = played.figures.cheats
    for kind, least in (("proxy_phone", 0.7), ("replayed_photo", 0.6), ("fixed_mock", 0.3)):
        assert cheats[kind].share(cheats[kind].aimed) > least, kind
    assert cheats["clock_jump"].share(cheats["clock_jump"].caught) > 0.5
    assert cheats["careful_spoofer"].days > 0
    assert played.lost == []


def test_the_same_seed_is_the_same_fleet() -> None:
    numbers = told.load()
    one, other = (fleets.honest(numbers, 9, cadres=6, days=8) for _ in range(2))
    assert one.looks == other.looks
    assert one.pages == other.pages
    assert fleets.honest(numbers, 10, cadres=6, days=8).looks != one.looks


@pytest.mark.parametrize(("quotes_68", "share"), [(1.0, 0.68), (0.0, 0.95)])
def test_accuracy_is_what_phones_quote(quotes_68: float, share: float) -> None:
    """So many of the fixes of an honest chip lie within what it claims."""
    numbers = told.load()
    numbers["phones"]["accuracy"] |= {
        "quotes_68": quotes_68,
        "hopeful_chips": {"share": 0.0, "times": 2},
        "reflected": {"share": 0.0, "times": {"from": 2, "to": 5}},
    }
    numbers["phones"]["fixes"] |= {"none": 0.0, "coarse": 0.0}
    numbers["phones"]["network_position"] = {"share": 0.0, "precise_share": 0.0}
    numbers["phones"]["static_hold"] = {"share": 0.0, "holds_minutes": 0}
    numbers["phones"] |= {"gcj_as_wgs": 0.0, "zero_accuracy": 0.0}
    begin = moment(numbers["first_day"], 8)
    phone = phones.make(numbers, 1, 0, begin, 90)
    point, within, tries = geo.at(27.1, 113.9), 0, 2000
    for n in range(tries):
        look = Look(0, begin + timedelta(hours=n), point, "360321101201")
        fix, _ = phones.position(numbers, phone, look, canyon=True)
        assert fix is not None
        assert fix.accuracy_m is not None
        within += geo.distance_m(point, geo.at(fix.lat, fix.lon)) <= fix.accuracy_m
    assert within / tries == pytest.approx(share, abs=0.04)


def test_pictures_are_hashed_as_the_decoder_does() -> None:
    how = told.load()["honest"]["photos"]
    for shot in (
        Shot("courtyard", 1),
        Shot("courtyard", 2, (("side", 0.5), ("again", 45.0))),
        Shot("courtyard", 3, exif=("2026:07:01 08:00:00", 27.1, 113.9)),
    ):
        data = pictures.taken(shot, how)
        row = pictures.develop(shot)
        assert row.pop("sha256") == hashlib.sha256(data).hexdigest()
        assert row.pop("size") == len(data)
        assert row == derive(data)[0]


def test_a_clock_that_is_set_back_is_set_right_again() -> None:
    numbers = told.load()
    begin = moment(numbers["first_day"], 8)
    phone = phones.make(numbers, 1, 3, begin, 90)
    at = begin + timedelta(days=10)
    before = phone.wall(at) - at
    phones.set_back(phone, Trick(3, "page_open", opened_before=True), at)
    assert phone.wall(at) - at - before == pytest.approx(
        timedelta(days=-3), abs=timedelta(seconds=1)
    )
    after = at + timedelta(minutes=10)
    assert phone.wall(after) - after == pytest.approx(before, abs=timedelta(seconds=1))


class _Undeveloped(dict[Shot, dict[str, Any]]):
    """Pictures that nobody looks at: their names alone."""

    def __missing__(self, shot: Shot) -> dict[str, Any]:
        return {"sha256": hashlib.sha256(repr(shot).encode()).hexdigest()}


def test_what_the_cheat_fleet_files_under_a_wrong_day_is_one_clock_put_right_unseen() -> None:
    """The five visits of docs/evidence.md: one phone, twelve hours fast, mended without signal."""
    fleet = run.fleet_of("cheat", told.load()["seeds"]["cheat"]).part(0, run.PARTS)
    anchors = Anchors("the secret of a fleet that nobody has to guess")
    post = Post(fleet, anchors)
    people = {person.number: person for person in fleet.land.people}
    wrong, phones_of = [], set()
    for sent in post.collect(_Undeveloped()):
        if not isinstance(sent, Sent) or sent.again or not isinstance(sent.truth, Look):
            continue
        assert isinstance(sent.body, CheckInIn)
        by = check_ins.Sent(people[sent.person].id, sent.device, sent.phone_now)
        timed = check_ins.time_of(anchors, by, sent.body, sent.received_at)
        if timed.day == sent.truth.day or sent.truth.cheat:
            continue
        phone = post.carried[sent.truth.phone].phone
        then, later = (
            (phone.wall(at) - at).total_seconds() for at in (sent.truth.at, sent.received_at)
        )
        wrong.append((round(then / 3600), round(later / 3600), timed.day - sent.truth.day))
        phones_of.add(phone.device)
        assert timed.contradiction is not None
        assert (timed.state, timed.contradiction.code) == ("unproven", "clock-changed")
        assert timed.lower is not None
        assert timed.lower <= sent.truth.at <= timed.upper
    assert wrong == [(12, 0, timedelta(days=1))] * 5
    assert len(phones_of) == 1


def test_every_block_of_the_parameters_says_why() -> None:
    numbers = told.load()
    for name in ("land", "honest", "cheat"):
        assert numbers[name]["why"]
    for cheat in fleets.KINDS:
        assert numbers["cheat"][cheat]["why"]
        assert numbers["cheat"][cheat]["aims"]
    assert dice_of("a", 1).random() == dice_of("a", 1).random()
