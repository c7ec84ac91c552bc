"""What tests of submissions share: who writes, what they write, documents of every sort."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import httpx

VILLAGE, OTHER_VILLAGE, TOWNSHIP, COUNTY = (
    "360321101201", "360321101202", "360321101", "360321",
)  # fmt: skip
Headers = dict[str, str]
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def report(**over: Any) -> dict[str, Any]:
    """A month's report of the village, unless said otherwise."""
    told = {
        "kind": "month_report",
        "for_period": "2026-10",
        "title": "十月完成情况",
        "text": "入户 32 户。",
        "files": [],
        "written_at": "2026-11-05T17:30:00+08:00",
        **over,
    }
    if not {"unit", "organisation", "person"} & set(told):
        told["unit"] = VILLAGE
    return told


class Desk:
    """One person's way to submissions, figures and files."""

    def __init__(self, client: httpx.AsyncClient, headers: Headers, me: UUID) -> None:
        self.client, self.headers, self.me = client, headers, me

    async def put(self, key: Any = None, **over: Any) -> httpx.Response:
        path = f"/api/v1/submissions/{key or uuid4()}"
        return await self.client.put(path, json=report(**over), headers=self.headers)

    async def decide(self, key: Any, decision: str, remark: str = "") -> httpx.Response:
        told = {"decision": decision, "remark": remark}
        return await self.post(f"/submissions/{key}/decision", told)

    async def withdraw(self, key: Any, reason: str = "报错了") -> httpx.Response:
        return await self.post(f"/submissions/{key}/withdrawal", {"reason": reason})

    async def post(self, path: str, told: dict[str, Any]) -> httpx.Response:
        return await self.client.post(f"/api/v1{path}", json=told, headers=self.headers)

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(f"/api/v1{path}", headers=self.headers)

    async def titles(self, query: str = "") -> list[str]:
        found = await self.get(f"/submissions{query}")
        assert found.status_code == 200, found.text
        return [item["title"] for item in found.json()["items"]]

    async def upload(
        self, data: bytes, name: str = "", declared: str = "application/octet-stream"
    ) -> httpx.Response:
        return await self.client.put(
            f"/api/v1/files/{name or sha(data)}",
            content=data,
            headers={**self.headers, "Content-Type": declared},
        )


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def pdf(words: str = "月报", tail: bytes = b"") -> bytes:
    """A small whole PDF."""
    body = f"%PDF-1.7\n1 0 obj\n<< /Title ({words}) >>\nendobj\n".encode()
    return body + f"xref\n0 1\ntrailer << >>\nstartxref\n{len(body)}\n%%EOF\n".encode() + tail


def package(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return out.getvalue()


def types(main: str, more: str = "") -> bytes:
    return f'<?xml version="1.0"?><Types><Override ContentType="{main}"/>{more}</Types>'.encode()


def docx(words: str = "总结", parts: Mapping[str, bytes] | None = None) -> bytes:
    """A small Word document."""
    return package(
        {
            "[Content_Types].xml": types(f"{DOCX}.main+xml"),
            "_rels/.rels": b"<Relationships/>",
            "word/document.xml": f"<w:document>{words}</w:document>".encode(),
            **(parts or {}),
        }
    )


def xlsx(parts: Mapping[str, bytes] | None = None) -> bytes:
    """A small workbook."""
    told = {
        "[Content_Types].xml": types(f"{XLSX}.main+xml"),
        "xl/workbook.xml": b"<workbook/>",
        **(parts or {}),
    }
    return package(told)


def bomb() -> bytes:
    """A Word document with a part of 300 MB in 300 KB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", types(f"{DOCX}.main+xml"))
        with file.open("word/document.xml", "w") as part:
            for _ in range(300):
                part.write(bytes(1_000_000))
    return out.getvalue()
