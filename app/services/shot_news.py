"""Whether what a watcher says of a file is news: it repeats itself twice a second while a file comes in."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from app.db.tables import CameraFile

KNOWN = (
    CameraFile.state,
    CameraFile.bytes_seen,
    CameraFile.bytes_expected,
    CameraFile.expected_exact,
    CameraFile.taken_at,
    CameraFile.camera,
    CameraFile.appeared_earliest,
)
"""What has to be known of a file to tell."""


def tells_more(known: Row[*tuple[Any, ...]], values: Mapping[str, Any]) -> bool:
    """Whether a message says something of a file's times that was not known; bounds only get narrower."""
    new = any(values.get(name) not in (None, getattr(known, name)) for name in ("taken_at", "camera"))
    return new or (known.appeared_earliest is None and values.get("appeared_earliest") is not None)


def stands_still(known: Row[*tuple[Any, ...]], values: Mapping[str, Any]) -> bool:
    """Whether a file that is being received has come no further: its row keeps the time of its last byte."""
    return (
        known.state == values["state"] == "receiving"
        and (known.bytes_seen, known.expected_exact) == (values["bytes_seen"], values["expected_exact"])
        and values["bytes_expected"] in (None, known.bytes_expected)
    )
