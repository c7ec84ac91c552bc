"""The API's manual at /docs, in development only, with assets of our own origin; the root page."""

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from app.core.settings import Settings

STATIC = Path(__file__).resolve().parent / "static"
MANUAL = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>驻村 zhucun · API</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css"><link rel="icon" href="data:,">
</head><body><div id="swagger-ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script>
</body></html>"""
START = 'SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true});'
#: Swagger UI writes style elements; that is allowed on this page of developers only
MANUAL_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def add_pages(app: FastAPI, settings: Settings) -> None:
    """The root page, and in development the manual."""
    app.include_router(_root(settings))
    if not settings.production:
        app.include_router(_manual())
        assets = Path(str(files("fastapi_swagger") / "resources"))
        app.mount("/docs/assets", StaticFiles(directory=assets), name="manual-assets")


def _root(settings: Settings) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    link = "" if settings.production else '<p><a href="/docs">接口文档 API manual</a></p>'
    page = (STATIC / "root.html").read_text(encoding="utf-8").replace("<!--manual-->", link)

    @router.get("/", response_class=HTMLResponse)
    async def root() -> HTMLResponse:
        """A plain page until the phone app is served here."""
        return HTMLResponse(page, headers={"Cache-Control": "no-cache"})

    @router.get("/root.css")
    async def style() -> Response:
        """Its style, as a file: the policy allows no inline style."""
        return Response((STATIC / "root.css").read_text(encoding="utf-8"), media_type="text/css")

    return router


def _manual() -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/docs", response_class=HTMLResponse)
    async def manual() -> HTMLResponse:
        """Swagger UI."""
        return HTMLResponse(MANUAL, headers={"Content-Security-Policy": MANUAL_CSP})

    @router.get("/docs/start.js")
    async def start() -> Response:
        """What starts it, as a file: inline script is not allowed."""
        return Response(START, media_type="text/javascript")

    return router
