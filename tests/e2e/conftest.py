"""Fixtures: the app as built, a slice of the demonstration, a service on a copy of it, watched phones."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Geolocation, Playwright, async_playwright

from tests.e2e.phone import Phone
from tests.e2e.service import Service

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
#: an ordinary phone in the county
HANDSET: dict[str, Any] = {
    "locale": "zh-CN",
    "timezone_id": "Asia/Shanghai",
    "viewport": {"width": 360, "height": 740},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
    "permissions": ["geolocation"],
    "accept_downloads": True,
}
Hand = Callable[..., Awaitable[Phone]]


def run(*command: str, **env: str) -> None:
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"


def zhucun(*command: str, **env: str) -> None:
    run(str(Path(sys.executable).with_name("zhucun")), *command, **env)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The phone app as it ships; a copy, so that a build made meanwhile does not mix in."""
    # somebody's own build, where several work in one tree
    if own := os.environ.get("ZHUCUN_TEST_PAGES"):
        return Path(own)
    run("scripts/pwa", "build")
    copy = tmp_path_factory.mktemp("pages") / "dist"
    shutil.copytree(ROOT / "pwa" / "dist", copy)
    return copy


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of two townships."""
    data = tmp_path_factory.mktemp("county") / "var"
    zhucun("migrate", ZHUCUN_DATA=str(data))
    zhucun("demo", "--townships", "2", ZHUCUN_DATA=str(data))
    return data


@pytest.fixture
def service(county: Path, built: Path, tmp_path: Path) -> Iterator[Service]:
    """The service on a copy of the two townships."""
    shutil.copytree(county, tmp_path / "var")
    running = Service(tmp_path / "var", built)
    running.start()
    yield running
    running.close()


@pytest.fixture(scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as running:
        yield running


@pytest.fixture(scope="session")
async def chromium(playwright: Playwright) -> AsyncIterator[Browser]:
    """Debian's Chromium; playwright's own is not downloaded."""
    browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield browser
    await browser.close()


@pytest.fixture
def spot(service: Service) -> Geolocation:
    """A place inside the first village of the demonstration's people who can sign in."""
    return place_of(service, "first_secretary")


def place_of(service: Service, username: str, *, accuracy: float = 12) -> Geolocation:
    """The middle of the village where this person has a post."""
    fence = service.rows(
        "SELECT f.lat_e7, f.lon_e7 FROM fences f JOIN postings p ON f.unit = p.unit"
        " JOIN users u ON u.id = p.person_id WHERE u.username = ? AND f.lat_e7 IS NOT NULL",
        username,
    )[0]
    return {
        "latitude": fence["lat_e7"] / 1e7,
        "longitude": fence["lon_e7"] / 1e7,
        "accuracy": accuracy,
    }


@pytest.fixture
async def hand(chromium: Browser, service: Service, spot: Geolocation) -> AsyncIterator[Hand]:
    """Hands out phones; at the end each of them must have been quiet."""
    phones: list[Phone] = []

    async def give(**over: Any) -> Phone:
        context = await chromium.new_context(**{**HANDSET, "geolocation": spot, **over})
        phones.append(await Phone(context, service).watched())
        return phones[-1]

    yield give
    for phone in phones:
        await phone.context.close()
    for phone in phones:
        phone.assert_quiet()
