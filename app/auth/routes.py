"""Session: begin, renew, end; and the own password."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response

from app.auth import service
from app.auth.deps import Address, Cookie, Me, SameOrigin, TheDoor, own_page
from app.auth.errors import (
    CrossSite,
    TooManyAttempts,
    WeakPassword,
    WrongCredentials,
    WrongPassword,
)
from app.auth.schemas import PasswordIn, RefreshOut, SignInIn, SignInOut, UserOut
from app.core.clock import now
from app.core.db import Base, Db
from app.core.errors import BodyTooLarge, InvalidBody, NotSignedIn, Unavailable
from app.core.http import can_fail, refuse

router = APIRouter(prefix="/session", tags=["session"])


@router.post(
    "",
    response_model=SignInOut,
    responses=can_fail(WrongCredentials, TooManyAttempts, InvalidBody, BodyTooLarge, Unavailable),
)
async def sign_in(
    body: SignInIn,
    request: Request,
    response: Response,
    base: Base,
    door: TheDoor,
    cookie: Cookie,
    address: Address,
) -> SignInOut:
    """Sign in on a device: an access token for some minutes, and a refresh token as a cookie."""
    at, tokens = now(), request.app.state.tokens
    given = body.model_dump(exclude={"totp"})
    done = await service.sign_in(base, door, service.Attempt(**given, address=address), at)
    cookie.put(response, done.refresh_token, at, done.sign_in.expires_at)
    return SignInOut(
        access_token=tokens.issue(done.user.id, done.sign_in.id, now()),
        expires_in=tokens.seconds,
        user=UserOut(id=done.user.id, name=done.user.name),
    )


@router.post(
    "/refresh",
    response_model=RefreshOut,
    responses=can_fail(NotSignedIn, CrossSite, Unavailable),
    dependencies=[Depends(own_page)],
)
async def refresh(
    request: Request,
    response: Response,
    session: Db,
    door: TheDoor,
    cookie: Cookie,
    x_requested_with: Annotated[str, Header(description="Always `zhucun`.")] = "",  # noqa: ARG001  # documents what own_page checks
) -> RefreshOut | Response:
    """Renew the access token by the refresh cookie; the cookie's successor comes with the answer.

    When an answer was lost, ask again with the same cookie. A cookie that comes back after its
    successor was used ends the sign-in for whoever holds either.
    """
    at, tokens = now(), request.app.state.tokens
    done = await service.refresh(session, door, cookie.read(request), at)
    if isinstance(done, NotSignedIn):
        refused = refuse(done)
        cookie.clear(refused)
        return refused
    cookie.put(response, done.refresh_token, at, done.sign_in.expires_at)
    token = tokens.issue(done.user.id, done.sign_in.id, at)
    return RefreshOut(access_token=token, expires_in=tokens.seconds)


@router.delete("", status_code=204, response_class=Response, responses=can_fail(Unavailable))
async def sign_out(
    request: Request,
    response: Response,
    session: Db,
    door: TheDoor,
    cookie: Cookie,
    same: SameOrigin,
) -> None:
    """Sign out by the refresh cookie alone; without a living sign-in there is nothing to do."""
    if same:
        await service.sign_out(session, door, cookie.read(request), now())
        cookie.clear(response)


@router.put(
    "/password",
    status_code=204,
    response_class=Response,
    responses=can_fail(
        NotSignedIn, WrongPassword, WeakPassword, TooManyAttempts, InvalidBody, BodyTooLarge,
        Unavailable,
    ),
)  # fmt: skip
async def change_password(
    body: PasswordIn, me: Me, base: Base, door: TheDoor, address: Address
) -> None:
    """Change the own password; every other sign-in of the user ends."""
    who, secrets = (me.id, me.sign_in_id), (body.current, body.new)
    await service.change_password(base, door, who, secrets, address, now())
