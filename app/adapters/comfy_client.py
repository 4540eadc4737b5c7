"""The calls to one ComfyUI server, each bounded in time and size, each failure in our words."""

import asyncio
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlsplit, urlunsplit

import httpx

from app.adapters import comfy_faults as faults
from app.adapters.disk import write_stream
from app.domain.errors import NotFound, OutcomeUnknown, Transient

_UPLOAD_SECONDS = 60.0
_ASK_SECONDS = 10.0
_CONNECT_SECONDS = 4.0
_SIGNATURES_AT_ONCE = 4
# Answers a proxy gives for a server it handed the request to: whether that took it, it does not know.
_UNKNOWN_OUTCOME = {502, 504}
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_BODY_MAX = 32 * 1024 * 1024

Standing = Literal["running", "pending"]


class ComfyClient:
    """Speaks HTTP to ComfyUI. Calls raise `Transient` where none answers, `AccountFault` where refused."""

    def __init__(self, base_url: str, *, prompt_seconds: float) -> None:
        self._prompt_seconds = prompt_seconds
        self.base_url = base_url.rstrip("/")
        self._http = httpx.AsyncClient(
            base_url=self.base_url,
            timeout=httpx.Timeout(_ASK_SECONDS, connect=_CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=32, max_keepalive_connections=8, keepalive_expiry=15),
            verify=self.base_url.startswith(
                "https:"
            ),  # certificates are slow to load, and needed for TLS only
            trust_env=False,  # it stands on this machine or a private network: no proxy leads there
        )

    def socket_url(self, client_id: str) -> str:
        """Where a client of this id listens."""
        parts = urlsplit(self.base_url)
        scheme = "wss" if parts.scheme == "https" else "ws"
        return urlunsplit((scheme, parts.netloc, f"{parts.path}/ws", f"clientId={quote(client_id)}", ""))

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def upload(self, image: Path, name: str) -> str:
        """Give the server a picture; returns what it calls it now."""
        data = await asyncio.to_thread(image.read_bytes)
        answer = await self._call(
            "POST",
            "/upload/image",
            files={"image": (name, data, "image/jpeg")},
            data={"type": "input"},
            timeout=httpx.Timeout(_UPLOAD_SECONDS, connect=_CONNECT_SECONDS),
        )
        stored = _object(answer)
        called, folder = stored.get("name"), stored.get("subfolder") or ""
        if not isinstance(called, str) or not called:
            raise Transient(*faults.SERVER_ERROR)
        return f"{folder}/{called}" if folder else called

    async def prompt(self, body: Mapping[str, Any], image_node: str) -> str:
        """Queue a graph; returns its id. Raises `OutcomeUnknown` when the answer was lost, `Fatal`."""
        try:
            answer = await self._ask(
                "POST",
                "/prompt",
                json=body,
                timeout=httpx.Timeout(self._prompt_seconds, connect=_CONNECT_SECONDS),
            )
        except _NEVER_SENT as error:
            raise Transient(*faults.UNREACHABLE) from error
        except httpx.HTTPError as error:
            raise _answer_lost() from error
        if answer.status_code in _UNKNOWN_OUTCOME:
            raise _answer_lost()
        if answer.status_code == 400:
            raise faults.of_refusal(_object(answer), image_node)
        if not answer.is_success:
            raise faults.of_answer(answer.status_code)
        try:
            given = _object(answer).get("prompt_id")
        except Transient as error:
            raise _answer_lost() from error
        return str(given or body["prompt_id"])

    async def standing(self, prompt_id: str) -> tuple[Standing | None, object]:
        """Whether it runs or waits, None for neither; and a value that changes when the queue moves."""
        queue = _object(await self._call("GET", "/queue"))
        running, pending = _ids(queue.get("queue_running")), _ids(queue.get("queue_pending"))
        if prompt_id in running:
            return "running", prompt_id
        if prompt_id in pending:
            return "pending", (running, pending.index(prompt_id))
        return None, None

    async def history(self, prompt_id: str) -> Mapping[str, Any] | None:
        """What became of it, None where the server does not know it (any more)."""
        entry = _object(await self._call("GET", f"/history/{quote(prompt_id, safe='')}")).get(prompt_id)
        return entry if isinstance(entry, dict) else None

    async def forget(self, prompt_id: str) -> None:
        """Take it out of the history."""
        await self._call("POST", "/history", json={"delete": [prompt_id]})

    async def stop(self, prompt_id: str) -> None:
        """Take it out of the queue, or interrupt it (and no other) where it runs."""
        await self._call("POST", "/queue", json={"delete": [prompt_id]})
        standing, _ = await self.standing(prompt_id)
        if standing == "running":  # an old server interrupts whatever runs, so only now
            await self._call("POST", "/interrupt", json={"prompt_id": prompt_id})

    async def free(self) -> None:
        """Unload models and give memory back."""
        await self._call("POST", "/free", json={"unload_models": True, "free_memory": True})

    async def view(self, image: Mapping[str, Any], target: Path, *, max_bytes: int) -> None:
        """Download a stored picture. Raises `NotFound` when its file is gone, `TooLarge`, `Transient`."""
        asked = {key: str(image.get(key, "")) for key in ("filename", "subfolder", "type")}
        try:
            async with self._http.stream("GET", "/view", params=asked) as answer:
                if answer.status_code == 404:
                    raise NotFound("COMFY_OUTPUT_GONE", "ComfyUI no longer has the finished picture.")
                if not answer.is_success:
                    raise faults.of_answer(answer.status_code)
                await write_stream(target, answer.aiter_bytes(), max_bytes=max_bytes, durable=False)
        except httpx.HTTPError as error:
            raise faults.of_call(error) from error

    async def stats(self) -> Mapping[str, Any]:
        """What it says of its machine."""
        return _object(await self._call("GET", "/system_stats"))

    async def remaining(self) -> int:
        """How many runs it has before it, the present one too."""
        info = _object(await self._call("GET", "/prompt")).get("exec_info") or {}
        return int(info.get("queue_remaining") or 0)

    async def signatures(self, classes: Collection[str]) -> dict[str, Mapping[str, Any]]:
        """What these kinds of nodes take and give, without those it does not know."""
        gate = asyncio.Semaphore(_SIGNATURES_AT_ONCE)

        async def one(kind: str) -> Mapping[str, Any]:
            async with gate:
                return _object(await self._call("GET", f"/object_info/{quote(kind, safe='')}"))

        answers = await asyncio.gather(*(one(kind) for kind in classes))
        known = {kind: info for answer in answers for kind, info in answer.items()}
        return {kind: known[kind] for kind in classes if isinstance(known.get(kind), dict)}

    async def _call(self, method: str, path: str, **given: Any) -> httpx.Response:
        try:
            answer = await self._ask(method, path, **given)
        except httpx.HTTPError as error:
            raise faults.of_call(error) from error
        if not answer.is_success:
            raise faults.of_answer(answer.status_code)
        return answer

    async def _ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        """One call with its whole answer. Raises httpx's errors; a body without end is one of them."""
        async with self._http.stream(method, path, **given) as answer:
            body = bytearray()
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > _BODY_MAX:
                    raise httpx.DecodingError("the answer is too long", request=answer.request)
            return httpx.Response(answer.status_code, content=bytes(body), request=answer.request)


def _answer_lost() -> OutcomeUnknown:
    return OutcomeUnknown("COMFY_ANSWER_LOST", "ComfyUI was given the picture and its answer was lost.")


def _ids(items: object) -> list[str]:
    """The prompt ids of a queue's items, which are `[number, prompt_id, …]`, in their order."""
    found = [
        item
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, list) and len(item) > 1
    ]
    return [str(item[1]) for item in sorted(found, key=lambda item: float(item[0]))]


def _object(answer: httpx.Response) -> Mapping[str, Any]:
    """The JSON object of an answer. Raises `Transient` for anything else."""
    try:
        body = answer.json()
    except ValueError as error:
        raise Transient(*faults.SERVER_ERROR) from error
    if not isinstance(body, dict):
        raise Transient(*faults.SERVER_ERROR)
    return body
