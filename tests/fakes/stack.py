"""The product as separate real programs for one test: web, workers, and a client that is signed in."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import httpx
import numpy as np
from PIL import Image

from app.adapters.embedded import process
from tests.fakes import loaded
from tests.fakes.servers import open_folder

T = TypeVar("T")

OPERATOR = "operator-password"
ADMIN = "admin-password"
SECRET = "a-secret-of-the-tests-that-is-long-enough"
ROOT = Path(__file__).resolve().parents[2]
NO_CERTIFICATES = str(Path(__file__).parent)


def wait_for(condition: Callable[[], T], seconds: float = 30.0, every: float = 0.03) -> T:
    """The first true answer of `condition`; AssertionError when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        if answer := condition():
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {condition}")
        time.sleep(every)


def picture(width: int = 450, height: int = 600, seed: int = 0, kind: str = "JPEG", **options: Any) -> bytes:
    """A picture with soft shapes and some noise; another seed is another picture.

    No larger than a test asks for: each one that is posted costs a worker its style, by the pixel.
    """
    return _made(width, height, seed, kind, **options) if options else _known(width, height, seed, kind)


def _made(width: int, height: int, seed: int, kind: str, **options: Any) -> bytes:
    random = np.random.default_rng(seed)
    base = random.integers(0, 255, (6, 6, 3), dtype=np.uint8)
    image = Image.fromarray(base).resize((width, height), Image.Resampling.BICUBIC)
    noisy = np.asarray(image).astype(int) + random.integers(-12, 12, (height, width, 3))
    buffer = BytesIO()
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(buffer, kind, **options)
    return buffer.getvalue()


_known = lru_cache(maxsize=16)(_made)


