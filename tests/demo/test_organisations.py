"""The demonstration's organisations and which pack is adopted where."""

from collections import Counter
from datetime import date
from typing import Any

import pytest

from app.demo.attendance import rounds
from app.demo.leaders import BOUND, joined
from app.demo.organisations import set_up
from app.demo.people import settle
from app.demo.sent import Setting
from app.demo.service import TOWN_PACKS, adoptions, divisions_of, list_logins, townships_of
from app.demo.span import Span
from app.org.models import (
    DIGITS,
    Organisation,
    OrganisationKind,
    OrganisationPerson,
    OrganisationVillage,
)
from app.org.organising import SEATS
from app.policy.loader import shipped
from app.postings.models import Post
from tests.demo.played import COUNTY, Unlogged, a_setting

TODAY = date(2026, 11, 21)
TOWNS = townships_of(divisions_of(COUNTY))


class Whole:
    """The whole county's organisations."""

    def __init__(self, seed: int = 1) -> None:
        span = Span(TODAY)
        self.population = settle(TOWNS, COUNTY, span, seed, of=len(TOWNS))
        list_logins(self.population)
        setting: Setting = a_setting(span, self.population)
        self.book = Unlogged()
        set_up(self.book, [(code, name) for code, name, _ in TOWNS], self.population, setting)
        self.organisations = {row["id"]: row for row in self.book.rows[Organisation]}
        self.villages = self.book.rows[OrganisationVillage]
        self.people = self.book.rows[OrganisationPerson]

    def acted_for(self, login: str) -> set[str]:
        """The kinds of organisation for which a listed login acts on the day of loading."""
        person = next(c.id for c in self.population.cadres() if c.username == login)
        return {
            self.organisations[row["organisation_id"]]["kind"]
            for row in self.people
            if row["person_id"] == person and (row["until"] is None or row["until"] >= TODAY)
        }


@pytest.fixture(scope="module")
def whole() -> Whole:
    return Whole()


def test_every_village_has_a_team_and_a_helper_unit(whole: Whole) -> None:
    kinds: dict[str, Counter[str]] = {}
    for row in whole.villages:
        kind = whole.organisations[row["organisation_id"]]["kind"]
        kinds.setdefault(row["village"], Counter())[kind] += 1
    assert len(kinds) == 163
    assert {tuple(sorted(counted.items())) for counted in kinds.values()} == {
        (("helper_unit", 1), ("team", 1))
    }
    per_town = Counter(
        town
        for town, _ in {
            (row["village"][:9], row["organisation_id"])
            for row in whole.villages
            if whole.organisations[row["organisation_id"]]["kind"] == "helper_unit"
        }
    )
    assert set(per_town.values()) <= {2, 3}


def test_every_township_has_its_office_and_group_and_the_county_its_departments(
    whole: Whole,
) -> None:
    seats = Counter((row["kind"], row["unit"]) for row in whole.organisations.values())
    for code, _, _ in TOWNS:
        for kind in ("town_office", "leading_group"):
            assert seats[kind, code] == 1
    assert seats["leading_group", COUNTY] == seats["county_office", COUNTY] == 1
    assert seats["sector_department", COUNTY] == 6
    for row in whole.organisations.values():
        assert DIGITS[len(row["unit"])] in SEATS[OrganisationKind(row["kind"])]
        assert 0 < len(row["name"]) <= 64


def test_helper_units_differ(whole: Whole) -> None:
    names = [row["name"] for row in whole.organisations.values() if row["kind"] == "helper_unit"]
    assert len(names) == len(set(names))


def test_the_listed_logins_have_somebody_to_act_for(whole: Whole) -> None:
    assert whole.acted_for("first_secretary") == {"team"}
    assert whole.acted_for("team_leader") == {"team"}
    assert whole.acted_for("helper") == {"helper_unit"}
    assert whole.acted_for("township_admin") == {"town_office", "leading_group"}
    assert whole.acted_for("county_admin") == {"county_office", "leading_group"}


def test_nobody_acts_for_a_team_outside_of_their_posting(whole: Whole) -> None:
    spells: dict[Any, list[Any]] = {cadre.id: cadre.spells for cadre in whole.population.cadres()}
    for row in whole.people:
        held = spells[row["person_id"]]
        assert any((s.since, s.until) == (row["since"], row["until"]) for s in held)
        assert row["since"] >= whole.organisations[row["organisation_id"]]["since"]


def test_the_same_again_is_the_same(whole: Whole) -> None:
    again = Whole()
    assert list(again.organisations) == list(whole.organisations)
    assert [row["id"] for row in again.people] == [row["id"] for row in whole.people]


def test_each_pack_has_a_township_and_the_listed_logins_one_under_the_countys_alone(
    whole: Whole,
) -> None:
    adopted = adoptions(whole.population, COUNTY)
    assert adopted[0] == ("p0-village-leader", COUNTY)
    towns = [unit for _, unit in adopted[1:]]
    assert [pack for pack, _ in adopted[1:]] == [pack for pack in TOWN_PACKS if pack in shipped()]
    assert len(set(towns)) == len(towns)
    listed = {c.village[:9] for c in whole.population.cadres() if c.username}
    assert not listed & set(towns)


def test_those_whom_a_pack_binds_are_posted_where_it_is_adopted() -> None:
    whole = Whole()
    adopted = adoptions(whole.population, COUNTY)
    span = Span(TODAY)
    joined(adopted, whole.population, span)
    setting = a_setting(span, whole.population)
    for pack, town in adopted[1:]:
        there = [c for c in whole.population.others if c.spells[0].unit.startswith(town)]
        kinds = {cadre.kind for cadre in there}
        assert {kind for kind, _ in BOUND.get(pack, ())} <= kinds
        for cadre in there:
            taps = rounds(cadre, setting.around, span)
            assert bool(taps) == (cadre.kind is not Post.TA)
            assert {tap.village[:9] for tap in taps} <= {town}
