"""A day in a valley: no network, a dead service, a browser that is killed; everything arrives, once."""

import os
import re
import shutil
import signal
from collections import Counter
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Geolocation, Page, Playwright, expect

from tests.e2e.conftest import CHROMIUM, FLAGS, HANDSET, Hand
from tests.e2e.phone import (
    Phone,
    check_in,
    entry,
    photo,
    plain_photo,
    ready_for_offline,
    sign_in,
)
from tests.e2e.service import Service
from tests.e2e.tour import dashed, known, visit

#: how often the browser is killed
KILLS = int(os.environ.get("E2E_KILLS", "10"))


async def test_a_day_without_signal_arrives_exactly_once(service: Service, hand: Hand) -> None:
    phone = await hand()
    page = await phone.signed_in("helper")
    await check_in(page, "e2e 有信号", [photo(seed=1)])
    await expect(entry(page, "e2e 有信号").get_by_text("已上传")).to_be_visible()
    await ready_for_offline(page)

    await phone.context.set_offline(True)
    await page.reload()
    await expect(page.get_by_text("没有网络。照常签到")).to_be_visible()
    for number in (1, 2, 3):
        await check_in(page, f"e2e 无信号 {number}", [photo(seed=10 + number)])
    household = known(service)["household"]
    await _visit_household(page, service, household)
    await _write_diary(page, service)
    await visit(page, service, "/")
    for number in (1, 2, 3):
        waits = entry(page, f"e2e 无信号 {number}")
        await expect(waits.get_by_text("在手机上")).to_be_visible()
        await expect(waits.get_by_text("还有 1 张照片等待上传")).to_be_visible()

    service.kill()
    await phone.context.set_offline(False)
    await page.reload()
    await check_in(page, "e2e 服务停了")
    service.start()
    await expect(page.get_by_text("已全部上传")).to_be_visible(timeout=40_000)
    await expect(page.get_by_text("在手机上", exact=True)).to_have_count(0)

    assert service.notes("e2e %") == [
        "e2e 有信号", "e2e 无信号 1", "e2e 无信号 2", "e2e 无信号 3", "e2e 入户", "e2e 服务停了",
    ]  # fmt: skip
    stored = service.rows(
        "SELECT p.sha256 FROM photos p JOIN photo_uses u ON u.sha256 = p.sha256"
        " JOIN check_ins c ON c.id = u.record_id WHERE c.note LIKE 'e2e %' AND p.stored_at IS NOT NULL"
    )
    assert len(stored) == 4
    visits = service.rows(
        "SELECT household_id FROM check_ins WHERE kind = 'household' AND note = ?", "e2e 入户"
    )
    assert [dashed(row["household_id"]) for row in visits] == [household]
    assert len(service.rows("SELECT 1 FROM diaries WHERE text = 'e2e 走访了三户'")) == 1
    assert not service.rows("SELECT 1 FROM conflicts WHERE body LIKE '%e2e%'")


async def _visit_household(page: Page, service: Service, household: str) -> None:
    await visit(page, service, f"/households/{household}")
    await page.get_by_role("button", name="入户签到").click()
    sheet = page.get_by_role("dialog")
    await sheet.get_by_label("备注").fill("e2e 入户")
    await sheet.get_by_role("button", name="保存签到").click()
    await expect(page.get_by_text("的入户签到已存在手机上")).to_be_visible()


async def _write_diary(page: Page, service: Service) -> None:
    await visit(page, service, "/diary")
    await page.get_by_role("button", name="写").click()
    await page.get_by_label("日志正文").fill("e2e 走访了三户")
    await expect(page.get_by_text("草稿已存在手机上")).to_be_visible()
    # a reload in the middle loses no word
    await page.reload()
    await expect(page.get_by_label("日志正文")).to_have_value("e2e 走访了三户")
    await page.get_by_role("button", name="提交日志").click()
    await expect(page.get_by_text("已存在手机上,联网后自动上传")).to_be_visible()


async def test_a_first_start_that_loses_the_signal_at_once_keeps_its_page(
    service: Service, hand: Hand
) -> None:
    # no worker has put the files away yet, and one of them never came
    phone = await hand(service_workers="block")
    missing = re.compile("/assets/PhotoRow-")
    await phone.context.route(missing, lambda route: route.abort())
    page = await phone.open()
    async with page.expect_response(re.compile("/assets/CheckInSheet-.*js")):
        await sign_in(page, "first_secretary")
    await phone.context.set_offline(True)
    await check_in(page, "e2e 首次", [plain_photo("olive")])
    saved = entry(page, "e2e 首次")
    await expect(saved.get_by_text("照片暂时显示不了,记录已存好")).to_be_visible()
    # a page that was not fetched says so and leads back
    diary = page.get_by_role("navigation", name="主要页面").get_by_role("link", name="日志")
    await diary.click()
    await expect(page.get_by_role("heading", name="这一页还没有存到手机上")).to_be_visible()
    await page.get_by_role("button", name="返回").click()
    await expect(saved.get_by_text("在手机上", exact=True)).to_be_visible()
    await diary.click()
    await expect(page.get_by_role("heading", name="这一页还没有存到手机上")).to_be_visible()

    await phone.context.unroute(missing)
    await phone.context.set_offline(False)
    # both come by themselves
    await expect(page.get_by_role("button", name="写")).to_be_visible()
    await page.get_by_role("link", name="今日").click()
    await expect(saved.get_by_role("button", name="照片 1")).to_be_visible()
    await expect(saved.get_by_text("已上传")).to_be_visible(timeout=40_000)
    assert service.notes("e2e 首次") == ["e2e 首次"]


