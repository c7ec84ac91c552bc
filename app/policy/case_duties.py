"""The records of a case that organisations make: submissions, activities, figures, accounts, postings."""

from collections.abc import Callable
from datetime import date
from typing import cast, get_args

from app.policy.case_fields import (
    dates,
    day,
    days_or_moments,
    given,
    moment,
    number_of,
    span,
    state,
    text,
)
from app.policy.case_records import READERS, AccountEntry, CaseRecords
from app.policy.periods import BadPeriod, parse, start_of
from app.policy.reading import Item, choose
from app.policy.records import Account, Activity, Figure, Staff, Submission, SubmissionState
from app.policy.vocabulary import read_kind


def read_record(records: CaseRecords, entry: Item) -> None:
    """One entry of ``records``; raises `Fault`."""
    fields = entry.fields("一条记录")
    if len(fields) != 1:
        raise entry.fault(
            f"一条记录里写了 {len(fields)} 个种类",
            "列表的一项就是一条记录",
            "请把每条记录单独写成 `- 种类: {…}`",
        )
    kind, item = next(iter(fields.items()))
    if kind not in ALL_READERS:
        raise item.fault(
            f"没有 `{kind}` 这种记录",
            "照此读取会被悄悄漏掉",
            choose(kind, ALL_READERS, "、".join(ALL_READERS)),
        )
    ALL_READERS[kind](records, item)


def _submission(records: CaseRecords, item: Item) -> None:
    keys = (
        "id", "kind", "for", "for_period", "at", "written_at", "received_at", "village", "state",
        "accepted_on", "event", "replaces",
    )  # fmt: skip
    fields = item.fields("submission", keys, ("kind",))
    written = moment(fields, "at") or moment(fields, "written_at") or moment(fields, "received_at")
    if written is None:
        raise item.fault("`submission` 没有写时间", "是否逾期要看时间", "请补上 `at: …`")
    received = moment(fields, "received_at") or written
    accepted_on = day(fields, "accepted_on")
    usual = "accepted" if accepted_on else "submitted"
    told = (
        fields["state"].choice("state", get_args(SubmissionState)) if "state" in fields else usual
    )
    village = text(fields, "village")
    records.villages.update({village} if village else ())
    records.submissions.append(
        Submission(
            text(fields, "id") or f"submission-{len(records.submissions) + 1}",
            read_kind(fields["kind"], "kind", "submissions"),
            _for_period(records, fields),
            village,
            written,
            received,
            text(fields, "replaces"),
            cast(SubmissionState, told),
            accepted_on,
            text(fields, "event"),
        )
    )
    records.seen(written, received, *([start_of(accepted_on)] if accepted_on else []))


def _for_period(records: CaseRecords, fields: dict[str, Item]) -> str:
    """The key as the calendar writes it; left out, it is the case's own period."""
    item = fields.get("for", fields.get("for_period"))
    if item is None:
        return records.period.key
    key = item.text("for")
    try:
        return parse(key, records.period.first).key
    except BadPeriod as error:
        raise item.fault(f"`for` 写的 `{key}` 不能用", str(error), "请改正") from None


def _activity(records: CaseRecords, item: Item) -> None:
    keys = (
        "id", "kind", "on", "at", "village", "attendances", "attendees", "guests", "reports",
        "received_at", "state",
    )  # fmt: skip
    fields = item.fields("activity", keys, ("kind",))
    kind, named = read_kind(fields["kind"], "kind", "activities"), text(fields, "id")
    attendances = number_of(fields, "attendances")
    if attendances is None:
        attendances = (number_of(fields, "attendees") or 0) + (number_of(fields, "guests") or 0)
    happened = list(days_or_moments(item, fields, "activity"))
    for on, at in happened:
        name = f"{named}-{on}" if named and len(happened) > 1 else named
        village = text(fields, "village") if "village" in fields else records.home(on)
        records.villages.update({village} if village and "village" in fields else ())
        received = moment(fields, "received_at") or at
        records.activities.append(
            Activity(
                name or f"activity-{len(records.activities) + 1}",
                kind,
                on,
                village,
                attendances,
                number_of(fields, "reports"),
                received,
                state(fields),
            )
        )
        records.seen(received, at)


