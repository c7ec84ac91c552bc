"""The records of a case, as a clerk writes them: each entry becomes the records it stands for.

Read are days, check_in, stay, household_visit, diary, leave, make_up and household; the other
kinds of the format belong to metrics of later packs and are refused with a clear message.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import cast, get_args

from app.policy.periods import SHANGHAI, civil_day, start_of
from app.policy.reading import Item
from app.policy.records import (
    CheckIn,
    CheckInKind,
    Diary,
    History,
    Household,
    Leave,
    LeaveKind,
    MakeUp,
    Post,
    RecordState,
)

LATER = ("submission", "activity", "value", "account", "posting")
_MORNING = time(9)


@dataclass(slots=True)
class CaseRecords:
    """Collects records in the order written, numbering those without an id."""

    posts: tuple[Post, ...]
    check_ins: list[CheckIn] = field(default_factory=list)
    diaries: list[Diary] = field(default_factory=list)
    leaves: list[Leave] = field(default_factory=list)
    make_ups: list[MakeUp] = field(default_factory=list)
    households: list[Household] = field(default_factory=list)
    latest: datetime | None = None

    def history(self) -> History:
        """Everything read so far."""
        return History(
            posts=self.posts,
            check_ins=tuple(self.check_ins),
            make_ups=tuple(self.make_ups),
            leaves=tuple(self.leaves),
            diaries=tuple(self.diaries),
            households=tuple(self.households),
        )

    def read(self, entry: Item) -> None:
        """One entry of ``records``; raises `Fault`."""
        fields = entry.fields("a record")
        if len(fields) != 1:
            raise entry.fault(
                "a record has not exactly one kind",
                "each list entry is one record",
                "begin every record with `- kind: {…}`",
            )
        kind, item = next(iter(fields.items()))
        if kind in LATER:
            raise item.fault(
                f"records of kind `{kind}` are not read by this version yet",
                "their metrics come with a later pack",
                "leave such cases out until then",
            )
        if kind not in _READERS:
            raise item.fault(
                f"there is no record kind `{kind}`",
                "it would be silently ignored",
                f"use one of {', '.join(_READERS)}",
            )
        _READERS[kind](self, item)

    def seen(self, *moments: datetime) -> None:
        """Keeps the latest time in the records, for the default of ``at``."""
        self.latest = max((*moments, self.latest) if self.latest else moments)

    def home(self, day: date) -> str:
        """The unit of the post on that day, for records that name no village."""
        return next((post.unit for post in self.posts if post.holds_on(day)), self.posts[0].unit)

    def add_check_in(
        self,
        id: str | None,
        kind: CheckInKind,
        at: datetime,
        village: str | None,
        household: str | None = None,
        received_at: datetime | None = None,
        state: RecordState = "counted",
    ) -> None:
        """Adds a check-in; without a village it is made in the person's own."""
        day = civil_day(at)
        received = received_at or at
        name = id or f"check-in-{len(self.check_ins) + 1}"
        where = village or self.home(day)
        self.check_ins.append(CheckIn(name, kind, where, household, at, received, day, state))
        self.seen(at, received)


def dates(item: Item, what: str) -> Iterator[date]:
    """A date, an ``a..b`` range (both inclusive) or a list of them."""
    if isinstance(item.value, list):
        for entry in item.value:
            yield from dates(entry, what)
        return
    text = item.text(what)
    if ".." not in text:
        yield item.day(what)
        return
    first, last = (
        Item(item.file, item.line, part.strip()).day(what) for part in text.split("..", 1)
    )
    if last < first:
        raise item.fault(
            f"{what} `{text}` ends before it begins",
            "it holds no day",
            "write the earlier day first",
        )
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _clock(fields: dict[str, Item]) -> time:
    if "at" not in fields:
        return _MORNING
    text = fields["at"].text("at")
    try:
        return time.fromisoformat(text.zfill(len("09:00")))
    except ValueError:
        raise fields["at"].fault(
            f"at `{text}` is no time of day", "no such hour exists", 'write it as "09:00"'
        ) from None


def _text(fields: dict[str, Item], key: str) -> str | None:
    return None if key not in fields or fields[key].is_null else fields[key].text(key)


def _day(fields: dict[str, Item], key: str) -> date | None:
    return None if key not in fields or fields[key].is_null else fields[key].day(key)


def _state(fields: dict[str, Item]) -> RecordState:
    if "state" not in fields:
        return "counted"
    return cast(RecordState, fields["state"].choice("state", get_args(RecordState)))


def _request_state(fields: dict[str, Item]) -> str:
    return fields["state"].text("state") if "state" in fields else "approved"


def _flag(fields: dict[str, Item], key: str) -> bool:
    found = fields[key].scalar(key) if key in fields else True
    if not isinstance(found, bool):
        raise fields[key].fault(
            f"{key} is not true or false", "it is a yes-or-no question", "write true or false"
        )
    return found


def _days(records: CaseRecords, item: Item) -> None:
    fields = item.fields("days", ("village", "on", "at"), ("on",))
    clock, village = _clock(fields), _text(fields, "village")
    for day in dates(fields["on"], "on"):
        records.add_check_in(None, "presence", datetime.combine(day, clock, SHANGHAI), village)


