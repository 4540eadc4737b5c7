"""Brings the pictures to the server over HTTP, oldest first, and tries for ever; none is sent half."""

import asyncio
import hashlib
import json
import random
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpx
import structlog
from ulid import ULID

from watcher.clock import Clock
from watcher.ledger import Ledger, Shot
from watcher.settings import WatcherSettings
from watcher.sort import WAITING, Outcome, read_answer, shown_name

log = structlog.get_logger()

_CHUNK = 256 * 1024
_TIMEOUT = httpx.Timeout(connect=5.0, write=30.0, read=60.0, pool=30.0)
_STRANGE_SECONDS = 10.0
_ANSWER_BYTES = 64 * 1024
LOCAL_DUPLICATE = "DUPLICATE"
"""Found by the ledger; the server was not asked."""


class FileChanged(Exception):
    """The file is not the one the ledger speaks of any more."""


@dataclass
class _Gate:
    """Closed for all uploads while the server cannot be reached; opens again after a full-jitter wait."""

    cap: float
    failures: int = 0
    opens_at: float = 0.0
    demanded: bool = False

    def close(self, now: float, at_least: float) -> None:
        if now < self.opens_at:
            return  # the other upload of the same moment has closed it already
        self.failures += 1
        self.demanded = at_least > 0
        ceiling = min(self.cap, 0.5 * 2.0 ** min(self.failures, 10))
        self.opens_at = now + max(at_least, random.uniform(0.0, ceiling))

    def open(self) -> None:
        self.failures, self.opens_at, self.demanded = 0, 0.0, False


class Uploads:
    """A few uploads at a time; calls `answered` with each shot whose state is final.

    `changed` is called when a file is not any more what it was when it became whole.
    """

    def __init__(
        self,
        settings: WatcherSettings,
        clock: Clock,
        ledger: Ledger,
        *,
        answered: Callable[[Shot], None],
        changed: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._ledger = ledger
        self._answered = answered
        self._changed = changed
        self._gate = _Gate(settings.retry_cap_seconds)
        self._later: dict[str, _Gate] = {}
        self._busy: set[str] = set()
        self._flag = asyncio.Event()
        self._last_words = ""

    def wake(self) -> None:
        """There may be something to upload."""
        self._flag.set()

    def server_is_back(self) -> None:
        """Do not wait any longer, unless the server itself has asked for it."""
        if not self._gate.demanded:
            self._gate.opens_at = 0.0
        self._flag.set()

    async def run(self) -> None:
        """Upload for ever."""
        async with (
            httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=False) as client,
            asyncio.TaskGroup() as tasks,
        ):
            for _ in range(self._settings.uploads):
                tasks.create_task(self._work(client))

    async def _work(self, client: httpx.AsyncClient) -> None:
        while True:
            shot = self._next()
            if shot is None:
                self._flag.clear()
                try:
                    async with asyncio.timeout(self._pause()):
                        await self._flag.wait()
                except TimeoutError:
                    pass
                continue
            self._busy.add(shot.shot_id)
            try:
                await self._deliver(client, shot)
            except sqlite3.Error as error:
                log.error("the ledger cannot be written; is the disk full?", error=str(error))
                await asyncio.sleep(5)
            except Exception:
                log.exception("a shot cannot be uploaded; trying again later", shot=shot.shot_id)
                gate = self._later.setdefault(shot.shot_id, _Gate(self._settings.retry_cap_seconds))
                gate.close(self._now(), _STRANGE_SECONDS)
            finally:
                self._busy.discard(shot.shot_id)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _pause(self) -> float:
        """Seconds until something may be due."""
        now = self._now()
        for gone in [shot_id for shot_id in self._later if self._ledger.get(shot_id) is None]:
            del self._later[gone]
        due = [gate.opens_at for gate in self._later.values()]
        opens_at = self._gate.opens_at if now < self._gate.opens_at else min(due, default=now + 5.0)
        return min(max(opens_at - now, 0.02), 5.0)

    def _next(self) -> Shot | None:
        """The oldest shot that is due and whose bytes are not on their way under another id."""
        now = self._now()
        if now < self._gate.opens_at:
            return None
        taken: set[str] = set()
        for shot in self._ledger.live():
            if shot.kind != "photo" or shot.state not in (*WAITING, "uploading"):
                continue
            due = shot.shot_id not in self._later or now >= self._later[shot.shot_id].opens_at
            if shot.shot_id not in self._busy and due and shot.sha256 not in taken:
                return shot
            taken.add(shot.sha256)
        return None

    async def _deliver(self, client: httpx.AsyncClient, shot: Shot) -> None:
        first = await self._ledger.known(shot)
        if first is not None:
            await self._finish(
                shot, Outcome("final", "duplicate", LOCAL_DUPLICATE, f"Same as shot {first.shot_id}.")
            )
            return
        now = self._ledger.get(shot.shot_id)
        if now is None or now.state not in (*WAITING, "uploading"):
            return  # it changed on the disk in the meantime
        shot = await self._ledger.change(now, state="uploading")
        try:
            outcome = await self._post(client, shot)
        except (FileChanged, FileNotFoundError):
            # The next scan sees it as a file that is being received, or as gone.
            await self._ledger.change(shot, state="receiving")
            self._changed()
            return
        except httpx.HTTPError as error:
            outcome = Outcome("hold", code=type(error).__name__, message="The server cannot be reached.")
        except OSError as error:
            outcome = Outcome("later", code=type(error).__name__, message="The file cannot be read now.")
        await self._settle(shot, outcome)

    async def _settle(self, shot: Shot, outcome: Outcome) -> None:
        if outcome.kind == "final":
            self._gate.open()
            self._later.pop(shot.shot_id, None)
            if self._last_words:
                log.info("the server takes pictures again")
                self._last_words = ""
            await self._finish(shot, outcome)
            return
        if outcome.kind == "hold":
            self._gate.close(self._now(), outcome.retry_after)
        else:
            gate = self._later.setdefault(shot.shot_id, _Gate(self._settings.retry_cap_seconds))
            gate.close(self._now(), outcome.retry_after)
        await self._ledger.change(shot, state="whole")
        words = f"{outcome.code}: {outcome.message}"
        if words != self._last_words:
            log.warning("upload waits; every picture is kept", because=words, waiting=self._ledger.pending())
        self._last_words = words

    async def _finish(self, shot: Shot, outcome: Outcome) -> None:
        final = await self._ledger.change(
            shot,
            state=outcome.state,
            reason=outcome.code,
            message=outcome.message,
            job_id=outcome.job_id,
            told=outcome.state != "invalid" and outcome.code != LOCAL_DUPLICATE,
        )
        log.info(
            "shot answered",
            shot=shot.shot_id,
            file=shown_name(shot.path),
            state=final.state,
            job=final.job_id,
        )
        self._answered(final)
        self._flag.set()

    async def _post(self, client: httpx.AsyncClient, shot: Shot) -> Outcome:
        path = self._settings.folder / shot.path
        facts = await asyncio.to_thread(path.stat)
        if (facts.st_size, facts.st_mtime_ns) != (shot.size, shot.mtime_ns):
            raise FileChanged
        boundary = f"photobot{ULID()}"
        head, tail = _frame(boundary, shot, self._clock)
        token = self._settings.current_token()
        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(head) + shot.size + len(tail)),
            "Authorization": f"Bearer {token}",
        }
        body = _body(head, path, shot, tail)
        async with client.stream("POST", self._settings.shots_url, content=body, headers=headers) as response:
            answer = b""
            async for piece in response.aiter_bytes():
                answer += piece
                if len(answer) > _ANSWER_BYTES:
                    break
        return read_answer(response.status_code, _json(answer), response.headers)


