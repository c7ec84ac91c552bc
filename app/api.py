"""The one list of routers under /api/v1."""

from fastapi import APIRouter

from app.core.errors import NotFound

router = APIRouter(prefix="/api/v1")

fallback = APIRouter(include_in_schema=False)


@fallback.api_route("/api/{path:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
async def unknown(path: str) -> None:
    """No page is ever served under /api."""
    raise NotFound(f"没有这个接口:/api/{path[:80]}。请升级到最新版本的应用。")
