"""What the invented people leave behind, as the rows that the product itself would have made."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from app.auth.models import User
from app.checkins import service as checkins
from app.checkins.models import Withdrawal
from app.checkins.schemas import CheckInIn, Fix
from app.core.crypto import Sealer
from app.core.geo import Datum, from_wgs84
from app.core.tables import HOUSE
from app.demo import words
from app.demo.attendance import Around, Tap, rounds, stays, visits
from app.demo.book import Book
from app.demo.people import Cadre, Household, Population, Village, uuid
from app.demo.span import ONE, Span, at
from app.diaries.models import Diary
from app.diaries.schemas import DiaryIn
from app.households import models as households
from app.households.schemas import ConsentIn, PortraitIn, PositionFix, PositionIn
from app.households.service import PORTRAIT
from app.org import models as org
from app.org.geofence import Fence
from app.photos.models import PhotoUse, Upload
from app.policy.periods import Period
from app.postings.models import Pairing, Post, Posting

ACTOR = "demo"
#: some phones give the state's shifted datum
SHIFTED = 0.1
PHOTOS_EACH = 6


@dataclass(frozen=True, slots=True)
class Setting:
    """What all records share."""

    county: str
    span: Span
    around: Around
    pictures: list[str]
    sealer: Sealer
    hashes: dict[str, str]

    @property
    def opened(self) -> datetime:
        """When everything was registered."""
        return at(self.span.opened, 9)


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
            _check_ins(book, cadre, _with_photos(cadre, taps), setting)
        for helper in [*village.helpers, *village.stationed]:
            _help(book, helper, setting)
    for leader in population.others:
        _check_ins(book, leader, rounds(leader, setting.around, setting.span), setting)


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
    return [
        Tap(**{name: getattr(tap, name) for name in Tap.__slots__} | {"photo": number >= plain})
        for number, tap in enumerate(taps)
    ]


def _check_ins(book: Book, cadre: Cadre, taps: Iterable[Tap], setting: Setting) -> list[UUID]:
    """The check-ins as recorded; their ids in order."""
    ids, shown = [], Shown(book, cadre, setting)
    for tap in taps:
        fences: list[Fence] = setting.around[tap.village].fences
        body = _body(tap, cadre.dice, [shown.next()] if tap.photo else [])
        row = checkins.drafted(cadre.id, uuid(cadre.dice), body, tap.received_at, fences)
        if row.photos:
            shown.name(
                checkins.RECORD_KIND, row.id, row.photos, row.day, row.received_at, row.village
            )
        book.add_row(row, cadre.id, tap.received_at)
        ids.append(row.id)
        if tap.withdrawn:
            when = tap.received_at + timedelta(minutes=17)
            book.add(
                Withdrawal,
                cadre.id,
                when,
                county=setting.county,
                check_in_id=row.id,
                author_id=cadre.id,
                reason=tap.withdrawn,
                withdrawn_at=when,
            )
    return ids


def _body(tap: Tap, dice: Random, photos: list[str]) -> CheckInIn:
    """What the phone sent."""
    fix = None
    if tap.accuracy_m is not None:
        datum = Datum.gcj02 if dice.random() < SHIFTED else Datum.wgs84
        shown = from_wgs84(tap.point, datum)
        fix = Fix(
            lat=shown.lat,
            lon=shown.lon,
            accuracy_m=tap.accuracy_m,
            datum=datum.value,
            fixed_at=tap.said_at - timedelta(seconds=2),
        )
    return CheckInIn(
        kind=tap.kind,
        village=tap.village,
        household=tap.household.id if tap.household else None,
        captured_at=tap.said_at,
        fix=fix,
        no_fix_reason=None if fix else "timeout",
        photos=photos,
        note=tap.note,
    )


class Shown:
    """One person's pictures: uploaded once each, named by records."""

    def __init__(self, book: Book, cadre: Cadre, setting: Setting) -> None:
        self.book, self.cadre, self.setting = book, cadre, setting
        self.turn = cadre.dice.randrange(len(setting.pictures)) if setting.pictures else 0
        self.uploaded: set[str] = set()

    def next(self) -> str:
        """The hash of the next picture."""
        self.turn += 1
        return self.setting.pictures[self.turn % len(self.setting.pictures)]

    def name(
        self,
        kind: str,
        record: UUID,
        hashes: list[str],
        day: date,
        when: datetime,
        village: str | None = None,
        household: UUID | None = None,
    ) -> None:
        """The record names the pictures; their bytes have come."""
        for position, sha256 in enumerate(hashes):
            if sha256 not in self.uploaded:
                self.uploaded.add(sha256)
                self.book.add(
                    Upload,
                    self.cadre.id,
                    when,
                    county=self.setting.county,
                    sha256=sha256,
                    user_id=self.cadre.id,
                    uploaded_at=when,
                )
            self.book.beside(
                PhotoUse,
                county=self.setting.county,
                record_id=record,
                sha256=sha256,
                record_kind=kind,
                author_id=self.cadre.id,
                position=position,
                day=day,
                village=village,
                household_id=household,
            )


