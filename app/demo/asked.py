"""Leave, trips and make-ups in every state, on days without a check-in of the person's.

The team of the listed logins has one of each state; beside it some wait for the township and the
county, and here and there in the county somebody was away with consent.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from app.checkins.models import CheckIn
from app.demo.book import Book
from app.demo.people import Cadre, Population, Village, uuid
from app.demo.sent import Setting
from app.demo.span import ONE, at
from app.photos.models import PhotoUse, Upload
from app.postings.models import Post
from app.requests.models import (
    LEAVE,
    MAKE_UP,
    Leave,
    LeaveReturn,
    MakeUp,
    RequestDecision,
    RequestWithdrawal,
)
from app.requests.schemas import LeaveIn, MakeUpIn
from app.requests.states import Decision, Place, State

REASONS = {
    "leave": "送老人到市医院复查,已与队员商量好值守。",
    "trip": "随乡镇到省里对接油茶加工项目。",
    "training": "参加县委党校乡村振兴专题培训班。",
}
MAKE_UP_REASON = "手机进水送修,当天在村参加清淤,村委会登记簿有记录。"


@dataclass(frozen=True, slots=True)
class Offices:
    """Who decides."""

    township: UUID
    county: UUID


@dataclass(slots=True)
class Desk:
    """Where one cadre's requests are written down."""

    book: Book
    cadre: Cadre
    setting: Setting
    offices: Offices
    free: list[date]
    dice: Random

    def leave(
        self,
        kind: str,
        first: date,
        count: int,
        said: tuple[Decision, ...] = (),
        *,
        withdrawn: bool = False,
        back: bool = False,
        long: bool = False,
    ) -> None:
        """So many days; ``said`` are the words of the township and then the county."""
        asked = at(min(first - 2 * ONE, self.setting.span.yesterday), 18, 20)
        body = LeaveIn.model_validate(
            {
                "kind": kind,
                "from": first,
                "to": first + timedelta(days=count - 1),
                "reason": REASONS[kind],
                "written_at": asked,
            }
        )
        told = {
            "kind": body.kind.value,
            "first": body.first,
            "last": body.last,
            "day": body.first,
            "digest": body.digest(),
        }
        told |= self._asked(body)
        key = self._write(
            Leave, LEAVE, asked, told, said, _state(said, long=long, withdrawn=withdrawn)
        )
        if back:
            when = at(body.last, 8, 5)
            self.book.add(
                LeaveReturn,
                self.cadre.id,
                when,
                county=self.setting.county,
                leave_id=key,
                author_id=self.cadre.id,
                back_on=body.last,
                returned_at=when,
            )

    def make_up(self, day: date, after: int, said: tuple[Decision, ...] = ()) -> None:
        """A day in the village that no check-in proves, asked for so many days later."""
        asked = at(min(day + timedelta(days=after), self.setting.span.yesterday), 19, 40)
        mine = [r for r in self.book.rows[Upload] if r["user_id"] == self.cadre.id]
        photos = [str(row["sha256"]) for row in mine[:1]]
        body = MakeUpIn(
            day=day,
            village=self.cadre.village,
            reason=MAKE_UP_REASON,
            evidence=photos,
            written_at=asked,
        )
        told = {"day": day, "village": body.village, "evidence": photos, "digest": body.digest()}
        told |= self._asked(body)
        key = self._write(MakeUp, MAKE_UP, asked, told, said, _state(said))
        for sha256 in photos:
            self.book.beside(
                PhotoUse,
                county=self.setting.county,
                record_id=key,
                sha256=sha256,
                record_kind=MAKE_UP,
                author_id=self.cadre.id,
                position=0,
                day=day,
                village=body.village,
            )

    def gap(self, count: int, before: date) -> date | None:
        """The first of so many days running without a check-in, the latest that end before."""
        for first in reversed(self.free):
            run = [first + timedelta(days=n) for n in range(count)]
            if run[-1] < before and all(day in self.free for day in run):
                self.free = [day for day in self.free if day not in run]
                return first
        return None

    def _asked(self, body: LeaveIn | MakeUpIn) -> dict[str, Any]:
        return {"reason": body.reason, "written_at": body.written_at}

    def _write(
        self,
        model: type[Leave] | type[MakeUp],
        kind: str,
        asked: datetime,
        told: dict[str, Any],
        said: tuple[Decision, ...],
        state: State,
    ) -> UUID:
        key, received = uuid(self.dice), min(asked + timedelta(minutes=4), self.setting.span.end)
        values = {
            "id": key,
            "county": self.setting.county,
            "author_id": self.cadre.id,
            "received_at": received,
            **told,
        }
        wrote = (self.cadre.id, received)
        decided = min(received + timedelta(hours=15), self.setting.span.end)
        if state is State.withdrawn:
            changes: dict[str, Any] = {"state": state.value}
            self.book.add_then(model, wrote, (self.cadre.id, decided, changes), **values)
            self._withdraw(kind, key, decided)
        elif said:
            changes = {"state": state.value, "decided_at": decided}
            by = self.offices.county if len(said) > 1 else self.offices.township
            self.book.add_then(model, wrote, (by, decided, changes), **values)
            for place, word in zip(Place, said, strict=False):
                self._say(kind, key, place, word, decided)
        else:
            self.book.add(model, self.cadre.id, received, **values)
        return key

    def _withdraw(self, kind: str, key: UUID, when: datetime) -> None:
        self.book.add(
            RequestWithdrawal,
            self.cadre.id,
            when,
            id=uuid(self.dice),
            county=self.setting.county,
            request_kind=kind,
            request_id=key,
            author_id=self.cadre.id,
            reason="会议改期,不用去了。",
            withdrawn_at=when,
        )

    def _say(self, kind: str, key: UUID, place: Place, word: Decision, when: datetime) -> None:
        by = self.offices.county if place is Place.county else self.offices.township
        self.book.add(
            RequestDecision,
            by,
            when,
            id=uuid(self.dice),
            county=self.setting.county,
            request_kind=kind,
            request_id=key,
            place=place.value,
            decision=word.value,
            reason=""
            if word is Decision.approve
            else "没有佐证,村委会登记簿上也没有,请补充后再申请。",
            by_id=by,
            decided_at=when,
        )


YES, NO = Decision.approve, Decision.refuse


def _state(said: tuple[Decision, ...], *, long: bool = False, withdrawn: bool = False) -> State:
    """What the words of the township, and then the county, make of a request."""
    if withdrawn or not said:
        return State.withdrawn if withdrawn else State.submitted
    if said[-1] is NO:
        return State.refused
    return State.with_county if long and len(said) == 1 else State.approved


def ask(book: Book, population: Population, setting: Setting) -> None:
    """Write down who asked for what, and what was said."""
    present: dict[UUID, set[date]] = defaultdict(set)
    for row in book.rows[CheckIn]:
        present[row["person_id"]].add(row["day"])
    offices = _offices(population)
    for number, village in enumerate(population.villages):
        if village.code[:9] not in offices:
            continue

        def desk(cadre: Cadre, village: Village = village) -> Desk:
            dice = Random(f"asked:{cadre.id}")  # noqa: S311  invented, no secrets
            free = _free(cadre, village, present[cadre.id], setting)
            return Desk(book, cadre, setting, offices[village.code[:9]], free, dice)

        if any(cadre.username for cadre in village.stationed):
            _listed(village, desk, setting)
        else:
            _somewhere(number, village, desk, setting)


def _listed(village: Village, desk: Callable[[Cadre], Desk], setting: Setting) -> None:
    """One of each state in the team of the listed logins."""
    today, yesterday = setting.span.today, setting.span.yesterday
    first, second, *others = (desk(cadre) for cadre in village.stationed)
    for count, say in ((2, (YES,)), (1, (NO,))):
        if day := first.gap(count, yesterday - 9 * ONE):
            first.leave("leave" if say == (YES,) else "trip", day, count, say)
    if day := first.gap(1, yesterday):
        first.make_up(day, 1)
    if day := first.gap(1, yesterday - 18 * ONE):
        first.make_up(day, 1, (YES,))
    first.leave("leave", today + 3 * ONE, 2)
    first.leave("trip", today + 9 * ONE, 1, withdrawn=True)
    second.leave("training", today + 5 * ONE, 20, (YES,), long=True)
    if day := second.gap(3, yesterday - 12 * ONE):
        second.leave("trip", day, 3, (YES,), back=True)
    if day := second.gap(1, yesterday - 4 * ONE):
        second.make_up(day, 2, (NO,))
    for other in others[:1]:
        if day := other.gap(1, yesterday - 20 * ONE):
            other.make_up(day, 12)  # too late for the township alone


def _somewhere(
    number: int, village: Village, desk: Callable[[Cadre], Desk], setting: Setting
) -> None:
    """Here a leave, there a trip; some wait."""
    cadres = [cadre for cadre in village.stationed if not cadre.story.special]
    if not cadres or number % 3 == 2:
        return
    place = desk(cadres[number % len(cadres)])
    if day := place.gap(2, setting.span.yesterday - 6 * ONE):
        place.leave(("leave", "trip", "training")[number % 3], day, 2, (YES,))
    if number % 4 == 1:
        place.leave("leave", setting.span.today + 2 * ONE, 2)


def _free(cadre: Cadre, village: Village, present: set[date], setting: Setting) -> list[date]:
    """Days of this quarter, and the month before it, on a post here and without a check-in."""
    day, found = setting.span.yesterday - timedelta(days=50), []
    while day <= setting.span.yesterday:
        posted = any(
            spell.unit == village.code
            and spell.since <= day
            and (spell.until is None or day <= spell.until)
            for spell in cadre.spells
        )
        if posted and day not in present:
            found.append(day)
        day += ONE
    return found


def _offices(population: Population) -> dict[str, Offices]:
    """Who decides in each township."""
    county = next((c.id for c in population.others if c.kind is Post.CA), None)
    towns: Iterator[Cadre] = (c for c in population.others if c.kind is Post.TA)
    return {town.village: Offices(town.id, county) for town in towns if county is not None}
