"""News: a notice of something that somebody did, beside the reminders of what one owes."""

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias
from uuid import UUID

from app.notices.models import Kind

#: of a notice's text, in characters
LONGEST = 1000


@dataclass(frozen=True, slots=True)
class News:
    """What one person is told, and under which key it is said. ``pack`` names the room it is from."""

    county: str
    kind: Kind
    pack: str
    title: str
    text: str
    subject: str = ""
    rule: str = ""
    period: str = ""
    threshold: str = ""
    due: date | None = None

    @property
    def key(self) -> tuple[str, str, str, str, str, str]:
        """Subject, pack, rule, period, kind, threshold: the same is never said twice."""
        return (self.subject, self.pack, self.rule, self.period, self.kind.value, self.threshold)


NewsOf: TypeAlias = dict[UUID, list[News]]
