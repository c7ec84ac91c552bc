"""One phone, two people: nobody reads the other's, nobody is signed in as the other, nothing is lost."""

from playwright.async_api import expect

from tests.e2e.conftest import Hand
from tests.e2e.phone import (
    check_in,
    dump,
    entry,
    password,
    photo,
    ready_for_offline,
    sign_in,
)
from tests.e2e.service import Service

CANARY = "金丝雀阿强的备注"


async def test_signing_out_without_network_keeps_the_work_sealed_for_its_author(
    service: Service, hand: Hand
) -> None:
    phone = await hand()
    page = await phone.signed_in("first_secretary")
    name = service.rows("SELECT name FROM users WHERE username = 'first_secretary'")[0]["name"]
    await ready_for_offline(page)
    await phone.context.set_offline(True)
    await check_in(page, CANARY, [photo(seed=7)])
    # the dump sees what is there to be seen
    assert any(CANARY in line for line in await dump(page))

    await page.get_by_role("link", name="我的").click()
    await page.get_by_role("button", name="退出登录").click()
    sheet = page.get_by_role("dialog")
    await expect(sheet.get_by_text("还有 1 条记录、1 张照片没有上传")).to_be_visible()
    await sheet.get_by_role("button", name="加密保留并退出").click()
    await expect(page.get_by_role("heading", name="登录", exact=True)).to_be_visible()

    # another person opens the app, first still without network, then with it
    await page.reload()
    await expect(page.get_by_role("heading", name="登录", exact=True)).to_be_visible()
    refreshed = [call for call, _ in phone.writes if call.endswith("/session/refresh")]
    await phone.context.set_offline(False)
    await page.goto(service.url + "/households")
    await expect(page.get_by_role("heading", name="登录", exact=True)).to_be_visible()
    assert [c for c, _ in phone.writes if c.endswith("/session/refresh")] == refreshed
    await sign_in(page, "helper")
    await expect(page.get_by_text(CANARY)).to_have_count(0)
    await _reads_nothing(await dump(page), service, name)
    # the cookie of the first was given up: nobody can go on with it
    ended = service.rows(
        "SELECT s.ended_at FROM sign_ins s JOIN users u ON u.id = s.user_id"
        " WHERE u.username = 'first_secretary'"
    )
    assert [row["ended_at"] is not None for row in ended] == [True]

    await page.get_by_role("link", name="我的").click()
    await page.get_by_role("button", name="退出登录").click()
    await page.get_by_role("dialog").get_by_role("button", name="退出登录").click()
    await sign_in(page, "first_secretary")
    await page.goto(service.url + "/")
    await expect(entry(page, CANARY).get_by_text("已上传")).to_be_visible(timeout=30_000)
    await expect(page.get_by_text("已全部上传")).to_be_visible(timeout=30_000)
    assert service.notes(CANARY) == [CANARY]
    assert len(service.rows("SELECT 1 FROM photos WHERE width = 640 AND size > 20000")) >= 1


async def _reads_nothing(found: list[str], service: Service, name: str) -> None:
    """No canary of the first in any line, except his name on his own locked box."""
    sealed = [line for line in found if line.startswith("zhucun-phone/sealed")]
    assert len(sealed) == 1
    assert "extractable" not in sealed[0]
    words = {CANARY, "first_secretary", password("first_secretary")}
    for line in found:
        assert not [word for word in words if word in line], line[:300]
        if not line.startswith("zhucun-phone/sealed"):
            assert name not in line or "zhucun-user" in line, line[:300]
    mine = service.rows("SELECT id FROM users WHERE username = 'first_secretary'")[0]["id"]
    dashed = f"{mine[:8]}-{mine[8:12]}-{mine[12:16]}-{mine[16:20]}-{mine[20:]}"
    assert not [line for line in found if line.startswith(f"zhucun-user-{dashed}")]


async def test_unsent_work_goes_only_when_that_is_typed(service: Service, hand: Hand) -> None:
    phone = await hand()
    page = await phone.signed_in("first_secretary")
    await ready_for_offline(page)
    await phone.context.set_offline(True)
    await check_in(page, "e2e 要丢")
    await page.get_by_role("link", name="我的").click()
    await page.get_by_role("button", name="退出登录").click()
    sheet = page.get_by_role("dialog")
    async with page.expect_download() as saving:
        await sheet.get_by_role("button", name="存成文件").click()
    saved = await (await saving.value).path()
    assert "e2e 要丢" in saved.read_text(encoding="utf-8")
    await sheet.get_by_role("button", name="不要这些内容").click()
    gone = sheet.get_by_role("button", name="丢弃并退出")
    await expect(gone).to_be_disabled()
    await sheet.get_by_label("确认丢弃").fill("删除")
    await gone.click()
    await expect(page.get_by_role("heading", name="登录", exact=True)).to_be_visible()
    assert not [
        line
        for line in await dump(page)
        if "e2e 要丢" in line or line.startswith("zhucun-phone/sealed")
    ]
    await phone.context.set_offline(False)
    await sign_in(page, "first_secretary")
    await expect(page.get_by_text("已全部上传")).to_be_visible()
    assert service.notes("e2e 要丢") == []
