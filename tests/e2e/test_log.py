"""The phone as a witness: a history written anew, properly signed, is told at the next sync."""

import re
import sqlite3

from playwright.async_api import Page, expect

from app.core.clock import now
from app.core.db import Database
from app.core.settings import Settings
from app.ledger.keys import signer
from app.ledger.sealing import seal
from tests.e2e.conftest import Hand
from tests.e2e.service import Service

LOG = "360321"


async def sealed(service: Service) -> None:
    """Sign what the logs hold now, as the worker does every ten minutes."""
    settings = Settings(data=service.data)
    base = Database(settings.database)
    await seal(base, signer(settings), now(), kept=None)
    await base.dispose()


def written_anew(service: Service) -> None:
    """As whoever rules database and key: the last leaf is another one, and no checkpoint remains."""
    with sqlite3.connect(f"{service.data}/zhucun.db") as base:
        triggers = base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            base.execute(f"DROP TRIGGER {name}")
        base.execute(
            "UPDATE ledger SET leaf = randomblob(32) WHERE log = ? AND seq ="
            " (SELECT max(seq) FROM ledger WHERE log = ?)",
            (LOG, LOG),
        )
        base.execute("DELETE FROM checkpoints WHERE log = ?", (LOG,))
        base.execute("DELETE FROM ledger_tiles WHERE log = ?", (LOG,))
    base.close()


async def followed(page: Page) -> None:
    """Until the phone keeps a checkpoint."""
    await page.get_by_role("link", name="我的").click()
    await page.get_by_role("link", name="记录簿与检查点").click()
    here = page.get_by_role("region", name="本机核对的结果")
    await expect(here.get_by_text("签名已核对")).to_be_visible()


async def test_two_checkpoints_of_one_size_are_told_at_the_next_sync(
    service: Service, hand: Hand
) -> None:
    await sealed(service)
    phone = await hand()
    page = await phone.signed_in("first_secretary")
    await followed(page)
    await expect(page.get_by_role("alert")).to_have_count(0)
    written_anew(service)
    await sealed(service)
    await page.goto(service.url + "/")
    told = page.get_by_role("alert").filter(has_text="内容不同、条数相同的检查点")
    await expect(told).to_be_visible()
    # nothing is blocked, and the warning stays over a new start
    await expect(page.get_by_role("button", name=re.compile("^签到"))).to_be_enabled()
    await page.reload()
    await told.get_by_role("link", name="查看").click()
    await expect(page.get_by_role("heading", name="两份检查点不一致")).to_be_visible()
    async with page.expect_download() as saved:
        await page.get_by_role("button", name="保存或发送证据").first.click()
    assert (await saved.value).suggested_filename == f"evidence-{LOG}-fork.json"
    await page.get_by_role("button", name="已经报告").click()
    await page.get_by_role("button", name="已报告,重新开始核对").click()
    await expect(told).to_have_count(0)
