"""From the truth to what arrives: every phone of the fleet through its days, tap by tap."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from app.auth.anchors import Anchors
from app.checkins.schemas import CheckInIn
from app.core.clock import SHANGHAI
from app.demo.people import uuid
from app.diaries.schemas import DiaryIn
from scripts.fleets import phones
from scripts.fleets.acts import Event, Look, Page, Sent, Shot, Uploaded
from scripts.fleets.fleet import Fleet
from scripts.fleets.honest import MINUTE
from scripts.fleets.land import Person
from scripts.fleets.numbers import Numbers, dice_of, even
from scripts.fleets.phones import SECOND, Phone, utc

Rows = dict[Shot, dict[str, Any]]
DAY = timedelta(days=1)
EXIF = "%Y:%m:%d %H:%M:%S"


@dataclass
class Post:
    """Everything on its way to the service."""

    fleet: Fleet
    anchors: Anchors
    rows: Rows = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    arrived: dict[UUID, datetime] = field(default_factory=dict)
    carried: dict[int, "Carried"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.carried = {person.number: Carried(self, person) for person in self.fleet.land.people}
        self._date_pictures()

    def _date_pictures(self) -> None:
        """A phone's camera writes into EXIF what the phone's clock shows, right or wrong."""
        dated: dict[tuple[str, int], Shot] = {}
        for look in sorted(self.fleet.looks, key=lambda look: look.at):
            for shot in look.photos:
                if shot.exif is not None and (shot.scene, shot.seed) not in dated:
                    taken = datetime.strptime(shot.exif[0], EXIF).replace(tzinfo=SHANGHAI)
                    shown = self.carried[look.phone].phone.wall(taken)
                    exif = (shown.strftime(EXIF), *shot.exif[1:])
                    dated[shot.scene, shot.seed] = replace(shot, exif=exif)
        everything: list[Look | Page] = [*self.fleet.looks, *self.fleet.pages]
        for of in everything:
            of.photos = [
                replace(shot, exif=dated[shot.scene, shot.seed].exif) if shot.exif else shot
                for shot in of.photos
            ]

    def shots(self) -> list[Shot]:
        """Every picture that is sent."""
        everything: list[Look | Page] = [*self.fleet.looks, *self.fleet.pages]
        return [shot for of in everything for shot in of.photos]

    def collect(self, rows: Rows) -> list[Event]:
        """All that arrives, the first first; ``rows`` are those of all ``shots``."""
        self.rows = rows
        looks: dict[int, list[Look]] = {}
        for look in self.fleet.looks:
            looks.setdefault(look.phone, []).append(look)
        pages: dict[int, list[Page]] = {}
        for page in self.fleet.pages:
            pages.setdefault(page.person, []).append(page)
        for person in self.fleet.land.people:
            own = sorted(looks.get(person.number, []), key=lambda look: look.at)
            phone = self.carried[person.number]
            phone.through(own)
            phone.write(pages.get(person.number, []))
        self.events.sort(key=lambda event: event.received_at)
        return self.events


class Carried:
    """One phone in somebody's pocket."""

    def __init__(self, post: Post, owner: Person) -> None:
        fleet = post.fleet
        self.post, self.owner, self.numbers = post, owner, fleet.numbers
        self.people = fleet.land.people
        self.villages = {village.code: village for village in fleet.land.villages}
        self.phone = phones.make(fleet.numbers, fleet.seed, owner.number, fleet.opened, fleet.days)
        self.dice = dice_of(fleet.seed, "pocket", owner.number)
        if (
            owner.village.gcj
            and self.dice.random() < fleet.numbers["land"]["gcj_village"]["phones_gcj"]
        ):
            self.phone.receiver.gcj = True
        self.phone.offline = list(_silences(fleet, owner, self.dice))
        phones.empty_batteries(fleet.numbers, self.phone, fleet.opened, fleet.days)
        told = fleet.numbers["honest"]["new_phone"]
        self.changes: datetime | None = None
        if self.dice.random() < told:
            self.changes = fleet.opened + self.dice.uniform(0.1, 0.9) * fleet.days * DAY
        self.waiting: tuple[datetime, set[UUID]] | None = None
        self.last_day = fleet.first - DAY
        self.sequence = 0

    def through(self, looks: Iterable[Look]) -> None:
        """All taps on this phone, in their order."""
        for look in looks:
            self._meet_signal(look.at)
            if self.changes is not None and look.at > self.changes:
                self.changes, self.phone.device = None, str(uuid(self.dice))
                self.phone.held.clear()
                self.phone.reload()
            self._tap(look)

    def _meet_signal(self, now: datetime) -> None:
        """What was waiting has gone, if there has been signal since: a contact with the service."""
        if self.waiting is None or self.waiting[0] > now:
            return
        at, users = self.waiting
        self.waiting = None
        if self.dice.random() < self.numbers["phones"]["page"]["fresh"]:
            self.phone.reload()
        for user in users:
            self.phone.contact(self.post.anchors, user, at + 20 * SECOND)

    def _tap(self, look: Look) -> None:
        phone, user = self.phone, self.people[look.person].id
        signal = phone.signal(look.at)
        online = signal == look.at
        if look.trick is not None:
            online, signal = True, look.at
            phone.offline = [span for span in phone.offline if not span[0] <= look.at < span[1]]
            self._trick(look, user)
        elif user not in phone.held and not online:
            return  # nobody signs in without signal
        else:
            self._open(look, user, online)
        body = self._body(look, user)
        sent = signal + self.dice.uniform(0.5, 4) * SECOND
        if look.trick is not None and look.trick.order == "flight_mode":
            sent = look.at + 5 * MINUTE
        if not online:
            sent += self.dice.uniform(21, 50) * SECOND
            users = self.waiting[1] if self.waiting else set()
            self.waiting = (signal, users | {user})
        self._send(look, body, sent)
        if online:
            phone.contact(self.post.anchors, user, sent + SECOND)

    def _open(self, look: Look, user: UUID, online: bool) -> None:
        """The page is opened, or looked at again."""
        page, phone = self.numbers["phones"]["page"], self.phone
        rebooted = look.day != self.last_day and self.dice.random() < page["reboot_a_day"]
        self.last_day = look.day
        fresh = rebooted or self.dice.random() < page["fresh"]
        if fresh:
            phone.reload()
        if online and (fresh or user not in phone.held or self.dice.random() < 0.5):
            phone.contact(self.post.anchors, user, look.at - self.dice.uniform(3, 25) * SECOND)

    def _trick(self, look: Look, user: UUID) -> None:
        """The date is set back around this tap."""
        trick, phone, anchors = look.trick, self.phone, self.post.anchors
        if trick is None:
            return
        if trick.opened_before or user not in phone.held:
            phone.contact(anchors, user, look.at - self.dice.uniform(60, 600) * MINUTE)
        match trick.order:
            case "page_open":
                phone.contact(anchors, user, look.at - 5 * MINUTE)
                phones.set_back(phone, trick, look.at)
            case "flight_mode":
                phones.set_back(phone, trick, look.at)
                phone.reload()
            case _:
                phones.set_back(phone, trick, look.at)
                phone.reload()
                phone.contact(anchors, user, look.at - MINUTE)

    def _body(self, look: Look, user: UUID) -> CheckInIn:
        phone = self.phone
        canyon = self.villages[look.village].canyon
        fix, reason = phones.position(self.numbers, phone, look, canyon)
        self.sequence += 1
        hashes = [self.post.rows[shot]["sha256"] for shot in look.photos]
        return CheckInIn.model_validate(
            {
                "kind": look.kind,
                "village": look.village,
                "household": look.household,
                "captured_at": phone.wall(look.at),
                "fix": fix,
                "no_fix_reason": reason or None,
                "clock": phone.clock(user, look.at),
                "photos": list(dict.fromkeys(hashes)),
                "note": look.note,
                "client": {"build": "fleet", "seq": self.sequence},
            }
        )

    def _send(self, look: Look, body: CheckInIn, at: datetime) -> None:
        look.id = uuid(self.dice)
        device, post = self.phone.device, self.post
        arrives = utc(at + self.dice.uniform(0.2, 2) * SECOND)
        now = self.phone.wall(at)
        post.events.append(Sent(arrives, look.person, device, look.id, body, now, look))
        post.arrived[look.id] = arrives
        if self.dice.random() < self.numbers["phones"]["signal"]["retry"]:
            later = timedelta(seconds=self.dice.uniform(4, 60))
            again = Sent(
                arrives + later, look.person, device, look.id, body, now + later, look, again=True
            )
            post.events.append(again)
        bytes_at = arrives + timedelta(days=look.late_photos) + self.dice.uniform(1, 9) * SECOND
        for shot in look.photos:
            post.events.append(Uploaded(bytes_at, look.person, shot))

    def write(self, pages: Iterable[Page]) -> None:
        """Diaries, in the evening or with the next signal; they name check-ins that have arrived."""
        post, phone = self.post, self.phone
        for page in pages:
            sent = phone.signal(page.at) + self.dice.uniform(70, 200) * SECOND
            page.id = uuid(self.dice)
            there = [look for look in page.looks if look.id and post.arrived[look.id] < utc(sent)]
            doors = [look.household for look in there if look.household is not None]
            if self.owner.helper:
                doors = [door for door in doors if door in {home.id for home in self.owner.own}]
            body = DiaryIn(
                work_date=page.day,
                text=page.text,
                households=list(dict.fromkeys(doors)),
                photos=list(dict.fromkeys(post.rows[shot]["sha256"] for shot in page.photos)),
                check_ins=[look.id for look in there if look.id],
                written_at=phone.wall(page.at),
            )
            now = phone.wall(sent)
            post.events.append(Sent(utc(sent), page.person, phone.device, page.id, body, now, page))


def _silences(fleet: Fleet, owner: Person, dice: Random) -> Iterator[tuple[datetime, datetime]]:
    """When there is no signal: days in some villages, an hour now and then elsewhere."""
    signal: Numbers = fleet.numbers["phones"]["signal"]
    at, end = fleet.opened, fleet.opened + fleet.days * DAY
    told = signal["offline_days"]
    while at < end:
        if owner.village.offline:
            days = min(told["most"], 0.3 + dice.expovariate(1 / told["mean"]))
            yield at + 7 * 60 * MINUTE, at + timedelta(days=days)
            at += timedelta(days=days + dice.uniform(0.1, 1.0))
        else:
            if dice.random() < signal["offline_hours"]["share"]:
                begin = at + dice.uniform(7, 18) * 60 * MINUTE
                hours = even(dice, {"from": 0.3, "to": signal["offline_hours"]["most"]})
                yield begin, begin + timedelta(hours=hours)
            at += DAY


__all__ = ["Carried", "Phone", "Post", "Rows"]