async def test_what_was_saved_survives_the_killing_of_the_browser(
    service: Service, playwright: Playwright, spot: Geolocation, tmp_path: Path
) -> None:
    profile = tmp_path / "profile"
    phone, page = await _begin(playwright, service, profile, spot)
    await sign_in(page, "first_secretary")
    await ready_for_offline(page)
    # Chromium itself puts cookies on the disk up to 30 s late; a browser killed before that has to be
    # signed in again. What is tried here is the records: so it is closed once, as people do.
    await phone.context.close()
    service.kill()
    phone, page = await _begin(playwright, service, profile, spot)
    for number in range(KILLS):
        await check_in(page, f"e2e 存 {number:02}", [photo(160, 120, seed=100 + number)])
        _kill(profile)
        phone.assert_quiet()
        phone, page = await _begin(playwright, service, profile, spot)
        for before in range(number + 1):
            await expect(entry(page, f"e2e 存 {before:02}")).to_be_visible()
    service.start()
    await page.reload()
    await expect(page.get_by_text("已全部上传")).to_be_visible(timeout=40_000)
    assert service.notes("e2e 存 %") == [f"e2e 存 {number:02}" for number in range(KILLS)]
    assert len(service.rows("SELECT 1 FROM photos WHERE width = 160 AND height = 120")) == KILLS
    await phone.context.close()
    phone.assert_quiet()


async def _begin(
    playwright: Playwright, service: Service, profile: Path, spot: Geolocation
) -> tuple[Phone, Page]:
    over: dict[str, Any] = {**HANDSET, "geolocation": spot}
    context: BrowserContext = await playwright.chromium.launch_persistent_context(
        profile, executable_path=CHROMIUM, args=FLAGS, **over
    )
    phone = await Phone(context, service).watched()
    return phone, await phone.open()


def _kill(profile: Path) -> None:
    """SIGKILL for every process of the browser that has this profile."""
    found = 0
    for entry_of in Path("/proc").iterdir():
        if not entry_of.name.isdigit():
            continue
        try:
            command = (entry_of / "cmdline").read_bytes()
            if f"--user-data-dir={profile}".encode() in command.split(b"\0"):
                os.kill(int(entry_of.name), signal.SIGKILL)
                found += 1
        except (FileNotFoundError, ProcessLookupError):
            continue
    assert found, "no browser to kill"


async def test_a_service_set_back_to_a_backup_is_given_again_what_it_lost(
    service: Service, hand: Hand, tmp_path: Path
) -> None:
    phone = await hand()
    page = await phone.signed_in("first_secretary")
    await check_in(page, "e2e 备份前", [photo(160, 120, seed=300)])
    await expect(page.get_by_text("已全部上传")).to_be_visible(timeout=40_000)
    service.close()
    shutil.copytree(service.data, tmp_path / "backup")
    service.start()
    for number in (1, 2):
        await check_in(page, f"e2e 备份后 {number}", [photo(160, 120, seed=300 + number)])
    await expect(page.get_by_text("已全部上传")).to_be_visible(timeout=40_000)
    every = ["e2e 备份前", "e2e 备份后 1", "e2e 备份后 2"]
    assert service.notes("e2e 备份%") == every

    service.kill()
    shutil.rmtree(service.data)
    shutil.copytree(tmp_path / "backup", service.data)
    service.start()
    assert service.notes("e2e 备份%") == every[:1]
    await visit(page, service, "/unsent")
    await expect(page.get_by_text("恢复过旧备份,已重新上传 3 条")).to_be_visible(timeout=40_000)
    await expect(page.get_by_text("已全部上传")).to_be_visible(timeout=40_000)
    assert service.notes("e2e 备份%") == every
    assert len(service.rows("SELECT 1 FROM photos WHERE width = 160 AND height = 120")) == 3
    assert not service.rows("SELECT 1 FROM conflicts WHERE body LIKE '%e2e 备份%'")


async def test_two_tabs_have_one_uploader(service: Service, hand: Hand) -> None:
    phone = await hand()
    first = await phone.signed_in("first_secretary")
    await ready_for_offline(first)
    second = await phone.open()
    await expect(second.get_by_role("heading", name="今日")).to_be_visible()
    await phone.context.set_offline(True)
    for number in range(4):
        page = (first, second)[number % 2]
        await page.bring_to_front()
        await check_in(page, f"e2e 两页 {number}", [photo(seed=200 + number)])
    phone.writes.clear()
    await phone.context.set_offline(False)
    for page in (first, second):
        await expect(page.get_by_text("已全部上传")).to_be_visible(timeout=40_000)
    assert len(service.notes("e2e 两页 %")) == 4
    often = Counter(phone.sent())
    assert len(often) == 8, often  # four records, four photos
    assert set(often.values()) == {1}, often
