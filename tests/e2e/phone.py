"""A phone: a browser context that is watched all the time, and what a thumb does with it."""

import contextlib
import io
import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from PIL import Image
from playwright.async_api import (
    BrowserContext,
    ConsoleMessage,
    FilePayload,
    Locator,
    Page,
    Request,
    WebError,
    expect,
)

from tests.e2e.service import Service

#: the machine also runs the other half of the suite meanwhile: what is slow is not yet wrong
SOON_MS = 30_000
expect.set_options(timeout=SOON_MS / 2)
#: what the browser itself says of a request that the app sent knowing it may fail
_FAILED = "Failed to load resource:"
_CSP = """
addEventListener('securitypolicyviolation', (event) =>
  console.error('content policy: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample))
"""
#: by its event and not by a predicate asked again, which the content policy forbids to compile
_GOVERNED = """new Promise((done) => {
  const { serviceWorker } = navigator
  if (serviceWorker.controller) done(1)
  serviceWorker.addEventListener('controllerchange', () => done(1))
})"""
#: everything that scripts of this origin can read on this phone, as one text
_DUMP = """async () => {
  const seen = []
  const text = async (value) => {
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value))
      return new TextDecoder('utf-8', { fatal: false }).decode(value)
    if (value instanceof Blob) return value.text()
    if (value instanceof CryptoKey) return 'key ' + value.extractable
    if (value && typeof value === 'object')
      return (await Promise.all(Object.entries(value).map(async ([k, v]) => k + '=' + (await text(v))))).join(';')
    return String(value)
  }
  for (const { name } of await indexedDB.databases()) {
    const db = await new Promise((ok, no) => {
      const asked = indexedDB.open(name)
      asked.onsuccess = () => ok(asked.result)
      asked.onerror = () => no(asked.error)
    })
    for (const store of db.objectStoreNames) {
      const rows = await new Promise((ok, no) => {
        const asked = db.transaction(store).objectStore(store).getAll()
        asked.onsuccess = () => ok(asked.result)
        asked.onerror = () => no(asked.error)
      })
      for (const row of rows) seen.push(name + '/' + store + ': ' + (await text(row)))
    }
    db.close()
  }
  for (const [kind, box] of [['local', localStorage], ['session', sessionStorage]])
    for (const key of Object.keys(box)) seen.push(kind + ' ' + key + ': ' + box.getItem(key))
  for (const name of await caches.keys()) {
    const cache = await caches.open(name)
    for (const request of await cache.keys())
      seen.push('cache ' + request.url + ': ' + (await (await cache.match(request)).text()))
  }
  seen.push('cookie ' + document.cookie)
  return seen
}"""


def photo(width: int = 640, height: int = 480, *, seed: int = 0, quality: int = 80) -> FilePayload:
    """A JPEG like a camera's: noise, so that it is large and each seed has another digest."""
    pixels = random.Random(seed).randbytes(width * height * 3)
    picture = Image.frombytes("RGB", (width, height), pixels)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def plain_photo(colour: str) -> FilePayload:
    """A JPEG of a few kilobytes."""
    out = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, "JPEG")
    return {"name": "IMG_0002.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


@dataclass
class Phone:
    """One browser profile."""

    context: BrowserContext
    service: Service
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    writes: list[tuple[str, str]] = field(default_factory=list)
    """PUT and POST as (method and path, body); without those that found no network to leave by."""

    async def watched(self) -> "Phone":
        """Listen before the first page opens."""
        self.context.on("console", self._console)
        self.context.on("weberror", self._error)
        self.context.on("request", self._request)
        self.context.on("requestfailed", self._failed)
        await self.context.add_init_script(_CSP)
        self.context.set_default_timeout(SOON_MS)
        return self

    def _console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        where = urlsplit(message.location.get("url", "")).path
        known = message.text.startswith(_FAILED) and (
            "net::ERR_" in message.text
            or (where.startswith("/api/") and re.search(r"status of 4\d\d", message.text))
        )
        if not known:
            self.complaints.append(f"{message.text} ({where})")

    def _error(self, error: WebError) -> None:
        self.complaints.append(f"uncaught: {error.error}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.service.url + "/", "data:", "blob:")):
            self.foreign.append(request.url)
        if request.method in ("PUT", "POST"):
            self.writes.append(_written(request))

    def _failed(self, request: Request) -> None:
        if request.failure == "net::ERR_INTERNET_DISCONNECTED":
            with contextlib.suppress(ValueError):  # from before the list was cleared
                self.writes.remove(_written(request))

    def assert_quiet(self) -> None:
        """No console error, no content policy report, no request to anybody else."""
        assert not self.foreign, self.foreign
        assert not self.complaints, self.complaints

    def sent(self) -> list[str]:
        """Ids of the records and digests of the photos that left this phone, each as often as it left."""
        ids: list[str] = []
        for call, body in self.writes:
            method, _, path = call.partition(" ")
            if path == "/api/v1/sync":
                ids += [record["id"] for record in json.loads(body)["records"]]
            elif method == "PUT":
                ids.append(path.rpartition("/")[2])
        return ids

    async def open(self, path: str = "/") -> Page:
        page = await self.context.new_page()
        await page.goto(self.service.url + path)
        return page

    async def signed_in(self, role: str, path: str = "/") -> Page:
        """A page of somebody who has just signed in with a demonstration login."""
        page = await self.open(path)
        await sign_in(page, role)
        return page


def _written(request: Request) -> tuple[str, str]:
    path = urlsplit(request.url).path
    bare = request.method == "PUT" and ("/photos/" in path or "/files/" in path)
    body = "" if bare else request.post_data or ""
    return f"{request.method} {path}", body


def password(role: str) -> str:
    return f"zhucun-demo-{role.replace('_', '-')}"


async def sign_in(page: Page, role: str) -> None:
    await page.get_by_label("用户名").fill(role)
    await page.get_by_label("密码").fill(password(role))
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("heading", name="登录", exact=True)).to_have_count(
        0, timeout=SOON_MS
    )
    await expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=SOON_MS)


async def governed(page: Page) -> None:
    """From the second start on: the worker stands and governs the page."""
    await page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    await page.reload()
    await page.evaluate(_GOVERNED)


async def ready_for_offline(page: Page) -> None:
    """Governed, and drawn."""
    await governed(page)
    await expect(page.get_by_role("heading", level=1)).to_be_visible()


def big_button(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile(r"^签到"))


async def check_in(page: Page, note: str = "", photos: Sequence[FilePayload] = ()) -> None:
    """Two taps, and what one may add between them."""
    await big_button(page).click()
    sheet = page.get_by_role("dialog")
    for number, file in enumerate(photos, start=1):
        await sheet.get_by_label("拍照").set_input_files(file)
        await expect(sheet.get_by_role("img", name=f"照片 {number}")).to_be_visible()
    if note:
        await sheet.get_by_label("备注").fill(note)
    await sheet.get_by_role("button", name="保存签到").click()
    await expect(sheet).to_have_count(0)
    await expect(page.get_by_text("的签到已存在手机上")).to_be_visible()


def entry(page: Page, note: str) -> Locator:
    """A record of today on the Today page."""
    return page.get_by_role("listitem").filter(has_text=note)


async def dump(page: Page) -> list[str]:
    """What scripts of this origin can read here: databases, storages, caches, cookies."""
    found: list[Any] = await page.evaluate(_DUMP)
    return [str(line) for line in found]