def _json(answer: bytes) -> Mapping[str, object]:
    try:
        body = json.loads(answer)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _frame(boundary: str, shot: Shot, clock: Clock) -> tuple[bytes, bytes]:
    """The multipart body around the file's bytes; the file is its last part."""
    values = {
        "shotId": shot.shot_id,
        "fileName": shown_name(shot.path),
        "sha256": shot.sha256,
    }
    when = clock.appearance(shot.appeared_at, shot.seen, shot.after)
    times = {
        "appearedAt": when.appeared_at,
        "appearedEarliest": when.appeared_earliest,
        "appearedLatest": when.appeared_latest,
        "takenAt": shot.taken_at,
    }
    values |= {name: moment.isoformat() for name, moment in times.items() if moment is not None}
    if shot.camera:
        values["camera"] = shot.camera
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in values.items()
    )
    # The camera's name travels in its own field: no quoting of it can go wrong in a header.
    head += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="shot"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return head.encode(), f"\r\n--{boundary}--\r\n".encode()


async def _body(head: bytes, path: Path, shot: Shot, tail: bytes) -> AsyncIterator[bytes]:
    """Stream the file; its last bytes leave only when all of them are the ones that were examined."""
    yield head
    stream = await asyncio.to_thread(path.open, "rb")
    try:
        digest, left = hashlib.sha256(), shot.size
        while left:
            chunk = await asyncio.to_thread(_read, stream, min(_CHUNK, left))
            digest.update(chunk)
            left -= len(chunk)
            if not chunk or (not left and digest.hexdigest() != shot.sha256):
                raise FileChanged
            yield chunk
    finally:
        stream.close()
    yield tail


def _read(stream: BinaryIO, size: int) -> bytes:
    return stream.read(size)
