"""Every setting, read from ``ZHUCUN_*``; docs/settings.md says what to do with each."""

import json
import secrets
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRETS = ("token_key", "refresh_key", "field_key")
SHORTEST_SECRET = 32
#: two times of the day with a hyphen between, or nothing
QUIET = r"^(([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)?$"


class Settings(BaseSettings):
    """Where things are, how long they live, how large they may be."""

    model_config = SettingsConfigDict(env_prefix="ZHUCUN_", extra="ignore")

    environment: Literal["development", "production"] = "development"
    data: Path = Path("var")
    pages: Path | None = None
    database_url: str = ""
    media_url: str = ""
    media_key: SecretStr = SecretStr("")
    media_secret: SecretStr = SecretStr("")
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""

    token_key: SecretStr = SecretStr("")
    refresh_key: SecretStr = SecretStr("")
    field_key: SecretStr = SecretStr("")
    log_key: SecretStr = SecretStr("")
    metrics_token: SecretStr = SecretStr("")

    access_minutes: int = Field(default=10, ge=1, le=15)
    refresh_days: int = Field(default=30, ge=1, le=180)
    body_limit: int = Field(default=2_000_000, ge=10_000)
    photo_limit: int = Field(default=10_000_000, ge=100_000)
    photos_per_day: int = Field(default=1_000, ge=10)
    file_limit: int = Field(default=20_000_000, ge=100_000)
    files_per_day: int = Field(default=200, ge=1)
    photo_workers: int = Field(default=2, ge=1, le=64)
    database_connections: int = Field(default=20, ge=2, le=200)
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    worker: Literal["auto", "on", "off"] = "auto"
    quiet_hours: str = Field(default="21:00-07:00", pattern=QUIET)
    retention_position_months: int = Field(default=36, ge=0, le=1200)
    retention_log_days: int = Field(default=1095, ge=180, le=36500)
    nightly_verify: Literal["on", "off"] = "on"

    @property
    def production(self) -> bool:
        """Whether real people's records are at stake."""
        return self.environment == "production"

    @cached_property
    def database(self) -> str:
        """The database URL with an async driver; SQLite in the data folder when none is set."""
        if not self.database_url:
            return f"sqlite+aiosqlite:///{self.data.resolve()}/zhucun.db"
        scheme, _, rest = self.database_url.partition("://")
        driver = {
            "postgres": "postgresql+asyncpg",
            "postgresql": "postgresql+asyncpg",
            "sqlite": "sqlite+aiosqlite",
        }.get(scheme, scheme)
        return f"{driver}://{rest}"

    @cached_property
    def media(self) -> str:
        """The photo store: a ``file://`` folder or an ``s3://`` bucket."""
        return self.media_url or (self.data.resolve() / "media").as_uri()

    @property
    def origin(self) -> str:
        """Where people reach the service."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @model_validator(mode="after")
    def secrets_are_secret(self) -> Self:
        """In production every secret is given, long and its own; in development they are made."""
        if not self.production:
            self._make_development_secrets()
        values = {name: getattr(self, name).get_secret_value() for name in SECRETS}
        if self.log_key.get_secret_value():  # else it is made, see app/ledger/keys.py
            values["log_key"] = self.log_key.get_secret_value()
        for name, value in values.items():
            if len(value) < SHORTEST_SECRET or len(set(value)) < 8:
                raise ValueError(
                    f"ZHUCUN_{name.upper()} is missing or too weak: set it to at least "
                    f"{SHORTEST_SECRET} random characters (python3 -c 'import secrets; "
                    "print(secrets.token_urlsafe(48))')"
                )
        if len(set(values.values())) < len(values):
            raise ValueError("ZHUCUN_*_KEY: two secrets are equal; give each its own value")
        if self.production and not self.public_url.startswith("https://"):
            raise ValueError(
                "ZHUCUN_PUBLIC_URL must be the https:// address that phones open: "
                "browsers give a position only over https"
            )
        return self

    def _make_development_secrets(self) -> None:
        """Fill missing secrets from ``<data>/secrets.json``, made at the first start."""
        missing = [name for name in SECRETS if not getattr(self, name).get_secret_value()]
        if not missing:
            return
        file = self.data / "secrets.json"
        kept = json.loads(file.read_text()) if file.exists() else {}
        made = {name: kept.get(name) or secrets.token_urlsafe(48) for name in SECRETS}
        if made != kept:
            self.data.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)
            file.write_text(json.dumps(made, indent=1))
        for name in missing:
            setattr(self, name, SecretStr(made[name]))
