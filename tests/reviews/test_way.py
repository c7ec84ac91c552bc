"""Flags on their way, by a state machine: many users, any order, against a model written apart.

After every step: who could do what they did, one decision, none on one's own or one's people's
records, credited days as the model counts them, and a log that verifies. ``WAY_RUNS`` × ``WAY_STEPS``
on each database; ``./scripts/simulate reviews`` makes many.
"""

import asyncio
import os
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import HealthCheck, assume, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlmodel import select

from app import examining
from app.auth.models import User
from app.core.clock import now, today
from app.core.db import Database
from app.core.errors import Problem
from app.core.ids import new_id
from app.core.settings import Settings
from app.core.storage import store_of
from app.ledger import service as ledger
from app.ledger.auditing import Question
from app.policy.periods import containing
from app.postings.models import Post
from app.postings.scope import Caller, Held
from app.quotas import service as quotas
from app.quotas.standings import Asked
from app.retention.erasing import Order, erase_person
from app.reviews import service
from app.reviews.finding import About, Finding
from app.reviews.models import Flag, FlagDecision
from app.reviews.schemas import AnswerIn, AppealIn, Decision, DecisionIn
from tests.factories import VILLAGE, make_posting, make_user
from tests.quotas.rows import in_force, tap

RUNS, STEPS = int(os.environ.get("WAY_RUNS", "2")), int(os.environ.get("WAY_STEPS", "20"))
SEED = int(os.environ.get("WAY_SEED", "20261122"))
COUNTY, TOWNSHIP, TERM = VILLAGE[:6], VILLAGE[:9], timedelta(days=14)
QUARTER = containing("quarter", containing("quarter", today()).first - timedelta(days=1))
CODES = {"outside-fence": "high", "zero-jitter": "low"}
#: who they are: two authors, one of them a reviewer, too; three reviewers; a leader of the authors
#: who is a reviewer, too; a reviewer whose post has ended; the auditor
PEOPLE = {
    "author": [("FS", VILLAGE)],
    "reviewing author": [("TM", VILLAGE), ("RV", COUNTY)],
    "first": [("RV", COUNTY)],
    "second": [("RV", COUNTY)],
    "third": [("RV", TOWNSHIP)],
    "leader": [("TA", TOWNSHIP), ("RV", COUNTY)],
    "former": [("RV", COUNTY)],
    "auditor": [("AU", COUNTY)],
}
AUTHORS = ("author", "reviewing author")
REVIEWERS = {"reviewing author", "first", "second", "third"}
T = TypeVar("T")


@dataclass
class Told:
    """What the model knows of a flag."""

    key: UUID
    author: str
    record: UUID
    raised: datetime
    state: str = "open"
    answered: bool = False
    voices: list[tuple[str, str]] = field(default_factory=list)  # who, in which state
    decided: datetime | None = None


