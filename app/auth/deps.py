"""Named dependencies: who is asking."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer as HTTPBearerScheme
from fastapi.security.base import SecurityBase
from sqlalchemy import bindparam
from sqlmodel import col, select

from app.auth.cookie import RefreshCookie
from app.auth.errors import CrossSite
from app.auth.models import SignIn, User
from app.auth.service import Door, alive
from app.auth.tokens import Claims, Tokens
from app.core.clock import now
from app.core.db import Database
from app.core.errors import NotSignedIn
from app.core.http import known_query
from app.core.prebuilt import Statement


class Bearer(SecurityBase):
    """A dependency that reads the bearer token, and its own entry in OpenAPI.

    Subclasses answer who that is; one dependency instead of a chain of three, because each link
    costs the busiest path as much as a statement.
    """

    def __init__(self) -> None:
        self.model = HTTPBearerScheme(
            bearerFormat="JWT",
            description="The access_token of POST /session, good for some minutes.",
        )
        self.scheme_name = "access token"

    def claims(self, request: Request) -> Claims:
        """The claims of the token. Whether its sign-in still lives is not yet asked."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise NotSignedIn
        tokens: Tokens = request.app.state.tokens
        claims = tokens.read(token, now())
        known_query(request)
        return claims


@dataclass(frozen=True, slots=True)
class SignedInUser:
    """The user who asks, and the sign-in they ask in."""

    id: UUID
    name: str
    sign_in_id: UUID


_ME = Statement(
    select(col(User.id), col(User.name))
    .join(SignIn, col(SignIn.user_id) == col(User.id))
    .where(
        col(SignIn.id) == bindparam("sign_in"),
        col(User.id) == bindparam("user"),
        alive(bindparam("at")),
    )
)


class _Users(Bearer):
    """One short read, over before the body is worked on: an ended sign-in is refused at once."""

    async def __call__(self, request: Request) -> SignedInUser:
        claims = self.claims(request)
        base: Database = request.app.state.database
        async with base.direct() as direct:
            found = await direct.row(_ME, sign_in=claims.sign_in_id, user=claims.user_id, at=now())
        if found is None:
            raise NotSignedIn
        return SignedInUser(found["id"], found["name"], claims.sign_in_id)


#: Whoever is signed in, whatever their postings; most routes ask for ``postings.scope.Viewer``.
Me = Annotated[SignedInUser, Depends(_Users())]


async def _door(request: Request) -> Door:
    door: Door = request.app.state.door
    return door


async def _cookie(request: Request) -> RefreshCookie:
    return RefreshCookie(request.app.state.settings)


async def _address(request: Request) -> str | None:
    return request.client.host if request.client else None


async def same_origin(request: Request) -> bool:
    """Our own page asks, as far as the browser says so (old ones do not say)."""
    return request.headers.get("sec-fetch-site", "same-origin") == "same-origin"


async def own_page(request: Request, same: Annotated[bool, Depends(same_origin)]) -> None:
    """CrossSite unless our own page, or a program, asks: a foreign form cannot send the header."""
    if not same or request.headers.get("x-requested-with") != "zhucun":
        raise CrossSite


TheDoor = Annotated[Door, Depends(_door)]
Cookie = Annotated[RefreshCookie, Depends(_cookie)]
#: The network address of the caller, as uvicorn reports it (behind a proxy it reads the headers).
Address = Annotated[str | None, Depends(_address)]
SameOrigin = Annotated[bool, Depends(same_origin)]
