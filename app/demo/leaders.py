"""Those whom the other documents bind, in the townships that adopt them: leaders and technicians."""

from collections.abc import Iterable, Iterator
from datetime import date
from random import Random

from app.demo import words
from app.demo.people import OFFICES, Cadre, Population, Spell, uuid
from app.demo.span import Span
from app.postings.models import Post

#: by pack: who is posted over how many villages each; 0 = over the township
BOUND: dict[str, tuple[tuple[Post, int], ...]] = {
    "p1-46-measures": ((Post.LL, 3), (Post.CS, 0)),
    "p4-stationing": ((Post.CL, 4), (Post.AT, 4), (Post.AG, 0)),
}


def joined(adopted: Iterable[tuple[str, str]], population: Population, span: Span) -> None:
    """Post leaders and technicians to the townships of these adoptions (pack, unit)."""
    for pack, town in adopted:
        villages = [v.code for v in population.villages if v.code.startswith(town)]
        for kind, each in BOUND.get(pack, ()):
            dice = Random(f"{pack}:{kind}:{villages[0]}")  # noqa: S311  invented people
            places = [[town]] if each == 0 else _parts(villages, each)
            population.others += [_posted(kind, units, span.opened, dice) for units in places]


def _parts(villages: list[str], each: int) -> Iterator[list[str]]:
    for start in range(0, len(villages), each):
        yield villages[start : start + each]


def _posted(kind: Post, units: list[str], since: date, dice: Random) -> Cadre:
    own = Random(dice.getrandbits(64))  # noqa: S311
    spells = [Spell(uuid(own), unit, kind, since) for unit in units]
    return Cadre(uuid(own), words.person(own), kind, units[0], OFFICES, own, spells)
