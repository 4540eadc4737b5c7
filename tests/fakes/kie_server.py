"""kie.ai as an HTTP server of its own: strict with requests, keeps a ledger of tasks, fails as it is told."""

import base64
import hashlib
import hmac
import json
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Any, Literal

from app.adapters.embedded import process
from tests.fakes import kie_http
from tests.fakes.kie_rules import credits_of, fault_of, pictures_of

Callback = Literal["none", "once", "twice", "early", "forged"]
STATES = ("waiting", "queuing", "generating", "success")


@dataclass(frozen=True)
class Trouble:
    """One way in which a request goes wrong.

    `code`: an envelope with that code inside HTTP 200 (or `status`). `page`: no envelope, a gate's page with
    `status`. `hang`: nothing is done and nothing answered. `accept`: it is done and nothing answered, or the
    connection cut when `cut` is set. `empty`: done, and the answer says nothing.
    """

    kind: Literal["code", "page", "hang", "accept", "empty"]
    code: int = 500
    status: int = 200
    cut: bool = False


@dataclass
class Task:
    """A task as the ledger has it."""

    task_id: str
    body: dict[str, Any]
    pictures: list[bytes]
    created: float
    state: int = 0
    polls: int = 0

    @property
    def shown(self) -> str:
        """Its state by name."""
        return STATES[self.state]


