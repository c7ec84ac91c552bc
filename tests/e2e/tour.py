"""Every page of the app with something on it, for whoever looks at all of them."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

from app.core.clock import today
from tests.e2e.phone import Phone, big_button, check_in, plain_photo, ready_for_offline, sign_in
from tests.e2e.service import Service

#: asked once and answered by events: a predicate asked again would be compiled anew, which the content policy forbids
_DRAWN = """Promise.all([...document.images].map((one) => one.complete || new Promise((done) => {
  one.addEventListener('load', done)
  one.addEventListener('error', done)
}))).then(() => 1)"""


@dataclass(frozen=True, slots=True)
class Stop:
    """A page as it stands open."""

    name: str
    page: Page


async def _out(page: Page) -> None:
    """Through the open sheet; with a draft begun on the way it offers to keep it, sealed."""
    sheet = page.get_by_role("dialog")
    await sheet.get_by_role("button", name=re.compile("^(退出登录|加密保留并退出)$")).first.click()
    await expect(page.get_by_role("heading", name="登录", exact=True)).to_be_visible()


def dashed(id_: str) -> str:
    """An id as addresses have it; SQLite keeps the 32 digits."""
    return f"{id_[:8]}-{id_[8:12]}-{id_[12:16]}-{id_[16:20]}-{id_[20:]}"


def known(service: Service) -> dict[str, str]:
    """Ids that the pages with an id are opened with."""
    one = "SELECT {} AS id FROM {} WHERE {} LIMIT 1"
    mine = "(SELECT id FROM users WHERE username = 'helper')"
    return {
        "household": _id(
            service, one.format("household_id", "pairings", f"person_id = {mine} AND until IS NULL")
        ),
        "diary": _id(
            service,
            one.format("id", "diaries", f"author_id = {mine}")
            .replace(" LIMIT", " ORDER BY work_date DESC LIMIT"),
        ),
        "person": _id(service, one.format("id", "users", "username = 'first_secretary'")),
    }  # fmt: skip


def _id(service: Service, statement: str) -> str:
    return dashed(service.rows(statement)[0]["id"])


async def settled(page: Page) -> None:
    """Headline there, nothing loading, nothing moving."""
    await expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=15_000)
    await expect(page.locator(".loading")).to_have_count(0, timeout=15_000)
    await expect(page.get_by_text("这一页出错了")).to_have_count(0)
    # pictures come by themselves; then the browser draws once more
    await page.evaluate(_DRAWN)
    await page.evaluate(
        "new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 30)))"
    )


async def visit(page: Page, service: Service, path: str) -> None:
    await page.goto(service.url + path)
    await settled(page)


def _first(page: Page) -> Locator:
    """What stands first on a page's list."""
    return page.get_by_role("main").get_by_role("listitem").get_by_role("link").first


async def _next(page: Page, service: Service, role: str) -> None:
    await page.goto(service.url + "/me")
    await page.get_by_role("button", name="退出登录").click()
    await _out(page)
    await sign_in(page, role)


async def _written(page: Page, service: Service) -> AsyncIterator[Stop]:
    """What a first secretary is asked and asks for: one's own flag, requests and figures being written."""
    await visit(page, service, "/flags")
    await _first(page).click()
    await expect(page.get_by_role("form", name="说明情况")).to_be_visible()
    await settled(page)
    yield Stop("flag", page)
    await visit(page, service, "/requests")
    await _first(page).click()
    await settled(page)
    yield Stop("request", page)
    for name, path, button in (
        ("leave-writing", "/requests", "申请请假、公出或培训"),
        ("make-up-writing", "/requests", "申请补签"),
        ("figure-writing", "/figures", "上报一项"),
    ):
        await visit(page, service, path)
        await page.get_by_role("main").get_by_role("button", name=button).click()
        if name == "figure-writing":
            await page.get_by_label("数据项目").select_option(index=1)
        await settled(page)
        yield Stop(name, page)


