"""A helper cadre's months: visits, diaries, and what is kept about each household."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

from app.demo import words
from app.demo.attendance import Tap, visits
from app.demo.book import Book
from app.demo.people import Cadre, Household, uuid
from app.demo.sent import Setting, Shown, check_ins
from app.demo.span import Span, at
from app.diaries.models import Diary
from app.diaries.schemas import DiaryIn
from app.households import models as households
from app.households.schemas import ConsentIn, PortraitIn, PositionFix, PositionIn
from app.households.service import PORTRAIT
from app.policy.periods import Period
from app.postings.models import Post


def help_given(book: Book, helper: Cadre, setting: Setting) -> None:
    """A helper's months: visits, diaries, and what is kept about each household."""
    if not any(spell.kind is Post.HC for spell in helper.spells):
        return
    shown = Shown(book, helper, setting)
    for month, taps in visits(helper, setting.around, setting.span):
        ids = check_ins(book, helper, taps, setting)
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
