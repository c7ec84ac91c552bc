"""The register of the invented county, and everybody's records."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

from app.auth.models import User
from app.core.tables import HOUSE
from app.demo.attendance import Tap, rounds, stays
from app.demo.book import Book
from app.demo.helping import help_given
from app.demo.people import Cadre, Household, Population, Village, uuid
from app.demo.sent import Setting, check_ins
from app.demo.span import ONE, at
from app.households import models as households
from app.org import models as org
from app.postings.models import Pairing, Post, Posting

ACTOR = "demo"
PHOTOS_EACH = 6


def write_down(book: Book, population: Population, setting: Setting) -> None:
    """Everybody and everything into the book."""
    for village in population.villages:
        _village(book, village, setting)
    for cadre in population.cadres():
        _cadre(book, cadre, setting)
    for village in population.villages:
        _pairings(book, village, setting)
        for cadre in village.stationed:
            taps = stays(cadre, setting.around, setting.span)
            check_ins(book, cadre, _with_photos(cadre, taps), setting)
        for helper in [*village.helpers, *village.stationed]:
            help_given(book, helper, setting)
    for leader in population.others:
        check_ins(book, leader, rounds(leader, setting.around, setting.span), setting)


def _village(book: Book, village: Village, setting: Setting) -> None:
    for number, fence in enumerate(village.fences):
        ring = [list(corner) for corner in fence.ring or ()]
        book.add(
            org.Fence,
            ACTOR,
            setting.opened,
            county=setting.county,
            unit=village.code,
            name="村委会" if number == 0 else "另一自然村",
            lat_e7=fence.centre.lat_e7,
            lon_e7=fence.centre.lon_e7,
            radius_m=fence.radius_m,
            polygon=ring or None,
            invented=True,
        )
    for household in village.households:
        _household(book, village, household, setting)


def _household(book: Book, village: Village, household: Household, setting: Setting) -> None:
    book.add(
        households.Household,
        ACTOR,
        setting.opened,
        id=household.id,
        county=setting.county,
        village=village.code,
        number=household.number,
        head=household.head,
        address=household.address,
        poor=household.poor,
        since=household.since,
    )
    seal, table = setting.sealer.seal, households.Member.__tablename__
    for member in household.members:
        number, phone = member.id_number, member.phone
        book.add(
            households.Member,
            ACTOR,
            setting.opened,
            id=member.id,
            county=setting.county,
            household_id=household.id,
            name=member.name,
            relation=member.relation,
            id_number=seal(number, table, "id_number", member.id),
            phone=seal(phone, table, "phone", member.id) if phone else None,
            id_index=setting.sealer.index(number),
        )


def _cadre(book: Book, cadre: Cadre, setting: Setting) -> None:
    username = cadre.username
    book.add(
        User,
        ACTOR,
        setting.opened,
        id=cadre.id,
        county=HOUSE,
        name=cadre.name,
        username=username,
        password_hash=setting.hashes[username] if username else None,
        password_changed_at=setting.opened if username else None,
        demo=True,
        created_at=setting.opened,
    )
    for spell in cadre.spells:
        book.add(
            Posting,
            ACTOR,
            max(setting.opened, at(spell.since, 8, 30)),
            id=spell.id,
            county=setting.county,
            person_id=cadre.id,
            unit=spell.unit,
            kind=spell.kind.value,
            since=spell.since,
            until=spell.until,
            reason=spell.reason,
        )


def _pairings(book: Book, village: Village, setting: Setting) -> None:
    for number, helper in enumerate(village.helpers):
        since = helper.spells[-1].since
        other = village.helpers[number - 1]
        for place, household in enumerate(helper.households):
            begun = since
            if helper.story.key == "took_over" and place == 0 and other is not helper:
                begun = setting.span.now.first
                _pair(book, other, household, since, begun - ONE, setting)
            _pair(book, helper, household, begun, None, setting)
    for cadre in village.stationed:
        for household in cadre.households:
            _pair(book, cadre, household, cadre.spells[-1].since, None, setting)


def _pair(
    book: Book,
    helper: Cadre,
    household: Household,
    since: date,
    until: date | None,
    setting: Setting,
) -> None:
    book.add(
        Pairing,
        ACTOR,
        max(setting.opened, at(since, 8, 40)),
        id=uuid(helper.dice),
        county=setting.county,
        person_id=helper.id,
        household_id=household.id,
        since=since,
        until=until,
    )


def _with_photos(cadre: Cadre, taps: list[Tap]) -> list[Tap]:
    """Those who can be signed in as have pictures on their last check-ins."""
    if cadre.username is None or cadre.kind not in (Post.FS, Post.TL):
        return taps
    plain = len(taps) - PHOTOS_EACH
    shown = [replace(tap, photo=number >= plain) for number, tap in enumerate(taps)]
    return _same_again(shown, 40 if cadre.kind is Post.FS else 6)


def _same_again(taps: list[Tap], days_ago: int) -> list[Tap]:
    """So many days before the last one the picture of the day before that is sent once more."""
    if not taps:
        return taps
    day = max(tap.day for tap in taps) - timedelta(days=days_ago)
    # a day with a second check-in has a story of its own
    once = Counter(tap.day for tap in taps)
    second = max(
        (n for n, tap in enumerate(taps) if tap.day <= day and once[tap.day] == 1), default=0
    )
    before = [n for n in range(second) if taps[n].day < taps[second].day]
    if not before:
        return taps
    first = before[-1]
    between = [replace(tap, photo=False) for tap in taps[first + 1 : second]]
    taps[first : second + 1] = [
        replace(taps[first], photo=True),
        *between,
        replace(taps[second], photo=True, again=True),
    ]
    return taps