def _help(book: Book, helper: Cadre, setting: Setting) -> None:
    """A helper's months: visits, diaries, and what is kept about each household."""
    if not any(spell.kind is Post.HC for spell in helper.spells):
        return
    shown = Shown(book, helper, setting)
    for month, taps in visits(helper, setting.around, setting.span):
        ids = _check_ins(book, helper, taps, setting)
        met = list(zip(ids, taps, strict=True))
        for body, received_at, diary_id in _diaries(helper, month, met, setting.span):
            _diary(book, helper, body, received_at, diary_id, setting)
    for number, household in enumerate(helper.households):
        _plan(book, helper, household, number, setting)
        _portrait(book, helper, household, number, setting, shown)
        _position(book, helper, household, number, setting)


Met = list[tuple[UUID, Tap]]
Written = tuple[DiaryIn, datetime, UUID]


def _diaries(helper: Cadre, month: Period, met: Met, span: Span) -> Iterator[Written]:
    """The diaries of a month: usually one, written on the evening of the last visit."""
    story, dice = helper.story.key, helper.dice
    whole = month.last <= span.yesterday
    latest = whole and month == span.whole_months[-1]
    if not met or (latest and story in ("forgot", "many_then_none")):
        return
    if not whole and (story == "unwritten" or dice.random() < 0.35):
        return
    last = met[-1][1].day
    of_day = [(key, tap) for key, tap in met if tap.day == last]
    written = at(last, 19, dice.randrange(60), dice.randrange(60))
    delay = timedelta(seconds=dice.randrange(3, 40))
    if story == "late_diary" and whole:
        written = at(month.last + timedelta(days=dice.randrange(1, 3)), 9, dice.randrange(60))
    if story == "eve" and whole:
        written, delay = at(month.last, 21, 30), timedelta(hours=60)
    first = uuid(dice)
    if written + delay > span.end:
        return
    yield _said(helper, last, of_day, written), written + delay, first
    if story == "corrected" and latest:
        again = written + timedelta(minutes=50)
        yield _said(helper, last, of_day, again, replaces=first), again + delay, uuid(dice)
    two_ago = len(span.whole_months) > 1 and month == span.whole_months[-2]
    if story == "many_then_none" and two_ago and met[0][1].day != last:
        day = met[0][1].day
        earlier = [(key, tap) for key, tap in met if tap.day == day]
        yield _said(helper, day, earlier, at(day, 20, 15)), at(day, 20, 16), uuid(dice)


def _said(
    helper: Cadre, day: date, met: Met, written: datetime, replaces: UUID | None = None
) -> DiaryIn:
    visited = [tap.household for _, tap in met if tap.household]
    text = words.visit(helper.dice, [household.head for household in visited])
    return DiaryIn(
        work_date=day,
        text=text + ("(更正:补充了走访人数。)" if replaces else ""),
        households=[household.id for household in visited],
        check_ins=[key for key, _ in met],
        written_at=written,
        replaces=replaces,
    )


