"""What stands around a check-in: one short read by prebuilt statements, beside its write.

Only what arrived before it, so that a record's findings do not change with what comes later; and
nothing that its author took back: who corrects a mistake is not asked about it again and again.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, bindparam, exists, literal_column, or_, union_all
from sqlalchemy.sql.expression import ColumnElement
from sqlmodel import col, select

from app.checkins.checks import Around, Other
from app.checkins.limits import Limits
from app.checkins.models import CheckIn, Withdrawal
from app.core.prebuilt import Direct, Row, Statement, each
from app.core.tables import JsonB
from app.photos.models import PhotoUse
from app.reviews.models import Flag
from app.reviews.states import AGAINST

RECORD_KIND = "check_in"
_OWN, _DEVICE, _PHOTO = "own", "device", "photo"
_TOLD = (
    "id", "person_id", "day", "village", "household_id", "lat_e7", "lon_e7", "accuracy_mm",
    "time_from", "time_to", "received_at",
)  # fmt: skip
_COLUMNS = CheckIn.__table__.c  # type: ignore[attr-defined]  # SQLModel sets it


def _bind(name: str) -> Any:
    return bindparam(name, type_=_COLUMNS[name].type)


def _earlier() -> ColumnElement[bool]:
    arrived = col(CheckIn.received_at)
    return or_(
        arrived < _bind("received_at"),
        and_(arrived == _bind("received_at"), col(CheckIn.id) < _bind("id")),
    )


def _told(kind: str, sha256: Any) -> Any:
    return select(
        literal_column(f"'{kind}'").label("kind"),
        sha256.label("sha256"),
        *(_COLUMNS[name] for name in _TOLD),
    )


def _own() -> Any:
    """Own ones that were not taken back: those of the days around it, unless they were decided not
    to count, and those at the very same position."""
    day = col(CheckIn.day)
    same = and_(*(_COLUMNS[name] == _bind(name) for name in ("lat_e7", "lon_e7", "accuracy_mm")))
    near = and_(
        day >= bindparam("day_before"),
        day <= bindparam("day_after"),
        col(CheckIn.lat_e7).is_not(None),
        ~_decided_against(),
    )
    return _told(_OWN, literal_column("NULL")).where(
        col(CheckIn.person_id) == _bind("person_id"),
        day >= bindparam("first"),
        day <= bindparam("last"),
        or_(same, near),
        _earlier(),
        ~_taken_back(),
    )


def _device() -> Any:
    """Those from the same device on the same day that were not taken back."""
    return _told(_DEVICE, literal_column("NULL")).where(
        col(CheckIn.device_id) == _bind("device_id"),
        col(CheckIn.day) == _bind("day"),
        _earlier(),
        ~_taken_back(),
    )


def _taken_back() -> ColumnElement[bool]:
    return exists().where(col(Withdrawal.check_in_id) == col(CheckIn.id))


def _decided_against() -> ColumnElement[bool]:
    """As ``reviews.reading.against``, without an IN, which a prebuilt statement cannot hold."""
    return exists().where(
        col(Flag.record_kind) == RECORD_KIND,
        col(Flag.record_id) == col(CheckIn.id),
        or_(*(col(Flag.state) == state.value for state in AGAINST)),
    )


def _photo(dialect: str) -> Any:
    """Own ones, or of the same village, that name one of the photos and were not taken back."""
    photos, sha256, _ = each(dialect, bindparam("photos", type_=JsonB))
    return (
        _told(_PHOTO, col(PhotoUse.sha256))
        .select_from(photos)
        .join(PhotoUse, col(PhotoUse.sha256) == sha256)
        .join(CheckIn, col(CheckIn.id) == col(PhotoUse.record_id))
        .where(
            col(PhotoUse.record_kind) == RECORD_KIND,
            or_(
                col(CheckIn.person_id) == _bind("person_id"),
                col(CheckIn.village) == _bind("village"),
            ),
            _earlier(),
            ~_taken_back(),
        )
    )


_BARE = Statement(union_all(_own(), _device()))
_WITH_PHOTOS = {
    dialect: Statement(union_all(_own(), _device(), _photo(dialect)))
    for dialect in ("sqlite", "postgresql")
}


async def around(direct: Direct, row: CheckIn, limits: Limits) -> Around:
    """What stands around a check-in that is stored already, or about to be."""
    window = timedelta(days=limits.identical_window_days)
    near = timedelta(days=limits.travel_days)
    values = {name: getattr(row, name) for name in (*_TOLD, "device_id", "photos")}
    values |= {"first": row.day - window, "last": row.day + window}
    values |= {"day_before": row.day - near, "day_after": row.day + near}
    statement = _WITH_PHOTOS[direct.dialect.name] if row.photos else _BARE
    return _sorted(await direct.rows(statement, **values), row)


def _sorted(rows: Sequence[Row], row: CheckIn) -> Around:
    near, same_fix, same_device, same_photo = [], [], [], []
    fix = (row.lat_e7, row.lon_e7, row.accuracy_mm)
    for found in rows:
        kind, sha256 = found.pop("kind"), found.pop("sha256")
        other = Other(**found)
        if kind == _DEVICE:
            same_device.append(other)
        elif kind == _PHOTO:
            same_photo.append((sha256, other))
        else:
            near.append(other)
            if (other.lat_e7, other.lon_e7, other.accuracy_mm) == fix:
                same_fix.append(other)
    return Around(near, same_fix, same_device, same_photo)
