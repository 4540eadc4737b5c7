"""An event's configuration as one JSON file: what it holds, and what such a file may be."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from app.domain.errors import Invalid
from app.domain.messages import Wire

KIND = "photobot-event"
VERSION = 1
FILE_MAX = 40 * 1024 * 1024
"""A frame of 20 MiB in base64, and room for all the rest."""

_Id = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9-]+$")]
_Text = Annotated[str, Field(max_length=200)]


class FileEvent(Wire):
    """The event's own settings. Whether it is open is left out: a file must not close a running event."""

    slug: _Id
    name: _Text
    starts_on: date | None = None
    retention_days: int = 30
    photos_per_guest: Literal["one", "many"] = "many"
    keep_raw: bool = False
    extra_styles: int = 0
    spend_limit: float | None = None


class FileBooth(Wire):
    """A booth without its secrets: tokens are made where it is used."""

    id: _Id
    name: _Text


class FileNames(Wire):
    """A name in both languages."""

    en: _Text
    id: _Text


class FileStyle(Wire):
    """A style with its makers. A ComfyUI workflow is a file of its own and not in here."""

    id: _Id
    name: FileNames
    provider: _Text
    params: dict[str, Any] = Field(default_factory=dict)
    chain: Annotated[list[dict[str, Any]], Field(max_length=20)] = Field(default_factory=list)
    enabled: bool = True
    position: int = 0
    needs_workflow: bool = False


class EventFile(Wire):
    """The whole file; `overlay` is the frame's PNG in base64."""

    kind: Literal["photobot-event"] = "photobot-event"
    version: int
    made_at: str = ""
    event: FileEvent
    booths: Annotated[list[FileBooth], Field(max_length=200)] = Field(default_factory=list)
    styles: Annotated[list[FileStyle], Field(max_length=500)] = Field(default_factory=list)
    overlay: str | None = None


def read(content: bytes) -> EventFile:
    """A file as somebody handed it in.

    Raises Invalid `FILE_NOT_OURS`, `FILE_TOO_NEW`, or `FILE_DAMAGED` with the `place` that is wrong.
    """
    try:
        file = EventFile.model_validate_json(content)
    except ValidationError as error:
        places = {".".join(str(part) for part in item["loc"]) for item in error.errors()}
        if places & {"", "kind"} or {"version", "event"} <= places:
            raise Invalid("FILE_NOT_OURS", "This is no configuration of a photobot event.") from None
        place = sorted(places)[0]
        raise Invalid("FILE_DAMAGED", f"The file is not right at “{place}”.", place=place) from None
    if file.version > VERSION:
        raise Invalid("FILE_TOO_NEW", "This file comes from a newer photobot.", version=file.version)
    return file