def _value(records: CaseRecords, item: Item) -> None:
    keys = ("id", "name", "on", "at", "amount", "received_at", "state")
    fields = item.fields("value", keys, ("name", "amount"))
    name = read_kind(fields["name"], "name", "figures")
    amount = fields["amount"].scalar("amount")
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        raise fields["amount"].fault(
            f"`amount` 写的 `{fields['amount'].value}` 不是数", "数量要相加", "请只写数字"
        )
    for on, at in days_or_moments(item, fields, "value"):
        received = moment(fields, "received_at") or at
        id = text(fields, "id") or f"value-{len(records.figures) + 1}"
        records.figures.append(Figure(id, name, on, amount, received, state(fields)))
        records.seen(received, at)


def _account(records: CaseRecords, item: Item) -> None:
    keys = ("person", "kind", "unit", "village", "from", "to", "opened", "used")
    fields = item.fields("account", keys, ("person",))
    opened = day(fields, "opened")
    used = _used(fields, records)
    first, last = span(item, fields, "account")
    records.accounts.append(
        AccountEntry(
            fields["person"].text("person"),
            read_kind(fields["kind"], "kind", "posts") if given(fields, "kind") else None,
            text(fields, "unit") or text(fields, "village"),
            first,
            last,
            opened,
            used,
            item,
        )
    )
    told = [on for on in (opened, *(used or ())) if on is not None]
    records.seen(*(start_of(on) for on in told))


def _used(fields: dict[str, Item], records: CaseRecords) -> tuple[date, ...] | None:
    """Dates; true = in this period; false or null = never; None = not written."""
    if "used" not in fields:
        return None
    item = fields["used"]
    if item.is_null:
        return ()
    if not isinstance(item.value, list) and isinstance(item.scalar("used"), bool):
        return (records.period.last,) if item.flag("used") else ()
    return tuple(dates(item, "used"))


def _posting(records: CaseRecords, item: Item) -> None:
    keys = ("person", "kind", "unit", "village", "from", "to")
    fields = item.fields("posting", keys, ("person", "kind"))
    first, last = span(item, fields, "posting")
    unit = text(fields, "unit") or text(fields, "village") or records.posts[0].unit
    person, kind = fields["person"].text("person"), read_kind(fields["kind"], "kind", "posts")
    records.staff.append(Staff(person, kind, unit, first, last))


def accounts_of(records: CaseRecords) -> tuple[Account, ...]:
    """The accounts with what follows from the postings and from what people did.

    A posting without an account has none opened. An account whose use is not written was used on
    the days of its person's records; where no record names a person, an opened account is used.
    """
    found: list[Account] = []
    held: set[tuple[str, str]] = set()
    for entry in records.accounts:
        postings = [
            staff
            for staff in records.staff
            if staff.person == entry.person and entry.kind in (None, staff.kind)
        ]
        used = _uses(records, entry)
        for staff in postings:
            held.add((staff.person, staff.kind))
            found.append(
                Account(
                    staff.person,
                    staff.kind,
                    staff.unit,
                    staff.first,
                    staff.last,
                    entry.opened,
                    used,
                )
            )
        if not postings:
            if entry.kind is None:
                raise entry.item.fault(
                    "`account` 没有写 `kind`，这个人也没有任职",
                    "规则只数某些岗位的账号",
                    "请补上 `kind: FS`",
                )
            unit = entry.unit or records.posts[0].unit
            found.append(
                Account(entry.person, entry.kind, unit, entry.first, entry.last, entry.opened, used)
            )
    for staff in records.staff:
        if (staff.person, staff.kind) not in held:
            found.append(Account(staff.person, staff.kind, staff.unit, staff.first, staff.last))
    return tuple(found)


def _uses(records: CaseRecords, entry: AccountEntry) -> tuple[date, ...]:
    if entry.used is not None:
        return entry.used
    if records.uses:
        return tuple(records.uses.get(entry.person, ()))
    return (max(records.period.first, entry.opened),) if entry.opened else ()


ALL_READERS: dict[str, Callable[[CaseRecords, Item], None]] = {
    **READERS,
    "submission": _submission,
    "activity": _activity,
    "value": _value,
    "account": _account,
    "posting": _posting,
}
