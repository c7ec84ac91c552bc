"""Activities and submissions written where there is no signal: they arrive, once, with what is attached."""

import hashlib
import json

from playwright.async_api import FilePayload, Page, expect

from tests.e2e.conftest import Hand
from tests.e2e.phone import photo, plain_photo, ready_for_offline
from tests.e2e.service import Service
from tests.e2e.tour import dashed, visit
from tests.submissions.desk import pdf

ALL_SENT = "已全部上传"


async def _ready(page: Page, service: Service) -> None:
    """What the forms offer was read ahead; from now on nothing needs the network."""
    async with page.expect_response(lambda answer: "/api/v1/conflicts" in answer.url):
        await page.goto(service.url + "/")
    await ready_for_offline(page)


async def test_an_activity_written_without_signal_counts_for_all_who_were_there(
    service: Service, hand: Hand
) -> None:
    phone = await hand()
    page = await phone.signed_in("first_secretary")
    await _ready(page, service)
    await phone.context.set_offline(True)

    await visit(page, service, "/me")
    await page.get_by_role("link", name="登记活动").click()
    await page.get_by_role("button", name="登记活动").click()
    await page.get_by_label("种类").select_option("collective_help")
    await page.get_by_label("开始时间").fill("00:00")
    await page.get_by_label("具体地点").fill("村委会")
    await page.get_by_role("button", name="附上现在的位置").click()
    await page.get_by_role("button", name="用这个位置").click()
    await expect(page.get_by_text("已附上位置")).to_be_visible()
    people = page.get_by_role("group", name="参加人员")
    await people.get_by_role("checkbox").first.check()  # the writer, a later one, is ticked already
    await expect(people.get_by_role("checkbox", checked=True)).to_have_count(2)
    await page.get_by_label("其他参加人数").fill("一")
    await page.get_by_role("button", name="登记", exact=True).click()
    await expect(page.get_by_text("请填人数,只填数字")).to_be_visible()
    await page.get_by_label("其他参加人数").fill("12")
    await page.get_by_role("group", name="计入组织").get_by_role("checkbox").first.check()
    await page.get_by_label("记录").fill("e2e 清理水渠")
    await page.get_by_label("拍照").set_input_files(plain_photo("seagreen"))
    await expect(page.get_by_role("img", name="照片 1")).to_be_visible()
    await expect(page.get_by_text("草稿已存在手机上")).to_be_visible()
    # a reload in the middle loses nothing
    await page.reload()
    await expect(page.get_by_label("记录")).to_have_value("e2e 清理水渠")
    await expect(page.get_by_role("img", name="照片 1")).to_be_visible()
    await page.get_by_role("button", name="登记", exact=True).click()
    await expect(page.get_by_text("已存在手机上,联网后自动上传")).to_be_visible()
    assert not service.rows("SELECT 1 FROM activities WHERE minutes LIKE 'e2e%'")

    await phone.context.set_offline(False)
    await expect(page.get_by_text(ALL_SENT)).to_be_visible(timeout=40_000)
    await expect(page.get_by_text("已登记", exact=True)).to_be_visible()
    (row,) = service.rows("SELECT * FROM activities WHERE minutes = 'e2e 清理水渠'")
    assert (row["kind"], row["place"], row["guests"]) == ("collective_help", "inside", 12)
    assert row["attendances"] == 14
    for table in ("activity_attendees", "activity_organisations"):
        count = "attendees" if table == "activity_attendees" else "organisations"
        bound = service.rows(f"SELECT 1 FROM {table} WHERE activity_id = ?", row["id"])
        assert len(bound) == len(json.loads(row[count])) > 0
    (sha256,) = json.loads(row["photos"])
    assert service.rows("SELECT 1 FROM photo_uploads WHERE sha256 = ?", sha256)
    often = phone.sent()
    assert sorted(often) == sorted(set(often))


