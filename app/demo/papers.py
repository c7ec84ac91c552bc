"""Papers handed in: entries, reports, ledgers, plans and summaries, some late, returned, missing.

Each village and unit is diligent, forgetful, late or careless by its number, so that every board
has some of each; the listed village has one of each to look at.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from app.demo.book import Book
from app.demo.people import Cadre, Population, Village, uuid
from app.demo.sent import Setting
from app.demo.span import ONE, Span, at
from app.ledger.canonical import digest
from app.org.divisions import county_of
from app.org.models import Organisation, OrganisationPerson, OrganisationVillage
from app.policy.periods import Period, containing
from app.postings.models import Post
from app.submissions.models import Decision, Figure, Submission
from app.submissions.schemas import SubmissionIn
from app.submissions.service import told_by
from app.submissions.states import State, Step

PACK = "p4-stationing"
DILIGENT, FORGETFUL, LATE, CARELESS = range(4)
TEXTS = {
    "weekly_entry": "工作组成员本周入户走访,核对政策落实情况,协助收晒秋粮和清理水渠。",
    "month_report": "上月:入户走访全覆盖,油茶除草 40 亩。本月:办养殖培训一次,核对参保名单。",
    "month_ledger": "联系领导到村调研,走访贫困户,协调水渠维修;事项逐条登记在案。",
    "month_ledger_forwarded": "各村月台账已汇总核对,现予上报。",
    "quarter_summary": "本季度到村帮扶、入户走访、项目推进和资金落实情况,附下季度打算。",
    "team_month_plan": "本月计划:逐户走访,推进产业奖补申报,组织一次夜校。",
    "information_feedback": "村里油茶丰收,合作社按户分红,群众反映良好。",
    "annual_plan": "年度帮扶目标、项目、资金和责任人清单。",
    "public_promise": "向村民公开承诺:修通入组路 1.2 公里,帮助销售农产品。",
    "target_letter": "与乡镇签订年度目标责任书,列明驻村、走访、产业、党建目标。",
    "research_article": "关于山区油茶产业带动小农户增收的调研与建议。",
}
REMARK = "缺少本月计划,请补充后重新报送。"
FIGURES = {"persons_trained": 46, "varieties": 1, "techniques": 1, "demo_households": 3}


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper: what, whose, by whom, when; ``accepted``/``returned`` by whom, if anybody."""

    kind: str
    period: Period
    whose: dict[str, Any]
    seat: str
    author: UUID
    written: datetime
    accepted: UUID | None = None
    returned: UUID | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class _Body:
    """An organisation of the demonstration with those who act for it."""

    id: UUID
    kind: str
    unit: str
    villages: list[str]
    people: list[tuple[UUID, date, date | None]]

    def author(self, day: date) -> UUID | None:
        """Somebody who acts for it that day."""
        return next(
            (who for who, a, b in self.people if a <= day and (b is None or day <= b)), None
        )


def hand_in(
    book: Book, adopted: Iterable[tuple[str, str]], population: Population, setting: Setting
) -> None:
    """Write down the papers of the townships under this pack, and some of the listed village."""
    bodies = _bodies(book)
    for pack, town in adopted:
        dice = Random(f"papers:{town}")  # noqa: S311  invented, no secrets
        if pack == PACK:
            papers = _of_town(town, bodies, population, setting.span)
        elif town == setting.county:
            papers = _of_listed(population, setting.span)
        else:
            continue
        for paper in papers:
            if paper.written <= setting.span.end:
                _write(book, paper, dice, setting)
        if pack == PACK:
            _figures(book, town, population, dice, setting)


def _of_town(town: str, bodies: list[_Body], population: Population, span: Span) -> Iterator[Paper]:
    clerk = _first(population, Post.TA, town)
    villages = [v for v in population.villages if v.code.startswith(town)]
    for number, village in enumerate(villages):
        yield from _village(village, number % 4, clerk, span)
    for back, month in enumerate(reversed(span.whole_months)):
        if back and clerk:  # the newest is still being put together; the one before went late
            sent = at(month.last + timedelta(days=8 if back == 1 else 4), 16)
            own = {"unit": town}
            yield Paper("month_ledger_forwarded", month, own, town, clerk, sent)
    served = {village.code for village in villages}
    teams = [b for b in bodies if b.kind == "team" and b.unit in served]
    for number, team in enumerate(teams):
        yield from _team(team, number % 4, _first(population, Post.RV, town[:6]), span)
    units = [b for b in bodies if b.kind == "helper_unit" and served & set(b.villages)]
    for number, unit in enumerate(units):
        yield from _unit(unit, number % 4, span)


