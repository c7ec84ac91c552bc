"""What phones sent, as the rows that the product itself would have made."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from app.auth.anchors import Anchors
from app.checkins import service as checkins
from app.checkins.models import Withdrawal
from app.checkins.schemas import CheckInIn, Clock, Fix
from app.core.crypto import Sealer
from app.core.geo import Datum, from_wgs84
from app.demo.attendance import Around, Tap
from app.demo.book import Book
from app.demo.people import Cadre, uuid
from app.demo.phones import Phone
from app.demo.span import Span, at
from app.org.geofence import Fence
from app.photos.models import PhotoUse, Upload

#: some phones give the state's shifted datum
SHIFTED = 0.1


@dataclass(frozen=True, slots=True)
class Setting:
    """What all records share."""

    county: str
    span: Span
    around: Around
    pictures: list[str]
    sealer: Sealer
    anchors: Anchors
    hashes: dict[str, str]

    @property
    def opened(self) -> datetime:
        """When everything was registered."""
        return at(self.span.opened, 9)


def check_ins(book: Book, cadre: Cadre, taps: Iterable[Tap], setting: Setting) -> list[UUID]:
    """The check-ins as recorded; their ids in order."""
    ids, shown, phone = [], Shown(book, cadre, setting), Phone(cadre.id, setting.anchors)
    for tap in taps:
        fences: list[Fence] = setting.around[tap.village].fences
        sent, clock, timed = phone.clock(tap)
        pictures = [shown.last() if tap.again else shown.next()] if tap.photo else []
        body = _body(tap, cadre.dice, clock, pictures)
        row = checkins.drafted(sent, uuid(cadre.dice), body, timed, fences)
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


def _body(tap: Tap, dice: Random, clock: Clock | None, photos: list[str]) -> CheckInIn:
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
        clock=clock,
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
        return self.last()

    def last(self) -> str:
        """The hash of the one that was shown last."""
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
