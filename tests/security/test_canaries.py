"""Field scope: every GET as everybody; what comes back of each field is what canaries.yaml says."""

from pathlib import Path

import yaml

from tests.security.asking import ask
from tests.security.asks import ASKS
from tests.security.table import GROUPS, POST_OF
from tests.security.world import CANARIES, Caller, World

DECLARED: dict[str, list[str]] = yaml.safe_load(
    Path(__file__).with_name("canaries.yaml").read_text(encoding="utf-8")
)
GETS = [about for row, about in ASKS.items() if row.startswith("GET /api/v1/")]
#: the program is the same on both databases: everybody on SQLite, every third on PostgreSQL
SHARE = 3
#: Those who see most, out of their place; and those without one.
WIDEST = {"TL", "TA", "CA", "AU", "nobody", "anonymous"}


def test_the_table_names_fields_and_groups_that_exist() -> None:
    words = {"posted", "sibling", *POST_OF, *GROUPS}
    assert set(DECLARED) <= set(CANARIES)
    assert {word for who in DECLARED.values() for word in who} <= words


async def test_each_field_reaches_whom_it_may(world: World) -> None:
    wrong = []
    asked = [
        caller
        for caller in world.callers  # the matrix asks the others
        if caller.relation == "own" or (caller.relation != "child" and caller.kind in WIDEST)
    ]
    if world.app.state.database.dialect == "postgresql":
        asked = asked[::SHARE]
    for caller in asked:
        seen, may = await _seen(world, caller), _may(caller)
        wrong += [f"{caller} sees {field}" for field in sorted(seen - may)]
        wrong += [f"{caller} does not see {field}" for field in sorted(may - seen)]
    assert wrong == [], "\n".join(wrong)


async def _seen(world: World, caller: Caller) -> set[str]:
    bodies = [
        (await ask(world.app, about(world, world.here), caller.headers)).body for about in GETS
    ]
    told = b"\n".join(bodies).decode(errors="replace")
    return {field for field, word in world.canaries.items() if word in told}


def _may(caller: Caller) -> set[str]:
    if caller.relation == "sibling":
        return {field for field, who in DECLARED.items() if "sibling" in who}
    if caller.relation != "own":
        return set()
    kind = POST_OF.get(caller.kind, caller.kind)
    mine = {"posted", caller.kind, *(name for name, kinds in GROUPS.items() if kind in kinds)}
    return {field for field, who in DECLARED.items() if mine & set(who)}
