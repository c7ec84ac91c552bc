"""THE scope file: what a caller sees and may do follows from the postings they hold today.

Everything here ends as SQL. A route asks for the ``Viewer``, hands the matching clause to the
service, and whatever the clause leaves out does not exist for this caller (404).

Sight is held over a unit and all below it ("inside" is a prefix of the code). A record of the
past is seen by those who today stand over the unit in which its author was posted on the
record's day; what has no posting behind it, by those over the village that it names.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy import ColumnElement, and_, bindparam, exists, false, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.sqltypes import UTCDateTime

from app.auth.deps import Bearer
from app.auth.models import SignIn, User
from app.auth.service import alive
from app.core.clock import civil_day, now
from app.core.db import Database
from app.core.errors import Forbidden, NotSignedIn
from app.core.prebuilt import Statement
from app.core.tables import HOUSE
from app.org.divisions import county_of
from app.org.models import DIGITS, Level, Organisation, OrganisationPerson, OrganisationVillage
from app.postings.models import Pairing, Post, Posting

Clause = ColumnElement[bool]


class Sight(Enum):
    """What a post lets its holder see or do in its unit."""

    PEOPLE = auto()  # records, photos and standings of the people posted there
    HOUSEHOLDS = auto()  # households, numbers masked
    UNMASK = auto()  # open a masked number, each time logged
    TEND = auto()  # portraits, positions, plans
    REGISTER = auto()  # households, members, pairings, fences
    ORGANISE = auto()  # organisations, whom they serve, who acts for them
    REST_DAYS = auto()  # a unit's own days off, beside the national calendar
    CALENDAR = auto()  # the national calendar of a year
    RECEIVE = auto()  # accept or return what those below hand in
    ADOPT = auto()  # put policy packs into force, end them
    CLOSE = auto()  # close a period of assessment
    GRANT = auto()  # decide on leave and make-ups; whose word is needed: requests.sight
    REVIEW = auto()  # decide flags; accept or return what counts only once reviewed (M49)
    EXPORT = auto()  # take away a person's evidence pack, each time logged
    ORIGINALS = auto()  # with the photos as the phones sent them
    SILENCE = auto()  # let a check only count, or give it its voice back
    EXAMINE = auto()  # the log of a county: single leaves by their record, what was found wrong


_TEAM = {Sight.HOUSEHOLDS, Sight.TEND}
_LINE = {Sight.PEOPLE, Sight.HOUSEHOLDS}
_ADMIN = {
    Sight.PEOPLE,
    Sight.HOUSEHOLDS,
    Sight.UNMASK,
    Sight.TEND,
    Sight.REGISTER,
    Sight.EXPORT,
}
SIGHTS: dict[Post, set[Sight]] = {
    Post.FS: {*_TEAM, Sight.UNMASK},
    Post.TL: {*_TEAM, Sight.UNMASK, Sight.PEOPLE},
    Post.TM: _TEAM,
    Post.TR: _TEAM,
    Post.UR: _TEAM,
    Post.HC: set(),  # a helper's households are those paired with them
    Post.VC: {*_LINE, Sight.UNMASK},
    Post.CL: _LINE,
    Post.AT: {Sight.HOUSEHOLDS},
    Post.AG: {Sight.HOUSEHOLDS},
    Post.LL: {Sight.HOUSEHOLDS},
    Post.CS: {Sight.HOUSEHOLDS},
    Post.CH: {Sight.PEOPLE},
    Post.CD: {Sight.PEOPLE},
    Post.IG: set(),
    Post.TA: {*_ADMIN, Sight.ORGANISE, Sight.RECEIVE, Sight.GRANT, Sight.CLOSE},
    Post.CA: {
        *_ADMIN,
        Sight.ORGANISE,
        Sight.REST_DAYS,
        Sight.RECEIVE,
        Sight.GRANT,
        Sight.CLOSE,
        Sight.ADOPT,
        Sight.SILENCE,
        Sight.EXAMINE,
    },
    Post.RV: {Sight.PEOPLE, Sight.REVIEW},
    Post.AU: {
        Sight.PEOPLE,
        Sight.HOUSEHOLDS,
        Sight.EXAMINE,
        Sight.EXPORT,
        Sight.ORIGINALS,
    },
    Post.SA: {Sight.ORGANISE, Sight.CALENDAR, Sight.SILENCE, Sight.EXAMINE},
}
#: Who hands in and holds meetings for an administrative unit: a post in the very unit.
ACTS_FOR: dict[Level, set[Post]] = {
    Level.village: {Post.VC, Post.FS, Post.TL},
    Level.township: {Post.TA},
    Level.county: {Post.CA},
    Level.city: {Post.CA},
    Level.province: {Post.CA},
}
PAIRED = {Sight.HOUSEHOLDS, Sight.UNMASK, Sight.TEND}  # of a helper over their own households


@dataclass(frozen=True, slots=True)
class Held:
    """A posting of the caller; both days inclusive."""

    id: UUID
    unit: str
    kind: Post
    since: date
    until: date | None
    county: str

    def on(self, day: date) -> bool:
        """Whether it was held on this civil day."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, on which civil day, with every posting they ever held."""

    id: UUID
    name: str
    sign_in_id: UUID
    today: date
    postings: tuple[Held, ...]
    device_id: str = ""

    def current(self) -> list[Held]:
        """The postings held today."""
        return [held for held in self.postings if held.on(self.today)]

    def units(self, sight: Sight) -> list[str]:
        """The units over which the caller has this sight today."""
        return sorted({held.unit for held in self.current() if sight in SIGHTS[held.kind]})

    def over(self, unit: str, sight: Sight) -> bool:
        """Whether the caller has this sight over ``unit`` today."""
        return any(unit.startswith(code) for code in self.units(sight))

    def acting_units(self, on: date | None = None) -> list[str]:
        """The administrative units for which the caller acts on this day (today)."""
        day = on or self.today
        return sorted(
            {p.unit for p in self.postings if p.on(day) and p.kind in ACTS_FOR[DIGITS[len(p.unit)]]}
        )

    def acts_for_unit(self, code: str, on: date | None = None) -> bool:
        """Whether the caller acts for this very unit on this day (today); see ``ACTS_FOR``."""
        return code in self.acting_units(on)

    def county_for(self, seat: str) -> str | None:
        """The county that keeps an organisation of this seat; None where it is not the caller's.

        Helper units of the city and the province are entered by each county that they help.
        """
        if self.over(seat, Sight.ORGANISE):
            return county_of(seat)
        counties = [unit for unit in self.units(Sight.ORGANISE) if len(unit) == 6]
        return next((unit for unit in counties if unit.startswith(seat)), None)

    def keeps(self, seat: str, county: str) -> bool:
        """Whether the caller revises an organisation of this seat that this county keeps."""
        above = len(seat) < len(county) and self.over(county, Sight.ORGANISE)
        return above or self.over(seat, Sight.ORGANISE)

    def home(self) -> str:
        """The county whose log takes what this caller writes about no place."""
        counties = [held.county for held in self.current()] or [p.county for p in self.postings]
        return counties[0] if counties else "000000"


