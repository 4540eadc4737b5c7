"""A small ComfyUI: its HTTP and WebSocket as measured, real pictures, and faults a test turns on."""

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.types import Receive, Scope
from starlette.types import Send as AsgiSend
from starlette.websockets import WebSocket, WebSocketDisconnect
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from app.adapters.embedded import process
from tests.fakes.comfy_faults import Faults
from tests.fakes.comfy_nodes import NODES, refusal
from tests.fakes.comfy_runner import Run, Runner

Handler = Callable[[Request], Awaitable[Response]]
_FEATURES = {"supports_preview_metadata": True, "max_upload_size": 104857600}


class _QuietServer(uvicorn.Server):
    def capture_signals(self) -> Any:
        return contextlib.nullcontext()


class _BrokenAnswer(Response):
    """Starts to answer and breaks the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: AsgiSend) -> None:
        head = [(b"content-length", b"999")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b'{"pro', "more_body": False})


def _foreign(asked: HTTPConnection) -> bool:
    return urlsplit(asked.headers.get("origin", "")).netloc not in ("", asked.headers["host"])


class ComfyServer:
    """Start and stop, always on one port; `faults` may be changed at any time, `calls` counts by route."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("input", "output", "temp"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.port = process.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.faults = Faults()
        self.calls: Counter[str] = Counter()
        self.freed: list[dict[str, Any]] = []
        self.prompts: list[dict[str, Any]] = []
        self.sockets: dict[str, WebSocket] = {}
        self._transports: set[asyncio.Transport] = set()
        self._let_go = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.runner = self._runner()

    def _runner(self) -> Runner:
        return Runner(self.folder, self.faults, self._send, self.cut)

    async def start(self) -> None:
        """Listen; returns when it does."""
        transports = self._transports

        class Traced(WebSocketsSansIOProtocol):
            def connection_made(self, transport: Any) -> None:
                transports.add(transport)
                super().connection_made(transport)

        config = uvicorn.Config(
            self._app(),
            host="127.0.0.1",
            port=self.port,
            log_config=None,
            lifespan="off",
            ws=Traced,
            timeout_graceful_shutdown=1,
        )
        self._let_go = asyncio.Event()
        self._server = _QuietServer(config)
        self._tasks = [asyncio.create_task(self._server.serve()), asyncio.create_task(self.runner.work())]
        while not self._server.started:
            assert not self._tasks[0].done(), "the fake ComfyUI did not start"
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """As kill -9 would: sockets break, the queue and the history are gone, files stay."""
        self.cut()
        self._let_go.set()
        if self._tasks:
            self._tasks[1].cancel()
            self._server.should_exit = True
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self.sockets.clear()
        self.runner = self._runner()

    def cut(self) -> None:
        """Break every socket without a close frame."""
        for transport in self._transports:
            transport.abort()
        self._transports.clear()

    def resume(self) -> None:
        """Let all hanging requests go on."""
        self.faults.hang, self.faults.hang_prompt = False, ""
        self._let_go.set()
        self._let_go = asyncio.Event()

    def _app(self) -> Starlette:
        table: dict[tuple[str, str], Handler] = {
            ("GET", "/system_stats"): self._stats,
            ("GET", "/features"): self._features,
            ("GET", "/object_info"): self._object_info,
            ("GET", "/object_info/{kind}"): self._object_info,
            ("POST", "/upload/image"): self._upload,
            ("POST", "/prompt"): self._prompt,
            ("GET", "/prompt"): self._remaining,
            ("GET", "/queue"): self._queue,
            ("POST", "/queue"): self._change_queue,
            ("POST", "/interrupt"): self._interrupt,
            ("POST", "/free"): self._free,
            ("GET", "/history/{prompt_id}"): self._history,
            ("POST", "/history"): self._change_history,
            ("GET", "/view"): self._view,
        }
        routes: list[BaseRoute] = [
            Route(path, self._guarded(f"{method} {path}", handler), methods=[method])
            for (method, path), handler in table.items()
        ]
        routes.append(WebSocketRoute("/ws", self._socket))
        return Starlette(routes=[*routes, Mount("/api", routes=routes)])

    def _guarded(self, name: str, handler: Handler) -> Handler:
        async def answer(request: Request) -> Response:
            self.calls[name] += 1
            if _foreign(request):
                return Response(status_code=403)
            if self.faults.hang:
                await self._let_go.wait()
            if self.faults.status and name.startswith(self.faults.status_on):
                return Response("<html>", status_code=self.faults.status)
            return await handler(request)

        return answer

    async def _send(self, event: str, data: dict[str, Any] | bytes, client: str | None) -> None:
        """To one client, or to all; whoever is gone hears nothing."""
        everybody = [*self.sockets.values()] if client is None else [self.sockets.get(client)]
        for socket in everybody:
            if socket is None or self.faults.silent_sockets:
                continue
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                if isinstance(data, bytes):
                    await socket.send_bytes(data)
                else:
                    await socket.send_json({"type": event, "data": data})

    async def _socket(self, websocket: WebSocket) -> None:
        if self.faults.no_socket or _foreign(websocket):
            await websocket.close()
            return
        client = websocket.query_params.get("clientId") or uuid4().hex
        await websocket.accept()
        self.sockets[client] = websocket
        await websocket.send_json({"type": "status", "data": {**self.runner.status(), "sid": client}})
        running = self.runner.running
        if running is not None and running.client == client and running.node is not None:
            await websocket.send_json({"type": "executing", "data": {"node": running.node}})
        try:
            while True:
                if json.loads(await websocket.receive_text()).get("type") == "feature_flags":
                    await websocket.send_json({"type": "feature_flags", "data": _FEATURES})
        except WebSocketDisconnect:
            # The real one does the same: whoever came back under this id before is thrown out too.
            self.sockets.pop(client, None)

    async def _stats(self, _: Request) -> Response:
        system = {
            "ram_total": 32 << 30,
            "ram_free": 20 << 30,
            "comfyui_version": "0.3.64",
            "argv": ["main.py"],
        }
        card = {"name": "cuda:0 Fake GPU", "type": "cuda", "vram_total": 12 << 30, "vram_free": 9 << 30}
        return JSONResponse({"system": system, "devices": [card]})

    async def _features(self, _: Request) -> Response:
        return JSONResponse(_FEATURES)

    async def _object_info(self, request: Request) -> Response:
        files = sorted(path.name for path in (self.folder / "input").iterdir())
        wanted = request.path_params.get("kind")
        kinds = NODES if wanted is None else {wanted: NODES[wanted]} if wanted in NODES else {}
        return JSONResponse({kind: node.info(kind, files) for kind, node in kinds.items()})

    async def _upload(self, request: Request) -> Response:
        async with request.form() as form:
            part = form.get("image")
            if part is None or isinstance(part, str) or ".." in (part.filename or ""):
                return Response(status_code=400)
            data, name = await part.read(), Path(str(part.filename))
            kind, subfolder = str(form.get("type", "input")), str(form.get("subfolder", ""))
            overwrite = form.get("overwrite") in ("true", "1")
        folder = self.folder / kind / subfolder
        folder.mkdir(parents=True, exist_ok=True)
        path, number = folder / name, 0
        while path.exists() and not overwrite and path.read_bytes() != data:
            number += 1
            path = folder / f"{name.stem} ({number}){name.suffix}"
        if not self.faults.uploads_vanish:
            path.write_bytes(data)
        return JSONResponse({"name": path.name, "subfolder": subfolder, "type": kind})

    async def _prompt(self, request: Request) -> Response:
        try:
            body = await request.json()
        except ValueError:
            return Response("500 Internal Server Error\n\nServer got itself in trouble", 500)
        if "prompt" not in body:
            error = {"type": "no_prompt", "message": "No prompt provided", "details": "No prompt provided"}
            return JSONResponse({"error": {**error, "extra_info": {}}, "node_errors": {}}, 400)
        if self.faults.hang_prompt == "before":
            await self._let_go.wait()
        refused = refusal(body["prompt"], self.folder / "input")
        if refused is not None:
            return JSONResponse(refused, 400)
        self.prompts.append(body)
        number = float(body.get("number", len(self.prompts) * (-1 if body.get("front") else 1)))
        extra = {**(body.get("extra_data") or {})}
        if "client_id" in body:
            extra["client_id"] = body["client_id"]
        prompt_id = str((not self.faults.own_ids and body.get("prompt_id")) or uuid4())
        self.runner.put(Run(number, prompt_id, body["prompt"], extra))
        await self._send("status", self.runner.status(), None)
        if self.faults.hang_prompt == "after":
            await self._let_go.wait()
        if self.faults.lose_answer:
            return _BrokenAnswer()
        return JSONResponse({"prompt_id": prompt_id, "number": number, "node_errors": {}})

    async def _remaining(self, _: Request) -> Response:
        return JSONResponse({"exec_info": {"queue_remaining": self.runner.remaining}})

    async def _queue(self, _: Request) -> Response:
        running = self.runner.running
        return JSONResponse(
            {
                "queue_running": [running.item()] if running else [],
                "queue_pending": [run.item() for run in self.runner.pending],
            }
        )

    async def _change_queue(self, request: Request) -> Response:
        body = await request.json()
        kept = [] if body.get("clear") else self.runner.pending
        self.runner.pending = [run for run in kept if run.prompt_id not in body.get("delete", ())]
        return Response()

    async def _interrupt(self, request: Request) -> Response:
        wanted = json.loads(await request.body() or b"{}").get("prompt_id")
        running = self.runner.running
        if running is not None and wanted in (None, running.prompt_id):
            running.interrupted = True
        return Response()

    async def _free(self, request: Request) -> Response:
        self.freed.append(await request.json())
        return Response()

    async def _history(self, request: Request) -> Response:
        prompt_id = request.path_params["prompt_id"]
        entry = self.runner.history.get(prompt_id)
        return JSONResponse({} if entry is None else {prompt_id: entry})

    async def _change_history(self, request: Request) -> Response:
        body = await request.json()
        for prompt_id in [*self.runner.history] if body.get("clear") else body.get("delete", ()):
            self.runner.history.pop(prompt_id, None)
        return Response()

    async def _view(self, request: Request) -> Response:
        asked = request.query_params
        if ".." in f"{asked['filename']}{asked.get('subfolder', '')}":
            return Response(status_code=400)
        path = self.folder / asked.get("type", "output") / asked.get("subfolder", "") / asked["filename"]
        return FileResponse(path) if path.is_file() else Response(status_code=404)
