"""Meetings, organisation life, collective help and trainings, so that every board has some of each.

Each body is diligent, forgetful or slow by its number: one holds all that it owes, one leaves out
the newest, one leaves out every second and writes down late.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from random import Random
from uuid import UUID

from app.activities.models import ActivityAttendee, ActivityOrganisation
from app.activities.schemas import ActivityIn, PlaceIn
from app.activities.service import drafted
from app.checkins.schemas import Fix
from app.demo.book import Book
from app.demo.people import Cadre, Population, Village, uuid
from app.demo.sent import Setting
from app.demo.span import Span, at
from app.org.models import Organisation, OrganisationPerson, OrganisationVillage
from app.policy.periods import Period, containing
from app.postings.models import Post

#: what was agreed, by kind of activity
MINUTES = {
    "joint_meeting": "通报上季度帮扶工作,研究油茶基地用工和冬季产业项目申报,议定由驻村工作队报送清单。",
    "organisation_life": "机关支部与村支部一起上党课、过组织生活,会后走访困难党员。",
    "collective_help": "单位干部到村集中帮扶:清理水渠,帮助缺劳力的户采收,收集意见 6 条。",
    "training": "请农技员讲冬季果园管理,现场示范修剪,发放技术资料。",
    "report_meeting": "各村汇报本月工作,逐村研究存在的问题,明确下月任务和责任人。",
    "coordination_meeting": "与村两委、工作队协调项目进度,解决用地和资金拨付问题。",
    "exchange_supervision": "组织各村交流互看,现场检查档案和到户措施。",
    "six_ones_meeting": "听取“六个一”推进情况,研究贫困户产业、就业和安全饮水。",
    "full_meeting": "传达上级精神,听取各部门汇报,部署下一阶段工作。",
}


@dataclass(frozen=True, slots=True)
class Body:
    """Who holds it: an organisation with those who act for it, or nobody but its people."""

    people: list[UUID]
    villages: list[str]
    organisation: UUID | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """One activity to write down."""

    kind: str
    unit: str
    day: date
    body: Body
    village: Village | None = None
    guests: int = 0
    reports: tuple[str, ...] = ()
    late: int = 1
    others: tuple[Cadre, ...] = ()


@dataclass(frozen=True, slots=True)
class Town:
    """A township with its villages, the leaders and technicians, and the organisations there."""

    code: str
    villages: list[Village]
    leaders: list[Cadre]
    bodies: dict[str, list[Body]]
    span: Span

    def of(self, kind: str) -> list[Body]:
        """Those of the kind that work here and for which somebody acts."""
        found = self.bodies.get(kind, [])
        return [b for b in found if b.people and b.villages[0].startswith(self.code)]

    def posted(self, kind: Post) -> list[Cadre]:
        """Those with this post here."""
        return [c for c in self.leaders if c.kind is kind and c.village.startswith(self.code)]

    def village(self, code: str) -> Village:
        """The village of this code."""
        return next(village for village in self.villages if village.code == code)


def hold(
    book: Book, adopted: Iterable[tuple[str, str]], population: Population, setting: Setting
) -> None:
    """Write down what was held in the townships of these adoptions (pack, unit) and beside them."""
    numbers, bodies = count(), _bodies(book)
    for pack, town in adopted:
        villages = [v for v in population.villages if v.code.startswith(town)]
        if len(town) == len(setting.county):
            villages = [v for v in villages if _listed(v)]
            for held in _beside(villages, setting.span):
                _write(book, held, next(numbers), setting)
        elif pack in HOLDERS:
            place = Town(town, villages, population.others, bodies, setting.span)
            for held in HOLDERS[pack](place):
                _write(book, held, next(numbers), setting)


def _listed(village: Village) -> bool:
    return any(cadre.username for cadre in village.stationed)


def _beside(villages: list[Village], span: Span) -> Iterator[Held]:
    """In the village of the listed logins: a meeting every month, a training in between."""
    for village in villages:
        body = Body([village.stationed[0].id], [village.code])
        for number, month in enumerate(span.months):
            kind = "training" if number % 3 == 1 else "joint_meeting"
            day = _day(month, span, 11)
            if day is not None:
                others = tuple(village.stationed[1:])
                yield Held(kind, village.code, day, body, village, 10 + number, others=others)


def _party_life(town: Town) -> Iterator[Held]:
    """P4: organisation life and joint meetings each half-year, collective help each quarter."""
    for number, body in enumerate(town.of("helper_unit")):
        for code in body.villages:
            village = town.village(code)
            for turn, kind in enumerate(("organisation_life", "joint_meeting")):
                halves = [
                    containing("half_year", q.first) for q in (town.span.before, town.span.now)
                ]
                for half in dict.fromkeys(halves):
                    day = _day(half, town.span, 130 + 9 * turn + number)
                    if day is not None and (number + turn) % 3 != 2:
                        yield Held(kind, code, day, body, village, 8, others=_team(village))
        for quarter in _kept(number, [town.span.before, town.span.now]):
            day = _day(quarter, town.span, 33 + number)
            if day is not None and body.villages:
                village = town.village(body.villages[0])
                yield Held("collective_help", village.code, day, body, village, 15)
    for cadre in town.posted(Post.AG):
        for number, month in enumerate(town.span.months):
            day = _day(month, town.span, 16)
            if day is not None and number % 2 == 0:
                yield Held("training", town.code, day, Body([cadre.id], []), guests=18 + number)


def _reporting(town: Town) -> Iterator[Held]:
    """P2: the town's monthly meetings and trainings, coordination by helper units."""
    codes = tuple(village.code for village in town.villages)
    for body in town.of("town_office"):
        for number, month in enumerate(town.span.months):
            day, after = _day(month, town.span, 24), _day(month, town.span, 13)
            if day is not None:
                # one month, two villages had nothing to say
                reports = codes if number % 3 else codes[2:]
                yield Held("report_meeting", town.code, day, body, guests=4, reports=reports)
            if after is not None and number % 3 != 2:
                yield Held("training", town.code, after, body, guests=30, late=1 + 9 * (number % 2))
        for quarter in (town.span.before,):
            day = _day(quarter, town.span, 70)
            if day is not None:
                yield Held("exchange_supervision", town.code, day, body, guests=12)
    for number, body in enumerate(town.of("helper_unit")):
        for month in _kept(number, town.span.months):
            for code in body.villages:
                day = _day(month, town.span, 9 + number)
                if day is not None:
                    village = town.village(code)
                    yield Held("coordination_meeting", code, day, body, village, 5)


