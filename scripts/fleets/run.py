"""``./scripts/simulate honest|cheat [SEED]``: a fleet through the product, and what came of it."""

import asyncio
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from app.auth.anchors import Anchors
from scripts.fleets import fleet as fleets
from scripts.fleets import numbers as told
from scripts.fleets import pictures
from scripts.fleets.acts import Event
from scripts.fleets.cheats import KINDS
from scripts.fleets.count import Figures, codes, lost, measure
from scripts.fleets.drive import credits, credits_without_flags, play, set_up
from scripts.fleets.fleet import Fleet
from scripts.fleets.sending import Post


@dataclass
class Played:
    """A run: its fleet, what arrived, its figures, and the credits that flags alone have taken."""

    fleet: Fleet
    events: list[Event]
    figures: Figures
    lost: list[str]


async def run(fleet: Fleet, folder: Path, *, say: bool = False) -> Played:
    """The fleet through an installation of its own."""
    begun = time.perf_counter()

    def step(what: str) -> None:
        if say:
            print(f"  {time.perf_counter() - begun:5.0f} s  {what}", flush=True)

    shots = [shot for look in fleet.looks for shot in look.photos]
    shots += [shot for page in fleet.pages for shot in page.photos]
    rows = pictures.develop_all(shots)
    step(f"{len(rows)} pictures drawn and decoded")
    anchors = Anchors("the secret of a fleet that nobody has to guess")
    events = Post(fleet, anchors, rows).collect()
    step(f"{len(events)} arrivals of {len(fleet.land.people)} people on {fleet.days} days")
    stage = await set_up(fleet, folder, anchors)
    try:
        await play(stage, fleet, events, rows)
        step("all taken in and checked")
        aims = {k: v["aims"] for k, v in fleet.numbers["cheat"].items() if isinstance(v, dict)}
        figures = await measure(stage.base, events, aims)
        before = await credits(stage, fleet)
        taken = lost(before, await credits_without_flags(stage, fleet))
        figures.lost = len(taken)
        step("counted")
    finally:
        await stage.base.dispose()
    return Played(fleet, events, figures, taken)


def table(kind: str, seed: int, played: Played) -> str:
    """The figures as a table in Markdown."""
    figures, records = played.figures, played.figures.records
    lines = [
        f"`./scripts/simulate {kind} {seed}`: {len(played.fleet.land.people)} people, "
        f"{played.fleet.days} days, {records:,} check-ins and diaries.",
        "",
        "| flag | records | share |",
        "|---|---:|---:|",
    ]
    for code in codes():
        number = figures.flagged[code]
        lines.append(f"| {code} | {number:,} | {number / records:.2%} |")
    for name, number in (
        ("any flag", figures.any),
        ("any medium or high", figures.weighty),
        ("any high", figures.high),
    ):
        lines.append(f"| **{name}** | {number:,} | {number / records:.2%} |")
    states = ", ".join(f"{state} {many:,}" for state, many in sorted(figures.states.items()))
    lines += [
        "",
        f"Credits lost by flags alone: {figures.lost}. Time of honest check-ins: {states}; "
        f"filed under another day than the true one: {figures.days_moved:,}.",
    ]
    if figures.cheats:
        lines += [
            "",
            "| cheat | days | aimed flag | any medium or high | any flag | foiled | unseen |",
        ]
        lines.append("|---|---:|---:|---:|---:|---:|---:|")
        for name in KINDS:
            if (found := figures.cheats.get(name)) is not None:
                shares = (found.aimed, found.weighty, found.any, found.foiled, found.neither)
                cells = " | ".join(f"{found.share(number):.1%}" for number in shares)
                lines.append(f"| {name} | {found.days} | {cells} |")
    return "\n".join(lines)


def main() -> None:
    """``honest`` or ``cheat``, and a seed."""
    kind = sys.argv[1]
    numbers = told.load()
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else numbers["seeds"][kind]
    if kind == "honest":
        size = numbers["honest"]
        fleet = fleets.honest(numbers, seed, size["cadres"], size["days"])
    else:
        size = numbers["cheat"]
        fleet = fleets.cheating(numbers, seed, size["each"], size["honest_beside"], size["days"])
    with tempfile.TemporaryDirectory(prefix="zhucun-fleet-") as folder:
        played = asyncio.run(run(fleet, Path(folder), say=True))
    print(f"\n{table(kind, seed, played)}")
    for line in played.lost[:20]:
        print(f"  lost: {line}")


if __name__ == "__main__":
    main()
