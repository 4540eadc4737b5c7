"""A small real server that speaks photobot's contract with watchers, keeps count, and has faults."""

import asyncio
import base64
import contextlib
import hashlib
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.adapters.embedded import process
from tests.fakes.booth_records import Faults, StoredShot

TOKEN = "booth-token-of-the-test"
BOOTH = "booth-1"


async def _form(request: Request) -> tuple[bytes, dict[str, str]]:
    """The file, which must come last, and the fields before it."""
    async with request.form(max_part_size=64 * 1024 * 1024) as form:
        names = list(form)
        assert names[-1] == "file", names
        upload = form["file"]
        assert not isinstance(upload, str)
        data = await upload.read()
        return data, {name: str(value) for name, value in form.items() if isinstance(value, str)}


class _QuietServer(uvicorn.Server):
    def capture_signals(self) -> Any:
        return contextlib.nullcontext()


class _BrokenAnswer(Response):
    """Starts to answer and breaks the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"999")]}
        await send(start)
        await send({"type": "http.response.body", "body": b'{"sho', "more_body": False})


class BoothServer:
    """Start, stop and start again on one port; everything it was told stays in its lists."""

    def __init__(self) -> None:
        self.port = process.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.token = TOKEN
        self.guest_active = True
        self.keep_raw = False
        self.heartbeat_seconds = 0.2
        self.ahead = 0.0
        """How many seconds this server's clock is ahead of the test's."""
        self.faults = Faults()
        self.stored: dict[str, StoredShot] = {}
        """By content hash: what a booth's pictures are known by."""
        self.posts: list[tuple[str, str]] = []
        """(shot id, sha256) of every upload whose bytes came in whole, repeated ones too."""
        self.small: list[tuple[str, bytes]] = []
        """(shot id, bytes) of every small copy that came ahead of its original."""
        self.came: list[str] = []
        """What came in which order: `picture`, `small`, `original`, `raw`, with the shot's id behind it."""
        self.begun = 0
        self.wrong: list[str] = []
        """Uploads whose bytes were not what they said, or no sound picture: early reads."""
        self.good: set[str] | None = None
        """When given, the content hashes that may come."""
        self.messages: list[dict[str, Any]] = []
        self.sockets: set[WebSocket] = set()
        self.answers: Counter[int] = Counter()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen; returns when it does."""
        app = Starlette(
            routes=[
                Route("/api/v1/booth/{booth}/shots", self._shots, methods=["POST"]),
                Route("/api/v1/booth/{booth}/shots/{shot}/{what}", self._beside, methods=["POST"]),
                WebSocketRoute("/ws/watcher", self._socket),
            ]
        )
        config = uvicorn.Config(
            app,
            host="127.0.0.1",
            port=self.port,
            log_config=None,
            lifespan="off",
            ws="websockets-sansio",
            timeout_graceful_shutdown=1,
        )
        self._server = _QuietServer(config)
        self._task = asyncio.create_task(self._server.serve())
        while not self._server.started:
            assert not self._task.done(), "the fake server did not start"
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Go away, cutting every connection."""
        if self._task is None:
            return
        if self.faults.hold is not None:
            self.faults.hold.set()
        for websocket in list(self.sockets):
            with contextlib.suppress(WebSocketDisconnect):  # its watcher was killed a moment ago
                await websocket.close(1012)
        self._server.should_exit = True
        await self._task
        self._task = None

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """The socket messages of a type, in order."""
        return [message for message in self.messages if message["type"] == kind]

    def latest(self, kind: str) -> dict[str, Any]:
        """The last socket message of a type; empty while none has come."""
        return next((message for message in reversed(self.messages) if message["type"] == kind), {})

    async def rescan(self) -> None:
        """Ask every connected watcher for a look through its folder."""
        for websocket in self.sockets:
            await websocket.send_json({"type": "rescan"})

    async def put_away(self, *, erased: list[str], rejected: list[str]) -> None:
        """Name files that may not stay on the laptop."""
        for websocket in self.sockets:
            await websocket.send_json({"type": "put_away", "erased": erased, "rejected": rejected})

    def now(self) -> datetime:
        """The server's own clock."""
        return datetime.now(UTC) + timedelta(seconds=self.ahead)

    async def _hear(self, websocket: WebSocket, beat: dict[str, Any]) -> None:
        heard = {"type": "heard", "echo": beat["sent"], "serverTime": self.now().isoformat()}
        await websocket.send_json(heard | {"keepRaw": self.keep_raw})

    def _answer(self, status: int, body: dict[str, Any], **headers: str) -> Response:
        self.answers[status] += 1
        return JSONResponse(body, status, headers)

    def _problem(self, status: int, code: str, **headers: str) -> Response:
        body = {"type": "about:blank", "title": code, "status": status, "code": code, "detail": f"{code}."}
        return self._answer(status, body, **headers)

    async def _shots(self, request: Request) -> Response:
        self.begun += 1
        fault = self.faults.posts.popleft() if self.faults.posts else ""
        return self._refused(request, fault) or await self._take(request, fault)

    async def _beside(self, request: Request) -> Response:
        fault = self.faults.beside.popleft() if self.faults.beside else ""
        refused = self._refused(request, fault)
        if refused is not None:
            return refused
        try:
            data, facts = await _form(request)
        except ClientDisconnect:
            return Response(status_code=400)
        what, shot_id = request.path_params["what"], request.path_params["shot"]
        digest = hashlib.sha256(data).hexdigest()
        if digest != facts["sha256"]:
            self.wrong.append(f"{what} of {shot_id}")
            return self._problem(409, "SHA256_MISMATCH")
        shot = next((kept for kept in self.stored.values() if kept.shot_id == shot_id), None)
        if shot is None:
            return self._problem(404, "SHOT_NOT_FOUND")
        self.came.append(f"{what} {shot_id}")
        if what == "original" and shot.sha256 not in (digest, facts["reducedOf"]):
            return self._problem(409, "SHA256_MISMATCH")
        if what == "original":
            shot.held = digest
        elif self.keep_raw and digest not in shot.raws:
            shot.raws.append(digest)
        return self._answer(200, {"shotId": shot_id, "stored": what == "original" or self.keep_raw})

    def _refused(self, request: Request, fault: str) -> Response | None:
        if request.headers.get("authorization") != f"Bearer {self.token}" or fault == "401":
            return self._problem(401, "BOOTH_TOKEN_INVALID")
        if request.path_params["booth"] != BOOTH:
            return self._problem(404, "BOOTH_NOT_FOUND")
        if fault == "html":
            return HTMLResponse("<h1>Welcome to the hotel's Wi-Fi</h1>")
        if fault == "cut":
            return _BrokenAnswer()
        if fault == "429":
            return self._problem(429, "TOO_MANY", **{"retry-after": "1"})
        if fault in {"413", "422"}:
            return self._problem(int(fault), "IMAGE_TOO_LARGE" if fault == "413" else "IMAGE_BROKEN")
        if fault in {"500", "503", "507"}:
            return self._problem(int(fault), "STORAGE_FULL" if fault == "507" else "INTERNAL")
        return None

    async def _take(self, request: Request, fault: str) -> Response:
        try:
            data, facts = await _form(request)
        except ClientDisconnect:
            return Response(status_code=400)
        digest = hashlib.sha256(data).hexdigest()
        identity = facts.get("reducedOf", digest)
        if digest != facts["sha256"] or (self.good is not None and identity not in self.good):
            self.wrong.append(facts["fileName"])
            return self._problem(422, "SHA256_MISMATCH")
        self.posts.append((facts["shotId"], digest))
        if digest != identity:
            self.small.append((facts["shotId"], data))
        self.came.append(f"{'picture' if digest == identity else 'small'} {facts['shotId']}")
        if self.faults.hold is not None:
            await self.faults.hold.wait()
        if any(kept.shot_id == facts["shotId"] and key != identity for key, kept in self.stored.items()):
            return self._problem(409, "SHOT_ID_TAKEN")
        answer = self._store(facts, digest, identity)
        return _BrokenAnswer() if fault == "lost" else self._answer(200, answer)

    def _store(self, facts: dict[str, str], held: str, digest: str) -> dict[str, Any]:
        shot = self.stored.get(digest)
        state = "duplicate" if shot and shot.shot_id != facts["shotId"] else None
        if shot is None:
            assigned = "assigned" if self.guest_active else "orphan"
            job = f"job-{len(self.stored) + 1}" if self.guest_active else None
            shot = StoredShot(
                facts["shotId"],
                facts["fileName"],
                digest,
                assigned,
                job,
                facts["appearedAt"],
                facts.get("takenAt"),
                facts.get("appearedEarliest"),
                facts.get("appearedLatest"),
            )
            self.stored[digest] = shot
        if not shot.held or held == digest:
            shot.held = held
        return {
            "shotId": shot.shot_id,
            "state": state or shot.state,
            "jobId": shot.job_id,
            "reason": None,
            "originalWanted": shot.original_pending,
            "rawWanted": self.keep_raw,
        }

    async def _socket(self, websocket: WebSocket) -> None:
        await websocket.accept()
        if websocket.headers.get("authorization") != f"Bearer {self.token}":
            await websocket.close(4401)
            return
        hello = await websocket.receive_json()
        self.messages.append(hello)
        assert hello["type"] == "hello"
        if self.faults.refuse is not None:
            refused = {"type": "refused", "code": self.faults.refuse, "message": "Another watcher is active."}
            await websocket.send_json(refused)
            await websocket.close(4409)
            return
        welcome = {
            "type": "welcome",
            "boothId": BOOTH,
            "boothName": "Booth 1",
            "heartbeatSeconds": self.heartbeat_seconds,
        }
        await websocket.send_json(welcome)
        self.sockets.add(websocket)
        try:
            while True:
                message = await websocket.receive_json()
                if message["type"] == "seen":
                    assert len(base64.b64decode(message["preview"])) <= 96 * 1024
                self.messages.append(message)
                if message["type"] == "heartbeat":
                    with contextlib.suppress(
                        WebSocketDisconnect, RuntimeError
                    ):  # what was said before counts
                        await self._hear(websocket, message)
        except WebSocketDisconnect:
            pass
        finally:
            self.sockets.discard(websocket)
