"""No position, a coarse one, a large picture, a refused one: the check-in is saved all the same and says why."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Geolocation, expect

from tests.e2e.conftest import Hand
from tests.e2e.phone import big_button, check_in, entry, photo, plain_photo, ready_for_offline
from tests.e2e.service import Service

_NO_SATELLITE = "navigator.geolocation.watchPosition = () => 1"


async def test_without_permission_it_says_so_and_saves(service: Service, hand: Hand) -> None:
    phone = await hand(permissions=[])
    page = await phone.signed_in("first_secretary")
    await expect(page.get_by_text("没有定位权限")).to_be_visible()
    await check_in(page, "e2e 无权限")
    await expect(entry(page, "e2e 无权限").get_by_text("已上传")).to_be_visible()
    assert _places(service, "e2e 无权限") == [("denied", None, "unknown")]


async def test_without_satellites_it_waits_as_long_as_asked_and_saves(
    service: Service, hand: Hand
) -> None:
    phone = await hand()
    await phone.context.add_init_script(_NO_SATELLITE)
    page = await phone.signed_in("first_secretary")
    await big_button(page).click()
    sheet = page.get_by_role("dialog")
    await sheet.get_by_label("备注").fill("e2e 不等")
    await sheet.get_by_role("button", name="保存签到").click()
    await sheet.get_by_role("button", name="不等定位,直接保存").click()
    await expect(entry(page, "e2e 不等").get_by_text("已上传")).to_be_visible()

    await page.reload()
    await big_button(page).click()
    await sheet.get_by_label("备注").fill("e2e 等到头")
    await sheet.get_by_role("button", name="保存签到").click()
    # fifteen seconds of patience, then by itself
    await expect(entry(page, "e2e 等到头").get_by_text("已上传")).to_be_visible(timeout=25_000)
    assert _places(service, "e2e 不等") == [("timeout", None, "unknown")]
    assert _places(service, "e2e 等到头") == [("timeout", None, "unknown")]


async def test_a_coarse_fix_is_kept_and_judges_nothing(
    service: Service, hand: Hand, spot: Geolocation
) -> None:
    phone = await hand(geolocation={**spot, "accuracy": 3000})
    page = await phone.signed_in("first_secretary")
    await expect(page.get_by_text("定位误差超过 1 公里")).to_be_visible()
    await expect(page.get_by_text("误差约 3000 米")).to_be_visible()
    await check_in(page, "e2e 很粗")
    await expect(entry(page, "e2e 很粗").get_by_text("已上传")).to_be_visible()
    assert _places(service, "e2e 很粗") == [(None, 3_000_000, "unknown")]


async def test_outside_is_said_with_the_distance(
    service: Service, hand: Hand, spot: Geolocation
) -> None:
    phone = await hand(geolocation={**spot, "latitude": spot["latitude"] + 0.5})
    page = await phone.signed_in("first_secretary")
    await expect(page.get_by_text("在村外", exact=True).first).to_be_visible()
    await expect(page.get_by_text("公里。照常可以签到").first).to_be_visible()
    await check_in(page, "e2e 在外")
    await expect(entry(page, "e2e 在外").get_by_text("已上传")).to_be_visible()
    assert [place for _, _, place in _places(service, "e2e 在外")] == ["outside"]


async def test_a_camera_file_of_4_mb_is_made_fit_and_arrives(service: Service, hand: Hand) -> None:
    large = photo(2600, 1950, seed=4, quality=90)
    assert 4_000_000 < len(large["buffer"]) < 7_000_000
    phone = await hand()
    page = await phone.signed_in("first_secretary")
    await check_in(page, "e2e 大照片", [large])
    await expect(page.get_by_text("已全部上传")).to_be_visible()
    stored = service.rows(
        "SELECT p.width, p.height, p.size FROM photos p JOIN photo_uses u ON u.sha256 = p.sha256"
        " JOIN check_ins c ON c.id = u.record_id WHERE c.note = 'e2e 大照片'"
    )
    assert [(row["width"], row["height"]) for row in stored] == [(1600, 1200)]
    assert stored[0]["size"] < len(large["buffer"]) / 2


@pytest.fixture
def strict_service(county: Path, built: Path, tmp_path: Path) -> Iterator[Service]:
    """One that takes photos up to 100 kB only."""
    shutil.copytree(county, tmp_path / "var")
    running = Service(tmp_path / "var", built, photo_limit="100000")
    running.start()
    yield running
    running.close()


class TestRefused:
    """With a service that takes small photos only."""

    @pytest.fixture
    def service(self, strict_service: Service) -> Service:
        return strict_service

    async def test_a_refused_photo_is_parked_alone(self, service: Service, hand: Hand) -> None:
        phone = await hand()
        page = await phone.signed_in("first_secretary")
        # pictures come with a part of the app of their own, kept by the worker
        await ready_for_offline(page)
        await phone.context.set_offline(True)
        await check_in(page, "e2e 照片太大", [photo(800, 600, seed=5), plain_photo("navy")])
        await check_in(page, "e2e 照片不大", [plain_photo("teal")])
        await phone.context.set_offline(False)
        await expect(page.get_by_text("1 条需要处理")).to_be_visible(timeout=30_000)
        assert service.notes("e2e 照片%") == ["e2e 照片太大", "e2e 照片不大"]
        assert len(service.rows("SELECT 1 FROM photos WHERE size < 20000 AND width = 640")) >= 2

        await page.get_by_role("link", name="1 条需要处理").click()
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await expect(page.get_by_text("超过大小限制")).to_be_visible()
        # it is not sent again and again
        before = len(phone.sent())
        await page.reload()
        await expect(page.get_by_text("1 条需要处理").first).to_be_visible()
        await page.wait_for_timeout(1_500)
        assert len(phone.sent()) == before


def _places(service: Service, note: str) -> list[tuple[str | None, int | None, str]]:
    found = service.rows(
        "SELECT no_fix_reason, accuracy_mm, place FROM check_ins WHERE note = ?", note
    )
    return [(row["no_fix_reason"], row["accuracy_mm"], row["place"]) for row in found]
