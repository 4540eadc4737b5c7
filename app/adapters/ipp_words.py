"""What printers say of themselves and of a print, in our words."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from app.domain.errors import Fatal
from app.domain.printing import PrinterLook, RemotePrint

AWAY = ("PRINTER_AWAY", "The printer does not answer.")
BUSY = ("PRINTER_BUSY", "The printer takes nothing just now.")
FORBIDDEN = ("PRINTER_FORBIDDEN", "The print server does not let photobot print.")
NOT_FOUND = ("PRINTER_NOT_FOUND", "The print server knows no printer of this name.")
NOT_IPP = ("PRINTER_NOT_IPP", "This is no printer that photobot can use.")

# The first that a printer names is what people are told: what stops it comes before what will.
_REASONS = (
    (re.compile(r"^media-(empty|needed)"), "PRINTER_PAPER_OUT"),
    (re.compile(r"^media-jam"), "PRINTER_JAM"),
    (re.compile(r"^(cover-open|door-open|interlock-open)"), "PRINTER_OPEN"),
    (
        re.compile(r"^(marker-supply-empty|toner-empty|marker-waste-full|marker-ribbon-empty)"),
        "PRINTER_INK_OUT",
    ),
    (re.compile(r"^(input-tray-missing|output-tray-missing|output-area-full)"), "PRINTER_TRAY"),
    (re.compile(r"^(connecting-to-device|timed-out|offline|shutdown)"), "PRINTER_OFFLINE"),
    (re.compile(r"^(paused|moving-to-paused)"), "PRINTER_STOPPED"),
)
_SOON = (
    (re.compile(r"^media-low"), "PRINTER_PAPER_LOW"),
    (re.compile(r"^(marker-supply-low|toner-low|marker-waste-almost-full)"), "PRINTER_INK_LOW"),
)
_HARMLESS = re.compile(r"^(?!offline).*-report$")
# CUPS has no reason for a printer that is switched off: its backends only say so, in these words.
_OFFLINE = re.compile(r"may not exist|unavailable|unreachable|not responding|not connected", re.IGNORECASE)
_MEDIA = re.compile(r"_(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)(mm|in)$")
_MM = {"mm": 1.0, "in": 25.4}


class NotKnown(Exception):
    """The printer knows no such job (any more)."""


def http_address(uri: str) -> str:
    """Where IPP's requests go: HTTP on the same host, at port 631 unless the address says another."""
    parts = urlsplit(uri)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    scheme = "https" if parts.scheme == "ipps" else "http"
    return f"{scheme}://{host}:{parts.port or 631}{parts.path or '/'}"


def refused(status: int) -> Fatal:
    """A request that the printer will not take, however often it is made."""
    if status in (0x0401, 0x0402, 0x0403):
        return Fatal(*FORBIDDEN)
    if status in (0x0406, 0x0407):
        return Fatal(*NOT_FOUND)
    if status in (0x040A, 0x0410):
        return Fatal("PRINTER_NO_JPEG", "The printer does not take JPEG pictures.")
    return Fatal("PRINTER_REFUSED", f"The printer refused it ({status:#06x}).")


def look(found: Mapping[str, Any]) -> PrinterLook:
    """How a printer is, of its attributes."""
    said = list(_texts(found.get("printer-state-reasons")))
    bad = _first(_REASONS, [one for one in said if not _HARMLESS.search(one)])
    soon = _first(_SOON, said)
    stopped = found.get("printer-state") == 5
    if not bad and any(map(_OFFLINE.search, _texts(found.get("printer-state-message")))):
        bad = "PRINTER_OFFLINE"
    if found.get("printer-is-accepting-jobs") is False:
        bad = bad or "PRINTER_REFUSES"
    formats = list(_texts(found.get("document-format-supported")))
    paper = next(filter(None, map(_size, _papers(found))), None)
    jpeg = not formats or "image/jpeg" in formats
    if stopped or bad:
        return PrinterLook("trouble", bad or "PRINTER_STOPPED", paper, jpeg)
    return PrinterLook("busy" if found.get("printer-state") == 4 else "ready", soon, paper, jpeg)


def remote(found: Mapping[str, Any]) -> RemotePrint:
    """How far a print is, of its attributes."""
    state, said = found.get("job-state"), list(_texts(found.get("job-state-reasons")))
    documents = found.get("number-of-documents")
    arrived = documents > 0 if isinstance(documents, int) else None
    if not isinstance(state, int):
        return RemotePrint("gone")
    if state == 7:
        return RemotePrint("canceled", arrived=arrived)
    if state == 8:
        return RemotePrint("aborted", _first(_REASONS, said), arrived)
    if state == 9:
        return RemotePrint("done", arrived=arrived)
    because = "PRINT_HELD" if state == 4 else "PRINTER_STOPPED" if state == 6 else ""
    return RemotePrint("going", because, arrived)


def _texts(value: object) -> Iterable[str]:
    values = value if isinstance(value, list) else [value]
    return (one for one in values if isinstance(one, str))


def _first(table: Iterable[tuple[re.Pattern[str], str]], said: list[str]) -> str:
    return next((code for pattern, code in table if any(pattern.match(one) for one in said)), "")


def _papers(found: Mapping[str, Any]) -> Iterable[str]:
    yield from _texts(found.get("media-default"))
    yield from _texts(found.get("media-ready"))


def _size(name: str) -> tuple[float, float] | None:
    """Millimetres of a paper by its standard name, like `na_index-4x6_4x6in`."""
    told = _MEDIA.search(name)
    if told is None:
        return None
    width, height = (float(told[place]) * _MM[told[3]] for place in (1, 2))
    return (width, height) if 20 <= width <= 1200 and 20 <= height <= 1200 else None
