"""``./scripts/simulate honest|cheat [SEED]``: a fleet through the product, and what came of it."""

import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import uvloop

from app.auth.anchors import Anchors
from scripts.fleets import fleet as fleets
from scripts.fleets import numbers as told
from scripts.fleets import pictures
from scripts.fleets.cheats import KINDS
from scripts.fleets.count import Figures, codes, lost, measure
from scripts.fleets.drive import credits, credits_without_flags, play, set_up
from scripts.fleets.fleet import Fleet
from scripts.fleets.sending import Post

#: a fleet is played in so many installations at a time, of as many processes
PARTS = 2


@dataclass
class Played:
    """A run: its figures, and the credits that flags alone have taken."""

    people: int
    days: int
    figures: Figures
    lost: list[str]


def fleet_of(kind: str, seed: int) -> Fleet:
    """The whole fleet of this kind, in the size that the parameters name."""
    numbers = told.load()
    if kind == "honest":
        size = numbers["honest"]
        return fleets.honest(numbers, seed, size["cadres"], size["days"])
    size = numbers["cheat"]
    return fleets.cheating(numbers, seed, size["each"], size["honest_beside"], size["days"])


async def run(fleet: Fleet, folder: Path, *, say: bool = False) -> Played:
    """The fleet through an installation of its own."""
    begun = time.perf_counter()

    def step(what: str) -> None:
        if say:
            print(f"  {time.perf_counter() - begun:5.0f} s  {what}", flush=True)

    anchors = Anchors("the secret of a fleet that nobody has to guess")
    post = Post(fleet, anchors)
    rows = pictures.develop_all(post.shots())
    step(f"{len(rows):,} pictures drawn and hashed")
    events = post.collect(rows)
    step(f"{len(events):,} arrivals in {fleet.days} days")
    stage = await set_up(fleet, folder, anchors)
    try:
        await play(stage, fleet, events, rows)
        step("all taken in and checked")
        aims = {k: v["aims"] for k, v in fleet.numbers["cheat"].items() if isinstance(v, dict)}
        figures = await measure(stage.base, fleet, events, aims)
        before = await credits(stage, fleet)
        taken = lost(before, await credits_without_flags(stage, fleet))
        figures.lost = len(taken)
        step("counted")
    finally:
        await stage.base.dispose()
    people = {look.person for look in fleet.looks}
    return Played(len(people), fleet.days, figures, taken)


def part(kind: str, seed: int, number: int, of: int) -> Played:
    """Every ``of``-th team of a fleet, in an installation of its own: one process each."""
    fleet = fleet_of(kind, seed).part(number, of)
    with tempfile.TemporaryDirectory(prefix="zhucun-fleet-") as folder:
        return uvloop.run(run(fleet, Path(folder), say=number == 0))


def whole(kind: str, seed: int, of: int) -> Played:
    """A fleet in ``of`` installations side by side, counted together."""
    with ProcessPoolExecutor(of) as pool:
        parts = [pool.submit(part, kind, seed, number, of) for number in range(of)]
        first, *others = [one.result() for one in parts]
    for other in others:
        first.figures.add(other.figures)
        first.people += other.people
        first.lost += other.lost
    return first


def table(kind: str, seed: int, played: Played) -> str:
    """The figures as a table in Markdown."""
    figures, records = played.figures, played.figures.records
    lines = [
        f"`./scripts/simulate {kind} {seed}`: {played.people} people, {played.days} days, "
        f"{records:,} check-ins and diaries.",
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
    lines.append(
        f"| counted only, shown to nobody | {figures.silent:,} | {figures.silent / records:.2%} |"
    )
    states = ", ".join(f"{state} {many:,}" for state, many in sorted(figures.states.items()))
    lines += [
        "",
        f"Credits lost by flags alone: {figures.lost}. Time of honest check-ins: {states}; "
        f"filed under another day than the true one: {figures.days_moved:,}.",
    ]
    if figures.causes:
        causes = ", ".join(f"{why}: {many}" for why, many in figures.causes.most_common())
        lines += ["", f"Outside of the village, by what is true: {causes}."]
    if figures.cheats:
        lines += [
            "",
            "| cheat | days | aimed flag on the day | or in its evidence | any medium or high "
            "| gained nothing | found, or gained nothing |",
            "|---|---:|---:|---:|---:|---:|---:|",
        ]
        for name in KINDS:
            if (found := figures.cheats.get(name)) is not None:
                shares = (found.own, found.aimed, found.weighty, found.foiled, found.caught)
                cells = " | ".join(f"{found.share(number):.1%}" for number in shares)
                lines.append(f"| {name} | {found.days} | {cells} |")
    return "\n".join(lines)


def main() -> None:
    """``honest`` or ``cheat``, and a seed."""
    kind = sys.argv[1]
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else told.load()["seeds"][kind]
    played = whole(kind, seed, PARTS)
    print(f"\n{table(kind, seed, played)}")
    for line in played.lost[:20]:
        print(f"  lost: {line}")
    for code, samples in sorted(played.figures.samples.items()):
        print(f"\n{code}, e.g.:")
        for sample in samples[:: max(1, len(samples) // 4)][:4]:
            print(f"  {sample}")


if __name__ == "__main__":
    main()
