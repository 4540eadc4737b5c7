"""A provider of styles over HTTP that keeps its own books: what it took, what it charged, what went wrong."""

import json
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from app.adapters.embedded import process
from tests.chaos.pictures import picture_of

TROUBLES: dict[str, float] = {
    "busy": 0.03,  # 429, not taken
    "error": 0.02,  # 500, not taken
    "hang": 0.01,  # not taken, and nothing is said
    "accept_hang": 0.015,  # taken and charged, and nothing is said
    "stuck": 0.006,  # the task never ends
    "tired": 0.025,  # the task fails, charged back; another try may help
    "refused": 0.01,  # the task fails for good, charged back
    "broken": 0.02,  # the picture's bytes are cut short once
}
"""What goes wrong with a request or its task, and how often."""
SILENCE_SECONDS = 6.0
"""Longer than the worker's patience."""

UPLOAD_SECONDS = (0.05, 0.4)


@dataclass
class Task:
    """A line of the books: a task that was taken. `charged` is false once the money was given back."""

    task_id: str
    job_id: str
    submission: str
    at: float
    ends_at: float
    trouble: str | None = None
    charged: bool = True
    canceled: bool = False
    fetches: int = 0


@dataclass
class Books:
    """What the provider is told (`down`) and has seen; troubles come by a seeded deck, then by chance."""

    seed: int
    deck: list[str | None] = field(default_factory=list)
    down: bool = False
    tasks: dict[str, Task] = field(default_factory=dict)
    fired: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    refused_while_down: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)
    ending: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def __post_init__(self) -> None:
        self.random = random.Random(f"provider {self.seed}")

    def must_happen(self, within: int) -> None:
        """Every trouble comes once among the next requests, whatever chance says."""
        self.deck = [*TROUBLES, *[None] * max(0, within - len(TROUBLES))]
        self.random.shuffle(self.deck)

    def submit(self, job_id: str, submission: str) -> tuple[int, dict[str, object] | None]:
        """Status and answer; None is silence."""
        with self.lock:
            self.asked += 1
            trouble = self._trouble()
            if trouble is not None:
                self.fired[trouble] += 1
            if trouble in ("busy", "error"):
                return (429 if trouble == "busy" else 500), {"taken": False}
            if trouble == "hang":
                return 0, None
            now = time.time()
            task = Task(
                uuid.uuid4().hex, job_id, submission, now, now + self.random.uniform(0.2, 1.2), trouble
            )
            self.tasks[task.task_id] = task
            return (0, None) if trouble == "accept_hang" else (200, {"taskId": task.task_id})

    def _trouble(self) -> str | None:
        if self.deck:
            return self.deck.pop()
        drawn = self.random.random()
        for name, part in TROUBLES.items():
            drawn -= part
            if drawn < 0:
                return name
        return None

    def find(self, submission: str) -> tuple[int, dict[str, object]]:
        """The task of a submission; of every second one it cannot tell (409), as providers without a list."""
        if not remembers(submission):
            return 409, {}
        return 200, {"taskId": self.task_of(submission)}

    def task_of(self, submission: str) -> str | None:
        """What a person sees who looks into the books."""
        with self.lock:
            return next((one.task_id for one in self.tasks.values() if one.submission == submission), None)

    def poll(self, task_id: str) -> dict[str, object]:
        """Where a task stands."""
        with self.lock:
            task = self.tasks.get(task_id)
            if task is None:
                return {"status": "lost"}
            if task.trouble == "stuck" or time.time() < task.ends_at:
                return {"status": "running", "again": 5.0 if task.trouble == "stuck" else 0.0}
            if task.trouble in ("tired", "refused"):
                task.charged = False
                return {"status": "failed", "transient": task.trouble == "tired"}
            return {"status": "done"}

    def fetch(self, task_id: str) -> bytes:
        """The picture, which shows whose it is."""
        with self.lock:
            task = self.tasks[task_id]
            task.fetches += 1
            data = picture_of(task.job_id)
            return data[: len(data) // 2] if task.trouble == "broken" and task.fetches == 1 else data

    def cancel(self, task_id: str) -> dict[str, object]:
        """Stopped, and paid all the same."""
        with self.lock:
            if task_id in self.tasks:
                self.tasks[task_id].canceled = True
            return {}

    def lines(self) -> Sequence[Task]:
        """All that was taken, oldest first."""
        with self.lock:
            return sorted(self.tasks.values(), key=lambda task: task.at)


def remembers(submission: str) -> bool:
    """Whether the provider can tell what became of a submission."""
    return ord(submission[-1]) % 2 == 0


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    books: Books

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self._is_down():
            return
        if self.path == "/uploads":
            time.sleep(self.books.random.uniform(*UPLOAD_SECONDS))
            self._say(200, {})
            return
        asked = json.loads(body)
        status, answer = self.books.submit(asked["jobId"], asked["submission"])
        if answer is None:
            self.books.ending.wait(SILENCE_SECONDS)
            self.close_connection = True
        else:
            self._say(status, answer)

    def do_GET(self) -> None:
        if self._is_down():
            return
        _, kind, name, *rest = self.path.split("/")
        if kind == "submissions":
            self._say(*self.books.find(name))
        elif rest:
            self._send(200, self.books.fetch(name))
        else:
            self._say(200, self.books.poll(name))

    def do_DELETE(self) -> None:
        if not self._is_down():
            self._say(200, self.books.cancel(self.path.rsplit("/", 1)[1]))

    def _is_down(self) -> bool:
        if self.books.down:
            self.books.refused_while_down += 1
            self._say(503, {"taken": False})
        return self.books.down

    def _say(self, status: int, answer: dict[str, object]) -> None:
        self._send(status, json.dumps(answer).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # silence
        return


class Server(ThreadingHTTPServer):
    """Threads that end with the run."""

    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        return  # a worker that was killed leaves its connection in the middle of a sentence


@contextmanager
def provider(seed: int) -> Iterator[Books]:
    """A running provider."""
    books = Books(seed)
    handler = type("OwnHandler", (Handler,), {"books": books})
    with Server(("127.0.0.1", process.free_port()), handler) as server:
        books.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield books
        finally:
            books.ending.set()
            server.shutdown()
            thread.join(10)