class Stack:
    """Programs over one database, one Redis, one storage. Everything it starts ends with it."""

    forks = False
    """Start programs from a process that has loaded them: the tests do, who measures a start does not."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.port = process.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "PHOTOBOT_DATA": str(folder / "data"),
            "PUBLIC_URL": self.url,
            "JWT_SECRET": SECRET,
            "OPERATOR_PASSWORD": OPERATOR,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "PYTHONWARNINGS": "ignore",
            "SSL_CERT_DIR": NO_CERTIFICATES,
            **environment,
        }
        self.children: list[subprocess.Popen[bytes]] = []
        self.clients: list[httpx.Client] = []
        self.tokens: dict[tuple[str, str], str] = {}

    def start(self, module: str, **environment: str) -> "subprocess.Popen[bytes]":
        """Start a program (`console`, `tasks`, or a module of the tests); its log goes to `{module}.log`."""
        self.children.append(self._started(module, {**self.environment, **environment}))
        return self.children[-1]

    def _started(self, module: str, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
        output = self.folder / f"{module}.log"
        if self.forks and loaded.POSSIBLE:
            return loaded.start(module, environment=environment, output=output)
        with output.open("ab") as log:
            return process.spawn(
                [sys.executable, "-m", module],
                env=environment,
                cwd=ROOT,
                output=log,
                death=signal.SIGKILL,
            )

    def web(self, **environment: str) -> "subprocess.Popen[bytes]":
        """Start the web and wait until it is ready."""
        child = self.start("console", **environment)
        wait_for(lambda: self._ready(child), 60, 0.1)
        return child

    def _ready(self, child: "subprocess.Popen[bytes]") -> bool:
        if child.poll() is not None:
            raise AssertionError(f"the web ended:\n{self.log('console')[-4000:]}")
        try:
            return httpx.get(f"{self.url}/health/live", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def worker(self, module: str = "tasks", **environment: str) -> "subprocess.Popen[bytes]":
        """Start a worker and wait until it says that it is ready."""
        before = self.log(module).count('"worker_ready"')
        child = self.start(module, **environment)
        wait_for(
            lambda: self.log(module).count('"worker_ready"') > before or child.poll() is not None, 60, 0.1
        )
        assert child.poll() is None, self.log(module)[-4000:]
        return child

    def log(self, module: str) -> str:
        """All that a program wrote so far."""
        path = self.folder / f"{module}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def stop(self, child: "subprocess.Popen[bytes]") -> None:
        """End a program as an operator would."""
        process.stop(child, [(signal.SIGTERM, 20.0)])

    def client(self, username: str | None = "operator", password: str = OPERATOR) -> httpx.Client:
        """A client of /api/v1; signed in, or a stranger for None."""
        client = httpx.Client(base_url=f"{self.url}/api/v1", timeout=30)
        self.clients.append(client)
        if username is not None:
            client.headers["Authorization"] = f"Bearer {self._token(client, username, password)}"
        return client

    def _token(self, client: httpx.Client, username: str, password: str) -> str:
        """The account's token; sign-ins are limited, so once is enough. Who signs out has its own account."""
        if (username, password) not in self.tokens:
            answer = client.post("/auth/login", json={"username": username, "password": password})
            assert answer.status_code == 200, answer.text
            self.tokens[username, password] = answer.json()["token"]
        return self.tokens[username, password]

    def command(self, *arguments: str, typed: str = "") -> str:
        """Run `photobot …` against this installation; its output. AssertionError when it fails."""
        if self.forks and loaded.POSSIBLE:
            done = loaded.run("app.cli", *arguments, environment=self.environment, typed=typed)
        else:
            done = subprocess.run(
                [sys.executable, "-m", "app.cli", *arguments],
                env=self.environment,
                cwd=ROOT,
                input=typed,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def admin(self) -> httpx.Client:
        """A client of an administrator, made by the command line at the first call."""
        if ("boss", ADMIN) not in self.tokens:
            self.command("user", "add", "boss", "--role", "admin", "--password-stdin", typed=ADMIN + "\n")
        return self.client("boss", ADMIN)

    def booth_token(self, booth_id: str) -> str:
        """A new token for a booth's watcher, made over the API: a process for each costs seconds."""
        made = self.admin().post(f"/booths/{booth_id}/tokens", json={})
        assert made.status_code == 201, made.text
        return str(made.json()["token"])

    def close(self) -> None:
        """End everything at once."""
        for client in self.clients:
            client.close()
        for child in self.children:
            process.kill_group(child)
        for child in self.children:
            child.wait(10)


@contextmanager
def stack(database_url: str, redis_url: str, **environment: str) -> Iterator[Stack]:
    """An installation over these servers; nothing runs in it yet."""
    with open_folder() as folder:
        made = Stack({"DATABASE_URL": database_url, "REDIS_URL": redis_url, **environment}, folder)
        try:
            yield made
        finally:
            made.close()


def first_event(client: httpx.Client) -> str:
    """The id of the seeded event."""
    events = client.get("/events").json()["items"]
    return next(str(event["id"]) for event in events if event["slug"] == "photobot")


def register(client: httpx.Client, event_id: str, name: str = "Ayu Lestari") -> dict[str, str]:
    """A fresh guest: sessionId, code, expiresAt, and the guest's `token`."""
    answer = client.post(
        "/sessions", json={"eventId": event_id, "name": name, "whatsapp": "0812 3456 7890", "consent": True}
    )
    assert answer.status_code == 201, answer.text
    return answer.json() | {"token": answer.headers["location"].rsplit("/", 1)[1]}


def post_job(
    client: httpx.Client, guest: dict[str, str], event_id: str, image: bytes | None = None, **fields: str
) -> httpx.Response:
    """POST /jobs for a guest; `headers` go by `idempotency_key`."""
    key = fields.pop("idempotency_key", None)
    data = {"sessionId": guest["sessionId"], "eventId": event_id, "styleId": "pencil", **fields}
    return client.post(
        "/jobs",
        data=data,
        files={"image": ("shot.jpg", image if image is not None else picture(), "image/jpeg")},
        headers={"Idempotency-Key": key} if key else {},
    )


def finished(client: httpx.Client, job_id: str, seconds: float = 60) -> dict[str, Any]:
    """The job's detail once it has ended."""

    def ended() -> dict[str, Any] | None:
        job: dict[str, Any] = client.get(f"/jobs/{job_id}").json()
        return job if job["status"] in ("succeeded", "failed", "canceled") else None

    try:
        return wait_for(ended, seconds, 0.1)
    except AssertionError as late:
        told = client.get(f"/jobs/{job_id}").text
        raise AssertionError(f"the job has not ended within {seconds} s: {told}") from late