async def test_a_submission_written_without_signal_is_returned_mended_and_accepted(
    service: Service, hand: Hand
) -> None:
    phone = await hand()
    page = await phone.signed_in("first_secretary")
    await _ready(page, service)
    await phone.context.set_offline(True)

    await visit(page, service, "/submissions")
    await page.get_by_role("button", name="写报送材料").click()
    await page.get_by_label("材料种类").select_option("month_report")
    await page.get_by_label("标题").fill("e2e 月报")
    document = pdf()
    paper: FilePayload = {"name": "月报.pdf", "mimeType": "application/pdf", "buffer": document}
    wrong: FilePayload = {"name": "月报.doc", "mimeType": "application/msword", "buffer": b"x"}
    await page.get_by_label("选文件或照片").set_input_files([paper, photo(64, 48, seed=3)])
    await expect(page.get_by_text("月报.pdf")).to_be_visible()
    await page.get_by_label("选文件或照片").set_input_files(wrong)
    await expect(page.get_by_text("这个文件不能附上")).to_be_visible()
    await expect(page.get_by_text("草稿已存在手机上")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("月报.pdf")).to_be_visible()
    await page.get_by_role("button", name="提交").click()
    await expect(page.get_by_text("已存在手机上,联网后自动上传")).to_be_visible()

    await phone.context.set_offline(False)
    await expect(page.get_by_text(ALL_SENT)).to_be_visible(timeout=40_000)
    (row,) = service.rows("SELECT * FROM submissions WHERE title = 'e2e 月报'")
    assert (row["kind"], row["state"]) == ("month_report", "submitted")
    assert len(json.loads(row["files"])) == 2
    stored = service.rows("SELECT sha256 FROM file_uploads")
    assert hashlib.sha256(document).hexdigest() in [one["sha256"] for one in stored]
    address = page.url

    desk = await hand(viewport={"width": 1280, "height": 800}, is_mobile=False, has_touch=False)
    office = await desk.signed_in("township_admin")
    await visit(office, service, "/submissions?of=received")
    await office.get_by_role("link").filter(has_text="e2e 月报").click()
    async with office.expect_download() as saved:
        await office.get_by_role("button", name="保存附件 1").click()
    assert (await (await saved.value).path()).read_bytes() == document
    await office.get_by_role("button", name="退回").click()
    await office.get_by_role("dialog").get_by_role("button", name="退回").click()
    await expect(office.get_by_text("请写明退回原因")).to_be_visible()
    await office.get_by_role("dialog").get_by_label("退回原因").fill("缺少本月计划")
    await office.get_by_role("dialog").get_by_role("button", name="退回").click()
    await expect(office.get_by_text("已退回", exact=True).first).to_be_visible()

    await page.goto(address)
    await expect(page.get_by_text("缺少本月计划").first).to_be_visible()
    await page.get_by_role("button", name="写新版本").click()
    await expect(page.get_by_label("标题")).to_have_value("e2e 月报")
    await page.get_by_label("正文").fill("e2e 补上本月计划")
    await page.get_by_role("button", name="提交新版本").click()
    await expect(page.get_by_text(ALL_SENT)).to_be_visible(timeout=40_000)
    await expect(page.get_by_text("第 2 版")).to_be_visible()

    (mended,) = service.rows("SELECT id FROM submissions WHERE text = 'e2e 补上本月计划'")
    await visit(office, service, "/submissions?of=received")
    # the list as it was kept is shown first; what came since replaces it
    listed = office.get_by_role("link").filter(has_text="e2e 月报")
    await expect(listed).to_have_attribute("href", f"/submissions/{dashed(mended['id'])}")
    await listed.click()
    await office.get_by_role("button", name="接收").click()
    await office.get_by_role("dialog").get_by_role("button", name="接收").click()
    await expect(office.get_by_text("已接收", exact=True).first).to_be_visible()
    states = service.rows(
        "SELECT state FROM submissions WHERE title = 'e2e 月报' ORDER BY received_at"
    )
    assert [one["state"] for one in states] == ["returned", "accepted"]
