"""Is it up, is it ready, what has it done: for supervisors, outside /api."""

import secrets
import time
from ipaddress import ip_address

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from pydantic import BaseModel
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.db import Base
from app.core.errors import NotFound, Unavailable
from app.core.http import can_fail
from app.core.migrate import newest, standing

router = APIRouter(tags=["supervision 运维"])
registry = CollectorRegistry()
REQUESTS = Histogram(
    "zhucun_request_seconds",
    "Time to answer, by route template, method and status",
    ("route", "method", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=registry,
)


class Up(BaseModel):
    """A short word."""

    status: str


@router.get("/healthz")
async def healthz() -> Up:
    """The process answers."""
    return Up(status="ok")


@router.get("/readyz", responses=can_fail(Unavailable))
async def readyz(base: Base) -> Up:
    """The database answers too, and was migrated for this version."""
    if await standing(base.engine) != newest():
        raise Unavailable("数据库尚未升级到本版本。请运行 zhucun migrate,再重试。")
    return Up(status="ready")


@router.get("/metrics", response_class=PlainTextResponse, responses=can_fail(NotFound))
async def metrics(request: Request) -> PlainTextResponse:
    """Prometheus text, for loopback or with ``ZHUCUN_METRICS_TOKEN``; to others it is not there."""
    if not _may_read(request):
        raise NotFound
    return PlainTextResponse(generate_latest(registry).decode())


def _may_read(request: Request) -> bool:
    token = request.app.state.settings.metrics_token.get_secret_value()
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token:
        return secrets.compare_digest(given.encode(), token.encode())
    forwarded = request.headers.get("forwarded") or request.headers.get("x-forwarded-for")
    if request.client is None or forwarded:
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


class Timed:
    """Times every request under its route's template: no path with an id in it is kept."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start, status = time.perf_counter(), 500

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_noted)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            REQUESTS.labels(route, scope["method"], status).observe(time.perf_counter() - start)
