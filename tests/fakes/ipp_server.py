"""A small printer that speaks IPP over HTTP: its paper can be taken away, its answers slowed or lost."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pyipp.enums import IppOperation, IppTag
from pyipp.parser import parse
from pyipp.serializer import construct_attribute

PENDING, HELD, PROCESSING, CANCELED, COMPLETED = 3, 4, 5, 7, 9
_MEDIA = "na_index-4x6_4x6in"


@dataclass
class FakeJob:
    """A print as the printer has it."""

    name: str
    copies: int
    state: int = HELD
    picture: bytes = b""

    @property
    def documents(self) -> int:
        return int(bool(self.picture))


@dataclass
class FakePrinter:
    """What a test sees and changes of it. `losing`: operations whose answers never come, done or not."""

    port: int = 0
    jobs: dict[int, FakeJob] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=lambda: ["none"])
    stopped: bool = False
    paper: bool = True
    accepting: bool = True
    losing: set[IppOperation] = field(default_factory=set)
    refusing: set[IppOperation] = field(default_factory=set)
    forgets: bool = False
    asked: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    slow: threading.Event = field(default_factory=threading.Event)
    """Not set: every answer is held back."""

    @property
    def uri(self) -> str:
        """Its address."""
        return f"ipp://127.0.0.1:{self.port}/ipp/print"

    @property
    def printed(self) -> list[FakeJob]:
        """What came out of it, each with its copies."""
        return [job for job in self.jobs.values() if job.state == COMPLETED]

    def out_of_paper(self) -> None:
        """Take the paper away."""
        self.paper, self.reasons = False, ["media-empty-error"]

    def refill(self) -> None:
        """Put paper in: what waited comes out."""
        self.paper, self.reasons = True, ["none"]
        for job in self.jobs.values():
            self._go(job)

    def _go(self, job: FakeJob) -> None:
        if job.picture and job.state not in (CANCELED, COMPLETED):
            job.state = COMPLETED if self.paper else PROCESSING

    def answer(self, asked: IppOperation, request: dict[str, Any]) -> tuple[int, list[bytes]]:
        """The status and the attributes of one request."""
        values = request["operation-attributes"]
        if asked == IppOperation.GET_PRINTER_ATTRIBUTES:
            return 0, [IppTag.PRINTER.value.to_bytes(1, "big"), *self._printer()]
        if asked == IppOperation.CREATE_JOB:
            if not self.accepting:
                return 0x0506, []
            number = len(self.jobs) + 1
            copies = request["jobs"][0]["copies"] if request["jobs"] else 1
            self.jobs[number] = FakeJob(values["job-name"], copies)
            return 0, [IppTag.JOB.value.to_bytes(1, "big"), construct_attribute("job-id", number)]
        job = self.jobs.get(values["job-id"])
        if job is None or self.forgets:
            return 0x0406, []
        if asked == IppOperation.SEND_DOCUMENT:
            if job.state == CANCELED:
                return 0x0404, []
            job.picture = request["data"]
            self._go(job)
        if asked == IppOperation.CANCEL_JOB:
            if job.state == COMPLETED:
                return 0x0404, []
            job.state = CANCELED
        count = construct_attribute("number-of-documents", job.documents, IppTag.INTEGER)
        state = construct_attribute("job-state", job.state)
        return 0, [IppTag.JOB.value.to_bytes(1, "big"), state, count]

    def _printer(self) -> list[bytes]:
        return [
            construct_attribute("printer-state", 5 if self.stopped else 3),
            construct_attribute("printer-state-reasons", self.reasons),
            construct_attribute("printer-is-accepting-jobs", self.accepting, IppTag.BOOLEAN),
            construct_attribute("document-format-supported", ["image/jpeg"], IppTag.MIME_TYPE),
            construct_attribute("media-default", _MEDIA, IppTag.KEYWORD),
        ]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    printer: FakePrinter

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = parse(body, contains_data=True)
        asked = IppOperation(request["status-code"])
        printer = self.printer
        with printer.lock:
            printer.asked[asked.name] += 1
            loses = asked in printer.losing
            refused = asked in printer.refusing
            status, attributes = (0x0404, []) if refused else printer.answer(asked, request)
        printer.slow.wait(30)
        if loses:
            self.close_connection = True
            return
        head = bytes((1, 1)) + status.to_bytes(2, "big") + request["request-id"].to_bytes(4, "big")
        group = IppTag.OPERATION.value.to_bytes(1, "big") + construct_attribute("attributes-charset", "utf-8")
        answer = head + group + b"".join(attributes) + IppTag.END.value.to_bytes(1, "big")
        self.send_response(200)
        self.send_header("Content-Type", "application/ipp")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@contextmanager
def ipp_printer(port: int = 0) -> Iterator[FakePrinter]:
    """A printer on loopback; `port`: where it was before, for one that comes back."""
    printer = FakePrinter()
    printer.slow.set()
    handler = type("Handler", (_Handler,), {"printer": printer})
    ThreadingHTTPServer.daemon_threads = True
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        printer.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield printer
        finally:
            printer.slow.set()
            server.shutdown()
            thread.join()
