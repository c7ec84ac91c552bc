"""A whole fleet: who, where, and everything that they truly do in so many days."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from scripts.fleets import texts
from scripts.fleets.acts import Look, Page, Shot
from scripts.fleets.cheats import KINDS as KINDS  # told with the fleet
from scripts.fleets.cheats import Cheat, proxied
from scripts.fleets.honest import Life, moment, together
from scripts.fleets.land import Land, settle
from scripts.fleets.numbers import Numbers, dice_of, whole

ONE = timedelta(days=1)


@dataclass
class Fleet:
    """The truth of a run; ``looks`` and ``pages`` in no order."""

    numbers: Numbers
    seed: int
    land: Land
    first: date
    days: int
    looks: list[Look] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)

    @property
    def opened(self) -> datetime:
        """Midnight of the first day."""
        return moment(self.first, 0)

    def part(self, number: int, of: int) -> "Fleet":
        """Every ``of``-th team with all that it does; the land stays whole."""
        ours = {p.number for p in self.land.people if p.team % of == number}
        looks = [look for look in self.looks if look.person in ours]
        pages = [page for page in self.pages if page.person in ours]
        return replace(self, looks=looks, pages=pages)


def honest(numbers: Numbers, seed: int, cadres: int, days: int) -> Fleet:
    """The honest fleet: teams of three, and helpers among the same villages."""
    told = numbers["honest"]
    helpers = round(cadres * told["helpers"])
    groups = _teams([("", False)] * (cadres - helpers), told["team"])
    for number in range(helpers):
        groups[number % len(groups)].append(("", True))
    return _lived(numbers, seed, groups, days)


def cheating(numbers: Numbers, seed: int, each: int, beside: int, days: int) -> Fleet:
    """So many of each kind of cheat, and honest people beside them."""
    told, dice = numbers["cheat"], dice_of(seed, "cast")
    kinds = [kind for kind in KINDS if kind != "proxy_phone"]
    cast = [(kind, False) for kind in kinds for _ in range(each)] + [("", False)] * beside
    dice.shuffle(cast)
    groups = _teams(cast, numbers["honest"]["team"])
    left = each
    while left > 0:
        many = min(left, whole(dice, told["proxy_phone"]["together"]))
        groups.append([("proxy_phone", False)] * many)
        left -= many
    return _lived(numbers, seed, groups, days)


def _teams(cast: list[tuple[str, bool]], size: int) -> list[list[tuple[str, bool]]]:
    return [cast[start : start + size] for start in range(0, len(cast), size)]


def _lived(numbers: Numbers, seed: int, groups: list[list[tuple[str, bool]]], days: int) -> Fleet:
    fleet = Fleet(numbers, seed, settle(numbers, seed, groups), numbers["first_day"], days)
    lives = [Life(numbers, seed, fleet.land, person) for person in fleet.land.people]
    teams: dict[int, list[Life]] = {}
    for life in lives:
        teams.setdefault(life.person.team, []).append(life)
    for team in teams.values():
        _team(fleet, team)
    _diaries(fleet, lives)
    return fleet


def _team(fleet: Fleet, lives: list[Life]) -> None:
    numbers, seed = fleet.numbers, fleet.seed
    cheats = [Cheat(life, numbers, seed) for life in lives if life.person.cheat]
    for cheat in cheats:
        cheat.colleagues = [life for life in lives if life is not cheat.life]
    sent: set[Shot] = set()
    for cheat in cheats:
        cheat.sent = sent
    proxies = [cheat for cheat in cheats if cheat.kind == "proxy_phone"]
    share = _shared(fleet, lives)
    for step in range(fleet.days):
        day = fleet.first + step * ONE
        found = together(lives, day)
        for cheat in cheats:
            number = cheat.person.number
            found[number] = cheat.day(day, found.get(number))
        if proxies:
            proxied(proxies, found)
        share_phone(share, found)
        for number, looks in found.items():
            for look in looks:
                if look.at.date() == day:
                    look.phone = number if look.phone < 0 else look.phone
                    fleet.looks.append(look)
                    sent.update(look.photos)


@dataclass(frozen=True)
class Shared:
    """Two of a team and one phone: whose it is, who borrows it, on which share of the days."""

    owner: int
    guest: int
    share: float
    dice: object


def _shared(fleet: Fleet, lives: list[Life]) -> Shared | None:
    """Whether this team shares a phone."""
    told = fleet.numbers["honest"]["shared_phones"]
    own = [life.person for life in lives if not life.person.helper and not life.person.cheat]
    dice = dice_of(fleet.seed, "shared", lives[0].person.team)
    roll = dice.random()
    if len(own) < 2 or roll >= told["always_teams"] + told["now_and_then_teams"]:
        return None
    share = 1.0 if roll < told["always_teams"] else told["now_and_then_days"]
    return Shared(own[0].number, own[1].number, share, dice)


def share_phone(shared: Shared | None, found: dict[int, list[Look]]) -> None:
    """Who shares a phone goes where it goes: the guest taps where the owner does."""
    if shared is None or shared.guest not in found:
        return
    dice = dice_of("share", shared.owner, *(look.at for look in found[shared.guest]))
    if dice.random() >= shared.share:
        return
    theirs = []
    for look in found.get(shared.owner, []):
        if dice.random() < 0.8:
            at = look.at + timedelta(seconds=dice.uniform(25, 90))
            own = replace(look, person=shared.guest, phone=shared.owner, at=at, photos=[])
            theirs.append(own)
    found[shared.guest] = theirs


def _diaries(fleet: Fleet, lives: list[Life]) -> None:
    """Evenings with a pen: weekly for team members, one to three a month for helpers."""
    by_day: dict[tuple[int, date], list[Look]] = {}
    for look in fleet.looks:
        by_day.setdefault((look.person, look.day), []).append(look)
    for life in lives:
        for day in _evenings(fleet, life):
            looks = by_day.get((life.person.number, day))
            if looks and not looks[0].cheat:
                fleet.pages.append(_page(fleet, life, day, looks))
    fleet.pages.sort(key=lambda page: page.at)
    _tell_together(fleet, by_day)
    _copy(fleet, lives)


def _evenings(fleet: Fleet, life: Life) -> list[date]:
    """The days of which this person writes."""
    told, number = fleet.numbers["honest"]["diaries"], life.person.number
    dice = dice_of(fleet.seed, "evenings", number)
    days = [fleet.first + n * ONE for n in range(fleet.days)]
    there = sorted({look.day for look in fleet.looks if look.person == number}) or []
    found: list[date] = []
    step = 30 if life.person.helper else 7
    for begin in range(0, fleet.days, step):
        part = [day for day in there if day in set(days[begin : begin + step])]
        wanted = whole(dice, told["helper_a_month"]) if life.person.helper else told["team_a_week"]
        found += dice.sample(part, min(wanted, len(part)))
    return sorted(found)


def _page(fleet: Fleet, life: Life, day: date, looks: list[Look]) -> Page:
    told = fleet.numbers["honest"]
    dice = dice_of(fleet.seed, "page", life.person.number, day)
    who = [home.head for home in life.person.village.homes]
    text = texts.diary(dice, told["diaries"], who)
    shots = [shot for look in looks for shot in look.photos]
    photos = shots[:3] if dice.random() < told["photos"]["in_diary_too"] else []
    at = moment(day, dice.uniform(19.6, 22.5))
    return Page(life.person.number, day, at, text, list(dict.fromkeys(photos)), looks)


def _tell_together(fleet: Fleet, by_day: dict[tuple[int, date], list[Look]]) -> None:
    """Two who went together tell the same; some write it together."""
    told = fleet.numbers["honest"]["diaries"]
    people = fleet.land.people
    by_team: dict[tuple[int, date], list[Page]] = {}
    for page in fleet.pages:
        by_team.setdefault((people[page.person].team, page.day), []).append(page)
    for (team, day), pages in by_team.items():
        dice = dice_of(fleet.seed, "together", team, day)
        for one, other in pairwise(pages):
            doors = [
                {look.household for look in by_day[page.person, day] if look.household}
                for page in (one, other)
            ]
            if doors[0] & doors[1] and dice.random() < told["same_as_colleague"]:
                who = [home.head for home in people[other.person].village.homes]
                other.text = texts.told_together(dice, told, one.text, who)


def _copy(fleet: Fleet, lives: list[Life]) -> None:
    """Copied diaries: every other one of those who copy."""
    told, people = fleet.numbers["cheat"], fleet.land.people
    for life in lives:
        if life.person.cheat != "copied_diary":
            continue
        number = life.person.number
        dice = dice_of(fleet.seed, "copy", number)
        for page in [page for page in fleet.pages if page.person == number]:
            if dice.random() >= told["cheats_on"]:
                continue
            before = [p for p in fleet.pages if p.at < page.at - ONE and not p.cheat]
            own = [p for p in before if p.person == number]
            team = [p for p in before if p.person != number]
            team = [p for p in team if people[p.person].team == life.person.team] or team
            source = team if dice.random() < told["copied_diary"]["of_colleague"] else own
            if source:
                who = [home.head for home in life.person.village.homes]
                old = dice.choice(source)
                page.text = texts.copied(dice, told["copied_diary"], old.text, who)
                page.cheat = "copied_diary"
