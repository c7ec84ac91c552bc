"""``scripts/screens``: each page as a picture, for people to look at."""

import asyncio
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.async_api import Browser, async_playwright

from tests.e2e.conftest import CHROMIUM, FLAGS, HANDSET, ROOT, place_of, zhucun
from tests.e2e.phone import Phone
from tests.e2e.service import Service
from tests.e2e.tour import tour

OUT = ROOT / "var" / "screens"
DESK: dict[str, Any] = {
    "viewport": {"width": 1280, "height": 800}, "is_mobile": False, "has_touch": False,
    "device_scale_factor": 1,
}  # fmt: skip
LOOKS: dict[str, dict[str, Any]] = {
    "phone-light": {"color_scheme": "light"},
    "phone-dark": {"color_scheme": "dark"},
    "desk-light": {"color_scheme": "light", **DESK},
    "desk-dark": {"color_scheme": "dark", **DESK},
}
#: the pictures of README: which page, in which look, under which name
README = {("today", "phone-light"): "today.png", ("township", "desk-light"): "township.png"}
_COLOURS = 128


async def _take(browser: Browser, service: Service, look: str) -> None:
    spot = place_of(service, "first_secretary")
    context = await browser.new_context(**{**HANDSET, "geolocation": spot, **LOOKS[look]})
    phone = await Phone(context, service).watched()
    async for stop in tour(phone, service):
        await stop.page.screenshot(path=OUT / f"{stop.name}-{look}.png")
    await context.close()


def _small(picture: Path, out: Path) -> None:
    """At most 800 px wide and few colours: it is looked at on a page and lies in every clone."""
    with Image.open(picture) as full:
        full.thumbnail((800, 900))
        full.convert("RGB").quantize(_COLOURS).save(out, optimize=True)


async def _all(folder: Path) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for look in LOOKS:
            data = folder / look
            shutil.copytree(folder / "county", data)
            service = Service(data, ROOT / "pwa" / "dist")
            service.start()
            try:
                await _take(browser, service, look)
            finally:
                service.close()
            print(f"{look}: {len(list(OUT.glob(f'*-{look}.png')))} pages")
        await browser.close()


def main() -> None:
    subprocess.run(["scripts/pwa", "build"], cwd=ROOT, check=True)
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        county = Path(folder) / "county"
        zhucun("migrate", ZHUCUN_DATA=str(county))
        zhucun("demo", "--townships", "2", ZHUCUN_DATA=str(county))
        asyncio.run(_all(Path(folder)))
    if "--readme" in sys.argv[1:]:
        images = ROOT / "docs" / "images"
        images.mkdir(exist_ok=True)
        for (name, look), file in README.items():
            _small(OUT / f"{name}-{look}.png", images / file)
    print(f"look at them: {OUT}")


if __name__ == "__main__":
    main()
