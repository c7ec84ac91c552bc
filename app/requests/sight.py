"""Which requests a caller sees, which wait for them, and whose word the caller's is."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_
from sqlmodel import col

from app.postings import scope
from app.postings.models import Posting
from app.postings.scope import SIGHTS, Caller, Clause, Sight
from app.requests.models import Leave, MakeUp
from app.requests.rules import rules
from app.requests.states import Place, State
from app.requests.weighing import COUNTY_DIGITS

Table = type[Leave] | type[MakeUp]
_GRANTING = sorted(post.value for post, sights in SIGHTS.items() if Sight.GRANT in sights)


def visible(caller: Caller, table: Table) -> Clause:
    """One's own requests, and those of the people posted below oneself."""
    return scope.records(caller, col(table.author_id), col(table.day), _village(table))


def waiting(caller: Caller, table: Table, at: datetime) -> Clause:
    """Requests that wait for the caller's word; never one's own.

    To the county also comes what only it can decide (requests of the approvers themselves and of
    people posted above the townships), and what a township has left lying.
    """
    county, towns = _desks(caller)
    submitted = col(table.state) == State.submitted.value
    lying = col(table.received_at) < at - lying_after()
    return and_(
        col(table.author_id) != caller.id,
        or_(
            and_(submitted, _under(table, towns)),
            and_(
                or_(
                    col(table.state) == State.with_county.value,
                    and_(submitted, or_(_above(table, county), lying)),
                ),
                _under(table, county),
            ),
        ),
    )


def left_lying(caller: Caller, table: Table) -> Clause:
    """Of those that wait for the caller: which came to them only because a township said nothing."""
    county, towns = _desks(caller)
    return and_(
        col(table.state) == State.submitted.value,
        ~_under(table, towns),
        ~_above(table, county),
    )


def lying_after() -> timedelta:
    """How long a township may say nothing before the county is shown a request, too."""
    return timedelta(days=rules().county_steps_in_days)


def _desks(caller: Caller) -> tuple[list[str], list[str]]:
    """The units for which the caller decides: as the county, and as a township."""
    codes = caller.units(Sight.GRANT)
    county = [code for code in codes if len(code) <= COUNTY_DIGITS]
    return county, [code for code in codes if len(code) > COUNTY_DIGITS]


def _above(table: Table, county: list[str]) -> Clause:
    """Requests of the approvers themselves and of people posted above the townships."""
    return scope.posted(
        col(table.author_id),
        col(table.day),
        or_(col(Posting.kind).in_(_GRANTING), col(Posting.unit).in_(_short(county))),
    )


def place_of(
    caller: Caller, posted_units: Iterable[str], village: str | None = None
) -> Place | None:
    """Whose word the caller's is on a request of somebody posted there that day; None = nobody's.

    Where no post stands behind it, the village that it names decides.
    """
    units = list(posted_units) or ([village] if village else [])
    codes = [c for c in caller.units(Sight.GRANT) if any(unit.startswith(c) for unit in units)]
    if not codes:
        return None
    return Place.county if min(map(len, codes)) <= COUNTY_DIGITS else Place.township


def _village(table: Table) -> Any:
    return col(MakeUp.village) if table is MakeUp else None


def _short(codes: list[str]) -> list[str]:
    """Codes of the counties themselves and what lies above them."""
    return sorted({code[:digits] for code in codes for digits in (2, 4, 6)})


def _under(table: Table, codes: list[str]) -> Clause:
    author, day, village = col(table.author_id), col(table.day), _village(table)
    below = scope.posted(author, day, scope.inside(col(Posting.unit), codes))
    if village is None:
        return below
    return or_(below, and_(scope.inside(village, codes), ~scope.posted(author, day)))
