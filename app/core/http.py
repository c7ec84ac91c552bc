"""HTTP in one shape: problems, security headers, body limits, names for what can go wrong."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, TypeAlias

from fastapi import FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.errors import (
    BodyTooLarge,
    Forbidden,
    InvalidBody,
    MethodNotAllowed,
    NotFound,
    NotSignedIn,
    Problem,
    ProblemOut,
    Unavailable,
    Unexpected,
    UnsupportedType,
    faulty,
    trace,
)
from app.core.settings import Settings

log = logging.getLogger("zhucun")
Responses: TypeAlias = dict[int | str, dict[str, Any]]

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; "
    # Vue's own policy, and the one under which the phone app names its service worker
    "require-trusted-types-for 'script'; trusted-types vue zhucun-worker"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


#: The phone's own clock at sending, beside what it recorded. As it came: see ``instant``.
PhoneClock = Annotated[
    str | None, Header(description="The phone's clock at sending, RFC 3339 with offset.")
]


def instant(told: str | None) -> datetime | None:
    """An aware instant out of a header; None for anything else: nothing is refused for its sake."""
    try:
        found = datetime.fromisoformat(told or "")
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


class ProblemResponse(JSONResponse):
    """A JSON answer of type ``application/problem+json``."""

    media_type = "application/problem+json"


def refuse(problem: Problem) -> ProblemResponse:
    """The answer for a problem. *Returned* by a route, it lets the transaction commit."""
    return ProblemResponse(problem.body(), problem.status, headers=dict(problem.headers))


def can_fail(*problems: type[Problem]) -> Responses:
    """What a route can refuse with, for its ``responses=``; grouped by status, with examples."""
    out: Responses = {}
    for problem in problems:
        shown = out.setdefault(
            problem.status,
            {
                "model": ProblemOut,
                "description": problem.title,
                "content": {ProblemResponse.media_type: {"examples": {}}},
            },
        )
        shown["content"][ProblemResponse.media_type]["examples"][problem.code] = {
            "value": problem().body()
        }
    return out


#: What any signed-in route can answer.
SIGNED_IN = can_fail(NotSignedIn, Forbidden, NotFound, InvalidBody, Unavailable)


def add_problem_handlers(app: FastAPI) -> None:
    """Every error leaves as problem+json, also those of the framework and our own defects."""

    @app.exception_handler(Problem)
    async def _problem(_request: Request, problem: Problem) -> ProblemResponse:
        return refuse(problem)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_request: Request, error: RequestValidationError) -> ProblemResponse:
        return refuse(faulty(error.errors()))

    @app.exception_handler(HTTPException)
    async def _http(_request: Request, error: HTTPException) -> ProblemResponse:
        kinds: dict[int, type[Problem]] = {
            401: NotSignedIn,
            404: NotFound,
            405: MethodNotAllowed,
            413: BodyTooLarge,
            415: UnsupportedType,
        }
        response = refuse(kinds.get(error.status_code, InvalidBody)())
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(OperationalError)
    @app.exception_handler(InterfaceError)
    @app.exception_handler(ConnectionError)
    async def _database(_request: Request, error: Exception) -> ProblemResponse:
        log.error("the database does not answer: %s", type(error).__name__)
        return refuse(Unavailable())


def known_query(request: Request) -> None:
    """InvalidBody when the address asks something that its route does not know.

    Left alone, a misspelt filter would be answered with everything, as if it had been filtered.
    """
    if not request.scope["query_string"]:
        return
    known = _query_names(request.scope["route"])
    strange = [name for name in request.query_params if name not in known]
    if strange:
        why = f"没有这个参数;可用的有:{'、'.join(sorted(known)) or '无'}"
        faults = [{"where": name, "why": why, "kind": "extra_forbidden"} for name in strange]
        raise InvalidBody(f"网址中的参数 {strange[0]} 有误:{why}。", errors=faults)


_KNOWN: dict[Callable[..., Any], frozenset[str]] = {}


def _query_names(route: APIRoute) -> frozenset[str]:
    if (known := _KNOWN.get(route.endpoint)) is not None:
        return known
    names: set[str] = set()
    waiting = [route.dependant]
    while waiting:
        dependant = waiting.pop()
        names |= {field.alias for field in dependant.query_params}
        waiting += dependant.dependencies
    return _KNOWN.setdefault(route.endpoint, frozenset(names))


class Guard:
    """Outermost layer: security headers on every answer, ``no-store`` under /api, body limits.

    Our own defects are answered here and not by an exception handler: the framework would answer
    them outside this layer, without its headers, and raise them again for the server to log.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        self.uploads = {
            "/api/v1/photos/": settings.photo_limit,
            "/api/v1/files/": settings.file_limit,
        }
        headers = dict(HEADERS)
        if settings.public_url.startswith("https://"):
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        self.headers = [(key.lower().encode(), value.encode()) for key, value in headers.items()]
        self.no_store = (b"cache-control", b"no-store")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        api, started = scope["path"].startswith("/api/"), False

        async def send_guarded(message: Message) -> None:
            nonlocal started
            started = True
            if message["type"] == "http.response.start":
                names = {name for name, _ in message["headers"]}
                added = [*self.headers, self.no_store] if api else self.headers
                message["headers"] += [(k, v) for k, v in added if k not in names]
            await send(message)

        limit = self._limit(scope)
        if _declared(scope) > limit:
            await refuse(BodyTooLarge())(scope, receive, send_guarded)
            return
        try:
            await self.app(scope, _counted(receive, limit), send_guarded)
        except Exception as error:
            route = getattr(scope.get("route"), "path", "other")
            log.error("defect at %s %s\n%s", scope["method"], route, trace(error))
            if started:
                raise  # half an answer is out: the server cuts the connection
            await refuse(Unexpected())(scope, receive, send_guarded)

    def _limit(self, scope: Scope) -> int:
        if scope["method"] == "PUT":
            for start, limit in self.uploads.items():
                if scope["path"].startswith(start):
                    return limit
        return self.settings.body_limit


def _declared(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


def _counted(receive: Receive, limit: int) -> Callable[[], Awaitable[Message]]:
    seen = 0

    async def receive_counted() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > limit:
                raise BodyTooLarge
        return message

    return receive_counted
