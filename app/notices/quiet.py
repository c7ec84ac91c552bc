"""Quiet hours 免打扰时段: times of the day in Shanghai in which nobody is reminded of anything."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from app.core.clock import SHANGHAI


@dataclass(frozen=True, slots=True)
class Quiet:
    """From ``begins`` (inclusive) to ``ends`` (exclusive), over midnight where it is the later one."""

    begins: time
    ends: time

    @classmethod
    def of(cls, told: str) -> "Quiet":
        """From a setting such as ``21:00-07:00``; empty, or twice the same time: never quiet."""
        begins, _, ends = (told or "00:00-00:00").partition("-")
        return cls(time.fromisoformat(begins), time.fromisoformat(ends))

    def holds(self, at: datetime) -> bool:
        """Whether this moment is quiet."""
        clock = at.astimezone(SHANGHAI).time()
        if self.begins <= self.ends:
            return self.begins <= clock < self.ends
        return clock >= self.begins or clock < self.ends

    def last_awake(self, at: datetime) -> datetime:
        """The moment itself, or the last minute before the quiet hours in which it lies."""
        if not self.holds(at):
            return at
        here = at.astimezone(SHANGHAI)
        begun = here.replace(
            hour=self.begins.hour, minute=self.begins.minute, second=0, microsecond=0
        )
        if begun > here:
            begun -= timedelta(days=1)
        return (begun - timedelta(minutes=1)).astimezone(at.tzinfo)
