"""A phone and its clocks, as the world has them: years wrong, put right, asleep, begun anew.

``play`` lets one live through a list of events. It keeps anchors by the rules of the phone app
(pwa/src/device/clock.ts) and gives back each record beside the instant at which it truly was made.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

from hypothesis import strategies as st

BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)
YEARS = 5 * 365 * 86_400
PROMPT_S = 20.0


class Wait(NamedTuple):
    """Time passes, awake or asleep (then the monotonic clock stands still)."""

    seconds: float
    asleep: bool


class Jump(NamedTuple):
    """The clock on the wall is moved: by hand, or by the network."""

    seconds: float


class Zone(NamedTuple):
    """The phone is told that it is in another zone."""

    hours: int


class Reload(NamedTuple):
    """The page begins anew, or the whole phone."""


class Capture(NamedTuple):
    """A record is made."""


class Contact(NamedTuple):
    """What waits is sent; the request takes ``up``, the answer ``down`` seconds, or is lost."""

    up: float
    down: float
    lost: bool


Event = Wait | Jump | Zone | Reload | Capture | Contact


@dataclass(slots=True)
class Made:
    """A record as it was made, and what became of it."""

    true: datetime
    captured_at: datetime
    anchor: datetime | None
    anchor_seen_at: datetime | None
    elapsed_ms: int | None
    received_at: datetime | None = None
    phone_now: datetime | None = None


@dataclass(slots=True)
class Phone:
    """``skew`` seconds wrong on the wall, ``drift`` millionths fast or slow inside."""

    skew: float
    drift: float
    zone: int = 8
    true: float = 0.0
    mono: float = 0.0
    anchor: tuple[float, datetime] | None = None
    anchor_mono: float | None = None
    made: list[Made] = field(default_factory=list)

    def wall(self) -> datetime:
        """What the phone says of now, in whole seconds, in whatever zone it believes."""
        told = BEGIN + timedelta(seconds=int(self.true + self.skew))
        return told.astimezone(timezone(timedelta(hours=self.zone)))

    def live(self, event: Event) -> None:
        """Let one thing happen."""
        match event:
            case Wait(seconds, asleep):
                self._pass(seconds, asleep)
            case Jump(seconds):
                self.skew += seconds
            case Zone(hours):
                self.zone = hours
            case Reload():
                self.mono, self.anchor_mono = 0.0, None
            case Capture():
                self._capture()
            case Contact(up, down, lost):
                self._contact(up, down, lost)

    def _pass(self, seconds: float, asleep: bool = False) -> None:
        self.true += seconds
        if not asleep:
            self.mono += seconds * (1 + self.drift / 1e6)

    def _capture(self) -> None:
        since = None if self.anchor_mono is None else int((self.mono - self.anchor_mono) * 1000)
        issued, seen = (None, None) if self.anchor is None else self.anchor
        self.made.append(
            Made(at(self.true), self.wall(), None if issued is None else at(issued), seen, since)
        )

    def _contact(self, up: float, down: float, lost: bool) -> None:
        asked = self.wall()
        self._pass(up)
        for one in self.made:
            if one.received_at is None:
                one.received_at, one.phone_now = at(self.true), asked
        issued = int(self.true * 1000) / 1000
        self._pass(down)
        if not lost and down + up <= PROMPT_S:
            self.anchor, self.anchor_mono = (issued, self.wall()), self.mono


def at(seconds: float) -> datetime:
    """The instant so long after the beginning."""
    return BEGIN + timedelta(seconds=seconds)


def play(phone: Phone, events: list[Event]) -> list[Made]:
    """The records of a life, all of which arrive in the end."""
    for event in [*events, Contact(1.0, 1.0, lost=False)]:
        phone.live(event)
    return phone.made


_spans = st.one_of(
    st.floats(0, 120), st.floats(0, 6 * 3600), st.floats(0, 3 * 86_400), st.floats(0, 20 * 86_400)
)
_seconds = st.floats(0, 12)
_quiet = st.one_of(
    st.builds(Wait, _spans, st.booleans()),
    st.builds(Zone, st.integers(-11, 13)),
    st.just(Reload()),
    st.just(Capture()),
    st.just(Capture()),
    st.builds(Contact, _seconds, _seconds, st.booleans()),
    st.builds(Contact, _seconds, _seconds, st.just(False)),
)
_jump = st.builds(
    Jump, st.one_of(st.floats(-300, 300), st.floats(-2e5, 2e5), st.floats(-YEARS, YEARS))
)
phones = st.builds(
    Phone,
    st.one_of(st.floats(-100, 100), st.floats(-2e5, 2e5), st.floats(-YEARS, YEARS)),
    st.floats(-300, 300),
)
#: lives of a phone whose clock nobody moves, however wrong it is
steady = st.lists(_quiet, min_size=1, max_size=14)
#: lives of a phone whose clock is moved now and then
shaken = st.lists(st.one_of(_quiet, _quiet, _jump), min_size=1, max_size=14)
