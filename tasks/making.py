"""One picture made by a provider: written down before it is asked for, paid once, looked after until it ends.

Whatever dies in between, the next run finds in the stage's memory how far this one came: asked (then the
provider is asked what became of it, and where it cannot tell, a person), taken (re-attached to), or settled.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import structlog

from app.db import parking
from app.domain.errors import AccountFault, Fatal, OutcomeUnknown, Snooze, StageError, Transient, Wait
from app.domain.line import Work
from app.ports import Ports, Provider, ProviderRequest, ProviderState

log = structlog.get_logger()

PARK_FROM_SECONDS = 5.0
"""Who is to be asked again later than this is waited for without a worker."""
ANSWER_SECONDS = 4.0
"""How long a run that is being stopped still waits for the answer to what it has just asked."""
STOP_SECONDS = 8.0
LOST_MAX = 2

Request = Callable[[], Awaitable[ProviderRequest]]


def maker_of(work: Work, ports: Ports) -> Provider:
    """The provider where the job's chain is. Raises Fatal `PROVIDER_UNKNOWN`."""
    provider = ports.providers.get(work.maker.provider)
    if provider is None:
        raise Fatal("PROVIDER_UNKNOWN", "The maker of this style is not set up on this worker.")
    return provider


async def make(work: Work, ports: Ports, request: Request, target: Path) -> str:
    """Have the picture made and fetch it to `target`; gives the maker's name.

    Raises as the provider does, and Wait while its task runs.
    """
    provider = maker_of(work, ports)
    for _ in range(LOST_MAX + 1):
        task_id = await _task(work, provider, request)
        state = await _ended(work, provider, task_id)
        if state.status == "done":
            await work.settled("done", state.cost, keep=True)
            await provider.fetch(task_id, target)
            return provider.name
        await work.settled(state.status, state.cost)
        if state.status == "failed":
            raise await _failure(work, state)
    raise Transient("PROVIDER_FORGETS", "The maker of this style forgets its work again and again.")


async def _task(work: Work, provider: Provider, request: Request) -> str:
    """The task that makes the picture: the one that is under way, or a new one."""
    task_id = work.memory.get("request_id")
    if task_id is None and work.memory.get("submission") is not None:
        task_id = await _found(work, provider)
    return str(task_id) if task_id is not None else await _asked(work, provider, request)


async def _found(work: Work, provider: Provider) -> str | None:
    """What became of a submission whose answer is not known; None when it was surely not taken."""
    submission = str(work.memory["submission"])
    told = await work.signal(parking.outcome_signal(submission))
    if told is not None:
        task_id = told.get("taskId")
    else:
        try:
            task_id = await provider.find(submission)
        except OutcomeUnknown:
            await work.settled("unknown", keep=True)
            raise
    if task_id is None:
        await work.settled("refused")
        return None
    await work.taken(str(task_id))
    return str(task_id)


async def _asked(work: Work, provider: Provider, request: Request) -> str:
    """Ask for a new task. A run that is stopped meanwhile waits for the answer, which may cost money."""
    ready = await request()
    submission = await work.asking()
    # A worker may fall asleep in the upload for longer than its lease: `sure` stands right before what costs.
    asked = replace(ready, submission=submission, sure=work.still_ours)
    asking = asyncio.create_task(provider.submit(asked))
    try:
        task_id = await asyncio.shield(asking)
    except asyncio.CancelledError:
        with suppress(TimeoutError, StageError):
            async with asyncio.timeout(ANSWER_SECONDS):
                await work.taken(await asking)
        raise
    except OutcomeUnknown:
        found = await _found(work, provider)
        if found is None:
            raise Transient("PROVIDER_AWAY", "The maker of this style did not take the picture.") from None
        return found
    except StageError:
        await work.settled("refused")
        raise
    await work.taken(task_id)
    return task_id


async def _ended(work: Work, provider: Provider, task_id: str) -> ProviderState:
    """The task's end. Raises Wait when it takes long: a callback, or its time, wakes the job."""
    parked_for = parking.for_task(provider.name, task_id)
    while True:
        try:
            state = await provider.poll(task_id)
        except Snooze as error:  # it cannot be asked now; what is paid is not given up
            raise Wait(parked_for, error.seconds, "snooze", error.because) from error
        if state.status != "running":
            return state
        await work.progress(state.percent / 100, state.preview)
        if state.again_seconds >= PARK_FROM_SECONDS:
            raise Wait(parked_for, state.again_seconds, "provider", provider.name)
        await asyncio.sleep(state.again_seconds)


async def _failure(work: Work, state: ProviderState) -> StageError:
    code = state.error_code or "PROVIDER_FAILED"
    message = state.error_message or "The style failed."
    if state.account:
        return AccountFault(code, message)
    if not state.transient or (state.once and work.memory.get("once")):
        return Fatal(code, message)
    if state.once:
        await work.remember(once=True)
    return Transient(code, message)


async def abandon(work: Work, ports: Ports) -> None:
    """Stop what is under way at the maker that was asked, and never ask for it again."""
    step = work.memory.get("maker")
    task_id = work.memory.get("request_id")
    if work.memory.get("submission") is None or step is None:
        return
    provider = ports.providers.get(work.makers[step].provider) if step < len(work.makers) else None
    state = "canceled"
    if provider is not None:
        try:
            async with asyncio.timeout(STOP_SECONDS):
                task_id = task_id or await provider.find(str(work.memory["submission"]))
                if task_id is not None:
                    await provider.cancel(str(task_id))
        except (OutcomeUnknown, TimeoutError):
            state = "canceled" if task_id is not None else "unknown"
        except Exception as error:  # it cannot be stopped: its result will not be fetched
            log.warning("not_abandoned", provider=provider.name, error=type(error).__name__)
    await work.settled(state)
