"""Printers over IPP: a CUPS server's queues, or a printer on the network that speaks it itself.

A print is two requests: an empty job is made first and has a number, then its picture is sent. Whatever is
lost on the way, the number tells afterwards whether the picture arrived, so that none is printed twice.
"""

import struct
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
from pyipp.enums import IppOperation
from pyipp.exceptions import IPPError
from pyipp.parser import parse
from pyipp.serializer import encode_dict

from app.adapters import ipp_words
from app.domain.errors import Fatal, Transient
from app.domain.printing import PrinterLook, RemotePrint, printer_uri

_VERSION = (1, 1)
_USER = "photobot"
_ANSWER_MAX = 512 * 1024
_CHUNK = 64 * 1024
_LOOKED_AT = [
    "printer-state",
    "printer-state-reasons",
    "printer-state-message",
    "printer-is-accepting-jobs",
    "document-format-supported",
    "media-default",
    "media-ready",
]
_ASKED = ["job-state", "job-state-reasons", "number-of-documents"]
_FORGOTTEN = (0x0406, 0x0407)
_BUSY = (0x0500, 0x0502, 0x0504, 0x0505, 0x0506, 0x0507)
"""What passes by itself: an internal error, a device error, temporarily, not accepting, busy."""


class IppPrinters:
    """The printers of this house; a bare name is a queue of the CUPS server at `server`."""

    def __init__(self, server: str, *, call_seconds: float = 5.0, send_seconds: float = 30.0) -> None:
        self._server = server
        timeout = httpx.Timeout(call_seconds, connect=min(3.0, call_seconds))
        self._http = httpx.AsyncClient(timeout=timeout, trust_env=False, follow_redirects=False)
        self._send_timeout = httpx.Timeout(send_seconds, connect=min(3.0, call_seconds))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def look(self, printer: str) -> PrinterLook:
        """How it is now."""
        values = {"requested-attributes": _LOOKED_AT}
        answer = await self._call(printer, IppOperation.GET_PRINTER_ATTRIBUTES, values)
        found = answer["printers"][0] if answer["printers"] else {}
        return ipp_words.look(found)

    async def create(self, printer: str, name: str, copies: int) -> int:
        """Make an empty job; its number. One whose number is lost is thrown away by the printer."""
        answer = await self._call(
            printer, IppOperation.CREATE_JOB, {"job-name": name}, job={"copies": copies}
        )
        number = answer["jobs"][0].get("job-id") if answer["jobs"] else None
        if not isinstance(number, int):
            raise Fatal("PRINTER_NOT_IPP", "This is no printer that photobot can use.")
        return number

    async def send(self, printer: str, number: int, picture: Path) -> None:
        """Give the job its one picture: from now on it is printed."""
        values = {"job-id": number, "document-format": "image/jpeg", "last-document": True}
        try:
            await self._call(printer, IppOperation.SEND_DOCUMENT, values, document=picture)
        except ipp_words.NotKnown:
            raise Transient(*ipp_words.BUSY) from None

    async def ask(self, printer: str, number: int) -> RemotePrint:
        """What became of it."""
        values = {"job-id": number, "requested-attributes": _ASKED}
        try:
            answer = await self._call(printer, IppOperation.GET_JOB_ATTRIBUTES, values)
        except ipp_words.NotKnown:
            return RemotePrint("gone")
        return ipp_words.remote(answer["jobs"][0] if answer["jobs"] else {})

    async def cancel(self, printer: str, number: int) -> None:
        """Stop it where that is possible; what it did until then is to be asked."""
        try:
            await self._call(printer, IppOperation.CANCEL_JOB, {"job-id": number})
        except ipp_words.NotKnown:
            return
        except Fatal:  # it has ended already
            return

    async def _call(
        self,
        printer: str,
        operation: IppOperation,
        values: Mapping[str, Any],
        *,
        job: Mapping[str, Any] | None = None,
        document: Path | None = None,
    ) -> dict[str, Any]:
        """One request. Raises `Transient`, `Fatal`, `NotKnown` for a job it does not know."""
        uri = printer_uri(printer, self._server)
        operation_values = {
            "attributes-charset": "utf-8",
            "attributes-natural-language": "en",
            "printer-uri": uri,
            **({"job-id": values["job-id"]} if "job-id" in values else {}),
            "requesting-user-name": _USER,
            **values,
        }
        message: dict[str, Any] = {"version": _VERSION, "operation": operation}
        message["operation-attributes-tag"] = operation_values
        if job:
            message["job-attributes-tag"] = dict(job)
        head = encode_dict(message)
        answer = await self._post(ipp_words.http_address(uri), head, document)
        status = answer["status-code"]
        if status in _FORGOTTEN and "job-id" in values:
            raise ipp_words.NotKnown(str(status))
        if status in _BUSY:
            raise Transient(*ipp_words.BUSY)
        if status >= 0x0400 or status < 0:
            raise ipp_words.refused(status)
        return answer

    async def _post(self, address: str, head: bytes, document: Path | None) -> dict[str, Any]:
        size = len(head) + (document.stat().st_size if document else 0)
        headers = {"Content-Type": "application/ipp", "Content-Length": str(size)}
        timeout = self._send_timeout if document else self._http.timeout
        try:
            async with self._http.stream(
                "POST", address, content=_body(head, document), headers=headers, timeout=timeout
            ) as answer:
                raw = bytearray()
                async for chunk in answer.aiter_bytes():
                    raw += chunk
                    if len(raw) > _ANSWER_MAX:
                        raise Fatal(*ipp_words.NOT_IPP)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Transient(*ipp_words.AWAY) from error
        if answer.status_code in (401, 403):
            raise Fatal(*ipp_words.FORBIDDEN)
        if answer.status_code == 404:
            raise Fatal(*ipp_words.NOT_FOUND)
        if not answer.is_success:
            raise Transient(*(ipp_words.BUSY if answer.status_code >= 500 else ipp_words.NOT_IPP))
        try:
            return dict(parse(bytes(raw)))
        except (IPPError, ValueError, LookupError, TypeError, struct.error) as error:
            raise Transient(*ipp_words.NOT_IPP) from error


async def _body(head: bytes, document: Path | None) -> AsyncIterator[bytes]:
    yield head
    if document is None:
        return
    with document.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk
