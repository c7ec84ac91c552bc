"""The clocks of invented phones: which anchor each held at a tap, and what its clock said.

A tap that arrives at once was made in a page that had just asked the service: its time is proven.
One that waited for a signal holds the anchor of an earlier contact: the evening before at home,
or the last record that came through before three weeks in a valley. Then the phone's clock is
believed for two weeks, and after that nothing is.
"""

from bisect import bisect_right
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from app.auth.anchors import Anchors
from app.checkins.schemas import Clock
from app.checkins.service import Sent
from app.checkins.timing import Timed, bracket
from app.demo.attendance import Tap
from app.demo.span import ONE, at

#: a record that was longer under way had no network when it was made
AT_ONCE = timedelta(minutes=2)
#: whoever comes home in the evening has one again
HOME = timedelta(days=1)
_MS = timedelta(milliseconds=1)


class Phone:
    """One person's. Give it the taps in the order in which they arrived."""

    def __init__(self, person: UUID, anchors: Anchors) -> None:
        # dice of its own: who is where on which day must not hang on a phone's clock
        self._person, self._anchors = person, anchors
        self._dice = Random(person.int)  # noqa: S311  invented data
        self._device, self._page = self._id(), self._id()
        self._contacts: list[datetime] = []

    def clock(self, tap: Tap) -> tuple[Sent, Clock | None, Timed]:
        """Who sent the tap, what its body says of the clocks, and what is known of its time."""
        true = tap.said_at - tap.fast
        under_way = self._dice.randrange(120, 900) * _MS
        prompt = tap.received_at - true <= AT_ONCE
        if prompt:
            self._page = self._id()
            issued_at: datetime | None = true - self._dice.randrange(4_000, 40_000) * _MS
        else:
            issued_at = self._last_before(true, home=tap.received_at - true < HOME)
        self._contacts.append(tap.received_at)
        clock = None
        if issued_at is not None:
            clock = Clock(
                anchor=self._anchors.issue(self._person, self._device, issued_at),
                anchor_seen_at=issued_at + under_way + tap.fast,
                elapsed_ms=(true - issued_at - under_way) // _MS if prompt else None,
                page=self._page,
            )
        sent_at = tap.received_at - under_way + tap.fast
        timed = bracket(clock, issued_at, tap.said_at, tap.received_at, sent_at)
        return Sent(self._person, self._device, sent_at), clock, timed

    def _last_before(self, true: datetime, *, home: bool) -> datetime | None:
        number = bisect_right(self._contacts, true)
        last = self._contacts[number - 1] if number else None
        if not home:
            return last
        evening = at(true.date() - ONE, 20, self._dice.randrange(60))
        return max(last, evening) if last else evening

    def _id(self) -> str:
        return str(UUID(int=self._dice.getrandbits(128), version=4))
