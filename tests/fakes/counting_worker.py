"""The real worker with one more provider, `fake`, that talks to the tests' provider server.

`python -m tests.fakes.counting_worker`, with FAKE_PROVIDER_URL in its environment.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import httpx

from app.domain.errors import OutcomeUnknown, Transient
from app.ports import OfferedStyle, ProviderHealth, ProviderRequest, ProviderState
from app.settings import Settings
from app.telemetry import setup_logging
from app.wiring import open_ports
from tasks.worker import serve

NAME = "fake"


class HttpProvider:
    """The Provider port over the tests' provider server."""

    name = NAME

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, timeout=5)

    def styles(self) -> Sequence[OfferedStyle]:
        """One look; the web does not know it, tests insert its row."""
        return (OfferedStyle("fake", "Fake", "Palsu"),)

    async def submit(self, request: ProviderRequest) -> str:
        """Start a task; ends this process when the server says so. Raises Transient."""
        asked = {"jobId": request.job_id, "submission": request.submission}
        await request.still()
        answer = await self._ask("POST", "/tasks", json=asked)
        if answer.get("die"):
            os._exit(13)
        if error := answer.get("error"):
            raise Transient(str(error), "The fake provider is busy.")
        return str(answer["taskId"])

    async def poll(self, task_id: str) -> ProviderState:
        """Where the task stands."""
        answer = await self._ask("GET", f"/tasks/{task_id}")
        if answer["status"] == "running":
            await asyncio.sleep(0.1)
        return ProviderState(
            answer["status"],  # type: ignore[arg-type]
            percent=int(str(answer.get("percent", 0))),
            error_code=str(answer.get("code", "")),
            transient=bool(answer.get("transient")),
        )

    async def fetch(self, task_id: str, target: Path) -> None:
        """Write the picture."""
        answer = await self._http.get(f"/tasks/{task_id}/picture")
        target.write_bytes(answer.raise_for_status().content)

    async def cancel(self, task_id: str) -> None:
        """Stop the task."""
        await self._ask("DELETE", f"/tasks/{task_id}")

    async def find(self, submission: str) -> str | None:
        """The task of a submission whose answer was lost. Raises OutcomeUnknown."""
        answer = await self._ask("GET", f"/submissions/{submission}")
        if answer.get("unknown"):
            raise OutcomeUnknown("PROVIDER_BLIND", "The fake provider cannot tell.")
        found = answer["taskId"]
        return None if found is None else str(found)

    async def health(self) -> ProviderHealth:
        """What the server says; no server, no health."""
        try:
            answer = await self._ask("GET", "/health")
        except (Transient, httpx.HTTPError):
            return ProviderHealth(ok=False, because="PROVIDER_AWAY")
        return ProviderHealth(ok=bool(answer["ok"]), because="" if answer["ok"] else "PROVIDER_AWAY")

    async def _ask(self, method: str, path: str, **more: object) -> dict[str, object]:
        try:
            answer = await self._http.request(method, path, **more)  # type: ignore[arg-type]
        except httpx.TransportError as error:
            raise Transient("PROVIDER_AWAY", "The fake provider does not answer.") from error
        found: dict[str, object] = answer.raise_for_status().json()
        return found

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


async def main() -> None:
    """Work with the ports of this installation and the fake provider."""
    setup_logging("worker")
    settings = Settings()
    async with open_ports(settings) as ports:
        fake = HttpProvider(os.environ["FAKE_PROVIDER_URL"])
        try:
            await serve(settings, replace(ports, providers={**ports.providers, NAME: fake}))
        finally:
            await fake.close()


if __name__ == "__main__":
    asyncio.run(main())