@dataclass
class KieServer:
    """What the server is told (set it at any time) and what it has seen."""

    key: str
    picture: bytes
    webhook_key: str = "webhook-key-of-the-tests"
    url: str = ""
    polls_to_end: int = 3
    stuck: bool = False
    fails_with: tuple[str, str] | None = None
    credits: float = 1000.0
    refusal_status: int = 200
    message_name: str = "msg"
    upload_shape: Literal["downloadUrl", "fileUrl"] = "downloadUrl"
    links_dead: bool = False
    mint_dead: bool = False
    result: bytes | None = None
    result_json: str | None = None
    callback: Callback = "once"
    limit: int = 20
    hidden: int = 0
    older_by: float = 0.0
    troubles: dict[str, deque[Trouble]] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    callers: list[tuple[str, int]] = field(default_factory=list)
    dropped: int = 0
    callbacks: list[tuple[str, int]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    creates: deque[float] = field(default_factory=deque)
    lock: threading.RLock = field(default_factory=threading.RLock)
    ending: threading.Event = field(default_factory=threading.Event)
    uploads_answered: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.uploads_answered.set()

    def trouble(self, path: str, kind: Trouble, times: int = 1) -> None:
        """The next `times` requests whose path ends so go wrong in this way."""
        self.troubles.setdefault(path, deque()).extend([kind] * times)

    def trouble_for(self, path: str) -> Trouble | None:
        """The trouble of this request, used up."""
        for ending, waiting in self.troubles.items():
            if waiting and path.endswith(ending):
                return waiting.popleft()
        return None

    def refuse(self, code: int, message: str) -> dict[str, Any]:
        """An envelope that says no."""
        return {"code": code, self.message_name: message}

    def good(self, data: Any) -> dict[str, Any]:
        """An envelope that says yes."""
        return {"code": 200, self.message_name: "success", "data": data}

    def create(self, body: Any) -> dict[str, Any]:
        """POST createTask: refuse, or take and bill."""
        with self.lock:
            now = time.monotonic()
            while self.creates and self.creates[0] <= now - 10:
                self.creates.popleft()
            if len(self.creates) >= self.limit:
                self.dropped += 1
                return self.refuse(429, "Too many requests")
            self.creates.append(now)
            if fault := fault_of(body):
                self.violations.append(fault)
                return self.refuse(422, fault)
            if self.credits < credits_of(body):
                return self.refuse(402, "Credits insufficient")
        urls, largest = pictures_of(body)
        pictures = []
        for url in urls:
            data = self._look_at(url, largest)
            if data is None:
                self.violations.append("a picture cannot be fetched")
                return self.refuse(500, "image fetch failed")
            pictures.append(data)
        task = Task(uuid.uuid4().hex, body, pictures, time.time() - self.older_by)
        with self.lock:
            self.tasks[task.task_id] = task
            self.credits -= credits_of(body)
        if self.callback == "early":
            task.state = len(STATES) - 1
            self._tell(task)
        return self.good({"taskId": task.task_id})

    def record(self, task_id: str) -> dict[str, Any]:
        """GET recordInfo: each question moves the task on, unless it is stuck."""
        with self.lock:
            task = self.tasks.get(task_id)
            if task is None or self.hidden > 0:
                self.hidden = max(0, self.hidden - 1)
                return self.refuse(422, "recordInfo is null")
            task.polls += 1
            ended = task.shown == "success"
            if not self.stuck and not ended:
                steps = len(STATES) - 1
                task.state = min(steps, task.polls * steps // max(1, self.polls_to_end))
            answer = self.good(self._shown(task))
        if task.shown == "success" and not ended:
            threading.Thread(target=self._tell, args=(task,), daemon=True).start()
        return answer

    def finish(self) -> None:
        """All tasks end now, whether or not anybody asks, and kie calls back."""
        with self.lock:
            self.stuck = False
            open_tasks = [task for task in self.tasks.values() if task.shown != "success"]
            for task in open_tasks:
                task.state = len(STATES) - 1
        for task in open_tasks:
            self._tell(task)

    def mint(self, url: str) -> dict[str, Any]:
        """POST download-url: a fresh link for one of ours."""
        if self.mint_dead or not url.startswith(f"{self.url}/results/"):
            return self.refuse(422, "Invalid URL")
        return self.good(url.replace("/results/", "/minted/") + "?token=secret-of-this-link")

    def upload(self, fields: dict[str, bytes]) -> dict[str, Any]:
        """POST file-stream-upload."""
        if fields.keys() != {"file", "uploadPath", "fileName"}:
            self.violations.append(f"upload fields {sorted(fields)}")
            return {"success": False, **self.refuse(400, "file and uploadPath are required")}
        self.uploads_answered.wait(60)
        name = fields["fileName"].decode()
        if name in self.uploads:
            self.violations.append("an upload's name was used twice")
        self.uploads[name] = fields["file"]
        url = f"{self.url}/uploads/{name}"
        data: dict[str, Any] = {"fileName": name, "filePath": f"photobot/{name}", self.upload_shape: url}
        return {"success": True, **self.good(data)}

    def _look_at(self, url: str, largest: int) -> bytes | None:
        try:
            with urllib.request.urlopen(url, timeout=5) as reply:
                data: bytes = reply.read(largest + 1)
        except (OSError, ValueError):
            return None
        good = data.startswith((b"\xff\xd8\xff", b"\x89PNG", b"RIFF")) and len(data) <= largest
        return data if good else None

    def _shown(self, task: Task) -> dict[str, Any]:
        failed = self.fails_with if task.shown == "success" else None
        ended = task.shown == "success" and failed is None
        urls = {"resultUrls": [f"{self.url}/results/{task.task_id}.jpg"]}
        result = json.dumps(urls) if self.result_json is None else self.result_json
        moment = int(task.created * 1000)
        return {
            "taskId": task.task_id,
            "model": task.body["model"],
            "state": "fail" if failed else task.shown,
            "param": json.dumps(task.body),
            "resultJson": result if ended else ("" if failed is None else None),
            "failCode": failed[0] if failed else "",
            "failMsg": failed[1] if failed else "",
            "costTime": 9000 if ended else 0,
            "completeTime": moment + 9000 if ended else 0,
            "createTime": moment,
            "updateTime": moment,
            "creditsConsumed": credits_of(task.body) if ended else 0,
        }

    def _tell(self, task: Task) -> None:
        """Call back as kie does: the same shape as the record, signed over task id and time only."""
        url = task.body.get("callBackUrl")
        if url is None or self.callback == "none":
            return
        data = self._shown(task)
        good = data["state"] == "success"
        words = f"Playground task {'completed successfully' if good else 'failed'}."
        body = json.dumps({"code": 200 if good else 501, "msg": words, "data": data}).encode()
        key = "another key" if self.callback == "forged" else self.webhook_key
        for _ in range(2 if self.callback == "twice" else 1):
            self.callbacks.append((task.task_id, post(url, body, signed(key, task.task_id))))


def signed(key: str, task_id: str, at: float | None = None) -> dict[str, str]:
    """The headers of a callback."""
    moment = str(int(time.time() if at is None else at))
    mac = hmac.new(key.encode(), f"{task_id}.{moment}".encode(), hashlib.sha256).digest()
    return {"X-Webhook-Timestamp": moment, "X-Webhook-Signature": base64.b64encode(mac).decode()}


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Post JSON as kie does; the status, 0 for none."""
    asked = urllib.request.Request(url, body, {"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(asked, timeout=15) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


@contextmanager
def kie_server(picture: bytes, key: str = "key-of-the-tests") -> Iterator[KieServer]:
    """A running kie.ai whose every result is `picture`."""
    state = KieServer(key, picture)

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, request: object, client_address: object) -> None:
            return  # a client that gave up leaves its connection in the middle of a sentence

    with Server(("127.0.0.1", process.free_port()), kie_http.handler(state)) as server:
        state.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            state.ending.set()
            server.shutdown()
            thread.join(10)