def _diary(
    book: Book,
    helper: Cadre,
    body: DiaryIn,
    received_at: datetime,
    diary_id: UUID,
    setting: Setting,
) -> None:
    book.add(
        Diary,
        helper.id,
        received_at,
        id=diary_id,
        county=setting.county,
        author_id=helper.id,
        work_date=body.work_date,
        text=body.text,
        households=[str(key) for key in body.households],
        check_ins=[str(key) for key in body.check_ins],
        written_at=body.written_at,
        received_at=received_at,
        replaces=body.replaces,
        root=body.replaces,
        digest=body.digest(),
    )


def _plan(book: Book, helper: Cadre, household: Household, number: int, setting: Setting) -> None:
    dice, span = helper.dice, setting.span
    if helper.story.key == "no_plan" and number == 0:
        return
    for _ in range(dice.choice((1, 1, 1, 2))):
        created = max(helper.spells[-1].since, span.opened) + timedelta(days=dice.randrange(9))
        created = min(created, span.yesterday)
        received = at(created, 16, dice.randrange(60))
        done = created + timedelta(days=dice.randrange(20, 90))
        book.add(
            households.PlanItem,
            helper.id,
            received,
            id=uuid(dice),
            county=setting.county,
            household_id=household.id,
            author_id=helper.id,
            text=words.plan(dice),
            due=created + timedelta(days=dice.randrange(60, 240)),
            done_on=done if dice.random() < 0.4 and done <= span.yesterday else None,
            created_on=created,
            received_at=received,
        )


def _portrait(
    book: Book, helper: Cadre, household: Household, number: int, setting: Setting, shown: Shown
) -> None:
    if not setting.pictures or (helper.story.key == "no_portrait" and number == 0):
        return
    dice, span = helper.dice, setting.span
    day = min(max(helper.spells[-1].since, span.opened) + timedelta(days=10), span.yesterday)
    taken = at(day, 10 + number % 8, dice.randrange(60))
    consent = ConsentIn(by=household.head, on=day, how=households.Consent.signed)
    body = PortraitIn(household=household.id, photo=shown.next(), consent=consent, taken_at=taken)
    received = taken + timedelta(seconds=35)
    portrait_id = uuid(dice)
    shown.name(
        PORTRAIT,
        portrait_id,
        [body.photo],
        day,
        received,
        village=helper.village,
        household=household.id,
    )
    book.add(
        households.Portrait,
        helper.id,
        received,
        id=portrait_id,
        county=setting.county,
        household_id=household.id,
        author_id=helper.id,
        photo=body.photo,
        consent_by=consent.by,
        consent_on=consent.on,
        consent_how=consent.how.value,
        taken_at=taken,
        received_at=received,
        digest=body.digest(),
    )


def _position(
    book: Book, helper: Cadre, household: Household, number: int, setting: Setting
) -> None:
    """Half of the households are placed by hand, the others by the fixes of visits."""
    dice, span = helper.dice, setting.span
    if number % 2 == 0 or helper.story.key == "no_position":
        return
    day = min(max(helper.spells[-1].since, span.opened) + timedelta(days=11), span.yesterday)
    when = at(day, 9 + number % 9, dice.randrange(60))
    accuracy = round(dice.uniform(4, 20), 1)
    fix = PositionFix(lat=household.place.lat, lon=household.place.lon, accuracy_m=accuracy)
    body = PositionIn(household=household.id, fix=fix, set_at=when)
    received = when + timedelta(seconds=20)
    book.add(
        households.Position,
        helper.id,
        received,
        id=uuid(dice),
        county=setting.county,
        household_id=household.id,
        author_id=helper.id,
        lat_e7=household.place.lat_e7,
        lon_e7=household.place.lon_e7,
        accuracy_mm=round(accuracy * 1000),
        datum=fix.datum,
        set_at=when,
        received_at=received,
        digest=body.digest(),
    )