_CALLER = Statement(
    select(
        col(User.id),
        col(User.name),
        col(Posting.id).label("posting"),
        col(Posting.unit),
        col(Posting.kind),
        col(Posting.since),
        col(Posting.until),
        col(Posting.county),
        col(SignIn.device_id),
    )  # type: ignore[call-overload]  # nine columns; the overloads end at four
    .select_from(SignIn)
    .join(User, col(User.id) == col(SignIn.user_id))
    .outerjoin(Posting, col(Posting.person_id) == col(User.id))
    .where(
        col(SignIn.id) == bindparam("sign_in"),
        col(User.id) == bindparam("user"),
        alive(bindparam("at", type_=UTCDateTime())),
    )
    .order_by(col(Posting.since), col(Posting.id))
)


class _Callers(Bearer):
    """Session, user and postings in one short read, at every request: tokens carry no rights."""

    async def __call__(self, request: Request) -> Caller:
        claims = self.claims(request)
        base: Database = request.app.state.database
        at = now()
        async with base.direct() as direct:
            rows = await direct.rows(_CALLER, sign_in=claims.sign_in_id, user=claims.user_id, at=at)
        if not rows:
            raise NotSignedIn
        held = tuple(
            Held(r["posting"], r["unit"], Post(r["kind"]), r["since"], r["until"], r["county"])
            for r in rows
            if r["posting"] is not None
        )
        first = rows[0]
        return Caller(
            first["id"],
            first["name"],
            claims.sign_in_id,
            civil_day(at),
            held,
            first["device_id"],
        )


#: The signed-in caller with their postings.
Viewer = Annotated[Caller, Depends(_Callers())]


def inside(column: Any, codes: list[str]) -> Clause:
    """The column's unit code is one of these units or below it."""
    return or_(*(column.startswith(code) for code in codes)) if codes else false()


def valid_on(since: Any, until: Any, day: Any) -> Clause:
    """A span with inclusive ends, ``until`` open when null, holds this day."""
    return and_(since <= day, or_(until.is_(None), until >= day))


