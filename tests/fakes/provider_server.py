"""A provider of styles as an HTTP server of its own: it counts what is submitted, and fails as it is told."""

import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from app.adapters.embedded import process


@dataclass
class ProviderServer:
    """What the server is told (set it at any time) and what it has seen."""

    url: str
    picture: bytes
    seconds: float = 0.0
    hang: bool = False
    die: bool = False
    poll_transient: int = 0
    poll_fatal: bool = False
    submit_transient: int = 0
    lose: int = 0
    blind: bool = False
    down: bool = False
    submits: Counter[str] = field(default_factory=Counter)
    cancels: Counter[str] = field(default_factory=Counter)
    fetches: Counter[str] = field(default_factory=Counter)
    polls: Counter[str] = field(default_factory=Counter)
    tasks: dict[str, tuple[str, float]] = field(default_factory=dict)
    submissions: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def submit(self, job_id: str, submission: str) -> dict[str, object]:
        """Start a task for a job, or refuse; `die` tells the worker to end on the spot."""
        with self.lock:
            self.submits[job_id] += 1
            if self.die:
                return {"die": True}
            if self.submit_transient > 0:
                self.submit_transient -= 1
                return {"error": "PROVIDER_BUSY"}
            task_id = uuid.uuid4().hex
            self.tasks[task_id] = (job_id, time.monotonic())
            self.submissions[submission] = task_id
            return {"taskId": task_id}

    def find(self, submission: str) -> dict[str, object]:
        """The task of a submission; a `blind` provider cannot tell."""
        with self.lock:
            if self.blind:
                return {"unknown": True}
            return {"taskId": self.submissions.get(submission)}

    def poll(self, task_id: str) -> dict[str, object]:
        """Where a task stands."""
        with self.lock:
            if task_id not in self.tasks:
                return {"status": "lost"}
            job_id, started_at = self.tasks[task_id]
            self.polls[job_id] += 1
            if self.lose > 0:
                self.lose -= 1
                del self.tasks[task_id]
                return {"status": "lost"}
            if self.poll_transient > 0:
                self.poll_transient -= 1
                return {"status": "failed", "code": "PROVIDER_TIRED", "transient": True}
            if self.poll_fatal:
                return {"status": "failed", "code": "PROVIDER_REFUSED", "transient": False}
            if self.hang or time.monotonic() - started_at < self.seconds:
                return {"status": "running", "percent": 50}
            return {"status": "done"}

    def fetch(self, task_id: str) -> bytes:
        """The picture of a task."""
        with self.lock:
            self.fetches[self.tasks[task_id][0]] += 1
            return self.picture

    def got(self, path: str) -> bytes:
        """What a GET of this path answers."""
        if path == "/health":
            return json.dumps({"ok": not self.down}).encode()
        _, kind, task_id, *rest = path.split("/")
        if kind == "submissions":
            return json.dumps(self.find(task_id)).encode()
        return self.fetch(task_id) if rest else json.dumps(self.poll(task_id)).encode()

    def cancel(self, task_id: str) -> dict[str, object]:
        """Stop a task: from now on it is lost."""
        with self.lock:
            known = self.tasks.pop(task_id, None)
            if known is not None:
                self.cancels[known[0]] += 1
            return {}


@contextmanager
def provider_server(picture: bytes) -> Iterator[ProviderServer]:
    """A running provider whose every result is `picture`."""
    state = ProviderServer("", picture)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(json.dumps(state.submit(asked["jobId"], asked["submission"])).encode())

        def do_GET(self) -> None:
            self._answer(state.got(self.path))

        def do_DELETE(self) -> None:
            self._answer(json.dumps(state.cancel(self.path.rsplit("/", 1)[1])).encode())

        def log_message(self, format: str, *args: object) -> None:  # silence
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            return  # a worker that was killed leaves its connection in the middle of a sentence

    with Server(("127.0.0.1", process.free_port()), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join(10)