async def tour(phone: Phone, service: Service) -> AsyncIterator[Stop]:
    """Sign in and out as whoever sees most on each page."""
    ids = known(service)
    page = await phone.open()
    await settled(page)
    yield Stop("sign-in", page)

    await sign_in(page, "first_secretary")
    await settled(page)
    yield Stop("today-empty", page)
    await check_in(page, "到村,和张书记商量防汛", [plain_photo("darkseagreen")])
    await expect(page.get_by_text("已全部上传")).to_be_visible(timeout=20_000)
    await settled(page)
    yield Stop("today", page)
    await big_button(page).click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    yield Stop("check-in", page)
    for name, path in (
        ("quotas", "/quotas"),
        ("quota", "/quotas/R01"),
        ("packs", "/packs"),
        ("flags", "/flags"),
        ("requests", "/requests"),
        ("figures", "/figures"),
        ("ledger", "/ledger"),
        ("calendar", "/calendar"),
        ("board", "/board"),
        ("what-if", "/quotas/what-if"),
    ):
        await visit(page, service, path)
        yield Stop(name, page)
    await page.get_by_role("button", name="如果住到").click()
    await expect(page.get_by_role("heading", name="推算结果")).to_be_visible()
    yield Stop("what-if-told", page)
    async for stop in _written(page, service):
        yield stop
    for name, path, button in (
        ("activities", "/activities", "登记活动"),
        ("submissions", "/submissions", "写报送材料"),
    ):
        await visit(page, service, path)
        yield Stop(name, page)
        await page.get_by_role("main").get_by_role("listitem").get_by_role("link").last.click()
        await settled(page)
        yield Stop(f"{name}-one", page)
        await visit(page, service, path)
        await page.get_by_role("button", name=button).click()
        await settled(page)
        if name == "submissions":
            await page.get_by_label("材料种类").select_option("weekly_entry")
        yield Stop(f"{name}-writing", page)
    await visit(page, service, "/me")
    yield Stop("me", page)
    await page.get_by_role("button", name="退出登录").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    yield Stop("sign-out", page)
    await _out(page)

    await sign_in(page, "helper")
    await settled(page)
    for name, path in (
        ("households", "/households"),
        ("household", f"/households/{ids['household']}"),
        ("diaries", "/diary"),
        ("diary", f"/diary/{ids['diary']}"),
        ("conflicts", "/conflicts"),
        ("notices", "/notices"),
        ("no-such-page", "/nowhere"),
    ):
        await visit(page, service, path)
        yield Stop(name, page)
    await visit(page, service, "/diary")
    await page.get_by_role("button", name="写").click()
    await settled(page)
    yield Stop("diary-writing", page)
    await visit(page, service, "/")
    await ready_for_offline(page)
    await phone.context.set_offline(True)
    await check_in(page, "山里没有信号", [plain_photo("peru")])
    yield Stop("today-offline", page)
    await visit(page, service, "/unsent")
    yield Stop("unsent", page)
    await phone.context.set_offline(False)
    await expect(page.get_by_text("已全部上传")).to_be_visible(timeout=40_000)
    await _next(page, service, "township_admin")
    await visit(page, service, "/township")
    yield Stop("township", page)
    await visit(page, service, f"/township/{ids['person']}")
    yield Stop("township-person", page)
    await visit(page, service, "/submissions?of=received")
    yield Stop("submissions-received", page)
    await visit(page, service, "/board?period=standing")
    yield Stop("unit-board", page)
    await visit(page, service, "/requests?of=waiting")
    yield Stop("requests-waiting", page)
    await visit(page, service, "/fences")
    yield Stop("fences", page)
    await _next(page, service, "reviewer")
    for name, path in (
        ("reviews", "/reviews"),
        ("checks", "/checks"),
        ("spot-checks", "/spot-checks"),
    ):
        await visit(page, service, path)
        yield Stop(name, page)
    await _first(page).click()
    await settled(page)
    yield Stop("spot-check", page)
    await visit(page, service, "/reviews")
    await _first(page).click()
    await settled(page)
    yield Stop("flag-deciding", page)
    await _next(page, service, "auditor")
    await visit(page, service, "/ledger")
    yield Stop("ledger-auditor", page)
    await _next(page, service, "county_admin")
    await visit(page, service, "/checks")
    await page.get_by_role("button", name="改为只作统计").first.click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    yield Stop("check-silencing", page)
    for name, path in (
        ("adopt", "/packs/adopt"),
        ("closings", "/closings"),
        ("calendar-missing", f"/calendar?year={today().year + 1}"),
        ("packs-ever", "/packs"),
    ):
        await visit(page, service, path)
        yield Stop(name, page)
    await page.get_by_role("link", name="查看依据").first.click()
    await settled(page)
    yield Stop("pack", page)
