"""Every page: for those who see, hear or tap differently; and what a tour through all leaves behind."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python  # type: ignore[import-untyped]  # comes without types
from playwright.async_api import Page, expect

from tests.e2e.conftest import Hand
from tests.e2e.phone import dump, governed, password
from tests.e2e.service import Service
from tests.e2e.tour import settled, tour, visit

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: what another look of the same page can break
_COLOURS = ["color-contrast", "link-in-text-block"]
_SIZES = ["target-size", "scrollable-region-focusable"]
_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_LARGE = "(is) => document.documentElement.classList.toggle('large', is)"
#: colours are judged as they come to rest
_STILL: dict[str, Any] = {"reduced_motion": "reduce"}


async def violations(page: Page, *rules: str) -> list[str]:
    """What axe finds serious or critical. It comes in beside the content policy, as developer tools do."""
    if not await page.evaluate("'axe' in window"):
        session = await page.context.new_cdp_session(page)
        await session.send("Runtime.evaluate", {"expression": AXE})
        await session.detach()
    found = await page.evaluate(
        "(runOnly) => axe.run(document, { runOnly, resultTypes: ['violations'] })",
        list(rules) or _RULES,
    )
    return [
        f"{one['id']} ({one['impact']}): " + " | ".join(n["html"][:160] for n in one["nodes"][:4])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


async def _wider(page: Page) -> list[str]:
    """Nothing is wider than the phone; a table may scroll inside of itself."""
    by = await page.evaluate(_WIDER)
    return [f"the page is {by} px wider than the phone"] if by > 0 else []


async def _in_every_look(page: Page) -> list[str]:
    """What is wrong with a page as it stands: light, dark, in large letters, and light again."""
    root = page.locator(":root")
    wrong = [*await violations(page), *await _wider(page)]
    await page.emulate_media(color_scheme="dark")
    await expect(root).to_have_attribute("data-theme", "dark")
    wrong += [f"dark: {line}" for line in await violations(page, *_COLOURS)]
    await page.emulate_media(color_scheme="light")
    await expect(root).to_have_attribute("data-theme", "light")
    await page.evaluate(_LARGE, True)
    wrong += [f"large: {line}" for line in [*await violations(page, *_SIZES), *await _wider(page)]]
    await page.evaluate(_LARGE, False)
    return wrong


async def test_no_page_shuts_anybody_out(service: Service, hand: Hand) -> None:
    phone = await hand(**_STILL)
    found: dict[str, list[str]] = {}
    seen: list[str] = []
    async for stop in tour(phone, service):
        seen.append(stop.name)
        if wrong := await _in_every_look(stop.page):
            found[stop.name] = wrong
    assert len(seen) == len(set(seen)) == 56
    assert not found, "\n".join(f"{name}: {line}" for name in found for line in found[name])


async def test_the_looks_are_chosen_once_and_hold(service: Service, hand: Hand) -> None:
    page = await (await hand()).signed_in("helper", "/me")
    root = page.locator(":root")
    await page.get_by_text("深色", exact=True).click()
    await page.get_by_text("大字", exact=True).click()
    for _ in ("chosen", "started anew"):
        await expect(root).to_have_attribute("data-theme", "dark")
        await expect(root).to_have_class(re.compile(r"\blarge\b"))
        await page.reload()


async def test_the_township_fits_a_desk(service: Service, hand: Hand) -> None:
    phone = await hand(
        viewport={"width": 1280, "height": 800}, is_mobile=False, has_touch=False, permissions=[]
    )
    page = await phone.signed_in("township_admin", "/township")
    await settled(page)
    assert not await violations(page)
    assert await page.evaluate(_WIDER) <= 0
    # axe sees what is wrong
    await page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert [line for line in await violations(page) if line.startswith("button-name")]
    await page.set_viewport_size({"width": 360, "height": 740})
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert await page.evaluate(_WIDER) <= 0


async def test_a_tour_leaves_no_token_and_no_answer_in_the_caches(
    service: Service, hand: Hand
) -> None:
    phone = await hand()
    tokens: set[str] = set()
    phone.context.on(
        "request",
        lambda request: tokens.add(
            request.headers.get("authorization", "").removeprefix("Bearer ")
        ),
    )
    page = await phone.signed_in("first_secretary")
    await governed(page)
    for path in ("/", "/quotas", "/households", "/diary", "/unsent", "/conflicts", "/me"):
        await visit(page, service, path)
    found = await dump(page)
    tokens.discard("")
    assert tokens
    refresh = {cookie["value"] for cookie in await phone.context.cookies()}
    for secret in tokens | refresh | {password("first_secretary")}:
        assert not [line[:200] for line in found if secret in line]
    assert found[-1] == "cookie "  # scripts see none

    cached = [line.split(" ")[1].removesuffix(":") for line in found if line.startswith("cache ")]
    built = set(re.findall(r'url:"([^"]+)"|url:`([^`]+)`', (service.pages / "sw.js").read_text()))
    manifest = {either for pair in built for either in pair if either}
    assert len(manifest) > 10
    paths = {urlsplit(url).path for url in cached}
    assert paths
    assert paths <= manifest
    assert not [path for path in paths if path.startswith("/api")]
