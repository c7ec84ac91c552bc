"""What can be said of a check-in from what is known when it arrives. Pure.

Nothing here refuses a record or decides about a person: a remark says in one sentence what was
seen. ``counts`` is False only where the record meets no posting (M38), its day is still to come, or it was
withdrawn by its author. Place and clock never take a record out: a browser proves neither.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from app.org.geofence import COARSE_M

#: a phone's clock this far ahead is worth a word; networks and rounding explain less (own choice)
AHEAD = timedelta(minutes=2)
#: arrival after this leaves the time a mere claim of the phone (M13)
LATE = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to know about a record, in a sentence for its author."""

    code: str
    says: str
    counts: bool = True


WITHDRAWN = Remark("withdrawn", "本人已撤回,记录保留但不计入。", counts=False)
NO_POSTING = Remark(
    "no-posting",
    "当日没有您的任职记录,暂不计入;如任职登记有误,请联系乡镇管理员更正。",
    counts=False,
)
OTHER_VILLAGE = Remark(
    "other-village", "所选的村不是您当日任职的村,不计入;如任职登记有误,请联系乡镇管理员更正。", counts=False
)  # fmt: skip
HOUSEHOLD_ELSEWHERE = Remark("household-elsewhere", "该农户登记在另一个村,请核对所选农户。")
FUTURE = Remark(
    "future-time",
    "签到时间晚于服务器收到它的时间,请校准手机的日期和时间。",
)
FUTURE_DAY = Remark(
    "future-day",
    "签到日期还没有到,现在不计入;到了那一天才按那一天计入。请校准手机的日期和时间。",
    counts=False,
)
PERIOD_CLOSED = Remark(
    "period-closed",
    "这一天所在的考核周期已在收到之前封存。记录照常保存;管理员再次封存时计入新版本。",
)
ARRIVED_LATE = Remark("arrived-late", "记录上传时距签到已超过 72 小时。")
OUTSIDE = Remark("outside", "定位在村范围之外;如定位有偏差可在备注中说明。")
NO_FIX = Remark("no-fix", "没有取得定位,无法判断是否在村内。")
COARSE = Remark("coarse-fix", "定位精度较差(误差超过 1 公里),无法判断是否在村内。")
ZERO = Remark("accuracy-zero", "手机报告的定位误差为 0 米,不合常理。")
NO_FENCE = Remark("no-fence", "该村尚未设置范围,无法判断是否在村内。")
ALL = (
    WITHDRAWN, NO_POSTING, OTHER_VILLAGE, HOUSEHOLD_ELSEWHERE, FUTURE_DAY, FUTURE, PERIOD_CLOSED,
    ARRIVED_LATE, OUTSIDE,
    NO_FIX, COARSE, ZERO, NO_FENCE,
)  # fmt: skip


class Seen(Protocol):
    """What of a check-in is looked at."""

    @property
    def village(self) -> str: ...
    @property
    def captured_at(self) -> datetime: ...
    @property
    def received_at(self) -> datetime: ...
    @property
    def clock(self) -> Mapping[str, Any] | None: ...
    @property
    def time_from(self) -> datetime | None: ...
    @property
    def time_state(self) -> str: ...
    @property
    def place(self) -> str: ...
    @property
    def distance_m(self) -> int | None: ...
    @property
    def lat_e7(self) -> int | None: ...
    @property
    def accuracy_mm(self) -> int | None: ...


def judge(
    seen: Seen,
    *,
    posted_units: Iterable[str],
    household_village: str | None = None,
    withdrawn: bool = False,
    to_come: bool = False,
    closed: bool = False,
) -> list[Remark]:
    """All remarks on a check-in; ``posted_units`` are its author's on that civil day.

    ``to_come``: that day is after today. ``closed``: a period that holds it was closed before.
    """
    out = []
    units = list(posted_units)
    if withdrawn:
        out.append(WITHDRAWN)
    if not units:
        out.append(NO_POSTING)
    elif not any(seen.village.startswith(unit) for unit in units):
        out.append(OTHER_VILLAGE)
    if household_village is not None and household_village != seen.village:
        out.append(HOUSEHOLD_ELSEWHERE)
    if to_come:
        out.append(FUTURE_DAY)
    captured = corrected(seen)
    if min(captured, seen.captured_at) - seen.received_at > AHEAD:
        out.append(FUTURE)
    if closed:
        out.append(PERIOD_CLOSED)
    if seen.received_at - max(captured, seen.captured_at) > LATE:
        out.append(ARRIVED_LATE)
    out.extend(_of_place(seen))
    return out


def corrected(seen: Seen) -> datetime:
    """When it was captured by the service's clock, as far as the record itself tells.

    A phone's clock that was as wrong when it sent as when it captured is put right by that; what
    is proven or claimed lies within its bracket, as ``timing`` found it.
    """
    captured, sent = seen.captured_at, (seen.clock or {}).get("sent_at")
    if sent is not None:
        captured = seen.received_at - (datetime.fromisoformat(sent) - captured)
    if seen.time_state != "unproven" and seen.time_from is not None:
        captured = min(max(captured, seen.time_from), seen.received_at)
    return captured


def _of_place(seen: Seen) -> list[Remark]:
    if seen.lat_e7 is None:
        return [NO_FIX]
    if seen.accuracy_mm is not None and seen.accuracy_mm > COARSE_M * 1000:
        return [COARSE]
    out = [ZERO] if seen.accuracy_mm == 0 else []
    if seen.place == "outside":
        out.append(OUTSIDE)
    if seen.distance_m is None:
        out.append(NO_FENCE)
    return out


#: remarks that say what a flag says with its numbers
SAID_BY_FLAG = {OUTSIDE.code: "outside-fence", FUTURE.code: "future-time"}


def beside(remarks: Iterable[Remark], flags: Container[str]) -> list[Remark]:
    """The remarks that the flags, by code, do not say already."""
    return [each for each in remarks if SAID_BY_FLAG.get(each.code) not in flags]


def counts(remarks: Iterable[Remark]) -> bool:
    """Whether the record counts: no remark takes it out."""
    return all(remark.counts for remark in remarks)
