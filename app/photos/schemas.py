"""What a phone sends and gets back about photos."""

from pydantic import BaseModel, ConfigDict, Field

from app.core.wire import Body, Sha256

MOST_HASHES = 200
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class MissingIn(Body):
    """Photos that the caller may still have to upload."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"sha256": [HASH]}]})

    sha256: list[Sha256] = Field(max_length=MOST_HASHES)


class MissingOut(BaseModel):
    """Those whose bytes the caller has not uploaded, in the order asked."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"missing": [HASH]}]})

    missing: list[str]


class PhotoOut(BaseModel):
    """A stored photo. ``media_type`` is what the bytes are, ``width`` and ``height`` in pixels as
    seen, ``size`` in bytes. ``/thumb`` and ``/view`` are ready."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "sha256": HASH,
                    "media_type": "image/jpeg",
                    "width": 3000,
                    "height": 4000,
                    "size": 2_771_004,
                }
            ]
        },
    )

    sha256: str
    media_type: str
    width: int
    height: int
    size: int