def _village(village: Village, manner: int, clerk: UUID | None, span: Span) -> Iterator[Paper]:
    unit = {"unit": village.code}

    def paper(kind: str, period: Period, day: date, hour: int = 17, **more: Any) -> Iterator[Paper]:
        author = _acting(village, day)
        if author is not None:
            yield Paper(kind, period, unit, village.code, author, at(day, hour, 20), **more)

    for turn, week in enumerate(_weeks(span)):
        if manner == FORGETFUL and turn % 3 == 2:
            continue
        yield from paper("weekly_entry", week, week.last + ONE * (2 if manner == LATE else -2))
    for back, month in enumerate(reversed(span.whole_months)):
        if manner == FORGETFUL and back == 0:
            continue
        due = month.last + timedelta(days=13 if manner == LATE else 5)
        returned = clerk if manner == CARELESS and back < 2 else None
        accepted = clerk if manner == DILIGENT and back else None
        told: dict[str, Any] = {"accepted": accepted, "returned": returned, "again": back == 1}
        yield from paper("month_report", month, due, **told)
        filed = month.last + ONE * (3 if manner == LATE else 0)
        yield from paper("month_ledger", month, filed, 18, accepted=accepted)
    if manner != FORGETFUL:
        author = _acting(village, span.opened + timedelta(days=3))
        secretary = village.stationed[0]
        if author == secretary.id and secretary.kind is Post.FS:
            year = containing("year", span.opened)
            when, own = at(span.opened + timedelta(days=3), 10), {"person": author}
            yield Paper("target_letter", year, own, village.code, author, when)


def _team(team: _Body, manner: int, reviewer: UUID | None, span: Span) -> Iterator[Paper]:
    own = {"organisation": team.id}

    def paper(kind: str, period: Period, day: date, **more: Any) -> Iterator[Paper]:
        author = team.author(day)
        if author is not None:
            yield Paper(kind, period, own, team.unit, author, at(day, 11, 5), **more)

    for month in span.months:
        late = manner == LATE and month.last <= span.yesterday
        if manner != FORGETFUL:
            yield from paper(
                "team_month_plan", month, month.first + timedelta(days=11 if late else 4)
            )
        yield from paper("information_feedback", month, month.last + ONE * (4 if late else -6))
    quarter = span.before
    if manner != FORGETFUL:
        day = quarter.last.replace(day=26 if manner == LATE else 18)
        yield from paper("quarter_summary", quarter, day)
    if manner in (DILIGENT, CARELESS):
        day, year = span.now.first + timedelta(days=9), containing("year", span.now.first)
        accepted = reviewer if manner == DILIGENT else None
        yield from paper("research_article", year, day, accepted=accepted)


def _unit(unit: _Body, manner: int, span: Span) -> Iterator[Paper]:
    own, seat = {"organisation": unit.id}, unit.unit
    opened, year = span.opened + timedelta(days=6), containing("year", span.opened)
    author = unit.author(opened)
    if author is None or manner == FORGETFUL:
        return
    yield Paper("annual_plan", year, own, seat, author, at(opened, 10, 30))
    yield Paper("public_promise", year, own, seat, author, at(opened, 10, 50))
    day = span.before.last.replace(day=25 if manner == LATE else 19)
    writer = unit.author(day)
    if writer is not None:
        yield Paper("quarter_summary", span.before, own, seat, writer, at(day, 15, 40))


def _of_listed(population: Population, span: Span) -> Iterator[Paper]:
    """In the village of the listed logins: an accepted report, a returned one, one that waits."""
    for village in population.villages:
        if any(cadre.username for cadre in village.stationed):
            clerk = _first(population, Post.TA, village.code[:9])
            fates: tuple[dict[str, Any], ...] = ({"returned": clerk}, {"accepted": clerk}, {})
            for fate, month in zip(fates, reversed(span.whole_months), strict=False):
                day = month.last + timedelta(days=4)
                author = _acting(village, day)
                if author is not None:
                    unit, sent = {"unit": village.code}, at(day, 17, 20)
                    yield Paper("month_report", month, unit, village.code, author, sent, **fate)
            week = containing("week", span.yesterday - timedelta(days=7))
            author = _acting(village, week.last)
            if author is not None:
                sent = at(min(week.last, span.yesterday), 17)
                yield Paper(
                    "weekly_entry", week, {"unit": village.code}, village.code, author, sent
                )


