"""The fake ComfyUI's one worker: takes the queue in order, runs graphs node by node, tells it as it goes."""

import asyncio
import hashlib
import json
import struct
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.fakes.comfy_faults import OUT_OF_MEMORY, Faults
from tests.fakes.comfy_nodes import NODES, Graph, is_link

Send = Callable[[str, dict[str, Any] | bytes, str | None], Awaitable[None]]


class Interrupted(Exception):
    """Somebody pressed the button."""


@dataclass
class Run:
    """One prompt in the queue."""

    number: float
    prompt_id: str
    graph: Graph
    extra: dict[str, Any]
    messages: list[list[Any]] = field(default_factory=list)
    node: str | None = None
    interrupted: bool = False

    @property
    def client(self) -> str | None:
        return self.extra.get("client_id")

    def item(self) -> list[Any]:
        """As `/queue` shows it."""
        outputs = [node for node, body in self.graph.items() if NODES[body["class_type"]].stores]
        return [self.number, self.prompt_id, self.graph, self.extra, outputs]


class Runner:
    """Queue, cache and history; all gone with a restart, unlike the files in `folder`."""

    def __init__(self, folder: Path, faults: Faults, send: Send, cut: Callable[[], None]) -> None:
        self.folder, self.faults, self.send, self.cut = folder, faults, send, cut
        self.pending: list[Run] = []
        self.running: Run | None = None
        self.history: dict[str, dict[str, Any]] = {}
        self.ran: list[str] = []
        self.steps = 0
        self._cache: dict[str, tuple[Any, dict[str, Any] | None]] = {}
        self._more = asyncio.Event()

    def put(self, run: Run) -> None:
        """One more in the queue."""
        self.pending = sorted([*self.pending, run], key=lambda one: one.number)
        self._more.set()

    @property
    def remaining(self) -> int:
        return len(self.pending) + (self.running is not None)

    async def work(self) -> None:
        """Until it is cancelled."""
        while True:
            while not self.pending or self.faults.stuck:
                self._more.clear()
                try:
                    await asyncio.wait_for(self._more.wait(), 0.05)
                except TimeoutError:
                    continue
            run = self.running = self.pending.pop(0)
            self.ran.append(run.prompt_id)
            outputs: dict[str, Any] = {}
            good = await self._execute(run, outputs)
            await asyncio.sleep(self.faults.history_late)
            self.history[run.prompt_id] = {
                "prompt": run.item(),
                "outputs": outputs,
                "status": {
                    "status_str": "success" if good else "error",
                    "completed": good,
                    "messages": run.messages,
                },
                "meta": {},
            }
            self.running = None
            await self.send("status", self.status(), None)
            await self._tell(run, "executing", {"node": None})

    def status(self) -> dict[str, Any]:
        """What everybody is told."""
        return {"status": {"exec_info": {"queue_remaining": self.remaining}}}

    async def _execute(self, run: Run, outputs: dict[str, Any]) -> bool:
        await self._say(run, "execution_start", {})
        made: dict[str, Any] = {}
        keys: dict[str, str] = {}
        order = _order(run.graph)
        for node in order:
            keys[node] = self._key(run.graph, node, keys)
        await self._say(run, "execution_cached", {"nodes": [n for n in order if keys[n] in self._cache]})
        node = ""
        try:
            for node in order:
                if run.interrupted:
                    raise Interrupted
                await self._one(run, node, keys, made, outputs)
        except Interrupted:
            data = {"node_id": node, "node_type": run.graph[node]["class_type"], "executed": list(made)}
            await self._say(run, "execution_interrupted", data, to_all=True)
            return False
        except Exception as error:
            await self._say(run, "execution_error", self._told(run, node, list(made), error))
            return False
        await self._say(run, "execution_success", {})
        return True

    async def _one(
        self, run: Run, node: str, keys: dict[str, str], made: dict[str, Any], outputs: dict[str, Any]
    ) -> None:
        kind, run.node = run.graph[node]["class_type"], node
        if keys[node] in self._cache:
            made[node], shown = self._cache[keys[node]]
        else:
            await self._state(run, node, "running", 0, 1)
            await self._tell(run, "executing", {"node": node, "display_node": node})
            given = {
                name: made[value[0]] if is_link(value) else value
                for name, value in run.graph[node]["inputs"].items()
            }
            if kind in ("KSampler", "ImageInvert"):
                self._run_short_of_memory()
            if self.faults.error is not None and NODES[kind].make is not None:
                raise RuntimeError
            made[node], shown = await self._make(run, node, given)
            self._cache[keys[node]] = (made[node], shown)
            await self._state(run, node, "finished", 1, 1)
        if shown is not None:
            outputs[node] = shown
            await self._tell(run, "executed", {"node": node, "display_node": node, "output": shown})

    async def _make(self, run: Run, node: str, given: dict[str, Any]) -> tuple[Any, dict[str, Any] | None]:
        body = run.graph[node]
        kind = NODES[body["class_type"]]
        if kind.make is None and not kind.stores:
            path = self.folder / "input" / given["image"]
            return await asyncio.to_thread(lambda: Image.open(path).convert("RGB")), None
        if kind.stores:
            prefix = given.get("filename_prefix", "ComfyUI_temp")
            stored = await asyncio.to_thread(self._store, given["images"], kind.stores, prefix, run.graph)
            return None, {"images": [stored]}
        assert kind.make is not None
        steps = kind.make(given)
        if self.faults.heavy:
            await asyncio.sleep(self.faults.step_seconds)
        while (step := await asyncio.to_thread(next, steps, None)) is not None:
            await self._step(run, node, *step)
        return given["out"], None

    async def _step(self, run: Run, node: str, value: int, most: int, picture: Image.Image) -> None:
        if run.interrupted and not self.faults.heavy:
            raise Interrupted
        self.steps += 1
        await self._state(run, node, "running", value, most)
        await self._tell(run, "progress", {"value": value, "max": most, "node": node})
        buffer = BytesIO()
        picture.resize((256, 256)).save(buffer, "JPEG")
        await self.send("", struct.pack(">II", 1, 1) + buffer.getvalue(), run.client)
        if self.faults.cut_after_steps == self.steps:
            self.cut()
        await asyncio.sleep(self.faults.step_seconds)

    def _store(self, picture: Image.Image, kind: str, prefix: str, graph: Graph) -> dict[str, Any]:
        """As SaveImage does: counted on from the files that are there, the whole workflow in its metadata."""
        subfolder, _, name = prefix.rpartition("/")
        folder = self.folder / kind / subfolder
        folder.mkdir(parents=True, exist_ok=True)
        counters = [int(path.stem[len(name) + 1 : -1] or 0) for path in folder.glob(f"{name}_?????_.png")]
        filename = f"{name}_{max(counters, default=0) + 1:05}_.png"
        notes = PngInfo()
        notes.add_text("prompt", json.dumps(graph))
        picture.save(folder / filename, pnginfo=notes, compress_level=4)
        if self.faults.broken_result:
            whole = (folder / filename).read_bytes()
            (folder / filename).write_bytes(whole[: len(whole) // 2])
        return {"filename": filename, "subfolder": subfolder, "type": kind}

    def _key(self, graph: Graph, node: str, keys: dict[str, str]) -> str:
        inputs = {n: keys[v[0]] if is_link(v) else v for n, v in graph[node]["inputs"].items()}
        content = ""
        if graph[node]["class_type"] == "LoadImage":
            content = hashlib.sha256((self.folder / "input" / inputs["image"]).read_bytes()).hexdigest()
        return hashlib.sha256(json.dumps([graph[node]["class_type"], inputs, content]).encode()).hexdigest()

    def _run_short_of_memory(self) -> None:
        if self.faults.out_of_memory:
            raise MemoryError(self.faults.out_of_memory.pop(0))

    def _told(self, run: Run, node: str, executed: list[str], error: Exception) -> dict[str, Any]:
        kind = type(error)
        name = f"{kind.__module__}.{kind.__name__}" if kind.__module__ != "builtins" else kind.__name__
        told: dict[str, Any] = {"exception_type": name, "exception_message": f"{error}\n"}
        if isinstance(error, MemoryError):
            told = OUT_OF_MEMORY[str(error)]
        elif self.faults.error is not None:
            told = self.faults.error
        return {
            "node_id": node,
            "node_type": run.graph[node]["class_type"],
            "executed": executed,
            "traceback": ['  File "/srv/ComfyUI/execution.py", line 496, in execute\n'],
            "current_inputs": {"image": ["tensor([[[[0.4196, 0.3137, 0.2588]]]])"]},
            "current_outputs": [],
            **told,
        }

    async def _say(self, run: Run, event: str, data: dict[str, Any], *, to_all: bool = False) -> None:
        """Tell it and keep it for the history."""
        told = {"prompt_id": run.prompt_id, **data, "timestamp": int(time.time() * 1000)}
        run.messages.append([event, told])
        if run.client is not None or to_all:
            await self.send(event, told, None if to_all else run.client)

    async def _tell(self, run: Run, event: str, data: dict[str, Any]) -> None:
        if run.client is not None:
            await self.send(event, {**data, "prompt_id": run.prompt_id}, run.client)

    async def _state(self, run: Run, node: str, state: str, value: float, most: float) -> None:
        one = {"value": value, "max": most, "state": state, "node_id": node, "prompt_id": run.prompt_id}
        data = {"prompt_id": run.prompt_id, "nodes": {node: {**one, "display_node_id": node}}}
        await self.send("progress_state", data, run.client)


def _order(graph: Graph) -> list[str]:
    """The nodes that outputs need, each after what it is made from."""
    order: list[str] = []

    def visit(node: str) -> None:
        for value in graph[node]["inputs"].values():
            if is_link(value):
                visit(value[0])
        if node not in order:
            order.append(node)

    for node, body in graph.items():
        if NODES[body["class_type"]].stores:
            visit(node)
    return order
