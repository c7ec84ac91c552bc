"""The API's manual at /docs, in development only, with assets of our own origin; the root page."""

from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from app.core.errors import BodyTooLarge, InvalidBody, Problem, ProblemOut
from app.core.http import ProblemResponse, can_fail
from app.core.settings import Settings

PROBLEM = ProblemResponse.media_type

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


def complete(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema as it is true: problems in their own media type, bodies that may be too large.

    FastAPI writes a refusal's shape under application/json, where no refusal is ever sent.
    """
    shape = {"$ref": "#/components/schemas/ProblemOut"}
    parts = schema["components"]["schemas"]
    parts["ProblemOut"] = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
    for operation in (o for methods in schema["paths"].values() for o in methods.values()):
        answers = operation["responses"]
        if "requestBody" in operation:
            answers |= {
                str(k): v for k, v in can_fail(BodyTooLarge).items() if str(k) not in answers
            }
        for status in [status for status in answers if int(status) >= 400]:
            shown = answers[status]["content"].get(PROBLEM)
            if shown is None:  # the framework's own 422
                answers[status] = can_fail(InvalidBody)[422]
                shown = answers[status]["content"][PROBLEM]
            answers[status].pop("model", None)
            answers[status]["content"] = {PROBLEM: {"schema": shape, **shown}}
    for unused in ("HTTPValidationError", "ValidationError"):
        parts.pop(unused, None)
    return schema


def add_pages(app: FastAPI, settings: Settings, *, phone_app: bool) -> None:
    """The pages of problems and, without the phone app, the root; in development the manual."""
    app.include_router(_pages(settings, root=not phone_app))
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        return app.openapi_schema if app.openapi_schema else complete(plain())

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend the schema
    if not settings.production:
        app.include_router(_manual())
        assets = Path(str(files("fastapi_swagger") / "resources"))
        app.mount("/docs/assets", StaticFiles(directory=assets), name="manual-assets")


def _pages(settings: Settings, *, root: bool) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    link = "" if settings.production else '<p><a href="/docs">接口文档 API manual</a></p>'
    frame = (STATIC / "page.html").read_text(encoding="utf-8")
    words = (STATIC / "root.html").read_text(encoding="utf-8").replace("<!--manual-->", link)
    page = frame.replace("<!--main-->", words)

    if root:

        @router.get("/", response_class=HTMLResponse)
        async def start() -> HTMLResponse:
            """A plain page where the phone app has not been built."""
            return HTMLResponse(page, headers={"Cache-Control": "no-cache"})

    @router.get("/root.css")
    async def style() -> Response:
        """Its style, as a file: the policy allows no inline style."""
        return Response((STATIC / "root.css").read_text(encoding="utf-8"), media_type="text/css")

    @router.get("/problems", response_class=HTMLResponse)
    async def problems() -> HTMLResponse:
        """Where the ``type`` of every problem points: what it means and how to mend it."""
        rows = "".join(
            f"<dt id='{code}'><code>{code}</code> {kind.status} {escape(kind.title)}</dt>"
            f"<dd>{escape(kind.detail)}</dd>"
            for code, kind in sorted(Problem.catalogue.items())
        )
        listed = f"<h1>问题说明 <small>problems</small></h1><dl>{rows}</dl>"
        return HTMLResponse(frame.replace("<!--main-->", listed))

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
