"""A check-in far outside the village: a calm sentence, an answer from the hills, a reviewer's word, and its way back."""

import re

from playwright.async_api import Geolocation, Locator, Page, expect

from app.core.clock import today
from tests.e2e.conftest import Hand
from tests.e2e.phone import check_in, entry, plain_photo, ready_for_offline
from tests.e2e.service import Service
from tests.e2e.test_every_page import violations
from tests.e2e.tour import settled, visit

TITLE = "定位在村外"
ALL_SENT = "已全部上传"
WORDS = "当天陪张大爷到县医院复诊,下午才回村,挂号单见照片。"
REASON = "有县医院挂号单,属因公外出。"


def _of_today(page: Page) -> Locator:
    day = today()
    return (
        page.get_by_role("main")
        .get_by_role("link")
        .filter(has_text=re.compile(f"{TITLE}.*{day.month}月{day.day}日"))
    )


async def test_an_answer_from_the_hills_reaches_the_reviewer_who_lets_it_count(
    service: Service, hand: Hand, spot: Geolocation
) -> None:
    phone = await hand(geolocation={**spot, "latitude": spot["latitude"] + 0.12})
    page = await phone.signed_in("first_secretary")
    await ready_for_offline(page)
    await check_in(page, "e2e 在县医院")
    card = entry(page, "e2e 在县医院")
    await expect(card.get_by_text("复核期间照常计入")).to_be_visible()
    await expect(card.get_by_text("待核")).to_be_visible()
    await expect(card.get_by_role("link", name="查看并说明")).to_be_visible()

    await visit(page, service, "/me")
    await page.get_by_role("link", name="疑点与说明").click()
    await _of_today(page).click()
    await expect(page.get_by_role("heading", level=1, name=TITLE)).to_be_visible()
    await expect(page.get_by_text("复核期间照常计入")).to_be_visible()
    form = page.get_by_role("form", name="说明情况")
    await phone.context.set_offline(True)
    await form.get_by_label("当时的情况").fill(WORDS)
    await form.get_by_label("拍照").set_input_files(plain_photo("lightsteelblue"))
    await expect(form.get_by_role("img", name="照片 1")).to_be_visible()
    await form.get_by_role("button", name="提交说明").click()
    await expect(page.get_by_text("您写的内容已存在手机上")).to_be_visible()
    await phone.context.set_offline(False)
    await expect(page.get_by_text(ALL_SENT)).to_be_visible(timeout=40_000)
    said = page.get_by_role("list", name="经过").get_by_role("listitem")
    await expect(said).to_contain_text([WORDS])

    await _decided(service, hand)

    await page.reload()
    await settled(page)
    await expect(page.get_by_text("已定:计入", exact=True)).to_be_visible()
    await expect(said).to_contain_text([WORDS, REASON])


async def _decided(service: Service, hand: Hand) -> None:
    """The reviewer at a desk, without a mouse."""
    desk = await hand(
        viewport={"width": 1280, "height": 800}, is_mobile=False, has_touch=False, permissions=[]
    )
    page = await desk.signed_in("reviewer")
    await visit(page, service, "/reviews")
    waiting = page.get_by_role("navigation", name="待您复核").get_by_role("listitem")
    chosen = waiting.get_by_role("button").and_(page.locator("[aria-current=true]"))
    before = await waiting.count()
    first = await chosen.inner_text()
    await page.keyboard.press("j")
    await expect(chosen).not_to_have_text(first)
    await page.keyboard.press("k")
    day = today()
    for _ in range(before):
        if re.search(
            f"{TITLE}.*本人已说明.*{day.month}月{day.day}日", await chosen.inner_text(), re.DOTALL
        ):
            break
        await page.keyboard.press("j")
    one = page.get_by_role("region", name=re.compile(f":{TITLE}$"))
    await expect(one.get_by_text(WORDS)).to_be_visible()
    await expect(one.get_by_role("region", name="这条记录")).to_contain_text("e2e 在县医院")
    assert not await violations(page)
    await page.keyboard.press("1")
    await expect(one.get_by_label("理由")).to_be_focused()
    await page.keyboard.type(REASON)
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("status").filter(has_text="已定为计入")).to_be_attached()
    await expect(waiting).to_have_count(before - 1)
