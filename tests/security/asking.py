"""Asking the application directly, without a client in between: thousands of cells stay quick."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from starlette.types import ASGIApp, Message

#: A caller from another machine; nothing may depend on being asked from loopback.
STRANGER = ("203.0.113.5", 40_000)


@dataclass(frozen=True, slots=True)
class Ask:
    """A request. ``body`` is sent as JSON unless it is bytes."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of this name."""
        return next((value for key, value in self.headers if key == name), None)

    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


async def ask(app: ASGIApp, told: Ask, headers: Mapping[str, str] | None = None) -> Answer:
    """The application's answer. What it raises after answering 500 is not raised here."""
    body = told.body if isinstance(told.body, bytes) else b""
    sent = {"host": "test", **{k.lower(): v for k, v in told.headers.items()}}
    sent |= {k.lower(): v for k, v in (headers or {}).items()}
    if told.body is not None and not isinstance(told.body, bytes):
        body = json.dumps(told.body, ensure_ascii=False).encode()
        sent.setdefault("content-type", "application/json")
    if told.body is not None:
        sent["content-length"] = str(len(body))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": told.method,
        "scheme": "http",
        "path": told.path,
        "raw_path": told.path.encode(),
        "root_path": "",
        "query_string": urlencode(told.query).encode(),
        "headers": [(k.encode(), v.encode("latin-1")) for k, v in sent.items()],
        "client": STRANGER,
        "server": ("test", 80),
        "state": {},
    }
    started: list[Message] = []
    chunks: list[bytes] = []
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            started.append(message)
        elif message["type"] == "http.response.body":
            chunks.append(message.get("body", b""))

    try:
        await app(scope, receive, send)
    except Exception:  # the framework raises again what it has answered with 500
        if not started:
            raise
    start = started[0]
    heads = [(k.decode().lower(), v.decode("latin-1")) for k, v in start["headers"]]
    return Answer(start["status"], heads, b"".join(chunks))
