"""The newest checkpoints outside of the database: in the data folder, where the signing key lies.

Whoever rules the database alone can remove the last checkpoint of a log, and the next one would
take its number. The file ``checkpoints/<log>.<number>.<hash>`` says that it was there. It goes only
when a later one that grew from it is kept: what a restored database no longer has stays.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from app.core.settings import Settings

FOLDER = "checkpoints"


class Noted(NamedTuple):
    """A checkpoint that was signed here: its log, its number there, and its note."""

    log: str
    number: int
    note: str

    @property
    def name(self) -> str:
        """Its file's name."""
        short = hashlib.sha256(self.note.encode()).hexdigest()[:12]
        return f"{self.log}.{self.number}.{short}"


class Kept:
    """The folder of the newest notes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def of(cls, settings: Settings) -> "Kept":
        """Where this installation keeps them."""
        return cls(settings.data / FOLDER)

    def keep(self, noted: Noted, before: Noted | None) -> None:
        """Keep this one; the one it grew from is not needed any more."""
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = self._folder / f".{noted.name}"
        fresh.write_text(noted.note, encoding="utf-8")
        fresh.replace(self._folder / noted.name)
        if before is not None:
            (self._folder / before.name).unlink(missing_ok=True)

    def all(self) -> Iterator[Noted]:
        """Every note that is kept, by log and number."""
        for file in sorted(self._folder.glob("[0-9]*.[0-9]*.*")):
            log, number, _ = file.name.split(".")
            yield Noted(log, int(number), file.read_text(encoding="utf-8"))