def _check_in(records: CaseRecords, item: Item) -> None:
    keys = ("id", "kind", "village", "household", "at", "received_at", "state")
    fields = item.fields("check_in", keys, ("at",))
    household = _text(fields, "household")
    usual = "household" if household else "presence"
    kind = fields["kind"].choice("kind", get_args(CheckInKind)) if "kind" in fields else usual
    received = fields["received_at"].moment("received_at") if "received_at" in fields else None
    records.add_check_in(
        _text(fields, "id"),
        cast(CheckInKind, kind),
        fields["at"].moment("at"),
        _text(fields, "village"),
        household,
        received,
        _state(fields),
    )


def _stay(records: CaseRecords, item: Item) -> None:
    """Presence at the beginning, departure at the end, the households visited in between."""
    fields = item.fields("stay", ("village", "from", "to", "households"), ("from", "to"))
    begin, end = fields["from"].moment("from"), fields["to"].moment("to")
    if end < begin:
        raise item.fault(
            "the stay ends before it begins", "it has no length", "write the earlier time in `from`"
        )
    village, visited = _text(fields, "village"), _visited(fields)
    records.add_check_in(None, "presence", begin, village)
    for number, household in enumerate(visited, 1):
        moment = begin + (end - begin) * number / (len(visited) + 1)
        records.add_check_in(None, "household", moment, village, household)
    records.add_check_in(None, "departure", end, village)


def _visited(fields: dict[str, Item]) -> list[str]:
    if "households" not in fields:
        return []
    item = fields["households"]
    if isinstance(item.value, list):
        return [entry.text("a household") for entry in item.value]
    return [f"household-{number}" for number in range(1, item.whole("households") + 1)]


def _household_visit(records: CaseRecords, item: Item) -> None:
    keys = ("household", "on", "at", "village")
    fields = item.fields("household_visit", keys, ("household", "on"))
    clock, household = _clock(fields), fields["household"].text("household")
    for day in dates(fields["on"], "on"):
        moment = datetime.combine(day, clock, SHANGHAI)
        records.add_check_in(None, "household", moment, _text(fields, "village"), household)


def _diary(records: CaseRecords, item: Item) -> None:
    """``households`` is information only: one diary per cadre is asked, not one per household (M15)."""
    keys = ("id", "work_date", "written_at", "received_at", "replaces", "state", "households")
    fields = item.fields("diary", keys, ("work_date",))
    day = fields["work_date"].day("work_date")
    if "written_at" not in fields and "received_at" not in fields:
        raise item.fault(
            "a diary has no time", "whether it is late depends on it", "add `written_at: …`"
        )
    written = fields.get("written_at", fields.get("received_at", item)).moment("written_at")
    received = fields["received_at"].moment("received_at") if "received_at" in fields else written
    name = _text(fields, "id") or f"diary-{len(records.diaries) + 1}"
    records.diaries.append(
        Diary(name, day, written, received, _text(fields, "replaces"), _state(fields))
    )
    records.seen(written, received, start_of(day))


def _leave(records: CaseRecords, item: Item) -> None:
    fields = item.fields("leave", ("from", "to", "kind", "state"), ("from", "to"))
    first, last = fields["from"].day("from"), fields["to"].day("to")
    if last < first:
        raise item.fault(
            "the leave ends before it begins", "it holds no day", "write the earlier day in `from`"
        )
    kind = fields["kind"].choice("kind", get_args(LeaveKind)) if "kind" in fields else "leave"
    name = f"leave-{len(records.leaves) + 1}"
    records.leaves.append(Leave(name, first, last, cast(LeaveKind, kind), _request_state(fields)))


def _make_up(records: CaseRecords, item: Item) -> None:
    fields = item.fields("make_up", ("id", "village", "on", "state"), ("on",))
    named, days = _text(fields, "id"), list(dates(fields["on"], "on"))
    for day in days:
        name = named if named and len(days) == 1 else f"{named or 'make-up'}-{day}"
        village = _text(fields, "village") or records.home(day)
        records.make_ups.append(MakeUp(name, village, day, _request_state(fields)))
        records.seen(start_of(day))


def _household(records: CaseRecords, item: Item) -> None:
    """A household of another helper or off the register is nobody's own here and is left out."""
    keys = ("id", "helper", "poor", "registered", "portrait", "position", "plan", "from", "to")
    fields = item.fields("household", keys, ("id",))
    plan, portrait, position = (_day(fields, key) for key in ("plan", "portrait", "position"))
    _flag(fields, "poor")
    for day in (plan, portrait, position):
        if day is not None:
            records.seen(start_of(day))
    helper = _text(fields, "helper") if "helper" in fields else "self"
    if helper == "self" and _flag(fields, "registered"):
        household = Household(
            fields["id"].text("id"),
            paired_first=_day(fields, "from") or date.min,
            paired_last=_day(fields, "to"),
            plan=plan,
            portrait=portrait,
            position=position,
        )
        records.households.append(household)


_READERS: dict[str, Callable[[CaseRecords, Item], None]] = {
    "days": _days,
    "check_in": _check_in,
    "stay": _stay,
    "household_visit": _household_visit,
    "diary": _diary,
    "leave": _leave,
    "make_up": _make_up,
    "household": _household,
}
