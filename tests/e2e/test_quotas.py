"""A first secretary finds why a day did not count, and asks what would be; the papers behind the figures."""

import re

from playwright.async_api import Page, expect

from app.core.clock import today
from tests.e2e.conftest import Hand
from tests.e2e.phone import check_in, entry, plain_photo, ready_for_offline
from tests.e2e.service import Service
from tests.e2e.tour import settled, visit

ALL_SENT = "已全部上传"


async def _withdrawn(page: Page, note: str) -> None:
    """A check-in of today that was taken back."""
    await check_in(page, note)
    await expect(page.get_by_text(ALL_SENT)).to_be_visible(timeout=20_000)
    await entry(page, note).get_by_role("button", name="撤回").click()
    sheet = page.get_by_role("dialog")
    await sheet.get_by_role("textbox").fill("选错了村")
    await sheet.get_by_role("button", name="撤回").click()
    await expect(sheet).to_have_count(0)
    await expect(page.get_by_text(ALL_SENT)).to_be_visible(timeout=20_000)


async def test_a_first_secretary_finds_why_a_day_did_not_count_and_asks_what_if(
    service: Service, hand: Hand
) -> None:
    phone = await hand()
    page = await phone.signed_in("first_secretary")
    await _withdrawn(page, "e2e 按错")

    await visit(page, service, "/quotas")
    await page.get_by_role("link", name="每季度驻村50天以上").click()
    # what the phone kept is shown first, then what the service says
    left_out = page.get_by_role("region", name="不计入的记录")
    await expect(left_out).to_contain_text("本人已撤回")
    # the last day of the calendar with records is today; days before may not count for reasons of their own
    await page.get_by_role("button", name=re.compile("条未计入")).last.click()
    told = page.get_by_role("status").filter(has_text="本人已撤回")
    await expect(told).to_be_visible()

    await page.get_by_role("button", name="看以前各期").click()
    await expect(
        page.get_by_role("region", name="以前各期").get_by_role("listitem")
    ).not_to_have_count(0)

    phone.writes.clear()
    await page.get_by_role("link", name="如果这样住").click()
    await page.get_by_role("button", name=re.compile("如果住到")).click()
    result = page.get_by_role("region", name="推算结果")
    await expect(result).to_contain_text("这是推算,不是已有的完成情况")
    now = result.get_by_role("region", name="现在").first
    then = result.get_by_role("region", name="如果").first
    have = [int(re.findall(r"(\d+) / 50", await one.inner_text())[0]) for one in (now, then)]
    assert have[1] > have[0]
    await expect(result).to_contain_text("含假设的")

    # nothing was stored, here or there
    assert not phone.writes
    await visit(page, service, "/quotas/R01")
    await expect(page.get_by_role("img", name=re.compile(f"已完成 {have[0]},"))).to_be_visible()
    await ready_for_offline(page)
    await visit(page, service, "/quotas/what-if")
    await phone.context.set_offline(True)
    await expect(page.get_by_text("推算要由服务器按文件计算")).to_be_visible()
    await page.get_by_role("button", name=re.compile("如果住到")).click()
    await expect(page.get_by_text("现在没有网络").first).to_be_visible()
    await expect(page.get_by_role("region", name="推算结果")).to_have_count(0)


async def _days(page: Page, service: Service) -> int:
    """Days that count for the fifty of a quarter, as the service says it now."""
    async with page.expect_response(re.compile("/people/[^/]+/quotas")) as asked:
        await page.goto(service.url + "/quotas/R01")
    await (await asked.value).finished()
    await settled(page)
    says = await page.get_by_role("img", name=re.compile("已完成")).first.get_attribute(
        "aria-label"
    )
    return int(re.findall(r"已完成 (\d+)", says or "")[0])


async def test_a_day_made_up_with_a_photo_counts_once_the_township_approves(
    service: Service, hand: Hand
) -> None:
    phone = await hand()
    page = await phone.signed_in("first_secretary")
    before = await _days(page, service)
    await visit(page, service, "/requests")
    await page.get_by_role("main").get_by_role("button", name="申请补签").click()
    await page.get_by_label("哪一天").fill(str(today()))
    await page.get_by_label("原因").fill("e2e 手机没电,上午在村开会")
    await page.get_by_label("拍照").set_input_files(plain_photo("plum"))
    await expect(page.get_by_role("img", name="照片 1")).to_be_visible()
    await page.get_by_role("button", name="提交").click()
    await expect(page.get_by_text("等待乡镇管理员决定")).to_be_visible()
    assert await _days(page, service) == before

    desk = await hand(permissions=[])
    office = await desk.signed_in("township_admin", "/requests?of=waiting")
    day = f"{today().month}月{today().day}日"
    asked = office.get_by_role("list", name="等我决定").get_by_role("listitem")
    one = asked.filter(has_text=re.compile(f"补签.*{day}"))
    await one.locator("summary").click()
    await expect(one).to_contain_text("上午在村开会")
    await expect(one.get_by_role("button", name="照片 1")).to_be_visible()
    await one.get_by_role("button", name="批准", exact=True).click()
    await expect(office.get_by_role("status").filter(has_text="已批准")).to_be_visible()

    assert await _days(page, service) == before + 1


async def test_an_administrator_adopts_a_document_and_ends_it(service: Service, hand: Hand) -> None:
    phone = await hand(
        viewport={"width": 1280, "height": 800}, is_mobile=False, has_touch=False, permissions=[]
    )
    page = await phone.signed_in("county_admin")
    await visit(page, service, "/packs")
    await page.get_by_role("link", name="启用文件").click()
    await page.get_by_label("文件", exact=True).select_option(
        label="干部驻村帮扶工作具体实施方案(版本 1.0.0)"
    )
    await page.get_by_role("button", name="下一步").click()
    await expect(page.get_by_text("请填文件名称或文号")).to_be_visible()
    await page.get_by_label("文件名称").fill("e2e 关于干部驻村的通知")
    await page.get_by_label("起始日").fill("2026-01-01")
    await page.get_by_role("button", name="下一步").click()
    sheet = page.get_by_role("dialog")
    await expect(sheet).to_contain_text("莲花县和其下级")
    await expect(sheet).to_contain_text("留白未填,不考核")
    await sheet.get_by_role("button", name="确认启用").click()
    await expect(
        page.get_by_role("heading", name="《干部驻村帮扶工作具体实施方案》")
    ).to_be_visible()
    await expect(page.get_by_text("文件留白,未填,不考核")).to_be_visible()

    await page.get_by_role("button", name="终止启用").click()
    await page.get_by_role("dialog").get_by_label("最后一天").fill("2026-01-31")
    await page.get_by_role("dialog").get_by_role("button", name="确认终止").click()
    await expect(page.get_by_text("这次启用现在不起作用")).to_be_visible()
    rows = service.rows("SELECT until, document FROM adoptions WHERE document LIKE 'e2e%'")
    assert [(row["until"], row["document"]) for row in rows] == [
        ("2026-01-31", "e2e 关于干部驻村的通知")
    ]
