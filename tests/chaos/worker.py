"""The real worker with the run's own provider, and a clock that may be wrong: `python -m tests.chaos.worker`.

CHAOS_PROVIDER_URL names the provider. CHAOS_CLOCK_OFFSET (seconds) shifts the time of day for this whole
process, as on a machine whose clock is set wrong; the monotonic clock runs on, as it does there.
"""

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from app.domain.errors import OutcomeUnknown, Transient
from app.ports import OfferedStyle, ProviderHealth, ProviderRequest, ProviderState
from app.settings import Settings
from app.telemetry import setup_logging
from app.wiring import open_ports
from tasks.worker import serve

NAME = "chaos"
SLOTS = 8
COST = 4.0
PATIENCE_SECONDS = 3.0


class WrongClock:
    """The Clock port on a machine whose clock is wrong."""

    def __init__(self, offset: float) -> None:
        self._offset = timedelta(seconds=offset)

    def now(self) -> datetime:
        """What this machine believes."""
        return datetime.now(UTC) + self._offset


def set_clock(offset: float) -> None:
    """Everything in this process that asks for the time of day is told a wrong one."""
    right, right_ns = time.time, time.time_ns
    time.time = lambda: right() + offset
    time.time_ns = lambda: right_ns() + int(offset * 1e9)


class ChaosProvider:
    """The Provider port over the run's provider: paid, and not always able to say what it took."""

    name = NAME

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS)

    def styles(self) -> Sequence[OfferedStyle]:
        """One look; the web does not know it, the run inserts its row."""
        return (OfferedStyle(NAME, "Chaos", "Kacau"),)

    async def submit(self, request: ProviderRequest) -> str:
        """Upload the picture, then ask for a task. Raises Transient, OutcomeUnknown."""
        image = await asyncio.to_thread(request.image.read_bytes)
        await self._ask("POST", "/uploads", content=image)
        asked = {"jobId": request.job_id, "submission": request.submission}
        await request.still()
        try:
            answer = await self._http.post("/tasks", json=asked)
        except httpx.ConnectError as error:
            raise Transient("PROVIDER_AWAY", "The provider does not answer.") from error
        except httpx.TransportError as error:
            raise OutcomeUnknown("OUTCOME_UNKNOWN", "The provider's answer was lost.") from error
        if answer.status_code != 200:
            raise Transient("PROVIDER_BUSY", f"The provider says {answer.status_code}.")
        return str(answer.json()["taskId"])

    async def poll(self, task_id: str) -> ProviderState:
        """Where the task stands."""
        answer = (await self._ask("GET", f"/tasks/{task_id}")).json()
        again = float(answer.get("again", 0.0))
        if answer["status"] == "running" and not again:
            await asyncio.sleep(0.1)
        done = answer["status"] == "done"
        return ProviderState(
            answer["status"],
            error_code="PROVIDER_FAILED",
            error_message="The provider's task failed.",
            transient=bool(answer.get("transient")),
            again_seconds=again,
            cost=COST if done else None,
        )

    async def fetch(self, task_id: str, target: Path) -> None:
        """Write the picture."""
        target.write_bytes((await self._ask("GET", f"/tasks/{task_id}/picture")).content)

    async def cancel(self, task_id: str) -> None:
        """Stop the task."""
        await self._ask("DELETE", f"/tasks/{task_id}")

    async def find(self, submission: str) -> str | None:
        """The task of a submission whose answer was lost. Raises OutcomeUnknown where it cannot tell."""
        answer = await self._ask("GET", f"/submissions/{submission}", 409)
        if answer.status_code == 409:
            raise OutcomeUnknown("OUTCOME_UNKNOWN", "The provider cannot tell whether it took the task.")
        found = answer.json()["taskId"]
        return None if found is None else str(found)

    async def health(self) -> ProviderHealth:
        """Always there."""
        return ProviderHealth(ok=True)

    async def _ask(self, method: str, path: str, *also: int, content: bytes | None = None) -> httpx.Response:
        try:
            answer = await self._http.request(method, path, content=content)
        except httpx.TransportError as error:
            raise Transient("PROVIDER_AWAY", "The provider does not answer.") from error
        if answer.status_code not in (200, *also):
            raise Transient("PROVIDER_BUSY", f"The provider says {answer.status_code}.")
        return answer

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


async def main() -> None:
    """Work with the ports of this installation and the run's provider."""
    setup_logging("worker")
    offset = float(os.environ.get("CHAOS_CLOCK_OFFSET", "0"))
    if offset:
        set_clock(offset)
    async with open_ports(Settings()) as ports:
        provider = ChaosProvider(os.environ["CHAOS_PROVIDER_URL"])
        policy = replace(
            ports.policy,
            provider_slots={**ports.policy.provider_slots, NAME: SLOTS},
            paid_providers=frozenset({*ports.policy.paid_providers, NAME}),
        )
        clock = WrongClock(offset) if offset else ports.clock
        providers = {**ports.providers, NAME: provider}
        try:
            await serve(Settings(), replace(ports, providers=providers, policy=policy, clock=clock))
        finally:
            await provider.close()


if __name__ == "__main__":
    asyncio.run(main())
