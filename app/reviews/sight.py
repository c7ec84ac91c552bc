"""Who sees a flag, who reviews it, and who leads its author and therefore must not."""

from typing import Any

from sqlalchemy import Uuid, and_, column, exists, literal, or_, table
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.postings import scope
from app.postings.models import Post, Posting
from app.postings.scope import SIGHTS, Caller, Clause, Sight
from app.reviews.finding import WEIGHTY
from app.reviews.models import Flag, FlagDecision
from app.reviews.states import UNDECIDED, State

#: posts that look at people from outside their line of command
_OUTSIDE = {Post.RV, Post.AU}
#: check-ins live in a domain above this one, and imports point downward only
WITHDRAWALS = table("withdrawals", column("check_in_id", Uuid))
#: posts whose holders lead the people that they read about
LINE = sorted(
    kind for kind, held in SIGHTS.items() if Sight.PEOPLE in held and kind not in _OUTSIDE
)


def visible(caller: Caller) -> Clause:
    """Flags on the records that the caller may read."""
    return scope.records(caller, col(Flag.author_id), col(Flag.day), col(Flag.village))


def reviews(caller: Caller) -> Clause:
    """Flags on others' records over which the caller holds a reviewer's post today."""
    codes = caller.units(Sight.REVIEW)
    below = scope.posted(col(Flag.author_id), col(Flag.day), scope.inside(col(Posting.unit), codes))
    stray = and_(
        scope.inside(col(Flag.village), codes),
        ~scope.posted(col(Flag.author_id), col(Flag.day)),
    )
    return and_(col(Flag.author_id) != caller.id, or_(below, stray))


def in_line(caller: Caller) -> Clause:
    """Flags on records of people whom the caller leads today, or led on the record's day."""
    codes = sorted({held.unit for held in caller.current() if held.kind in LINE})
    return or_(
        _posted_below(col(Flag.day), codes),
        _posted_below(literal(caller.today), codes),
        scope.inside(col(Flag.village), codes),
        _led_then(caller),
    )


def _posted_below(day: Any, codes: list[str]) -> Clause:
    return scope.posted(col(Flag.author_id), day, scope.inside(col(Posting.unit), codes))


def _led_then(caller: Caller) -> Clause:
    mine, theirs = aliased(Posting), aliased(Posting)
    return exists().where(
        col(mine.person_id) == caller.id,
        col(mine.kind).in_(LINE),
        scope.valid_on(col(mine.since), col(mine.until), col(Flag.day)),
        col(theirs.person_id) == col(Flag.author_id),
        scope.valid_on(col(theirs.since), col(theirs.until), col(Flag.day)),
        col(theirs.unit).startswith(col(mine.unit)),
    )


def has_spoken(caller: Caller) -> Clause:
    """Flags on which the caller has given a reviewer's voice."""
    return exists().where(
        col(FlagDecision.flag_id) == col(Flag.id), col(FlagDecision.decided_by) == caller.id
    )


def can_decide(caller: Caller) -> Clause:
    """Undecided flags to which this caller can give a reviewer's voice."""
    return and_(
        col(Flag.state).in_(UNDECIDED),
        reviews(caller),
        ~in_line(caller),
        ~has_spoken(caller),
        ~taken_back(),
    )


def taken_back() -> Clause:
    """Flags on check-ins that their authors withdrew: there is nothing left to decide."""
    return and_(
        col(Flag.record_kind) == "check_in",
        exists().where(WITHDRAWALS.c.check_in_id == col(Flag.record_id)),
    )


def awaiting(caller: Caller) -> Clause:
    """Those of them that wait for it: a low one alone never brings a record before a reviewer."""
    beside = aliased(Flag)
    weighty = exists().where(
        col(beside.record_kind) == col(Flag.record_kind),
        col(beside.record_id) == col(Flag.record_id),
        col(beside.state).in_(UNDECIDED),
        col(beside.weight).in_(WEIGHTY),
    )
    # somebody looked at it all the same: what was begun is brought to its end
    begun = col(Flag.state) != State.open.value
    return and_(can_decide(caller), or_(begun, weighty))
