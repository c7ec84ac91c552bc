"""What is known of the time of a record. Pure.

Two instants are the service's own and bound the capture hard: the issue of the phone's newest
anchor, and the arrival. Between them the phone's clocks can only help. Its monotonic clock tells
how much later than the anchor the capture was *at least* (it stands still while the phone sleeps,
and begins anew with each page: then it says nothing). Its wall clock may be years wrong; it is
believed when it was equally wrong at both contacts with the service and lands between the bounds.

A phone that cannot prove anything is no suspect: a wide bracket is a state. A ``Contradiction``
names values that cannot all be true of a clock that nobody moved. Sources: security.md 5.2 and
the contract, section 7; the numbers below are own choices, see docs/decisions.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, Protocol, TypeAlias
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: for how long an anchor speaks for the phone's clock; it bounds the time from below for ever
GOOD_FOR = timedelta(days=14)
#: clocks this close are equal: seconds of request, small corrections by the network
EQUAL = timedelta(seconds=120)
#: by this much a request may take longer than the phone's own deadline says: slow proxies
TRANSIT = timedelta(seconds=60)
#: without an anchor a capture this shortly before the arrival is believed
FRESH = timedelta(minutes=10)
#: what rounding and the service's own clocks may be off by
SLACK = timedelta(seconds=5)
#: one part in so many: a phone's monotonic clock runs that much fast or slow, at worst
DRIFT = 2000

State: TypeAlias = Literal["proven", "claimed", "unproven"]


class Told(Protocol):
    """What of the phone's ``clock`` is looked at, beside its anchor."""

    @property
    def anchor_seen_at(self) -> datetime | None: ...
    @property
    def elapsed_ms(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Values that cannot all be true, in whole seconds.

    ``clock-changed``: one change of the clock, or a restart of the phone, explains it.
    ``clock-contradiction``: it takes a clock that was moved there and back inside one page, or
    edited values. ``kind`` says which values: ``elapsed`` (the page had been open for longer than
    the time between anchor and arrival), ``before`` and ``after`` (the capture lies outside the
    bounds by ``seconds``), ``moved`` (the clock was moved by ``seconds`` between the contacts).
    """

    code: Literal["clock-contradiction", "clock-changed"]
    kind: Literal["elapsed", "before", "after", "moved"]
    seconds: int


@dataclass(frozen=True, slots=True)
class Timed:
    """What is known: ``lower`` ≤ capture ≤ ``upper`` by the service's clock.

    ``offset_ms`` is what has to be added to the phone's clock, ``best`` the likeliest instant,
    ``day`` its civil day.
    """

    state: State
    lower: datetime | None
    upper: datetime
    offset_ms: int | None
    best: datetime
    day: date
    contradiction: Contradiction | None = None


def bracket(
    clock: Told | None,
    issued_at: datetime | None,
    captured_at: datetime,
    received_at: datetime,
    phone_now: datetime | None = None,
) -> Timed:
    """What the clocks of a record say together.

    ``issued_at`` is that of its anchor, None without a genuine one for its author and device;
    ``phone_now`` is the phone's clock when the record was sent.
    """
    if clock is None or issued_at is None or issued_at > received_at + SLACK:
        return _without(captured_at, received_at, phone_now)
    return _Anchored(clock, issued_at, captured_at, received_at, phone_now).timed()


def _without(captured_at: datetime, received_at: datetime, phone_now: datetime | None) -> Timed:
    odd = None
    if phone_now is not None and captured_at - phone_now > EQUAL:
        odd = Contradiction("clock-changed", "after", _seconds(captured_at - phone_now))
    return Timed(
        state="claimed" if _fresh(captured_at, received_at) and odd is None else "unproven",
        lower=None,
        upper=received_at,
        offset_ms=None,
        best=captured_at,
        day=_day(captured_at),
        contradiction=odd,
    )


class _Anchored:
    """The judgement of a record with an anchor. Durations only: dates of a wild clock overflow."""

    def __init__(
        self,
        clock: Told,
        issued_at: datetime,
        captured_at: datetime,
        received_at: datetime,
        phone_now: datetime | None,
    ) -> None:
        self.issued_at = min(issued_at, received_at)
        self.captured_at, self.received_at = captured_at, received_at
        self.under_way = received_at - self.issued_at
        self.same_page = clock.elapsed_ms is not None
        self.elapsed = timedelta(milliseconds=clock.elapsed_ms or 0)
        self.too_long = self.elapsed - self.under_way > SLACK + self.under_way / DRIFT
        #: the capture was at least this much later than the anchor
        self.least = timedelta() if self.too_long else self.elapsed - self.elapsed / DRIFT
        self.least = min(self.least, self.under_way)
        #: how much later than the anchor the phone's wall clock says the capture was, and sending
        seen = clock.anchor_seen_at
        self.offset = None if seen is None else issued_at - seen
        self.said = None if seen is None else captured_at - seen
        self.sent = None if seen is None or phone_now is None else phone_now - seen

    def timed(self) -> Timed:
        good = self._good()
        odd = self._odd() if good else None
        consistent = odd is None and self.said is not None and self._outside(self.said) is None
        lower = self.issued_at + self.least
        proven = good and _day(lower) == _day(self.received_at)
        best = self.captured_at
        if consistent and self.said is not None and abs(self.offset or timedelta()) > EQUAL:
            best = self.issued_at + self.said
        if proven:
            best = min(max(best, lower), self.received_at)
        claimed = consistent if good and self.said is not None else self._fresh()
        return Timed(
            state="proven" if proven else "claimed" if claimed else "unproven",
            lower=lower,
            upper=self.received_at,
            offset_ms=None if self.offset is None else self.offset // timedelta(milliseconds=1),
            best=best,
            day=_day(best),
            contradiction=odd,
        )

    def _good(self) -> bool:
        """The anchor speaks for the clock: it was young at the arrival, or at least at the capture."""
        if self.under_way <= GOOD_FOR:
            return True
        if self.said is None or self._outside(self.said) is not None:
            return False
        return max(self.said, self.least) <= GOOD_FOR

    def _outside(self, said: timedelta) -> tuple[Literal["before", "after"], timedelta] | None:
        if self.least - said > EQUAL:
            return "before", self.least - said
        if said - self.under_way > EQUAL:
            return "after", said - self.under_way
        return None

    def _odd(self) -> Contradiction | None:
        if self.too_long:
            return Contradiction(
                "clock-contradiction", "elapsed", _seconds(self.elapsed - self.under_way)
            )
        if self.said is None:
            return None
        outside = self._outside(self.said)
        # positive: the clock was put forward between the contacts
        moved = None if self.sent is None else self.sent - self.under_way
        still = moved is not None and -EQUAL - TRANSIT <= moved <= EQUAL
        if outside is None:
            if moved is None or still:
                return None
            return Contradiction("clock-changed", "moved", _seconds(abs(moved)))
        kind, by = outside
        if moved is None or not self.same_page:
            return Contradiction("clock-changed", kind, _seconds(by))
        if not still and self._outside(self.said - moved) is None:
            return Contradiction("clock-changed", "moved", _seconds(abs(moved)))
        return Contradiction("clock-contradiction", kind, _seconds(by))

    def _fresh(self) -> bool:
        return _fresh(self.captured_at, self.received_at)


def says_of(state: str, lower: datetime | None, upper: datetime) -> str:
    """What is known, in a sentence for its author and for whoever reviews it."""
    if state == "proven":
        return f"时间由服务器证明{_between(lower, upper)},日期确定。"
    if state == "claimed" and lower is not None:
        return f"手机时钟与服务器一致;时间{_between(lower, upper)}。"
    if state == "claimed":
        return "按下后 10 分钟内到达服务器,采信手机时间。"
    if lower is not None:
        return f"手机时间未证实;只知道{_between(lower, upper)}。这不是问题,复核时会看到。"
    return "手机时间未证实;只知道不晚于到达服务器的时间。这不是问题,复核时会看到。"


def _between(lower: datetime | None, upper: datetime) -> str:
    first, last = (lower or upper).astimezone(SHANGHAI), upper.astimezone(SHANGHAI)
    if f"{first:%Y-%m-%d %H:%M}" == f"{last:%Y-%m-%d %H:%M}":
        return f"约 {last:%Y-%m-%d %H:%M}"
    if first.date() == last.date():
        return f"在{first:%Y-%m-%d %H:%M} 至 {last:%H:%M} 之间"
    return f"在{first:%Y-%m-%d %H:%M} 至 {last:%Y-%m-%d %H:%M} 之间"


def _fresh(captured_at: datetime, received_at: datetime) -> bool:
    return -EQUAL <= received_at - captured_at <= FRESH


def _day(instant: datetime) -> date:
    return instant.astimezone(SHANGHAI).date()


def _seconds(span: timedelta) -> int:
    return round(span.total_seconds())
