"""The phone app's files: which address gets what, and for how long it may be kept."""

import gzip
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from app.core.settings import Settings
from app.main import create_app

CODE = b"console.assert(true);" * 50


@pytest.fixture
def built(tmp_path: Path) -> FastAPI:
    pages = tmp_path / "pages"
    (pages / "assets").mkdir(parents=True)
    (pages / "index.html").write_text("<!doctype html><title>app</title>")
    (pages / "assets" / "a-1234.js").write_bytes(CODE)
    (pages / "assets" / "a-1234.js.gz").write_bytes(gzip.compress(CODE))
    (pages / "sw.js").write_text("// worker")
    (pages / ".sources").write_text("not for anybody")
    return create_app(Settings(data=tmp_path / "var", pages=pages))


def asking(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.mark.parametrize("path", ["/", "/households", "/township/0190aa", "/sign-in?to=%2Fdiary"])
async def test_every_page_is_the_app_and_is_asked_for_anew(built: FastAPI, path: str) -> None:
    async with asking(built) as client:
        answer = await client.get(path)
    assert answer.status_code == 200
    assert "<title>app</title>" in answer.text
    assert answer.headers["cache-control"] == "no-cache"
    assert "require-trusted-types-for" in answer.headers["content-security-policy"]


async def test_parts_are_kept_for_ever_and_go_out_packed(built: FastAPI) -> None:
    async with asking(built) as client:
        packed = await client.get("/assets/a-1234.js")
        plain = await client.get("/assets/a-1234.js", headers={"Accept-Encoding": "identity"})
        tag = packed.headers["etag"]
        again = await client.get("/assets/a-1234.js", headers={"If-None-Match": tag})
    assert packed.content == plain.content == CODE
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert "immutable" in packed.headers["cache-control"]
    assert (again.status_code, again.content) == (304, b"")


async def test_the_worker_is_asked_for_anew(built: FastAPI) -> None:
    async with asking(built) as client:
        answer = await client.get("/sw.js")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nothing",
        "/api/page",
        "/assets/old-9999.js",
        "/.sources",
        "/redoc",
        "/../pyproject.toml",
    ],
)
async def test_what_is_no_page_is_a_problem(built: FastAPI, path: str) -> None:
    async with asking(built) as client:
        answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_without_a_build_the_root_says_so(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path / "var", pages=tmp_path / "none"))
    async with asking(app) as client:
        root, page = await client.get("/"), await client.get("/households")
    assert root.status_code == 200
    assert page.status_code == 404
