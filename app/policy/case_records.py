"""The records of a case, as a clerk writes them: each entry becomes the records it stands for."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import cast, get_args

from app.policy.case_fields import (
    clock,
    dates,
    day,
    flag,
    given,
    moment,
    number_of,
    span,
    state,
    text,
)
from app.policy.periods import SHANGHAI, Period, civil_day, start_of
from app.policy.reading import Item
from app.policy.records import (
    Activity,
    CheckIn,
    CheckInKind,
    Diary,
    Figure,
    History,
    Household,
    Leave,
    LeaveKind,
    MakeUp,
    Post,
    RecordState,
    Span,
    Staff,
    Submission,
)

_NOBODY = ("none", "nobody", "no", "无")


@dataclass(slots=True)
class AccountEntry:
    """An account as written; what is left out follows from the postings and the uses.

    ``used`` None: not written.
    """

    person: str
    kind: str | None
    unit: str | None
    first: date
    last: date | None
    opened: date | None
    used: tuple[date, ...] | None
    item: Item


@dataclass(slots=True)
class CaseRecords:
    """Collects records in the order written, numbering those without an id.

    ``organisation``: the case is about an organisation, not a person. ``uses`` are the days on
    which other people used their accounts, by person.
    """

    posts: tuple[Post, ...]
    period: Period
    organisation: bool = False
    check_ins: list[CheckIn] = field(default_factory=list)
    diaries: list[Diary] = field(default_factory=list)
    leaves: list[Leave] = field(default_factory=list)
    make_ups: list[MakeUp] = field(default_factory=list)
    households: list[Household] = field(default_factory=list)
    told_of: set[str] = field(default_factory=set)
    not_poor: set[str] = field(default_factory=set)
    submissions: list[Submission] = field(default_factory=list)
    activities: list[Activity] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    staff: list[Staff] = field(default_factory=list)
    accounts: list[AccountEntry] = field(default_factory=list)
    uses: dict[str, list[date]] = field(default_factory=dict)
    villages: set[str] = field(default_factory=set)
    latest: datetime | None = None

    def history(self) -> History:
        """Everything read so far, without accounts.

        A household that is visited and not described is poor, registered and the person's own.
        """
        visited = {c.household for c in self.check_ins if c.household} - self.told_of
        usual = () if self.organisation else tuple(Household(h, date.min) for h in sorted(visited))
        return History(
            posts=self.posts,
            check_ins=tuple(
                replace(c, poor=c.household not in self.not_poor) for c in self.check_ins
            ),
            make_ups=tuple(self.make_ups),
            leaves=tuple(self.leaves),
            diaries=tuple(self.diaries),
            households=(*self.households, *usual),
            submissions=tuple(self.submissions),
            activities=tuple(self.activities),
            figures=tuple(self.figures),
            staff=tuple(self.staff),
        )

    def seen(self, *moments: datetime) -> None:
        """Keeps the latest time in the records, for the default of ``at``."""
        known = (*moments, self.latest) if self.latest else moments
        self.latest = max(known, default=None)

    def home(self, on: date) -> str:
        """The unit of the post on that day, for records that name no village."""
        return next((post.unit for post in self.posts if post.holds_on(on)), self.posts[0].unit)

    def of_another(self, item: Item, on: date) -> bool:
        """True for a record of another ``person``: to the case it is a use of their account."""
        fields = item.fields("一条记录")
        person = text(fields, "person")
        if person is None or person == "self":
            return False
        self.uses.setdefault(person, []).append(on)
        return True

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
        on = civil_day(at)
        received = received_at or at
        name = id or f"check-in-{len(self.check_ins) + 1}"
        where = village or self.home(on)
        self.villages.update({village} if village else ())
        self.check_ins.append(CheckIn(name, kind, where, household, at, received, on, state))
        self.seen(at, received)


def read_days(records: CaseRecords, item: Item) -> None:
    """One presence check-in on each date."""
    fields = item.fields("days", ("village", "on", "at", "person"), ("on",))
    hour, village = clock(fields), text(fields, "village")
    for on in dates(fields["on"], "on"):
        at = datetime.combine(on, hour, SHANGHAI)
        if records.of_another(item, on):
            records.seen(at)
        else:
            records.add_check_in(None, "presence", at, village)


def read_check_in(records: CaseRecords, item: Item) -> None:
    """A check-in; the same id again is the same record."""
    keys = ("id", "kind", "village", "household", "at", "received_at", "state", "person")
    fields = item.fields("check_in", keys, ("at",))
    at, household = fields["at"].moment("at"), text(fields, "household")
    if records.of_another(item, civil_day(at)):
        records.seen(at)
        return
    usual = "household" if household else "presence"
    kind = fields["kind"].choice("kind", get_args(CheckInKind)) if "kind" in fields else usual
    records.add_check_in(
        text(fields, "id"),
        cast(CheckInKind, kind),
        at,
        text(fields, "village"),
        household,
        moment(fields, "received_at"),
        state(fields),
    )


def read_stay(records: CaseRecords, item: Item) -> None:
    """Presence at the beginning, departure at the end, the households visited in between."""
    keys = ("village", "from", "to", "households", "person")
    fields = item.fields("stay", keys, ("from", "to"))
    begin, end = fields["from"].moment("from"), fields["to"].moment("to")
    if end < begin:
        raise item.fault(
            "`stay` 的 `to` 早于 `from`", "这样没有停留的时间", "请把较早的时间写在 `from`"
        )
    if records.of_another(item, civil_day(begin)):
        records.seen(begin, end)
        return
    village, visited = text(fields, "village"), _visited(fields)
    records.add_check_in(None, "presence", begin, village)
    for number, household in enumerate(visited, 1):
        at = begin + (end - begin) * number / (len(visited) + 1)
        records.add_check_in(None, "household", at, village, household)
    records.add_check_in(None, "departure", end, village)


def _visited(fields: dict[str, Item]) -> list[str]:
    if not given(fields, "households"):
        return []
    item = fields["households"]
    if isinstance(item.value, list):
        return [entry.text("households") for entry in item.value]
    return [f"household-{number}" for number in range(1, item.whole("households") + 1)]


def read_household_visit(records: CaseRecords, item: Item) -> None:
    """A household check-in on each date."""
    keys = ("id", "household", "on", "at", "village", "state", "person")
    fields = item.fields("household_visit", keys, ("household", "on"))
    hour, household = clock(fields), fields["household"].text("household")
    for on in dates(fields["on"], "on"):
        at = datetime.combine(on, hour, SHANGHAI)
        if records.of_another(item, on):
            records.seen(at)
            continue
        village = text(fields, "village")
        records.add_check_in(
            text(fields, "id"), "household", at, village, household, None, state(fields)
        )


def read_diary(records: CaseRecords, item: Item) -> None:
    """``households`` is information only: one diary per cadre is asked, not one per household (M15)."""
    keys = (
        "id",
        "work_date",
        "written_at",
        "received_at",
        "replaces",
        "state",
        "households",
        "person",
    )
    fields = item.fields("diary", keys, ("work_date",))
    on = fields["work_date"].day("work_date")
    if records.of_another(item, on):
        records.seen(start_of(on))
        return
    if "written_at" not in fields and "received_at" not in fields:
        raise item.fault("`diary` 没有写时间", "是否逾期要看时间", "请补上 `written_at: …`")
    written = fields.get("written_at", fields.get("received_at", item)).moment("written_at")
    received = moment(fields, "received_at") or written
    name = text(fields, "id") or f"diary-{len(records.diaries) + 1}"
    records.diaries.append(
        Diary(name, on, written, received, text(fields, "replaces"), state(fields))
    )
    records.seen(written, received, start_of(on))


def read_leave(records: CaseRecords, item: Item) -> None:
    """Leave, a trip or training; only ``approved``, the default, has an effect."""
    fields = item.fields("leave", ("from", "to", "kind", "state"), ("from", "to"))
    fields["to"].day("to")
    first, last = span(item, fields, "leave")
    kind = fields["kind"].choice("kind", get_args(LeaveKind)) if "kind" in fields else "leave"
    name = f"leave-{len(records.leaves) + 1}"
    approved = text(fields, "state") or "approved"
    records.leaves.append(Leave(name, first, last or first, cast(LeaveKind, kind), approved))


def read_make_up(records: CaseRecords, item: Item) -> None:
    """A make-up on paper for each date."""
    fields = item.fields("make_up", ("id", "village", "on", "state"), ("on",))
    named, days = text(fields, "id"), list(dates(fields["on"], "on"))
    for on in days:
        name = named if named and len(days) == 1 else f"{named or 'make-up'}-{on}"
        village = text(fields, "village") or records.home(on)
        records.make_ups.append(MakeUp(name, village, on, text(fields, "state") or "approved"))
        records.seen(start_of(on))


_DATES = ("plan", "portrait", "position", "income_plan", "project")


def read_household(records: CaseRecords, item: Item) -> None:
    """A household of the person, or of the village when the case is about an organisation.

    ``from`` and ``to`` are the pairing with the ``helper`` (self, another, null = nobody);
    ``active_from`` and ``active_to`` the time on the register. To a person, a household of another
    helper or off the register is nobody's own. ``count`` makes so many alike: id-1, id-2 …
    """
    keys = (
        *("id", "count", "helper", "poor", "registered", "from", "to"),
        *("active_from", "active_to", *_DATES),
    )
    fields = item.fields("household", keys, ("id",))
    told, count = fields["id"].text("id"), number_of(fields, "count")
    names = [told] if count is None else [f"{told}-{number}" for number in range(1, count + 1)]
    poor, registered = flag(fields, "poor"), flag(fields, "registered")
    records.told_of.update(names)
    if not (poor and registered):
        records.not_poor.update(names)
    done = {key: day(fields, key) for key in _DATES}
    records.seen(*(start_of(on) for on in done.values() if on))
    helper = text(fields, "helper") if "helper" in fields else "self"
    helped = helper is not None and helper.lower() not in _NOBODY
    first, last = span(item, fields, "`household` 的结对")
    active_first, active_last = day(fields, "active_from"), day(fields, "active_to")
    if records.organisation:
        # without a helper `from` can only be the day the household came
        active_first = active_first or (None if helped else day(fields, "from"))
        helpers = (Span(first, last),) if helped else ()
        first, last = date.min, None
    elif helper != "self":
        return
    else:
        helpers = ()
    if registered:
        records.households.extend(
            Household(
                name,
                paired_first=first,
                paired_last=last,
                active_first=active_first,
                active_last=active_last,
                poor=poor,
                helpers=helpers,
                **done,
            )
            for name in names
        )


READERS: dict[str, Callable[[CaseRecords, Item], None]] = {
    "days": read_days,
    "check_in": read_check_in,
    "stay": read_stay,
    "household_visit": read_household_visit,
    "diary": read_diary,
    "leave": read_leave,
    "make_up": read_make_up,
    "household": read_household,
}