class Way(RuleBasedStateMachine):
    """One run; the database is shared by all of them, the people are new."""

    url, folder = "", Path()

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.base = Database(self.url)
        self.at = now()
        self.flags: list[Told] = []
        self.records: dict[UUID, tuple[str, date]] = {}
        self.gone: set[str] = set()
        self.who: dict[str, Caller] = {}
        self._do(self._arrive())

    def teardown(self) -> None:
        self._do(self.base.dispose())
        self.runner.close()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    async def _arrive(self) -> None:
        for name, posts in PEOPLE.items():
            user = await make_user(self.base, name)
            until = today() - timedelta(days=1) if name == "former" else None
            held = []
            for kind, unit in posts:
                row = await make_posting(self.base, user, unit, kind, until=until)
                held.append(Held(row.id, unit, Post(kind), row.since, until, COUNTY))
            self.who[name] = Caller(user.id, name, new_id(), today(), tuple(held))

    def _flag(self, pick: int) -> Told:
        assume(self.flags)
        return self.flags[pick % len(self.flags)]

    @rule(author=st.sampled_from(AUTHORS), day=st.integers(0, 3))
    def check_in(self, author: str, day: int) -> None:
        assume(author not in self.gone)
        self._do(self._check_in(author, QUARTER.first + timedelta(days=day)))

    async def _check_in(self, author: str, day: date) -> None:
        user = await self._user(author)
        moment = datetime.fromisoformat(f"{day}T09:00:00+08:00")
        row = tap(user, moment, VILLAGE)
        async with self.base.writing() as session:
            session.add(row)
            await ledger.append(session, row, "create", user.id, moment)
        self.records[row.id] = (author, day)

    async def _user(self, name: str) -> User:
        async with self.base.reading() as session:
            return (await session.exec(select(User).where(User.id == self.who[name].id))).one()

    @rule(pick=st.integers(0, 9), code=st.sampled_from(sorted(CODES)))
    def flag(self, pick: int, code: str) -> None:
        assume(self.records)
        record = sorted(self.records)[pick % len(self.records)]
        author, day = self.records[record]
        about = About("check_in", record, COUNTY, self.who[author].id, day, VILLAGE)
        finding = Finding(code, CODES[code])  # type: ignore[arg-type]
        raised = self._do(self._raise(about, finding))
        known = any(f.record == record and f.key == each.id for f in self.flags for each in raised)
        assert not known, "raised twice"
        self.flags += [Told(each.id, author, record, self.at) for each in raised]

    async def _raise(self, about: About, finding: Finding) -> list[Flag]:
        async with self.base.writing() as session:
            return await service.raise_flags(session, about, [finding], self.at)

    @rule(days=st.sampled_from([1, 15]))
    def wait(self, days: int) -> None:
        self.at += timedelta(days=days)

    @rule(who=st.sampled_from(AUTHORS), pick=st.integers(0, 9), objects=st.booleans())
    def speak(self, who: str, pick: int, objects: bool) -> None:
        assume(who not in self.gone)
        told = self._flag(pick)
        text = f"{self.at} 的话"
        body = AppealIn(text=text) if objects else AnswerIn(text=text)
        expected = self._may_speak(who, told, objects=objects)
        assert (
            self._tried(getattr(service, "appeal" if objects else "answer"), who, told, body)
            == expected
        )
        if not expected and objects:
            told.state, told.decided = "appealed", None
        told.answered |= not expected and not objects

    def _may_speak(self, who: str, told: Told, *, objects: bool) -> str:
        """The code of the refusal, from the design; empty where none is due."""
        if told.author in self.gone:
            return "not-found"
        if told.author != who:  # the other author sees it only as a reviewer
            return "forbidden" if who in REVIEWERS else "not-found"
        if objects:
            if told.state != "not_counted":
                return "flag-move-illegal"
            return "flag-too-late" if self.at > (told.decided or self.at) + TERM else ""
        if told.state not in ("open", "second_needed"):
            return "flag-move-illegal"
        return "flag-too-late" if self.at > told.raised + TERM else ""

    @rule(
        who=st.sampled_from(sorted(set(PEOPLE) - {"author"})),
        pick=st.integers(0, 9),
        says=st.sampled_from(["counts", "counts_with_note", "does_not_count", "does_not_count"]),
    )
    def decide(self, who: str, pick: int, says: Decision) -> None:
        assume(who not in self.gone)
        told = self._flag(pick)
        expected = self._may_decide(who, told, says)
        body = DecisionIn(decision=says, reason=f"{self.at}{len(told.voices)}")
        assert self._tried(service.decide, who, told, body) == expected
        if expected:
            return
        told.voices.append((who, told.state))
        if says != "does_not_count":
            told.state = "kept" if says == "counts" else "kept_with_note"
        else:
            told.state = {
                "open": "second_needed", "second_needed": "not_counted", "appealed": "upheld",
            }[told.state]  # fmt: skip
        told.decided = self.at if told.state != "second_needed" else None

    def _may_decide(self, who: str, told: Told, says: str) -> str:
        if told.author in self.gone or who == "former":
            return "not-found"
        if who == told.author:
            return "own-record"
        if who == "auditor":
            return "forbidden"
        if who == "leader":
            return "own-line"
        if told.state not in ("open", "second_needed", "appealed"):
            return "flag-decided"
        if any(voice == who for voice, _ in told.voices):
            return "same-reviewer"
        last = told.state == "second_needed" and says == "does_not_count"
        waits = last and not told.answered and self.at <= told.raised + TERM
        return "answer-still-open" if waits else ""

    def _tried(self, deed: Any, who: str, told: Told, body: Any) -> str:
        async def work() -> None:
            async with self.base.writing() as session:
                await deed(session, self.who[who], told.key, body, self.at)

        try:
            self._do(work())
        except Problem as problem:
            return problem.code
        return ""

    @rule(who=st.sampled_from(AUTHORS), sure=st.integers(0, 4))
    def erase(self, who: str, sure: int) -> None:
        assume(who not in self.gone and sure == 0 and self.flags)
        order = Order("本人申请", "县委组织部", now())
        store = store_of(Settings(data=self.folder))
        self._do(erase_person(self.base, store, self.who[who].id, order))
        self.gone.add(who)
        self.records = {key: told for key, told in self.records.items() if told[0] != who}

    @invariant()
    def flags_stand_as_the_model_says(self) -> None:
        rows = self._do(self._all(Flag))
        stood = {row.id: row.state for row in rows}
        for told in self.flags:
            expected = None if told.author in self.gone else told.state
            assert stood.get(told.key) == expected

    @invariant()
    def nobody_decided_alone_or_on_their_own(self) -> None:
        of = {told.key: told for told in self.flags}
        by = {caller.id: name for name, caller in self.who.items()}
        voices: dict[UUID, list[str]] = {}
        for row in self._do(self._all(FlagDecision)):
            if row.flag_id in of and of[row.flag_id].author not in self.gone:
                name = by[row.decided_by]
                assert name in REVIEWERS - {of[row.flag_id].author}
                voices.setdefault(row.flag_id, []).append(name)
        for key, names in voices.items():
            assert sorted(names) == sorted(who for who, _ in of[key].voices)
            assert len(set(names)) == len(names)
            if of[key].state == "not_counted":
                assert len(names) == 2
            if of[key].state == "upheld":
                assert len(names) == 3

    @invariant()
    def credited_days_are_the_models(self) -> None:
        against = {t.record for t in self.flags if t.state in ("not_counted", "upheld")}
        for author in set(AUTHORS) - self.gone:
            mine = {key: day for key, (who, day) in self.records.items() if who == author}
            have = self._do(self._days(author))
            assert have == len({day for key, day in mine.items() if key not in against})
            assert have <= len(set(mine.values()))

    async def _days(self, author: str) -> int:
        asked = Asked(QUARTER.last, now(), (QUARTER,))
        async with self.base.reading() as session:
            person = self.who[author].id
            bound = await quotas.bound_of(session, person, asked)
            bound = [each for each in bound if each.rule.metric == "stay_days"]
            found = await quotas.standings_of(session, person, bound, asked)
        return found[0].have

    @invariant()
    def the_log_verifies(self) -> None:
        assert self._do(self._faults()) == []

    async def _faults(self) -> list[Any]:
        async with self.base.reading() as session:
            question = Question(keys=lambda _log: ())
            return [fault async for fault in examining.examine(session, question, None)]

    async def _all(self, table: Any) -> list[Any]:
        async with self.base.reading() as session:
            return list((await session.exec(select(table))).all())


def test_flags_go_their_way_whoever_does_what(database_url: str, tmp_path: Path) -> None:
    Way.url, Way.folder = database_url, tmp_path
    asyncio.run(_adopted(database_url))
    told = settings(
        max_examples=RUNS,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(SEED)(Way), settings=told)


async def _adopted(url: str) -> None:
    base = Database(url)
    user = await make_user(base)
    await make_posting(base, user)
    await in_force(base)
    await base.dispose()