def posted(person: Any, day: Any, *conditions: Clause) -> Clause:
    """The person held a posting on this day (that meets the conditions on ``Posting``)."""
    return exists().where(
        col(Posting.person_id) == person,
        valid_on(col(Posting.since), col(Posting.until), day),
        *conditions,
    )


def people(
    caller: Caller, person: Any, since: date, until: date, sight: Sight = Sight.PEOPLE
) -> Clause:
    """Persons over whom the caller has this sight these days: themselves and those posted below."""
    return or_(
        person == caller.id,
        exists().where(
            col(Posting.person_id) == person,
            col(Posting.since) <= until,
            or_(col(Posting.until).is_(None), col(Posting.until) >= since),
            inside(col(Posting.unit), caller.units(sight)),
        ),
    )


def records(caller: Caller, author: Any, day: Any, village: Any = None) -> Clause:
    """Records the caller may read, by author and civil day, and village where it names one."""
    codes = caller.units(Sight.PEOPLE)
    below = posted(author, day, inside(col(Posting.unit), codes))
    if village is None:
        return or_(author == caller.id, below)
    stray = and_(inside(village, codes), ~posted(author, day))
    return or_(author == caller.id, below, stray)


def units(caller: Caller, code: Any) -> Clause:
    """Units that hold, or lie inside, one the caller is posted to today."""
    mine = sorted({held.unit for held in caller.current()})
    above = {unit[:digits] for unit in mine for digits in (2, 4, 6, 9, 12)}
    return or_(inside(code, mine), code.in_(sorted(above)))


def organisations(caller: Caller, key: Any, seat: Any, codes: list[str] | None = None) -> Clause:
    """Organisations, by id and seat columns, that the caller sees.

    Those with their seat in one of ``codes`` (the units of the caller's posts today), those that
    serve or served a village there or are kept there by a whole county, and those for which the
    caller acts.
    """
    places = sorted({held.unit for held in caller.current()}) if codes is None else codes
    serving = exists().where(
        col(OrganisationVillage.organisation_id) == key,
        inside(col(OrganisationVillage.village), places),
    )
    kept = key.in_(select(Organisation.id).where(col(Organisation.county).in_(places)))
    return or_(inside(seat, places), serving, kept, acting_for(caller, key))


def acting_for(caller: Caller, key: Any, on: date | None = None) -> Clause:
    """Organisations, by id column, for which the caller acts on this day (today)."""
    day = on or caller.today
    return exists().where(
        col(OrganisationPerson.organisation_id) == key,
        col(OrganisationPerson.person_id) == caller.id,
        valid_on(col(OrganisationPerson.since), col(OrganisationPerson.until), day),
    )


async def acts_for_organisation(
    session: AsyncSession, caller: Caller, organisation_id: UUID, on: date | None = None
) -> bool:
    """Whether the caller acts for this organisation on this day (today), and it exists then."""
    query = select(Organisation.id).where(
        col(Organisation.id) == organisation_id,
        valid_on(col(Organisation.since), col(Organisation.until), on or caller.today),
        acting_for(caller, col(Organisation.id), on),
    )
    return (await session.exec(query)).first() is not None


def namable(caller: Caller, since: date, until: date | None) -> Clause:
    """Users whom the caller may enter as acting for an organisation in this time.

    Nobody is told the name of a stranger: not of one kept by another county, nor of one who is
    posted outside the caller's units then.
    """
    codes = caller.units(Sight.ORGANISE)
    elsewhere = exists().where(
        col(Posting.person_id) == col(User.id),
        col(Posting.since) <= (until or date.max),
        or_(col(Posting.until).is_(None), col(Posting.until) >= since),
        ~inside(col(Posting.unit), codes),
    )
    return and_(col(User.county).in_({HOUSE, *map(county_of, codes)}), ~elsewhere)


def households(
    caller: Caller, household: Any, village: Any, sight: Sight = Sight.HOUSEHOLDS
) -> Clause:
    """Households, by id and village columns, over which the caller has this sight today."""
    by_unit = inside(village, caller.units(sight))
    if sight not in PAIRED:
        return by_unit
    paired = exists().where(
        col(Pairing.household_id) == household,
        col(Pairing.person_id) == caller.id,
        valid_on(col(Pairing.since), col(Pairing.until), caller.today),
    )
    return or_(by_unit, paired)


def need(sight: Sight) -> Callable[[Caller], None]:
    """A check that the caller has this sight anywhere: else the deed is not for their role."""

    def check(caller: Viewer) -> None:
        if not caller.units(sight):
            raise Forbidden

    return check