def _write(book: Book, paper: Paper, dice: Random, setting: Setting) -> None:
    first = _version(book, paper, dice, setting, paper.written, None)
    if paper.returned and paper.again and first is not None:
        _version(book, paper, dice, setting, paper.written + timedelta(days=2), first)


def _version(
    book: Book,
    paper: Paper,
    dice: Random,
    setting: Setting,
    written: datetime,
    replaces: UUID | None,
) -> UUID | None:
    """One version, decided on where the paper says so; its id. None after the last evening."""
    received = written + timedelta(minutes=dice.randrange(1, 40))
    if received > setting.span.end:
        return None
    key = uuid(dice)
    body = SubmissionIn(
        kind=paper.kind,
        for_period=paper.period.key,
        title=f"{paper.period.key} {TEXTS[paper.kind][:12]}",
        text=TEXTS[paper.kind] + ("(已补充)" if replaces else ""),
        written_at=written,
        replaces=replaces,
        **paper.whose,
    )
    said = {
        **told_by(body),
        "id": key,
        "county": county_of(paper.seat),
        "author_id": paper.author,
        "unit": body.unit,
        "organisation_id": body.organisation,
        "person_id": body.person,
        "seat": paper.seat,
        "received_at": received,
        "root": replaces,
    }
    step = _step(paper, replaces)
    when = received + timedelta(days=1, hours=2)
    by = paper.accepted or paper.returned
    if step is None or by is None or when > setting.span.end:
        book.add(Submission, paper.author, received, **said)
        return key
    state = State.accepted if step is Step.accept else State.returned
    changes = {"state": state.value, "decided_at": when}
    book.add_then(Submission, (paper.author, received), (by, when, changes), **said)
    book.add(
        Decision,
        by,
        when,
        id=uuid(dice),
        county=said["county"],
        submission_id=key,
        step=step.value,
        remark=REMARK if step is Step.send_back else "",
        by_id=by,
        decided_at=when,
    )
    return key


def _step(paper: Paper, replaces: UUID | None) -> Step | None:
    if paper.accepted:
        return Step.accept
    return Step.send_back if paper.returned and replaces is None else None


def _figures(book: Book, town: str, population: Population, dice: Random, setting: Setting) -> None:
    """What the technicians of the township reported, one figure a fortnight."""
    for cadre in population.others:
        if cadre.kind is not Post.AG or not cadre.village.startswith(town):
            continue
        for turn, (name, amount) in enumerate(FIGURES.items()):
            day = setting.span.before.first + timedelta(days=14 * turn + 3)
            if day > setting.span.yesterday:
                continue
            about = {"name": name, "day": day, "amount": amount, "note": "示范数据"}
            book.add(
                Figure,
                cadre.id,
                at(day, 16, 10),
                id=uuid(dice),
                county=county_of(town),
                author_id=cadre.id,
                person_id=cadre.id,
                seat=cadre.village,
                received_at=at(day, 16, 10),
                digest=digest({**about, "person": cadre.id}),
                files=[],
                **about,
            )


def _weeks(span: Span) -> Iterator[Period]:
    week = containing("week", span.before.first)
    while week.last <= span.yesterday:
        yield week
        week = containing("week", week.last + ONE)


def _acting(village: Village, day: date) -> UUID | None:
    """Who acts for the village that day: its first secretary or the team's leader."""
    for cadre in village.stationed:
        for spell in cadre.spells:
            acts = spell.kind in (Post.FS, Post.TL) and spell.unit == village.code
            if acts and spell.since <= day and (spell.until is None or day <= spell.until):
                return cadre.id
    return None


def _first(population: Population, kind: Post, unit: str) -> UUID | None:
    found: Iterator[Cadre] = (c for c in population.others if c.kind is kind and c.village == unit)
    return next((cadre.id for cadre in found), None)


def _bodies(book: Book) -> list[_Body]:
    """The organisations as they are written down already."""
    villages: dict[UUID, list[str]] = {}
    people: dict[UUID, list[tuple[UUID, date, date | None]]] = {}
    for row in book.rows[OrganisationVillage]:
        villages.setdefault(row["organisation_id"], []).append(row["village"])
    for row in book.rows[OrganisationPerson]:
        span = (row["person_id"], row["since"], row["until"])
        people.setdefault(row["organisation_id"], []).append(span)
    return [
        _Body(
            row["id"],
            row["kind"],
            row["unit"],
            villages.get(row["id"], []),
            people.get(row["id"], []),
        )
        for row in book.rows[Organisation]
    ]
