"""Wire shapes of signing in."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.auth.passwords import LONGEST

# no control characters: PostgreSQL stores no NUL, and nobody can type the others
_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=_PRINTABLE)]
DeviceName = Annotated[str, StringConstraints(max_length=128, pattern=_PRINTABLE)]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]


class SignInIn(BaseModel):
    """Who wants to sign in, and on which device."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "username": "wangfang",
                "password": "four-unrelated-words-here",
                "device_id": "b2f1c0de-5a35-4d6e-8a1c-2f4b7d9e0a11",
                "device_name": "红米 Note 13",
            }
        },
    )

    username: Name
    password: Secret
    device_id: Name = Field(description="Made once by the phone and kept there.")
    device_name: DeviceName = Field(description="What the owner recognises the device by.")
    totp: str | None = Field(
        default=None,
        max_length=16,
        description="Reserved for a second factor: accepted, and not looked at yet.",
    )


class UserOut(BaseModel):
    """A person by id and name."""

    id: UUID
    name: str


class RefreshOut(BaseModel):
    """A fresh access token and its life in seconds."""

    access_token: str
    expires_in: int


class SignInOut(RefreshOut):
    """The access token; the refresh token comes as a cookie that scripts cannot read."""

    token_type: str = "bearer"  # noqa: S105  # the scheme's name
    user: UserOut


class PasswordIn(BaseModel):
    """The current password once more, and the new one."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "current": "four-unrelated-words-here",
                "new": "another-quartet-of-odd-words",
            }
        },
    )

    current: Secret
    new: Secret = Field(description="At least 12 characters, with a part nobody would guess.")
