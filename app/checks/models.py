"""Up to where the checks have followed the log, and where people of a village are.

Both are derived: they may be dropped at any time, and nothing of them is evidence.
"""

from pydantic import AwareDatetime
from sqlmodel import Field

from app.core.tables import Row, Table


class CheckCursor(Table, table=True):
    """The position of a log from which the checks go on."""

    __tablename__ = "check_cursors"

    log: str = Field(primary_key=True, max_length=6)
    seq: int


class VillageCentre(Row, table=True):
    """The median of a village's newest precise fixes, and how it lies about the fences' centres.

    ``away_m`` metres from the nearest centre, at ``bearing`` degrees clockwise from north; both
    null without a fence. ``shifted``: that is what a mixed datum would do, see ``org.datum``.
    """

    __tablename__ = "village_centres"

    village: str = Field(primary_key=True, foreign_key="units.code", max_length=12)
    lat_e7: int
    lon_e7: int
    fixes: int
    people: int
    days: int
    away_m: int | None = None
    bearing: int | None = None
    shifted: bool = False
    looked_at: AwareDatetime
