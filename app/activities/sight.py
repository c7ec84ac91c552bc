"""Which activities a caller sees, and whom they may name as having been there."""

from typing import Any

from sqlalchemy import exists, or_
from sqlmodel import col, select

from app.activities.models import Activity, ActivityAttendee, ActivityOrganisation
from app.photos.models import PhotoUse
from app.postings import scope
from app.postings.models import Posting
from app.postings.scope import Caller, Clause, Sight


def visible(caller: Caller) -> Clause:
    """Activities one wrote, attended, leads the unit or the author of, or is bound to.

    Bound is who acts today for an organisation that the activity counts for.
    """
    key = col(Activity.id)
    attended = exists().where(
        col(ActivityAttendee.activity_id) == key, col(ActivityAttendee.person_id) == caller.id
    )
    bound = exists().where(
        col(ActivityOrganisation.activity_id) == key,
        scope.acting_for(caller, col(ActivityOrganisation.organisation_id)),
    )
    return or_(
        scope.records(caller, col(Activity.author_id), col(Activity.day)),
        scope.inside(col(Activity.unit), caller.units(Sight.PEOPLE)),
        attended,
        bound,
    )


def photos(caller: Caller) -> Clause:
    """Uses of photos by activities that the caller sees."""
    return col(PhotoUse.record_id).in_(select(col(Activity.id)).where(visible(caller)))


def known_people(caller: Caller, person: Any, on: Any) -> Clause:
    """Persons whom the caller may name: those they may read about, and those they work with.

    Worked with is who held a post that day in a unit of the caller's own or above it: a first
    secretary names the team and the township's leaders, nobody of the next village.
    """
    mine = {held.unit for held in caller.postings if held.on(on) or held.on(caller.today)}
    above = sorted({unit[:digits] for unit in mine for digits in (2, 4, 6, 9, 12)})
    beside = scope.posted(person, on, col(Posting.unit).in_(above))
    return or_(scope.people(caller, person, on, on), beside)
