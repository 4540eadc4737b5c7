"""Prints on paper: how far one is, how a printer is, and where a booth's printer is found."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import quote, urlsplit

from app.domain.errors import Invalid
from app.domain.wire import Wire

COPIES_MAX = 9
OPEN = ("requested", "sending", "printing")
"""A worker looks after these; all others have ended, `unknown` until a person says how."""

PrintStatus = Literal["requested", "sending", "printing", "printed", "failed", "unknown", "canceled"]
PrinterStateName = Literal["ready", "busy", "trouble", "away"]
_QUEUE = re.compile(r"[^\x00-\x20\x7f/#?\\'\"<>]{1,120}")


class PrintMark(Wire):
    """What a job's row says of its prints: the newest one, and how many copies came out so far."""

    id: str
    status: PrintStatus
    copies: int
    because: str = ""
    copies_printed: int = 0
    requests: int = 1


class PrinterState(Wire):
    """How a booth's printer is: `because` is the code of what is wrong, or will be soon while it is ready."""

    state: PrinterStateName
    because: str = ""
    checked_at: datetime


@dataclass(frozen=True)
class PrinterLook:
    """How a printer is, and its paper as width and height in millimetres where it says so."""

    state: PrinterStateName
    because: str = ""
    paper: tuple[float, float] | None = None
    takes_jpeg: bool = True


@dataclass(frozen=True)
class RemotePrint:
    """What a printer says of a print; `gone`: it knows none of this number. `arrived`: it has the picture,
    None where it does not say."""

    state: Literal["going", "done", "canceled", "aborted", "gone"]
    because: str = ""
    arrived: bool | None = None


def checked_printer(text: str) -> str:
    """A booth's printer as it is kept: empty, a queue's name at the CUPS server, or an `ipp://` address.

    Raises Invalid `PRINTER_INVALID`.
    """
    clean = text.strip()
    if not clean or "://" not in clean:
        if clean and _QUEUE.fullmatch(clean) is None:
            raise _invalid()
        return clean
    try:
        parts = urlsplit(clean)
        port = parts.port  # raises for what is no number
    except ValueError:
        raise _invalid() from None
    plain = parts.username is None and not parts.query and not parts.fragment and port != 0
    if parts.scheme not in ("ipp", "ipps") or not parts.hostname or not plain or len(clean) > 300:
        raise _invalid()
    if not clean.isascii() or not clean.isprintable() or " " in clean:
        raise _invalid()
    return clean


def printer_uri(printer: str, server: str) -> str:
    """The address of a booth's printer; a bare name is a queue of the server at `server` (`ipp://host:631`)."""
    return printer if "://" in printer else f"{server}/printers/{quote(printer, safe='')}"


def _invalid() -> Invalid:
    words = "The name of a queue of the print server, or an address like ipp://192.168.1.20/ipp/print."
    return Invalid("PRINTER_INVALID", words, field="printer")