def _leading(town: Town) -> Iterator[Held]:
    """P1: the leading group's full meetings, six-ones meetings of the liaison leaders."""
    for body in town.of("leading_group"):
        for quarter in (town.span.before, town.span.now):
            day = _day(quarter, town.span, 40)
            if day is not None:
                yield Held("full_meeting", town.code, day, body, guests=9)
    pairs = [(leader, spell.unit) for leader in town.posted(Post.LL) for spell in leader.spells]
    for number, (leader, code) in enumerate(pairs):
        for month in _kept(number, town.span.months[::2]):
            day = _day(month, town.span, 18)
            if day is not None:
                body, village = Body([leader.id], [code]), town.village(code)
                yield Held("six_ones_meeting", code, day, body, village, 6, others=_team(village))


HOLDERS = {
    "p1-46-measures": _leading,
    "p2-town-plan": _reporting,
    "p4-stationing": _party_life,
}


def _kept(number: int, periods: list[Period]) -> list[Period]:
    """Which of these the body did not forget."""
    if number % 3 == 1:
        return periods[:-1]
    return periods[::2] if number % 3 == 2 else periods


def _day(period: Period, span: Span, after: int) -> date | None:
    """So many days into the period; None where that is not over yet, or before anything began."""
    day = min(period.first + timedelta(days=after), period.last)
    return day if span.before.first <= day < span.yesterday else None


def _team(village: Village) -> tuple[Cadre, ...]:
    return tuple(village.stationed[:2])


def _bodies(book: Book) -> dict[str, list[Body]]:
    """The organisations of the book, by kind, with whom they serve and who acts for them."""
    people: dict[UUID, list[UUID]] = {}
    served: dict[UUID, list[str]] = {}
    for row in book.rows[OrganisationPerson]:
        if row["until"] is None:
            people.setdefault(row["organisation_id"], []).append(row["person_id"])
    for row in book.rows[OrganisationVillage]:
        served.setdefault(row["organisation_id"], []).append(row["village"])
    out: dict[str, list[Body]] = {}
    for row in book.rows[Organisation]:
        villages = served.get(row["id"], []) or [row["unit"]]
        out.setdefault(row["kind"], []).append(Body(people.get(row["id"], []), villages, row["id"]))
    return out


def _write(book: Book, held: Held, number: int, setting: Setting) -> None:
    dice = Random(f"meetings:{number}:{held.unit}")  # noqa: S311  invented, no secrets
    author = held.body.people[0]
    began = at(held.day, 9 + number % 6, 30)
    written = at(held.day + timedelta(days=held.late), 19, number % 60)
    place = PlaceIn(text="镇政府会议室" if held.village is None else "村委会会议室")
    if held.village is not None:
        centre = held.village.centre
        fix = Fix(lat=centre.lat, lon=centre.lon, accuracy_m=15.0) if number % 2 else None
        place = PlaceIn(village=held.village.code, fix=fix, text=place.text)
    bound = [held.body.organisation] if held.body.organisation else []
    body = ActivityIn(
        kind=held.kind,
        unit=held.unit,
        held_at=began,
        place=place,
        attendees=[*held.body.people, *(cadre.id for cadre in held.others)],
        guests=held.guests,
        guests_note="村民代表" if held.guests else "",
        minutes=MINUTES[held.kind],
        organisations=bound,
        reports=list(held.reports),
        written_at=written,
    )
    arrived = min(written + timedelta(minutes=3), setting.span.end)
    row = drafted(author, uuid(dice), body, arrived, held.village.fences if held.village else [])
    book.add_row(row, author, arrived)
    shared = {"county": row.county, "activity_id": row.id, "day": row.day}
    for position, person in enumerate(body.attendees):
        book.beside(ActivityAttendee, **shared, person_id=person, position=position)
    for position, key in enumerate(body.organisations):
        book.beside(ActivityOrganisation, **shared, organisation_id=key, position=position)
