"""The demonstration without a database: what everybody's standings come to."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy.orm import configure_mappers
from sqlmodel import SQLModel

import app.tables
from app.auth.anchors import Anchors
from app.checkins.models import CheckIn, Withdrawal
from app.core.crypto import Sealer
from app.core.tables import Logged
from app.demo.book import Book
from app.demo.people import Cadre, Population, settle
from app.demo.records import write_down
from app.demo.sent import Setting
from app.demo.service import LOGINS, divisions_of, list_logins, townships_of
from app.demo.span import Span
from app.diaries.models import Diary
from app.households.models import PlanItem, Portrait, Position
from app.policy import records
from app.policy.engine import evaluate
from app.policy.loader import load_pack
from app.policy.periods import Period, civil_day
from app.policy.records import History
from app.policy.standing import Standing

COUNTY = "360321"
ANCHORS = Anchors("another key that only this test has")
PICTURES = ["ab" * 32, "cd" * 32]
assert app.tables.metadata.tables  # every table is known before the first row is made
configure_mappers()


def a_setting(span: Span, population: Population) -> Setting:
    """What the records share, without a database."""
    return Setting(
        county=COUNTY,
        span=span,
        around={village.code: village for village in population.villages},
        pictures=PICTURES,
        sealer=Sealer("a key that only this test has 0123456789"),
        anchors=ANCHORS,
        hashes={login.username: "$argon2id$" for login in LOGINS},
    )


class Unlogged(Book):
    """A book that keeps rows and spares the leaves."""

    def _keep(
        self, model: type[Logged], values: Mapping[str, Any], actor: UUID | str, at: datetime
    ) -> None:
        self.rows[model].append(values)


class Played:
    """A part of the county, loaded on some day, and its standings under the demonstration's pack."""

    def __init__(self, today: date, *, townships: int = 1, seed: int = 1) -> None:
        self.span = Span(today)
        towns = townships_of(divisions_of(COUNTY))
        self.population: Population = settle(
            towns[:townships], COUNTY, self.span, seed, of=len(towns)
        )
        list_logins(self.population)
        self.book = Unlogged()
        write_down(self.book, self.population, a_setting(self.span, self.population))
        self.withdrawn = {row["check_in_id"] for row in self.rows(Withdrawal)}
        self._histories = self._gathered()

    def rows(self, model: type[SQLModel]) -> list[Mapping[str, Any]]:
        """The values written to a table."""
        return self.book.rows[model]

    def of(self, story: str, *kinds: str) -> list[Cadre]:
        """Everybody with this story (and one of these posts)."""
        return [
            cadre
            for cadre in self.population.cadres()
            if cadre.story.key == story and (not kinds or cadre.kind.value in kinds)
        ]

    def standing(self, cadre: Cadre, rule: str, period: Period) -> Standing | None:
        """The person's standing as of the day of loading."""
        pack = load_pack("p0-village-leader")
        at = self.span.end
        on = self.span.today
        return evaluate(pack, rule, self._histories[cadre.id], period, at, on=on)

    def _gathered(self) -> dict[UUID, History]:
        check_ins: dict[UUID, list[records.CheckIn]] = defaultdict(list)
        for row in self.rows(CheckIn):
            check_ins[row["person_id"]].append(
                records.CheckIn(
                    str(row["id"]),
                    row["kind"],
                    row["village"],
                    str(row["household_id"]) if row["household_id"] else None,
                    row["captured_at"],
                    row["received_at"],
                    row["day"],
                    "withdrawn" if row["id"] in self.withdrawn else "counted",
                )
            )
        diaries: dict[UUID, list[records.Diary]] = defaultdict(list)
        for row in self.rows(Diary):
            diaries[row["author_id"]].append(
                records.Diary(
                    str(row["id"]),
                    row["work_date"],
                    row["written_at"],
                    row["received_at"],
                    str(row["replaces"]) if row["replaces"] else None,
                )
            )
        return {
            cadre.id: History(
                posts=tuple(
                    records.Post(spell.kind.value, spell.unit, spell.since, spell.until)
                    for spell in cadre.spells
                ),
                check_ins=tuple(check_ins[cadre.id]),
                diaries=tuple(diaries[cadre.id]),
                households=tuple(self._households(cadre)),
            )
            for cadre in self.population.cadres()
        }

    def _households(self, cadre: Cadre) -> list[records.Household]:
        plan, portrait, placed = self._done
        return [
            records.Household(
                str(household.id),
                cadre.spells[-1].since,
                plan=plan.get(household.id),
                portrait=_day(portrait.get(household.id)),
                position=_day(placed.get(household.id)),
            )
            for household in cadre.households
        ]

    @cached_property
    def _done(self) -> tuple[dict[UUID, Any], dict[UUID, Any], dict[UUID, Any]]:
        plan = {row["household_id"]: row["created_on"] for row in self.rows(PlanItem)}
        portrait = {row["household_id"]: row["taken_at"] for row in self.rows(Portrait)}
        placed = {row["household_id"]: row["set_at"] for row in self.rows(Position)}
        for row in self.rows(CheckIn):
            if row["household_id"] and row["accuracy_mm"] and row["accuracy_mm"] <= 100_000:
                placed.setdefault(row["household_id"], row["captured_at"])
        return plan, portrait, placed


def _day(moment: datetime | None) -> date | None:
    return civil_day(moment) if moment else None
