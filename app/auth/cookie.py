"""The refresh cookie: out of the page's reach, and sent to nobody but us."""

from datetime import datetime

from fastapi import Request, Response

from app.core.settings import Settings

PATH = "/api/v1/session"


class RefreshCookie:
    """Its name and attributes hang on the public URL, not on the scheme seen behind a proxy.

    Over https ``__Host-`` binds it to this very host (the prefix asks for ``Secure`` and
    ``Path=/``); on http, which is only for development, neither is possible.
    """

    def __init__(self, settings: Settings) -> None:
        self.secure = settings.public_url.startswith("https://")
        self.name = "__Host-zhucun-refresh" if self.secure else "zhucun-refresh"
        self.path = "/" if self.secure else PATH

    def read(self, request: Request) -> str | None:
        """The token that came along."""
        return request.cookies.get(self.name)

    def put(self, response: Response, token: str, at: datetime, expires_at: datetime) -> None:
        """Hand out a token until its sign-in expires."""
        self._set(response, token, int((expires_at - at).total_seconds()))

    def clear(self, response: Response) -> None:
        """Take the token back."""
        self._set(response, "", 0)

    def _set(self, response: Response, token: str, max_age: int) -> None:
        response.set_cookie(
            self.name,
            token,
            max_age=max_age,
            path=self.path,
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )
